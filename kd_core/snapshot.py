"""What a run yields: frozen snapshots of NumPy arrays, readable without torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from kd_core.data import Floats
from kd_core.experiment import Experiment

T = TypeVar("T")


class LossTerms(NamedTuple, Generic[T]):
    """total = alpha * hard + (1 - alpha) * soft, where soft already holds T^2."""

    total: T
    hard: T
    soft: T


class DivergenceError(ArithmeticError):
    """Training has left the finite numbers; its one argument is the `Message` that says where and what to try."""


@dataclass(frozen=True)
class Measures:
    """What is measured of one actor; S = seeds, the splits of the teachers; C = classes.

    Attributes:
        train_accuracy, test_accuracy: share of right answers, (S,). Train is what this actor trains on: its own
            labelled sample, flipped labels included.
        train_loss, test_loss: `LossTerms` of (S,), in nats.
        agreement: share of test examples on which actor and teacher give the same answer, (S,).
        calibration: expected calibration error on the test set, (S,).
        collapsed: whether it has learned nothing, (S,); judged after the last epoch.
        tested: how many examples of the test set its measures are of: all after the last epoch, before that a random
            part of a large one.
        confusion: counts over those and all seeds, (C, C); row = true class, column = answer.
        example_logits: logits of the held-out examples, first seed, (E, C).
        grid: probabilities over the grid of a 2-D set, first seed, (G * G, C), rows from low y; None for others.
        kept_epoch: the epoch whose weights each student ended with, (S,), if it was stopped early; else None.
    """

    train_accuracy: Floats
    test_accuracy: Floats
    train_loss: LossTerms[Floats]
    test_loss: LossTerms[Floats]
    agreement: Floats
    calibration: Floats
    collapsed: NDArray[np.bool_]
    tested: int
    confusion: NDArray[np.int64]
    example_logits: Floats
    grid: Floats | None
    kept_epoch: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Snapshot:
    """A run at the end of an epoch (epoch 0: before any update).

    `actors` holds "teacher" while the teacher trains, and "alone" and "distilled" while the students do.
    `experiment` is the run so far: if it was steered by hand, its schedule says when.
    `seconds` is the time spent since the run began; it takes no part in comparisons.
    """

    phase: str
    epoch: int
    epochs: int
    step: int
    experiment: Experiment
    actors: dict[str, Measures]
    seconds: float = field(compare=False)

    @property
    def temperature(self) -> float:
        """T in force from here on."""
        return self.experiment.heard_at(self.epoch if self.phase == "students" else 0)[0]

    @property
    def alpha(self) -> float:
        """Weight of the labels in force from here on."""
        return self.experiment.heard_at(self.epoch if self.phase == "students" else 0)[1]
