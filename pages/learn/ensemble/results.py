"""What is found of an ensemble: its members, how far they agree, and what their students learn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from kd_core.data import Doubles, Floats, Labels
from kd_core.sweeps.intervals import Interval, interval, paired_difference

ALONE, WHOLE = "alone", "whole"  # whose lesson it is; a member's is its number
T = TypeVar("T")


class Growing(NamedTuple):
    """How far the teachers are: epochs, trees or stages of all."""

    done: int
    of: int


class Panel(NamedTuple):
    """The M members by themselves, on the test sets of all splits.

    accuracy (M, splits); agreement (M, M, splits) of their answers. Of E examples of the first split, on which they
    differ most: pixels (E, rows, columns), labels (E,), logits (M, E, C).
    """

    accuracy: Floats
    agreement: Floats
    pixels: Floats
    labels: Labels
    logits: Floats

    @property
    def splits(self) -> int:
        return int(self.accuracy.shape[1])


class Mean(NamedTuple):
    """The ensemble: accuracy (splits,), and its logits (E, C) on the examples of the panel."""

    accuracy: Floats
    logits: Floats


class Lesson(NamedTuple):
    """What the students of one teacher have reached, or those without one: test accuracy (S,), who collapsed (S,)."""

    of: str
    epoch: int
    epochs: int
    accuracy: Floats
    lost: NDArray[np.bool_]

    @property
    def is_over(self) -> bool:
        return self.epoch == self.epochs

    @property
    def sound(self) -> Doubles:
        """Accuracies, NaN for those that collapsed."""
        return np.where(self.lost, np.nan, self.accuracy).astype(np.float64)


Lessons = Mapping[str, Lesson]


def last(values: Iterable[object], kind: type[T]) -> T | None:
    """The newest value of that type."""
    found = None
    for value in values:
        if isinstance(value, kind):
            found = value
    return found


def lessons_of(values: Iterable[object]) -> dict[str, Lesson]:
    """The newest lesson of each teacher."""
    return {value.of: value for value in values if isinstance(value, Lesson)}


def agreement(answers: Labels) -> Floats:
    """The share of examples on which members i and j answer the same: answers (M, splits, N) to (M, M, splits).

    >>> agreement(np.array([[[0, 1, 2, 2]], [[0, 1, 1, 1]]]))[0, 1]  # the same on two of four
    array([0.5], dtype=float32)
    """
    return np.asarray((answers[:, None] == answers[None]).mean(-1), np.float32)


def disagreement(probabilities: Doubles) -> Doubles:
    """How far the members' answers differ, in nats: p (M, N, C) to (N,).

    H(mean_m p_m) - mean_m H(p_m), the Jensen-Shannon divergence (Lin 1991, section IV): 0 where all say the same.
    """

    def entropy(p: Doubles) -> Doubles:
        return np.asarray(-(p * np.log(np.maximum(p, 1e-300))).sum(-1))

    return np.asarray(entropy(probabilities.mean(0)) - entropy(probabilities).mean(0))


def mean_agreement(panel: Panel, members: Sequence[int]) -> Interval | None:
    """Of two of these members, on average over all twos; None if there are no two."""
    twos = [panel.agreement[a, b] for a in members for b in members if a < b]
    return interval(np.mean(twos, axis=0), splits=panel.splits) if twos else None


class Findings(NamedTuple):
    """Paired differences: the ensemble minus its members on average, its students minus theirs, and minus alone."""

    teachers: Interval
    students: Interval
    gain: Interval
    lost: int


def findings(panel: Panel | None, mean: Mean | None, lessons: Lessons, members: Sequence[int]) -> Findings | None:
    """What is found once everybody has learned; `members` are those in the ensemble.

    "On average" is over the members: what one would have, had one taken any of them.
    """
    names = [WHOLE, ALONE, *map(str, members)]
    if panel is None or mean is None or not all(name in lessons and lessons[name].is_over for name in names):
        return None
    splits, whole = panel.splits, lessons[WHOLE].sound
    theirs = np.mean([lessons[str(member)].sound for member in members], axis=0)
    students, gain = whole - theirs, whole - lessons[ALONE].sound
    return Findings(
        paired_difference(mean.accuracy, panel.accuracy[list(members)].mean(0), splits=splits),
        interval(students, splits=splits),
        interval(gain, splits=splits),
        int(np.isnan(students + gain).sum()),
    )


def gain_of(lessons: Lessons, name: str) -> Doubles | None:
    """Students of one teacher minus those alone, pair by pair, (S,); None as long as they learn."""
    if not all(each in lessons and lessons[each].is_over for each in (name, ALONE)):
        return None
    return lessons[name].sound - lessons[ALONE].sound


def against(lessons: Lessons, member: int, splits: int) -> Interval | None:
    """The ensemble's students minus those of one member; None as long as they learn."""
    mine, theirs = gain_of(lessons, WHOLE), gain_of(lessons, str(member))
    return None if mine is None or theirs is None else interval(mine - theirs, splits=splits)
