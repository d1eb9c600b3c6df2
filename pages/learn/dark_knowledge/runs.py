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
from kd_core.experiment import SETTINGS, Experiment
from kd_core.losses import soften
from kd_core.measuring import Holdouts
from kd_core.recipe import epoch_of, look_of
from kd_core.snapshot import Snapshot
from kd_core.students import Students
from kd_core.teaching import TEACHERS, Teacher, Teachers, teacher_key, train_teacher
from pages.learn.dark_knowledge.analysis import (
    CONDITIONS,
    ON_THE_WALL,
    STEPS,
    Accuracies,
    Result,
    Rivals,
    Stage,
    TeacherOnTest,
    TeacherProgress,
    case_of,
    choose_nudge,
    most_missing,
    right_by_nudge,
)
from pages.run.kept import kept
from pages.run.told import told

STAGES = 30
MOST_EPOCHS = int(SETTINGS["epochs"].high)


@kept(TeacherOnTest, about=lambda dataset: case_of(dataset).experiment)
def teach(dataset: str) -> Iterator[TeacherProgress | TeacherOnTest]:
    """What the page's teacher says."""
    yield from train_teachers(case_of(dataset).experiment)


@kept(Stage, Result, about=lambda dataset, missing: (case_of(dataset).experiment, STEPS, CONDITIONS, missing))
def leave_out(dataset: str, missing: tuple[int, ...]) -> Iterator[TeacherProgress | Stage | Result]:
    """What the page's students learn without these classes."""
    yield from train_without(missing, experiment=case_of(dataset).experiment)


def train_teachers(
    experiment: Experiment, *, teachers: Teachers = TEACHERS
) -> Iterator[TeacherProgress | TeacherOnTest]:
    """Train the teachers on all classes; last, what the first split's says of its test set.

    `teachers` are those trained already.
    """
    data, shown = experiment.load_data(), slice(ON_THE_WALL)
    teacher = yield from _teacher(experiment, teachers)
    labels = data.test_labels
    yield TeacherOnTest(
        data.seen(data.test_ids[shown]),
        labels[shown],
        teacher.logits.test[0, shown].numpy(),
        np.bincount(labels, minlength=data.classes),
    )


def train_without(
    missing: tuple[int, ...],
    *,
    experiment: Experiment,
    steps: int = STEPS,
    data: Sequence[Dataset] = (),
    teachers: Teachers = TEACHERS,
    make_students: Callable[..., Students] = Students,
) -> Iterator[TeacherProgress | Stage | Result]:
    """Train students on a transfer set without these classes, under every condition of CONDITIONS; last, the result.

    The students of a seed share initial weights and batches, so they are paired. `data` are those of the experiment's
    splits if empty, `teachers` those trained already. While students train, a part of a large test set is looked at.
    Raises ValueError unless `missing` is 1 to `most_missing` classes, in order.
    """
    data = data or experiment.load_splits()
    classes, most = data[0].classes, most_missing(experiment.dataset)
    if not 1 <= len(missing) <= most or list(missing) != sorted(set(missing) & set(range(classes))):
        raise ValueError(f"missing={missing} is not allowed: 1 to {most} of the {classes} classes.")
    teacher = yield from _teacher(experiment, teachers)
    seen, kept = zip(*(without_classes(one, missing) for one in data), strict=True)
    heard = [logits[torch.from_numpy(ids)] for logits, ids in zip(teacher.logits.train, kept, strict=True)]
    examples = min([*map(len, kept), *filter(None, [experiment.labels])])
    steps_an_epoch = math.ceil(epoch_of(examples) / experiment.batch_size)
    experiment = experiment.replace(epochs=min(round(steps / steps_an_epoch), MOST_EPOCHS))
    students = make_students(experiment, seen, heard, CONDITIONS)
    of_seeds = [experiment.split_of(seed) for seed in range(experiment.seeds)]
    test, every = Holdouts(data, (), of_seeds), math.ceil(experiment.epochs / STAGES)

    def answers(ids: torch.Tensor) -> Floats:
        """Logits (M, S, N, C)."""
        return students.layout.split(test.inputs.logits(students.cohort, ids)).numpy()

    labels = test.labels.numpy()
    looked_at = slice(look_of(labels.shape[1]))
    for _ in chain([0], students.train(experiment.epochs, every=every)):
        right = answers(test.ids[..., looked_at]).argmax(-1) == labels[:, looked_at]
        accuracies = _accuracies(right, labels[:, looked_at], missing)
        yield Stage(students.step, experiment.epochs * steps_an_epoch, accuracies)
    judged = students.train_predictions().collapsed(students.conditions.of_members(students.layout))
    collapsed = students.layout.split(torch.from_numpy(judged)).numpy()
    trained_on = slice(look_of(len(data[0].train_ids)))
    train_ids = (_stacked(data, "train_ids") + np.array(test.inputs.starts)[:, None])[of_seeds, trained_on]
    on_test, on_train = answers(test.ids), answers(torch.from_numpy(train_ids))
    accuracies = _accuracies(right_by_nudge(on_test, missing, labels), labels, missing)
    on_their_tests = teacher.logits.test.argmax(-1).numpy() == _stacked(data, "test_labels")
    shown = slice(ON_THE_WALL)
    yield Result(
        missing=missing,
        transfer_counts=np.bincount(students.transfer.labels[0].numpy(), minlength=classes),
        test_counts=(int(np.isin(labels[0], missing).sum()), int((~np.isin(labels[0], missing)).sum())),
        missing_mass=np.array([_mass(heard, missing, temperature, alpha) for temperature, alpha in CONDITIONS]),
        accuracies=Accuracies(*(np.where(collapsed, np.nan, values) for values in accuracies)),
        chosen=choose_nudge(on_train, missing, teacher.logits.train.argmax(-1).numpy()[of_seeds, trained_on]),
        teacher=_accuracies(on_their_tests, _stacked(data, "test_labels"), missing).mean,
        inputs=data[0].seen(data[0].test_ids[shown]),
        labels=labels[0, shown],
        rivals=Rivals.of(on_test[:, 0, shown], missing),
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
    with np.errstate(invalid="ignore"):  # a small test set can lack a class: then that share is NaN
        of_left_out, of_others = ((right & which).sum(-1) / which.sum(-1) for which in (of_missing, ~of_missing))
    return Accuracies(of_left_out, of_others, right.mean(-1))
