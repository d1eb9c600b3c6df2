import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kd_core.own.features import LARGEST, feature_count, fit_features
from kd_core.own.prepared import About, Prepared
from tests.own.strategies import prepared_data

NAN = np.nan


def table(numbers, codes=(), values=()):
    numbers = np.array(numbers, np.float32).reshape(len(numbers), -1)
    n = len(numbers)
    codes = np.array(codes, np.int32).reshape(n, len(values))
    columns = tuple(f"c{i}" for i in range(numbers.shape[1] + len(values)))
    about = About("x", "table", ("a", "b"), columns, tuple(values), (0, 0, 0), n)
    return Prepared(about, np.arange(n) % 2, numbers, codes, np.empty((0, 0, 0, 0), np.uint8))


def test_a_missing_number_is_the_median_and_numbers_are_in_standard_deviations():
    data = table([1.0, 2.0, 3.0, NAN, 99.0, 2.0])
    features = fit_features(data, np.arange(4))  # 1, 2, 3, and 2 for what is missing: mean 2, variance 1/2
    root = 2**0.5
    np.testing.assert_allclose(features[:, 0], [-root, 0, root, 0, LARGEST, 0], atol=1e-6)


def test_a_category_is_one_for_its_value_and_nothing_where_it_is_missing():
    data = table([[1, 1]] * 4, [[0, 1], [2, -1], [-1, 0], [1, 1]], (3, 2))
    features = fit_features(data, np.arange(2))
    np.testing.assert_array_equal(
        features, [[0, 0, 1, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 1, 0], [0, 0, 0, 1, 0, 0, 1]]
    )


@pytest.mark.parametrize("seen", [NAN, 5.0])
def test_a_column_that_says_nothing_in_training_says_nothing_at_all(seen):
    features = fit_features(table([[seen, 1], [seen, 2], [NAN, 3], [7, 4]]), np.arange(2))
    assert features.shape == (4, 2)
    assert features[:, 0].tolist() == [0] * 4
    assert features[:2, 1].tolist() == [-1, 1]


def test_the_largest_numbers_there_are_stay_finite():
    most = np.finfo(np.float32).max
    features = fit_features(table([most, -most, most, -most, NAN, 0]), np.arange(4))
    np.testing.assert_allclose(features[:, 0], [1, -1, 1, -1, 0, 0])


def test_pixels_are_from_0_to_1_row_by_row():
    about = About("x", "image", ("a", "b"), (), (), (8, 8, 3), 2)
    pixels = np.arange(2 * 8 * 8 * 3).reshape(2, 8, 8, 3).astype(np.uint8)
    none = np.empty((2, 0), np.float32), np.empty((2, 0), np.int32)
    features = fit_features(Prepared(about, np.arange(2), *none, pixels), np.arange(1))
    assert features.shape == (2, feature_count(about)) == (2, 192)
    np.testing.assert_array_equal(features, pixels.reshape(2, -1).astype(np.float32) / np.float32(255))


@given(prepared_data(), st.integers(1, 39))
def test_features_are_finite_of_known_size_and_number(data, size):
    features = fit_features(data, np.arange(size))
    assert features.dtype == np.float32
    assert features.shape == (data.about.examples, feature_count(data.about))
    assert np.isfinite(features).all()
    assert np.abs(features).max(initial=0) <= LARGEST


@given(prepared_data(), st.randoms(use_true_random=False))
def test_what_is_in_the_test_part_does_not_change_the_training_part(data, random):
    assume(data.about.kind == "table")
    n = data.about.examples
    order = list(range(n))
    random.shuffle(order)
    train, test = np.array(order[:25]), np.array(order[25:])
    numbers, codes = data.numbers.copy(), data.categories.copy()
    numbers[test] = np.float32(random.uniform(-1e30, 1e30))
    codes[test] = -1
    other = dataclasses.replace(data, numbers=numbers, categories=codes)
    one, changed = fit_features(data, train), fit_features(other, train)
    np.testing.assert_array_equal(one[train], changed[train])


@given(prepared_data())
def test_a_test_row_has_the_features_that_it_has_among_other_test_rows(data):
    train = np.arange(30)
    kept = np.arange(31)
    about = dataclasses.replace(data.about, examples=31)
    arrays = {
        name: getattr(data, name)[kept] if len(getattr(data, name)) else getattr(data, name)
        for name in ("labels", "numbers", "categories", "pixels")
    }
    alone = fit_features(Prepared(about, **arrays), train)
    np.testing.assert_array_equal(fit_features(data, train)[:31], alone)
