"""A class that the students never see: they learn it from the teacher's soft targets on other classes alone.

Reproduces the experiment without 3s of Hinton, Vinyals & Dean 2015, section 3. The generators here run on a worker.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray

from kd_core.data import Dataset, Floats, Labels, without_classes
from kd_core.experiment import Experiment
from kd_core.losses import soften
from kd_core.snapshot import Snapshot
from kd_core.students import Students
from kd_core.training import TEACHERS, Teacher, Teachers, teacher_key, train_teacher
from pages.learn.dark_knowledge.analysis import (
    CONDITIONS,
    EXPERIMENT,
    MAX_MISSING,
    STEPS,
    Accuracies,
    Result,
    Rivals,
    Stage,
    TeacherOnTest,
    TeacherProgress,
    choose_nudge,
    right_by_nudge,
)
from pages.run.told import told

STAGES = 30


def teach(
    *, experiment: Experiment = EXPERIMENT, teachers: Teachers = TEACHERS
) -> Iterator[TeacherProgress | TeacherOnTest]:
    """Train the teacher on all classes; last, what it says of the test set.

    `teachers` are those trained already.
    """
    data = experiment.load_data()
    teacher = yield from _teacher(experiment, teachers)
    yield TeacherOnTest(data.test_inputs, data.test_labels, teacher.logits.test.numpy())


def leave_out(
    missing: tuple[int, ...],
    *,
    experiment: Experiment = EXPERIMENT,
    steps: int = STEPS,
    data: Dataset | None = None,
    teachers: Teachers = TEACHERS,
    make_students: Callable[..., Students] = Students,
) -> Iterator[TeacherProgress | Stage | Result]:
    """Train students on a transfer set without these classes, under every condition of CONDITIONS; last, the result.

    The students of a seed share initial weights and batches, so they are paired. `data` are the experiment's own
    if None, `teachers` those trained already. Raises ValueError unless `missing` is 1 to MAX_MISSING classes, in order.
    """
    data = experiment.load_data() if data is None else data
    if not 1 <= len(missing) <= MAX_MISSING or list(missing) != sorted(set(missing) & set(range(data.classes))):
        raise ValueError(f"missing={missing} is not allowed: 1 to {MAX_MISSING} of the {data.classes} classes.")
    teacher = yield from _teacher(experiment, teachers)
    seen, kept = without_classes(data, missing)
    steps_an_epoch = math.ceil(len(kept) / experiment.batch_size)
    experiment = experiment.replace(epochs=round(steps / steps_an_epoch))
    students = make_students(experiment, seen, teacher.logits.train[torch.from_numpy(kept)], CONDITIONS)
    test, every = torch.from_numpy(data.test_inputs), math.ceil(experiment.epochs / STAGES)

    def answers(inputs: torch.Tensor) -> Floats:
        """Logits (M, S, N, C)."""
        return students.layout.split(students.cohort.logits(inputs)).numpy()

    for _ in chain([0], students.train(experiment.epochs, every=every)):
        accuracies = _accuracies(answers(test).argmax(-1) == data.test_labels, data.test_labels, missing)
        yield Stage(students.step, experiment.epochs * steps_an_epoch, accuracies)
    yield _result(data, teacher, missing, kept, answers(test), answers(torch.from_numpy(data.train_inputs)))


def _teacher(experiment: Experiment, teachers: Teachers) -> Generator[TeacherProgress, None, Teacher]:
    """The teacher; one that is trained already has no progress to show."""
    if (teacher := teachers.get(teacher_key(experiment))) is not None:
        return teacher

    def progress(snapshot: Snapshot) -> TeacherProgress:
        accuracy = float(snapshot.actors["teacher"].test_accuracy[0])
        return TeacherProgress(snapshot.epoch, experiment.teacher_epochs, accuracy)

    return (yield from told(train_teacher(experiment, teachers), progress))


def _result(
    data: Dataset, teacher: Teacher, missing: tuple[int, ...], kept: Labels, on_test: Floats, on_train: Floats
) -> Result:
    labels, teacher_on_test = data.test_labels, teacher.logits.test.numpy()
    of_missing = np.isin(labels, missing)
    missing_mass = [
        (1 - alpha) * float(soften(teacher.logits.train[kept], temperature)[:, missing].sum(1).mean())
        for temperature, alpha in CONDITIONS
    ]
    return Result(
        missing=missing,
        transfer_counts=np.bincount(data.train_labels[kept], minlength=data.classes),
        test_counts=(int(of_missing.sum()), int((~of_missing).sum())),
        missing_mass=np.array(missing_mass),
        accuracies=_accuracies(right_by_nudge(on_test, missing, labels), labels, missing),
        chosen=choose_nudge(on_train, missing, teacher.logits.train.argmax(-1).numpy()),
        teacher=_accuracies(teacher_on_test.argmax(-1) == labels, labels, missing),
        inputs=data.test_inputs,
        labels=labels,
        rivals=Rivals.of(on_test[:, 0], missing),
    )


def _accuracies(right: NDArray[np.bool_], labels: Labels, missing: tuple[int, ...]) -> Accuracies:
    """Shares of right answers, (..., N) to (...) each."""
    of_missing = np.isin(labels, missing)
    return Accuracies(right[..., of_missing].mean(-1), right[..., ~of_missing].mean(-1), right.mean(-1))
