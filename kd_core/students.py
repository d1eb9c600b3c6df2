"""The students: what they learn from, and an epoch of training for all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from kd_core import metrics
from kd_core.cohort import Cohort, Layout
from kd_core.data import Dataset, choose_labelled, flip_labels
from kd_core.experiment import Condition, Experiment
from kd_core.giveway import give_way
from kd_core.inputs import Inputs, Order
from kd_core.losses import Weights, soften
from kd_core.measuring import Conditions, Predictions
from kd_core.messages import Message
from kd_core.recipe import epoch_of
from kd_core.snapshot import DivergenceError
from kd_core.stopping import Best
from kd_core.streams import DROPOUT, INIT, ORDER, SAMPLE, generator
from kd_core.unlabelled import Answer, Batch, Unlabelled
from kd_core.views import Shifted

CPU = torch.device("cpu")
GATHERED_BYTES = 2**21  # of batches that are gathered at a time


@dataclass(frozen=True)
class TransferSet:
    """What S seeds of students learn from: each has its own sample of n training examples, held as their ids.

    ids (S, n) say which of `inputs` a seed sees, all of its own split; labels (S, n) are what it is told of them,
    flipped ones included. teacher_logits (P, C) are of the training sets of all splits, one behind the other, each of
    its own teacher; logit_ids (S, n) find a seed's among them. validation_ids and validation_labels (S, v) are what it
    is told too, but does not learn from.
    """

    inputs: Inputs
    teacher_logits: Tensor
    ids: Tensor
    logit_ids: Tensor
    labels: Tensor
    validation_ids: Tensor
    validation_labels: Tensor

    @classmethod
    def draw(
        cls, experiment: Experiment, data: Sequence[Dataset], teacher_logits: Iterable[Tensor], seeds: Sequence[int]
    ) -> TransferSet:
        """Draw every seed's sample from its own stream, given the data and the teacher's logits (n, C) of each split.

        Samples are equally large: where all examples are taken and splits differ, each is cut to the smallest. They
        begin with what the teacher is adapted by to another domain, and end with what is kept for validation.
        """
        inputs, logits = Inputs.of(data), list(teacher_logits)
        starts = np.cumsum([0, *map(len, logits)])
        ids, logit_ids, labels = [], [], []
        for seed, drawn_from in zip(seeds, experiment.seeds_of(seeds), strict=True):
            split = experiment.split_of(seed)
            rng, of_split = np.random.default_rng((drawn_from, SAMPLE, seed)), data[split]
            trained = len(of_split.train_ids)
            chosen = choose_labelled(of_split.train_labels, experiment.labels, rng)
            chosen = np.concatenate([np.arange(trained, len(of_split.taught_ids)), chosen])
            known = of_split.labels[of_split.taught_ids[chosen]]
            labels.append(flip_labels(known, experiment.label_noise, of_split.classes, rng))
            ids.append(inputs.ids(split, of_split.taught_ids[chosen]))
            logit_ids.append(starts[split] + chosen)
        size = min(map(len, ids))
        learned = size - round(experiment.validation * (size - len(data[0].adapting_ids)))
        drawn = [torch.from_numpy(np.stack([one[:size] for one in each])) for each in (ids, logit_ids, labels)]
        kept = [values[:, learned:] for values in (drawn[0], drawn[2])]
        samples = [values[:, :learned] for values in drawn]
        return cls(inputs, logits[0] if len(logits) == 1 else torch.cat(logits), *samples, *kept)

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
        *,
        answer: Answer | None = None,
    ) -> None:
        """`data`, and `teacher_logits` (taught size, C) of the frozen teachers, are those of every split.

        `seeds` are all of the experiment's if None. `answer` is asked for the teacher's logits on views, mixtures and
        other examples, where the experiment `needs_answers`. Everything is drawn on the CPU, then moved to the device:
        the same random numbers everywhere.
        """
        seeds = range(experiment.seeds) if seeds is None else seeds
        self.device, self.layout = device, Layout(len(conditions), len(seeds))
        logits = list(teacher_logits)
        self.transfer = TransferSet.draw(experiment, data, logits, seeds).to(device)
        self.unlabelled = Unlabelled.draw(experiment, data, logits, self.transfer, seeds, answer)
        self.views = Shifted.draw(experiment, self.transfer, seeds, answer)
        keys = list(zip(experiment.seeds_of(seeds), seeds, strict=True))
        starts = [generator(of_split, INIT, seed) for of_split, seed in keys for _ in conditions]
        self.cohort = Cohort(experiment.student_network, starts).to(device)
        self.step = self.epoch = 0
        self._t_squared, self._batch_size = experiment.t_squared, experiment.batch_size
        self._optimizer = Optimizer(
            experiment.optimizer, self.cohort, experiment.learning_rate, experiment.weight_decay
        )
        self._dropout, self._masks = experiment.student_dropout, [generator(of, DROPOUT, seed) for of, seed in keys]
        self.best = Best(self.cohort) if experiment.validated else None
        orders = [generator(of_split, ORDER, seed) for of_split, seed in keys]
        self._order = Order(self.transfer.size, epoch_of(self.transfer.size), orders)
        self.put_under(conditions)

    def put_under(self, conditions: Sequence[Condition]) -> None:
        """From the next epoch on, the students of every seed train under these; ValueError unless there are M."""
        if len(conditions) != self.layout.conditions:
            raise ValueError(f"{len(conditions)} conditions are not allowed: there are {self.layout.conditions}.")
        self.conditions = Conditions.of(conditions, self._t_squared).to(self.device)
        self._known_weights: dict[tuple[int, int], Weights] = {}
        # Students at the same temperature have the same soft targets: they are softened once for each temperature.
        self._temperatures, self._which = torch.unique(self.conditions.temperature, return_inverse=True)

    def train(self, epochs: int, *, every: int = 1, may_diverge: bool = False) -> Iterator[int]:
        """Train so many epochs; yield the epoch after every `every`-th of them and after the last.

        Raises `DivergenceError`, unless students `may_diverge`: members don't influence one another, so if one does
        the others go on, and its outputs tell of it.
        """
        for epoch in range(1, epochs + 1):
            with suppress(DivergenceError) if may_diverge else nullcontext():
                self.train_epoch()
            if self.best:
                self.best.look(self.validation_error(), epoch)
                if epoch == epochs:
                    self.best.restore()
            if epoch % every == 0 or epoch == epochs:
                yield epoch

    def train_epoch(self) -> None:
        """One pass of every student over its sample, or a round of a large one.

        Raises `DivergenceError` if outputs are no longer finite.
        """
        logit_sums = []
        for inputs, targets, weights in self._batches(self._order.next().to(self.device)):
            give_way()
            # Forward: inputs (S, features, N), shared by a seed's students, to logits (K, C, N).
            activations = self.cohort.activations(inputs, self._dropout, self._masks)
            # The gradient of every student's own loss with respect to its logits: (K, C, N).
            gradient = weights.gradient(activations.logits, targets, axis=1)
            # Backward: to the gradients of all weights of all members; then one step of the optimizer moves them all.
            self.cohort.backward(activations, gradient, self._dropout)
            self._optimizer.step()
            logit_sums.append(activations.logits.sum())
        self.epoch += 1
        require_finite(logit_sums, "students", self.epoch, self.step)
        self.step += len(logit_sums)

    def _batches(self, order: Tensor) -> Iterator[tuple[Tensor, Tensor, Weights]]:
        """Inputs (S, features, N), mixed targets (K, C, N) and the weights of the loss's terms, batch by batch.

        `order`: positions (S, n) in each seed's sample. Several batches are gathered at a time, some 2 MB of them:
        measured for 64-32-10, an epoch of 2, 10 and 100 students then took 0.6, 0.7 and 0.9 of the time.
        """
        size, classes = self._batch_size, self.transfer.teacher_logits.shape[-1]
        if self.unlabelled:
            yield from self._batches_with_unlabelled(order)
            return
        numbers = self.cohort.network.widths[0] * self.layout.seeds + 2 * classes * self.layout.members
        at_once = max(1, GATHERED_BYTES // (4 * size * numbers))
        weights = self._weights(size)
        for batch in self._gathered(order, at_once * size):
            mixed = self._mixed(batch, weights)
            for inputs, targets in zip(
                torch.split(batch.inputs.transpose(1, 2), size, dim=2), torch.split(mixed, size, dim=2), strict=True
            ):
                if (left := inputs.shape[2]) < size:
                    yield inputs, targets * (size / left), self._weights(left)
                else:
                    yield inputs, targets, weights

    def _batches_with_unlabelled(self, order: Tensor) -> Iterator[tuple[Tensor, Tensor, Weights]]:
        """The same batches, each with its share of the unlabelled examples behind it."""
        assert self.unlabelled is not None
        shares = self.unlabelled.shares(-(-order.shape[1] // self._batch_size))
        for batch, more in zip(self._gathered(order, self._batch_size), shares, strict=True):
            joined = Batch(*(torch.cat(parts, 1) for parts in zip(batch, more, strict=True)))
            weights = self._weights(batch.inputs.shape[1], more.inputs.shape[1])
            yield joined.inputs.transpose(1, 2), self._mixed(joined, weights), weights

    def _gathered(self, order: Tensor, size: int) -> Iterator[Batch]:
        """The next examples of each seed, so many at a time, and as they are seen in this epoch."""
        views = self.views.seen(order) if self.views else order
        for start in range(0, order.shape[1], size):
            positions, seen = order[:, start : start + size], views[:, start : start + size]
            batch = self.transfer.batch(positions)
            yield self.views.shift(batch, positions, seen) if self.views else batch

    def _mixed(self, batch: Batch, weights: Weights) -> Tensor:
        """What the students are taught of a batch, hard and soft targets mixed: (K, C, N)."""
        logits = batch.teacher_logits.transpose(1, 2)[:, None]
        soft = soften(logits, self._temperatures[:, None, None], axis=2)[:, self._which].flatten(0, 1)
        return weights.mix(soft, self.layout.of_seeds(batch.targets.transpose(1, 2)))

    def _weights(self, examples: int, unlabelled: int = 0) -> Weights:
        """Of the loss's terms in a batch of so many."""
        key = examples, unlabelled
        if key not in self._known_weights:
            members = self.conditions.of_members(self.layout)
            self._known_weights[key] = Weights.of(
                members.temperature, members.alpha, examples, t_squared=members.t_squared, unlabelled=unlabelled
            )
        return self._known_weights[key]

    def validation_error(self) -> Tensor:
        """Share of wrong answers of every student on what it is told but does not learn from, (K,); 2 if diverged.

        Errors and not the cross-entropy: where labels are wrong, that is least for students that are unsure of all.
        """
        transfer = self.transfer
        logits = transfer.inputs.logits(self.cohort, transfer.validation_ids)
        right = metrics.accuracy(logits, self.layout.of_seeds(transfer.validation_labels))
        return torch.where(logits.isfinite().all(-1).all(-1), 1 - right, 2.0)

    def train_predictions(self, most: int | None = None) -> Predictions:
        """Every student on its own sample, flipped labels included, or on the first `most` of its examples."""
        transfer, part = self.transfer, slice(most)
        logits = transfer.inputs.logits(self.cohort, transfer.ids[:, part])
        teacher_logits = transfer.teacher_logits[transfer.logit_ids[:, part]]
        return Predictions(logits, self.layout.of_seeds(transfer.labels[:, part]), self.layout.of_seeds(teacher_logits))


class Optimizer:
    """Adam (Kingma & Ba 2015), AdamW (Loshchilov & Hutter 2019) or SGD with momentum 0.9, over all of a cohort at once.

    The kernels are those of `torch.optim`; called directly, a step of 2 students of 64-32-10 costs 30 us less of 180.
    """

    def __init__(self, name: str, cohort: Cohort, learning_rate: float, weight_decay: float = 0.0) -> None:
        """`weight_decay`: decoupled from the gradient by AdamW (Loshchilov & Hutter 2019), part of it else; 0 is 0.01
        with AdamW and none else.
        """
        self.name, self.learning_rate = name, learning_rate
        self._weight_decay = weight_decay or (0.01 if name == "adamw" else 0.0)
        self._parameters, self._gradients = [cohort.parameters], [cohort.gradients]
        self._first, self._second = ([torch.zeros_like(cohort.parameters)] for _ in range(2))
        self._steps = [torch.zeros((), device=cohort.parameters.device)]

    def step(self) -> None:
        """Move the parameters, given their gradients."""
        is_first = not self._steps[0]
        self._steps[0] += 1
        if self.name == "sgd":
            torch._fused_sgd_(
                self._parameters,
                self._gradients,
                self._first,
                weight_decay=self._weight_decay,
                momentum=0.9,
                lr=self.learning_rate,
                dampening=0.0,
                nesterov=False,
                maximize=False,
                is_first_step=is_first,
            )
            return
        move = torch._fused_adamw_ if self.name == "adamw" else torch._fused_adam_
        move(
            self._parameters,
            self._gradients,
            self._first,
            self._second,
            [],
            self._steps,
            lr=self.learning_rate,
            beta1=0.9,
            beta2=0.999,
            weight_decay=self._weight_decay,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )


def require_finite(logit_sums: list[Tensor], who: str, epoch: int, steps_before: int) -> None:
    """Raise `DivergenceError` unless all are finite; sum i is of the outputs after `steps_before` + i steps.

    Called once an epoch, so that no step waits for it.
    """
    finite = torch.stack(logit_sums).isfinite()
    if not finite.all():
        step = steps_before + int(finite.logical_not().nonzero()[0])
        raise DivergenceError(Message(f"{who}_diverged", step=step, epoch=epoch))
