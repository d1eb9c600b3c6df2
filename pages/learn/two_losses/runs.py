"""What T^2 does to training: students with and without it, side by side."""

from __future__ import annotations

from collections.abc import Iterator

from kd_core.experiment import Condition, Experiment
from kd_core.sweeps.grid import Report
from kd_core.sweeps.pieces import train_together
from kd_core.teaching import teacher_of
from pages.learn.two_losses.analysis import ALPHAS, arms


def compare_scaling(experiment: Experiment) -> Iterator[list[Report]]:
    """Train the students of all `arms` side by side, each with every alpha of `ALPHAS`: what each arm has reached.

    All arms share the teacher, and the students of a seed share sample, initial weights and batches.
    """
    teacher = teacher_of(experiment)
    conditions = [Condition(experiment.temperature, alpha) for alpha in ALPHAS]
    trainings = [train_together(arm, conditions, teacher.logits) for arm in arms(experiment)]
    for reports in zip(*trainings, strict=True):
        yield list(reports)
