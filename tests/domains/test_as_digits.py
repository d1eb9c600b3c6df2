"""MNIST at 8 x 8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from kd_core import mnist
from kd_core.data import DataError, load_dataset
from kd_core.domains import DOMAINS, as_digits
from kd_core.domains.as_digits import brought_down

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "mnist"


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(autouse=True)
def _nothing_kept():
    as_digits.small.cache_clear()
    yield
    as_digits.small.cache_clear()


def one(rows, columns, value=255):
    """An image of a block of that brightness."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, slice(*rows), slice(*columns)] = value
    return image


def test_what_fills_the_box_fills_all_rows_and_six_columns_and_two_thirds():
    small = brought_down(one((4, 24), (4, 24))).reshape(8, 8)
    np.testing.assert_allclose(small, [[1 / 3, 1, 1, 1, 1, 1, 1, 1 / 3]] * 8, atol=1e-6)


def test_a_block_is_spread_over_means_of_two_and_a_half_rows_and_three_columns():
    small = brought_down(one((10, 15), (11, 17), 51)).reshape(8, 8)  # rows 8 to 13 of the window, columns 9 to 15
    np.testing.assert_allclose(small[:, 3], np.array([0, 0, 0, 0.8, 1, 0.2, 0, 0]) * 0.2, atol=1e-6)
    np.testing.assert_array_equal(small[:, 4], small[:, 3])
    assert not small[:, [0, 1, 2, 5, 6, 7]].any()


def test_where_something_is_written_does_not_matter():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 8:18, 9:15] = rng().integers(1, 256, (10, 6))
    for by in ((0, 3), (-8, 0), (10, -9)):
        np.testing.assert_array_equal(brought_down(np.roll(image, by, (1, 2))), brought_down(image))


def test_an_empty_image_stays_empty():
    assert not brought_down(np.zeros((2, 28, 28), np.uint8)).any()


def test_examples_are_drawn_and_labels_stay_with_them(monkeypatch):
    pixels, labels = np.zeros((5001, 28, 28), np.uint8), np.arange(5001)
    pixels[:, 4:24, 4:24] = (labels % 200 + 1)[:, None, None]
    monkeypatch.setattr(mnist, "load", lambda name: (pixels, labels))
    load = DOMAINS["mnist"].load
    inputs, drawn = load(rng())
    assert (inputs.shape, inputs.dtype) == ((3000, 64), np.float32)
    assert len(set(drawn.tolist())) == 3000
    np.testing.assert_allclose(inputs[:, 3] * 255, drawn % 200 + 1, rtol=1e-5)
    np.testing.assert_array_equal(load(rng())[1], drawn)
    assert not np.array_equal(load(rng(1))[1], drawn)


def test_what_cannot_be_had_is_said_and_asked_for_again(monkeypatch, tmp_path):
    monkeypatch.setenv("KD_DATA", str(tmp_path))
    monkeypatch.setenv("KD_DATA_MIRROR", "http://127.0.0.1:9")
    for _ in range(2):
        with pytest.raises(DataError) as problem:
            DOMAINS["mnist"].load(rng())
        assert problem.value.args[0].kind == "data_missing"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_network_of_the_digits_knows_about_six_in_ten_of_mnist(monkeypatch, tmp_path):
    if not REAL.exists():
        pytest.skip(f"no {REAL}")
    (tmp_path / "mnist").mkdir()
    for file in mnist.SHAPES:
        (tmp_path / "mnist" / file).symlink_to(REAL / file)
    monkeypatch.setenv("KD_DATA", str(tmp_path))
    data = load_dataset("digits")
    network = MLPClassifier((256, 256), max_iter=15, batch_size=64, learning_rate_init=0.002, random_state=0)
    network.fit(data.train_inputs, data.train_labels)
    inputs, labels = DOMAINS["mnist"].load(rng())
    assert (inputs.min(), inputs.max()) == (0, 1)
    assert network.score(data.test_inputs, data.test_labels) > 0.95
    assert 0.5 < network.score(inputs, labels) < 0.7
