"""Several teachers: what is shown is what was found, a click takes a member out, the link holds what is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from kd_core.experiment import Experiment
from kd_core.jobs import Jobs, OnWorker, Study
from kd_core.sweeps.intervals import Interval, interval
from pages.learn.ensemble import figures as shown
from pages.learn.ensemble.cases import CASES, weighed
from pages.learn.ensemble.results import WHOLE, Findings, Lesson, Mean, Panel, findings, last, lessons_of
from pages.ui.figures import Picture
from pages.ui.numbers import in_percent, points, separators
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, links, settle, study_of, text

RUNS = OnWorker("pages.learn.ensemble.runs")
EN, DE = (Words("ensemble", language) for language in ("en", "de"))
LANGUAGES = pytest.mark.parametrize("w", [EN, DE], ids=["en", "de"])
WEAK = CASES["weak"].of(3, "logits", 5)
GUESSED = {"ensemble_weak": "up"}
ALL = [0, 1, 2]


def values_of(service: Jobs, experiment: Experiment = WEAK, function: Any = RUNS.introduce) -> list[Any]:
    study: Study[Any] = study_of(service, function, experiment)
    assert study.status == "done", study.message
    return list(study.values)


def drawn(w: Words, picture: Picture) -> str:
    return str(picture.figure.update_layout(separators=separators(w)).to_json())


def charts(page: AppTest) -> list[dict[str, Any]]:
    return data_of(page, "kd_chart")


def warnings(page: AppTest) -> list[str]:
    return [box.value for box in page.warning]


@LANGUAGES
def test_members_are_shown_at_once_and_students_after_the_guess(learn: Learn, service: Jobs, w: Words) -> None:
    page = learn("ensemble", lang=w.language)
    values = values_of(service)
    panel, mean, names = last(values, Panel), last(values, Mean), shown.member_names(w, WEAK)
    assert panel is not None
    expected = [
        shown.accuracies(w, names, panel, mean, ALL),
        shown.matrix(w, names, panel, ALL),
        shown.answers(w, names, panel, mean, ALL, 0, WEAK.temperature),
    ]
    assert [chart["text"] for chart in charts(page)] == [picture.text for picture in expected]
    assert [chart["figure"] for chart in charts(page)] == [drawn(w, picture) for picture in expected]
    assert [button.label for button in page.button if str(button.key).startswith("ensemble_member")] == names
    page.button(key="guess_ensemble_weak_up").click().run()
    found = findings(panel, mean, lessons_of(values), ALL)
    assert found is not None
    assert charts(page)[3]["text"] == shown.gains(w, names, lessons_of(values), ALL, 5).text
    for sentence in shown.sentences(w, found):
        assert sentence in text(page)
    assert shown.judge_guess(w, "up", found) in text(page)


def test_a_click_takes_a_member_out_and_the_chart_answers(learn: Learn, service: Jobs) -> None:
    page = learn("ensemble", guesses=GUESSED)
    before = values_of(service)
    page.button(key="ensemble_member_1").click().run()
    settle(page, service)
    assert page.query_params["weights"] == "1 0 1"
    after = values_of(service, weighed(WEAK, [1, 0, 1]), RUNS.combine)
    panel, mean, names = last(before, Panel), last(after, Mean), shown.member_names(EN, WEAK)
    assert panel is not None
    assert charts(page)[0]["text"] == shown.accuracies(EN, names, panel, mean, [0, 2]).text
    assert "network 2" in charts(page)[0]["text"]
    assert "(taken out)" in charts(page)[0]["text"]
    lessons = lessons_of([*before, *after])
    found = findings(panel, mean, lessons, [0, 2])
    assert found is not None
    assert shown.sentences(EN, found)[1] in text(page)
    page.button(key="ensemble_member_1").click().run()  # and back in: as it was
    assert "weights" not in page.query_params
    assert charts(page)[0]["text"] == shown.accuracies(EN, names, panel, last(before, Mean), ALL).text


def test_an_ensemble_of_none_is_one_sentence_and_nothing_is_lost(learn: Learn, service: Jobs) -> None:
    page = learn("ensemble", guesses=GUESSED, weights="0 0 1")
    page.button(key="ensemble_member_2").click().run()
    settle(page, service)
    assert warnings(page) == [EN("nobody")]
    panel, names = last(values_of(service), Panel), shown.member_names(EN, WEAK)
    assert panel is not None
    assert charts(page)[0]["text"] == shown.accuracies(EN, names, panel, None, []).text
    assert charts(page)[3]["text"] == shown.gains(EN, names, _without_whole(values_of(service)), [], 5).text
    assert page.query_params["weights"] == "0 0 0"
    page.button(key="ensemble_member_0").click().run()
    settle(page, service)
    assert warnings(page) == []
    assert page.query_params["weights"] == "1 0 0"


def _without_whole(values: list[Any]) -> dict[str, Lesson]:
    return {name: lesson for name, lesson in lessons_of(values).items() if name != WHOLE}


def test_the_link_opens_the_ensemble_that_it_says_and_the_playground_gets_the_same(learn: Learn, service: Jobs) -> None:
    page = learn("ensemble", weights="1 0 2", mean="probabilities", example="3")
    asked = weighed(CASES["weak"].of(3, "probabilities", 5), [1, 0, 2])
    panel = last(values_of(service), Panel)
    mean = last(values_of(service, asked, RUNS.combine), Mean)
    assert panel is not None
    names = shown.member_names(EN, WEAK)
    assert charts(page)[2]["text"] == shown.answers(EN, names, panel, mean, [0, 2], 3, 4.0).text
    assert Experiment.from_query(_query(links(page)[EN("playground")])) == asked
    assert page.slider(key="ensemble_weight_2").value == 2


def _query(fields: dict[str, str]) -> str:
    return "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in fields.items())


def test_a_slider_weighs_a_member(learn: Learn, service: Jobs) -> None:
    page = learn("ensemble")
    page.slider(key="ensemble_weight_0").set_value(2.5).run()
    assert page.query_params["weights"] == "2.5 1 1"
    settle(page, service)
    assert values_of(service, weighed(WEAK, [2.5, 1, 1]), RUNS.combine)


def test_another_number_of_teachers_begins_with_equal_weights(learn: Learn, service: Jobs) -> None:
    page = learn("ensemble", weights="1 0 2")
    page.segmented_control(key="ensemble_count").set_value(2).run()
    settle(page, service)
    assert page.query_params == {"count": "2"}
    assert values_of(service, CASES["weak"].of(2, "logits", 5))


@pytest.mark.parametrize("weights", ["1 1", "1 1 -1", "a b c", "1 1 4", "nan 1 1"])
def test_weights_that_are_none_leave_the_usual_ones_and_are_told_of(learn: Learn, service: Jobs, weights: str) -> None:
    page = learn("ensemble", weights=weights)
    assert len(warnings(page)) == 1
    assert "0 … 3" in warnings(page)[0]
    panel = last(values_of(service), Panel)
    assert panel is not None
    names = shown.member_names(EN, WEAK)
    assert charts(page)[0]["text"] == shown.accuracies(EN, names, panel, last(values_of(service), Mean), ALL).text


# Figures and sentences, of results that no training gave


def made_up(members: int = 3, splits: int = 5) -> tuple[Panel, Mean, dict[str, Lesson]]:
    rng = np.random.default_rng(0)
    shares = np.full((members, members, splits), 0.8, np.float32)
    shares[range(members), range(members)] = 1
    panel = Panel(
        rng.uniform(0.8, 0.9, (members, splits)).astype(np.float32),
        shares,
        np.zeros((8, 8, 8), np.float32),
        np.arange(8),
        rng.normal(size=(members, 8, 10)).astype(np.float32),
    )
    whole = Mean(np.full(splits, 0.93, np.float32), panel.logits.mean(0))
    names = ["alone", WHOLE, *map(str, range(members))]
    lost = np.zeros(2 * splits, bool)
    lessons = {
        name: Lesson(name, 1, 1, np.linspace(0.8, 0.9, 2 * splits).astype(np.float32) + 0.01 * i, lost)
        for i, name in enumerate(names)
    }
    return panel, whole, lessons


@LANGUAGES
def test_a_figure_has_a_row_for_each_member_and_one_for_the_ensemble(w: Words) -> None:
    panel, whole, lessons = made_up()
    names = shown.member_names(w, WEAK)
    figure = shown.accuracies(w, names, panel, whole, [0, 2]).figure
    assert [label.replace("<b>", "").replace("</b>", "") for label in figure.layout.yaxis.ticktext] == [
        *names,
        w("whole"),
    ]
    assert list(figure.data[2].x) == pytest.approx((100 * panel.accuracy[1]).tolist())
    assert figure.data[3].marker.symbol == "circle-open"  # taken out: told by its mark too
    assert set(figure.data[2].customdata) == {1}
    assert len(shown.gains(w, names, lessons, [0, 2], 5).figure.data) == 8


def test_the_matrix_names_every_two_in_words_and_hollows_those_who_are_out() -> None:
    panel, _, _ = made_up()
    names = shown.member_names(EN, WEAK)
    picture = shown.matrix(EN, names, panel, [0, 2])
    assert picture.text.count("the same answer to 80.0 %") == 3
    z = np.array(picture.figure.data[0].z, dtype=float)
    assert np.isnan(z).sum() == 7
    assert z[0, 2] == z[2, 0] == pytest.approx(80)


def test_a_lone_member_has_nobody_to_agree_with() -> None:
    panel, _, _ = made_up()
    assert shown.agreement_sentence(EN, panel, [1]) == EN("matrix.one")
    assert shown.agreement_sentence(EN, panel, []) == ""
    assert in_percent(EN, 0.2) in shown.agreement_sentence(EN, panel, [0, 1])


CLEAR = interval([0.03, 0.031, 0.029, 0.03, 0.03], splits=5)
NOTHING = interval([0.03, -0.03, 0.02, -0.02, 0.0], splits=5)
FLIPS = interval([0.01, 0.05, 0.02, 0.06, 0.015], splits=5)


WORSE = replace(CLEAR, mean=-0.03, low=-0.04, high=-0.02, next_high=-0.01)


@pytest.mark.parametrize(("one", "name"), [(CLEAR, "up"), (WORSE, "down"), (NOTHING, "none"), (FLIPS, "flips")])
def test_a_verdict_is_what_the_next_split_is_expected_to_say(one: Interval, name: str) -> None:
    assert shown.verdict(EN, one) == EN(f"verdicts.{name}")
    for w in (EN, DE):
        told = shown.sentences(w, Findings(one, one, one, 2))
        assert len(told) == 4
        assert all(points(w, one.mean, 2) in sentence for sentence in told[:3])
        assert "n = 5" in told[0]


def test_a_guess_is_judged_only_where_there_is_one_answer() -> None:
    assert "and so it is" in shown.judge_guess(EN, "up", Findings(CLEAR, CLEAR, CLEAR, 0))
    assert "otherwise" in shown.judge_guess(EN, "down", Findings(CLEAR, CLEAR, CLEAR, 0))
    assert "no score" in shown.judge_guess(EN, "down", Findings(CLEAR, FLIPS, CLEAR, 0))
    assert "You" not in shown.judge_guess(EN, "", Findings(CLEAR, NOTHING, CLEAR, 0))


def test_kinds_are_called_by_what_they_are_and_equals_by_number() -> None:
    assert shown.member_names(EN, CASES["kinds"].experiment)[:2] == ["network", "random forest"]
    assert shown.member_names(DE, WEAK) == ["Netz 1", "Netz 2", "Netz 3"]
