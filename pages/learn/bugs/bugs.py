"""The lab of bugs: one table of the mistakes that people make in distillation code, and one of the checks that tell.

A bug is a function of `steps.runs` put in place of the correct one. `runs` trains with both, `checks.runs` computes the
checks; this module, without torch, reads the functions' source for the page and judges what came out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import combinations, zip_longest
from typing import NamedTuple

import numpy as np

from kd_core.data import Doubles
from kd_core.experiment import Experiment
from kd_core.export.source import source_of
from kd_core.sweeps.intervals import Interval, interval, paired_difference

# Few labels, so that the teacher has much to give; a high temperature, so that its dark knowledge is heard; a teacher
# with dropout, so that it can be forgotten in train mode; ten splits, a pair on each, so that no verdict is about one
# teacher alone. The other settings are the playground's.
SETTING = Experiment(labels=50, student="64", teacher_dropout=0.5, temperature=20.0, alpha=0.0, seeds=10, splits=10)

# The correct function of each part of a step.
CORRECT = {"loss": "loss", "batch": "look_up", "forward": "forward"}


@dataclass(frozen=True)
class Check:
    """A number that a correct step keeps from `low` to `high`, both included."""

    low: float
    high: float

    def passes(self, value: float) -> bool:
        """NaN never passes."""
        return self.low <= value <= self.high


TINY = 1e-6
CHECKS = {
    "not_negative": Check(-TINY, math.inf),
    "zero_when_equal": Check(-TINY, TINY),
    "gradient_rows": Check(0, TINY),
    "distributions": Check(0, TINY),
    "hard_floor": Check(0, 0.01),
    "t_range": Check(0.5, 2),
    "by_hand": Check(0.99, 1.01),
    "alpha_one": Check(0, TINY),
    "dark_knowledge": Check(0.01, math.inf),
    "cache_accuracy": Check(0.9, 1),
    "asked_twice": Check(0, TINY),
    "two_networks": Check(0.01, math.inf),
}


@dataclass(frozen=True)
class Bug:
    """One mistake.

    Attributes:
        part: what of the step it replaces, a key of `CORRECT`.
        gives_away: the check, a key of `CHECKS`, that finds it.
        alpha: weight of the labels at which it is shown: 0 where the soft loss alone shows it, else a mix.
        seen: "framework" (asked in a framework's own threads), "copied" (in widely copied code), "public" (in public
            code), "document" (in one document), "repository" (in one widely used repository), "convention" (public code
            does not agree on it), "easy" (easily made).
        threads: those threads.
    """

    part: str
    gives_away: str
    seen: str
    alpha: float = 0.0
    threads: tuple[str, ...] = ()

    @property
    def experiment(self) -> Experiment:
        """The correct step's experiment: what the bug is compared with."""
        return SETTING.replace(alpha=self.alpha)


# In the order of what they cost. The names are those of the functions in `steps.runs`.
BUGS = {
    "raw_logits": Bug("loss", "not_negative", "framework", threads=("pytorch#19659", "keras#9754")),
    "raw_outputs": Bug("loss", "gradient_rows", "document"),
    "log_target": Bug("loss", "distributions", "framework", threads=("pytorch#7464",)),
    "out_of_step": Bug("batch", "cache_accuracy", "repository"),
    "probabilities": Bug("loss", "not_negative", "framework", threads=("pytorch#43348", "pytorch#51716")),
    "argmax": Bug("loss", "dark_knowledge", "document"),
    "alpha_swapped": Bug("loss", "alpha_one", "convention"),
    "itself": Bug("forward", "two_networks", "public", alpha=0.9),
    "t_student_only": Bug("loss", "zero_when_equal", "easy"),
    "no_t_squared": Bug("loss", "t_range", "public", alpha=0.9),
    "batch_axis": Bug("loss", "distributions", "public"),
    "mean_reduction": Bug("loss", "by_hand", "copied", alpha=0.9),
    "t_teacher_only": Bug("loss", "zero_when_equal", "public"),
    "train_mode": Bug("forward", "asked_twice", "public"),
    "double_softmax": Bug("loss", "hard_floor", "public", alpha=0.9),
}

# As they are set as riddles: bugs that are alike stand apart, and a number tells neither line nor cost.
ORDER = (
    "no_t_squared",
    "argmax",
    "t_student_only",
    "probabilities",
    "train_mode",
    "raw_logits",
    "mean_reduction",
    "out_of_step",
    "log_target",
    "alpha_swapped",
    "itself",
    "batch_axis",
    "raw_outputs",
    "t_teacher_only",
    "double_softmax",
)
FIRST = ORDER[0]


def number_of(name: str) -> int:
    """The number under which a bug goes until its line has been found."""
    return ORDER.index(name) + 1


# The code ------------------------------------------------------------------------------------------------------------


@cache
def source(name: str) -> str:
    """The source of a function of `steps.runs`, as it stands in the file."""
    return source_of("pages.learn.bugs.steps.runs", name)


class Row(NamedTuple):
    """The same place in two functions: a line of each, None where one has none."""

    correct: str | None
    buggy: str | None
    differs: bool


def side_by_side(name: str) -> list[Row]:
    """The lines of the correct function beside those of the buggy one; names of the functions are no difference."""
    (head, *correct), (buggy_head, *buggy) = (source(n).splitlines() for n in (CORRECT[BUGS[name].part], name))
    rows = [Row(head, buggy_head, False)]
    for kind, i, j, k, m in SequenceMatcher(a=correct, b=buggy, autojunk=False).get_opcodes():
        rows += [Row(one, other, kind != "equal") for one, other in zip_longest(correct[i:j], buggy[k:m])]
    return rows


class Line(NamedTuple):
    """A line of a step as its riddle shows it, of one function after the other.

    Attributes:
        number: from 1 on; None for a line that only the correct step has.
        text: the line of the step with the bug, which may be missing.
        mended: what stands there in the correct step, where that is something else; None where it is the same.
        begins: whether a function begins here.
    """

    number: int | None
    text: str | None
    mended: str | None = None
    begins: bool = False

    @property
    def is_wrong(self) -> bool:
        return self.mended is not None


@cache
def riddle(name: str) -> tuple[Line, ...]:
    """The step with that bug, from the teacher's answer to the loss: the functions that run, the buggy one among them.

    Only the heads are not as in the file, where a buggy function bears its bug's name.
    """
    bug, found, number = BUGS[name], list[Line](), 0
    for part in ("forward" if bug.part == "forward" else "batch", "loss"):
        (head, *rows) = side_by_side(name) if part == bug.part else _unchanged(CORRECT[part])
        for row in (Row(head.correct, head.correct, False), *rows):
            number += row.buggy is not None
            mended = (row.correct or "") if row.differs else None
            found.append(Line(number if row.buggy is not None else None, row.buggy, mended, row.buggy == head.correct))
    return tuple(found)


def _unchanged(function: str) -> list[Row]:
    return [Row(line, line, False) for line in source(function).splitlines()]


class Piece(NamedTuple):
    """A piece of a line, and whether the other version of that line has something else there."""

    text: str
    differs: bool


def pieces(one: str, other: str) -> list[Piece]:
    """A line word by word, against another version of it."""
    mine, theirs = (re.findall(r"\w+|\s+|[^\w\s]", line) for line in (one, other))
    matched = SequenceMatcher(a=mine, b=theirs, autojunk=False).get_opcodes()
    return [Piece("".join(mine[i:j]), kind != "equal") for kind, i, j, _, _ in matched if i < j]


# Results -------------------------------------------------------------------------------------------------------------

STUDENTS = ("alone", "correct", "buggy")  # of each seed: the first two learn with the correct step


class Point(NamedTuple):
    """The end of an epoch: test accuracy and mean training loss of each of `STUDENTS` and S seeds, (3, S)."""

    epoch: int
    accuracy: Doubles
    loss: Doubles


class Curve(NamedTuple):
    """The curves of one of `STUDENTS`: epochs, mean accuracy with its 95 % interval, mean loss; each (E,)."""

    epochs: list[int]
    accuracy: Doubles
    low: Doubles
    high: Doubles
    loss: Doubles


def lines(points: Sequence[Point]) -> dict[str, Curve]:
    """The curves of each of `STUDENTS`; before the first epoch there is no loss, and none is drawn."""
    epochs = [point.epoch for point in points]
    found = {}
    for row, student in enumerate(STUDENTS):
        bands = [interval(point.accuracy[row], splits=SETTING.splits) for point in points]
        mean, low, high = np.array([(band.mean, band.low, band.high) for band in bands]).reshape(-1, 3).T
        found[student] = Curve(epochs, mean, low, high, np.array([point.loss[row].mean() for point in points]))
    return found


@dataclass(frozen=True)
class Verdict:
    """How a bug's students ended: accuracies, and differences in the same pairs, over the splits of `SETTING`.

    Attributes:
        alone, correct, buggy: test accuracy at the end.
        to_alone, to_correct: what the buggy student is ahead of the student alone, of the correctly distilled one.
        is_plausible: whether nothing in the curve gives the bug away: the loss stays finite, never falls below zero
            and ends lower than it began, and the student is not clearly worse than one without a teacher.
    """

    alone: Interval
    correct: Interval
    buggy: Interval
    to_alone: Interval
    to_correct: Interval
    is_plausible: bool

    @property
    def outcome(self) -> str:
        """ "below" (clearly worse than alone), "same" (not clearly worse than correct), or "between"."""
        if self.to_alone.is_clear and self.to_alone.mean < 0:
            return "below"
        return "between" if self.to_correct.is_clear and self.to_correct.mean < 0 else "same"


def judge(points: Sequence[Point]) -> Verdict:
    """The verdict on a whole run."""
    alone, correct, buggy = points[-1].accuracy
    losses = np.array([point.loss[STUDENTS.index("buggy")].mean() for point in points if point.epoch])
    to_alone, to_correct = (paired_difference(buggy, other, splits=SETTING.splits) for other in (alone, correct))
    sound = bool(np.isfinite(losses).all() and losses.min() >= 0 and losses[-1] < losses[0])
    return Verdict(
        interval(alone, splits=SETTING.splits),
        interval(correct, splits=SETTING.splits),
        interval(buggy, splits=SETTING.splits),
        to_alone,
        to_correct,
        sound and not (to_alone.is_clear and to_alone.mean < 0),
    )


Examination = dict[str, dict[str, float]]  # by function (a bug, or "" for the correct step), the value of each check


def failed(values: dict[str, float]) -> list[str]:
    """Names of the checks that a step fails."""
    return [name for name, check in CHECKS.items() if not check.passes(values[name])]


def smallest_set(examination: Examination) -> tuple[str, ...]:
    """The fewest checks that find every bug; of several such sets, the first in the order of `CHECKS`."""
    caught = [set(failed(examination[bug])) for bug in BUGS]
    sets = (names for size in range(len(CHECKS) + 1) for names in combinations(CHECKS, size))
    return next(names for names in sets if all(names_of & set(names) for names_of in caught))
