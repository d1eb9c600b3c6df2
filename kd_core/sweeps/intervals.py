"""What a few seeds can tell: means with their intervals, and paired differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit


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
    """Mean of n values with Student's t interval: mean +- t(n - 1) * std / sqrt(n).

    >>> found = interval([1, 2, 3])
    >>> found.mean, found.std, found.is_clear  # 2 +- 4.30 * 1 / sqrt(3): 0 lies within
    (2.0, 1.0, False)
    """
    data = np.asarray(values, dtype=np.float64)
    n, mean = len(data), float(data.mean())
    if n < 2:
        return Interval(n, mean, float("nan"), float("nan"), float("nan"))
    std = float(data.std(ddof=1))
    half = float(stdtrit(n - 1, (1 + level) / 2)) * std / n**0.5
    return Interval(n, mean, std, mean - half, mean + half)


def paired_difference(values: ArrayLike, baseline: ArrayLike, level: float = 0.95) -> Interval:
    """`interval` of the differences values - baseline, pair by pair: what the same seeds gained.

    >>> paired_difference([3, 5, 9], [1, 3, 7])  # 2 for every pair
    Interval(n=3, mean=2.0, std=0.0, low=2.0, high=2.0)
    """
    return interval(np.asarray(values, dtype=np.float64) - np.asarray(baseline, dtype=np.float64), level)
