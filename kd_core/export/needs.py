"""What a script has to hold for an experiment, and what it can do without."""

from __future__ import annotations

from typing import NamedTuple

from kd_core.experiment import Experiment
from kd_core.recipe import Recipe, epoch_of


class Needs(NamedTuple):
    """Several splits, convolutions, dropout, one cycle of the learning rate; and rounds instead of whole passes.

    `round` is how many examples an epoch of a large set takes, 0 where every epoch passes over all. Whoever has rounds
    is the teacher, and students if they see as much.
    """

    several: bool
    convolutions: bool
    dropout: bool
    one_cycle: bool
    round: int
    students_have_rounds: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Needs:
        teacher, student, size = experiment.teacher_network, experiment.student_network, experiment.source.train_size
        seen = experiment.labels or size
        return cls(
            experiment.splits > 1,
            teacher.convolutions + student.convolutions > 0,
            experiment.teacher_dropout > 0,
            Recipe.of(experiment).is_one_cycle,
            epoch_of(size) if epoch_of(size) < size else 0,
            epoch_of(seen) < seen,
        )

    @property
    def seed(self) -> tuple[str, str]:
        """The parameter of a function that draws, and what it draws from: where there is one split, a constant."""
        return ("seed: int", "seed") if self.several else ("", "SEED")
