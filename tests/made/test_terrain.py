"""The table that is made here."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from kd_core.made.terrain import terrain
from kd_core.sources import SOURCES

LIGHT = slice(7, 10)
AREA, SOIL = slice(10, 14), slice(14, 22)


@pytest.fixture(scope="module")
def drawn():
    return terrain(np.random.default_rng(0))


def test_numbers_are_in_deviations_and_area_and_soil_one_of_several(drawn):
    inputs, _ = drawn
    np.testing.assert_allclose(inputs[:, :10].mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(inputs[:, :10].std(axis=0), 1, atol=1e-9)
    for part in (AREA, SOIL):
        assert set(np.unique(inputs[:, part])) == {0, 1}
        assert (inputs[:, part].sum(axis=1) == 1).all()
        assert (inputs[:, part].sum(axis=0) > 40).all()


def test_covers_differ_in_how_often_they_are_and_the_rarest_is_three_in_a_hundred():
    shares = np.mean(
        [np.bincount(terrain(np.random.default_rng(seed))[1], minlength=7) / 4500 for seed in range(10)], axis=0
    )
    assert shares.sum() == pytest.approx(1)
    assert shares.min() == pytest.approx(0.03, abs=0.005)
    assert SOURCES["terrain"].class_names[shares.argmin()] == "cottonwood"
    assert SOURCES["terrain"].class_names[shares.argmax()] == "lodgepole"
    assert 0.3 < shares.max() < 0.4


def test_light_follows_from_slope_and_aspect(drawn):
    """A slope toward the east is bright in the morning and dark in the evening."""
    inputs, _ = drawn
    aspect, steep = (inputs[:, 1] - inputs[:, 1].min()) / np.ptp(inputs[:, 1]) * 360, inputs[:, 2] > 1
    morning, noon, evening = inputs[:, LIGHT].T
    east, west = (steep & (abs(aspect - middle) < 30) for middle in (105, 255))
    assert morning[east].min() > evening[east].max()
    assert morning[west].max() < evening[west].min()
    assert noon[steep & (abs(aspect - 180) < 30)].min() > noon[steep & (abs(aspect - 180) > 150)].max()


def test_krummholz_is_highest_and_cottonwood_lowest_and_nearest_to_water(drawn):
    inputs, labels = drawn
    names = SOURCES["terrain"].class_names
    elevation, _, _, water = (
        {name: inputs[labels == label, column].mean() for label, name in enumerate(names)} for column in range(4)
    )
    assert max(elevation, key=elevation.get) == "krummholz"
    assert min(elevation, key=elevation.get) == min(water, key=water.get) == "cottonwood"


def test_a_forest_does_well_but_not_perfectly_and_straight_borders_worse(drawn):
    inputs, labels = drawn
    train, test = slice(3000), slice(3000, None)
    forest = RandomForestClassifier(100, random_state=0).fit(inputs[train], labels[train])
    straight = LogisticRegression(max_iter=500).fit(inputs[train], labels[train])
    assert 0.85 < forest.score(inputs[test], labels[test]) < 0.92
    assert straight.score(inputs[test], labels[test]) < forest.score(inputs[test], labels[test]) - 0.06
