"""The students: what they learn from, and an epoch of training for all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kd_core.cohort import Cohort, Layout
from kd_core.data import Dataset, choose_labelled, flip_labels
from kd_core.experiment import Condition, Experiment
from kd_core.giveway import give_way
from kd_core.inputs import Inputs, Order
from kd_core.losses import distillation_gradient, soften
from kd_core.measuring import Conditions, Predictions
from kd_core.messages import Message
from kd_core.recipe import epoch_of
from kd_core.snapshot import DivergenceError
from kd_core.streams import INIT, ORDER, SAMPLE, generator

CPU = torch.device("cpu")


class Batch(NamedTuple):
    """N examples for each of S seeds: inputs (S, N, features); targets, one-hot, and teacher_logits (S, N, C)."""

    inputs: Tensor
    targets: Tensor
    teacher_logits: Tensor


@dataclass(frozen=True)
class TransferSet:
    """What S seeds of students learn from: each has its own sample of n training examples, held as their ids.

    ids (S, n) say which of `inputs` a seed sees, all of its own split; labels (S, n) are what it is told of them,
    flipped ones included. teacher_logits (P, C) are of the training sets of all splits, one behind the other, each of
    its own teacher; logit_ids (S, n) find a seed's among them.
    """

    inputs: Inputs
    teacher_logits: Tensor
    ids: Tensor
    logit_ids: Tensor
    labels: Tensor

    @classmethod
    def draw(
        cls, experiment: Experiment, data: Sequence[Dataset], teacher_logits: Iterable[Tensor], seeds: Sequence[int]
    ) -> TransferSet:
        """Draw every seed's sample from its own stream, given the data and the teacher's logits (n, C) of each split.

        Samples are equally large: where all examples are taken and splits differ, each is cut to the smallest.
        """
        inputs, logits = Inputs.of(data), list(teacher_logits)
        starts = np.cumsum([0, *map(len, logits)])
        ids, logit_ids, labels = [], [], []
        for seed, drawn_from in zip(seeds, experiment.seeds_of(seeds), strict=True):
            split = experiment.split_of(seed)
            rng, of_split = np.random.default_rng((drawn_from, SAMPLE, seed)), data[split]
            train_labels = of_split.train_labels
            chosen = choose_labelled(train_labels, experiment.labels, rng)
            labels.append(flip_labels(train_labels[chosen], experiment.label_noise, of_split.classes, rng))
            ids.append(inputs.starts[split] + of_split.train_ids[chosen])
            logit_ids.append(starts[split] + chosen)
        size = min(map(len, ids))
        samples = [torch.from_numpy(np.stack([one[:size] for one in drawn])) for drawn in (ids, logit_ids, labels)]
        return cls(inputs, logits[0] if len(logits) == 1 else torch.cat(logits), *samples)

    def to(self, device: torch.device) -> TransferSet:
        return TransferSet(*(values.to(device) for values in vars(self).values()))

    @property
    def size(self) -> int:
        """Examples in each seed's sample."""
        return self.ids.shape[1]

    def batch(self, positions: Tensor) -> Batch:
        """The examples at `positions` (S, N) of each seed's sample; the frozen teacher's logits are looked up by id."""
        ids, logit_ids, labels = (values.gather(1, positions) for values in (self.ids, self.logit_ids, self.labels))
        one_hot = torch.eye(self.teacher_logits.shape[-1], device=ids.device)
        return Batch(self.inputs.rows(ids), one_hot[labels], self.teacher_logits[logit_ids])


class Students:
    """M students for each of S seeds, in one cohort: one for each condition, (temperature, alpha).

    The students of a seed share its sample, its initial weights and its batches: only their conditions differ.
    """

    def __init__(
        self,
        experiment: Experiment,
        data: Sequence[Dataset],
        teacher_logits: Iterable[Tensor],
        conditions: Sequence[Condition],
        seeds: Sequence[int] | None = None,
        device: torch.device = CPU,
    ) -> None:
        """`data`, and `teacher_logits` (train size, C) of the frozen teachers, are those of every split.

        `seeds` are all of the experiment's if None. Everything is drawn on the CPU, then moved to the device: the same
        random numbers everywhere.
        """
        seeds = range(experiment.seeds) if seeds is None else seeds
        self.device, self.layout = device, Layout(len(conditions), len(seeds))
        self.transfer = TransferSet.draw(experiment, data, teacher_logits, seeds).to(device)
        keys = list(zip(experiment.seeds_of(seeds), seeds, strict=True))
        starts = [generator(of_split, INIT, seed) for of_split, seed in keys for _ in conditions]
        self.cohort = Cohort(experiment.student_network, starts).to(device)
        self.step = self.epoch = 0
        self._t_squared, self._batch_size = experiment.t_squared, experiment.batch_size
        self._optimizer = make_optimizer(experiment.optimizer, self.cohort, experiment.learning_rate)
        orders = [generator(of_split, ORDER, seed) for of_split, seed in keys]
        self._order = Order(self.transfer.size, epoch_of(self.transfer.size), orders)
        self.put_under(conditions)

    def put_under(self, conditions: Sequence[Condition]) -> None:
        """From the next epoch on, the students of every seed train under these; ValueError unless there are M."""
        if len(conditions) != self.layout.conditions:
            raise ValueError(f"{len(conditions)} conditions are not allowed: there are {self.layout.conditions}.")
        self.conditions = Conditions.of(conditions, self._t_squared).to(self.device)

    def train(self, epochs: int, *, every: int = 1, may_diverge: bool = False) -> Iterator[int]:
        """Train so many epochs; yield the epoch after every `every`-th of them and after the last.

        Raises `DivergenceError`, unless students `may_diverge`: members don't influence one another, so if one does
        the others go on, and its outputs tell of it.
        """
        for epoch in range(1, epochs + 1):
            with suppress(DivergenceError) if may_diverge else nullcontext():
                self.train_epoch()
            if epoch % every == 0 or epoch == epochs:
                yield epoch

    def train_epoch(self) -> None:
        """One pass of every student over its sample, or a round of a large one.

        Raises `DivergenceError` if outputs are no longer finite.

        Shapes: S seeds of M students, K = S * M members, N examples a batch, C classes. Examples lie along the last
        axis of all that a cohort computes with.
        """
        order, logit_sums = self._order.next().to(self.device), []  # (S, n) positions in each seed's sample
        members = self.conditions.of_members(self.layout)
        # Students at the same temperature have the same soft targets: soften once for each temperature.
        temperatures, which = torch.unique(self.conditions.temperature, return_inverse=True)
        for positions in torch.split(order, self._batch_size, dim=1):
            give_way()
            # 1. The next N examples of each seed: (S, N, ...).
            batch = self.transfer.batch(positions)
            # 2. What they are taught: softened teacher's logits and one-hot labels, (S, M, C, N).
            logits = batch.teacher_logits.transpose(1, 2)[:, None]
            soft = soften(logits, temperatures[:, None, None], axis=2)[:, which]
            hard = batch.targets.transpose(1, 2)[:, None].expand_as(soft)
            # 3. Forward: inputs (S, features, N), shared by a seed's students, to logits (K, C, N).
            activations = self.cohort.activations(batch.inputs.transpose(1, 2))
            # 4. The gradient of every student's own loss with respect to its logits: (K, C, N).
            gradient = distillation_gradient(
                activations.logits,
                soft.flatten(0, 1),
                hard.flatten(0, 1),
                temperature=members.temperature,
                alpha=members.alpha,
                t_squared=members.t_squared,
                axis=-2,
            )
            # 5. Backward: to the gradients of all weights of all members; 6. one step of the optimizer moves them all.
            self.cohort.backward(activations, gradient)
            self._optimizer.step()
            logit_sums.append(activations.logits.sum())
        self.epoch += 1
        require_finite(logit_sums, "students", self.epoch, self.step)
        self.step += len(logit_sums)

    def train_predictions(self, most: int | None = None) -> Predictions:
        """Every student on its own sample, flipped labels included, or on the first `most` of its examples."""
        transfer, part = self.transfer, slice(most)
        logits = transfer.inputs.logits(self.cohort, transfer.ids[:, part])
        teacher_logits = transfer.teacher_logits[transfer.logit_ids[:, part]]
        return Predictions(logits, self.layout.of_seeds(transfer.labels[:, part]), self.layout.of_seeds(teacher_logits))


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
        raise DivergenceError(Message(f"{who}_diverged", step=step, epoch=epoch))
