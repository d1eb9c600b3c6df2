"""Another domain: what is shown is what was trained, the guess comes first, and links hold what is seen."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from kd_core.domains import DOMAINS
from kd_core.jobs import Call, Jobs, OnWorker, Study
from pages.learn.domain import figures, pictures
from pages.learn.domain.analysis import ACTORS, CASES, HELD_BACK, Pair, Reached, experiment_of, latest, shifts_of
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, links, settle, study_of, text

ADAPT = OnWorker("pages.learn.domain.runs").adapt
EN, DE = (Words("domain", language) for language in ("en", "de"))
LANGUAGES = pytest.mark.parametrize("w", [EN, DE], ids=["en", "de"])
BLOBS = ("blobs", "moved", "256-256")
GUESSED = {"domain_blobs_moved": "up"}


def reached_of(service: Jobs, told: int = 20) -> Reached:
    study = study_of(service, ADAPT, *BLOBS, told)
    assert study.status == "done", study.message
    found = latest(study.values)
    assert found is not None
    return found


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def visit(learn: Learn, guesses: dict[str, str] | None = None, **query: str) -> AppTest:
    """The page on the clouds of points, with 20 labels of the target: the quickest."""
    return learn("domain", guesses=guesses, **{"dataset": "blobs", "target_labels": "20", **query})


def made_up(**means: float) -> Reached:
    """Results that no training gave: every pair alike but for a thousandth."""
    values = {}
    for actor in ACTORS:
        n = 5 if actor.endswith("teacher") else 10
        values[actor] = (means.get(actor, 0.6) + 0.001 * (np.arange(n) % 3)).astype(np.float32)
    return Reached("students", 1, 1, values, values, {})


@LANGUAGES
def test_before_the_guess_what_it_is_about_is_held_back(learn: Learn, service: Jobs, w: Words) -> None:
    page = visit(learn, lang=w.language)
    reached = reached_of(service)
    (chart,) = data_of(page, "kd_chart")
    assert chart["text"] == figures.both_domains(w, "blobs", reached, ["teacher", "alone", "distilled"]).text
    assert not any(w(f"actors.{actor}") in html(page) for actor in HELD_BACK)
    assert w("waiting_guess") in [element.value for element in page.caption]
    assert figures.fall(w, reached) in text(page)
    assert not page.table


@LANGUAGES
def test_after_the_guess_the_page_shows_what_was_trained(learn: Learn, service: Jobs, w: Words) -> None:
    page = visit(learn, GUESSED, lang=w.language)
    reached = reached_of(service)
    (chart,) = data_of(page, "kd_chart")
    assert chart["text"] == figures.both_domains(w, "blobs", reached, list(ACTORS)).text
    for sentence in (*figures.verdicts(w, reached), *figures.told_verdicts(w, reached, 20)):
        assert sentence in text(page)
    assert figures.judge(w, "up", reached.gain) in text(page)
    assert page.table[0].value.to_dict("records") == figures.table(w, reached, list(ACTORS))


def test_a_plane_is_seen_in_both_domains_and_through_everybody_s_eyes(learn: Learn, service: Jobs) -> None:
    shown = html(visit(learn, GUESSED))
    assert shown.count("data:image/svg+xml") == 2 + len(ACTORS) - 1
    drawn = base64.b64decode(re.findall(r"svg\+xml;base64,([^\"]+)", shown)[0]).decode()
    assert "data:image/png" in drawn
    assert drawn.count("<path") + drawn.count("<circle") + drawn.count('width="0.060"') == 250


def test_without_target_labels_nobody_is_told_any(learn: Learn, service: Jobs) -> None:
    page = visit(learn, GUESSED, target_labels="0")
    (chart,) = data_of(page, "kd_chart")
    assert EN("actors.told_alone") not in chart["text"]
    assert EN("told.title", labels=0) not in text(page)


def test_a_target_that_does_not_fit_the_data_is_one_sentence(learn: Learn) -> None:
    page = visit(learn, target="thick")
    (warning,) = page.warning
    assert "thick" in warning.value
    assert page.selectbox(key="domain_target").value == "moved"
    assert "target" not in page.query_params


def test_another_source_brings_its_own_targets(learn: Learn, service: Jobs) -> None:
    page = visit(learn, target="noisy", target_labels="0")
    page.selectbox(key="domain_dataset").select("crescents").run()
    settle(page, service)
    assert page.query_params["dataset"] in ("crescents", ["crescents"])
    assert page.selectbox(key="domain_target").value == "turned"
    assert "target" not in page.query_params
    page.selectbox(key="domain_target").select("moved").run()
    settle(page, service)
    assert page.query_params["target"] in ("moved", ["moved"])
    assert not page.warning


def test_the_playground_opens_with_the_page_s_experiment(learn: Learn) -> None:
    experiment = experiment_of(*BLOBS, 20)
    assert (experiment.target, experiment.target_labels, experiment.extra_kind) == ("moved", 20, "target")
    query = links(visit(learn))[EN("end.playground")]
    assert {name: [value] for name, value in query.items()} == parse_qs(experiment.to_query())


def test_a_press_trains_every_shift_and_the_link_says_so(learn: Learn, service: Jobs) -> None:
    page = visit(learn, target_labels="0")
    assert service.asked(Study, Call.of(ADAPT, "blobs", "turned", "256-256", 0)) is None
    page.button(key="guess_domain_all_blobs_turned").click().run()
    settle(page, service)
    found = {
        shift: latest(study_of(service, ADAPT, "blobs", shift, "256-256", 0).values) for shift in shifts_of("blobs")
    }
    assert all(found.values())
    assert data_of(page, "kd_chart")[-1]["text"] == figures.all_shifts(EN, found).text
    assert figures.judge_best(EN, "turned", {shift: now for shift, now in found.items() if now}) in text(page)
    assert page.query_params["all"] in ("1", ["1"])


def test_data_that_cannot_be_had_is_one_sentence_and_nothing_is_lost(learn: Learn, service: Jobs) -> None:
    page = learn("domain", target="mnist", target_labels="0")
    (error,) = page.error
    assert "MNIST" in error.value
    assert page.selectbox(key="domain_target").value == "mnist"
    page.selectbox(key="domain_dataset").select("blobs").run()
    settle(page, service)
    assert not page.error
    assert data_of(page, "kd_chart")


# Words


@LANGUAGES
def test_every_shift_teacher_and_actor_has_a_name(w: Words) -> None:
    assert all(w(f"shifts.{name}") for name in DOMAINS)
    assert all(w(f"teachers.{name}") for case in CASES.values() for name in case.teachers)
    assert all(w(f"actors.{name}") for name in ACTORS)


@LANGUAGES
@pytest.mark.parametrize(
    ("abroad", "verdict"), [(0.7, "gain_up"), (0.6, "gain_none"), (0.5, "gain_down")], ids=["up", "none", "down"]
)
def test_the_verdict_is_that_of_the_interval(w: Words, abroad: float, verdict: str) -> None:
    reached = made_up(abroad=abroad, teacher=0.9)
    first, second, _ = figures.verdicts(w, reached)
    assert first.startswith(w(f"found.{verdict}", claim=figures.claim(w, reached.gain)))
    assert w("found.fails", teacher="", student="")[:15] not in second


@LANGUAGES
def test_a_teacher_that_is_wrong_more_often_than_right_fails(w: Words) -> None:
    _, second, _ = figures.verdicts(w, made_up(teacher=0.1, abroad=0.1))
    assert second.startswith(w("found.fails", teacher="", student="")[:15])


@LANGUAGES
def test_a_guess_about_all_shifts_is_right_only_if_none_is_better(w: Words) -> None:
    found = {"thick": made_up(abroad=0.8), "noisy": made_up(abroad=0.7), "turned": made_up(abroad=0.7995)}
    assert figures.judge_best(w, "thick", found).startswith(w("all.guess_right", shift=w("shifts.thick")))
    assert figures.judge_best(w, "noisy", found).startswith(w("all.guess_wrong", shift=w("shifts.noisy")))
    assert figures.judge_best(w, "thick", {"thick": made_up(abroad=0.6)}) == w("all.best_none")


def test_digits_stand_in_two_rows_of_the_same_ones() -> None:
    inputs = np.zeros((10, 64), np.float32)
    shown = pictures.strips(EN, "digits", Pair(inputs, np.arange(10), 1 - inputs, np.arange(10)))
    assert shown.count("<img") == 20
    assert shown.index(EN("domains.source")) < shown.index(EN("domains.target"))
