"""What a pipeline, a network alone and one distilled from it come to, split by split; arithmetic without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kd_core.data import Doubles, Floats
from kd_core.sweeps.best import not_told_from_best
from kd_core.sweeps.intervals import Interval, interval, paired_difference

ACTORS = ("alone", "distilled", "teacher")  # as they stand beside one another: the distilled is between the two


class Step(NamedTuple):
    """On the way: which split, what is being made (pipeline or students), how far."""

    split: int
    splits: int
    what: str
    done: int
    of: int


@dataclass(frozen=True)
class Cost:
    """Bytes in a file, and milliseconds of one core for one row and for a thousand."""

    size: int
    row: float
    thousand: float


@dataclass(frozen=True)
class OfSplit:
    """One split: accuracy of its pipeline on the test set, of its pairs (pairs,) and how often they answer as it does.

    Students that have collapsed, or diverged, are NaN.
    """

    split: int
    teacher: float
    alone: Floats
    distilled: Floats
    alone_agreement: Floats
    distilled_agreement: Floats
    pipeline_cost: Cost
    network_cost: Cost


@dataclass(frozen=True)
class OfTeacher:
    """One of six teachers: its accuracy (splits,), and that of all pairs, as an experiment numbers them (S,)."""

    kind: str
    teacher: Floats
    alone: Floats
    distilled: Floats


@dataclass(frozen=True)
class Found:
    """What the splits so far come to."""

    splits: Sequence[OfSplit]

    def of(self, actor: str) -> Doubles:
        """Accuracies (splits, pairs); a split's pairs have one pipeline."""
        return np.array([np.broadcast_to(getattr(one, actor), one.alone.shape) for one in self.splits], np.float64)

    def mean(self, actor: str) -> Interval:
        """Of its accuracy; a pipeline is one value a split."""
        values = self.of(actor)
        return self._interval(values[:, :1] if actor == "teacher" else values)

    def agreement(self, actor: str) -> Interval:
        return self._interval(np.array([getattr(one, f"{actor}_agreement") for one in self.splits]))

    @property
    def gain(self) -> Interval:
        """Distilled minus alone, pair by pair."""
        return self._interval(self.of("distilled") - self.of("alone"))

    @property
    def gap(self) -> Interval:
        """Distilled minus the pipeline of its split."""
        return self._interval(self.of("distilled") - self.of("teacher"))

    @property
    def lost(self) -> int:
        """Pairs with a student that has collapsed."""
        return int(np.isnan(self.of("distilled") - self.of("alone")).sum())

    @property
    def pipeline_cost(self) -> Cost:
        return _median([one.pipeline_cost for one in self.splits])

    @property
    def network_cost(self) -> Cost:
        return _median([one.network_cost for one in self.splits])

    def _interval(self, values: Doubles) -> Interval:
        """Of values (splits, pairs): value k belongs to split k modulo splits."""
        return interval(values.T.ravel(), splits=len(self.splits))


def _median(costs: Sequence[Cost]) -> Cost:
    """Of every column by itself."""
    sizes, rows, thousands = (
        float(np.median([getattr(cost, name) for cost in costs])) for name in ("size", "row", "thousand")
    )
    return Cost(round(sizes), rows, thousands)


def ratio(pipeline: Cost, network: Cost) -> dict[str, float]:
    """How many times the network's each cost of the pipeline is."""
    return {name: getattr(pipeline, name) / getattr(network, name) for name in ("size", "row", "thousand")}


@dataclass(frozen=True)
class Lesson:
    """What one teacher is worth: its accuracy, and what its students gain over the same students alone."""

    kind: str
    accuracy: Interval
    gain: Interval


def lesson(taught: OfTeacher) -> Lesson:
    splits = len(taught.teacher)
    gain = paired_difference(taught.distilled, taught.alone, splits=splits)
    return Lesson(taught.kind, interval(taught.teacher, splits=splits), gain)


def best_teachers(taught: Sequence[OfTeacher]) -> list[str]:
    """The kinds that can't be told from the one whose students gain most, that one first.

    A teacher with a split on which all pairs have collapsed is not among them.
    """
    gains = {one.kind: _by_split(one) for one in taught}
    known = {kind: values for kind, values in gains.items() if np.isfinite(values).all()}
    if not known:
        return []
    values = np.stack(list(known.values()))
    near = not_told_from_best(values)
    order = np.argsort(-values.mean(1), kind="stable")
    return [list(known)[i] for i in order if near[i]]


def _by_split(taught: OfTeacher) -> Doubles:
    """Mean gain of every split's pairs, (splits,)."""
    splits, gains = len(taught.teacher), np.asarray(taught.distilled - taught.alone, np.float64)
    pairs = [gains[split::splits] for split in range(splits)]
    return np.array([np.nanmean(each) if np.isfinite(each).any() else np.nan for each in pairs])


def most_accurate(taught: Sequence[OfTeacher]) -> OfTeacher:
    return max(taught, key=lambda one: float(one.teacher.mean()))


def behind(best: OfTeacher, other: OfTeacher) -> Interval:
    """How much more the students of `best` know than those of `other`, pair by pair."""
    return paired_difference(best.distilled, other.distilled, splits=len(best.teacher))
