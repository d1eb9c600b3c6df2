"""From forest to network: what splits come to, worked by hand; what the page offers; what its sentences say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kd_core.data import source_of
from kd_core.experiment import Experiment
from kd_core.sweeps.grid import Sweep
from kd_core.sweeps.intervals import Interval
from pages.learn.forest import figures as shown
from pages.learn.forest.analysis import (
    Cost,
    Found,
    OfSplit,
    OfTeacher,
    behind,
    best_teachers,
    lesson,
    most_accurate,
    ratio,
)
from pages.learn.forest.cases import OFFERED, TEACHERS, axes, six_teachers, start_of
from pages.learn.forest.chosen import labels_of
from pages.ui.words import Words

EN, DE = (Words("forest", language) for language in ("en", "de"))


def of_split(split: int, teacher: float, alone: list[float], distilled: list[float], **costs: Cost) -> OfSplit:
    values: dict[str, Any] = {"pipeline_cost": Cost(2000, 4.0, 8.0), "network_cost": Cost(1000, 0.5, 16.0)} | costs
    pairs = [np.array(each) for each in (alone, distilled, alone, distilled)]
    return OfSplit(split, teacher, *pairs, **values)


TWO = Found([of_split(0, 0.9, [0.7, 0.8], [0.8, 0.9]), of_split(1, 0.5, [0.6, 0.6], [0.7, 0.9])])


def taught(kind: str, teacher: float, gains: list[float]) -> OfTeacher:
    alone = np.full(len(gains), 0.5)
    return OfTeacher(kind, np.full(3, teacher), alone, alone + np.array(gains))


def test_differences_are_paired_within_a_split() -> None:
    assert TWO.gain.mean == pytest.approx((0.1 + 0.1 + 0.1 + 0.3) / 4)
    assert (TWO.gain.n, TWO.gain.splits) == (4, 2)
    assert TWO.gain.std == pytest.approx(np.std([0.1, 0.2], ddof=1))  # of the splits' means
    assert TWO.gap.mean == pytest.approx((-0.1 + 0.0 + 0.2 + 0.4) / 4)


def test_a_pipeline_is_one_value_a_split() -> None:
    assert (TWO.mean("teacher").n, TWO.mean("alone").n) == (2, 4)
    assert TWO.mean("teacher").mean == pytest.approx(0.7)


def test_a_collapsed_student_takes_its_pair_out_and_is_counted() -> None:
    found = Found([of_split(0, 0.9, [math.nan, 0.8], [0.8, 0.9]), TWO.splits[1]])
    assert (found.lost, found.gain.n) == (1, 3)
    assert found.gain.mean == pytest.approx((0.1 + 0.2) / 2)


def test_costs_are_medians_over_splits_and_ratios_those_of_the_pipeline_to_the_network() -> None:
    dear = of_split(2, 0.5, [0.6], [0.7], pipeline_cost=Cost(9000, 400.0, 800.0))
    found = Found([*TWO.splits, dear])
    assert found.pipeline_cost == Cost(2000, 4.0, 8.0)
    assert ratio(found.pipeline_cost, found.network_cost) == {"size": 2.0, "row": 8.0, "thousand": 0.5}


def test_a_network_that_is_larger_or_slower_is_said_to_be() -> None:
    said = [shown.times_text(EN, which, more) for which, more in (("size", 0.1), ("row", 0.5), ("row", 1.02))]
    assert said == ["10 times larger", "2.0 times slower", "about the same"]
    assert shown.times_text(EN, "size", 1443) == "1\u2009400 times smaller"
    assert shown.times_text(DE, "thousand", 3.26) == "3,3-mal schneller"


@pytest.mark.parametrize(("size", "text"), [(13_911_561, "13.9 MB"), (9640, "9.64 kB"), (400, "0.4 kB")])
def test_sizes_have_three_digits_and_a_unit(size: int, text: str) -> None:
    assert shown.size_text(EN, size) == text


@pytest.mark.parametrize(
    ("low", "high", "next_low", "word"),
    [(0.1, 0.3, 0.05, "better"), (0.1, 0.3, -0.05, "on_average"), (-0.1, 0.3, -0.2, "same")],
)
def test_a_difference_holds_only_if_the_next_split_is_expected_to_agree(
    low: float, high: float, next_low: float, word: str
) -> None:
    found = Interval(10, 0.2, 0.1, low, high, 5, next_low, 0.5)
    assert shown.verdict_word(found) == word


def test_the_best_teacher_comes_first_with_those_that_it_cannot_be_told_from() -> None:
    good = [0.10, 0.11, 0.09, 0.10, 0.11, 0.09]
    near = [0.09, 0.11, 0.10, 0.10, 0.10, 0.10]
    bad = [-0.1, -0.11, -0.09, -0.1, -0.11, -0.09]
    each = [taught("svm", 0.99, bad), taught("logistic", 0.9, good), taught("network", 0.95, near)]
    best = best_teachers(each)
    assert set(best) == {"logistic", "network"}
    assert most_accurate(each).kind == "svm"
    assert behind(each[1], each[0]).mean == pytest.approx(0.2)
    assert lesson(each[0]).gain.mean == pytest.approx(-0.1)


def test_a_teacher_whose_students_all_collapsed_in_a_split_is_not_the_best() -> None:
    lost = taught("svm", 0.9, [math.nan, 0.9, 0.9, math.nan, 0.9, 0.9])
    assert best_teachers([lost, taught("knn", 0.8, [0.1, 0.1, 0.2, 0.1, 0.1, 0.2])]) == ["knn"]
    assert best_teachers([lost]) == []


@pytest.mark.parametrize("dataset", OFFERED)
def test_what_the_page_trains_can_be_opened_elsewhere(dataset: str) -> None:
    experiment = start_of(dataset)
    assert Experiment.from_query(experiment.to_query()) == experiment
    assert (experiment.labels, experiment.temperature, experiment.kinds) == (0, 1.0, ("forest",))
    sweep = Sweep.parse(experiment.replace(splits=1, seeds=5), axes(experiment))
    assert Sweep.from_query(sweep.to_query()) == sweep
    assert any((cell.learning_rate, cell.alpha) == (experiment.learning_rate, experiment.alpha) for cell in sweep.cells)


@pytest.mark.parametrize("dataset", OFFERED)
def test_six_teachers_teach_the_same_student(dataset: str) -> None:
    asked = six_teachers(dataset)
    assert tuple(asked) == TEACHERS
    assert {one.replace(teacher_kind="network") for one in asked.values()} == {asked["network"]}
    assert {one.labels for one in asked.values()} == {100}


def test_labels_fit_the_data_and_end_with_all() -> None:
    assert labels_of("iris") == (20, 50, 0)
    assert labels_of("digits")[-2:] == (1000, 0)
    assert min(labels_of("digits")[:-1]) >= source_of("digits").classes


def test_a_chart_of_nothing_says_so() -> None:
    assert shown.accuracy(EN, None, "forest").text == EN("accuracy.alt_empty")
    assert shown.cost(EN, None, "forest").text == EN("cost.alt_empty")
    assert shown.teachers(EN, []).text == EN("teachers.alt_empty")


def test_charts_tell_their_numbers_in_words() -> None:
    assert "forest (teacher): 70.0 %" in shown.accuracy(EN, TWO, "forest").text.replace("<br>", " ")
    assert "Size on disk: 2 kB against 1 kB." in shown.cost(EN, TWO, "forest").text
    text = shown.teachers(EN, [taught("knn", 0.8, [0.1] * 6)]).text
    assert f"{shown.kind_name(EN, 'knn')}: 80.0 % right, students gain +10.00 points." in text
