"""Training students of many conditions together, and so the pieces of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from time import perf_counter

import numpy as np
import torch

from kd_core import metrics
from kd_core.experiment import Condition, Experiment
from kd_core.measuring import Holdouts
from kd_core.recipe import LARGE, look_of
from kd_core.snapshot import DivergenceError
from kd_core.students import CPU, Students
from kd_core.sweeps.grid import PIECE_BYTES, Choice, Fold, Piece, Progress, Report, Sweep, choose
from kd_core.teaching import TEACHERS, TeacherLogits, Teachers, teacher_of
from kd_core.unlabelled import Answer

REPORTS = 10  # about so many on the way


def train_together(
    experiment: Experiment,
    conditions: Sequence[Condition],
    teacher: TeacherLogits,
    *,
    seeds: Sequence[int] | None = None,
    fold: Fold | None = None,
    answer: Answer | None = None,
) -> Iterator[Report]:
    """Train students under M conditions on S seeds (None: all of the experiment's), reporting about ten times.

    `answer` is needed where students hear the teacher on more than the training set (`needs_answers`).

    A student that diverges has NaN for accuracy. Which have collapsed is judged after the last epoch.
    """
    data = experiment.load_splits(fold)
    seeds = range(experiment.seeds) if seeds is None else seeds
    make = partial(Students, experiment, data, teacher.train, conditions, seeds, answer=answer)
    size = (experiment.student, experiment.batch_size, experiment.labels, len(conditions), len(seeds))
    students = make(faster_device(size, lambda device: _epoch_seconds(make(device))))
    splits = [experiment.split_of(seed) for seed in seeds]
    holdouts = Holdouts(data, teacher.test, splits, students.device)
    every = max(1, experiment.epochs // REPORTS)
    for epoch in students.train(experiment.epochs, every=every, may_diverge=True):
        is_last = epoch == experiment.epochs
        seen = None if is_last else look_of(holdouts.ids.shape[-1])
        logits = holdouts.logits(students.cohort, seen)
        by_seed = students.layout.split(logits)  # (M, S, N, C), beside what is there once a seed
        finite = by_seed.isfinite().all(-1).all(-1)
        teachers = holdouts.teacher_logits
        assert teachers is not None
        accuracy, agreement = (
            torch.where(finite, values, torch.nan).cpu().numpy()
            for values in (
                metrics.accuracy(by_seed, holdouts.labels[:, :seen]),
                metrics.agreement(by_seed, teachers[:, :seen]),
            )
        )
        collapsed = np.isnan(accuracy)
        if is_last:
            judged = students.train_predictions(LARGE).collapsed(students.conditions.of_members(students.layout))
            collapsed |= students.layout.split(torch.from_numpy(judged)).numpy()
        yield Report(epoch, accuracy, agreement, collapsed)


def train_piece(piece: Piece, teacher: TeacherLogits, fold: Fold | None = None) -> Iterator[Report]:
    """Train a piece's students.

    A teacher that has to answer for more is looked up, or trained again here: logits travel, models don't.
    """
    answer = teacher_of(piece.experiment, view=fold).answer if piece.experiment.needs_answers else None
    return train_together(piece.experiment, piece.conditions, teacher, seeds=piece.seeds, fold=fold, answer=answer)


_FASTER: dict[Hashable, torch.device] = {}


def faster_device(
    size: Hashable, seconds: Callable[[torch.device], float], known: dict[Hashable, torch.device] = _FASTER
) -> torch.device:
    """The CPU, or a GPU where there is one and it takes less time: measured once for each size of cohort.

    Numbers of the two differ by rounding.
    """
    if not torch.cuda.is_available():
        return CPU
    if size not in known:
        known[size] = min((CPU, torch.device("cuda")), key=seconds)
    return known[size]


def _epoch_seconds(students: Students) -> float:
    """Of the second epoch: the first one also loads what the device needs."""
    with suppress(DivergenceError):
        students.train_epoch()
    start = perf_counter()
    with suppress(DivergenceError):
        students.train_epoch()  # it ends with a look at its outputs, and so waits for the device
    return perf_counter() - start


def run_sweep(
    sweep: Sweep, fold: Fold | None = None, *, teachers: Teachers = TEACHERS, piece_bytes: int = PIECE_BYTES
) -> Iterator[Progress]:
    """Train a whole sweep in this process, yielding the progress after every report."""
    progress = Progress.of(sweep, piece_bytes)
    for number, piece in enumerate(progress.pieces):
        teacher = teacher_of(piece.experiment, teachers, fold)
        for report in train_piece(piece, teacher.logits, fold):
            progress = progress.with_report(number, report)
            yield progress


def cross_validate(sweep: Sweep, folds: int = 5, *, teachers: Teachers = TEACHERS) -> Choice:
    """Choose a cell by k-fold cross-validation on the training set only: each fold's teacher and students never see it.

    The teacher of a fold learns from the other folds, the students' labelled samples are drawn from them, and the
    held-out fold gives the score.
    """
    scores = []
    for number in range(folds):
        *_, progress = run_sweep(sweep, Fold(number, folds), teachers=teachers)
        scores.append(progress.cell_scores())
    return choose(sweep, np.stack(scores))
