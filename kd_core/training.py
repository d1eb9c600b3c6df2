"""A run: the teacher's training, then that of the cohort of students, as a generator of frozen snapshots."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from torch import Tensor

from kd_core.cohort import Cohort
from kd_core.data import Dataset
from kd_core.experiment import Condition, Experiment
from kd_core.giveway import own_time
from kd_core.measuring import Evaluator, Holdouts
from kd_core.recipe import LARGE, look_of
from kd_core.snapshot import Snapshot
from kd_core.students import Students, require_finite
from kd_core.teaching import Teacher, Teachers, train_teacher

ACTORS = ("alone", "distilled")  # the two students of a pair, in the order of their conditions


Steer = Condition  # sent into a run: from here on, the distilled students train under it


Training = Generator[Snapshot, Steer | None, None]


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


def _train_students(experiment: Experiment, data: Sequence[Dataset], teacher: Teacher) -> Training:
    """One cohort of pairs: one student of each is alone (alpha = 1), the other distilled.

    A pair shares its split, its sample, its initial weights and its batches: only what it trains under differs.
    """
    conditions = _pair(experiment.heard_at(0))
    students = Students(experiment, data, teacher.logits.train, conditions, answer=teacher.answer)
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
            first = partial(_logits_of, students.cohort.member(of_actor.start))
            of_condition = train[of_actor], test[of_actor], members[of_actor]
            measures[actor] = evaluator.measures(*of_condition, first, is_last=is_last)
            if students.best and is_last:
                measures[actor] = replace(measures[actor], kept_epoch=students.best.epochs[of_actor].numpy())
        steer = yield Snapshot("students", epoch, experiment.epochs, students.step, experiment, measures, 0.0)
        if steer:
            experiment = experiment.steered(epoch, temperature=steer.temperature, alpha=steer.alpha)
        students.put_under(_pair(experiment.heard_at(epoch)))


def _logits_of(one: Cohort, rows: Tensor) -> Tensor:
    return one.logits(rows)[0]


def _pair(distilled: Condition) -> tuple[Condition, Condition]:
    """What the two students of a pair train under, in the order of `ACTORS`."""
    return Condition(distilled.temperature, 1.0), distilled
