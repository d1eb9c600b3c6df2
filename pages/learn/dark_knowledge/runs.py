"""A class that the students never see: they learn it from the teacher's soft targets on other classes alone.

Reproduces the experiment without 3s of Hinton, Vinyals & Dean 2015, section 3. The generators here run on a worker.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator

import numpy as np
import torch

from kd_core.data import Dataset
from kd_core.losses import soften
from kd_core.measuring import Hearing
from kd_core.students import Students
from kd_core.sweeps.pieces import data_of
from kd_core.training import Teacher, Teachers, train_teacher
from pages.learn.dark_knowledge.analysis import (
    CONDITIONS,
    EXPERIMENT,
    MAX_MISSING,
    STEPS,
    Floats,
    Labels,
    Lesson,
    Result,
    Shares,
    Stage,
    TeacherOnTest,
    choose_nudge,
    right_by_nudge,
)

EXAMPLES, STAGES = 10, 30
_teachers: Teachers = {}  # one: it is the same for every class left out


def teach() -> Iterator[Lesson | TeacherOnTest]:
    """Train the teacher on all classes; last, what it says of the test set."""
    data = data_of(EXPERIMENT)
    teacher = yield from _teacher(data)
    yield TeacherOnTest(data.test_inputs, data.test_labels, teacher.test_logits.numpy())


def leave_out(missing: tuple[int, ...]) -> Iterator[Lesson | Stage | Result]:
    """Train students on a transfer set without these classes, under every condition of CONDITIONS; last, the result.

    The students of a seed share initial weights and batches, so they are paired. Raises ValueError unless `missing` is
    one class to MAX_MISSING classes, in order.
    """
    data = data_of(EXPERIMENT)
    if not 1 <= len(missing) <= MAX_MISSING or list(missing) != sorted(set(missing) & set(range(data.classes))):
        raise ValueError(f"missing={missing} is not allowed: 1 to {MAX_MISSING} of the {data.classes} classes.")
    teacher = yield from _teacher(data)
    seen, kept = without(data, missing)
    steps_an_epoch = math.ceil(len(kept) / EXPERIMENT.batch_size)
    experiment = EXPERIMENT.replace(epochs=round(STEPS / steps_an_epoch))
    students = Students(experiment, seen, teacher.train_logits[torch.from_numpy(kept)], len(CONDITIONS))
    hearing = Hearing.of(CONDITIONS, experiment.t_squared)
    test, every = torch.from_numpy(data.test_inputs), math.ceil(experiment.epochs / STAGES)

    def answers(inputs: torch.Tensor) -> Floats:
        """Logits (M, S, N, C)."""
        logits = students.cohort.logits(inputs)
        return logits.view(experiment.seeds, len(CONDITIONS), *logits.shape[1:]).transpose(0, 1).numpy()

    for epoch in range(experiment.epochs + 1):
        if epoch:
            students.train_epoch(hearing)
        if epoch % every == 0 or epoch == experiment.epochs:
            shares = _shares(answers(test).argmax(-1) == data.test_labels, data.test_labels, missing)
            yield Stage(students.step, experiment.epochs * steps_an_epoch, shares)
    yield _result(data, teacher, missing, kept, answers(test), answers(torch.from_numpy(data.train_inputs)))


def without(data: Dataset, missing: tuple[int, ...]) -> tuple[Dataset, Labels]:
    """The data with no training image of these classes, and the positions (n,) of those kept; the test set stays."""
    kept = np.flatnonzero(~np.isin(data.train_labels, missing))
    seen = Dataset(data.name, data.train_inputs[kept], data.train_labels[kept], data.test_inputs, data.test_labels)
    return seen, kept


def _teacher(data: Dataset) -> Generator[Lesson, None, Teacher]:
    """The teacher, trained once in a process."""
    if EXPERIMENT.teacher_key not in _teachers:
        for snapshot in train_teacher(EXPERIMENT, data, _teachers, lambda: None):
            accuracy = float(snapshot.actors["teacher"].test_accuracy[0])
            yield Lesson(snapshot.epoch, EXPERIMENT.teacher_epochs, accuracy)
    return _teachers[EXPERIMENT.teacher_key]


def _result(
    data: Dataset, teacher: Teacher, missing: tuple[int, ...], kept: Labels, on_test: Floats, on_train: Floats
) -> Result:
    labels, teacher_on_test = data.test_labels, teacher.test_logits.numpy()
    of_missing = np.isin(labels, missing)
    heard = [
        (1 - alpha) * float(soften(teacher.train_logits[kept], temperature)[:, missing].sum(1).mean())
        for temperature, alpha in CONDITIONS
    ]
    examples = np.flatnonzero(of_missing)[:EXAMPLES]
    return Result(
        missing=missing,
        transfer_counts=np.bincount(data.train_labels[kept], minlength=data.classes),
        test_counts=(int(of_missing.sum()), int((~of_missing).sum())),
        heard=np.array(heard),
        shares=_shares(right_by_nudge(on_test, missing, labels), labels, missing),
        chosen=choose_nudge(on_train, missing, teacher.train_logits.argmax(-1).numpy()),
        teacher=_shares(teacher_on_test.argmax(-1) == labels, labels, missing),
        inputs=data.test_inputs[examples],
        labels=labels[examples],
        logits=on_test[:, 0, examples],
    )


def _shares(right: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], labels: Labels, missing: tuple[int, ...]) -> Shares:
    """Shares of right answers, (..., N) to (...) each."""
    of_missing = np.isin(labels, missing)
    return Shares(right[..., of_missing].mean(-1), right[..., ~of_missing].mean(-1), right.mean(-1))
