"""What is measured of networks at a snapshot, teacher and students alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from kd_core import metrics
from kd_core.cohort import Cohort, Layout
from kd_core.data import DATASETS, Dataset, Floats, choose_examples, grid_points
from kd_core.experiment import Condition
from kd_core.losses import cross_entropy, distillation_loss
from kd_core.snapshot import LossTerms, Measures


@dataclass(frozen=True)
class Conditions:
    """What students train under: temperature and alpha, (M,) or one for each member, and whether the loss holds T^2."""

    temperature: Tensor
    alpha: Tensor
    t_squared: bool

    @classmethod
    def of(cls, conditions: Sequence[Condition], t_squared: bool) -> Conditions:
        """From (temperature, alpha) of each; alpha = 1 is a student alone."""
        temperature, alpha = torch.tensor(conditions).T
        return cls(temperature, alpha, t_squared)

    def of_members(self, layout: Layout) -> Conditions:
        """For every member of a cohort: (M,) to (K,)."""
        return Conditions(layout.of_conditions(self.temperature), layout.of_conditions(self.alpha), self.t_squared)

    def to(self, device: torch.device) -> Conditions:
        return Conditions(self.temperature.to(device), self.alpha.to(device), self.t_squared)

    def __getitem__(self, members: slice) -> Conditions:
        return Conditions(self.temperature[members], self.alpha[members], self.t_squared)


@dataclass(frozen=True)
class Predictions:
    """Logits (K, N, C) of K networks, the labels (K, N) and the teacher's logits (K, N, C); None for the teacher."""

    logits: Tensor
    labels: Tensor
    teacher_logits: Tensor | None

    def __getitem__(self, members: slice) -> Predictions:
        teacher_logits = None if self.teacher_logits is None else self.teacher_logits[members]
        return Predictions(self.logits[members], self.labels[members], teacher_logits)

    def losses(self, conditions: Conditions | None) -> LossTerms[Floats]:
        """The distillation loss by term, (K,) each; of the teacher, which trains on labels only, the cross-entropy."""
        if conditions is None or self.teacher_logits is None:
            hard = cross_entropy(self.logits, self.labels).mean(-1).numpy()
            return LossTerms(hard, hard, np.full_like(hard, np.nan))
        terms = distillation_loss(
            self.logits,
            self.teacher_logits,
            self.labels,
            temperature=conditions.temperature,
            alpha=conditions.alpha,
            t_squared=conditions.t_squared,
        )
        return LossTerms(*(term.numpy() for term in terms))


class Evaluator:
    """The test set, the held-out examples that pages show, and the grid of a 2-D set."""

    def __init__(self, data: Dataset) -> None:
        self.inputs = torch.from_numpy(data.test_inputs)
        self.labels = torch.from_numpy(data.test_labels)
        self.examples = torch.from_numpy(choose_examples(data.test_labels, data.classes))
        self.grid = torch.from_numpy(grid_points()) if DATASETS[data.name].is_plane else None

    def predictions(self, cohort: Cohort, teacher_logits: Tensor | None) -> Predictions:
        """The cohort on the test set, beside the teacher's logits (N, C)."""
        logits = cohort.logits(self.inputs)
        shared = None if teacher_logits is None else teacher_logits.expand_as(logits)
        return Predictions(logits, self.labels.expand(logits.shape[:-1]), shared)

    def measures(self, train: Predictions, test: Predictions, conditions: Conditions | None, first: Cohort) -> Measures:
        """Everything a snapshot tells of one actor; `first` is its first network alone."""
        teacher_logits = test.logits if test.teacher_logits is None else test.teacher_logits
        return Measures(
            train_accuracy=metrics.accuracy(train.logits, train.labels).numpy(),
            test_accuracy=metrics.accuracy(test.logits, test.labels).numpy(),
            train_loss=train.losses(conditions),
            test_loss=test.losses(conditions),
            agreement=metrics.agreement(test.logits, teacher_logits).numpy(),
            calibration=metrics.calibration_error(test.logits, test.labels).numpy(),
            confusion=metrics.confusion_counts(test.logits, test.labels).numpy(),
            example_logits=test.logits[0, self.examples].numpy(),
            grid=None if self.grid is None else first.logits(self.grid)[0].softmax(-1).numpy(),
        )
