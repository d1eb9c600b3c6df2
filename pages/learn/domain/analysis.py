"""Another domain: who takes part, what they have reached on both domains, and what their differences say (no torch).

All learn from labels of the source. A teacher can answer for the target's examples too, which nobody has labelled, so
a student that hears it can train on them. `runs` trains all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kd_core.data import Doubles, Floats, Labels
from kd_core.experiment import Experiment
from kd_core.sources import domains, source_of
from kd_core.sweeps.intervals import Interval, interval

SPLITS, PAIRS = 5, 10


class Case(NamedTuple):
    """A source as this page has it: the target to be seen first, what differs from a link's defaults, and teachers."""

    first: str
    settings: dict[str, str]
    teachers: tuple[str, ...] = (Experiment().teacher,)


# A student has nothing to gain from a teacher that is no better than itself on the target: digits have networks of
# convolutions with pooling, which are. On planes few labels leave a student something to learn.
_PLANE = {"student": "32-16", "labels": "20", "extra": "20"}
CASES: dict[str, Case] = {
    "digits": Case("thick", {"student": "64"}, ("c16-c32", "256-256")),
    "blobs": Case("moved", _PLANE),
    "crescents": Case("turned", _PLANE),
}
LABELS = (0, 20, 50, 100)  # target labels to choose from
USUAL_LABELS = 50
# Who takes part, row by row, each in an actor's colour; those told some target labels last.
ACTORS = {
    "teacher": "teacher",
    "alone": "alone",
    "distilled": "distilled",
    "abroad": "distilled",
    "told_teacher": "teacher",
    "told_alone": "alone",
    "told_abroad": "distilled",
}
TEACHERS = ("teacher", "told_teacher")
HELD_BACK = ("abroad", "told_teacher", "told_alone", "told_abroad")  # until the reader has guessed
FAILS = 0.5  # a teacher that is right less often than this on the target: more of its answers are wrong than right


def shifts_of(dataset: str) -> tuple[str, ...]:
    """The other domains of a data set, the one to be seen first in front."""
    return tuple(sorted(domains(source_of(dataset)), key=lambda name: name != CASES[dataset].first))


def experiment_of(dataset: str, target: str, teacher: str, told: int) -> Experiment:
    """What a link to this target starts from, on five splits; `told` labels of the target are given."""
    fields = {"dataset": dataset, "target": target, "teacher": teacher, "target_labels": str(told)}
    return Experiment.read(fields | CASES[dataset].settings)[0].replace(splits=SPLITS, seeds=PAIRS)


class Pair(NamedTuple):
    """The same examples in both domains, or others of the same classes: as people see them, (n, features)."""

    source: Floats
    source_labels: Labels
    target: Floats
    target_labels: Labels


class Map(NamedTuple):
    """The first pair's answer at each point of a plane's grid, and its probability in percent: (points,) each."""

    answer: NDArray[np.uint8]
    confidence: NDArray[np.uint8]


class Reached(NamedTuple):
    """What all have reached: `stage` is "teacher", "told_teacher" or "students", after `epoch` of its `epochs`.

    By actor, right answers on the target's and on the source's test sets: one a split of teachers, one a pair of
    students, NaN of those that have collapsed. `maps` of a plane, by actor.
    """

    stage: str
    epoch: int
    epochs: int
    target: dict[str, Floats]
    source: dict[str, Floats]
    maps: dict[str, Map]

    @property
    def actors(self) -> list[str]:
        """Those heard of so far, in the order of their rows."""
        return [name for name in ACTORS if name in self.target]

    @property
    def is_last(self) -> bool:
        return self.stage == "students" and self.epoch == self.epochs

    def right(self, actor: str, domain: str) -> Interval:
        """The actor's mean accuracy on "source" or "target", with its interval."""
        values = getattr(self, domain)[actor]
        return interval(values, splits=1 if actor in TEACHERS else self.splits)

    def difference(self, actor: str, other: str, domain: str = "target") -> Interval:
        """One actor's accuracy minus another's, pair by pair; a teacher's is the same in every pair of its split."""
        return interval(self._of_pairs(actor, domain) - self._of_pairs(other, domain), splits=self.splits)

    @property
    def splits(self) -> int:
        return len(self.target["teacher"])

    @property
    def gains(self) -> Doubles:
        """`gain` of every pair."""
        return self._of_pairs("abroad") - self._of_pairs("distilled")

    @property
    def gain(self) -> Interval:
        """On the target, what the unlabelled target examples gained over distilling on the source's own."""
        return interval(self.gains, splits=self.splits)

    @property
    def cost(self) -> Interval:
        """The same on the source."""
        return self.difference("abroad", "distilled", "source")

    @property
    def teacher_fails(self) -> bool:
        return self.right("teacher", "target").mean < FAILS

    def _of_pairs(self, actor: str, domain: str = "target") -> Doubles:
        values = getattr(self, domain)[actor].astype(np.float64)
        return np.resize(values, len(self.target["distilled"]))


def latest(values: Iterable[object]) -> Reached | None:
    """The newest of what a study has told."""
    found = None
    for value in values:
        found = value if isinstance(value, Reached) else found
    return found


def pair_of(values: Iterable[object]) -> Pair | None:
    """The examples, once a study has sent them."""
    return next((value for value in values if isinstance(value, Pair)), None)


def verdict_of(difference: Interval) -> str:
    """How a difference ends: "up", "none" or "down", as guesses are named.

    "flips" where the mean is clear, and the next split may be on the other side: a question without one answer.
    """
    if difference.is_clear and not difference.side:
        return "flips"
    return ("down", "none", "up")[difference.side + 1]


def gain_between(first: Reached, second: Reached) -> Interval:
    """How much more one shift's students gained than another's: the pairs have samples and weights in common."""
    return interval(first.gains - second.gains, splits=first.splits)


def best_of(found: Mapping[str, Reached]) -> str:
    """The shift with the highest mean gain."""
    return max(found, key=lambda shift: found[shift].gain.mean)
