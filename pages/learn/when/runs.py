"""Playing the scenarios of `scenarios`: teachers, assistants and students, trained for real."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kd_core import metrics
from kd_core.experiment import Experiment
from kd_core.measuring import Hearing
from kd_core.students import Students
from kd_core.sweeps.grid import ALONE, Piece, TeacherLogits
from kd_core.sweeps.pieces import data_of, train_piece
from kd_core.training import Teacher, Teachers, train_teacher
from pages.learn.when.scenarios import SCENARIOS, Case, Reached


class Share(NamedTuple):
    """Seeds of students, and the logits of the network that teaches them."""

    seeds: tuple[int, ...]
    logits: TeacherLogits


class Assistants(NamedTuple):
    """The assistants after an epoch: their test accuracies (S,), and what each teaches the students of its seed."""

    epoch: int
    accuracy: NDArray[np.float32]
    shares: list[Share]


def play(name: str) -> Iterator[Reached]:
    """Play the scenario of that name.

    Yields what a case has reached after every epoch of a teacher or of assistants, and about ten times while its
    students train.
    """
    yield from play_cases(SCENARIOS[name].cases)


def play_cases(cases: Sequence[Case]) -> Iterator[Reached]:
    """Play these cases. Those that differ in temperature and alpha only are one cohort and share the students alone."""
    teachers: Teachers = {}
    for together in _grouped(cases):
        experiment = together[0].experiment
        if experiment.teacher_key not in teachers:
            for snapshot in train_teacher(experiment, data_of(experiment), teachers, lambda: None):
                accuracy = float(snapshot.actors["teacher"].test_accuracy[0])
                yield Reached(together[0].name, "teacher", snapshot.epoch, snapshot.epochs, accuracy)
        yield from _teach(together, teachers[experiment.teacher_key])


def _grouped(cases: Sequence[Case]) -> list[list[Case]]:
    groups: dict[tuple[Experiment, Experiment | None], list[Case]] = {}
    for case in cases:
        common = case.experiment.replace(temperature=1.0, alpha=1.0)
        groups.setdefault((common, case.assistant), []).append(case)
    return list(groups.values())


def _teach(cases: Sequence[Case], teacher: Teacher) -> Iterator[Reached]:
    """Train the students of cases that are one cohort: by the teacher, or those of each seed by their assistant."""
    experiment, assistant = cases[0].experiment, cases[0].assistant
    right = float(teacher.snapshots[-1].actors["teacher"].test_accuracy[0])
    logits = TeacherLogits(teacher.train_logits.numpy(), teacher.test_logits.numpy())
    helpers: Assistants | None = None
    if assistant is not None:
        for helpers in _train_assistants(assistant, teacher.train_logits):
            yield Reached(cases[0].name, "assistant", helpers.epoch, assistant.epochs, right, helpers.accuracy)
    shares = helpers.shares if helpers else [Share(tuple(range(experiment.seeds)), logits)]
    helped = helpers.accuracy if helpers else None
    conditions = ((1.0, 1.0), *((case.experiment.temperature, case.experiment.alpha) for case in cases))
    cells = (ALONE, *range(len(cases)))
    training = [train_piece(0, Piece(0, experiment, cells, conditions, seeds), taught) for seeds, taught in shares]
    for reports in zip(*training, strict=True):
        epoch, (alone, *distilled) = reports[0].epoch, np.concatenate([report.accuracy for report in reports], axis=1)
        for case, values in zip(cases, distilled, strict=True):
            yield Reached(case.name, "students", epoch, experiment.epochs, right, helped, alone, values)


def _train_assistants(experiment: Experiment, teacher_logits: Tensor) -> Iterator[Assistants]:
    """Distil one assistant for each seed from the teacher."""
    data = data_of(experiment)
    inputs, questions = torch.from_numpy(data.train_inputs), torch.from_numpy(data.test_inputs)
    students = Students(experiment, data, teacher_logits, conditions=1)
    hearing = Hearing.of([(experiment.temperature, experiment.alpha)], experiment.t_squared)
    for epoch in range(1, experiment.epochs + 1):
        students.train_epoch(hearing)
        answers = students.cohort.logits(questions)
        accuracy = metrics.accuracy(answers, torch.from_numpy(data.test_labels)).numpy()
        taught = zip(students.cohort.logits(inputs).numpy(), answers.numpy(), strict=True)
        yield Assistants(epoch, accuracy, [Share((seed,), TeacherLogits(*both)) for seed, both in enumerate(taught)])
