"""The laboratory speaks the reader's language, and a change of language costs nothing but the words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from kd_core.data import DATASETS
from kd_core.experiment import SETTINGS, Experiment
from kd_core.jobs import Jobs, Run, SweepRun
from kd_core.sweeps.grid import AXES, Sweep
from pages.lab.playground.presets import PRESETS
from pages.run.session import PACES
from pages.ui.links import SCRIPTS
from pages.ui.words import LANGUAGES, Words, texts
from tests.pages.explaining import data_of

QUICK = "dataset=blobs&teacher=8&teacher_epochs=2&student=4&epochs=3&seeds=2"
SWEEP = "dataset=blobs&teacher=8&teacher_epochs=20&student=8&epochs=20&seeds=3&labels=40&over=temperature=1,4"
RUN = Path("pages/run")

Open = Callable[..., AppTest]


@pytest.fixture
def lab(service: Jobs) -> Iterator[Open]:
    """Opens a page of the laboratory inside the frame, and waits until its runs have ended."""

    def open_page(name: str, query: str) -> AppTest:
        page = AppTest.from_file(Path("pages/navigation.py").resolve(), default_timeout=60)
        for field, values in parse_qs(query).items():
            page.query_params[field] = values
        page.run().switch_page(SCRIPTS[name]).run()
        for run in service.all(Run):
            service.call(service.until(run, lambda run=run: not run.is_live), timeout=60)
        for sweep in service.all(SweepRun):
            service.call(service.ended(sweep), timeout=60)
        page.run()
        assert not page.exception, page.exception
        return page

    st.cache_resource.clear()
    yield open_page
    st.cache_resource.clear()


def speak(page: AppTest, language: str) -> AppTest:
    """Choose a language as a visitor does, and draw the page once more after that."""
    page.selectbox(key="lang").select(language).run().run()
    assert not page.exception, page.exception
    return page


def labels(page: AppTest) -> dict[str, str]:
    kinds = (page.button, page.selectbox, page.slider, page.number_input, page.text_input, page.toggle)
    return {str(element.key): element.label for kind in kinds for element in kind if element.key}


def live(page: AppTest) -> dict[str, Any]:
    (data,) = data_of(page, "kd_live")
    return dict(data)


def test_english_settings_are_those_of_the_command_line() -> None:
    setting = Words("settings", "en")
    assert {name: setting(f"{name}.help") for name in SETTINGS} == {name: one.help for name, one in SETTINGS.items()}
    assert {name: setting(f"{name}.name") for name in SETTINGS} == {name: name for name in SETTINGS}
    assert {name: setting(f"data.{name}") for name in DATASETS} == {name: one.title for name, one in DATASETS.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_preset_speed_axis_and_data_set_has_its_words_and_no_two_have_the_same(language: str) -> None:
    playground, setting, sweep = (Words(page, language) for page in ("playground", "settings", "sweep"))
    for named in (
        [playground(f"presets.{name}.name") for name in PRESETS],
        [playground(f"presets.{name}.hint") for name in PRESETS],
        [playground(f"speeds.{name}") for name in PACES],
        [setting(f"{name}.name") for name in SETTINGS],
        [setting(f"data.{name}") for name in DATASETS],
        [setting(f"short_data.{name}") for name in DATASETS],
        [sweep(f"axes.{name}") for name in AXES],
    ):
        assert len(set(named)) == len(named)


class _Markup(HTMLParser):
    """The words, and the names of words, in a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.named: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.said += [str(found[name]) for name in ("aria-label", "title", "alt", "placeholder") if name in found]
        self.named |= {str(found[name]) for name in ("data-text", "data-label", "data-options") if name in found}

    def handle_data(self, data: str) -> None:
        self.said += data.split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_live_view_finds_every_word_that_it_names_and_says_none_of_its_own(language: str) -> None:
    markup = _Markup()
    markup.feed((RUN / "live.html").read_text())
    assert set(markup.said) == {"…"}  # until there is something to say
    named = set(re.findall(r"\bwords\.(\w+)", (RUN / "live.js").read_text()))
    live = texts("live", language)
    actors = Words("frame", language).get("actors")
    assert {name.split(".")[0] for name in named | markup.named} - {"actors"} <= set(live)
    assert {name.split(".")[1] for name in markup.named if "." in name} == set(actors)


def test_the_playground_in_german(lab: Open) -> None:
    page = lab("playground", "dataset=blobs&teacher=8&teacher_epochs=20&student=8&epochs=20&seeds=3&lang=de")
    shown = labels(page)
    assert (shown["step"], shown["stop"], shown["temperature"]) == ("Schritt", "Stopp", "Temperatur T")
    assert shown["alpha"] == "Alpha: 0 nur Lehrer, 1 nur Labels"
    assert page.selectbox(key="pace").options[:2] == ["10 Epochen/s", "volles Tempo"]
    assert page.button(key="preset_few_labels").label == "Wenige Labels"
    assert page.subheader[0].value == "Ablage"
    assert page.dataframe[0].value["run"].tolist() == ["Lauf 1"]
    assert page.query_params["lang"] == "de"
    row = page.dataframe[0].value.iloc[0]
    assert re.fullmatch(r"[+−]\d+,\d\d", row["gain"])
    assert any("T=4" in text.value and "= 0{,}1" in text.value for text in page.markdown)


def test_messages_are_in_german_too(lab: Open) -> None:
    page = lab("playground", f"{QUICK}&lang=de&temperature=0.5")
    assert (
        "temperature=0\\.5 ist nicht erlaubt. Erlaubt für temperature: eine Zahl von 1 bis 20." in page.error[0].value
    )
    page = lab("sweep", f"{SWEEP}&lang=de&over=banana=1")
    assert (
        "over=temperature,banana ist nicht erlaubt. Erlaubt für over: eins oder zwei von temperature, "
        in page.error[0].value
    )


def test_a_change_of_language_keeps_everything_that_the_playground_holds(lab: Open) -> None:
    page = lab("playground", QUICK)
    page.selectbox(key="pace").set_value("5").run()
    page.slider(key="temperature").set_value(9.0).run()
    run, shelf = page.session_state.run, list(page.session_state.shelf)
    for language in ("de", "en"):
        speak(page, language)
        assert labels(page)["temperature"] == Words("settings", language)("temperature.label")
        assert page.session_state.run is run
        assert page.session_state.shelf == shelf
        assert page.session_state.pace == "5"
        assert page.selectbox(key="dataset").value == "blobs"
        assert page.session_state.draft == Experiment.from_query(f"{QUICK}&temperature=9")
        assert page.query_params["temperature"] == "9"
        assert not page.error


def test_a_preset_stays_chosen_when_the_language_changes(lab: Open) -> None:
    page = lab("playground", "labels=0")
    hint = Words("playground", "de")("presets.all_labels.hint")
    assert live(page)["hint"] == Words("playground", "en")("presets.all_labels.hint")
    run = page.session_state.run
    speak(page, "de")
    assert page.session_state.run is run
    assert live(page)["hint"] == hint


def test_the_sweep_in_german_says_what_it_says_in_english_and_loses_nothing(lab: Open) -> None:
    page = lab("sweep", SWEEP)
    run = page.session_state.sweep_run
    speak(page, "de")
    shown = labels(page)
    assert (shown["sweep_choose"], shown["sweep_seeds"]) == ("Wähl für mich", "Seeds")
    assert page.selectbox(key="sweep_axis_0").options[0] == "Temperatur"
    assert page.selectbox(key="sweep_axis_1").value == ""
    assert page.selectbox(key="sweep_dataset").value == "blobs"
    assert page.session_state.sweep_run is run
    assert page.session_state.sweep == Sweep.from_query(SWEEP)
    assert any("Von 2 Zellen" in text.value for text in page.markdown)
    assert any(caption.value.startswith("fertig nach ") for caption in page.caption)
    accurate = r"Höchste Genauigkeit auf dieser Aufteilung: \d+,\d % bei T"
    assert any(re.search(accurate, text.value) for text in page.markdown)
    headline = r"### (Größter Gewinn auf dieser Aufteilung: \+\d+,\d Punkte bei T|Keine Zelle)"
    assert any(re.match(headline, t.value) for t in page.markdown)
    assert list(page.dataframe[0].value)[:4] == ["temperature", "distilled", "alone", "gain"]  # as in the downloads
    assert page.query_params["over"] == "temperature=1,4"


def send_old_words(page: AppTest, key: str, words: str) -> AppTest:
    """As a browser that has not heard of the new language yet."""
    page.selectbox(key=key).options.append(words)
    page.selectbox(key=key).set_value(words).run()
    assert not page.exception, page.exception
    return page


def test_a_browser_that_still_sends_words_of_the_old_language_changes_nothing(lab: Open) -> None:
    page = speak(lab("playground", f"{QUICK}&labels=40"), "de")
    run = page.session_state.run
    send_old_words(page, "dataset", "blobs")
    send_old_words(page, "pace", "10 epochs/s")
    assert (page.session_state.dataset, page.session_state.pace) == ("blobs", "10")
    assert page.session_state.run is run
    assert not page.error
    page = speak(lab("sweep", SWEEP), "de")
    send_old_words(page, "sweep_axis_0", "temperature")
    assert page.selectbox(key="sweep_axis_0").value == "temperature"
    assert page.multiselect(key="sweep_values_0").value == ["1", "4"]  # no other axis was chosen: nothing is suggested


def test_words_of_the_old_language_are_a_choice_too_if_they_name_another_option(lab: Open) -> None:
    page = speak(lab("playground", f"{QUICK}&labels=40"), "de")
    send_old_words(page, "dataset", "rings")
    assert page.session_state.draft.dataset == "rings"
    page = speak(lab("sweep", SWEEP), "de")
    send_old_words(page, "sweep_axis_0", "label_noise")
    assert page.multiselect(key="sweep_values_0").value == ["0", "0.2", "0.4", "0.6"]


def test_figures_and_their_texts_are_in_the_language_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.lab.sweep import figures

    monkeypatch.setattr("pages.ui.words.language", lambda: "de")
    sweep = Sweep.parse(Experiment(), ["temperature=1,4", "alpha=0,1"])
    empty: list[Any] = [None] * 4
    layout = figures.map_figure(sweep, empty).layout
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == (
        "Temperatur T",
        "Alpha (0 = Lehrer, 1 = Labels)",
    )
    assert list(figures.map_figure(Sweep.parse(Experiment(), ["alpha=0,0.5"]), empty[:2]).data[0].x) == ["0", "0,5"]
    assert [line.name for line in figures.curves_figure(sweep, empty).data] == ["Alpha 0", "Alpha 1"]
    assert figures.headers(sweep)["alpha"] == "Alpha"
    assert figures.headline(sweep, empty, live=True) == "Die ersten Zellen füllen sich, wenn der Lehrer trainiert ist."
