"""Playing the scenarios of `scenarios`: teachers, assistants and students, trained for real."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from kd_core import metrics
from kd_core.data import Floats
from kd_core.experiment import Condition, Experiment
from kd_core.measuring import Holdouts
from kd_core.snapshot import Snapshot
from kd_core.students import Students
from kd_core.sweeps.pieces import REPORTS, train_together
from kd_core.teaching import TEACHERS, Teacher, TeacherLogits, Teachers, teacher_key, train_teacher
from pages.learn.when.scenarios import SCENARIOS, Case, Reached, latest
from pages.run.kept import kept
from pages.run.told import told


class TaughtSeeds(NamedTuple):
    """Seeds of students, and the logits of the network that teaches them."""

    seeds: Sequence[int]
    logits: TeacherLogits


class Assistants(NamedTuple):
    """The assistants after an epoch: their test accuracies (S,), and what each teaches the pair of its seed."""

    epoch: int
    accuracy: Floats
    taught: list[TaughtSeeds]


@kept(Reached, about=lambda name: SCENARIOS[name], only=lambda values: list(latest(values).values()))
def play(name: str) -> Iterator[Reached]:
    """Play the scenario of that name.

    Yields what a case has reached after every epoch of a teacher or of assistants, and about ten times while its
    students train.
    """
    yield from play_cases(SCENARIOS[name].cases)


def play_cases(cases: Sequence[Case], teachers: Teachers = TEACHERS, pairs: int | None = None) -> Iterator[Reached]:
    """Play these cases, over `pairs` of students if not as many as their experiments say.

    Those that differ in temperature and alpha only are one cohort and share the students alone.
    """
    for together in _grouped(cases):
        experiment = together[0].experiment
        teacher = teachers.get(teacher_key(experiment)) or (yield from _train_teacher(together[0], teachers))
        yield from _teach(together, teacher, range(pairs or experiment.seeds))


def _train_teacher(case: Case, teachers: Teachers) -> Generator[Reached, None, Teacher]:
    """The teachers of a case, told of while they train."""

    def reached(snapshot: Snapshot) -> Reached:
        accuracy = snapshot.actors["teacher"].test_accuracy
        return Reached(case.name, "teacher", snapshot.epoch, snapshot.epochs, accuracy)

    every = max(1, case.experiment.teacher_epochs // REPORTS)
    return (yield from told(train_teacher(case.experiment, teachers, every=every), reached))


def _grouped(cases: Sequence[Case]) -> list[list[Case]]:
    groups: dict[tuple[Experiment, Experiment | None], list[Case]] = {}
    for case in cases:
        common = case.experiment.replace(temperature=1.0, alpha=1.0)
        groups.setdefault((common, case.assistant), []).append(case)
    return list(groups.values())


def _teach(cases: Sequence[Case], teacher: Teacher, pairs: Sequence[int]) -> Iterator[Reached]:
    """Train the students of cases that are one cohort: by the teachers, or those of each pair by their assistant."""
    experiment, assistant = cases[0].experiment, cases[0].assistant
    right = teacher.test_accuracy
    helpers: Assistants | None = None
    if assistant is not None:
        for helpers in _train_assistants(assistant, teacher.logits, pairs):
            yield Reached(cases[0].name, "assistant", helpers.epoch, assistant.epochs, right, helpers.accuracy)
    taught = helpers.taught if helpers else [TaughtSeeds(pairs, teacher.logits)]
    helped = helpers.accuracy if helpers else None
    conditions = [Condition(1.0, 1.0), *(case.experiment.heard_at(0) for case in cases)]
    training = [train_together(experiment, conditions, each.logits, seeds=each.seeds) for each in taught]
    for reports in zip(*training, strict=True):
        alone, *distilled = np.concatenate([report.accuracy for report in reports], axis=1)
        lost, *lost_of = np.concatenate([report.collapsed for report in reports], axis=1)
        for case, values, of_case in zip(cases, distilled, lost_of, strict=True):
            yield Reached(
                case.name, "students", reports[0].epoch, experiment.epochs, right, helped, alone, values, lost | of_case
            )


def _train_assistants(experiment: Experiment, teachers: TeacherLogits, pairs: Sequence[int]) -> Iterator[Assistants]:
    """Distil one assistant for each pair from the teacher of its split."""
    data, splits = experiment.load_splits(), [experiment.split_of(pair) for pair in pairs]
    students = Students(experiment, data, teachers.train, [experiment.heard_at(0)], pairs)
    holdouts = Holdouts(data, teachers.test, splits)
    inputs = torch.from_numpy(np.stack([data[split].train_inputs for split in splits]))
    for epoch in students.train(experiment.epochs, every=max(1, experiment.epochs // REPORTS)):
        answers = holdouts.predictions(students.cohort, students.layout)
        accuracy = metrics.accuracy(answers.logits, answers.labels).numpy()
        taught = [
            TaughtSeeds((pair,), TeacherLogits(*(logits.expand(experiment.splits, -1, -1) for logits in both)))
            for pair, *both in zip(pairs, students.cohort.logits(inputs), answers.logits, strict=True)
        ]
        yield Assistants(epoch, accuracy, taught)
