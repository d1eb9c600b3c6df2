"""Playing the scenarios of `scenarios`: teachers, assistants and students, trained for real."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kd_core import metrics
from kd_core.data import Floats
from kd_core.experiment import Condition, Experiment
from kd_core.snapshot import Snapshot
from kd_core.students import Students
from kd_core.sweeps.pieces import train_together
from kd_core.training import TEACHERS, Teacher, TeacherLogits, Teachers, teacher_key, train_teacher
from pages.learn.when.scenarios import SCENARIOS, Case, Reached
from pages.run.told import told


class TaughtSeeds(NamedTuple):
    """Seeds of students, and the logits of the network that teaches them."""

    seeds: Sequence[int]
    logits: TeacherLogits


class Assistants(NamedTuple):
    """The assistants after an epoch: their test accuracies (S,), and what each teaches the students of its seed."""

    epoch: int
    accuracy: Floats
    taught: list[TaughtSeeds]


def play(name: str) -> Iterator[Reached]:
    """Play the scenario of that name.

    Yields what a case has reached after every epoch of a teacher or of assistants, and about ten times while its
    students train.
    """
    yield from play_cases(SCENARIOS[name].cases)


def play_cases(cases: Sequence[Case], teachers: Teachers = TEACHERS) -> Iterator[Reached]:
    """Play these cases. Those that differ in temperature and alpha only are one cohort and share the students alone."""
    for together in _grouped(cases):
        experiment = together[0].experiment
        teacher = teachers.get(teacher_key(experiment)) or (yield from _train_teacher(together[0], teachers))
        yield from _teach(together, teacher)


def _train_teacher(case: Case, teachers: Teachers) -> Generator[Reached, None, Teacher]:
    """The teacher of a case, told of while it trains."""

    def reached(snapshot: Snapshot) -> Reached:
        accuracy = float(snapshot.actors["teacher"].test_accuracy[0])
        return Reached(case.name, "teacher", snapshot.epoch, snapshot.epochs, accuracy)

    return (yield from told(train_teacher(case.experiment, teachers), reached))


def _grouped(cases: Sequence[Case]) -> list[list[Case]]:
    groups: dict[tuple[Experiment, Experiment | None], list[Case]] = {}
    for case in cases:
        common = case.experiment.replace(temperature=1.0, alpha=1.0)
        groups.setdefault((common, case.assistant), []).append(case)
    return list(groups.values())


def _teach(cases: Sequence[Case], teacher: Teacher) -> Iterator[Reached]:
    """Train the students of cases that are one cohort: by the teacher, or those of each seed by their assistant."""
    experiment, assistant = cases[0].experiment, cases[0].assistant
    right = teacher.test_accuracy
    helpers: Assistants | None = None
    if assistant is not None:
        for helpers in _train_assistants(assistant, teacher.logits.train):
            yield Reached(cases[0].name, "assistant", helpers.epoch, assistant.epochs, right, helpers.accuracy)
    taught = helpers.taught if helpers else [TaughtSeeds(range(experiment.seeds), teacher.logits)]
    helped = helpers.accuracy if helpers else None
    conditions = [Condition(1.0, 1.0), *(case.experiment.heard_at(0) for case in cases)]
    training = [train_together(experiment, conditions, each.logits, seeds=each.seeds) for each in taught]
    for reports in zip(*training, strict=True):
        epoch, (alone, *distilled) = reports[0].epoch, np.concatenate([report.accuracy for report in reports], axis=1)
        for case, values in zip(cases, distilled, strict=True):
            yield Reached(case.name, "students", epoch, experiment.epochs, right, helped, alone, values)


def _train_assistants(experiment: Experiment, teacher_logits: Tensor) -> Iterator[Assistants]:
    """Distil one assistant for each seed from the teacher."""
    data = experiment.load_data()
    inputs, questions = torch.from_numpy(data.train_inputs), torch.from_numpy(data.test_inputs)
    students = Students(experiment, data, teacher_logits, [experiment.heard_at(0)])
    for epoch in students.train(experiment.epochs):
        answers = students.cohort.logits(questions)
        accuracy = metrics.accuracy(answers, torch.from_numpy(data.test_labels)).numpy()
        logits = zip(students.cohort.logits(inputs), answers, strict=True)
        taught = [TaughtSeeds((seed,), TeacherLogits(*both)) for seed, both in enumerate(logits)]
        yield Assistants(epoch, accuracy, taught)
