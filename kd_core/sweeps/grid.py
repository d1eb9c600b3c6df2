"""Sweeps: one experiment over a grid of one or two of its fields, cut into pieces that are trained as cohorts.

Cells that differ in temperature and alpha only share one cohort, and their students alone: so a map of 8 x 6 cells is
a handful of cohorts, not 48 runs. The module imports no torch; `kd_core.sweeps.pieces` trains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from math import prod
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote

import numpy as np
from numpy.typing import NDArray

from kd_core.data import Dataset, Doubles, Floats
from kd_core.experiment import MAX_QUERY, SETTINGS, Condition, Experiment, ExperimentError, text_of
from kd_core.messages import Message
from kd_core.models import parameter_count
from kd_core.recipe import LARGE
from kd_core.sweeps.best import not_told_from_best
from kd_core.sweeps.intervals import Interval, interval, paired_difference

AXES = (
    *(
        "temperature",
        "alpha",
        "student",
        "teacher",
        "labels",
        "label_noise",
        "learning_rate",
        "teacher_kind",
        "teachers",
    ),
    *("extra", "shift", "student_dropout", "weight_decay", "validation", "test_noise"),
)
MAX_CELLS = 1000
MAX_OVER = 25 * MAX_CELLS  # characters of an axis: no number has more than 24, and a comma
MAX_SWEEP_QUERY = MAX_QUERY + MAX_OVER
PIECE_BYTES = 16 * 2**20  # what a piece's cohort may occupy: a larger one is no cheaper for each student
LOOK = 16  # times as much may be occupied for a moment, when students are looked at after the last epoch
ALONE = -1


@dataclass(frozen=True)
class Sweep:
    """An experiment, and the values that one or two of its fields take: ((name, values), ...)."""

    base: Experiment
    over: tuple[tuple[str, tuple[Any, ...]], ...]

    def __post_init__(self) -> None:
        names = [name for name, _ in self.over]
        if not 1 <= len(names) <= 2 or len(set(names)) < len(names) or not set(names) <= set(AXES):
            raise _error(Message("axes", names=",".join(names), axes=AXES))
        if prod(self.shape) > MAX_CELLS:
            raise _error(Message("cells", cells=prod(self.shape), most=MAX_CELLS))
        _ = self.cells  # raises if one is not allowed

    @classmethod
    def parse(cls, base: Experiment, over: Iterable[str]) -> Sweep:
        """From texts such as `temperature=1,2,4,8` or `alpha=0..1..0.25` (low..high..step)."""
        axes = [(name, values) for name, _, values in (text.partition("=") for text in over)]
        if len(axes) > 2 or not {name for name, _ in axes} <= set(AXES):
            raise _error(Message("axes", names=",".join(name for name, _ in axes[:3]), axes=AXES))
        read = tuple((name, parse_values(name, values)) for name, values in axes)
        return cls(base.replace(schedule=""), read)

    @classmethod
    def from_query(cls, query: str) -> Sweep:
        """From a query string: an experiment's, with `over` once or twice: `labels=50&over=temperature=1,2,4`.

        Raises `ExperimentError` for what is not allowed, and for more than `MAX_SWEEP_QUERY` characters.
        """
        if len(query) > MAX_SWEEP_QUERY:
            message = Message("too_long", name="query", length=len(query), most=MAX_SWEEP_QUERY)
            raise ExperimentError({"query": message})
        pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True)
        base, errors = Experiment.read({name: value for name, value in pairs if name != "over"})
        if errors:
            raise ExperimentError(errors)
        return cls.parse(base, [value for name, value in pairs if name == "over"])

    def to_query(self) -> str:
        over = "&".join("over=" + quote(f"{name}={_join(values)}", safe=",") for name, values in self.over)
        return "&".join(part for part in (self.base.to_query(), over) if part)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has; cells are in the order of an array of this shape."""
        return tuple(len(values) for _, values in self.over)

    @property
    def cells(self) -> list[Experiment]:
        """Every cell's experiment, the last axis running fastest. Raises `ExperimentError` if one is not allowed."""
        names = [name for name, _ in self.over]
        return [
            self.base.replace(**dict(zip(names, values, strict=True)))
            for values in product(*(values for _, values in self.over))
        ]

    @property
    def students(self) -> int:
        """How many students are trained, those alone included."""
        return sum(piece.students for piece in plan(self))


def parse_values(name: str, text: str) -> tuple[Any, ...]:
    """The values of an axis: a list `1,2,4`, a range `low..high..step`, or both; doubles are dropped, order kept.

    Raises `ExperimentError` for what is not allowed, and for more than `MAX_OVER` characters or `MAX_CELLS` values.
    """
    if len(text) > MAX_OVER:
        raise _error(Message("too_long", name="over", length=len(text), most=MAX_OVER))
    texts: list[str] = []
    try:
        for part in filter(None, (part.strip() for part in text.split(","))):
            texts += _spread(part) if ".." in part else [part]
            if len(texts) > MAX_CELLS:
                break
        values = dict.fromkeys(SETTINGS[name].parse(one) for one in texts[:MAX_CELLS])
    except (ValueError, TypeError, ArithmeticError):
        raise _error(Message("values", name=name, text=text, allowed=SETTINGS[name].allowed)) from None
    if len(texts) > MAX_CELLS:
        raise _error(Message("cells", cells=len(texts), most=MAX_CELLS))
    if not values:
        raise _error(Message("no_values", name=name))
    return tuple(values)


def _spread(text: str) -> list[str]:
    """The numbers of a range `low..high..step`, as texts."""
    low, high, step = (float(number) for number in [*text.split(".."), "1"][:3])
    count = int((high - low) / step + 1e-9) + 1
    if not 1 <= count <= MAX_CELLS or step <= 0:
        raise ValueError
    return [text_of(round(low + i * step, 10)) for i in range(count)]


@dataclass(frozen=True)
class Piece:
    """One cohort's share of a sweep: M conditions on some of the seeds.

    `experiment` says everything but temperature and alpha. `cells[m]` is the cell that condition m belongs to, or
    `ALONE` for the students alone, whose results all cells of the same group use.
    """

    group: int
    experiment: Experiment
    cells: tuple[int, ...]
    conditions: tuple[Condition, ...]
    seeds: tuple[int, ...]

    @property
    def students(self) -> int:
        return len(self.conditions) * len(self.seeds)


def plan(sweep: Sweep, piece_bytes: int = PIECE_BYTES) -> list[Piece]:
    """Cut a sweep into pieces of at most `piece_bytes` each. Results don't depend on the cut, to float rounding."""
    groups: dict[Experiment, list[tuple[int, Condition]]] = {}
    for index, cell in enumerate(sweep.cells):
        common = cell.replace(temperature=1.0, alpha=1.0)
        groups.setdefault(common, [(ALONE, Condition(1.0, 1.0))]).append((index, cell.heard_at(0)))
    pieces = []
    for group, (experiment, members) in enumerate(groups.items()):
        start = 0
        for count, seeds in plan_sizes(
            len(members), range(experiment.seeds), bytes_per_student(experiment), piece_bytes
        ):
            cells, conditions = zip(*members[start : start + count], strict=True)
            pieces.append(Piece(group, experiment, cells, conditions, tuple(seeds)))
            if seeds[-1] == experiment.seeds - 1:
                start += count
    return pieces


def plan_sizes(
    conditions: int, seeds: Sequence[int], student_bytes: int, piece_bytes: int = PIECE_BYTES
) -> list[tuple[int, Sequence[int]]]:
    """(conditions, seeds) of each piece: all seeds of the first conditions, then of the next ones."""
    most = max(1, piece_bytes // student_bytes)
    return [
        (len(part), of_seeds)
        for part in _parts(range(conditions), most)
        for of_seeds in _parts(seeds, max(1, most // len(part)))
    ]


def bytes_per_student(experiment: Experiment) -> int:
    """Bytes that one more student occupies while it trains, or a part of those when it is looked at, if that is more.

    Training: parameters, gradients, two moments; for each example of a batch what layers write and its gradient, of a
    convolution also what is pooled, and from where. The last look: logits of many examples, and what comes of them.
    """
    network, source = experiment.student_network, experiment.source
    written = sum((2.7 if layer.is_convolution else 2) * layer.written for layer in network.layers)
    trained = 4 * parameter_count(network) + experiment.batch_size * (written + 4 * network.widths[-1])
    looked = source.classes * (10 * min(experiment.labels or source.train_size, LARGE) + 3 * source.test_size)
    return round(4 * max(trained, looked / LOOK))


class Report(NamedTuple):
    """What M conditions over S seeds have reached after `epoch` epochs, (M, S) each.

    Test accuracy, agreement with the teacher, and after the last epoch whether a student has collapsed.
    """

    epoch: int
    accuracy: Floats
    agreement: Floats
    collapsed: NDArray[np.bool_]


class Cell(NamedTuple):
    """What a cell shows: means over its students, on several splits of the splits' means.

    `gain` is over the students alone on the same seeds.

    `is_best`: not told from the best, which is said of a whole sweep only. `collapsed` students, those alone counted
    with the cell too, have learned nothing or have diverged: such a cell is no finding, neither the best nor clear.
    """

    experiment: Experiment
    distilled: float
    alone: float
    gain: Interval
    agreement: float
    is_best: bool
    collapsed: int = 0
    collapsed_alone: int = 0

    @property
    def standard_error(self) -> float:
        return self.gain.standard_error

    @property
    def collapsed_distilled(self) -> int:
        return self.collapsed - self.collapsed_alone

    @property
    def is_clear(self) -> bool:
        """Whether there is a gain or a loss on the splits that were tried."""
        return not self.collapsed and self.gain.is_clear

    @property
    def holds(self) -> bool:
        """Whether the next split is expected to say the same."""
        return not self.collapsed and self.gain.holds

    @property
    def side(self) -> int:
        """+1 for a gain and -1 for a loss that holds, or that is clear where there is one split only; else 0."""
        return 0 if self.collapsed else self.gain.side


class Heard(NamedTuple):
    """What has been heard of every cell and pair, (cells, pairs); NaN where nothing, or where a student diverged.

    `collapsed` of those that are at the last epoch, which `ended` says.
    """

    accuracy: Doubles
    agreement: Doubles
    alone: Doubles
    collapsed: NDArray[np.bool_]
    collapsed_alone: NDArray[np.bool_]
    ended: NDArray[np.bool_]


@dataclass(frozen=True)
class Progress:
    """A sweep under way: the newest report of every piece, by its number. A value: what is new makes a new one."""

    sweep: Sweep
    pieces: Sequence[Piece]
    reports: Mapping[int, Report] = field(default_factory=dict)

    @classmethod
    def of(cls, sweep: Sweep, piece_bytes: int = PIECE_BYTES) -> Progress:
        """Of a sweep that has not begun, cut into pieces of at most that size."""
        return cls(sweep, plan(sweep, piece_bytes))

    def with_report(self, piece: int, report: Report) -> Progress:
        """A piece that begins again after a worker was lost tells nothing new until it is further than it was."""
        known = self.reports.get(piece)
        if known is not None and report.epoch <= known.epoch:
            return self
        return replace(self, reports={**self.reports, piece: report})

    @property
    def done(self) -> float:
        """Share of all training that has been done, in [0, 1]."""
        cost = [piece.students for piece in self.pieces]
        reached = sum(cost[i] * report.epoch for i, report in self.reports.items())
        return reached / (sum(cost) * self.sweep.base.epochs)

    def table(self) -> list[Cell | None]:
        """Every cell of which all pairs have been heard from; None for the others."""
        cells, splits = self.sweep.cells, self.sweep.base.splits
        heard = self._gather(len(cells))
        collapsed, alone = heard.collapsed.sum(1), heard.collapsed_alone.sum(1)
        missing = np.isnan(heard.accuracy) | np.isnan(heard.alone)
        known = [i for i in range(len(cells)) if heard.ended[i].all() or not missing[i].any()]
        stars = self._stars(heard, np.asarray(collapsed + alone == 0))
        shown: list[Cell | None] = [None] * len(cells)
        for i in known:
            shown[i] = Cell(
                cells[i],
                interval(heard.accuracy[i], splits=splits).mean,
                interval(heard.alone[i], splits=splits).mean,
                paired_difference(heard.accuracy[i], heard.alone[i], splits=splits),
                interval(heard.agreement[i], splits=splits).mean,
                bool(stars[i]),
                int(collapsed[i] + alone[i]),
                int(alone[i]),
            )
        return shown

    def scores(self) -> Doubles:
        """Test accuracy of the distilled students, (cells, seeds); NaN where not heard from."""
        return self._gather(len(self.sweep.cells)).accuracy

    def cell_scores(self) -> Doubles:
        """Mean test accuracy of each cell's distilled students, (cells,); NaN where one has collapsed."""
        heard = self._gather(len(self.sweep.cells))
        units = self._units(heard.accuracy)
        return np.asarray(np.where(heard.collapsed.any(1), np.nan, units.mean(1)))

    def _stars(self, heard: Heard, takes_part: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which cells can't be told from the best: none before the end."""
        stars = np.zeros(takes_part.shape, np.bool_)
        if heard.ended.all() and takes_part.any():
            stars[takes_part] = not_told_from_best(self._units(heard.accuracy[takes_part]))
        return stars

    def _units(self, values: Doubles) -> Doubles:
        """What is independent, (cells, units): pairs on one split, the means of splits on several."""
        splits = self.sweep.base.splits
        if splits == 1:
            return values
        return np.stack([values[:, split::splits].mean(1) for split in range(splits)], axis=1)

    def _gather(self, cells: int) -> Heard:
        shape = (cells, self.sweep.base.seeds)
        accuracy, agreement, alone = (np.full(shape, np.nan) for _ in range(3))
        collapsed, collapsed_alone, ended, ended_alone = (np.zeros(shape, np.bool_) for _ in range(4))
        groups = {cell: piece.group for piece in self.pieces for cell in piece.cells if cell != ALONE}
        for index, report in self.reports.items():
            piece = self.pieces[index]
            seeds, is_last = list(piece.seeds), report.epoch >= self.sweep.base.epochs
            for row, cell in enumerate(piece.cells):
                judged = (report.collapsed[row] | np.isnan(report.accuracy[row])) & is_last
                if cell == ALONE:
                    place = np.ix_([i for i in range(cells) if groups[i] == piece.group], seeds)
                    alone[place], collapsed_alone[place], ended_alone[place] = report.accuracy[row], judged, is_last
                else:
                    accuracy[cell, seeds], agreement[cell, seeds] = report.accuracy[row], report.agreement[row]
                    collapsed[cell, seeds], ended[cell, seeds] = judged, is_last
        return Heard(accuracy, agreement, alone, collapsed, collapsed_alone, ended & ended_alone)


@dataclass(frozen=True)
class Fold:
    """A view of a data set for cross-validation: the training set without fold `number` of `folds`, tested on that.

    The test set stays unseen. The training set is in random order already, so every `folds`-th example makes a fold.
    Each split is folded by itself; what one of several holds back for testing, others train on.
    """

    number: int
    folds: int

    def __call__(self, data: Dataset) -> Dataset:
        held = np.arange(len(data.train_ids)) % self.folds == self.number
        return replace(data, train_ids=data.train_ids[~held], test_ids=data.train_ids[held])


class Choice(NamedTuple):
    """What cross-validation says: mean score and standard error over folds per cell, and two choices (cell numbers).

    `best` has the highest mean; `simplest` is within one standard error of it and closest to training alone:
    the largest alpha, then the lowest temperature (Breiman et al. 1984, section 3.4.3, the one-standard-error rule).
    Where all scores are NaN there is none to choose: `is_made` is false.
    """

    mean: Doubles
    standard_error: Doubles
    best: int
    simplest: int

    @property
    def is_made(self) -> bool:
        return not np.isnan(self.mean[self.best])


def choose(sweep: Sweep, fold_scores: Doubles) -> Choice:
    """Choose a cell from scores (folds, cells), each a mean over seeds on the held-out fold; NaN is never chosen."""
    mean = fold_scores.mean(axis=0)
    error = fold_scores.std(axis=0, ddof=1) / len(fold_scores) ** 0.5
    best = int(np.where(np.isnan(mean), -1.0, mean).argmax())
    near = [i for i in range(len(mean)) if i == best or mean[i] >= mean[best] - error[best]]
    cells = sweep.cells
    return Choice(mean, error, best, min(near, key=lambda i: (-cells[i].alpha, cells[i].temperature, -mean[i])))


def _parts(items: Sequence[Any], most: int) -> list[Any]:
    """The items in runs of nearly equal length, none longer than `most`."""
    count = -(-len(items) // most)
    bounds = [len(items) * i // count for i in range(count + 1)]
    return [items[low:high] for low, high in pairwise(bounds)]


def _join(values: Iterable[Any]) -> str:
    return ",".join(text_of(value) for value in values)


def _error(message: Message) -> ExperimentError:
    return ExperimentError({"over": message})
