import numpy as np
import pytest
from scipy.stats import dunnett, studentized_range, t, ttest_rel

from kd_core.sweeps.best import LEVEL, not_told_from_best, range_quantile
from tests.bench import stars


def normal(cells, units, seed=0, behind=0.0):
    """Cells of unequal luck; the last of them are behind by so much."""
    values = np.random.default_rng(seed).normal(size=(cells, units))
    values[cells // 2 :] -= behind
    return values


def test_two_cells_are_told_apart_by_the_paired_t_test():
    # With two cells the residuals are half the differences, and q is t times the root of 2.
    for seed in range(40):
        values = normal(2, 5, seed, behind=1.0)
        assert not_told_from_best(values).all() == (ttest_rel(*values).pvalue > LEVEL)


def test_the_worst_of_three_is_told_where_it_is_further_behind_than_the_range_of_three_reaches():
    # Residuals of +-0.01 in two cells and none in the third: s = 0.01, v = 6; two cells more than q(3) s / 2 apart.
    wiggle = np.array([0.01, -0.01, 0.01, -0.01])
    error = 0.01 * (8 / 6) ** 0.5 / 2
    far, near = (float(studentized_range.ppf(1 - LEVEL, cells, 6)) * error for cells in (3, 2))

    def told(first, second):
        return (~not_told_from_best(np.array([wiggle, -wiggle - second, np.full(4, -first)]))).tolist()

    assert told(1.01 * far, 0) == [False, False, True]
    assert told(0.99 * far, 0) == [False, False, False]
    # Once the worst is gone, the range of two reaches less far; while it is there, nobody goes.
    assert told(1.01 * far, 1.01 * near) == [False, True, True]
    assert told(0.99 * far, 0.98 * far) == [False, False, False]


GRID_SIZES = [(2, 5), (3, 3), (9, 4)]


@pytest.mark.parametrize(("cells", "units"), GRID_SIZES)
def test_the_simulation_measures_the_rule_that_sweeps_use(cells, units):
    grids = np.array([normal(cells, units, seed, behind=seed % 5) for seed in range(100)])
    np.testing.assert_array_equal(stars.step_down(grids), [not_told_from_best(values) for values in grids])


@pytest.mark.parametrize(("cells", "units"), GRID_SIZES)
def test_what_a_unit_gives_to_all_cells_changes_nothing(cells, units):
    for seed in range(100):
        values, luck = normal(cells, units, seed, behind=2.0), normal(1, units, seed + 1)
        np.testing.assert_array_equal(not_told_from_best(values + 10 * luck), not_told_from_best(values))


@pytest.mark.parametrize("shape", [(1, 5), (4, 1), (4, 2)])
def test_one_cell_or_fewer_than_three_units_tell_nothing(shape):
    assert not_told_from_best(np.arange(np.prod(shape), dtype=float).reshape(shape)).all()


def test_cells_that_are_the_same_on_every_unit_are_not_told_by_rounding():
    same = np.random.default_rng(0).normal(size=5)
    assert not_told_from_best(np.stack([same, same, same + 1e-12])).all()
    assert not_told_from_best(np.stack([same, same - 0.1])).tolist() == [True, False]


def test_equal_cells_lose_a_star_in_at_most_five_percent_and_those_behind_are_seen(monkeypatch):
    monkeypatch.setattr(stars, "GRIDS", 1000)
    grids = stars.simulated(48, 5, 0.5, np.random.default_rng(1))
    found = stars.judged(stars.step_down, grids)
    assert found["error"] <= 0.06  # 0.04 expected, of a thousand grids
    assert found["seen 2 sd behind"] > 0.9
    assert stars.judged(stars.paired_intervals, grids)["error"] > 0.5


def test_the_quantile_is_that_of_the_studentized_range_and_falls_with_fewer_cells():
    quantiles = [range_quantile(cells, 188) for cells in (48, 24, 12, 2)]
    assert quantiles == sorted(quantiles, reverse=True)
    assert studentized_range.cdf(quantiles[0], 48, 188) == pytest.approx(1 - LEVEL, abs=1e-6)


def test_dunnetts_quantile_is_the_one_of_scipy():
    control, *others = normal(6, 5)
    found = dunnett(*others, control=control, rng=np.random.default_rng(0)).confidence_interval(0.95)
    error = (normal(6, 5).var(axis=1, ddof=1).mean() * 2 / 5) ** 0.5
    np.testing.assert_allclose((found.high - found.low) / 2 / error, stars.dunnett_quantile(5, 24), atol=0.005)
    assert stars.dunnett_quantile(1, 20) == pytest.approx(t.ppf(0.975, 20), abs=0.002)
