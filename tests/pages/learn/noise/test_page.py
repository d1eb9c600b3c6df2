"""Noise and overfitting: the figure comes first, the guess before the distilled, and the link holds what is seen."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kd_core.jobs import Call, Jobs, OnWorker, Study
from pages.learn.noise import figures, findings
from pages.learn.noise.views import VIEWS, Chosen, Reached, Teaching, gather, of_page
from pages.learn.noise.views import findings as find
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, links, settle, text
from tests.pages.learn.noise.test_figures import made_up

MEASURE = OnWorker("pages.learn.noise.runs").measure
EN, DE = (Words("noise", language) for language in ("en", "de"))
LANGUAGES = pytest.mark.parametrize("w", [EN, DE], ids=["en", "de"])
SPEED = VIEWS["speed"]


def known_of(service: Jobs, name: str, settings: Chosen) -> Any:
    study = service.asked(Study, Call.of(MEASURE, name, settings))
    assert study is not None
    assert study.status == "done", study.message
    return gather(VIEWS[name].cases(of_page(settings)), study.values)


def chart(page: AppTest) -> dict[str, Any]:
    (only,) = data_of(page, "kd_chart")
    return dict(only)


@LANGUAGES
def test_the_page_opens_with_a_figure_and_keeps_the_distilled_back(learn: Learn, service: Jobs, w: Words) -> None:
    page = learn("noise", lang=w.language)
    known, view = known_of(service, "test", Chosen()), VIEWS["test"]
    assert chart(page)["text"] == figures.picture(w, view, known, with_distilled=False, level=0.4).text
    assert w("guess_first") in [element.value for element in page.caption]
    assert findings.question(w, view, 0.4) in text(page)
    assert page.query_params.keys() - {"lang"} == set()


@LANGUAGES
def test_after_the_guess_the_page_says_what_was_computed(learn: Learn, service: Jobs, w: Words) -> None:
    page = learn("noise", lang=w.language, guesses={"noise_test": "down"})
    known, view = known_of(service, "test", Chosen()), VIEWS["test"]
    assert chart(page)["text"] == figures.picture(w, view, known, with_distilled=True, level=0.4).text
    found = find(view, known, 0.4)
    assert findings.judged(w, view, "down", found[0]) in text(page)
    for each in found:
        assert w(f"claims.test.{each.claim}", at=findings.level_text(w, view, 0.4)) in text(page)
    assert len({each.interval.n for each in found} | {10}) == 1


def test_a_click_on_a_guess_shows_the_distilled(learn: Learn, service: Jobs) -> None:
    page = learn("noise", view="speed")
    page.button(key="guess_noise_speed_up").click().run()
    assert "distilled" in chart(page)["text"]
    known = known_of(service, "speed", Chosen())
    assert findings.judged(EN, SPEED, "up", find(SPEED, known, 0.85)[0]) in text(page)


def test_the_level_of_a_link_is_the_one_that_is_told_of(learn: Learn, service: Jobs) -> None:
    page = learn("noise", view="speed", level="0.9", guesses={"noise_speed": ""})
    known = known_of(service, "speed", Chosen())
    for line in findings.reaching(EN, known, 0.9, find(SPEED, known, 0.9)[0]):
        assert line in text(page)
    assert "90 %" in text(page)
    assert page.query_params["level"] in ("0.9", ["0.9"])


def test_the_link_holds_the_view_and_its_settings(learn: Learn, service: Jobs) -> None:
    page = learn("noise", view="speed", labels="50", student="16", temperature="8", alpha="0.3", wrong="0.2")
    known_of(service, "speed", Chosen("digits", 50, "16", 8.0, 0.3, 0.2))
    held = {name: page.query_params[name] for name in page.query_params}
    wanted = {"view": "speed", "labels": "50", "student": "16", "temperature": "8", "alpha": "0.3", "wrong": "0.2"}
    assert {name: value[0] if isinstance(value, list) else value for name, value in held.items()} == wanted


def test_the_playground_and_the_sweep_open_with_what_is_talked_about(learn: Learn) -> None:
    page = learn("noise", view="speed", labels="50")
    opened, plain = links(page), of_page(Chosen(labels=50))
    assert opened[EN("links.speed")]["labels"] == "50"
    assert opened[EN("links.speed")]["splits"] == str(plain.splits)
    assert opened[EN("links.sweep")]["over"].startswith("temperature=1,2")


def test_a_guess_that_was_sent_is_about_the_view_of_its_link(learn: Learn) -> None:
    page = learn("noise", view="speed", guess="down")
    assert page.session_state["guesses"] == {"noise_speed": "down"}


def test_rows_of_a_table_cannot_be_shifted_and_the_page_says_so(learn: Learn) -> None:
    page = learn("noise", view="shifts", dataset="iris")
    assert page.info[0].value == EN("needs_image")
    assert not data_of(page, "kd_chart")
    page = learn("noise", view="nonsense")
    assert "nonsense" in page.warning[0].value


def test_while_it_trains_the_splits_that_are_done_are_shown(
    learn: Learn, service: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = Study[Any](call=Call.of(MEASURE, "speed", Chosen(student="64")), status="running")
    series = made_up(SPEED, 2)["plain"]
    parts = [
        Reached("plain", series.x, split, series.teacher[split], series.test[:, split::2], series.train[:, split::2])
        for split in range(2)
    ]
    half.values = [Teaching(30, 30), *parts]
    with monkeypatch.context() as patch:
        patch.setitem(service._shared, (Study, half.key), half)
        page = learn("noise", view="speed", student="64", guesses={"noise_speed": "up"})
        assert page.get("progress")[0].proto.text == EN("progress.splits", done=2, splits=5)
        assert "4 of 4 get there" in chart(page)["text"]
        assert EN("why.speed") not in text(page)  # nothing is judged yet
        half.values = [Teaching(3, 30)]
        page.run()
        assert page.get("progress")[0].proto.text == EN("progress.teachers", epoch=3, epochs=30)
        half.status = "done"


def test_another_view_is_another_study(learn: Learn, service: Jobs) -> None:
    page = learn("noise", view="speed")
    page.segmented_control(key="noise_view").set_value("epochs").run()
    settle(page, service)
    known = known_of(service, "epochs", Chosen(wrong=0.3))
    assert known["stopped"].kept is not None
    assert page.query_params["view"] in ("epochs", ["epochs"])
