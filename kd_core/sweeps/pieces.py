"""Training the pieces of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import torch

from kd_core import metrics
from kd_core.data import Dataset, fold_of, load_dataset
from kd_core.experiment import Experiment
from kd_core.measuring import Hearing
from kd_core.snapshot import DivergenceError
from kd_core.students import CPU, Students
from kd_core.sweeps.grid import Choice, Fold, Piece, Progress, Report, Sweep, TeacherLogits, choose
from kd_core.training import Teachers, train_teacher

REPORTS = 10  # a piece


def data_of(experiment: Experiment, fold: Fold | None = None) -> Dataset:
    """The experiment's data; with a fold, the training set without it, tested on it."""
    data = load_dataset(experiment.dataset, noise=experiment.noise, seed=experiment.seed)
    return fold_of(data, fold.number, fold.folds) if fold else data


def teach(
    experiment: Experiment, fold: Fold | None = None, on_step: Callable[[], None] = lambda: None
) -> TeacherLogits:
    """Train the experiment's teacher to its end."""
    teachers: Teachers = {}
    for _ in train_teacher(experiment, data_of(experiment, fold), teachers, on_step):
        pass
    (teacher,) = teachers.values()
    return TeacherLogits(teacher.train_logits.numpy(), teacher.test_logits.numpy())


_teachers: dict[tuple[Any, ...], TeacherLogits] = {}


def teacher_of(experiment: Experiment) -> TeacherLogits:
    """The experiment's teacher, trained once in a process."""
    key = experiment.teacher_key
    if key not in _teachers:
        _teachers[key] = teach(experiment)
    return _teachers[key]


def train_piece(
    index: int,
    piece: Piece,
    teacher: TeacherLogits,
    fold: Fold | None = None,
    on_step: Callable[[], None] = lambda: None,
) -> Iterator[Report]:
    """Train a piece's students, reporting about ten times; a student that diverges has NaN for accuracy."""
    experiment, data = piece.experiment, data_of(piece.experiment, fold)
    hearing = Hearing.of(piece.conditions, experiment.t_squared)
    make = partial(Students, experiment, data, torch.from_numpy(teacher.train), len(piece.conditions), piece.seeds)
    size = (
        experiment.student_widths,
        experiment.batch_size,
        experiment.labels,
        len(piece.conditions),
        len(piece.seeds),
    )
    device = faster_device(size, lambda device: _epoch_seconds(make(device), hearing))
    students = make(device)
    inputs, labels, teacher_test = (
        torch.from_numpy(values).to(device) for values in (data.test_inputs, data.test_labels, teacher.test)
    )
    every = max(1, experiment.epochs // REPORTS)
    for epoch in range(1, experiment.epochs + 1):
        # Members don't influence one another: if one diverges the others go on, and its logits tell of it below.
        with suppress(DivergenceError):
            students.train_epoch(hearing, on_step)
        if epoch % every == 0 or epoch == experiment.epochs:
            logits = students.cohort.logits(inputs)
            finite = logits.isfinite().all(-1).all(-1)
            measured = [
                torch.where(finite, values, torch.nan).view(len(piece.seeds), -1).T.cpu().numpy()
                for values in (metrics.accuracy(logits, labels), metrics.agreement(logits, teacher_test))
            ]
            yield Report(index, epoch, *measured)


_faster: dict[Hashable, torch.device] = {}


def faster_device(size: Hashable, seconds: Callable[[torch.device], float]) -> torch.device:
    """The CPU, or a GPU where there is one and it takes less time: measured once for each size of cohort.

    Numbers of the two differ by rounding.
    """
    if not torch.cuda.is_available():
        return CPU
    if size not in _faster:
        _faster[size] = min((CPU, torch.device("cuda")), key=seconds)
    return _faster[size]


def _epoch_seconds(students: Students, hearing: Hearing) -> float:
    """Of the second epoch: the first one also loads what the device needs."""
    with suppress(DivergenceError):
        students.train_epoch(hearing)
    start = perf_counter()
    with suppress(DivergenceError):
        students.train_epoch(hearing)  # it ends with a look at its outputs, and so waits for the device
    return perf_counter() - start


def run_sweep(sweep: Sweep, fold: Fold | None = None) -> Iterator[Progress]:
    """Train a whole sweep in this process, yielding the progress after every report."""
    progress = Progress(sweep)
    teachers: dict[tuple[object, ...], TeacherLogits] = {}
    for index, piece in enumerate(progress.pieces):
        key = piece.experiment.teacher_key
        if key not in teachers:
            teachers[key] = teach(piece.experiment, fold)
        for report in train_piece(index, piece, teachers[key], fold):
            progress.add(report)
            yield progress


def cross_validate(sweep: Sweep, folds: int = 5) -> Choice:
    """Choose a cell by k-fold cross-validation on the training set only: each fold's teacher and students never see it.

    The teacher of a fold learns from the other folds, the students' labelled samples are drawn from them, and the
    held-out fold gives the score.
    """
    scores = []
    for index in range(folds):
        *_, progress = run_sweep(sweep, Fold(index, folds))
        scores.append(progress.scores().mean(axis=1))
    return choose(sweep, np.stack(scores))
