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
from pages.learn.two_losses.voices import STEPS
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, study_of

LIMIT, FLOORS = "two_losses_limit", "two_losses_floor_t"
GUESSES = {"two_losses_scale": "both", "two_losses_floor": "kl"}


def charts(page: AppTest) -> dict[str, Any]:
    """Every chart by its text alternative."""
    return {data["text"]: json.loads(data["figure"]) for data in data_of(page, "kd_chart")}


def chart(page: AppTest, text: str) -> Any:
    return charts(page)[text]


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption])


def real_logits(service: Jobs) -> ExampleLogits:
    run = service.call(service.open(Experiment()))
    logits = analysis.example_logits(load_dataset("digits").shown, run.snapshots)
    assert logits is not None
    return logits


def told(page: AppTest) -> Any:
    """What the two voices are given."""
    (data,) = data_of(page, "kd_two_voices")
    return data


@pytest.mark.parametrize("lang", ["en", "de"])
def test_every_section_is_there_in_both_languages(learn: Learn, lang: str) -> None:
    page, w = learn("two_losses", lang=lang, guesses=GUESSES), Words("two_losses", lang)
    assert page.title[0].value == Words("frame", lang)("pages.two_losses")
    assert [header.value for header in page.header] == [w("why.title"), w("appendix.title")]
    folded = ["why.reason_title", "appendix.loss", "mixture.title", "limit.title", "floors.title", "end.title"]
    assert [expander.label for expander in page.expander] == [w(name) for name in folded]
    assert len(data_of(page, "kd_chart")) == 11
    assert all(charts(page))
    assert told(page)["words"] == w.get("voices")
    assert [step["title"] for step in told(page)["steps"]] == [w(f"steps.{name}.title") for name in STEPS]


def test_the_answers_wait_for_the_predictions(learn: Learn) -> None:
    page, w = learn("two_losses"), Words("two_losses", "en")
    assert len(data_of(page, "kd_chart")) == 5  # norms, triangle, target, and the two of the limit
    assert w("why.look_training") not in said(page)
    assert w("floors.look") not in said(page)
    page.button(key="guess_two_losses_floor_").click().run()
    assert w("floors.look") in said(page)
    assert w("floors.said_nothing", truth=w("zeros.kl")) in said(page)
    assert w("why.look_training") not in said(page)


def test_the_browser_gets_the_digits_and_the_logits_that_the_analysis_has(learn: Learn, service: Jobs) -> None:
    data, logits = told(learn("two_losses")), real_logits(service)
    np.testing.assert_allclose(data["teacher"], logits.teacher, atol=1e-5)
    assert list(data["students"]) == [str(epoch) for epoch in logits.students]
    for epoch, student in logits.students.items():
        np.testing.assert_allclose(data["students"][str(epoch)], student, atol=1e-5)
    assert [example["label"] for example in data["examples"]] == logits.labels.tolist()
    assert data["status"] == ""


def test_a_link_holds_what_is_chosen_and_the_mixture_follows(learn: Learn, service: Jobs) -> None:
    link = {"alpha": "0.6", "temperature": "8", "example": "3", "epoch": "20", "t_squared": "0"}
    page, w, logits = learn("two_losses", **link), Words("two_losses", "en"), real_logits(service)
    chosen = {"example": 3, "epoch": 20, "temperature": 8, "alpha": 0.6, "t_squared": False}
    assert told(page)["chosen"] == chosen
    assert {name: page.query_params[name] for name in link} == link
    teacher, label = logits.teacher[3], int(logits.labels[3])
    (answer, _), shares = logits.answer(3), analysis.mixture_shares(teacher, 8.0, 0.6)
    assert figures.shares_line(w, shares, label, answer) in said(page)
    marks = analysis.mixture_shares(teacher, figures.MARKED, 0.6)
    shown = chart(page, figures.triangle(w, shares, [], marks, label, answer)[1])
    point = shown["data"][-1]
    np.testing.assert_allclose([*point["x"], *point["y"]], shares.position)


def test_what_is_chosen_below_joins_the_link(learn: Learn, service: Jobs) -> None:
    page = learn("two_losses", guesses=GUESSES, limit="20", floor_t="2")
    assert (page.select_slider(key=LIMIT).value, page.slider(key=FLOORS).value) == (20, 2.0)
    page.select_slider(key=LIMIT).set_value(50).run()
    page.slider(key=FLOORS).set_value(6.5).run()
    assert (page.query_params["limit"], page.query_params["floor_t"]) == ("50", "6.5")


def test_nothing_chosen_leaves_the_address_alone(learn: Learn) -> None:
    page = learn("two_losses")
    chosen = {"example": None, "epoch": EARLY, "temperature": 4, "alpha": 0.3, "t_squared": True}
    assert told(page)["chosen"] == chosen
    assert not dict(page.query_params)


@pytest.mark.parametrize("field", [{"alpha": "1.5"}, {"temperature": "0"}, {"epoch": "7"}, {"t_squared": "no"}])
def test_what_is_not_allowed_in_a_link_is_told_of(learn: Learn, field: dict[str, str]) -> None:
    page = learn("two_losses", **field)
    assert told(page)["chosen"]["alpha"] == 0.3
    assert next(iter(field)) in page.warning[0].value


def test_the_page_opens_on_the_example_of_which_the_teacher_is_least_sure(learn: Learn, service: Jobs) -> None:
    data, logits = told(learn("two_losses")), real_logits(service)
    assert data["start"] == logits.hesitant
    assert data["chosen"]["epoch"] == EARLY


def test_a_links_guess_is_that_of_one_question_only(learn: Learn) -> None:
    w = Words("two_losses", "en")
    assert not set(w.get("guesses")) & set(w.get("zeros"))


def test_what_the_paragraphs_say_of_their_settings_holds(service: Jobs) -> None:
    logits = real_logits(service)
    teacher, label = logits.teacher[logits.hesitant], int(logits.labels[logits.hesitant])

    def pushes(name: str) -> tuple[Any, Any]:
        to = STEPS[name]
        student = logits.students[to["epoch"]][logits.hesitant]
        seen = analysis.terms(teacher, student, label, to["temperature"], to["alpha"])
        return seen.hard_push, seen.soft_push / (1 if to["t_squared"] else to["temperature"] ** 2)

    hard, soft = pushes("apart")
    assert STEPS["apart"]["example"] is None
    assert logits.answer(logits.hesitant)[0] != label  # label and teacher name different classes
    assert hard @ soft < 0  # the arrows pull apart
    assert not np.any(pushes("labels")[1])
    assert not np.any(pushes("teacher")[0])
    hard, soft = pushes("without")
    assert np.linalg.norm(soft) < 0.1 * np.linalg.norm(hard)  # still only the label is heard
    np.testing.assert_allclose(soft, pushes("hot")[1] / 400)
    sure = max(range(len(logits.labels)), key=lambda index: logits.answer(index)[1])
    seen = analysis.terms(logits.teacher[sure], logits.students[EARLY][sure], int(logits.labels[sure]), 1, 0.5)
    np.testing.assert_allclose(seen.soft_push, seen.hard_push, atol=1e-3)  # the two arrows lie on each other


def test_gradient_sizes_are_computed_from_the_runs_logits(learn: Learn, service: Jobs) -> None:
    page, w, logits = learn("two_losses", guesses=GUESSES), Words("two_losses", "en"), real_logits(service)
    heat = np.arange(1, 20.5, 0.5)
    norms = analysis.gradient_norms(logits.teacher, logits.students[EARLY], logits.labels, list(heat))
    assert w("why.norms", n=20, epoch=EARLY, **figures.norm_values(w, norms)) in said(page)
    shown = chart(page, figures.norms_figure(w, norms, 4)[1])["data"]
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
    unclear = analysis.Effect("adam", 0.0, False, (60,), moved, accuracy, accuracy, np.zeros(3, bool))
    assert w("effects.unclear") in figures.verdict(w, unclear)
    clear = analysis.Effect("adam", 0.0, False, (60,), accuracy - 0.1, accuracy, accuracy, np.zeros(3, bool))
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
