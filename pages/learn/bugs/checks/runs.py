"""The checks that tell a correct step from one with a bug: each a number, worked out without training a student."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, vmap
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from kd_core import metrics
from kd_core.data import DATASETS
from kd_core.experiment import Experiment
from kd_core.losses import kl
from kd_core.streams import ORDER, generator
from kd_core.students import TransferSet
from pages.learn.bugs.bugs import BUGS, CHECKS, SETTING, Examination
from pages.learn.bugs.runs import Step, batches, cached_logits, draw, keys_of, module_of, step_of, students_of
from pages.run.kept import kept

EXAMPLES = 50  # of made-up logits


class Bench(NamedTuple):
    """What a step is examined with: logits (N, C) of nobody in particular, labels (N,), and the real networks."""

    student_logits: Tensor
    teacher_logits: Tensor
    labels: Tensor
    experiment: Experiment
    transfer: TransferSet


@kept(Examination, about=lambda experiment=SETTING: experiment)
def examine(experiment: Experiment = SETTING) -> Iterator[Examination]:
    """Every check of every step, the correct one as ""; yielded once."""
    random, classes = generator(experiment.seed, 99), DATASETS[experiment.dataset].classes
    student_logits, teacher_logits = 4 * torch.randn(2, EXAMPLES, classes, generator=random, dtype=torch.float64)
    labels = torch.randint(classes, (EXAMPLES,), generator=random)
    _, transfer = draw(experiment)
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
    sure = 50.0 * functional.one_hot(bench.labels, bench.student_logits.shape[-1]).double()
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
    transfer = bench.transfer
    orders = [generator(of_split, ORDER, pair) for of_split, pair in keys_of(bench.experiment)]
    right = []
    for start, ids in batches(bench.experiment, orders):
        logits = vmap(step.batch, in_dims=(0, 0, None))(cached_logits(transfer), ids, start)
        right.append(metrics.accuracy(logits, transfer.labels.gather(1, ids)))
    return torch.stack(right).mean()


def _two_answers(step: Step, bench: Bench) -> list[tuple[Tensor, Tensor]]:
    student, teacher = students_of(bench.experiment), module_of(bench.experiment)
    with torch.no_grad():
        return [step.forward(student, teacher, bench.transfer.inputs.rows(bench.transfer.ids)) for _ in range(2)]


def _asked_twice(step: Step, bench: Bench) -> Tensor:
    """Largest difference between a teacher's two answers to the same inputs."""
    (_, one), (_, other) = _two_answers(step, bench)
    return (one - other).abs().max()


def _two_networks(step: Step, bench: Bench) -> Tensor:
    """KL between teacher and untrained student, at T = 1: two networks don't agree before training."""
    (student_logits, teacher_logits), _ = _two_answers(step, bench)
    return kl(teacher_logits, student_logits).mean()


_CHECKS: dict[str, Callable[[Step, Bench], Tensor | float]] = {
    "not_negative": _not_negative,
    "zero_when_equal": _zero_when_equal,
    "gradient_rows": _gradient_rows,
    "distributions": _distributions,
    "hard_floor": _hard_floor,
    "t_range": _t_range,
    "by_hand": _by_hand,
    "alpha_one": _alpha_one,
    "dark_knowledge": _dark_knowledge,
    "cache_accuracy": _cache_accuracy,
    "asked_twice": _asked_twice,
    "two_networks": _two_networks,
}
