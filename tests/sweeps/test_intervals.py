import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kd_core.sweeps.intervals import Interval, interval, paired_difference

samples = st.lists(st.floats(-100, 100).map(lambda value: round(value, 3)), min_size=2, max_size=20)


@given(samples, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_interval_equals_scipy(values, level):
    result = interval(values, level)
    assert (result.n, result.mean) == (len(values), pytest.approx(np.mean(values)))
    assert result.std == pytest.approx(np.std(values, ddof=1))
    if result.std > 1e-9:
        expected = stats.t.interval(level, len(values) - 1, np.mean(values), stats.sem(values))
        assert (result.low, result.high) == pytest.approx(expected)
    else:
        assert (result.low, result.high) == pytest.approx((values[0], values[0]))


@given(samples.filter(lambda values: len(values) >= 3), st.integers(0, 2**32 - 1))
def test_a_clear_difference_is_what_the_paired_t_test_finds_at_five_percent(values, seed):
    baseline = np.random.default_rng(seed).normal(0, 10, len(values))
    result, test = paired_difference(values, baseline), stats.ttest_rel(values, baseline)
    assert (result.low, result.high) == pytest.approx(tuple(test.confidence_interval(0.95)))
    assert result.is_clear == (test.pvalue < 0.05)


def test_interval_equals_the_value_worked_by_hand():
    # Mean 2, deviation 1, t(2) at .975 is 4.302653: 2 +- 4.302653 / sqrt 3
    result = interval([1, 2, 3])
    assert (result.mean, result.std) == (2, 1)
    assert (result.low, result.high) == pytest.approx((2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5))


def test_one_value_has_no_interval():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = interval([0.5])
    assert (result.n, result.mean, result.is_clear) == (1, 0.5, False)
    assert all(map(math.isnan, (result.std, result.low, result.high)))


@pytest.mark.parametrize(
    ("n", "low", "high", "is_clear"),
    [
        (3, 0.1, 0.2, True),
        (3, -0.2, -0.1, True),
        (3, -0.1, 0.2, False),
        (3, 0.0, 0.2, False),
        (3, -0.2, 0.0, False),
        (2, 0.1, 0.2, False),
        (1, math.nan, math.nan, False),
    ],
)
def test_a_claim_needs_three_values_and_an_interval_on_one_side_of_zero(n, low, high, is_clear):
    assert Interval(n, 0.15, 0.1, low, high).is_clear is is_clear


def test_pairs_are_compared_pair_by_pair():
    # 1 to 3 points each, though the seeds themselves are 30 points apart
    alone, distilled = [0.50, 0.65, 0.80], [0.51, 0.67, 0.82]
    assert paired_difference(distilled, alone).is_clear
    assert paired_difference(distilled, alone).mean == pytest.approx(0.05 / 3)
    assert not paired_difference(distilled, alone[::-1]).is_clear
