"""What the page of another domain trains, on a worker: a teacher of the source, and students judged on both domains."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kd_core import metrics
from kd_core.cohort import Cohort
from kd_core.data import Dataset, Floats, choose_examples, grid_points
from kd_core.experiment import Condition, Experiment
from kd_core.measuring import Holdouts
from kd_core.recipe import LARGE
from kd_core.snapshot import Snapshot
from kd_core.students import Students
from kd_core.teaching import TEACHERS, Teacher, Teachers, train_teacher
from pages.learn.domain.analysis import Map, Pair, Reached, experiment_of
from pages.run.kept import kept
from pages.run.told import told

LOOKS = 10  # about so many on the way
POINTS = 250  # of each cloud
ALONE = Condition(1.0, 1.0)


@kept(
    Pair,
    Reached,
    about=experiment_of,
    only=lambda values: [values[0], values[-1]],
)
def adapt(dataset: str, target: str, teacher: str, told: int) -> Iterator[Pair | Reached]:
    """Examples of both domains, then what all who take part reach; with `told` target labels, also those who know them.

    Raises `DataError` where the target's examples cannot be had.
    """
    yield from train_all(experiment_of(dataset, target, teacher, told))


def train_all(experiment: Experiment, teachers: Teachers = TEACHERS) -> Iterator[Pair | Reached]:
    """The same of any experiment with a target.

    Pairs share their samples, initial weights and batches, but for the examples that are added.
    """
    plain = experiment.replace(target_labels=0)
    data = plain.load_splits()
    yield _pair(data[0])
    cohorts, seen = [], Reached("teacher", 0, experiment.teacher_epochs, {}, {}, {})
    teacher = yield from _teach(plain, "teacher", seen, teachers)
    seen = _with_teacher(seen, "teacher", teacher, data)
    heard = experiment.heard_at(0)
    cohorts.append(_Cohort(plain.replace(extra=0), data, teacher, {"alone": ALONE, "distilled": heard}))
    cohorts.append(_Cohort(plain, data, teacher, {"abroad": heard}))
    if experiment.target_labels:
        told_data = experiment.load_splits()
        adapted = yield from _teach(experiment, "told_teacher", seen, teachers)
        seen = _with_teacher(seen, "told_teacher", adapted, told_data)
        cohorts.append(_Cohort(experiment, told_data, adapted, {"told_alone": ALONE, "told_abroad": heard}))
    every = max(1, experiment.epochs // LOOKS)
    training = [one.students.train(experiment.epochs, every=every, may_diverge=True) for one in cohorts]
    for epochs in zip(*training, strict=True):
        now = Reached("students", epochs[0], experiment.epochs, dict(seen.target), dict(seen.source), dict(seen.maps))
        for one in cohorts:
            one.look(now)
        yield now


class _Cohort:
    """Students of one experiment, by actor, and how they are judged on both domains."""

    def __init__(
        self, experiment: Experiment, data: Sequence[Dataset], teacher: Teacher, conditions: dict[str, Condition]
    ) -> None:
        self.actors = tuple(conditions)
        given = list(conditions.values())
        answer = teacher.answer if experiment.needs_answers else None
        self.students = Students(experiment, data, teacher.logits.train, given, answer=answer)
        splits = [experiment.split_of(pair) for pair in range(experiment.seeds)]
        self.tests = {"target": Holdouts(data, (), splits), "source": Holdouts(_on_source(data), (), splits)}
        self.grid = torch.from_numpy(grid_points()) if data[0].source.is_plane else None

    def look(self, now: Reached) -> None:
        """Write down what these students have reached."""
        students, last = self.students, now.epoch == now.epochs
        lost = np.zeros((students.layout.conditions, students.layout.seeds), np.bool_)
        if last:
            judged = students.train_predictions(LARGE).collapsed(students.conditions.of_members(students.layout))
            lost = students.layout.split(torch.from_numpy(judged)).numpy()
        for domain, test in self.tests.items():
            by_seed = students.layout.split(test.logits(students.cohort))
            finite = by_seed.isfinite().all(-1).all(-1)
            right = torch.where(finite, metrics.accuracy(by_seed, test.labels), torch.nan).numpy()
            for actor, values in zip(self.actors, np.where(lost, np.nan, right).astype(np.float32), strict=True):
                getattr(now, domain)[actor] = values
        if self.grid is not None:
            for number, actor in enumerate(self.actors):
                first: Cohort = students.cohort.member(students.layout.of_condition(number).start)
                now.maps[actor] = _map(first.logits(self.grid)[0])


def _teach(experiment: Experiment, stage: str, seen: Reached, teachers: Teachers) -> Generator[Reached, None, Teacher]:
    """A teacher, told of while it trains."""

    def reached(snapshot: Snapshot) -> Reached:
        return seen._replace(stage=stage, epoch=snapshot.epoch, epochs=snapshot.epochs)

    every = max(1, experiment.teacher_epochs // LOOKS)
    return (yield from told(train_teacher(experiment, teachers, every=every), reached))


def _with_teacher(seen: Reached, actor: str, teacher: Teacher, data: Sequence[Dataset]) -> Reached:
    """The same with what a teacher gets right on both domains, one number a split."""
    answer = teacher.answer
    assert answer is not None
    on_source = [
        metrics.accuracy(
            answer(split, torch.from_numpy(one.rows(one.source_test_ids))),
            torch.from_numpy(one.labels[one.source_test_ids]),
        )
        for split, one in enumerate(data)
    ]
    source: Floats = torch.stack(on_source).numpy()
    maps = {}
    if data[0].source.is_plane:
        maps[actor] = _map(answer(0, torch.from_numpy(grid_points())))
    return seen._replace(
        target=seen.target | {actor: teacher.test_accuracy},
        source=seen.source | {actor: source},
        maps=seen.maps | maps,
    )


def _on_source(data: Sequence[Dataset]) -> list[Dataset]:
    """The data with the source's test sets."""
    return [replace(one, test_ids=one.source_test_ids) for one in data]


def _map(logits: Tensor) -> Map:
    most = logits.softmax(-1).max(-1)
    return Map(most.indices.numpy().astype(np.uint8), np.round(100 * most.values.numpy()).astype(np.uint8))


def _pair(data: Dataset) -> Pair:
    """A test example of each class in both domains, or of a plane the first points."""
    parts: list[Any] = []
    for ids in (data.source_test_ids, data.test_ids):
        chosen = slice(POINTS) if data.source.is_plane else choose_examples(data.labels[ids], data.classes)[::2]
        parts += [data.seen(ids[chosen]), data.labels[ids[chosen]]]
    return Pair(*parts)
