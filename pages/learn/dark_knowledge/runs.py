"""A class that the students never see: they learn it from the teacher's soft targets on other classes alone.

Reproduces the experiment without 3s of Hinton, Vinyals & Dean 2015, section 3. The generators here run on a worker.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kd_core.data import Dataset, Floats, Labels, without_classes
from kd_core.experiment import Experiment
from kd_core.losses import soften
from kd_core.measuring import Holdouts
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
from pages.run.kept import kept
from pages.run.told import told

STAGES = 30


@kept(TeacherOnTest, about=lambda: EXPERIMENT)
def teach() -> Iterator[TeacherProgress | TeacherOnTest]:
    """What the page's teacher says."""
    yield from train_teachers()


@kept(Stage, Result, about=lambda missing: (EXPERIMENT, STEPS, CONDITIONS, missing))
def leave_out(missing: tuple[int, ...]) -> Iterator[TeacherProgress | Stage | Result]:
    """What the page's students learn without these classes."""
    yield from train_without(missing)


def train_teachers(
    *, experiment: Experiment = EXPERIMENT, teachers: Teachers = TEACHERS
) -> Iterator[TeacherProgress | TeacherOnTest]:
    """Train the teachers on all classes; last, what the first split's says of its test set.

    `teachers` are those trained already.
    """
    data = experiment.load_data()
    teacher = yield from _teacher(experiment, teachers)
    yield TeacherOnTest(data.test_inputs, data.test_labels, teacher.logits.test[0].numpy())


def train_without(
    missing: tuple[int, ...],
    *,
    experiment: Experiment = EXPERIMENT,
    steps: int = STEPS,
    data: Sequence[Dataset] = (),
    teachers: Teachers = TEACHERS,
    make_students: Callable[..., Students] = Students,
) -> Iterator[TeacherProgress | Stage | Result]:
    """Train students on a transfer set without these classes, under every condition of CONDITIONS; last, the result.

    The students of a seed share initial weights and batches, so they are paired. `data` are those of the experiment's
    splits if empty, `teachers` those trained already. Raises ValueError unless `missing` is 1 to MAX_MISSING classes,
    in order.
    """
    data = data or experiment.load_splits()
    classes = data[0].classes
    if not 1 <= len(missing) <= MAX_MISSING or list(missing) != sorted(set(missing) & set(range(classes))):
        raise ValueError(f"missing={missing} is not allowed: 1 to {MAX_MISSING} of the {classes} classes.")
    teacher = yield from _teacher(experiment, teachers)
    seen, kept = zip(*(without_classes(one, missing) for one in data), strict=True)
    heard = [logits[torch.from_numpy(ids)] for logits, ids in zip(teacher.logits.train, kept, strict=True)]
    steps_an_epoch = math.ceil(min(map(len, kept)) / experiment.batch_size)
    experiment = experiment.replace(epochs=round(steps / steps_an_epoch))
    students = make_students(experiment, seen, heard, CONDITIONS)
    of_seeds = [experiment.split_of(seed) for seed in range(experiment.seeds)]
    test, every = Holdouts(data, (), of_seeds), math.ceil(experiment.epochs / STAGES)

    def answers(ids: torch.Tensor) -> Floats:
        """Logits (M, S, N, C)."""
        return students.layout.split(test.inputs.logits(students.cohort, ids)).numpy()

    labels = test.labels.numpy()
    for _ in chain([0], students.train(experiment.epochs, every=every)):
        accuracies = _accuracies(answers(test.ids).argmax(-1) == labels, labels, missing)
        yield Stage(students.step, experiment.epochs * steps_an_epoch, accuracies)
    judged = students.train_predictions().collapsed(students.conditions.of_members(students.layout))
    collapsed = students.layout.split(torch.from_numpy(judged)).numpy()
    starts = np.array(test.inputs.starts)[:, None]
    on_test, on_train = answers(test.ids), answers(torch.from_numpy((_stacked(data, "train_ids") + starts)[of_seeds]))
    accuracies = _accuracies(right_by_nudge(on_test, missing, labels), labels, missing)
    on_their_tests = teacher.logits.test.argmax(-1).numpy() == _stacked(data, "test_labels")
    yield Result(
        missing=missing,
        transfer_counts=np.bincount(students.transfer.labels[0].numpy(), minlength=classes),
        test_counts=(int(np.isin(labels[0], missing).sum()), int((~np.isin(labels[0], missing)).sum())),
        missing_mass=np.array([_mass(heard, missing, temperature, alpha) for temperature, alpha in CONDITIONS]),
        accuracies=Accuracies(*(np.where(collapsed, np.nan, values) for values in accuracies)),
        chosen=choose_nudge(on_train, missing, teacher.logits.train.argmax(-1).numpy()[of_seeds]),
        teacher=_accuracies(on_their_tests, _stacked(data, "test_labels"), missing).mean,
        inputs=data[0].test_inputs,
        labels=labels[0],
        rivals=Rivals.of(on_test[:, 0], missing),
        splits=experiment.splits,
    )


def _stacked(data: Sequence[Dataset], name: str) -> Any:
    """A part of all splits' data, of which all have equally much."""
    return np.stack([getattr(one, name) for one in data])


def _mass(heard: Sequence[torch.Tensor], missing: tuple[int, ...], temperature: float, alpha: float) -> float:
    """Mean weight of these classes in the targets made of the teachers' logits, over the splits."""
    soft = [soften(logits, temperature)[:, missing].sum(1).mean() for logits in heard]
    return (1 - alpha) * float(np.mean(soft))


def _teacher(experiment: Experiment, teachers: Teachers) -> Generator[TeacherProgress, None, Teacher]:
    """The teacher; one that is trained already has no progress to show."""
    if (teacher := teachers.get(teacher_key(experiment))) is not None:
        return teacher

    def progress(snapshot: Snapshot) -> TeacherProgress:
        accuracy = float(snapshot.actors["teacher"].test_accuracy[0])
        return TeacherProgress(snapshot.epoch, experiment.teacher_epochs, accuracy)

    return (yield from told(train_teacher(experiment, teachers), progress))


def _accuracies(right: NDArray[np.bool_], labels: Labels, missing: tuple[int, ...]) -> Accuracies:
    """Shares of right answers, (..., S, N) to (..., S) each; labels (S, N)."""
    of_missing = np.isin(labels, missing)
    of_left_out, of_others = ((right & which).sum(-1) / which.sum(-1) for which in (of_missing, ~of_missing))
    return Accuracies(of_left_out, of_others, right.mean(-1))
