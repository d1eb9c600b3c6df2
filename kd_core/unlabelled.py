"""Unlabelled examples: what a student that hears a teacher can learn from, and one alone cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from kd_core.data import Dataset, Floats
from kd_core.experiment import Experiment
from kd_core.inputs import Inputs, Order
from kd_core.streams import EXTRA, EXTRA_ORDER, generator

Answer = Callable[[int, Tensor], Tensor]  # a split's teacher: its logits (N, C) on rows (N, features)
NOISE = 0.2  # of what is added to a copy, in units of pixels from 0 to 1 or of standardised columns
MOST = 20_000  # of a seed: on images they take 16 MB and more
ANSWERED = 4096  # rows that a teacher is asked about at a time


class Batch(NamedTuple):
    """N examples for each of S seeds: inputs (S, N, features); targets, one-hot, and teacher_logits (S, N, C).

    Of unlabelled examples the targets are 0: nobody is told.
    """

    inputs: Tensor
    targets: Tensor
    teacher_logits: Tensor


class Sampled(Protocol):
    """What is known of a transfer set: its inputs, and which of them each seed sees."""

    @property
    def inputs(self) -> Inputs: ...
    @property
    def ids(self) -> Tensor: ...


@dataclass(frozen=True)
class Unlabelled:
    """E unlabelled examples for each of S seeds: ids (S, E) of `inputs`, and the teacher's logits on them (S, E, C)."""

    inputs: Inputs
    ids: Tensor
    teacher_logits: Tensor
    order: Order

    @classmethod
    def draw(
        cls,
        experiment: Experiment,
        data: Sequence[Dataset],
        teacher_logits: Sequence[Tensor],
        transfer: Sampled,
        seeds: Sequence[int],
        answer: Answer | None,
    ) -> Unlabelled | None:
        """None where there are none.

        `extra` times as many as labelled ones, or as many as there are, 20 000 at most; each seed draws its own. Noisy
        copies and mixtures are of its own sample; a mixture is b x + (1 - b) x' of two examples, b uniform from 0 to 1
        (Zhang et al. 2018, mixup, of inputs only: the teacher answers to the mixture).
        """
        if not experiment.extra:
            return None
        drawn_from, kind = experiment.seeds_of(seeds), experiment.extra_kind
        rows, ids, logits = [], [], []
        for number, (seed, of_split) in enumerate(zip(seeds, drawn_from, strict=True)):
            split = experiment.split_of(seed)
            rng, own = np.random.default_rng((of_split, EXTRA, seed)), transfer.ids[number].cpu()
            if kind in ("noise", "mixup"):
                sample = transfer.inputs.rows(own).numpy()
                made = torch.from_numpy(_made(kind, sample, _most(experiment), NOISE * _unit(data[split]), rng))
                rows.append(made)
                ids.append(torch.arange(len(made)) + number * len(made))
                logits.append(answered(answer, split, made))
                continue
            one = data[split]
            among = one.target_ids if kind == "target" else one.train_ids
            positions = rng.permutation(len(among))
            if kind == "rest":
                positions = positions[~np.isin(transfer.inputs.ids(split, among[positions]), own.numpy())]
            positions = positions[: _most(experiment)]
            found = torch.from_numpy(transfer.inputs.ids(split, among[positions]))
            if kind == "rest":
                logits.append(teacher_logits[split][torch.from_numpy(positions)])
            else:
                logits.append(answered(answer, split, transfer.inputs.rows(found)))
            ids.append(found)
        size = min(map(len, ids))
        inputs = Inputs(torch.cat(rows), (0,) * len(data)) if rows else transfer.inputs
        orders = [generator(of_split, EXTRA_ORDER, seed) for of_split, seed in zip(drawn_from, seeds, strict=True)]
        every, heard = (torch.stack([one[:size] for one in each]) for each in (ids, logits))
        device = transfer.ids.device
        return cls(inputs.to(device), every.to(device), heard.to(device), Order(size, size, orders))

    def shares(self, steps: int) -> Iterator[Batch]:
        """An epoch: all of them in a new order, shared out over so many steps as evenly as can be."""
        for positions in torch.tensor_split(self.order.next().to(self.ids.device), steps, dim=1):
            logits = self.teacher_logits.gather(1, positions[..., None].expand(-1, -1, self.teacher_logits.shape[-1]))
            yield Batch(self.inputs.rows(self.ids.gather(1, positions)), torch.zeros_like(logits), logits)


def answered(answer: Answer | None, split: int, rows: Tensor) -> Tensor:
    """The teacher's logits on rows, some at a time; LookupError if it was not handed on."""
    if answer is None:
        raise LookupError("These students need a teacher that answers further rows, but none was handed on.")
    return torch.cat([answer(split, part) for part in torch.split(rows, ANSWERED)])


def _most(experiment: Experiment) -> int:
    return min(MOST, experiment.extra * experiment.sample_size)


def _unit(data: Dataset) -> float:
    """What people see as 1, in what networks are given."""
    return data.unit * data.scale


def _made(kind: str, sample: Floats, count: int, deviation: float, rng: np.random.Generator) -> Floats:
    """So many noisy copies of the examples in turn, or mixtures of two: (count, features)."""
    if kind == "noise":
        copies = np.resize(np.arange(len(sample)), count)
        made = sample[copies] + np.float32(deviation) * rng.standard_normal((count, sample.shape[1]), np.float32)
    else:
        first, second = rng.integers(len(sample), size=(2, count))
        share = rng.random((count, 1), np.float32)
        made = share * sample[first] + (1 - share) * sample[second]
    return made.astype(np.float32, copy=False)
