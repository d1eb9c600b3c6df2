"""Which of many cells can't be told from the best: a statement about all of them at once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import studentized_range

from kd_core.data import Doubles

FAMILY_ERROR = 0.05  # at most, that any cell which is as good as the best is told from it
LEVEL = 0.04  # with which that is kept: accuracies of students are not quite normal
LEAST_UNITS = 3  # no claim below three independent values, as with intervals


def not_told_from_best(values: Doubles) -> NDArray[np.bool_]:
    """Which cells can't be told from the best, (cells,), from their values (cells, units): same unit, same luck.

    Units are independent: pairs on one split, the means of splits on several. A cell is told from the best if it is
    behind it by more than q(k, v) * s / sqrt(units), where s^2 is the mean square of what cells and units, added, leave
    over, v = (cells - 1) * (units - 1) its degrees of freedom, and q the 95 % point of the studentized range (Tukey
    1953) of the k cells that have not been told so far: all at first, then those that are left, until none goes (Newman
    1939, Keuls 1952). Stepping down would not hold an error over several groups of equal cells; here only the group of
    the best counts.

    `python -m tests.bench stars`, 2000 normal grids each of 6 to 48 equal cells on 5 or 10 units: some cell lost its
    star in 3.3 to 4.5 %, and in 5.2 % (4.8 % of 8000) of 48 cells of real students on digits. Paired 95 % intervals
    against the best gave 33 to 99 %, Holm's (1979) correction of them 9 to 28 %, and Dunnett's (1955) comparison with
    the best as its control 18 to 53 %, for it was not named beforehand. Where half of 48 cells were two standard
    deviations behind, on 5 units with nothing in common, it told 79 % of these, a single step 71 %, Holm 14 %.

    All cells are taken to vary alike. Where one varied three times as much as its eleven equals, some cell lost its
    star in 14 %; among 48 cells of blobs, where one student in a hundred fails, in 8 %.
    """
    cells, units = values.shape
    mean = values.mean(-1)
    behind, left = mean.max() - mean, np.ones(cells, np.bool_)
    if units < LEAST_UNITS or cells < 2:
        return left
    free = (cells - 1) * (units - 1)
    residuals = values - mean[:, None] - values.mean(0) + mean.mean()
    error = float((residuals**2).sum() / free / units) ** 0.5
    while (count := int(left.sum())) > 1:
        reach = range_quantile(count, free) * error + 1e-9  # of rounding: pairs may differ by the same all over
        if (behind[left] <= reach).all():
            break
        left &= behind <= reach
    return left


@lru_cache(maxsize=4096)
def range_quantile(cells: int, free: int) -> float:
    """How many standard errors the best of equal cells is above the worst at most, in 95 % of cases."""
    return float(studentized_range.ppf(1 - LEVEL, cells, free))
