"""A run: the teacher's training, then that of the cohort of students, as a generator of frozen snapshots."""

from __future__ import annotations

from collections.abc import Generator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from zict import LRU

from kd_core.cohort import Cohort, Layout
from kd_core.data import Dataset, Floats, View
from kd_core.experiment import Condition, Experiment
from kd_core.giveway import give_way, own_time
from kd_core.inputs import Inputs, Order
from kd_core.measuring import Evaluator, Holdouts, Predictions
from kd_core.recipe import LARGE, Recipe, epoch_of, look_of
from kd_core.snapshot import Snapshot
from kd_core.streams import TEACHER_DROPOUT, TEACHER_INIT, TEACHER_ORDER, generator
from kd_core.students import Optimizer, Students, require_finite

ACTORS = ("alone", "distilled")  # the two students of a pair, in the order of their conditions


Steer = Condition  # sent into a run: from here on, the distilled students train under it


class TeacherLogits(NamedTuple):
    """The frozen teachers' logits on the train and test set of their split, (splits, n, C): all that students need."""

    train: Tensor
    test: Tensor


@dataclass(frozen=True)
class Teacher:
    """Trained teachers, one for each split: their logits, their networks, and the snapshots of their training.

    Snapshots are of every `every`-th epoch and of the last.
    """

    logits: TeacherLogits
    network: Cohort
    snapshots: tuple[Snapshot, ...]
    every: int = 1

    @property
    def test_accuracy(self) -> Floats:
        """Of each split's teacher, (splits,)."""
        return self.snapshots[-1].actors["teacher"].test_accuracy


Training = Generator[Snapshot, Steer | None, None]
TeacherTraining = Generator[Snapshot, None, Teacher]
TeacherKey = tuple[Any, ...]

# Trained teachers by `teacher_key`. Nobody relies on finding one: who trains a teacher, or looks one up, holds it.
Teachers = MutableMapping[TeacherKey, Teacher]
TEACHERS: Teachers = LRU(16, {})  # of this process: those used last; its threads may share it


def teacher_key(experiment: Experiment, view: View | None = None) -> TeacherKey:
    """What a teacher depends on: its own settings and the data that it is trained on."""
    return (*experiment.key("data", "teacher"), view)


def run(experiment: Experiment, *, teachers: Teachers | None = None) -> Training:
    """Train the teacher, then the students alone and distilled, and yield a `Snapshot` at the end of every epoch.

    The first snapshot of each phase is epoch 0, before any update. The same experiment yields the same numbers on the
    same machine. To stop, don't call `next`; `kd_core.giveway` stops within an epoch. To steer, call
    `.send(Steer(temperature, alpha))` instead of `next`: it acts from the snapshot just seen on, and later snapshots
    carry the experiment with its schedule.

    Args:
        experiment: what to run.
        teachers: a store of trained teachers, looked up and added to; a teacher found there is not trained again, and
            its snapshots are yielded as they were.
    Raises:
        DivergenceError: when a network's outputs are no longer finite.

    >>> *_, last = run(Experiment(dataset="blobs", teacher="8", teacher_epochs=3, epochs=5, seeds=2))
    >>> last.phase, last.epoch, sorted(last.actors), last.actors["distilled"].test_accuracy.shape
    ('students', 5, ['alone', 'distilled'], (2,))
    """
    phases = _run_phases(experiment, {} if teachers is None else teachers)
    seconds, steer = 0.0, None
    while True:
        start = own_time()
        try:
            snapshot = phases.send(steer)
        except StopIteration:
            return
        seconds += own_time() - start  # neither the caller's time nor that of others is counted
        steer = yield replace(snapshot, seconds=seconds)


def _run_phases(experiment: Experiment, teachers: Teachers) -> Training:
    training = train_teacher(experiment, teachers)
    while True:
        try:
            snapshot = next(training)
        except StopIteration as end:
            teacher: Teacher = end.value  # held from here on, whatever becomes of the store
            break
        steer = yield replace(snapshot, experiment=experiment)
        if steer:
            experiment = experiment.steered(0, temperature=steer.temperature, alpha=steer.alpha)
    yield from _train_students(experiment, experiment.load_splits(), teacher)


def train_teacher(
    experiment: Experiment,
    teachers: Teachers,
    view: View | None = None,
    every: int = 1,
) -> TeacherTraining:
    """The teachers of an experiment, out of the store or trained and put there: yields snapshots, returns them.

    Snapshots come every `every` epochs, or more often: what is measured takes a third of the time.
    """
    key = teacher_key(experiment, view)
    teacher = teachers.get(key)
    if teacher is None or teacher.every > every:
        teacher = teachers[key] = yield from _train_teacher(experiment, experiment.load_splits(view), every)
    else:
        yield from teacher.snapshots
    return teacher


def teacher_of(
    experiment: Experiment,
    teachers: Teachers = TEACHERS,
    view: View | None = None,
) -> Teacher:
    """The same, for those who don't watch it being trained."""
    training = train_teacher(experiment, teachers, view, every=experiment.teacher_epochs)
    while True:
        try:
            next(training)
        except StopIteration as end:
            teacher: Teacher = end.value
            return teacher


def _train_teacher(experiment: Experiment, data: Sequence[Dataset], every: int) -> TeacherTraining:
    """Adam on the cross-entropy of the whole training set, as `Recipe` says; the splits' teachers are one cohort."""
    seeds, dropout, recipe = (
        [one.seed for one in experiment.by_split],
        experiment.teacher_dropout,
        Recipe.of(experiment),
    )
    layout, inputs = Layout(1, len(seeds)), Inputs.of(data)
    cohort = Cohort(experiment.teacher_network, [generator(seed, TEACHER_INIT) for seed in seeds])
    optimizer = Optimizer("adam", cohort, recipe.learning_rate)
    orders, masks = ([generator(seed, stream) for seed in seeds] for stream in (TEACHER_ORDER, TEACHER_DROPOUT))
    every_id = [inputs.ids(split, one.train_ids) for split, one in enumerate(data)]
    ids, labels = (torch.from_numpy(np.stack(values)) for values in (every_id, [one.train_labels for one in data]))
    targets = torch.eye(data[0].classes) * (1 - experiment.teacher_label_smoothing)
    targets += experiment.teacher_label_smoothing / data[0].classes
    size = epoch_of(ids.shape[1])
    order, steps = Order(ids.shape[1], size, orders), experiment.teacher_epochs * ceil(size / recipe.batch)
    evaluator, holdouts, step = Evaluator(data[0]), Holdouts(data, (), range(len(seeds))), 0
    snapshots: list[Snapshot] = []
    for epoch in range(experiment.teacher_epochs + 1):
        logit_sums: list[Tensor] = []
        for positions in torch.split(order.next(), recipe.batch, dim=1) if epoch else ():
            give_way()
            optimizer.learning_rate = recipe.rate(step + len(logit_sums), steps)
            # Forward: (splits, features, N) to (splits, C, N); the cross-entropy's gradient, (q - y) / N; backward.
            rows = inputs.rows(ids.gather(1, positions))
            activations = cohort.activations(rows.transpose(1, 2), dropout, masks)
            wanted = targets[labels.gather(1, positions)].transpose(1, 2)
            gradient = (activations.logits.softmax(1) - wanted) / positions.shape[1]
            cohort.backward(activations, gradient, dropout)
            optimizer.step()
            logit_sums.append(activations.logits.sum())
        is_last = epoch == experiment.teacher_epochs
        if epoch % every and not is_last:
            require_finite(logit_sums, "teacher", epoch, step)
            step += len(logit_sums)
            continue
        seen = slice(None if is_last else look_of(ids.shape[1]))
        train = Predictions(inputs.logits(cohort, ids[:, seen]), labels[:, seen], None)
        test = holdouts.predictions(cohort, layout, None if is_last else look_of(evaluator.test_size))
        require_finite([*logit_sums, test.logits.sum()], "teacher", epoch, step)
        step += len(logit_sums)
        measures = evaluator.measures(
            train,
            test,
            None,
            cohort.member(0),
            label_smoothing=experiment.teacher_label_smoothing,
            is_last=is_last,
        )
        snapshots.append(
            Snapshot("teacher", epoch, experiment.teacher_epochs, step, experiment, {"teacher": measures}, 0.0)
        )
        yield snapshots[-1]
    return Teacher(TeacherLogits(train.logits, test.logits), cohort, tuple(snapshots), every)


def _train_students(experiment: Experiment, data: Sequence[Dataset], teacher: Teacher) -> Training:
    """One cohort of pairs: one student of each is alone (alpha = 1), the other distilled.

    A pair shares its split, its sample, its initial weights and its batches: only what it trains under differs.
    """
    students = Students(experiment, data, teacher.logits.train, _pair(experiment.heard_at(0)))
    splits = [experiment.split_of(pair) for pair in range(experiment.seeds)]
    evaluator, holdouts = Evaluator(data[0]), Holdouts(data, teacher.logits.test, splits)
    for epoch in chain([0], students.train(experiment.epochs)):
        is_last = epoch == experiment.epochs
        train = students.train_predictions(LARGE if is_last else look_of(students.transfer.size))
        seen = None if is_last else look_of(evaluator.test_size)
        test = holdouts.predictions(students.cohort, students.layout, seen)
        require_finite([test.logits.sum()], "students", epoch, students.step)
        members = students.conditions.of_members(students.layout)
        measures = {}
        for condition, actor in enumerate(ACTORS):
            of_actor = students.layout.of_condition(condition)
            first = students.cohort.member(of_actor.start)
            measures[actor] = evaluator.measures(
                train[of_actor], test[of_actor], members[of_actor], first, is_last=is_last
            )
        steer = yield Snapshot("students", epoch, experiment.epochs, students.step, experiment, measures, 0.0)
        if steer:
            experiment = experiment.steered(epoch, temperature=steer.temperature, alpha=steer.alpha)
        students.put_under(_pair(experiment.heard_at(epoch)))


def _pair(distilled: Condition) -> tuple[Condition, Condition]:
    """What the two students of a pair train under, in the order of `ACTORS`."""
    return Condition(distilled.temperature, 1.0), distilled
