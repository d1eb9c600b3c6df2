from math import prod

import numpy as np
import pytest
from sklearn import datasets
from sklearn.preprocessing import StandardScaler

from kd_core import mnist, sources
from kd_core.data import load_dataset
from kd_core.experiment import DEFAULTS, Experiment
from kd_core.sources import SOURCES
from tests.core.helpers import images_in_place_of_collections

every_source = pytest.mark.parametrize("name", SOURCES)
TABLES = {name: source for name, source in SOURCES.items() if source.load and not source.image}
COLLECTIONS = {name: source for name, source in SOURCES.items() if source.load and source.image}
DRAWN = {name: source for name, source in SOURCES.items() if source.draw}


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture
def tables():
    """What tables were read from stays in no cache."""
    sources.table.cache_clear()
    yield
    sources.table.cache_clear()


@pytest.fixture
def pixels(monkeypatch):
    """Four images of 28 x 28 pixels, any bytes, in the place of each collection, and nothing of them in a cache."""
    drawn = rng().integers(0, 256, (4, 28, 28), np.uint8)
    monkeypatch.setattr(mnist, "load", lambda name: (drawn, np.arange(4)))
    sources.images.cache_clear()
    yield drawn
    sources.images.cache_clear()


# Facts


@every_source
def test_what_is_known_of_a_source_agrees_with_itself(name):
    source = SOURCES[name]
    assert (source.draw is None) != (source.load is None)
    assert source.features == prod(source.shape)
    assert source.classes == len(set(source.class_names)) == len(source.class_names) >= 2
    assert source.is_plane == (source.shape == (2,))
    assert (source.image is None) == (len(source.shape) == 1)
    assert source.is_small == (source.test_size <= 200)
    assert min(source.train_size, source.test_size) >= 2 * source.classes


def test_titles_differ():
    assert len({source.title for source in SOURCES.values()}) == len(SOURCES)


def test_an_image_has_height_and_width_and_channels_where_there_are_several():
    assert SOURCES["digits"].image == (8, 8)
    assert (SOURCES["mnist"].image, SOURCES["mnist28"].image) == ((14, 14), (28, 28))
    assert sources.Source("colours", (3, 4, 5), ("a", "b"), 1, 1).image == (4, 5, 3)
    assert SOURCES["iris"].image is None


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn_has_the_size_the_classes_and_the_shape_that_are_told(name):
    source = SOURCES[name]
    inputs, labels = source.draw(rng())
    assert inputs.shape == (source.train_size + source.test_size, source.features)
    assert sorted(set(labels.tolist())) == list(range(source.classes))


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_size_the_classes_and_the_columns_that_are_told(name):
    source = SOURCES[name]
    pool = source.load()
    assert pool.inputs.shape == (source.train_size + source.test_size, source.features)
    assert sorted(set(pool.labels.tolist())) == list(range(source.classes))
    assert np.isfinite(pool.inputs).all()


@pytest.mark.parametrize(("name", "of_sklearn"), [("breast", "load_breast_cancer"), ("iris", "load_iris")])
def test_classes_are_called_as_the_table_calls_them(name, of_sklearn):
    assert SOURCES[name].class_names == tuple(getattr(datasets, of_sklearn)().target_names)


def test_a_collection_has_the_size_and_the_pixels_that_are_published():
    (train, *sides), _, (test, *_), _ = mnist.SHAPES.values()
    for name, source in COLLECTIONS.items():
        assert (source.train_size, source.test_size, source.classes) == (train, test, 10)
        side = 28 if name.endswith("28") else 14
        assert source.shape == (1, side, side)
        assert [side, side] in (sides, [half // 2 for half in sides])
    assert {name.removesuffix("28") for name in COLLECTIONS} == set(mnist.NAMES)


# Images


def test_images_of_half_the_size_are_means_of_two_by_two_pixels_by_hand(pixels):
    pixels[0, :2, :6] = [[0, 1, 10, 20, 255, 255], [0, 0, 30, 41, 255, 255]]
    halved = SOURCES["mnist"].load().inputs.reshape(4, 14, 14)
    assert halved[0, 0, :3].tolist() == [0, 25, 255]  # 1 / 4, 101 / 4, and 255 without running over


def test_means_are_rounded_half_up(pixels):
    exact = pixels.reshape(4, 14, 2, 14, 2).astype(float).mean(axis=(2, 4))
    halved = SOURCES["kmnist"].load().inputs.reshape(4, 14, 14)
    np.testing.assert_array_equal(halved, np.floor(exact + 0.5))
    assert halved.dtype == np.uint8


def test_images_of_more_than_a_part_are_halved_as_one(pixels, monkeypatch):
    many = rng().integers(0, 256, (5001, 28, 28), np.uint8)
    monkeypatch.setattr(mnist, "load", lambda name: (many, np.zeros(5001, np.int64)))
    exact = many.reshape(5001, 14, 2, 14, 2).astype(np.float32).mean(axis=(2, 4))
    pool = SOURCES["mnist"].load()
    np.testing.assert_array_equal(pool.inputs.reshape(5001, 14, 14), np.floor(exact + 0.5))
    assert pool.shift == pytest.approx(pool.inputs.mean(dtype=float))


@pytest.mark.parametrize("name", ["mnist", "fashion28"])
def test_pixels_are_kept_as_bytes_beside_their_mean_and_deviation(name, pixels):
    pool = SOURCES[name].load()
    assert pool.inputs.dtype == np.uint8
    assert pool.inputs.shape == (4, SOURCES[name].features)
    assert pool.shift == pytest.approx(pool.inputs.mean(dtype=float))
    assert 1 / pool.scale == pytest.approx(pool.inputs.astype(float).std())
    assert name != "fashion28" or np.array_equal(pool.inputs.reshape(4, 28, 28), pixels)


# Once in a process


def test_collected_examples_are_there_once(pixels):
    for source in SOURCES.values():
        if source.load:
            assert source.load() is source.load()


def test_splits_of_a_collection_hold_ids_and_no_images():
    with images_in_place_of_collections(40, 20):
        one, other = (load_dataset("mnist", seed=seed) for seed in (0, 1))
    assert one.inputs is other.inputs
    assert one.labels is other.labels
    assert one.inputs.base is None or one.inputs.base.dtype == np.uint8
    assert sorted([*one.train_ids, *one.test_ids]) == sorted([*other.train_ids, *other.test_ids])


# Tables


@pytest.mark.parametrize(("name", "of_sklearn"), [("iris", "load_iris"), ("wine", "load_wine")])
def test_columns_are_standardised_by_the_training_part(name, of_sklearn):
    data = load_dataset(name, seed=3)
    raw, _ = getattr(datasets, of_sklearn)(return_X_y=True)
    np.testing.assert_allclose(data.train_inputs.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(data.train_inputs.std(0), 1, atol=1e-5)
    mean, deviation = raw[data.train_ids].mean(0), raw[data.train_ids].std(0)
    np.testing.assert_allclose(data.test_inputs, (raw[data.test_ids] - mean) / deviation, rtol=1e-4, atol=1e-5)
    scaler = StandardScaler().fit(raw[data.train_ids])
    np.testing.assert_allclose(data.test_inputs, scaler.transform(raw[data.test_ids]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("part", "stays"), [("test_ids", True), ("train_ids", False)])
def test_features_of_the_training_part_know_nothing_of_the_test_part(part, stays, monkeypatch, tables):
    before = load_dataset("iris")
    inputs, labels = datasets.load_iris(return_X_y=True)
    inputs[getattr(before, part)[:9]] += 100
    monkeypatch.setattr(datasets, "load_iris", lambda return_X_y: (inputs, labels))  # noqa: N803
    sources.table.cache_clear()
    after, rest = load_dataset("iris"), slice(9, None)
    assert np.array_equal(after.train_ids, before.train_ids)
    assert np.array_equal(after.train_inputs[rest], before.train_inputs[rest]) == stays
    assert np.array_equal(after.test_inputs[rest], before.test_inputs[rest]) == stays


# Links


@every_source
def test_what_is_suggested_is_an_experiment_and_a_link_to_the_data_set_says_no_more(name):
    source = SOURCES[name]
    experiment = Experiment(dataset=name, **source.suggested)
    assert Experiment.from_query(f"dataset={name}") == experiment
    assert Experiment.read({"dataset": name}) == (experiment, {})
    assert experiment.to_query() == (f"dataset={name}" if name != DEFAULTS["dataset"] else "")
    assert {field: getattr(experiment, field) for field in source.suggested} == source.suggested


@every_source
def test_the_suggested_student_is_the_smaller_network(name):
    experiment = Experiment.read({"dataset": name})[0]
    teacher, student = (
        sum(layer.parameters for layer in network.layers)
        for network in (experiment.teacher_network, experiment.student_network)
    )
    assert student < teacher
