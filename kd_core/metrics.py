"""Measures of networks (on tensors) and of what a few seeds can tell (on arrays).

Nothing here imports torch: the first three functions only call methods of the tensors they are given, so that the web
process can use the last two without paying for torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

if TYPE_CHECKING:
    from torch import Tensor


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Share of examples whose largest logit is the label's: (..., N, C) and (..., N) to (...), in [0, 1]."""
    return (logits.argmax(-1) == labels).float().mean(-1)


def agreement(logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Share of examples on which two networks give the same answer (Stanton et al. 2021, section 2).

    (..., N, C) and a shape that broadcasts against it to (...), in [0, 1].
    """
    return (logits.argmax(-1) == teacher_logits.argmax(-1)).float().mean(-1)


def calibration_error(logits: Tensor, labels: Tensor, bins: int = 15) -> Tensor:
    """Expected calibration error: sum over bins of (n_b / N) |accuracy_b - confidence_b|, at T = 1.

    Confidence is the top probability; bins of equal width (Guo et al. 2017, equation 5). (..., N, C) to (...).
    """
    confidence, answer = logits.softmax(-1).max(-1)
    gap = (answer == labels).float() - confidence
    bin_of = (confidence * bins).ceil().long().sub_(1).clamp_(0, bins - 1)
    summed = gap.new_zeros((*gap.shape[:-1], bins)).scatter_add_(-1, bin_of, gap)
    return summed.abs().sum(-1) / gap.shape[-1]


def confusion_counts(logits: Tensor, labels: Tensor) -> Tensor:
    """Counts (C, C) over all leading axes: row = true class, column = answer. (..., N, C) and (..., N)."""
    classes = logits.shape[-1]
    cell = (labels * classes + logits.argmax(-1)).flatten()
    return cell.bincount(minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True)
class Interval:
    """A mean over n values with their standard deviation and the 95 % interval of the mean (NaN where n < 2)."""

    n: int
    mean: float
    std: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval lies on one side of zero: no claim below three values."""
        return self.n >= 3 and (self.low > 0 or self.high < 0)


def interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Mean of n values with Student's t interval: mean +- t(n - 1) * std / sqrt(n)."""
    data = np.asarray(values, dtype=np.float64)
    n, mean = len(data), float(data.mean())
    if n < 2:
        return Interval(n, mean, float("nan"), float("nan"), float("nan"))
    std = float(data.std(ddof=1))
    half = float(stdtrit(n - 1, (1 + level) / 2)) * std / n**0.5
    return Interval(n, mean, std, mean - half, mean + half)


def paired_difference(values: ArrayLike, baseline: ArrayLike, level: float = 0.95) -> Interval:
    """`interval` of the differences values - baseline, pair by pair: what the same seeds gained."""
    return interval(np.asarray(values, dtype=np.float64) - np.asarray(baseline, dtype=np.float64), level)
