"""A run: the teacher's training, then that of the cohort of students, as a generator of frozen snapshots."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, MutableMapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, NamedTuple

import torch
from torch import Tensor

from kd_core.cohort import Cohort
from kd_core.data import Dataset, load_dataset
from kd_core.experiment import Experiment
from kd_core.losses import hard_targets
from kd_core.measuring import Answers, Exam, Hearing
from kd_core.snapshot import Snapshot
from kd_core.streams import TEACHER_DROPOUT, TEACHER_INIT, TEACHER_ORDER, generator
from kd_core.students import Students, make_optimizer, require_finite

TEACHER_BATCH, TEACHER_LEARNING_RATE = 64, 0.002


class Steer(NamedTuple):
    """Sent into a run: from here on, the distilled students hear this temperature and alpha."""

    temperature: float
    alpha: float


@dataclass(frozen=True)
class Teacher:
    """A trained teacher: its logits on train and test, (n, C), frozen, and the snapshots of its training."""

    train_logits: Tensor
    test_logits: Tensor
    snapshots: tuple[Snapshot, ...]


Teachers = MutableMapping[tuple[Any, ...], Teacher]
Run = Generator[Snapshot, Steer | None, None]


def run(experiment: Experiment, *, teachers: Teachers | None = None, on_step: Callable[[], None] = lambda: None) -> Run:
    """Train the teacher, then the students alone and distilled, and yield a `Snapshot` at the end of every epoch.

    The first snapshot of each phase is epoch 0, before any update. The same experiment yields the same numbers on the
    same machine. To stop, don't call `next`. To steer, call `.send(Steer(temperature, alpha))` instead of `next`: it
    acts from the snapshot just seen on, and later snapshots carry the experiment with its schedule.

    Args:
        experiment: what to run.
        teachers: trained teachers by `Experiment.teacher_key`, looked up and added to; a teacher found there is not
            trained again, and its snapshots are yielded as they were.
        on_step: called before every step of training; what it raises ends the run in the middle of an epoch.
    Raises:
        DivergenceError: when a network's outputs are no longer finite.
    """
    phases = _run_phases(experiment, {} if teachers is None else teachers, on_step)
    seconds, steer = 0.0, None
    while True:
        start = perf_counter()
        try:
            snapshot = phases.send(steer)
        except StopIteration:
            return
        seconds += perf_counter() - start  # the caller's time is not counted
        steer = yield replace(snapshot, seconds=seconds)


def _run_phases(experiment: Experiment, teachers: Teachers, on_step: Callable[[], None]) -> Run:
    data = load_dataset(experiment.dataset, noise=experiment.noise, seed=experiment.seed)
    key = experiment.teacher_key
    known = teachers.get(key)
    for snapshot in known.snapshots if known else train_teacher(experiment, data, teachers, on_step):
        steer = yield replace(snapshot, experiment=experiment)
        if steer:
            experiment = experiment.steered(0, temperature=steer.temperature, alpha=steer.alpha)
    yield from _train_students(experiment, data, known or teachers[key], on_step)


def train_teacher(
    experiment: Experiment, data: Dataset, teachers: Teachers, on_step: Callable[[], None]
) -> Iterator[Snapshot]:
    """Adam on the cross-entropy of the whole training set, in batches of 64; the teacher is a cohort of one."""
    seed, dropout = experiment.seed, experiment.teacher_dropout
    cohort = Cohort(experiment.teacher_widths, [generator(seed, TEACHER_INIT)])
    optimizer = make_optimizer("adam", cohort, TEACHER_LEARNING_RATE)
    order_generator, dropout_generator = generator(seed, TEACHER_ORDER), generator(seed, TEACHER_DROPOUT)
    inputs, labels = torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_labels)
    targets = hard_targets(labels, data.classes, experiment.teacher_label_smoothing)
    exam, step = Exam(data), 0
    snapshots: list[Snapshot] = []
    for epoch in range(experiment.teacher_epochs + 1):
        batches = torch.split(torch.randperm(len(inputs), generator=order_generator), TEACHER_BATCH) if epoch else ()
        logit_sums = []
        for ids in batches:
            on_step()
            activations = cohort.activations(inputs[ids].T[None], dropout, dropout_generator)
            gradient = (activations[-1].softmax(1) - targets[ids].T) / len(ids)
            cohort.backward(activations, gradient, dropout)
            optimizer.step()
            logit_sums.append(activations[-1].sum())
        train, test = Answers(cohort.logits(inputs), labels[None], None), exam.answers(cohort, None)
        require_finite([*logit_sums, test.logits.sum()], "teacher", epoch, step)
        step += len(batches)
        actors = {"teacher": exam.measures(train, test, None, cohort)}
        snapshots.append(Snapshot("teacher", epoch, experiment.teacher_epochs, step, experiment, actors, 0.0))
        if epoch == experiment.teacher_epochs:
            teachers[experiment.teacher_key] = Teacher(train.logits[0], test.logits[0], tuple(snapshots))
        yield snapshots[-1]


def _train_students(experiment: Experiment, data: Dataset, teacher: Teacher, on_step: Callable[[], None]) -> Run:
    """One cohort of pairs: one student of each is alone (alpha = 1), the other distilled.

    A pair shares its sample, its initial weights and its batches: only what it hears differs.
    """
    students = Students(experiment, data, teacher.train_logits, conditions=2)
    actors = {"alone": slice(0, None, 2), "distilled": slice(1, None, 2)}
    exam = Exam(data)
    for epoch in range(experiment.epochs + 1):
        temperature, alpha = experiment.heard_at(max(epoch - 1, 0))
        hearing = Hearing.of([(temperature, 1.0), (temperature, alpha)], experiment.t_squared)
        if epoch:
            students.train_epoch(hearing, on_step)
        train, test = students.train_answers(), exam.answers(students.cohort, teacher.test_logits)
        require_finite([test.logits.sum()], "students", epoch, students.step)
        each = hearing.repeat(experiment.seeds)
        measures = {
            actor: exam.measures(train[members], test[members], each[members], students.cohort.member(members.start))
            for actor, members in actors.items()
        }
        steer = yield Snapshot("students", epoch, experiment.epochs, students.step, experiment, measures, 0.0)
        if steer:
            experiment = experiment.steered(epoch, temperature=steer.temperature, alpha=steer.alpha)
