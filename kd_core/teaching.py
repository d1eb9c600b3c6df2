"""Teachers: trained, or fitted by others, or combined of several; and kept, for whoever asks for the same again.

Students hear nothing of a teacher but its logits, so it can be anything that gives them. `kd_core.kinds` is the table.
"""

from __future__ import annotations

from collections.abc import Generator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from zict import LRU

from kd_core.cohort import Cohort, Layout
from kd_core.data import Dataset, Floats, View
from kd_core.experiment import Experiment
from kd_core.giveway import give_way
from kd_core.inputs import Inputs, Order
from kd_core.kinds import KINDS
from kd_core.measuring import Evaluator, Holdouts, Predictions
from kd_core.recipe import Recipe, epoch_of, look_of
from kd_core.snapshot import Snapshot
from kd_core.streams import TEACHER_DROPOUT, TEACHER_INIT, TEACHER_ORDER, TEACHER_SHIFT, generator
from kd_core.students import Optimizer, require_finite
from kd_core.unlabelled import Answer
from kd_core.views import Views


class TeacherLogits(NamedTuple):
    """The frozen teachers' logits on what they learn from and on the test set of their split, (splits, n, C)."""

    train: Tensor
    test: Tensor


class Part(NamedTuple):
    """One member of a teacher: its logits, and what it answers to further rows; None where it knows no more."""

    logits: TeacherLogits
    answer: Answer | None


@dataclass(frozen=True)
class Teacher:
    """Trained teachers, one for each split: their logits, their members, and the snapshots of their training.

    Snapshots are of every `every`-th epoch and of the last. `cohort` holds the networks among the members, split by
    split; None if there are none.
    """

    logits: TeacherLogits
    parts: tuple[Part, ...]
    answer: Answer | None
    cohort: Cohort | None
    snapshots: tuple[Snapshot, ...]
    every: int = 1

    @property
    def test_accuracy(self) -> Floats:
        """Of each split's teacher, (splits,)."""
        return self.snapshots[-1].actors["teacher"].test_accuracy

    @property
    def network(self) -> Cohort:
        """The networks; LookupError if it is none."""
        if self.cohort is None:
            raise LookupError("This teacher is no network.")
        return self.cohort

    @property
    def size(self) -> int:
        """Bytes of its logits, by which it is kept."""
        return sum(logits.nbytes for part in self.parts for logits in part.logits)


TeacherTraining = Generator[Snapshot, None, Teacher]
TeacherKey = tuple[Any, ...]

# Trained teachers by `teacher_key`. Nobody relies on finding one: who trains a teacher, or looks one up, holds it.
Teachers = MutableMapping[TeacherKey, Teacher]
KEPT, KEPT_BYTES = 16, 2**28
# Of this process: those used last; its threads may share it.
TEACHERS: Teachers = LRU(KEPT_BYTES, {}, weight=lambda key, teacher: max(KEPT_BYTES // KEPT, teacher.size))


def teacher_key(experiment: Experiment, view: View | None = None) -> TeacherKey:
    """What a teacher depends on: the data that it is trained on, and the settings that its kinds read."""
    read = {name for kind in experiment.kinds for name in KINDS[kind].settings}
    drawn = experiment.teachers if any(KINDS[kind].is_drawn for kind in experiment.kinds) else 1
    values = tuple(getattr(experiment, name) for name in sorted(read))
    combined = (experiment.teacher_kind, drawn, experiment.teacher_weights, experiment.teacher_mean)
    return (*experiment.key("data"), *combined, *values, view)


def train_teacher(
    experiment: Experiment,
    teachers: Teachers,
    view: View | None = None,
    every: int = 1,
) -> TeacherTraining:
    """The teachers of an experiment, out of the store or trained and put there: yields snapshots, returns them.

    Snapshots come every `every` epochs, or more often: what is measured takes a third of the time. An ensemble's kinds
    are looked up one by one, so that other weights are another combination of what is there.
    """
    key = teacher_key(experiment, view)
    teacher = teachers.get(key)
    if teacher is not None and teacher.every <= every:
        yield from teacher.snapshots
        return teacher
    if experiment.is_weighed:
        teacher = yield from _combine_kinds(experiment, teachers, view, every)
    elif experiment.teacher_kind == "network":
        teacher = yield from _train_networks(experiment, experiment.load_splits(view), every)
    else:
        train = import_module(KINDS[experiment.teacher_kind].module).train
        teacher = yield from train(experiment, experiment.load_splits(view))
    teachers[key] = teacher
    return teacher


def teacher_of(
    experiment: Experiment,
    teachers: Teachers | None = None,
    view: View | None = None,
) -> Teacher:
    """The same, for those who don't watch it being trained."""
    training = train_teacher(
        experiment, TEACHERS if teachers is None else teachers, view, every=experiment.teacher_epochs
    )
    while True:
        try:
            next(training)
        except StopIteration as end:
            teacher: Teacher = end.value
            return teacher


def combine(members: Sequence[Tensor], weights: Sequence[float], mean: str = "logits") -> Tensor:
    """The logits of an ensemble from those of its members, (..., C) each; the weights sum to 1.

    mean = "logits": sum_m w_m z_m. "probabilities": ln sum_m w_m softmax(z_m), as in Hinton, Vinyals & Dean (2015,
    section 1), who name the arithmetic and the geometric mean of predictions; the latter is the mean of logits.
    """
    if len(members) == 1:
        return members[0]
    if mean == "logits":
        return sum((weight * logits for weight, logits in zip(weights, members, strict=True)), torch.zeros(()))
    logs = [
        logits.log_softmax(-1) + np.log(weight) for weight, logits in zip(weights, members, strict=True) if weight > 0
    ]
    return torch.logsumexp(torch.stack(logs), 0)


def teacher_from(
    parts: Sequence[Part],
    experiment: Experiment,
    cohort: Cohort | None,
    snapshots: Sequence[Snapshot],
    every: int = 1,
) -> Teacher:
    """A teacher of these members, weighed as the experiment says."""
    kept = tuple(parts)
    chosen = [(part, weight) for part, weight in zip(kept, experiment.weights, strict=True) if weight]
    shares, mean = [weight for _, weight in chosen], experiment.teacher_mean
    given = zip(*(part.logits for part, _ in chosen), strict=True)
    logits = TeacherLogits(*(combine(each, shares, mean) for each in given))
    answers = [part.answer for part, _ in chosen]

    def answer(split: int, rows: Tensor) -> Tensor:
        return combine([one(split, rows) for one in answers if one is not None], shares, mean)

    return Teacher(logits, kept, None if None in answers else answer, cohort, tuple(snapshots), every)


def snapshot_of(
    experiment: Experiment,
    data: Sequence[Dataset],
    logits: TeacherLogits,
    answer: Answer | None,
    at: tuple[int, int],
    *,
    is_last: bool,
) -> Snapshot:
    """What is seen of a teacher whose logits on everything are known; `at`: trees or rounds so far, and of all."""
    labels = torch.from_numpy(np.stack([one.labels[one.taught_ids] for one in data]))
    test_labels = torch.from_numpy(np.stack([one.test_labels for one in data]))
    measures = Evaluator(data[0]).measures(
        Predictions(logits.train, labels, None),
        Predictions(logits.test, test_labels, None),
        None,
        None if answer is None else partial(answer, 0),
        is_last=is_last,
    )
    return Snapshot("teacher", *at, at[0], experiment, {"teacher": measures}, 0.0)


def _combine_kinds(experiment: Experiment, teachers: Teachers, view: View | None, every: int) -> TeacherTraining:
    """Every kind by itself, one after the other, then all of them together as the weights say."""
    parts: list[Part] = []
    snapshots: list[Snapshot] = []
    cohort, last, start = None, experiment.teacher_curve[-1], 0
    for kind in experiment.kinds:
        alone = experiment.replace(
            teacher_kind=kind,
            teachers=experiment.teachers if KINDS[kind].is_drawn else 1,
            teacher_weights="",
            teacher_mean="logits",
            teacher_file=experiment.teacher_file if kind == "file" else "",
        )
        training = train_teacher(alone, teachers, view, every)
        while True:
            try:
                seen = next(training)
            except StopIteration as end:
                teacher: Teacher = end.value
                break
            snapshots.append(replace(seen, epoch=start + seen.epoch, epochs=last, experiment=experiment))
            yield snapshots[-1]
        start += alone.teacher_curve[-1]
        parts += teacher.parts
        cohort = cohort or teacher.cohort
    whole, data = teacher_from(parts, experiment, cohort, snapshots, every), experiment.load_splits(view)
    snapshots.append(snapshot_of(experiment, data, whole.logits, whole.answer, (last, last), is_last=True))
    yield snapshots[-1]
    return replace(whole, snapshots=tuple(snapshots))


def _train_networks(experiment: Experiment, data: Sequence[Dataset], every: int) -> TeacherTraining:
    """Adam on the cross-entropy of the whole training set, as `Recipe` says; the networks of all splits are one cohort.

    What is seen while several learn is the mean of their logits.
    """
    count, dropout, recipe = experiment.teachers, experiment.teacher_dropout, Recipe.of(experiment)
    splits = [split for split in range(len(data)) for _ in range(count)]
    drawn_from = [experiment.by_split[split].seed for split in range(len(data))]
    keys = [(seed,) if number == 0 else (seed, number) for seed in drawn_from for number in range(count)]
    layout, inputs = Layout(1, len(keys)), Inputs.of(data)
    streams = (TEACHER_INIT, TEACHER_ORDER, TEACHER_DROPOUT, TEACHER_SHIFT)
    starts, orders, masks, shifts = ([generator(seed, one, *rest) for seed, *rest in keys] for one in streams)
    cohort = Cohort(experiment.teacher_network, starts)
    optimizer = Optimizer("adam", cohort, recipe.learning_rate)
    every_id = [inputs.ids(split, data[split].taught_ids) for split in splits]
    every_label = [data[split].labels[data[split].taught_ids] for split in splits]
    ids, labels = (torch.from_numpy(np.stack(values)) for values in (every_id, every_label))
    targets = torch.eye(data[0].classes) * (1 - experiment.teacher_label_smoothing)
    targets += experiment.teacher_label_smoothing / data[0].classes
    views = Views(experiment.source.shape, experiment.teacher_shift, inputs.black) if experiment.teacher_shift else None
    size = epoch_of(ids.shape[1])
    order, steps = Order(ids.shape[1], size, orders), experiment.teacher_epochs * ceil(size / recipe.batch)
    evaluator, holdouts, step = Evaluator(data[0]), Holdouts(data, (), splits), 0
    snapshots: list[Snapshot] = []
    for epoch in range(experiment.teacher_epochs + 1):
        logit_sums: list[Tensor] = []
        for positions in torch.split(order.next(), recipe.batch, dim=1) if epoch else ():
            give_way()
            optimizer.learning_rate = recipe.rate(step + len(logit_sums), steps)
            # Forward: (networks, features, N) to (networks, C, N); the cross-entropy's gradient, (q - y) / N; backward.
            rows = inputs.rows(ids.gather(1, positions))
            if views is not None:
                rows = views.of(rows, views.draw(positions.shape[1:], shifts))
            activations = cohort.activations(rows.transpose(1, 2), dropout, masks)
            wanted = targets[labels.gather(1, positions)].transpose(1, 2)
            gradient = (activations.logits.softmax(1) - wanted) / positions.shape[1]
            cohort.backward(activations, gradient, dropout)
            optimizer.step()
            logit_sums.append(activations.logits.sum())
        is_last = epoch == experiment.teacher_epochs
        if epoch % every and not is_last:
            require_finite(logit_sums, "teacher", epoch, step)
            step += len(logit_sums)
            continue
        seen = slice(None if is_last else look_of(ids.shape[1]))
        train = Predictions(inputs.logits(cohort, ids[:, seen]), labels[:, seen], None)
        test = holdouts.predictions(cohort, layout, None if is_last else look_of(evaluator.test_size))
        require_finite([*logit_sums, test.logits.sum()], "teacher", epoch, step)
        step += len(logit_sums)
        parts = [
            Part(
                TeacherLogits(train.logits[number::count], test.logits[number::count]),
                _answering(cohort, number, count),
            )
            for number in range(count)
        ]
        teacher = teacher_from(parts, experiment, cohort, snapshots, every)
        answer = teacher.answer
        assert answer is not None
        measures = evaluator.measures(
            Predictions(teacher.logits.train, train.labels[::count], None),
            Predictions(teacher.logits.test, test.labels[::count], None),
            None,
            partial(answer, 0),
            label_smoothing=experiment.teacher_label_smoothing,
            is_last=is_last,
        )
        snapshots.append(
            Snapshot("teacher", epoch, experiment.teacher_epochs, step, experiment, {"teacher": measures}, 0.0)
        )
        yield snapshots[-1]
    return replace(teacher, snapshots=tuple(snapshots))


def _answering(cohort: Cohort, number: int, count: int) -> Answer:
    """The answers of one of `count` networks a split."""

    def answer(split: int, rows: Tensor) -> Tensor:
        return cohort.member(split * count + number).logits(rows)[0]

    return answer
