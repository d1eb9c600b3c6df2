import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from kd_core.data import (
    DATASETS,
    GRID_EDGE,
    GRID_SIDE,
    POINTS_SHOWN,
    choose_examples,
    choose_labelled,
    flip_labels,
    grid_points,
    load_dataset,
)
from tests.core.helpers import global_seed

pytestmark = pytest.mark.usefixtures("collections")
every_dataset = pytest.mark.parametrize("name", DATASETS)
UNBALANCED = {"breast", "wine", "terrain"}


def rng(seed=0):
    return np.random.default_rng(seed)


def all_rows(data):
    """Inputs and labels of train and test as one sorted list of rows."""
    inputs = np.concatenate([data.train_inputs, data.test_inputs])
    labels = np.concatenate([data.train_labels, data.test_labels])
    return sorted(map(tuple, np.column_stack([inputs, labels]).tolist()))


def assert_equal_data(one, other):
    for name in ("train_inputs", "train_labels", "test_inputs", "test_labels"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@every_dataset
def test_sizes_and_kinds_are_those_of_the_table(name):
    source, data = DATASETS[name], load_dataset(name)
    assert data.train_inputs.shape == (source.train_size, source.features)
    assert data.test_inputs.shape == (source.test_size, source.features)
    assert data.train_labels.shape == (source.train_size,)
    assert data.test_labels.shape == (source.test_size,)
    assert data.classes == source.classes
    assert {data.train_inputs.dtype, data.test_inputs.dtype} == {np.dtype(np.float32)}
    assert {data.train_labels.dtype, data.test_labels.dtype} == {np.dtype(np.int64)}
    assert source.is_plane == (source.features == 2)


@every_dataset
def test_every_class_is_in_train_and_test_about_as_often_as_in_the_whole_set(name):
    data = load_dataset(name)
    everyone = np.bincount(np.concatenate([data.train_labels, data.test_labels]))
    assert name in UNBALANCED or everyone.max() - everyone.min() <= (9 if name == "digits" else 1)
    for labels in (data.train_labels, data.test_labels):
        counts = np.bincount(labels, minlength=data.classes)
        assert len(counts) == data.classes
        assert (counts > 0.6 * len(labels) * everyone / everyone.sum()).all()


@every_dataset
def test_inputs_are_finite_and_lie_within_what_pages_show(name):
    data = load_dataset(name)
    for ids in (data.train_ids, data.test_ids):
        seen = data.seen(ids)
        assert np.isfinite(data.rows(ids)).all()
        assert not data.source.is_plane or np.abs(seen).max() <= GRID_EDGE
        assert not data.source.image or (seen.min() >= 0 and seen.max() <= 1 and seen.max() > 0.9)


@every_dataset
def test_what_people_see_and_what_networks_are_given_are_one_up_to_scale(name):
    data = load_dataset(name, noise=0.1)
    given, seen = data.rows(data.test_ids), data.seen(data.test_ids)
    np.testing.assert_allclose(given, (seen * data.unit - data.shift) * data.scale, atol=1e-4)


@every_dataset
def test_pages_show_two_examples_a_class_and_points_of_a_plane(name):
    data = load_dataset(name)
    shown = data.shown
    assert shown.labels.tolist() == [label for label in range(data.classes) for _ in range(2)]
    rows = {row.tobytes() for row in data.seen(data.test_ids)}
    assert {row.tobytes() for row in shown.inputs} <= rows
    assert len(shown.points) == len(shown.point_labels) == (POINTS_SHOWN if data.source.is_plane else 0)


@every_dataset
def test_the_same_seed_gives_the_same_data_and_another_seed_another_split(name):
    assert_equal_data(load_dataset(name, seed=3), load_dataset(name, seed=3))
    assert not np.array_equal(load_dataset(name, seed=3).test_inputs, load_dataset(name, seed=4).test_inputs)


@every_dataset
def test_global_randomness_and_drawing_data_leave_each_other_alone(name):
    with global_seed(1):
        one = load_dataset(name, noise=0.1)
    with global_seed(2):
        assert_equal_data(one, load_dataset(name, noise=0.1))


def test_train_and_test_of_the_digits_together_are_the_whole_set_once():
    inputs, labels = load_digits(return_X_y=True)
    expected = sorted(map(tuple, np.column_stack([inputs / 16, labels]).tolist()))
    assert all_rows(load_dataset("digits", seed=0)) == expected
    assert all_rows(load_dataset("digits", seed=7)) == expected


@pytest.mark.parametrize("name", [name for name, source in DATASETS.items() if source.is_plane])
def test_train_and_test_of_the_planes_share_no_point(name):
    rows = all_rows(load_dataset(name))
    assert len(set(rows)) == len(rows) == 1000


@every_dataset
def test_noise_moves_every_input_by_its_standard_deviation_and_no_label(name):
    clean, noisy = load_dataset(name), load_dataset(name, noise=0.3)
    for part in ("train", "test"):
        moved = getattr(noisy, f"{part}_inputs") - getattr(clean, f"{part}_inputs")
        moved /= noisy.scale * noisy.unit  # to pixels from 0 to 1
        assert (moved != 0).mean() > 0.999
        error = 0.3 / moved.size**0.5
        assert abs(moved.mean()) < 4 * error
        assert abs(moved.std() - 0.3) < 4 * error
        np.testing.assert_array_equal(getattr(noisy, f"{part}_labels"), getattr(clean, f"{part}_labels"))


def test_an_unknown_name_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match=f"dataset=banana is not allowed.*{', '.join(DATASETS)}"):
        load_dataset("banana")


@given(st.integers(1, 120), st.integers(0, 2**32 - 1))
def test_a_labelled_sample_is_balanced_and_holds_no_example_twice(count, seed):
    labels = rng(seed).permutation(np.arange(120) % 4)  # 30 of each class
    chosen = choose_labelled(labels, count, rng(seed))
    assert len(chosen) == len(set(chosen.tolist())) == count
    counts = np.bincount(labels[chosen], minlength=4)
    assert counts.max() - counts.min() <= 1


def test_a_labelled_sample_stays_balanced_while_examples_last():
    labels = np.array([0] * 3 + [1] * 50 + [2] * 50)
    assert np.bincount(labels[choose_labelled(labels, 43, rng())]).tolist() == [3, 20, 20]


def test_zero_labels_takes_all():
    labels = load_dataset("digits").train_labels
    assert sorted(choose_labelled(labels, 0, rng())) == list(range(1297))


def test_a_smaller_sample_is_the_start_of_a_larger_one():
    labels = load_dataset("digits").train_labels
    np.testing.assert_array_equal(choose_labelled(labels, 300, rng())[:100], choose_labelled(labels, 100, rng()))


def test_samples_differ_by_seed():
    labels = load_dataset("digits").train_labels
    assert set(choose_labelled(labels, 100, rng(0))) != set(choose_labelled(labels, 100, rng(1)))


@given(st.floats(0, 0.9), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_exactly_that_share_of_labels_is_flipped_and_always_to_another_class(share, classes, seed):
    labels = rng(seed).integers(0, classes, 200)
    before = labels.copy()
    flipped = flip_labels(labels, share, classes, rng(seed))
    assert (flipped != labels).sum() == round(share * 200)
    assert flipped.min() >= 0
    assert flipped.max() < classes
    np.testing.assert_array_equal(labels, before)


def test_each_wrong_class_is_equally_likely():
    flipped = flip_labels(np.zeros(9000, np.int64), 0.9, 4, rng())
    assert np.bincount(flipped)[1:] / 8100 == pytest.approx([1 / 3] * 3, abs=0.02)


def test_examples_are_the_first_two_of_each_class_class_by_class():
    assert choose_examples(np.array([1, 0, 1, 2, 1, 0, 0, 2]), 3).tolist() == [1, 5, 0, 2, 3, 7]


def test_grid_points_go_row_by_row_from_the_lower_left_corner():
    points = grid_points()
    assert points.shape == (GRID_SIDE**2, 2)
    assert points.dtype == np.float32
    assert points[[0, GRID_SIDE - 1, -1]].tolist() == [[-1.25, -1.25], [1.25, -1.25], [1.25, 1.25]]
    assert (np.diff(points[:GRID_SIDE, 0]) > 0).all()
    assert (points[:GRID_SIDE, 1] == -1.25).all()
