"""What other domains do to examples, worked by hand on small ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kd_core.domains import DOMAINS
from kd_core.domains.changes import turned
from kd_core.sources import SOURCES, Source, domains, numbered

CHANGES = [name for name, domain in DOMAINS.items() if domain.apply]
PIXELS = [name for name in CHANGES if name not in ("noisy", "moved")]
SHAPES = [(1, 8, 8), (1, 14, 14), (1, 28, 28), (3, 8, 8), (1, 5, 12), (1, 1, 1)]


def of_shape(*shape, classes=3, is_plane=False):
    return Source("drawn", shape, numbered(classes), 10, 10, is_plane=is_plane)


def rng(seed=0):
    return np.random.default_rng(seed)


def changed(domain, seen, source, labels=None, seed=0):
    seen = np.asarray(seen, np.float32).reshape(-1, source.features)
    labels = np.arange(len(seen)) % source.classes if labels is None else np.array(labels)
    return DOMAINS[domain].apply(seen, labels, source, rng(seed))


def image(domain, rows):
    """A small image in that domain, as rows."""
    pixels = np.array(rows, np.float32)
    return changed(domain, pixels, of_shape(1, *pixels.shape)).reshape(pixels.shape).tolist()


# Which fit


def test_every_domain_fits_what_it_can_be_made_of():
    assert domains(SOURCES["digits"]) == ("noisy", "thick", "turned", "inverted", "shifted", "mnist")
    assert domains(SOURCES["mnist28"]) == ("noisy", "thick", "turned", "inverted", "shifted")
    assert domains(SOURCES["blobs"]) == ("noisy", "turned", "moved")
    assert domains(SOURCES["iris"]) == domains(SOURCES["terrain"]) == ("noisy", "moved")


@pytest.mark.parametrize("name", DOMAINS)
def test_a_domain_has_either_the_same_examples_or_others_and_a_title(name):
    domain = DOMAINS[name]
    assert (domain.apply is None) != (domain.load is None)
    assert [other.title for other in DOMAINS.values()].count(domain.title) == 1


def test_there_is_no_change_to_a_domain_of_other_examples():
    assert [name for name, domain in DOMAINS.items() if domain.apply is None] == ["mnist"]
    assert [name for name, domain in DOMAINS.items() if domain.load is not None] == ["mnist"]


# By hand


def test_inverted_is_one_minus_each_pixel():
    assert image("inverted", [[0, 1], [0.25, 0.5]]) == [[1, 0], [0.75, 0.5]]


def test_shifted_loses_the_right_column_and_gains_zeros_on_the_left():
    assert image("shifted", [[1, 0.5, 0.25], [0, 1, 1]]) == [[0, 1, 0.5], [0, 0, 1]]


@pytest.mark.parametrize(("side", "by"), [(8, 1), (14, 1), (16, 2), (28, 3)])
def test_wider_images_are_shifted_by_an_eighth_of_their_width(side, by):
    rows = np.zeros((side, side))
    rows[:, 2] = 1
    assert np.flatnonzero(np.array(image("shifted", rows)).all(axis=0)).tolist() == [2 + by]


def test_one_pixel_grows_by_half_of_its_brightness_in_every_direction():
    rows = np.zeros((5, 5))
    rows[1, 2] = 0.5
    thick = np.array(image("thick", rows))
    assert thick[:3, 1:4].tolist() == [[0.25, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.25]]
    assert thick.sum() == 0.5 + 8 * 0.25


def test_an_image_turns_against_the_clock_about_its_middle():
    rows = np.zeros((9, 9), np.float32)
    rows[4, 4] = rows[4, 7] = 1  # the middle, and three to the right of it
    turned_rows = np.array(image("turned", rows))
    assert turned_rows[4, 4] == pytest.approx(1)
    rows[4, 4] = turned_rows[4, 4] = 0
    y, x = np.unravel_index(turned_rows.argmax(), (9, 9))
    assert (y, x) == (3, 7)  # 3 cos 20 = 2.8 to the right, 3 sin 20 = 1.0 up


@pytest.mark.parametrize("shape", [(1, 9, 9), (3, 8, 8)])
def test_an_image_that_turns_by_ninety_degrees_is_the_array_turned(shape):
    seen = rng().random((4, *shape), np.float32)
    found = turned(seen.reshape(4, -1), np.zeros(4), of_shape(*shape), rng(), 90)
    np.testing.assert_allclose(found.reshape(seen.shape), np.rot90(seen, axes=(2, 3)), atol=1e-5)


def test_an_image_that_turns_there_and_back_is_nearly_what_it_was():
    y, x = np.mgrid[:28, :28] - 13.5
    seen = np.exp(-(x**2 + (y / 1.8) ** 2) / 14).astype(np.float32).reshape(1, -1)
    source, label = of_shape(1, 28, 28), np.zeros(1)
    there = turned(seen, label, source, rng())
    assert np.abs(there - seen).max() > 0.15
    np.testing.assert_allclose(turned(there, label, source, rng(), -20), seen, atol=0.05)


def test_a_plane_turns_by_twenty_degrees_about_its_middle():
    source = of_shape(2, is_plane=True)
    cosine, sine = np.cos(np.pi / 9), np.sin(np.pi / 9)
    points = changed("turned", [[1, 0], [0, 0.5], [0, 0]], source)
    np.testing.assert_allclose(points, [[cosine, sine], [-0.5 * sine, 0.5 * cosine], [0, 0]], atol=1e-6)
    np.testing.assert_allclose(turned(points, np.zeros(3), source, rng(), -20), [[1, 0], [0, 0.5], [0, 0]], atol=1e-6)


def test_the_last_class_of_a_plane_moves_and_no_other():
    points = changed("moved", [[0, 0], [-0.5, 0.5], [0.5, 0]], of_shape(2, is_plane=True), labels=[0, 2, 1])
    np.testing.assert_allclose(points, [[0, 0], [-0.05, 0.8], [0.5, 0]], atol=1e-6)


def test_the_last_class_of_a_table_moves_toward_the_others_in_every_second_feature():
    seen = [[0, 0, 0, 0], [2, 2, -3, -3], [4, 4, -3, -3]]
    rows = changed("moved", seen, of_shape(4, classes=2), labels=[0, 1, 1])
    assert rows.tolist() == [[0, 0, 0, 0], [1, 2, -2, -3], [3, 4, -2, -3]]


def test_nothing_moves_where_nobody_is_of_the_last_class():
    assert changed("moved", [[1, 2], [3, 4]], of_shape(2), labels=[0, 1]).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("source", "deviation"),
    [(of_shape(1, 8, 8), 0.3), (of_shape(2, is_plane=True), 0.1), (of_shape(6), 0.5)],
)
def test_noise_has_the_deviation_that_suits_the_data(source, deviation):
    seen = rng(1).random((20_000, source.features), np.float32)
    noise = changed("noisy", seen, source) - seen
    error = deviation / noise.size**0.5
    assert abs(noise.mean()) < 4 * error
    assert abs(noise.std() - deviation) < 4 * error


# Of all


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("source", [*(of_shape(*shape) for shape in SHAPES), of_shape(2, is_plane=True), of_shape(7)])
def test_what_comes_out_is_as_large_as_what_went_in_which_stays(name, source):
    if not DOMAINS[name].fits(source):
        return
    seen = rng().random((6, source.features), np.float32)
    before = seen.copy()
    found = changed(name, seen, source)
    assert (found.shape, found.dtype) == (seen.shape, np.float32)
    np.testing.assert_array_equal(seen, before)
    np.testing.assert_array_equal(found, changed(name, seen, source))
    assert np.array_equal(found, changed(name, seen, source, seed=1)) == (name != "noisy")
    assert source.features == 1 or not np.array_equal(found, seen)
    assert changed(name, seen[:0], source).shape == (0, source.features)


@pytest.mark.parametrize("name", PIXELS)
@given(shape=st.sampled_from(SHAPES), seed=st.integers(0, 99))
def test_pixels_stay_from_nothing_to_one(name, shape, seed):
    seen = rng(seed).random((3, *shape), np.float32).round()
    found = changed(name, seen, of_shape(*shape))
    assert found.min() >= 0
    assert found.max() <= 1


@pytest.mark.parametrize("name", PIXELS)
def test_images_and_channels_are_changed_each_alone(name):
    seen = rng().random((4, 3, 8, 8), np.float32)
    together = changed(name, seen, of_shape(3, 8, 8)).reshape(seen.shape)
    alone = np.array([[changed(name, one, of_shape(1, 8, 8)).reshape(8, 8) for one in channels] for channels in seen])
    np.testing.assert_allclose(together, alone, atol=1e-6)
