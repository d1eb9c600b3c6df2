"""A run: the teacher's training, then that of the cohort of students, as a generator of frozen snapshots."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, MutableMapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from kd_core.cohort import Cohort
from kd_core.data import Dataset, choose_labelled, flip_labels, load_dataset
from kd_core.exam import Answers, Exam, Hearing
from kd_core.experiment import Experiment
from kd_core.losses import distillation_gradient, hard_targets, soften
from kd_core.snapshot import DivergenceError, Snapshot

TEACHER_BATCH, TEACHER_LEARNING_RATE = 64, 0.002
TEACHER_INIT, TEACHER_ORDER, TEACHER_DROPOUT, SAMPLE, INIT, ORDER = range(6)  # streams of random numbers


class Steer(NamedTuple):
    """Sent into a run: from here on, the distilled students hear this temperature and alpha."""

    temperature: float
    alpha: float


@dataclass(frozen=True)
class Teacher:
    """A trained teacher: its logits on train and test, (n, C), frozen, and the snapshots of its training."""

    train_logits: Tensor
    test_logits: Tensor
    snapshots: tuple[Snapshot, ...]


Teachers = MutableMapping[tuple[Any, ...], Teacher]
Run = Generator[Snapshot, Steer | None, None]


def run(experiment: Experiment, *, teachers: Teachers | None = None, on_step: Callable[[], None] = lambda: None) -> Run:
    """Train the teacher, then the students alone and distilled, and yield a `Snapshot` at the end of every epoch.

    The first snapshot of each phase is epoch 0, before any update. The same experiment yields the same numbers on the
    same machine. To stop, don't call `next`. To steer, call `.send(Steer(temperature, alpha))` instead of `next`: it
    acts from the snapshot just seen on, and later snapshots carry the experiment with its schedule.

    Args:
        experiment: what to run.
        teachers: trained teachers by `Experiment.teacher_key`, looked up and added to; a teacher found there is not
            trained again, and its snapshots are yielded as they were.
        on_step: called before every step of training; what it raises ends the run in the middle of an epoch.
    Raises:
        DivergenceError: when a network's outputs are no longer finite.
    """
    phases = _run_phases(experiment, {} if teachers is None else teachers, on_step)
    seconds, steer = 0.0, None
    while True:
        start = perf_counter()
        try:
            snapshot = phases.send(steer)
        except StopIteration:
            return
        seconds += perf_counter() - start  # the caller's time is not counted
        steer = yield replace(snapshot, seconds=seconds)


def _run_phases(experiment: Experiment, teachers: Teachers, on_step: Callable[[], None]) -> Run:
    data = load_dataset(experiment.dataset, noise=experiment.noise, seed=experiment.seed)
    key = experiment.teacher_key
    known = teachers.get(key)
    for snapshot in known.snapshots if known else _train_teacher(experiment, data, teachers, on_step):
        steer = yield replace(snapshot, experiment=experiment)
        if steer:
            experiment = experiment.steered(0, temperature=steer.temperature, alpha=steer.alpha)
    yield from _train_students(experiment, data, known or teachers[key], on_step)


def _train_teacher(
    experiment: Experiment, data: Dataset, teachers: Teachers, on_step: Callable[[], None]
) -> Iterator[Snapshot]:
    """Adam on the cross-entropy of the whole training set, in batches of 64; the teacher is a cohort of one."""
    seed, dropout = experiment.seed, experiment.teacher_dropout
    cohort = Cohort(experiment.teacher_widths, [_generator(seed, TEACHER_INIT)])
    optimizer = _optimizer("adam", cohort, TEACHER_LEARNING_RATE)
    order_generator, dropout_generator = _generator(seed, TEACHER_ORDER), _generator(seed, TEACHER_DROPOUT)
    inputs, labels = torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_labels)
    targets = hard_targets(labels, data.classes, experiment.teacher_label_smoothing)
    exam, step = Exam(data), 0
    snapshots: list[Snapshot] = []
    for epoch in range(experiment.teacher_epochs + 1):
        batches = torch.split(torch.randperm(len(inputs), generator=order_generator), TEACHER_BATCH) if epoch else ()
        logit_sums = []
        for ids in batches:
            on_step()
            activations = cohort.activations(inputs[None, ids], dropout, dropout_generator)
            gradient = (activations[-1].softmax(-1) - targets[ids]) / len(ids)
            cohort.backward(activations, gradient, dropout)
            optimizer.step()
            logit_sums.append(activations[-1].sum())
        train, test = Answers(cohort.logits(inputs), labels[None], None), exam.answers(cohort, None)
        _require_finite([*logit_sums, test.logits.sum()], "teacher", epoch, step)
        step += len(batches)
        actors = {"teacher": exam.measures(train, test, None, cohort)}
        snapshots.append(Snapshot("teacher", epoch, experiment.teacher_epochs, step, experiment, actors, 0.0))
        if epoch == experiment.teacher_epochs:
            teachers[experiment.teacher_key] = Teacher(train.logits[0], test.logits[0], tuple(snapshots))
        yield snapshots[-1]


@dataclass(frozen=True)
class TransferSet:
    """What the S pairs of students learn from; each pair has its own sample of n training examples.

    inputs (S, n, features); labels (S, n), flipped ones included; targets and teacher_logits (S, n, C).
    """

    inputs: Tensor
    labels: Tensor
    targets: Tensor
    teacher_logits: Tensor

    @classmethod
    def draw(cls, experiment: Experiment, data: Dataset, teacher: Teacher) -> TransferSet:
        """Draw every pair's sample from its own stream; the frozen teacher's logits are looked up by example."""
        ids, labels = [], []
        for pair in range(experiment.seeds):
            rng = np.random.default_rng((experiment.seed, SAMPLE, pair))
            ids.append(choose_labelled(data.train_labels, experiment.labels, rng))
            labels.append(flip_labels(data.train_labels[ids[-1]], experiment.label_noise, data.classes, rng))
        chosen, given = torch.from_numpy(np.stack(ids)), torch.from_numpy(np.stack(labels))
        inputs = torch.from_numpy(data.train_inputs)[chosen]
        return cls(inputs, given, hard_targets(given, data.classes), teacher.train_logits[chosen])


def _train_students(experiment: Experiment, data: Dataset, teacher: Teacher, on_step: Callable[[], None]) -> Run:
    """One cohort: members 0 .. S - 1 are alone (alpha = 1), members S .. 2S - 1 distilled; i and S + i are a pair.

    A pair shares its sample, its initial weights and its batches: only what it hears differs.
    """
    pairs = range(experiment.seeds)
    pair_of = torch.arange(experiment.seeds).repeat(2)
    transfer = TransferSet.draw(experiment, data, teacher)
    cohort = Cohort(experiment.student_widths, [_generator(experiment.seed, INIT, int(pair)) for pair in pair_of])
    optimizer = _optimizer(experiment.optimizer, cohort, experiment.learning_rate)
    order_generators = [_generator(experiment.seed, ORDER, pair) for pair in pairs]
    rows = torch.arange(experiment.seeds)[:, None]
    actors = {"alone": slice(0, experiment.seeds), "distilled": slice(experiment.seeds, None)}
    exam, step = Exam(data), 0
    for epoch in range(experiment.epochs + 1):
        orders = [torch.randperm(transfer.labels.shape[1], generator=g) for g in order_generators] if epoch else []
        batches = torch.split(torch.stack(orders), experiment.batch_size, dim=1) if epoch else ()
        hearing = _hearing(experiment, max(epoch - 1, 0))
        logit_sums = []
        for ids in batches:  # (S, N) positions in each pair's sample
            on_step()
            soft = soften(transfer.teacher_logits[rows, ids][pair_of], hearing.temperature[:, None, None])
            activations = cohort.activations(transfer.inputs[rows, ids][pair_of])
            gradient = distillation_gradient(
                activations[-1],
                soft,
                transfer.targets[rows, ids][pair_of],
                temperature=hearing.temperature,
                alpha=hearing.alpha,
                t_squared=hearing.t_squared,
            )
            cohort.backward(activations, gradient)
            optimizer.step()
            logit_sums.append(activations[-1].sum())
        train = Answers(
            cohort.logits(transfer.inputs[pair_of]), transfer.labels[pair_of], transfer.teacher_logits[pair_of]
        )
        test = exam.answers(cohort, teacher.test_logits)
        _require_finite([*logit_sums, test.logits.sum()], "students", epoch, step)
        step += len(batches)
        measures = {
            actor: exam.measures(train[members], test[members], hearing[members], cohort.member(members.start))
            for actor, members in actors.items()
        }
        steer = yield Snapshot("students", epoch, experiment.epochs, step, experiment, measures, 0.0)
        if steer:
            experiment = experiment.steered(epoch, temperature=steer.temperature, alpha=steer.alpha)


def _hearing(experiment: Experiment, epoch: int) -> Hearing:
    """What every member hears after the end of `epoch`: the first half labels only, the second half the teacher too."""
    temperature, alpha = experiment.heard_at(epoch)
    alone = torch.ones(experiment.seeds)
    return Hearing(temperature * torch.cat([alone, alone]), torch.cat([alone, alpha * alone]), experiment.t_squared)


def _optimizer(name: str, cohort: Cohort, learning_rate: float) -> torch.optim.Optimizer:
    parameters = [cohort.parameters]
    cohort.parameters.grad = cohort.gradients
    if name == "sgd":
        return torch.optim.SGD(parameters, learning_rate, momentum=0.9, fused=True)
    adam = torch.optim.AdamW if name == "adamw" else torch.optim.Adam
    return adam(parameters, learning_rate, fused=True)


def _require_finite(logit_sums: list[Tensor], who: str, epoch: int, steps_before: int) -> None:
    """Sum i of the list is of the outputs after i steps of this epoch; looked at once an epoch, so it costs no wait."""
    finite = torch.stack(logit_sums).isfinite()
    if not finite.all():
        step = steps_before + int(finite.logical_not().nonzero()[0])
        raise DivergenceError(
            f"The {who} diverged at step {step} (epoch {epoch}): the outputs are no longer finite numbers. "
            "Try a smaller learning rate, or the optimizer adam."
        )


def _generator(*key: int) -> torch.Generator:
    """A generator of its own for each key, such as (seed, stream, pair): streams never meet."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> 1))
