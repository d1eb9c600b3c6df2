"""What a script has to hold for an experiment, and what it can do without."""

from __future__ import annotations

from typing import NamedTuple

from kd_core.experiment import Experiment
from kd_core.kinds import PIPELINES, Member
from kd_core.recipe import Recipe, epoch_of


class Needs(NamedTuple):
    """Several splits, convolutions, dropout, one cycle of the learning rate; and rounds instead of whole passes.

    `round` is how many examples an epoch of a large set takes, 0 where every epoch passes over all. Whoever has rounds
    is the teacher, if it is a network, and students if they see as much. `members` are those of the teacher that count:
    what weighs nothing is left out. `validated` are the examples that only say which epoch was best; `unlabelled` is
    the kind of examples, and `views` what the teacher hears of shifted images, both "" where there are none. Whoever
    `looks` has to know what black and white are to a network.
    """

    several: bool
    convolutions: bool
    dropout: bool
    one_cycle: bool
    round: int
    teacher_has_rounds: bool
    students_have_rounds: bool
    members: tuple[Member, ...]
    is_large: bool
    validated: int
    unlabelled: str
    views: str
    shifts: bool
    looks: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Needs:
        teacher, student, size = experiment.teacher_network, experiment.student_network, experiment.source.train_size
        members = tuple(member for member, weight in zip(experiment.members, experiment.weights, strict=True) if weight)
        has_network = any(member.kind == "network" for member in members)
        adapting = min(experiment.target_labels, size)
        taught, seen = size + adapting, experiment.sample_size + adapting - experiment.validated
        of_teacher, of_students = has_network and epoch_of(taught) < taught, epoch_of(seen) < seen
        shifts = experiment.shift > 0 or (has_network and experiment.teacher_shift > 0)
        is_standardised = experiment.source.image is not None and experiment.source.load is not None
        convolutions = student.convolutions + (teacher.convolutions if has_network else 0)
        return cls(
            several=experiment.splits > 1,
            convolutions=convolutions > 0,
            dropout=(experiment.teacher_dropout if has_network else 0) + experiment.student_dropout > 0,
            one_cycle=has_network and Recipe.of(experiment).is_one_cycle,
            round=epoch_of(taught if of_teacher else seen) if of_teacher or of_students else 0,
            teacher_has_rounds=of_teacher,
            students_have_rounds=of_students,
            members=members,
            is_large=epoch_of(taught) < taught,
            validated=experiment.validated,
            unlabelled=experiment.extra_kind if experiment.extra else "",
            views=experiment.shift_view if experiment.shift else "",
            shifts=shifts,
            looks=is_standardised and (shifts or (experiment.extra > 0 and experiment.extra_kind == "noise")),
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the members that count, in order."""
        return tuple(dict.fromkeys(member.kind for member in self.members))

    @property
    def has_pipeline(self) -> bool:
        """Whether one of them is a pipeline."""
        return bool(set(self.kinds) & set(PIPELINES))

    @property
    def is_plain(self) -> bool:
        """Whether the teacher is one network, as it is unless something else is asked for."""
        return self.members == (Member("network", 0),)

    @property
    def seed(self) -> tuple[str, str]:
        """The parameter of a function that draws, and what it draws from: where there is one split, a constant."""
        return ("seed: int", "seed") if self.several else ("", "SEED")

    @property
    def given(self) -> tuple[str, str]:
        """The same before other parameters, and how it is handed on."""
        return ("seed: int, ", "seed, ") if self.several else ("", "")
