"""Shifted images: what students see in place of the images themselves, and what the teacher answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from kd_core.experiment import Experiment
from kd_core.streams import SHIFT, generator
from kd_core.unlabelled import Answer, Batch, Sampled, answered


class Views:
    """Images shifted by up to so many pixels: view v of (2 * most + 1)^2 is one shift down and across.

    What comes in at an edge is what a black pixel is to the network. The views of an image are a finite number, so that
    a frozen teacher can answer for all of them beforehand, and the student be shown the very same.
    """

    def __init__(self, shape: Sequence[int], most: int, black: float) -> None:
        """`shape`: channels, height, width."""
        channels, height, width = shape
        self.count, self._black = (2 * most + 1) ** 2, black
        features = channels * height * width
        image = np.arange(features).reshape(channels, height, width)
        places = np.pad(image, ((0, 0), (most, most), (most, most)), constant_values=features)
        shifts = [(down, across) for down in range(2 * most + 1) for across in range(2 * most + 1)]
        taken = [places[:, down : down + height, across : across + width].ravel() for down, across in shifts]
        self.places = torch.from_numpy(np.stack(taken))

    def of(self, rows: Tensor, views: Tensor) -> Tensor:
        """Rows (..., features), each as its view (...) shows it."""
        padded = torch.cat([rows, rows.new_full((*rows.shape[:-1], 1), self._black)], -1)
        return padded.gather(-1, self.places.to(rows.device)[views])

    def every(self, rows: Tensor) -> Tensor:
        """All views of rows (n, features): (n, count, features)."""
        many = rows[:, None].expand(-1, self.count, -1)
        return self.of(many, torch.arange(self.count).expand(len(rows), -1))

    def draw(self, shape: Sequence[int], generators: Sequence[Generator]) -> Tensor:
        """Views (S, *shape), each row from its own generator."""
        return torch.stack([torch.randint(self.count, tuple(shape), generator=each) for each in generators])


@dataclass(frozen=True)
class Shifted:
    """What S seeds of students see of their samples: in every epoch another view of each image.

    teacher_logits (S, n, V, C) are the teacher's answers to all views; None where it hears the images themselves.
    """

    views: Views
    generators: Sequence[Generator]
    teacher_logits: Tensor | None

    @classmethod
    def draw(
        cls, experiment: Experiment, transfer: Sampled, seeds: Sequence[int], answer: Answer | None
    ) -> Shifted | None:
        """None where nothing is shifted."""
        if not experiment.shift:
            return None
        views = Views(experiment.source.shape, experiment.shift, transfer.inputs.black)
        drawn_from = zip(experiment.seeds_of(seeds), seeds, strict=True)
        generators = [generator(of_split, SHIFT, seed) for of_split, seed in drawn_from]
        if experiment.shift_view == "clean":
            return cls(views, generators, None)
        logits = []
        for seed, ids in zip(seeds, transfer.ids, strict=True):
            many = views.every(transfer.inputs.rows(ids).cpu())
            answers = answered(answer, experiment.split_of(seed), many.flatten(0, 1))
            logits.append(answers.view(len(ids), views.count, -1))
        return cls(views, generators, torch.stack(logits).to(transfer.ids.device))

    def seen(self, order: Tensor) -> Tensor:
        """The view of each example in the next epoch, given its order (S, n): drawn for all at once."""
        return self.views.draw(order.shape[1:], self.generators).to(order.device)

    def shift(self, batch: Batch, positions: Tensor, seen: Tensor) -> Batch:
        """A batch of the examples at `positions` (S, N) as those views show it, the teacher's answers too."""
        logits = batch.teacher_logits
        if self.teacher_logits is not None:
            of_seed = torch.arange(len(positions), device=positions.device)[:, None]
            logits = self.teacher_logits[of_seed, positions, seen]
        return batch._replace(inputs=self.views.of(batch.inputs, seen), teacher_logits=logits)
