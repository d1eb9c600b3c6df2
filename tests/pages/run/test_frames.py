"""What the browser is sent is what the snapshots hold."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import numpy as np
import pytest

from kd_core import Experiment
from kd_core.data import GRID_SIDE
from kd_core.jobs import Run
from kd_core.training import run as train
from pages.run.frames import encoded, frame, scene


def trained(query: str) -> Run:
    experiment = Experiment.from_query(query)
    return Run(experiment=experiment, held_out=experiment.load_data().shown, snapshots=list(train(experiment)))


@pytest.fixture(scope="module")
def plane() -> Run:
    return trained("dataset=blobs&teacher=8&teacher_epochs=2&student=4&epochs=3&seeds=3&schedule=2:8:0.5")


def test_means_and_deviations_are_over_seeds(plane: Run) -> None:
    values = plane.snapshots[-1].actors["distilled"].test_accuracy
    sent = frame(plane, len(plane.snapshots) - 1)["actors"]["distilled"]["accuracy"]["test"]
    np.testing.assert_allclose(sent, [values.mean(), values.std(ddof=1)], atol=1e-5)


def test_maps_hold_answer_and_confidence_of_every_grid_point(plane: Run) -> None:
    sent = frame(plane, len(plane.snapshots) - 1)["actors"]["alone"]["map"]
    grid = plane.snapshots[-1].actors["alone"].grid
    assert grid is not None
    answer = np.frombuffer(base64.b64decode(sent["answer"]), np.uint8)
    confidence = np.frombuffer(base64.b64decode(sent["confidence"]), np.uint8)
    assert answer.shape == (GRID_SIDE**2,)
    np.testing.assert_array_equal(answer, grid.argmax(axis=1))
    np.testing.assert_allclose(confidence / 255, grid.max(axis=1), atol=1 / 500)


def test_changes_are_sent_once_they_have_happened(plane: Run) -> None:
    changes = {
        (sent["phase"], sent["epoch"]): sent["changes"]
        for sent in (frame(plane, position) for position in range(len(plane.snapshots)))
    }
    assert changes[("students", 1)] == []
    assert changes[("students", 2)] == [(2, 8.0, 0.5)]
    assert changes[("teacher", 2)] == []


def test_what_is_not_a_number_is_sent_as_null(plane: Run) -> None:
    text = encoded(frame(plane, 0))
    assert json.loads(text)["actors"]["teacher"]["loss"]["test"]["soft"] == [None, None]
    assert "NaN" not in text


def test_the_scene_shows_two_held_out_examples_of_each_class(plane: Run) -> None:
    assert [example["label"] for example in scene(plane)["examples"]] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert scene(plane)["plane"]["side"] == GRID_SIDE


def test_of_a_row_of_a_table_what_is_furthest_from_the_mean_is_named() -> None:
    run = trained("dataset=wine&teacher=8&teacher_epochs=1&student=4&epochs=1&splits=1&seeds=1")
    sent, shown = scene(run), run.held_out
    assert shown is not None
    assert (sent["image"], sent["plane"], sent["ink"]) == (None, None, False)
    for example, features in zip(sent["examples"], shown.inputs, strict=True):
        np.testing.assert_allclose(example["input"], features, atol=0.005)
        values = [abs(one["value"]) for one in example["strongest"]]
        assert values == sorted(values, reverse=True)
        assert values[0] == pytest.approx(abs(features).max(), abs=0.005)
        assert [features[one["feature"] - 1] for one in example["strongest"]] == pytest.approx(
            [one["value"] for one in example["strongest"]], abs=0.005
        )


def test_frames_say_on_how_many_test_examples_their_measures_are(plane: Run) -> None:
    part = replace(plane.snapshots[1].actors["teacher"], tested=100)
    first, *rest = plane.snapshots
    run = Run(
        experiment=plane.experiment,
        held_out=plane.held_out,
        snapshots=[replace(first, actors={"teacher": part}), *rest],
    )
    assert scene(run)["test_size"] == 500
    assert [frame(run, position)["tested"] for position in (0, 1)] == [100, 500]


def test_teachers_of_several_splits_have_a_band_and_means_are_those_of_the_splits() -> None:
    run = trained("dataset=blobs&teacher=8&teacher_epochs=20&student=8&epochs=20&seeds=3&splits=2")
    values = run.snapshots[2].actors["teacher"].test_accuracy
    assert scene(run)["splits"] == len(values) == 2
    sent = frame(run, 2)["actors"]["teacher"]["accuracy"]["test"]
    np.testing.assert_allclose(sent, [values.mean(), values.std(ddof=1)], atol=1e-5)
    last = frame(run, len(run.snapshots) - 1)
    alone, distilled = (run.snapshots[-1].actors[actor].test_accuracy for actor in ("alone", "distilled"))
    mean = (distilled[[0, 2]].mean() + distilled[1]) / 2
    assert last["actors"]["distilled"]["accuracy"]["test"][0] == pytest.approx(mean, abs=1e-5)
    assert last["gain"] == pytest.approx(mean - (alone[[0, 2]].mean() + alone[1]) / 2, abs=2e-5)


def test_where_a_network_has_collapsed_there_is_no_gain_to_draw() -> None:
    dead = trained("optimizer=sgd&learning_rate=30&labels=50&teacher=8&teacher_epochs=2&student=8&epochs=3&seeds=2")
    assert frame(dead, len(dead.snapshots) - 1)["gain"] is None


@pytest.mark.parametrize(
    ("kind", "unit", "looks"),
    [
        ("forest", "trees", [1, 2, 5, 10]),
        ("histogram", "rounds", [1, 2, 5, 10]),
        ("knn", "fit", [1]),
        ("network+knn", "kinds", [0, 1, 2, 3, 4]),  # the network's epochs, the neighbours, then both together
    ],
)
def test_a_teacher_is_seen_as_often_as_its_kind_grows(kind: str, unit: str, looks: list[int]) -> None:
    run = trained(
        f"dataset=blobs&teacher_kind={kind}&teacher_trees=10&teacher=8&teacher_epochs=2&student=4&epochs=1&seeds=2"
    )
    sent = scene(run)
    frames = [frame(run, position) for position in range(len(run.snapshots))]
    assert (sent["unit"], sent["taught"], sent["epochs"]) == (unit, len(looks), {"teacher": looks[-1], "students": 1})
    assert [one["epoch"] for one in frames if one["phase"] == "teacher"] == looks
    assert [one["phase"] for one in frames[len(looks) :]] == ["students", "students"]
    taught = run.snapshots[len(looks) - 1].actors["teacher"].test_accuracy
    assert f"{100 * taught.mean():.1f} %" in frames[-1]["reading"]["en"]["more"]
    assert frames[0]["actors"]["teacher"]["map"] is not None


def test_a_teacher_that_knows_its_rows_only_has_no_map(plane: Run) -> None:
    first, *rest = plane.snapshots
    blind = replace(first, actors={"teacher": replace(first.actors["teacher"], grid=None)})
    run = Run(experiment=plane.experiment, held_out=plane.held_out, snapshots=[blind, *rest])
    assert frame(run, 0)["actors"]["teacher"]["map"] is None
