"""The table of ensembles that the page offers, and the experiment that each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kd_core.experiment import Experiment

DIGITS = Experiment(labels=100)
USUAL, MOST_WEIGHT = 3, 3.0  # networks; and the largest weight of one


class Case(NamedTuple):
    """One ensemble: its experiment, the weights that it starts from (none: all alike), and how many it may have.

    Where `counts` is empty its members are of different kinds, one of each.
    """

    name: str
    experiment: Experiment
    weights: tuple[float, ...] = ()
    counts: tuple[int, ...] = (2, 3, 5)

    def of(self, count: int, mean: str, splits: int) -> Experiment:
        """Its experiment with so many members of equal weight, averaged so, over so many splits of two pairs each."""
        teachers = count if self.counts else 1
        return self.experiment.replace(teachers=teachers, teacher_mean=mean, splits=splits, seeds=2 * splits)


CASES = {
    case.name: case
    for case in (
        Case("weak", DIGITS.replace(teacher="8", teacher_epochs=20), counts=(2, 3, 5, 10)),
        Case("strong", DIGITS),
        Case(
            "kinds",
            # Logarithms of a pipeline's probabilities are heard at T = 1.
            DIGITS.replace(teacher_kind="network+forest+logistic+svm+knn", temperature=1.0),
            weights=(1.0, 1.0, 1.0, 0.0, 0.0),
            counts=(),
        ),
    )
}


def weighed(experiment: Experiment, weights: Sequence[float]) -> Experiment:
    """The same ensemble with these weights; equal ones are none, so that the same ensemble is the same experiment."""
    text = "" if len(set(weights)) == 1 and weights[0] else ":".join(f"{weight:g}" for weight in weights)
    return experiment.replace(teacher_weights=text)
