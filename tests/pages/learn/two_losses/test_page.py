"""The two losses: what the page says is what the computations say."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from kd_core import Experiment
from kd_core.data import load_dataset
from kd_core.jobs import Jobs, OnWorker
from kd_core.sweeps.grid import Sweep
from pages.learn.two_losses import analysis, figures
from pages.learn.two_losses.analysis import EARLY, SCALING, ExampleLogits, scaling_effects
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, study_of

GUESSES = {"two_losses_scale": "both", "two_losses_floor": "kl"}


def charts(page: AppTest) -> dict[str, Any]:
    """Every chart by its text alternative."""
    return {data["text"]: json.loads(data["figure"]) for data in data_of(page, "kd_chart")}


def chart(page: AppTest, text: str) -> Any:
    return charts(page)[text]


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in page.markdown)


def real_logits(service: Jobs) -> ExampleLogits:
    run = service.call(service.open(Experiment()))
    logits = analysis.example_logits(load_dataset("digits").shown, run.snapshots)
    assert logits is not None
    return logits


@pytest.mark.parametrize("lang", ["en", "de"])
def test_every_section_is_there_in_both_languages(learn: Learn, lang: str) -> None:
    page, w = learn("two_losses", lang=lang, guesses=GUESSES), Words("two_losses", lang)
    assert page.title[0].value == w("title")
    sections = ["mixture", "push", "why", "limit", "floors", "end"]
    assert [header.value for header in page.header] == [w(f"{name}.title") for name in sections]
    assert len(data_of(page, "kd_chart")) == 12
    assert all(charts(page))


def test_the_answers_wait_for_the_predictions(learn: Learn) -> None:
    page, w = learn("two_losses"), Words("two_losses", "en")
    assert len(data_of(page, "kd_chart")) == 5  # triangle, target, pushes, and the two of the limit
    assert w("why.look") not in said(page)
    assert w("floors.look") not in said(page)
    page.button(key="guess_two_losses_floor_").click().run()
    assert w("floors.look") in said(page)
    assert w("floors.said_nothing", truth=w("zeros.kl")) in said(page)
    assert w("why.look") not in said(page)


def test_triangle_bars_and_values_follow_the_sliders(learn: Learn, service: Jobs) -> None:
    page, w, logits = learn("two_losses"), Words("two_losses", "en"), real_logits(service)
    page.slider(key="two_losses_alpha").set_value(0.6)
    page.slider(key="two_losses_temperature").set_value(8.0)
    page.selectbox(key="two_losses_example").set_value(3)
    page.select_slider(key="two_losses_epoch").set_value(20)
    page.run()
    teacher, student, label = logits.teacher[3], logits.students[20][3], int(logits.labels[3])
    (answer, _), shares = logits.answer(3), analysis.mixture_shares(teacher, 8.0, 0.6)
    assert figures.shares_line(w, shares, label, answer) in said(page)
    marks = analysis.mixture_shares(teacher, figures.MARKED, 0.6)
    shown = chart(page, figures.triangle(w, shares, [], marks, label, answer)[1])
    point = shown["data"][-1]
    np.testing.assert_allclose([*point["x"], *point["y"]], shares.position)

    seen = analysis.terms(teacher, student, label, 8.0, 0.6)
    assert figures.value_formula(w, seen, 8.0, 0.6) in said(page)
    assert f"{seen.total:.3f}" in figures.value_formula(w, seen, 8.0, 0.6)
    bars = chart(page, figures.push_bars(w, seen, 1.0)[1])["data"]
    np.testing.assert_allclose([_values(bar["y"]) for bar in bars], [seen.hard_push, seen.soft_push, seen.push])


def test_the_page_opens_on_the_example_of_which_the_teacher_is_least_sure(learn: Learn, service: Jobs) -> None:
    page, logits = learn("two_losses"), real_logits(service)
    assert page.selectbox(key="two_losses_example").value == logits.hesitant
    assert page.select_slider(key="two_losses_epoch").value == EARLY


def test_gradient_sizes_are_computed_from_the_runs_logits(learn: Learn, service: Jobs) -> None:
    page, w, logits = learn("two_losses", guesses=GUESSES), Words("two_losses", "en"), real_logits(service)
    heat = np.arange(1, 20.5, 0.5)
    norms = analysis.gradient_norms(logits.teacher, logits.students[EARLY], logits.labels, list(heat))
    assert w("why.norms", n=20, epoch=EARLY, **figures.norm_values(w, norms)) in said(page)
    shown = chart(page, figures.norms_figure(w, norms)[1])["data"]
    np.testing.assert_allclose(_values(shown[0]["y"]), norms.with_factor)
    np.testing.assert_allclose(_values(shown[1]["y"]), norms.without)


def test_verdicts_are_those_of_the_students(learn: Learn, service: Jobs) -> None:
    page, w = learn("two_losses", guesses=GUESSES), Words("two_losses", "en")
    study = study_of(service, OnWorker("pages.learn.two_losses.runs").compare_scaling, SCALING)
    effects = scaling_effects(study.values)
    assert len(effects) == 5
    for effect in effects:
        text = figures.verdict(w, effect)
        assert text in said(page)
        shown = chart(page, text)["data"]
        np.testing.assert_allclose(_values(shown[3]["y"]), 100 * effect.without.mean(axis=1), rtol=1e-5)
    truth = w(f"guesses.{analysis.who_notices(effects)}")
    assert w("why.said", guess=w("guesses.both"), truth=truth) in said(page)


def test_a_verdict_claims_nothing_where_the_interval_includes_zero() -> None:
    w, accuracy = Words("two_losses", "en"), np.array([[0.90, 0.91, 0.92]], np.float32)
    moved = accuracy + np.array([[0.01, -0.01, 0.005]], np.float32)
    unclear = analysis.Effect("adam", 0.0, False, (60,), moved, accuracy, accuracy)
    assert w("effects.unclear") in figures.verdict(w, unclear)
    clear = analysis.Effect("adam", 0.0, False, (60,), accuracy - 0.1, accuracy, accuracy)
    assert w("effects.worse") in figures.verdict(w, clear)


def test_the_limit_and_the_floors_say_what_is_computed(learn: Learn, service: Jobs) -> None:
    page, w, logits = learn("two_losses", guesses=GUESSES), Words("two_losses", "en"), real_logits(service)
    page.select_slider(key="two_losses_limit").set_value(20)
    page.slider(key="two_losses_floor_t").set_value(2.0)
    page.run()
    teacher, student = logits.teacher, logits.students[EARLY]
    at = analysis.matching_limit(teacher, student, [20])
    text = w("limit.value", epoch=EARLY, **figures.limit_values(w, at, 0))
    assert text in said(page)
    points = chart(page, text)["data"][1]
    np.testing.assert_allclose(_values(points["x"]), analysis.centred(teacher, student).ravel())
    np.testing.assert_allclose(_values(points["y"]), analysis.scaled_gradient(teacher, student, 20).ravel())
    seen = analysis.floors(teacher, student, 2.0)
    assert w("floors.value", **figures.floor_values(w, seen)) in said(page)
    shown = chart(page, figures.floors_figure(w, seen)[1])["data"]
    np.testing.assert_allclose(_values(shown[0]["y"]), seen.cross_entropy)
    np.testing.assert_allclose(_values(shown[1]["y"]), seen.kl)


def test_in_german_every_number_has_a_decimal_comma(learn: Learn) -> None:
    page = learn("two_losses", lang="de", guesses=GUESSES)
    told = "\n".join([said(page), *charts(page)]).replace("Abschnitt 2.1", "")
    assert not re.search(r"\d\.\d", told)
    assert re.search(r"= \d\{,\}\d\d\\cdot \d+\{,\}\d\d\d ", said(page))  # TeX would add a space after a plain comma
    assert {figure["layout"]["separators"] for figure in charts(page).values()} == {",."}


def test_numbers_in_a_row_can_be_told_apart_in_each_language() -> None:
    parts = analysis.Mixture(np.array([0.0, 0.25]), np.array([0.5, 0.25]))
    texts = [figures.target_bars(Words("two_losses", lang), parts).text for lang in ("en", "de")]
    assert "0: 0.500, 1: 0.500." in texts[0]
    assert "0: 0,500; 1: 0,500." in texts[1]


def test_links_open_what_the_page_talks_about(learn: Learn) -> None:
    page = learn("two_losses")
    links = {link.proto.page.split("/")[-1]: link.proto.query_string for link in page.get("page_link")}
    experiment = Experiment.from_query(links["playground"])
    assert (experiment.optimizer, experiment.t_squared, experiment.alpha) == ("sgd", False, 0.5)
    assert experiment == analysis.arms(SCALING)[3].replace(alpha=0.5)
    assert parse_qs(links["sweep"])["over"] == ["temperature=1,2,4,8,20"]
    assert Sweep.from_query(links["sweep"]).base == experiment


def _values(sent: Any) -> list[float]:
    """Plotly sends arrays of numbers as base64."""
    if isinstance(sent, dict):
        return np.frombuffer(base64.b64decode(sent["bdata"]), np.dtype(sent["dtype"])).tolist()
    return list(sent)
