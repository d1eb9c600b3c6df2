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


# Over splits


def test_over_splits_the_means_of_splits_count_worked_out_by_hand():
    """Value k sits in split k modulo 2: splits (1, 3) and (5, 7), means 2 and 6."""
    found = interval([1, 5, 3, 7], splits=2)
    assert (found.n, found.splits, found.mean) == (4, 2, 4)
    assert found.std == pytest.approx(8**0.5)
    assert found.standard_error == pytest.approx(2)
    assert (found.low, found.high) == pytest.approx((4 - 12.706 * 2, 4 + 12.706 * 2), abs=1e-2)


def test_scipy_finds_the_same_interval_of_the_splits_means():
    values = np.random.default_rng(0).normal(1, 1, 40)
    found = interval(values, splits=10)
    theirs = stats.ttest_1samp(values.reshape(4, 10).mean(0), 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(theirs))


def test_the_next_split_adds_what_splits_differ_by_and_what_ten_pairs_leave_to_chance():
    """Variance of a split's mean is 8, within splits 2, of which 1 is in a mean of two: between them 7."""
    found = interval([1, 5, 3, 7], splits=2)
    reach = 6.3138 * (8 / 2 + 7 + 2 / 10) ** 0.5
    assert (found.next_low, found.next_high) == pytest.approx((4 - reach, 4 + reach), abs=1e-3)


def test_one_pair_a_split_leaves_all_to_the_splits():
    found = interval([1, 2, 3], splits=3)
    reach = 2.92 * (1 / 3 + 1) ** 0.5
    assert (found.next_low, found.next_high) == pytest.approx((2 - reach, 2 + reach), abs=1e-3)


@pytest.mark.parametrize(
    ("values", "clear", "holds", "side"),
    [
        ([5, 6, 5, 6], True, True, 1),
        ([-5, -6, -5, -6], True, True, -1),
        ([2, 6, 3, 8], True, False, 0),
        ([-1, 1, -2, 2], False, False, 0),
    ],
)
def test_clear_is_of_the_mean_and_holds_of_the_next_split(values, clear, holds, side):
    found = interval(values, splits=4)
    assert (found.is_clear, found.holds, found.side) == (clear, holds, side)


def test_on_one_split_nothing_holds_and_the_side_is_that_split_s():
    found = interval([5, 6, 5, 6])
    assert (found.is_clear, found.holds, found.side) == (True, False, 1)


def test_what_is_not_a_number_takes_no_part():
    assert interval([1, np.nan, 2, 3]) == interval([1, 2, 3])
    found = interval([1, np.nan, 3, 7], splits=2)  # splits (1, 3) and (7)
    assert (found.n, found.mean, found.splits) == (3, 4.5, 2)
    assert interval([1, np.nan, 3, np.nan], splits=2).splits == 1
    assert np.isnan(interval([np.nan, np.nan]).mean)


@given(st.integers(0, 2**32 - 1))
def test_splits_that_differ_widen_the_interval_of_pairs_that_do_not(seed):
    of_split = np.tile(np.random.default_rng(seed).normal(0, 1, 5), 4)
    assert interval(of_split, splits=5).high >= interval(of_split).high
