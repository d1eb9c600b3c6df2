"""How training goes on where the settings leave it open: the teacher's batches and learning rate, and what an epoch is.

Small data keep what the first runs of the app had; large data and convolutions have what reaches 98 to 99 % on MNIST in
a few seconds.
"""

from __future__ import annotations

from math import cos, pi
from typing import NamedTuple

from kd_core.experiment import Experiment

LARGE = 10_000  # examples: of more, an epoch is a round of so many
ROUND = 6_400
LOOK = 2_000  # examples: of more, a part is looked at while networks train
LOOKED_AT = 1_000
TEACHER_LEARNING_RATE = 0.002  # of perceptrons on small data
WARM_UP = 0.3  # of the steps, in which the learning rate rises


def epoch_of(examples: int) -> int:
    """How many examples an epoch passes over: all, or of a large set the next round of a shuffled pass.

    >>> epoch_of(1297), epoch_of(60_000)
    (1297, 6400)
    """
    return examples if examples <= LARGE else ROUND


def look_of(examples: int) -> int:
    """How many examples are looked at while networks train; after the last epoch it is all."""
    return examples if examples <= LOOK else LOOKED_AT


class Recipe(NamedTuple):
    """How a teacher trains with Adam: examples in a step, and the learning rate, or the highest of one cycle."""

    batch: int
    learning_rate: float
    is_one_cycle: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Recipe:
        is_large = experiment.source.train_size > LARGE
        if experiment.teacher_network.convolutions:
            return cls(128 if is_large else 64, 0.01, True)
        return cls(128, 0.004, True) if is_large else cls(64, TEACHER_LEARNING_RATE, False)

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of step 0, 1, ... of so many.

        One cycle rises in a line to its highest and falls to nothing along a cosine (Smith & Topin 2019, section 3).
        """
        if not self.is_one_cycle:
            return self.learning_rate
        done = (step + 1) / steps
        if done < WARM_UP:
            return self.learning_rate * max(0.04, done / WARM_UP)
        return self.learning_rate * 0.5 * (1 + cos(pi * (done - WARM_UP) / (1 - WARM_UP)))
