"""Training with the correct step and with a bug in it, side by side."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn, vmap

from kd_core import metrics
from kd_core.experiment import Experiment
from kd_core.giveway import give_way
from kd_core.measuring import Holdouts
from kd_core.models import initial_weights
from kd_core.streams import INIT, ORDER, TEACHER_DROPOUT, generator
from kd_core.students import TransferSet
from kd_core.teaching import teacher_of
from pages.learn.bugs.bugs import BUGS, CORRECT, STUDENTS, Point
from pages.learn.bugs.steps import runs as steps
from pages.run.kept import kept

EVERY = 2  # epochs from point to point


class Step(NamedTuple):
    """The parts of a training step, functions of `steps.runs`; `live`: the teacher answers in every step."""

    loss: Callable[..., Tensor]
    batch: Callable[..., Tensor]
    forward: Callable[..., tuple[Tensor, Tensor]]
    live: bool


def step_of(bug: str = "", part: str = "") -> Step:
    """The correct step, with that bug put in. `part` is what the bug it is compared with replaces."""
    names = dict(CORRECT)
    if bug:
        part = BUGS[bug].part
        names[part] = bug
    functions = {name: getattr(steps, function) for name, function in names.items()}
    return Step(**functions, live=part == "forward")


class Perceptrons(nn.Module):
    """A stack of perceptrons with ReLU, and dropout on their hidden units in train mode.

    Weights are (S, inputs, outputs), biases (S, 1, outputs); inputs (S, N, features) give logits (S, N, C). A stack
    of one answers for all.
    """

    def __init__(
        self,
        members: Sequence[Sequence[tuple[Tensor, Tensor]]],
        dropout: float = 0.0,
        drawn_by: Generator | None = None,
    ) -> None:
        super().__init__()
        layers = zip(*members, strict=True)
        stacked = [(torch.stack([w for w, _ in layer]), torch.stack([b[None] for _, b in layer])) for layer in layers]
        self.weights = nn.ParameterList(weight for weight, _ in stacked)
        self.biases = nn.ParameterList(bias for _, bias in stacked)
        self.dropout, self.drawn_by = dropout, drawn_by

    def forward(self, inputs: Tensor) -> Tensor:
        *hidden, last = zip(self.weights, self.biases, strict=True)
        for weight, bias in hidden:
            inputs = (inputs @ weight + bias).relu()
            if self.training and self.dropout:
                kept = torch.rand(inputs.shape, generator=self.drawn_by) >= self.dropout
                inputs = inputs * kept / (1 - self.dropout)
        logits: Tensor = inputs @ last[0] + last[1]
        return logits


def module_of(experiment: Experiment) -> Perceptrons:
    """The experiment's teacher as a module of its own, in train mode as every new module is.

    Where there are several splits, each pair's is that of its split. A run keeps only their logits; a teacher that is
    left in train mode has to be asked anew.
    """
    layers = teacher_of(experiment).network.layers
    splits = [experiment.split_of(pair) for pair in range(experiment.seeds)] if experiment.splits > 1 else [0]
    weights = [[(weight[split].T.clone(), bias[split, :, 0].clone()) for weight, bias in layers] for split in splits]
    return Perceptrons(weights, experiment.teacher_dropout, generator(experiment.seed, TEACHER_DROPOUT, 1))


def draw(experiment: Experiment) -> tuple[Holdouts, TransferSet]:
    """What each pair is tested on and learns from: the same as in a run of this experiment."""
    data, pairs = experiment.load_splits(), range(experiment.seeds)
    holdouts = Holdouts(data, (), [experiment.split_of(pair) for pair in pairs])
    return holdouts, TransferSet.draw(experiment, data, teacher_of(experiment).logits.train, pairs)


def keys_of(experiment: Experiment) -> list[tuple[int, int]]:
    """What each pair's random numbers are drawn from: the `seed` of its split, and its own number."""
    pairs = range(experiment.seeds)
    return list(zip(experiment.seeds_of(pairs), pairs, strict=True))


def cached_logits(transfer: TransferSet) -> Tensor:
    """The teacher's logits in the order of each seed's sample, (S, n, C): what a loop that caches them keeps."""
    return transfer.teacher_logits[transfer.logit_ids]


def students_of(experiment: Experiment) -> Perceptrons:
    """The students of all seeds, untrained."""
    starts = [generator(of_split, INIT, pair) for of_split, pair in keys_of(experiment)]
    return Perceptrons([initial_weights(experiment.student_network.layers, start) for start in starts])


def batches(experiment: Experiment, orders: list[Generator]) -> Iterator[tuple[int, Tensor]]:
    """An epoch: where each batch begins, and the examples (S, N) that it holds."""
    shuffled = torch.stack([torch.randperm(experiment.labels, generator=order) for order in orders])
    for start in range(0, experiment.labels, experiment.batch_size):
        yield start, shuffled[:, start : start + experiment.batch_size]


def _answers(
    step: Step, student: nn.Module, teacher: nn.Module, transfer: TransferSet, start: int, ids: Tensor
) -> tuple[Tensor, Tensor]:
    """Logits (S, N, C) of the students on a batch, and those that the step takes for the teacher's."""
    inputs = transfer.batch(ids).inputs
    if step.live:
        return step.forward(student, teacher, inputs)
    return student(inputs), vmap(step.batch, in_dims=(0, 0, None))(cached_logits(transfer), ids, start)


@kept(Point, about=lambda bug: (bug, BUGS[bug].experiment))
def study(bug: str) -> Iterator[Point]:
    """The curves of a bug, in the setting in which the page shows it."""
    yield from train(bug, BUGS[bug].experiment)


def train(bug: str, experiment: Experiment) -> Iterator[Point]:
    """Train three students for each seed, and yield a `Point` every second epoch: alone, correct and with the bug.

    They share sample, initial weights and batches; the student alone is the correct step at alpha = 1. The losses are
    written for one student: `vmap` gives every seed its own.
    """
    part = BUGS[bug].part
    holdouts, transfer = draw(experiment)
    steps = dict(zip(STUDENTS, (step_of(part="loss"), step_of(part=part), step_of(bug)), strict=True))
    students = {name: students_of(experiment) for name in STUDENTS}
    teachers = {name: module_of(experiment) for name in STUDENTS}
    parameters = [parameter for student in students.values() for parameter in student.parameters()]
    optimizer = torch.optim.Adam(parameters, experiment.learning_rate, fused=True)
    orders = [generator(of_split, ORDER, pair) for of_split, pair in keys_of(experiment)]
    inputs, labels = holdouts.inputs.rows(holdouts.ids), holdouts.labels
    losses: list[Tensor] = []
    for epoch in range(experiment.epochs + 1):
        for start, ids in batches(experiment, orders) if epoch else ():
            give_way()
            totals = []
            for name, step in steps.items():
                answers = _answers(step, students[name], teachers[name], transfer, start, ids)
                alpha = 1.0 if name == "alone" else experiment.alpha
                totals.append(_losses(step, *answers, transfer.labels.gather(1, ids), experiment.temperature, alpha))
            loss = torch.stack(totals)
            optimizer.zero_grad()
            loss.sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.detach())
        if epoch % EVERY == 0 or epoch == experiment.epochs:
            with torch.no_grad():
                accuracy = torch.stack([metrics.accuracy(students[name](inputs), labels) for name in STUDENTS])
            mean = torch.stack(losses).mean(0) if losses else torch.full_like(accuracy, torch.nan)
            losses = []
            yield Point(epoch, accuracy.double().numpy(), mean.double().numpy())


def _losses(
    step: Step, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, temperature: float, alpha: float
) -> Tensor:
    """The step's loss for each of S students, (S,)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of reduction="mean"
        return vmap(step.loss, in_dims=(0, 0, 0, None, None))(
            student_logits, teacher_logits, labels, temperature, alpha
        )
