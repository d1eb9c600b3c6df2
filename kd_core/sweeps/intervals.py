"""What pairs of students on one or several splits can tell: means with their intervals, and paired differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from kd_core.data import Doubles

NEXT_PAIRS = 10  # of the split that one would look at next


@dataclass(frozen=True)
class Interval:
    """A mean over n values on so many splits, the 95 % interval of the mean, and where the next split's mean will be.

    `std` is the deviation of what is independent: of the values on one split, of the splits' means on several. The
    mean over ten more pairs on one more split has a chance of 5 % to lie below `next_low`, of 5 % to lie above
    `next_high`. What is not known is NaN: `low` and `high` of one, the next of fewer than two splits.
    """

    n: int
    mean: float
    std: float
    low: float
    high: float
    splits: int = 1
    next_low: float = float("nan")
    next_high: float = float("nan")

    @property
    def is_clear(self) -> bool:
        """Whether the interval lies on one side of zero: no claim below three independent values."""
        return self._independent >= 3 and (self.low > 0 or self.high < 0)

    @property
    def holds(self) -> bool:
        """Whether the next split is expected to say the same: clear, and its mean on the same side of zero too."""
        return self.splits >= 3 and self.is_clear and (self.next_low > 0 or self.next_high < 0)

    @property
    def side(self) -> int:
        """+1 or -1 where the next split is expected to say so, else 0; on one split, where this split is clear."""
        is_sure = self.holds if self.splits > 1 else self.is_clear
        return int(np.sign(self.mean)) if is_sure else 0

    @property
    def standard_error(self) -> float:
        return float(self.std / self._independent**0.5)

    @property
    def _independent(self) -> int:
        return self.splits if self.splits > 1 else self.n


def interval(values: ArrayLike, level: float = 0.95, *, splits: int = 1) -> Interval:
    """Mean of n values with its interval; value k belongs to split k modulo `splits`, and NaN takes no part.

    On one split: mean +- t(n - 1) * std / sqrt(n). On several: the same of the splits' means, t(splits - 1), for what
    two pairs have in common on one split makes them no two values. A nested model (values within splits, one-way
    analysis of variance; Searle, Casella & McCulloch 1992, section 3.6) comes to that same interval where splits hold
    equally many pairs, and so do these. By simulation from 320 splits of four pairs in each of fifteen settings, ten
    splits of two pairs held the true mean in 94 to 96 % of 20 000 draws (90 % for blobs, where one student in a hundred
    fails and the means are far from normal). Student's t over all 20 pairs held it in 84 to 95 %, and over the pairs
    of one split in 52 to 98 %.

    For the next split, its own variance and that of a mean over ten pairs are added: s^2 / splits + between + within /
    10. The splits are divisions of one and the same data: nothing is said of other data (Nadeau & Bengio 2003).

    >>> found = interval([1, 2, 3])
    >>> found.mean, found.std, found.is_clear  # 2 +- 4.30 * 1 / sqrt(3): 0 lies within
    (2.0, 1.0, False)
    >>> interval([1, 5, 3, 7], splits=2).std  # the splits' means are 2 and 6
    2.8284271247461903
    """
    data = np.asarray(values, dtype=np.float64)
    groups = [group[~np.isnan(group)] for group in (data[split::splits] for split in range(splits))]
    groups = [group for group in groups if len(group)]
    n, units = (
        sum(map(len, groups)),
        np.array([group.mean() for group in groups]) if splits > 1 else data[~np.isnan(data)],
    )
    mean = float(units.mean()) if len(units) else float("nan")
    if len(units) < 2:
        unknown = float("nan")
        return Interval(n, mean, unknown, unknown, unknown, max(1, min(splits, len(units))))
    std = float(units.std(ddof=1))
    half = float(stdtrit(len(units) - 1, (1 + level) / 2)) * std / len(units) ** 0.5
    if splits == 1:
        return Interval(n, mean, std, mean - half, mean + half)
    reach = float(stdtrit(len(units) - 1, level)) * _next_deviation(groups, std)
    return Interval(n, mean, std, mean - half, mean + half, len(units), mean - reach, mean + reach)


def _next_deviation(groups: list[Doubles], std: float) -> float:
    """Standard deviation of the next split's mean about the mean found here; where each split has one pair, its own."""
    free = sum(len(group) - 1 for group in groups)
    within = sum(float(((group - group.mean()) ** 2).sum()) for group in groups) / free if free else 0.0
    noise = within * float(np.mean([1 / len(group) for group in groups]))  # the share of it in a split's mean here
    between = max(0.0, std**2 - noise)
    return float((std**2 / len(groups) + between + within / NEXT_PAIRS) ** 0.5)


def paired_difference(values: ArrayLike, baseline: ArrayLike, level: float = 0.95, *, splits: int = 1) -> Interval:
    """`interval` of the differences values - baseline, pair by pair: what the same seeds gained.

    >>> paired_difference([3, 5, 9], [1, 3, 7]).mean, paired_difference([3, 5, 9], [1, 3, 7]).std  # 2 for every pair
    (2.0, 0.0)
    """
    return interval(np.asarray(values, np.float64) - np.asarray(baseline, np.float64), level, splits=splits)
