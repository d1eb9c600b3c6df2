"""Dark knowledge: the map and the left-out class show what was computed, and nothing before the guess."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from kd_core.data import source_of
from kd_core.experiment import Experiment
from kd_core.jobs import Jobs, OnWorker, Study
from kd_core.sources import SOURCES, numbered
from kd_core.sweeps.grid import Sweep
from kd_core.sweeps.intervals import Interval, interval, paired_difference
from pages.learn.dark_knowledge import figures, views
from pages.learn.dark_knowledge.analysis import (
    ALONE,
    CONDITIONS,
    NUDGES,
    Accuracies,
    Result,
    Rivals,
    Stage,
    TeacherOnTest,
    case_of,
    closest_pairs,
    elsewhere,
)
from pages.learn.dark_knowledge.chosen import fields_of
from pages.ui.address import place, take
from pages.ui.messages import plain
from pages.ui.numbers import fine_percent
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, settle, study_of

RUNS = OnWorker("pages.learn.dark_knowledge.runs")

EXPERIMENT = case_of("digits").experiment
DIGITS = source_of("digits").class_names
HOT = len(CONDITIONS) - 1
EN, DE = (Words("dark_knowledge", language) for language in ("en", "de"))
SEEN = {"missing_3": ""}


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in page.markdown)


def result_of(service: Jobs, *missing: int, dataset: str = "digits") -> Result:
    result = study_of(service, RUNS.leave_out, dataset, missing).values[-1]
    assert isinstance(result, Result)
    return result


def teacher_of(service: Jobs, dataset: str = "digits") -> TeacherOnTest:
    teacher = study_of(service, RUNS.teach, dataset).values[-1]
    assert isinstance(teacher, TeacherOnTest)
    return teacher


def headings(page: AppTest) -> list[str]:
    return [header.value for header in page.header]


@pytest.mark.parametrize("w", [EN, DE], ids=["en", "de"])
def test_the_page_says_everything_in_the_readers_language(learn: Learn, w: Words) -> None:
    page = learn("dark_knowledge", lang=w.language, guesses=SEEN)
    assert page.title[0].value == Words("frame", w.language)("pages.dark_knowledge")
    assert headings(page) == [w(f"{part}.title") for part in ("missing", "nudge", "map")]
    assert data_of(page, "kd_gallery")[0]["words"] == w.get("gallery")
    assert data_of(page, "kd_nudge")[0]["words"] == w.get("nudge.view")


def test_nothing_is_given_away_before_the_guess(learn: Learn, service: Jobs) -> None:
    page = learn("dark_knowledge")
    assert headings(page) == [EN(f"{part}.title") for part in ("missing", "map")]
    assert EN("missing.waiting_guess") in [caption.value for caption in page.caption]
    assert " points" not in said(page)
    assert data_of(page, "kd_nudge") == []
    page.button(key="guess_missing_3_most").click().run()
    assert EN("nudge.title") in headings(page)


@pytest.mark.parametrize("guess", ["none", "few", "half", "most"])
def test_a_guess_is_held_against_what_came_out(learn: Learn, service: Jobs, guess: str) -> None:
    page = learn("dark_knowledge", guesses={"missing_3": guess})
    result = result_of(service, 3)
    truth, amounts = result.amount(HOT), result.amounts(HOT)
    if guess in amounts and len(amounts) > 1:
        listed = " or ".join(f"“{EN(f'missing.{amount}')}”" for amount in amounts)
        expected = EN("missing.flips", guess=EN(f"missing.{guess}"), truth=EN(f"missing.{truth}"), amounts=listed)
        expected = expected.partition("[[")[0]  # a term explains itself there
    elif guess == truth:
        expected = EN("missing.right_guess", guess=EN(f"missing.{guess}"))
    else:
        expected = EN("missing.wrong_guess", guess=EN(f"missing.{guess}"), truth=EN(f"missing.{truth}"))
    assert expected in said(page)


def test_a_guess_about_one_digit_is_none_about_another(learn: Learn, service: Jobs) -> None:
    page = learn("dark_knowledge", guesses={"missing_3": "most"})
    assert "You said" in said(page)
    page.session_state["dark_knowledge_missing"] = [8]
    settle(page.run(), service)
    assert "You said" not in said(page)
    assert EN("nudge.title") not in headings(page)
    assert page.button(key="guess_missing_8_most")
    page.session_state["dark_knowledge_missing"] = [3]
    page.run()
    assert "You said" in said(page)


def test_a_guess_that_came_by_a_link_is_about_the_links_digits_only(learn: Learn, service: Jobs) -> None:
    page = learn("dark_knowledge", left_out="8", guess="few")
    assert "You said “less than a third”" in said(page)
    page.query_params["guess"] = "few"  # a browser can send the address from before
    page.session_state["dark_knowledge_missing"] = [3, 8]
    settle(page.run(), service)
    assert "You said" not in said(page)


# What the link holds

CHOSEN = {
    "like": "8",
    "temperature": "7.5",
    "example": "41",
    "left_out": "38",
    "student": "4",
    "nudge": "2.25",
    "true": "6",
    "other": "0",
}


def test_a_link_brings_all_that_was_chosen_and_keeps_it(learn: Learn, service: Jobs) -> None:
    page = learn("dark_knowledge", guesses={"missing_38": ""}, **CHOSEN)
    assert {name: page.query_params[name] for name in CHOSEN} == CHOSEN
    (gallery,), (nudge,) = data_of(page, "kd_gallery"), data_of(page, "kd_nudge")
    assert gallery["held"] == {"like": 8, "temperature": 7.5, "example": 41}
    assert nudge["held"] == {"student": "4", "nudge": 2.25}
    assert nudge["missing"] == [3, 8]
    assert page.slider(key="dark_knowledge_temperature").value == 7.5
    assert page.selectbox(key="dark_knowledge_true").value == 6
    assert page.selectbox(key="dark_knowledge_other").value == 0


def test_what_is_as_usual_is_not_in_the_link(learn: Learn) -> None:
    page = learn("dark_knowledge", guesses=SEEN)
    page.run()
    assert dict(page.query_params) == {}


@pytest.mark.parametrize("left_out", ["012345678", "33", "x", "-1"])
def test_digits_that_cannot_be_left_out_are_told_of_and_3_stands_in(learn: Learn, left_out: str) -> None:
    page = learn("dark_knowledge", left_out=left_out, guesses=SEEN)
    assert data_of(page, "kd_nudge")[0]["missing"] == [3]
    assert "left_out" in " ".join(element.value for element in (*page.warning, *page.markdown, *page.get("text")))


def test_what_a_component_reports_is_taken_as_far_as_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", session)
    take({"like": 12, "example": 7}, *(place("page", name, 0, 10) for name in ("like", "example", "unsaid")))
    assert {name: value for name, value in session.items() if name.startswith("page_")} == {"page_example": 7}


# Other data


def test_a_link_opens_the_page_on_another_data_set_with_its_names(learn: Learn, service: Jobs) -> None:
    asked = {"dataset": "iris", "left_out": "2", "like": "0"}
    page = learn("dark_knowledge", guesses={"missing_iris_2": ""}, **asked)
    assert {name: page.query_params[name] for name in asked} == asked
    (gallery,), (nudge,) = data_of(page, "kd_gallery"), data_of(page, "kd_nudge")
    names = ["setosa", "versicolor", "virginica"]
    assert gallery["classes"] == nudge["classes"] == names
    assert gallery["held"]["like"] == 0
    assert (nudge["missing"], nudge["names"]) == ([2], "virginica")
    teacher = teacher_of(service, "iris")
    np.testing.assert_allclose(gallery["logits"], teacher.logits, atol=1e-5)
    (least, most), image = gallery["range"], gallery["image"]
    ink = np.array([[views.INK.index(letter) / 48 for letter in row] for row in gallery["pixels"]])
    np.testing.assert_allclose(least + (most - least) * ink, np.clip(teacher.inputs, least, most), atol=0.07)
    assert image is None
    hot = result_of(service, 2, dataset="iris").before(HOT)
    assert f"names **{fine_percent(EN, hot.mean.missing)} %** of these test examples" in said(page)
    assert "examples of virginica" in said(page)
    assert page.selectbox(key="dark_knowledge_true").format_func(2) == "virginica"
    assert all(button.key != "dark_knowledge_only" for button in page.button)


def test_on_another_data_set_everything_begins_anew(learn: Learn, service: Jobs) -> None:
    page = learn("dark_knowledge", guesses={"missing_38": ""}, **CHOSEN)
    page.selectbox(key="dark_knowledge_dataset").set_value("iris")
    settle(page.run(), service)
    assert dict(page.query_params) == {"dataset": "iris"}
    assert page.button(key="guess_missing_iris_1_most")  # nothing has been guessed about it
    page.selectbox(key="dark_knowledge_dataset").set_value("digits")
    settle(page.run(), service)
    assert dict(page.query_params) == {}
    assert not page.warning


@pytest.mark.parametrize("left_out", ["", "12", "3", "0-1"])
def test_of_three_classes_one_can_be_left_out(left_out: str) -> None:
    with pytest.raises(ValueError, match="1 to 1 different classes"):
        fields_of("iris").missing.read(left_out)


def test_of_many_classes_their_numbers_stand_apart_in_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    many = replace(source_of("digits"), class_names=numbered(12))
    monkeypatch.setitem(SOURCES, "digits", many)
    missing = fields_of("digits").missing
    assert missing.read("3-11") == [3, 11]
    assert missing.write([11, 3]) == "3-11"
    for text in ("312", "3-3", "12", "3-"):
        with pytest.raises(ValueError, match="1 to 10 different classes"):
            missing.read(text)


def test_names_of_classes_are_shown_as_characters(learn: Learn, service: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    learn("dark_knowledge", dataset="iris", guesses={"missing_iris_1": ""})  # before the names change
    hostile = "<b>*x*</b> [y](http://e)"
    monkeypatch.setitem(SOURCES, "iris", replace(source_of("iris"), class_names=("setosa", hostile, "[[seed]]")))
    page = learn("dark_knowledge", dataset="iris", guesses={"missing_iris_1": ""})
    assert f"**except** those of {plain(hostile)}" in said(page)
    assert f"**{plain('[[seed]]')}**" in said(page)
    assert hostile not in said(page)
    assert "<span" not in said(page).split("closest pairs")[1].split("\n\n")[0]
    charts = [chart["figure"] for chart in data_of(page, "kd_chart")]
    assert not any("<b>*x" in chart for chart in charts)
    assert all("&lt;b&gt;*x" in chart or "\\u0026lt;b" in chart for chart in charts)


def test_an_example_is_drawn_by_its_shape() -> None:
    row = figures.bars(np.array([1.5, -3, 0], np.float32))
    assert row.shape == (96, 96)
    left, middle, right = np.split(row > 0, 3, axis=1)
    assert left[:48].sum() == pytest.approx(left[:, :1].sum() * 31, rel=0.1)  # up, half as far as it goes
    assert middle[48:, 0].all()
    assert not middle[:40].any()
    assert right.any(1).sum() <= 2  # the line of the mean


def test_a_photograph_keeps_its_colours_and_ink_is_dark(monkeypatch: pytest.MonkeyPatch) -> None:
    def pixels(features: list[float]) -> Any:
        shown = figures.example_image("digits", np.array(features, np.float32), "text", width="9px")
        data = re.search('base64,([^"]+)', shown)
        assert data
        return np.array(Image.open(BytesIO(b64decode(data[1]))))

    digits = source_of("digits")
    monkeypatch.setitem(SOURCES, "digits", replace(digits, shape=(1, 1, 2)))
    np.testing.assert_array_equal(pixels([0, 1]), [[255, 0]])
    monkeypatch.setitem(SOURCES, "digits", replace(digits, shape=(3, 1, 2)))  # channel after channel
    np.testing.assert_array_equal(pixels([1, 0, 0, 1, 0, 0]), [[[255, 0, 0], [0, 255, 0]]])


# The gallery and the map


def test_the_gallery_has_every_held_out_digit_and_what_the_teacher_says(learn: Learn, service: Jobs) -> None:
    (data,) = data_of(learn("dark_knowledge"), "kd_gallery")
    teacher = teacher_of(service)
    np.testing.assert_allclose(data["logits"], teacher.logits, atol=1e-5)
    assert data["labels"] == teacher.labels.tolist()
    assert data["answers"] == teacher.logits.argmax(1).tolist()
    ink = np.array([[views.INK.index(letter) / 48 for letter in digit] for digit in data["pixels"]])
    np.testing.assert_array_equal(ink, teacher.inputs)


def test_the_map_names_the_pairs_that_were_computed_at_this_temperature(learn: Learn, service: Jobs) -> None:
    page = learn("dark_knowledge")
    teacher = teacher_of(service)
    for temperature in (4.0, 20.0, 1.0):
        page.slider(key="dark_knowledge_temperature").set_value(temperature).run()
        similarity = teacher.similarity(temperature)
        for pair in closest_pairs(similarity, 3):
            assert f"**{pair.true}** look like **{pair.other}**: {fine_percent(EN, pair.probability)} %" in said(page)
        assert f"puts **{fine_percent(EN, elsewhere(similarity))} %**" in said(page)
        assert f"**{fine_percent(EN, teacher.share_from_errors(temperature))} %** of the probability" in said(page)


def test_the_images_shown_are_of_the_picked_class(learn: Learn, service: Jobs) -> None:
    page = learn("dark_knowledge", guesses=SEEN)
    page.selectbox(key="dark_knowledge_true").select(5).run()
    page.selectbox(key="dark_knowledge_other").select(9).run()
    ids, probability = teacher_of(service).most_alike(5, 9, 4.0, 5)
    shown = next(element.proto.body for element in page.get("html") if "example of" in element.proto.body)
    assert shown.count('alt="example of 5"') == len(ids)
    assert [fine_percent(EN, p) + " %" in shown for p in probability] == [True] * len(ids)


def test_the_claims_are_those_of_the_paired_seeds(learn: Learn, service: Jobs) -> None:
    page = learn("dark_knowledge", guesses=SEEN)
    result = result_of(service, 3)
    hot, alone, after, nudged = result.before(HOT), result.before(ALONE), result.after(HOT), result.after(ALONE)
    for values, baseline in (
        (hot.missing, alone.missing),
        (hot.missing, result.before(1).missing),
        (hot.others, alone.others),
        (after.missing, hot.missing),
        (after.others, hot.others),
        (after.overall, hot.overall),
        (nudged.missing, alone.missing),
        (nudged.overall, alone.overall),
        (after.overall, nudged.overall),
    ):
        difference = paired_difference(values, baseline, splits=EXPERIMENT.splits)
        assert difference.n == EXPERIMENT.seeds
        assert figures.claim(EN, difference) in said(page)
    assert f"names **{100 * hot.missing.mean():.1f} %** of these test examples" in said(page)
    assert f"an even share would be **{100 / 10:.1f} %**" in said(page)
    assert f"names **{fine_percent(EN, result.before(1).mean.missing)} %** of them right as trained" in said(page)
    assert f"**{fine_percent(EN, result.after(1).mean.missing)} %** after the nudge" in said(page)
    assert f"**{result.transfer_counts.sum()} examples** and none of 3" in said(page)


def test_the_table_holds_every_student_before_and_after(learn: Learn, service: Jobs) -> None:
    page = learn("dark_knowledge", guesses=SEEN)
    result = result_of(service, 3)
    for condition in range(len(CONDITIONS)):
        before, after = result.before(condition), result.after(condition)
        cells = [f"{100 * b.mean():.1f} → {100 * a.mean():.1f}" for b, a in zip(before, after, strict=True)]
        short = "alone" if condition == ALONE else f"T = {CONDITIONS[condition][0]:g}"
        size = NUDGES[result.chosen[condition]].mean()
        line = next(line for line in said(page).splitlines() if line.startswith(f"| {short} |"))
        assert " | ".join(cells) in line
        assert line.endswith(f"| {size:.1f} |")


def test_any_pick_of_digits_is_computed_and_too_many_are_not(learn: Learn, service: Jobs) -> None:
    page = learn("dark_knowledge", guesses={"missing_01234569": ""})
    page.button(key="dark_knowledge_only").click()
    settle(page.run(), service)
    assert page.query_params["left_out"] == "01234569"
    assert np.flatnonzero(result_of(service, 0, 1, 2, 3, 4, 5, 6, 9).transfer_counts).tolist() == [7, 8]
    assert "none of the 8 left-out classes" in said(page)
    asked = len(service.all(Study))
    page.session_state["dark_knowledge_missing"] = list(range(9))
    page.run()
    assert page.info[0].value == EN("missing.too_many", most=8)
    page.session_state["dark_knowledge_missing"] = []
    page.run()
    assert page.info[0].value == EN("missing.too_few")
    assert len(service.all(Study)) == asked


def test_in_german_every_number_has_a_decimal_comma(learn: Learn) -> None:
    page = learn("dark_knowledge", lang="de", guesses=SEEN)
    charts = data_of(page, "kd_chart")
    captions = [
        part for html in page.get("html") for part in re.findall("<figcaption>.*?</figcaption>", html.proto.body)
    ]
    told = "\n".join([said(page), *captions, *(chart["text"] for chart in charts)])
    assert re.search(r"\d,\d %</div>", told)
    assert not re.search(r"\d\.\d", told)
    assert {json.loads(chart["figure"])["layout"]["separators"] for chart in charts} == {",."}


def test_the_page_ends_in_the_laboratory(learn: Learn) -> None:
    page = learn("dark_knowledge")
    links = {link.proto.page.split("/")[-1]: link.proto.query_string for link in page.get("page_link")}
    assert Experiment.from_query(links["playground"]) == EXPERIMENT
    sweep = Sweep.from_query(links["sweep"])
    assert sweep.base.student == EXPERIMENT.student
    assert dict(sweep.over)["temperature"] == (1.0, 2.0, 4.0, 8.0, 20.0)


# Figures


@pytest.fixture(scope="module")
def small() -> Any:
    """Two conditions are enough to see what a figure shows; shapes as in the real thing."""
    rng = np.random.default_rng(0)
    shape = (len(NUDGES), len(CONDITIONS), 4)
    accuracies = Accuracies(*(np.sort(rng.random(shape), axis=0) for _ in range(3)))
    chosen = rng.integers(0, len(NUDGES), shape[1:])
    return Result(
        (3, 5),
        np.full(10, 7),
        (20, 80),
        rng.random(len(CONDITIONS)),
        accuracies,
        chosen,
        Accuracies(*np.ones(3)),
        rng.random((2, 64), np.float32),
        np.array([3, 5]),
        Rivals.of(rng.random((len(CONDITIONS), 2, 10), np.float32), (3, 5)),
        splits=4,
    )


def test_the_map_shows_percents_with_the_diagonal_apart() -> None:
    similarity = np.arange(100).reshape(10, 10) / 1000
    diagonal, rest = figures.map_figure(EN, similarity, 4.0, DIGITS).figure.data
    for i in range(10):
        for j in range(10):
            assert (rest.z[i][j] is None) == (i == j)
            assert (diagonal.z[i][j] is None) == (i != j)
            assert i == j or rest.z[i][j] == pytest.approx(100 * similarity[i, j])
    assert rest.zmax == pytest.approx(9.8)
    assert rest.customdata[4][7] == 47


def test_the_maps_text_says_each_rows_largest() -> None:
    similarity = np.eye(10) * 0.5
    similarity[np.arange(10), (np.arange(10) + 3) % 10] = 0.25
    text = figures.map_figure(EN, similarity, 4.5, DIGITS).text
    assert "T = 4.5" in text
    assert all(f"{true} looks most like {(true + 3) % 10} (25.0 %)" in text for true in range(10))
    assert "T = 4,5" in figures.map_figure(DE, similarity, 4.5, DIGITS).text


def test_curves_are_means_with_their_intervals(small: Result) -> None:
    stages = [Stage(step, 10, Accuracies(*(values[step] for values in small.accuracies))) for step in (0, 5, 10)]
    figure, text = figures.curves_figure(EN, stages, ("3", "5"), 4)
    lines, bands = figure.data[1::2], figure.data[::2]
    for condition, (line, band) in enumerate(zip(lines, bands, strict=True)):
        expected = [interval(100 * stage.accuracies.missing[condition], splits=4) for stage in stages]
        assert line.name == figures.who(EN, condition)
        np.testing.assert_allclose(line.y, [each.mean for each in expected])
        np.testing.assert_allclose(band.y, [each.high for each in expected] + [each.low for each in reversed(expected)])
    assert len({(line.line.dash, line.marker.symbol) for line in lines}) == len(CONDITIONS)
    assert "after 10 steps" in text
    assert f"student alone {100 * stages[-1].accuracies.missing[ALONE].mean():.1f} %" in text


def test_the_nudge_shows_every_students_means_and_the_first_seeds_answers(small: Result) -> None:
    data = views.nudge_data(small, "digits", EN)
    assert data["nudges"] == NUDGES.tolist()
    assert [student["key"] for student in data["students"]] == list(figures.STUDENTS)
    for condition, student in enumerate(data["students"]):
        for name, values in small.accuracies._asdict().items():
            expected = [interval(each, splits=4) for each in values[:, condition]]
            np.testing.assert_allclose(student["curves"][name]["mean"], [each.mean for each in expected], atol=1e-5)
            low = np.clip([each.low for each in expected], 0, 1)
            np.testing.assert_allclose(student["curves"][name]["low"], low, atol=1e-5)
        assert student["chosen"] == NUDGES[small.chosen[condition, 0]]
        assert student["chosen_mean"] == pytest.approx(NUDGES[small.chosen[condition]].mean())
        for size in (0.0, 1.25, 8.0):
            said = [
                student["inside" if size > distance else "outside"][i]
                for i, distance in enumerate(student["distances"])
            ]
            assert said == small.rivals.answers(size)[condition].tolist()
        before, after = small.before(condition).mean, small.after(condition).mean
        assert f"{fine_percent(EN, before.overall)} % without a nudge" in student["text"]
        assert f"{fine_percent(EN, after.overall)} % with the chosen one" in student["text"]


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (
            Interval(10, 0.1234, 0.01, 0.11, 0.1366, 5, 0.1, 0.14),
            "+12.3 points (95 % interval +11.0 to +13.7, 10 pairs on 5 splits)",
        ),
        (
            Interval(10, -0.02, 0.01, -0.03, -0.01, 5, -0.05, 0.01),
            "−2.0 points (95 % interval −3.0 to −1.0, 10 pairs on 5 splits; the next split may differ)",
        ),
        (
            Interval(10, 0.01, 0.01, -0.01, 0.03, 5, -0.02, 0.04),
            "no clear difference, +1.0 points (95 % interval −1.0 to +3.0, 10 pairs on 5 splits)",
        ),
        (Interval(10, 0.02, 0, 0.02, 0.02, 5, 0.02, 0.02), "+2.0 points in all 10 pairs on 5 splits"),
        (
            Interval(10, 0, 0, 0, 0, 5, 0, 0),
            "no clear difference, 0.0 points (95 % interval 0.0 to 0.0, 10 pairs on 5 splits)",
        ),
    ],
)
def test_a_claim_carries_its_interval_and_owns_up_when_there_is_none(difference: Interval, text: str) -> None:
    assert figures.claim(EN, difference) == text


def test_numbers_as_each_language_writes_them() -> None:
    assert fine_percent(EN, 0.1234) == "12.3"
    assert fine_percent(DE, 0.1234) == "12,3"
    assert fine_percent(EN, 0.00042) == "0.042"
    assert fine_percent(EN, 0) == "0.0"
    assert figures.listed(EN, "3") == "3"
    assert figures.listed(EN, "135") == "1, 3 and 5"
    assert figures.listed(DE, ["Hose", "Hemd"]) == "Hose und Hemd"
    assert figures.named(EN, "135") == "1, 3 and 5"
    assert figures.named(EN, "1356") == "the 4 left-out classes"
