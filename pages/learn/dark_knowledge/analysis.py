"""What a class left out of the transfer set tells (Hinton, Vinyals & Dean 2015, section 3), readable without torch.

`runs` trains; here is what it yields, and the arithmetic on it: which classes the teacher finds alike, and
what a nudge of the left-out classes' biases does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from kd_core.data import Doubles, Floats, Labels, source_of
from kd_core.experiment import Condition, Experiment
from kd_core.recipe import LARGE
from kd_core.sweeps.intervals import Interval, interval, paired_difference
from pages.run.claims import CLAIMS, over_splits

STEPS = 600  # of training, about: as many epochs as that takes, so that a small transfer set means no less training
# (temperature, alpha) of the students of a seed; alpha weights the labels, so the first has no teacher.
CONDITIONS = (Condition(1.0, 1.0), *(Condition(temperature, 0.0) for temperature in (1.0, 4.0, 8.0, 20.0)))
ALONE = 0
NUDGES: Doubles = np.arange(0, 16.125, 0.25)
PLENTY = 2000  # examples: of more, ten teachers would take more than seconds
ON_THE_WALL = 500  # test examples at most that are shown


class Case(NamedTuple):
    """What is done on a data set, and what the page begins with there.

    The students of `experiment` see all its examples but those of the left-out classes, and the distilled ones never
    look at a label. `missing` is left out at first, `pair` are the classes whose likeness is shown; `only` are the
    classes that are left in a harder experiment, if there is one.
    """

    experiment: Experiment
    missing: int = 0
    pair: tuple[int, int] = (0, 1)
    only: tuple[int, ...] = ()


def case_of(dataset: str) -> Case:
    """Of a data set that is not tuned, the first class is left out."""
    return Case(_experiment(dataset), **BEGINNINGS.get(dataset, {}))


BEGINNINGS: dict[str, dict[str, Any]] = {
    # The paper's: without 3s; with 7s and 8s only.
    "digits": {"missing": 3, "pair": (1, 8), "only": (7, 8)},
    "mnist": {"missing": 3, "pair": (4, 9), "only": (7, 8)},
    "fashion": {"missing": 6, "pair": (0, 6)},  # shirts
    "kmnist": {"missing": 3, "pair": (2, 6)},
    "wine": {"missing": 1, "pair": (0, 1)},
    "iris": {"missing": 1, "pair": (2, 1)},
}


def _experiment(dataset: str) -> Experiment:
    """Ten splits with a teacher each; of much data three, on which teachers and students see a part of it.

    Networks of units everywhere: as a cohort of teachers they take a tenth of what convolutions take.
    """
    source, usual = source_of(dataset), over_splits(CLAIMS["missing"])
    if source.train_size <= PLENTY:
        return usual.replace(dataset=dataset)
    epochs = 16 if source.train_size > LARGE else 30 * PLENTY // source.train_size
    labels = 5000 if source.train_size > 5000 else 0
    return usual.replace(dataset=dataset, labels=labels, teacher_epochs=epochs, learning_rate=0.005, splits=3, seeds=6)


def most_missing(dataset: str) -> int:
    """How many classes can be left out: a student needs two to tell apart."""
    return source_of(dataset).classes - 2


class TeacherProgress(NamedTuple):
    """The first split's teacher under way: its accuracy on the test set after `epoch` of `epochs`."""

    epoch: int
    epochs: int
    accuracy: float


@dataclass(frozen=True)
class TeacherOnTest:
    """The first split's trained teacher on its test set, or the first `ON_THE_WALL` examples of a larger one.

    inputs (N, features) as people see them, labels (N,), logits (N, C). `counts` are of the whole test set, (C,).
    """

    inputs: Floats
    labels: Labels
    logits: Floats
    counts: Labels

    def soften(self, temperature: float) -> Doubles:
        """Soft targets p = softmax(z / T), (N, C)."""
        return np.asarray(softmax(self.logits.astype(np.float64) / temperature, axis=1))

    def similarity(self, temperature: float) -> Doubles:
        """Mean soft target of each true class, (C, C): row = true class, each row sums to 1; NaN without an example."""
        soft, one_hot = self.soften(temperature), np.eye(self.logits.shape[1])[self.labels]
        with np.errstate(invalid="ignore"):
            return np.asarray(one_hot.T @ soft / one_hot.sum(0)[:, None])

    def most_alike(self, true: int, other: int, temperature: float, count: int) -> tuple[Labels, Doubles]:
        """Positions of the images of class `true` with most probability on class `other`, and that probability."""
        soft = self.soften(temperature)[:, other]
        ids = np.flatnonzero(self.labels == true)
        chosen = ids[np.argsort(-soft[ids], kind="stable")[:count]]
        return chosen, soft[chosen]

    def of(self, classes: tuple[int, ...]) -> Labels:
        """Positions of the images of these classes."""
        return np.flatnonzero(np.isin(self.labels, classes))

    @property
    def wrong(self) -> int:
        """How many images the teacher names wrongly."""
        return int((self.logits.argmax(axis=1) != self.labels).sum())

    def share_from_errors(self, temperature: float) -> float:
        """How much of all the probability on other classes than the true one sits on images it names wrongly."""
        soft = self.soften(temperature)
        elsewhere = 1 - soft[np.arange(len(soft)), self.labels]
        return float(elsewhere[self.logits.argmax(axis=1) != self.labels].sum() / elsewhere.sum())


class Pair(NamedTuple):
    """Images of class `true` have this mean probability of class `other`."""

    true: int
    other: int
    probability: float


def closest_pairs(similarity: Doubles, count: int) -> list[Pair]:
    """The largest entries off the diagonal of a map (C, C), largest first."""
    off = np.where(np.eye(len(similarity), dtype=bool), -1.0, np.nan_to_num(similarity))
    cells = [divmod(int(cell), len(off)) for cell in np.argsort(-off, axis=None, kind="stable")[:count]]
    return [Pair(true, other, float(off[true, other])) for true, other in cells]


def elsewhere(similarity: Doubles) -> float:
    """Mean over the classes of the probability that is not on the true one."""
    return float(1 - np.nanmean(np.diag(similarity)))


def contrast(similarity: Doubles) -> float:
    """The largest entry off the diagonal against the mean of all of them: 1 if all wrong classes are alike."""
    off = similarity[~np.eye(len(similarity), dtype=bool)]
    return float(np.nanmax(off) / np.nanmean(off))


class Accuracies(NamedTuple):
    """Accuracy on the test images of the left-out classes, on the others, and on all, of a pair's own split."""

    missing: Doubles
    others: Doubles
    overall: Doubles

    @property
    def mean(self) -> Accuracies:
        """Over the last axis, the pairs; without those that have collapsed."""
        return Accuracies(*(np.nanmean(values, -1) for values in self))


class Rivals(NamedTuple):
    """The best of the left-out classes and the best of the others, (...) each, and by how much the first lies behind.

    A raise by b is the same for all left-out classes, so only these two can win: the first does once b exceeds it.
    """

    distance: Doubles
    inside: Labels
    outside: Labels

    @classmethod
    def of(cls, logits: Floats, missing: tuple[int, ...]) -> Rivals:
        """(..., C) to (...)."""
        left_out = np.isin(np.arange(logits.shape[-1]), missing)
        inside, outside = (np.where(which, logits, -np.inf) for which in (left_out, ~left_out))
        distance = outside.max(-1).astype(np.float64) - inside.max(-1)
        return cls(distance, inside.argmax(-1), outside.argmax(-1))

    def answers(self, size: ArrayLike) -> Labels:
        """What is answered with a nudge of that size."""
        return np.where(np.asarray(size) > self.distance, self.inside, self.outside)


class Stage(NamedTuple):
    """The students after so many steps, of `steps` in all; accuracies (M, S) for M conditions and S seeds."""

    step: int
    steps: int
    accuracies: Accuracies


@dataclass(frozen=True)
class Result:
    """What M conditions have learned over S seeds about the classes `missing` from their transfer set.

    Attributes:
        transfer_counts: images of each class in the first seed's transfer set, (C,).
        test_counts: images of the left-out classes and of the others in the first split's test set.
        missing_mass: mean probability that the targets of the transfer sets give to the left-out classes, (M,).
        accuracies: on the test set, by nudge, (B, M, S) each; B = len(NUDGES), and nudge 0 is the student as trained.
            Students that have collapsed have NaN.
        chosen: index into NUDGES of each student's own nudge, (M, S).
        teacher: the teachers' accuracies, means over splits, () each.
        inputs, labels: what is shown of the first split's test set, (N, features) and (N,).
        rivals: what the students of the first seed say of that, (M, N) each.
        splits: how many divisions of the data the seeds are dealt to.
    """

    missing: tuple[int, ...]
    transfer_counts: Labels
    test_counts: tuple[int, int]
    missing_mass: Doubles
    accuracies: Accuracies
    chosen: Labels
    teacher: Accuracies
    inputs: Floats
    labels: Labels
    rivals: Rivals
    splits: int

    def difference(self, values: Doubles, baseline: Doubles) -> Interval:
        """What the same seeds gained."""
        return paired_difference(values, baseline, splits=self.splits)

    @property
    def collapsed(self) -> int:
        """How many students take no part."""
        return int(np.isnan(self.accuracies.overall[0]).sum())

    def before(self, condition: int) -> Accuracies:
        """As trained, (S,) each."""
        return Accuracies(*(values[0, condition] for values in self.accuracies))

    def after(self, condition: int) -> Accuracies:
        """Each student with its own nudge, (S,) each."""
        seeds = np.arange(self.chosen.shape[1])
        return Accuracies(*(values[self.chosen[condition], condition, seeds] for values in self.accuracies))

    def nudge(self, condition: int) -> Interval:
        """The nudges chosen by the students of a condition."""
        return interval(NUDGES[self.chosen[condition]], splits=self.splits)

    def amount(self, condition: int) -> str:
        """How much of the left-out classes the students name right as trained: none, few, half or most.

        Less than half a percent, than a third, than two thirds, or more, on average over seeds and splits.
        """
        return _amount(float(self.before(condition).mean.missing))

    def amounts(self, condition: int) -> list[str]:
        """The `amount` of every share that the next split's mean may be."""
        found = interval(self.before(condition).missing, splits=self.splits)
        if self.splits == 1:
            return [self.amount(condition)]
        first, last = (AMOUNTS.index(_amount(share)) for share in (found.next_low, found.next_high))
        return list(AMOUNTS[first : last + 1])


AMOUNTS = ("none", "few", "half", "most")


def _amount(share: float) -> str:
    return next((name for name, bound in zip(AMOUNTS, (0.005, 1 / 3, 2 / 3), strict=False) if share < bound), "most")


def right_by_nudge(logits: Floats, missing: tuple[int, ...], answers: Labels) -> NDArray[np.bool_]:
    """Whether the answer is right with the left-out classes' biases raised by b, for every b of NUDGES.

    (..., N, C) to (B, ..., N).
    """
    rivals = Rivals.of(logits, missing)
    wins = NUDGES.reshape(-1, *(1,) * rivals.distance.ndim) > rivals.distance
    return np.asarray(np.where(wins, rivals.inside == answers, rivals.outside == answers))


def choose_nudge(logits: Floats, missing: tuple[int, ...], teacher_answers: Labels) -> Labels:
    """Index into NUDGES with which a student most often agrees with the teacher: (..., N, C) and (N,) to (...).

    The smallest of equals. Given the training set, left-out classes included, this takes neither a label nor a test
    image. (The paper chose the size that is best on its test set: section 3.)
    """
    return np.asarray(right_by_nudge(logits, missing, teacher_answers).mean(-1).argmax(0), dtype=np.int64)
