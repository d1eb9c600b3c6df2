"""What is measured of networks at a snapshot, teacher and students alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kd_core import metrics
from kd_core.cohort import Cohort, Layout
from kd_core.data import Dataset, Floats, choose_examples, grid_points
from kd_core.experiment import Condition
from kd_core.inputs import Inputs
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

    def losses(self, conditions: Conditions | None, label_smoothing: float = 0.0) -> LossTerms[Floats]:
        """The distillation loss by term, (K,) each.

        A teacher trains on labels only: hard is its cross-entropy, total that with its labels smoothed.
        """
        if conditions is None or self.teacher_logits is None:
            hard, total = (cross_entropy(self.logits, self.labels, s).mean(-1).numpy() for s in (0.0, label_smoothing))
            return LossTerms(total, hard, np.full_like(hard, np.nan))
        terms = distillation_loss(
            self.logits,
            self.teacher_logits,
            self.labels,
            temperature=conditions.temperature,
            alpha=conditions.alpha,
            t_squared=conditions.t_squared,
        )
        return LossTerms(*(term.cpu().numpy() for term in terms))

    def collapsed(self, conditions: Conditions | None) -> NDArray[np.bool_]:
        """Which networks have learned nothing, (K,): one answer to everything, or a loss of ignorance or more.

        A network whose units are all inactive answers by its biases alone. One whose weights have run away can have
        several answers left, but a total no lower than that of equal probabilities, which for labels alone is ln C.
        """
        ignorant = replace(self, logits=torch.zeros_like(self.logits))
        worse = self.losses(conditions).total >= ignorant.losses(conditions).total
        return metrics.one_answer(self.logits).cpu().numpy() | worse


class Holdouts:
    """What each seed's networks are tested on: the test set of the split that it sits in.

    ids (S, N) of examples, or (N,) where there is one split for all; labels (S, N); teacher_logits (S, N, C).
    """

    def __init__(
        self,
        data: Sequence[Dataset],
        teacher_logits: Iterable[Tensor],
        splits: Sequence[int],
        device: torch.device | None = None,
    ) -> None:
        """Data and teacher's test logits (N, C) of every split, none for teachers; `splits` has each seed's."""
        inputs = Inputs.of(data)
        ids = np.stack([inputs.ids(split, one.test_ids) for split, one in enumerate(data)])
        labels = torch.from_numpy(np.stack([one.test_labels for one in data])).to(device)
        of_seeds, every = torch.as_tensor(list(splits), device=device), torch.from_numpy(ids).to(device)
        self.inputs = inputs.to(device)
        self.ids = every[0] if len(data) == 1 else every[of_seeds]
        self.labels = labels[of_seeds]
        given = list(teacher_logits)
        self.teacher_logits = torch.stack(given).to(device)[of_seeds] if given else None

    def logits(self, cohort: Cohort, most: int | None = None) -> Tensor:
        """The cohort's logits (K, N, C) on the test sets, or on the first `most` of their examples."""
        return self.inputs.logits(cohort, self.ids[..., slice(most)])

    def predictions(self, cohort: Cohort, layout: Layout, most: int | None = None) -> Predictions:
        """The cohort on the test sets, or on a part of them (a test set is in random order), beside its teachers."""
        part = slice(most)
        given = None if self.teacher_logits is None else layout.of_seeds(self.teacher_logits[:, part])
        return Predictions(self.logits(cohort, most), layout.of_seeds(self.labels[:, part]), given)


class Evaluator:
    """What pages show of networks beside their predictions: held-out examples, and the grid of a 2-D set."""

    def __init__(self, data: Dataset) -> None:
        """`data`: the first split's."""
        self.examples = torch.from_numpy(choose_examples(data.test_labels, data.classes))
        self.test_size = len(data.test_ids)
        self._inputs = torch.from_numpy(data.rows(data.test_ids[self.examples.numpy()]))
        self.grid = torch.from_numpy(grid_points()) if data.source.is_plane else None

    def measures(
        self,
        train: Predictions,
        test: Predictions,
        conditions: Conditions | None,
        first: Callable[[Tensor], Tensor] | None,
        *,
        label_smoothing: float = 0.0,
        is_last: bool = False,
    ) -> Measures:
        """Everything a snapshot tells of one actor; `first` gives its first network's logits on further rows.

        Without, there is no grid, and the predictions are of the whole test set.
        """
        teacher_logits = test.logits if test.teacher_logits is None else test.teacher_logits
        is_whole = test.logits.shape[1] == self.test_size
        assert is_whole or first is not None
        examples = test.logits[0, self.examples] if is_whole or first is None else first(self._inputs)
        return Measures(
            train_accuracy=metrics.accuracy(train.logits, train.labels).numpy(),
            test_accuracy=metrics.accuracy(test.logits, test.labels).numpy(),
            train_loss=train.losses(conditions, label_smoothing),
            test_loss=test.losses(conditions, label_smoothing),
            agreement=metrics.agreement(test.logits, teacher_logits).numpy(),
            collapsed=train.collapsed(conditions) if is_last else np.zeros(len(train.logits), np.bool_),
            calibration=metrics.calibration_error(test.logits, test.labels).numpy(),
            tested=test.logits.shape[1],
            confusion=metrics.confusion_counts(test.logits, test.labels).numpy(),
            example_logits=examples.numpy(),
            grid=None if self.grid is None or first is None else first(self.grid).softmax(-1).numpy(),
        )
