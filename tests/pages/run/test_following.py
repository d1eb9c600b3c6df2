"""What follows from a choice."""

from __future__ import annotations

from typing import Any

import pytest

from kd_core import Experiment
from kd_core.experiment import SETTINGS
from pages.run.following import fields_of, fitted, followed


@pytest.mark.parametrize(
    ("before", "changes", "brings"),
    [
        ({}, {"teacher_kind": "forest"}, {"temperature": 1.0}),
        ({"temperature": 8.0}, {"teacher_kind": "forest"}, {"temperature": 8.0}),  # moved by hand
        ({"teacher_kind": "knn", "temperature": 1.0}, {"teacher_kind": "network"}, {"temperature": 4.0}),
        ({}, {"target": "thick"}, {"extra": 5, "extra_kind": "target"}),
        ({"extra": 2}, {"target": "thick"}, {"extra": 2, "extra_kind": "target"}),
        (
            {"target": "thick", "extra": 5, "extra_kind": "target", "target_labels": 20},
            {"target": ""},
            {"extra": 0, "extra_kind": "noise", "target_labels": 0},
        ),
        ({"target": "thick", "extra": 9, "extra_kind": "target"}, {"target": ""}, {"extra": 9, "extra_kind": "noise"}),
        (
            {"teacher_kind": "network+forest", "teachers": 3, "teacher_weights": "1:1:1:0:0:0"},
            {"teacher_kind": "knn"},
            {"teachers": 1, "teacher_weights": ""},
        ),
        ({"teacher_kind": "network+knn", "teacher_weights": "1:0"}, {"teachers": 2}, {"teacher_weights": ""}),
    ],
)
def test_a_choice_brings_what_a_link_that_names_it_would(
    before: dict[str, Any], changes: dict[str, Any], brings: dict[str, Any]
) -> None:
    fields = followed(Experiment(**before), changes)
    assert {name: fields[name] for name in brings} == brings
    assert Experiment(**fields) == Experiment(**fields_of(Experiment(**before)) | changes | brings)


@pytest.mark.parametrize("kind", ["forest", "logistic+knn"])
def test_what_is_chosen_by_hand_is_what_a_link_would_have_opened(kind: str) -> None:
    assert Experiment(**followed(Experiment(), {"teacher_kind": kind})) == Experiment.read({"teacher_kind": kind})[0]


def test_what_does_not_fit_other_data_goes_back_to_its_default_and_the_rest_stays() -> None:
    images = Experiment(target="thick", extra=5, extra_kind="target", shift=2, alpha=0.3)
    found = Experiment(**fitted(fields_of(images) | {"dataset": "blobs"}, {"dataset"}))
    assert found == Experiment(dataset="blobs", extra=5, alpha=0.3)


def test_a_choice_that_is_wrong_itself_is_left_for_its_message() -> None:
    fields = followed(Experiment(), {"target_labels": 5})
    assert fields["target_labels"] == 5
    assert fields.keys() == SETTINGS.keys()


def test_a_file_of_other_data_leaves_a_teacher_without_a_file() -> None:
    name = "answers-" + "0" * 32
    fields = fields_of(Experiment()) | {"teacher_kind": "file", "teacher_file": name, "dataset": "iris", "labels": 50}
    assert Experiment(**fitted(fields, {"dataset"})) == Experiment(dataset="iris", labels=50)
