"""Training an ensemble, its members' students and its own, for real."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import torch

from kd_core.experiment import Condition, Experiment
from kd_core.snapshot import Snapshot
from kd_core.sweeps.pieces import REPORTS, train_together
from kd_core.teaching import TEACHERS, Part, Teacher, Teachers, train_teacher
from pages.learn.ensemble.results import ALONE, WHOLE, Growing, Lesson, Mean, Panel, agreement, disagreement
from pages.run.told import told

EXAMPLES = 8  # that are shown


def introduce(experiment: Experiment, teachers: Teachers = TEACHERS) -> Iterator[Growing | Panel | Mean | Lesson]:
    """An ensemble and its members one by one, then its students, those alone, and those of every member by itself."""
    teacher = yield from _teacher(experiment, teachers)
    data, ids = experiment.load_splits(), chosen(teacher)
    labels = torch.from_numpy(np.stack([one.test_labels for one in data]))
    answers = torch.stack([part.logits.test.argmax(-1) for part in teacher.parts])
    shown = data[0].test_ids[ids]
    yield Panel(
        (answers == labels).float().mean(-1).numpy(),
        agreement(answers.numpy()),
        data[0].seen(shown).reshape(-1, *experiment.source.image or (1, -1)),
        data[0].labels[shown],
        np.stack([part.logits.test[0, ids].numpy() for part in teacher.parts]),
    )
    yield _mean(experiment, teacher)
    yield from _lessons(experiment, teacher, (ALONE, WHOLE))
    for member, part in enumerate(teacher.parts):
        yield from _lessons(experiment, part, (str(member),))


def combine(experiment: Experiment, teachers: Teachers = TEACHERS) -> Iterator[Growing | Mean | Lesson]:
    """The ensemble as its weights and its mean say, and its students. Members that are known are not trained again."""
    teacher = yield from _teacher(experiment, teachers)
    yield _mean(experiment, teacher)
    yield from _lessons(experiment, teacher, (WHOLE,))


def chosen(teacher: Teacher) -> np.ndarray:
    """Examples of the first split's test set on which the members differ most: the same whatever their weights."""
    probabilities = torch.stack([part.logits.test[0] for part in teacher.parts]).double().softmax(-1).numpy()
    return np.argsort(-disagreement(probabilities), kind="stable")[:EXAMPLES]


def _mean(experiment: Experiment, teacher: Teacher) -> Mean:
    labels = torch.from_numpy(np.stack([one.test_labels for one in experiment.load_splits()]))
    right = (teacher.logits.test.argmax(-1) == labels).float().mean(-1).numpy()
    return Mean(right, teacher.logits.test[0, chosen(teacher)].numpy())


def _teacher(experiment: Experiment, teachers: Teachers) -> Generator[Growing, None, Teacher]:
    def reached(snapshot: Snapshot) -> Growing:
        return Growing(snapshot.epoch, snapshot.epochs)

    every = max(1, experiment.teacher_epochs // REPORTS)
    return (yield from told(train_teacher(experiment, teachers, every=every), reached))


def _lessons(experiment: Experiment, teacher: Teacher | Part, names: tuple[str, ...]) -> Iterator[Lesson]:
    """The students of a teacher, and those alone where they are asked for: pairs of one cohort."""
    conditions = [Condition(1.0, 1.0) if name == ALONE else experiment.heard_at(0) for name in names]
    for report in train_together(experiment, conditions, teacher.logits, answer=teacher.answer):
        for name, accuracy, lost in zip(names, report.accuracy, report.collapsed, strict=True):
            yield Lesson(name, report.epoch, experiment.epochs, accuracy, lost)
