"""What a sweep begins with, on every data set."""

from __future__ import annotations

import pytest

from kd_core.data import DATASETS, source_of
from kd_core.experiment import Experiment
from kd_core.jobs.cost import of_sweep, seconds
from kd_core.sweeps.grid import AXES, parse_values
from pages.lab.sweep.starts import USUAL, axes_of, first_values, label_counts, start_of


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_axis_begins_with_values_that_are_allowed(dataset: str) -> None:
    base, _ = Experiment.read({"dataset": dataset})
    for axis in axes_of(base.source):
        (found,) = start_of(dataset, [axis]).over
        assert found == (axis, parse_values(axis, first_values(axis, dataset)))
        assert len(found[1]) >= 2
    assert start_of(dataset).base == base
    assert tuple(name for name, _ in start_of(dataset).over) == USUAL


@pytest.mark.parametrize("dataset", DATASETS)
def test_only_images_are_swept_over_shifts(dataset: str) -> None:
    source = DATASETS[dataset]
    assert set(AXES) - set(axes_of(source)) == (set() if source.image else {"shift"})


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_sweep_that_a_data_set_begins_with_is_guessed_to_take_seconds(dataset: str) -> None:
    assert seconds(of_sweep(start_of(dataset))) < 30  # of one core; there are two and more


def test_where_the_student_has_convolutions_the_axis_of_students_has() -> None:
    assert first_values("student", "mnist") == "c4,c8,c4-c8,c8-c16"
    assert first_values("student", "digits") == "4,8,16,32,64"
    assert first_values("student", "iris") == "2,4,8,16"


@pytest.mark.parametrize(
    ("dataset", "counts"),
    [
        ("digits", [50, 100, 200, 400, 0]),
        ("mnist", [20, 50, 100, 200, 500]),
        ("iris", [10, 20, 40, 80, 0]),
        ("breast", [10, 20, 40, 80, 0]),
    ],
)
def test_labels_begin_with_counts_that_suit_the_size(dataset: str, counts: list[int]) -> None:
    assert label_counts(source_of(dataset)) == counts
