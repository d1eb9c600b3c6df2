"""The students: what they learn from, and an epoch of training for all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from kd_core.cohort import Cohort
from kd_core.data import Dataset, choose_labelled, flip_labels
from kd_core.experiment import Experiment
from kd_core.losses import distillation_gradient, hard_targets, soften
from kd_core.measuring import Answers, Hearing
from kd_core.snapshot import DivergenceError
from kd_core.streams import INIT, ORDER, SAMPLE, generator

CPU = torch.device("cpu")


@dataclass(frozen=True)
class TransferSet:
    """What S seeds of students learn from: each has its own sample of n training examples.

    inputs (S, n, features); labels (S, n), flipped ones included; targets and teacher_logits (S, n, C).
    """

    inputs: Tensor
    labels: Tensor
    targets: Tensor
    teacher_logits: Tensor

    @classmethod
    def draw(cls, experiment: Experiment, data: Dataset, teacher_logits: Tensor, seeds: Sequence[int]) -> TransferSet:
        """Draw every seed's sample from its own stream; the frozen teacher's logits are looked up by example."""
        ids, labels = [], []
        for seed in seeds:
            rng = np.random.default_rng((experiment.seed, SAMPLE, seed))
            ids.append(choose_labelled(data.train_labels, experiment.labels, rng))
            labels.append(flip_labels(data.train_labels[ids[-1]], experiment.label_noise, data.classes, rng))
        chosen, given = torch.from_numpy(np.stack(ids)), torch.from_numpy(np.stack(labels))
        inputs = torch.from_numpy(data.train_inputs)[chosen]
        return cls(inputs, given, hard_targets(given, data.classes), teacher_logits[chosen])

    def to(self, device: torch.device) -> TransferSet:
        return TransferSet(*(values.to(device) for values in vars(self).values()))


class Students:
    """M students for each of S seeds, in one cohort: member s * M + m hears condition m on the sample of seed s.

    The students of a seed share its sample, its initial weights and its batches: only what they hear differs.
    """

    def __init__(
        self,
        experiment: Experiment,
        data: Dataset,
        teacher_logits: Tensor,
        conditions: int,
        seeds: Sequence[int] | None = None,
        device: torch.device = CPU,
    ) -> None:
        """`teacher_logits` (train size, C) are the frozen teacher's; `seeds` are all of the experiment's if None.

        Everything is drawn on the CPU, then moved to the device: the same random numbers everywhere.
        """
        seeds = range(experiment.seeds) if seeds is None else seeds
        self.device = device
        self.transfer = TransferSet.draw(experiment, data, teacher_logits, seeds).to(device)
        starts = [generator(experiment.seed, INIT, seed) for seed in seeds for _ in range(conditions)]
        self.cohort = Cohort(experiment.student_widths, starts).to(device)
        self.step = self.epoch = 0
        self._conditions, self._batch_size = conditions, experiment.batch_size
        self._optimizer = make_optimizer(experiment.optimizer, self.cohort, experiment.learning_rate)
        self._orders = [generator(experiment.seed, ORDER, seed) for seed in seeds]
        self._rows = torch.arange(len(seeds), device=device)[:, None]

    def train_epoch(self, hearing: Hearing, on_step: Callable[[], None] = lambda: None) -> None:
        """One pass of every student over its sample; raises `DivergenceError` if outputs are no longer finite."""
        transfer, hearing, logit_sums = self.transfer, hearing.to(self.device), []
        drawn = [torch.randperm(transfer.labels.shape[1], generator=order) for order in self._orders]
        orders = torch.stack(drawn).to(self.device)
        # Conditions that hear the same temperature hear the same soft targets.
        temperatures, which = torch.unique(hearing.temperature, return_inverse=True)
        temperature, alpha = (values.repeat(len(self._orders)) for values in (hearing.temperature, hearing.alpha))
        for ids in torch.split(orders, self._batch_size, dim=1):  # (S, N) positions in each seed's sample
            on_step()
            teacher_logits = transfer.teacher_logits[self._rows, ids].transpose(1, 2)[:, None]
            soft = soften(teacher_logits, temperatures[:, None, None], axis=2)[:, which]  # (S, M, C, N)
            hard = transfer.targets[self._rows, ids].transpose(1, 2)[:, None].expand_as(soft)
            activations = self.cohort.activations(transfer.inputs[self._rows, ids].transpose(1, 2))
            gradient = distillation_gradient(
                activations[-1],
                soft.flatten(0, 1),
                hard.flatten(0, 1),
                temperature=temperature,
                alpha=alpha,
                t_squared=hearing.t_squared,
                axis=-2,
            )
            self.cohort.backward(activations, gradient)
            self._optimizer.step()
            logit_sums.append(activations[-1].sum())
        self.epoch += 1
        require_finite(logit_sums, "students", self.epoch, self.step)
        self.step += len(logit_sums)

    def train_answers(self) -> Answers:
        """Every student's answers on its own sample."""
        transfer = self.transfer
        each = (
            values.repeat_interleave(self._conditions, dim=0) for values in (transfer.labels, transfer.teacher_logits)
        )
        return Answers(self.cohort.logits(transfer.inputs), *each)


def make_optimizer(name: str, cohort: Cohort, learning_rate: float) -> torch.optim.Optimizer:
    """The optimizer of that name over all parameters of a cohort at once; sgd has momentum 0.9."""
    parameters = [cohort.parameters]
    cohort.parameters.grad = cohort.gradients
    if name == "sgd":
        return torch.optim.SGD(parameters, learning_rate, momentum=0.9, fused=True)
    adam = torch.optim.AdamW if name == "adamw" else torch.optim.Adam
    return adam(parameters, learning_rate, fused=True)


def require_finite(logit_sums: list[Tensor], who: str, epoch: int, steps_before: int) -> None:
    """Raise `DivergenceError` unless all are finite; sum i is of the outputs after `steps_before` + i steps.

    Called once an epoch, so that no step waits for it.
    """
    finite = torch.stack(logit_sums).isfinite()
    if not finite.all():
        step = steps_before + int(finite.logical_not().nonzero()[0])
        raise DivergenceError(
            f"The {who} diverged at step {step} (epoch {epoch}): the outputs are no longer finite numbers. "
            "Try a smaller learning rate, or the optimizer adam."
        )
