"""What T^2 does to training: students with and without it, side by side."""

from __future__ import annotations

from collections.abc import Iterator

from kd_core.experiment import Experiment
from kd_core.sweeps.grid import Piece, Report
from kd_core.sweeps.pieces import teacher_of, train_piece
from pages.learn.two_losses.analysis import ALPHAS, arms


def compare_scaling(experiment: Experiment) -> Iterator[Report]:
    """Train the students of all `arms` side by side, each with every alpha of `ALPHAS`: reports whose piece is the arm.

    All arms share the teacher, and the students of a seed share sample, initial weights and batches.
    """
    teacher = teacher_of(experiment)
    conditions = tuple((experiment.temperature, alpha) for alpha in ALPHAS)
    trainings = [
        train_piece(number, Piece(0, arm, tuple(range(len(ALPHAS))), conditions, tuple(range(arm.seeds))), teacher)
        for number, arm in enumerate(arms(experiment))
    ]
    for reports in zip(*trainings, strict=True):
        yield from reports
