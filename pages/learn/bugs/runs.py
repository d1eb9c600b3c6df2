"""Training with and without a bug, and the checks that tell which is which."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor, nn, vmap
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from kd_core import metrics
from kd_core.data import Dataset, load_dataset
from kd_core.experiment import Experiment
from kd_core.losses import kl
from kd_core.models import initial_weights
from kd_core.streams import INIT, ORDER, TEACHER_DROPOUT, TEACHER_INIT, TEACHER_ORDER, generator
from kd_core.students import TransferSet
from kd_core.training import TEACHER_BATCH, TEACHER_LEARNING_RATE
from pages.learn.bugs.bugs import ACTORS, BUGS, CHECKS, CORRECT, SETTING, Examination, Point
from pages.learn.bugs.steps import runs as steps

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


def teacher_of(experiment: Experiment) -> Perceptrons:
    """The experiment's teacher as a module of its own, in train mode as every new module is.

    It is the teacher of `kd_core.training`, to rounding, trained by torch's own means: there only its logits are kept,
    and one that is left in train mode has to answer anew.
    """
    drawn_by = generator(experiment.seed, TEACHER_DROPOUT, 1)
    return Perceptrons([_teacher_weights(experiment.replace(alpha=0))], experiment.teacher_dropout, drawn_by)


@cache
def _teacher_weights(experiment: Experiment) -> list[tuple[Tensor, Tensor]]:
    data, seed = load_dataset(experiment.dataset, noise=experiment.noise, seed=experiment.seed), experiment.seed
    start = initial_weights(experiment.teacher_widths, generator(seed, TEACHER_INIT))
    teacher = Perceptrons([start], experiment.teacher_dropout, generator(seed, TEACHER_DROPOUT))
    optimizer = torch.optim.Adam(teacher.parameters(), TEACHER_LEARNING_RATE, fused=True)
    order = generator(seed, TEACHER_ORDER)
    inputs, labels = torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_labels)
    for _ in range(experiment.teacher_epochs):
        for ids in torch.split(torch.randperm(len(inputs), generator=order), TEACHER_BATCH):
            optimizer.zero_grad()
            functional.cross_entropy(teacher(inputs[ids])[0], labels[ids]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return [(w.detach()[0], b.detach()[0, 0]) for w, b in zip(teacher.weights, teacher.biases, strict=True)]


def _draw(experiment: Experiment) -> tuple[Dataset, TransferSet]:
    """The data, and what the students learn from: the same samples as in a run of this experiment."""
    data = load_dataset(experiment.dataset, noise=experiment.noise, seed=experiment.seed)
    teacher = teacher_of(experiment).eval()
    with torch.no_grad():
        logits = teacher(torch.from_numpy(data.train_inputs))[0]
    return data, TransferSet.draw(experiment, data, logits, range(experiment.seeds))


def _students(experiment: Experiment) -> Perceptrons:
    """The students of all seeds, untrained."""
    seeds = range(experiment.seeds)
    return Perceptrons(
        [initial_weights(experiment.student_widths, generator(experiment.seed, INIT, seed)) for seed in seeds]
    )


def _batches(experiment: Experiment, orders: list[Generator]) -> Iterator[tuple[int, Tensor]]:
    """An epoch: where each batch begins, and the examples (S, N) that it holds."""
    shuffled = torch.stack([torch.randperm(experiment.labels, generator=order) for order in orders])
    for start in range(0, experiment.labels, experiment.batch_size):
        yield start, shuffled[:, start : start + experiment.batch_size]


def _answers(
    step: Step, student: nn.Module, teacher: nn.Module, transfer: TransferSet, start: int, ids: Tensor
) -> tuple[Tensor, Tensor]:
    """Logits (S, N, C) of the students on a batch, and those that the step takes for the teacher's."""
    inputs = transfer.inputs[torch.arange(len(ids))[:, None], ids]
    if step.live:
        return step.forward(student, teacher, inputs)
    return student(inputs), vmap(step.batch, in_dims=(0, 0, None))(transfer.teacher_logits, ids, start)


def study(bug: str, experiment: Experiment | None = None) -> Iterator[Point]:
    """Train three students for each seed, and yield a `Point` every second epoch: alone, correct and with the bug.

    They share sample, initial weights and batches; the student alone is the correct step at alpha = 1. The losses are
    written for one student: `vmap` gives every seed its own.
    """
    part, experiment = BUGS[bug].part, experiment or BUGS[bug].experiment
    data, transfer = _draw(experiment)
    steps = dict(zip(ACTORS, (step_of(part="loss"), step_of(part=part), step_of(bug)), strict=True))
    students = {actor: _students(experiment) for actor in ACTORS}
    teachers = {actor: teacher_of(experiment) for actor in ACTORS}
    parameters = [parameter for student in students.values() for parameter in student.parameters()]
    optimizer = torch.optim.Adam(parameters, experiment.learning_rate, fused=True)
    orders = [generator(experiment.seed, ORDER, seed) for seed in range(experiment.seeds)]
    inputs, labels = torch.from_numpy(data.test_inputs), torch.from_numpy(data.test_labels)
    losses: list[Tensor] = []
    for epoch in range(experiment.epochs + 1):
        for start, ids in _batches(experiment, orders) if epoch else ():
            totals = []
            for actor, step in steps.items():
                answers = _answers(step, students[actor], teachers[actor], transfer, start, ids)
                alpha = 1.0 if actor == "alone" else experiment.alpha
                totals.append(_losses(step, *answers, transfer.labels.gather(1, ids), experiment.temperature, alpha))
            loss = torch.stack(totals)
            optimizer.zero_grad()
            loss.sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.detach())
        if epoch % EVERY == 0 or epoch == experiment.epochs:
            with torch.no_grad():
                accuracy = torch.stack([metrics.accuracy(students[actor](inputs), labels) for actor in ACTORS])
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


# Checks --------------------------------------------------------------------------------------------------------------


class Bench(NamedTuple):
    """What a step is examined with: logits (N, C) of nobody in particular, labels (N,), and the real networks."""

    student_logits: Tensor
    teacher_logits: Tensor
    labels: Tensor
    experiment: Experiment
    transfer: TransferSet


def examine(experiment: Experiment = SETTING) -> Iterator[Examination]:
    """Every check of every step, the correct one as ""; yielded once."""
    random = generator(experiment.seed, 99)
    student_logits, teacher_logits = 4 * torch.randn(2, 50, 10, generator=random, dtype=torch.float64)
    labels = torch.randint(10, (50,), generator=random)
    _, transfer = _draw(experiment)
    bench = Bench(student_logits, teacher_logits, labels, experiment, transfer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of reduction="mean"
        yield {bug: check_all(step_of(bug), bench) for bug in ("", *BUGS)}


def check_all(step: Step, bench: Bench) -> dict[str, float]:
    """The value of each of `CHECKS`."""
    return {name: float(_CHECKS[name](step, bench)) for name in CHECKS}


def _soft(step: Step, bench: Bench, temperature: float | None = None, **logits: Any) -> Tensor:
    """The loss at alpha = 0, in double precision; `logits` replace those of the bench."""
    bench, temperature = bench._replace(**logits), temperature or bench.experiment.temperature
    return step.loss(bench.student_logits, bench.teacher_logits, bench.labels, temperature, 0.0)


def _gradient(step: Step, bench: Bench, temperature: float | None = None) -> Tensor:
    logits = bench.student_logits.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(_soft(step, bench, temperature, student_logits=logits), logits)
    return gradient


def _not_negative(step: Step, bench: Bench) -> Tensor:
    """The soft loss: a KL divergence is never negative."""
    return _soft(step, bench)


def _zero_when_equal(step: Step, bench: Bench) -> Tensor:
    """The soft loss of a student that answers exactly as its teacher."""
    return _soft(step, bench, student_logits=bench.teacher_logits)


def _gradient_rows(step: Step, bench: Bench) -> Tensor:
    """Largest sum of the gradient over the classes of an example, as a share of the largest entry.

    Adding a constant to a row of logits changes no softmax, so the gradient has no part in that direction.
    """
    gradient = _gradient(step, bench)
    return gradient.sum(-1).abs().max() / gradient.abs().max()


class _KLArguments(TorchFunctionMode):
    """Looks over the shoulder of `kl_div`: what it is given as probabilities, on both sides."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function is functional.kl_div:
            self.seen += [args[0].exp(), args[1]]
        return function(*args, **(kwargs or {}))


def _distributions(step: Step, bench: Bench) -> float:
    """Largest distance from 1 of the sum of a row that `kl_div` takes for a distribution."""
    with _KLArguments() as arguments:
        _soft(step, bench)
    return max((float((rows.sum(-1) - 1).abs().max()) for rows in arguments.seen), default=0.0)


def _hard_floor(step: Step, bench: Bench) -> Tensor:
    """The loss at alpha = 1 of a student that is right and sure."""
    sure = 50.0 * functional.one_hot(bench.labels, 10).double()
    loss: Tensor = step.loss(sure, bench.teacher_logits, bench.labels, bench.experiment.temperature, 1.0)
    return loss


def _t_range(step: Step, bench: Bench) -> Tensor:
    """Size of the soft gradient at T = 20 over that at T = 4: T^2 keeps it (Hinton et al. 2015, section 2)."""
    ratio: Tensor = _gradient(step, bench, 20).norm() / _gradient(step, bench, 4).norm()
    return ratio


def _by_hand(step: Step, bench: Bench) -> float:
    """The soft loss over T^2 * mean over examples of sum_c p_c ln(p_c / q_c), written out in NumPy."""
    temperature = bench.experiment.temperature
    weights = [np.exp(logits.numpy() / temperature) for logits in (bench.teacher_logits, bench.student_logits)]
    p, q = (w / w.sum(axis=1, keepdims=True) for w in weights)
    return float(_soft(step, bench)) / float(temperature**2 * (p * np.log(p / q)).sum(axis=1).mean())


def _alpha_one(step: Step, bench: Bench) -> Tensor:
    """How far the loss at alpha = 1 moves when another teacher speaks, as a share of it."""
    one, other = (
        step.loss(bench.student_logits, teacher, bench.labels, bench.experiment.temperature, 1.0)
        for teacher in (bench.teacher_logits, bench.teacher_logits.flip(0))
    )
    return (one - other).abs() / one.abs()


def _dark_knowledge(step: Step, bench: Bench) -> Tensor:
    """How far the soft loss moves when the teacher's wrong classes change places, as a share of it."""
    ranked = bench.teacher_logits.argsort(dim=-1, descending=True)
    turned = torch.cat([ranked[:, :1], ranked[:, 1:].flip(1)], 1)
    swapped = torch.empty_like(bench.teacher_logits).scatter_(1, turned, bench.teacher_logits.gather(1, ranked))
    loss = _soft(step, bench)
    moved: Tensor = (loss - _soft(step, bench, teacher_logits=swapped)).abs() / loss.abs()
    return moved


def _cache_accuracy(step: Step, bench: Bench) -> Tensor:
    """How often the logits that a shuffled batch gets for its teacher's agree with its labels."""
    transfer, seeds = bench.transfer, range(bench.experiment.seeds)
    orders = [generator(bench.experiment.seed, ORDER, seed) for seed in seeds]
    right = []
    for start, ids in _batches(bench.experiment, orders):
        logits = vmap(step.batch, in_dims=(0, 0, None))(transfer.teacher_logits, ids, start)
        right.append(metrics.accuracy(logits, transfer.labels.gather(1, ids)))
    return torch.stack(right).mean()


def _two_answers(step: Step, bench: Bench) -> list[tuple[Tensor, Tensor]]:
    student, teacher = _students(bench.experiment), teacher_of(bench.experiment)
    with torch.no_grad():
        return [step.forward(student, teacher, bench.transfer.inputs) for _ in range(2)]


def _asked_twice(step: Step, bench: Bench) -> Tensor:
    """Largest difference between a teacher's two answers to the same inputs."""
    (_, one), (_, other) = _two_answers(step, bench)
    return (one - other).abs().max()


def _two_networks(step: Step, bench: Bench) -> Tensor:
    """KL between teacher and untrained student, at T = 1: two networks don't agree before training."""
    (student_logits, teacher_logits), _ = _two_answers(step, bench)
    return kl(teacher_logits, student_logits).mean()


_CHECKS: dict[str, Callable[[Step, Bench], Tensor | float]] = {name: globals()[f"_{name}"] for name in CHECKS}
