"""Check yourself: a question at a time, answers computed when they are asked for, and a score."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from kd_core import Experiment
from kd_core.jobs import Call, Jobs, Study
from kd_core.sweeps.grid import Sweep
from kd_core.sweeps.intervals import interval
from pages.learn.check import figures as check
from pages.learn.check.questions import QUESTIONS, Chart, Evidence, Question
from pages.ui.figures import COLOURS
from pages.ui.numbers import number, significant
from pages.ui.words import FOLDER, LANGUAGES, Words
from tests.pages.explaining import Learn, data_of, settle, study_of

NAMES = list(QUESTIONS)


def pictured(page: AppTest) -> list[dict[str, Any]]:
    """What the charts of the page are told to draw: their figure, and their text."""
    return [{"text": data["text"], **json.loads(data["figure"])} for data in data_of(page, "kd_chart")]


def said(page: AppTest) -> str:
    """All text of the page."""
    boxes = [*page.markdown, *page.caption, *page.success, *page.warning, *page.info, *page.error]
    return "\n".join(str(element.value) for element in boxes)


def evidence_of(name: str, service: Jobs) -> Evidence:
    """What the run of a question has found, as the page has it."""
    function, *arguments = QUESTIONS[name].computation
    study = study_of(service, function, *arguments)
    assert study.status == "done"
    evidence: Evidence = study.values[-1]
    return evidence


def answer(page: AppTest, name: str, given: str | float, service: Jobs) -> AppTest:
    """Answer the question on screen, and wait for its run."""
    if isinstance(given, str):
        page.radio(key=f"check_option_{name}").set_value(given)
    else:
        page.number_input(key=f"check_number_{name}").set_value(given)
    page.button(key=f"check_answer_{name}").click().run()
    return settle(page, service)


def show(page: AppTest, name: str, service: Jobs) -> AppTest:
    page.button(key=f"check_show_{name}").click().run()
    return settle(page, service)


def links_of(page: AppTest) -> list[Any]:
    """The links of the page itself, without those to the pages before and after it."""
    return [link for link in page.get("page_link") if not link.proto.label.startswith(("←", "Next:", "Weiter:"))]


def kept_names(kept: dict[str, str]) -> list[str]:
    return [key.removeprefix("check_") for key in kept]


def wrong_option(question: Question, evidence: Evidence) -> str:
    return next(option for option in question.options if option != question.answer(evidence))


def test_the_first_question_shows_a_digit_and_the_teachers_logits_unasked(learn: Learn, service: Jobs) -> None:
    page = learn("check")
    assert page.title[0].value == "Check yourself"
    assert page.header[0].value.startswith("Question 1 of ")
    function, *arguments = QUESTIONS[NAMES[0]].scene
    (given,) = study_of(service, function, *arguments).values
    (chart,) = pictured(page)
    logits = given.chart.series["teacher"]
    assert chart["data"][0]["y"] == pytest.approx(list(logits))
    for logit in logits:
        assert significant(Words("check", "en"), logit) in chart["text"]
    (html,) = [element.proto.body for element in page.get("html") if "data:image/png" in element.proto.body]
    assert f'alt="handwritten {given.labels[0]}"' in html


def test_nothing_of_an_answer_is_shown_before_it_is_given(learn: Learn, service: Jobs) -> None:
    page = learn("check")
    page.button(key="check_answer_shift").click().run()  # nothing is chosen yet
    assert page.warning[0].value == Words("check", "en")("choose_first")
    assert not links_of(page)
    assert "The run says" not in said(page)
    assert "Score: 0 of 0 right" in said(page)


def test_a_wrong_answer_then_a_right_one_count_as_one_of_two_until_one_starts_over(learn: Learn, service: Jobs) -> None:
    shown = show(learn("check", question="shift"), "shift", service)
    assert not shown.success
    evidence = evidence_of("shift", service)

    page = learn("check")
    answer(page, "shift", wrong_option(QUESTIONS["shift"], evidence), service)
    assert "✗ Not what the run says." in page.warning[0].value
    assert (
        Words("check", "en")(f"questions.shift.options.{QUESTIONS['shift'].answer(evidence)}") in page.warning[0].value
    )
    assert "Score: 0 of 1 right" in said(page)
    assert page.button(key="check_to_shift").label == "1 ✗"

    page.button(key="check_next").click().run()
    settle(page, service)
    assert page.query_params["question"] in (NAMES[1], [NAMES[1]])
    page.button(key="check_to_smaller").click().run()
    settle(page, service)
    answer(page, "smaller", 70.0, service)
    assert "✓ Right." in page.success[0].value
    assert "Score: 1 of 2 right" in said(page)
    assert page.button(key="check_to_smaller").label.endswith("✓")

    page.button(key="check_to_result").click().run()
    page.button(key="check_reset").click().run()
    settle(page, service)
    assert "Score: 0 of 0 right" in said(page)
    assert page.header[0].value.startswith("Question 1 of ")
    assert page.button(key="check_to_smaller").label == str(NAMES.index("smaller") + 1)
    assert page.radio(key="check_option_shift").value is None


def test_answers_are_kept_while_the_reader_is_on_another_page(learn: Learn, service: Jobs) -> None:
    page = learn("check", question="smaller")
    answer(page, "smaller", 70.0, service)
    settle(page.switch_page("learn/read_code/page.py").run(), service)
    settle(page.switch_page("learn/check/page.py").run(), service)
    assert "Score: 1 of 1 right" in said(page)
    assert page.header[0].value.startswith(f"Question {NAMES.index('smaller') + 1} of ")


def test_a_number_that_is_too_far_off_is_wrong(learn: Learn, service: Jobs) -> None:
    page = answer(learn("check", question="smaller"), "smaller", 60.0, service)
    assert "You said: 60.0 times" in page.warning[0].value
    assert f"{85002 / 1210:.1f} times" in page.warning[0].value


def test_to_be_shown_the_answer_is_not_to_be_right(learn: Learn, service: Jobs) -> None:
    page = show(learn("check", question="smaller"), "smaller", service)
    assert "○ Shown." in page.info[0].value
    assert "Score: 0 of 1 right" in said(page)


@pytest.mark.parametrize("name", NAMES)
def test_a_link_leads_to_its_question(learn: Learn, name: str) -> None:
    page = learn("check", question=name)
    assert page.header[0].value.startswith(f"Question {NAMES.index(name) + 1} of {len(NAMES)}")
    assert page.query_params.get("question", NAMES[0]) in (name, [name])


def test_a_link_to_no_question_leads_to_the_first_and_says_so(learn: Learn) -> None:
    page = learn("check", question="nonsense")
    assert page.header[0].value.startswith("Question 1 of ")
    assert "nonsense" in page.warning[0].value


def test_an_answer_that_was_sent_is_about_the_question_of_its_link_alone(learn: Learn, service: Jobs) -> None:
    page = learn("check", question="smaller", guess="70")
    assert page.session_state["guesses"] == {"check_smaller": "70"}
    assert "✓ Right." in page.success[0].value
    for link in ({"guess": "flatter"}, {"question": "shift", "guess": "flatter"}):
        assert learn("check", **link).session_state["guesses"] == {"check_shift": "flatter"}
    for link in ({"question": "few", "guess": "flatter"}, {"question": "smaller", "guess": "nan"}):
        assert learn("check", **link).session_state["guesses"] == {}


def test_what_the_tab_kept_over_a_refresh_is_judged_anew(learn: Learn, service: Jobs) -> None:
    kept = {"check_smaller": "70.0", "check_uniform": "9", "check_shift": "", "when_few": "up"}
    page = learn("check", guesses=kept)
    assert "Score: 1 of 3 right" in said(page)
    marks = {
        name: str(page.button(key=f"check_to_{name}").label).split()[-1] for name in ("smaller", "uniform", "shift")
    }
    assert marks == {"smaller": "✓", "uniform": "✗", "shift": "○"}
    page.button(key="check_to_result").click().run()
    page.button(key="check_reset").click().run()
    assert page.session_state["guesses"] == {"when_few": "up"}


def test_the_result_names_the_pages_of_what_was_wrong_or_shown(learn: Learn, service: Jobs) -> None:
    kept = {"check_smaller": "70", "check_uniform": "9", "check_shift": "", "check_alpha": "half"}
    page = learn("check", guesses=kept, question="result")
    w, frame = Words("check", "en"), Words("frame", "en")
    titles = {name: w(f"questions.{name}.title") for name in kept_names(kept)}
    links = {link.proto.label: link.proto.page for link in page.get("page_link") if link.proto.label.startswith("**")}
    again = [label for label in links if label.startswith(f"**{frame('pages.soft_targets')}**")]
    assert len(again) == 1
    assert titles["uniform"] in again[0]
    assert titles["shift"] in again[0]
    assert any(titles["alpha"] in label and page.endswith("two-losses") for label, page in links.items())
    assert not any(titles["smaller"] in label for label in links)
    assert "Score: 1 of 4 right" in said(page)
    assert page.button(key="check_next").disabled


class EndsBetweenLooks(Study[Any]):
    """A study that is on its way for some looks and has ended at the next."""

    looks = 0

    def __getattribute__(self, name: str) -> Any:
        if name == "status" and self.looks > 0:
            self.looks -= 1
            return "running"
        return super().__getattribute__(name)


@pytest.mark.parametrize("looks", range(1, 12))
def test_a_run_that_ends_between_two_looks_does_not_stay_at_running(
    learn: Learn, service: Jobs, monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    function, *arguments = QUESTIONS["smaller"].computation
    page = show(learn("check", question="smaller"), "smaller", service)
    found = evidence_of("smaller", service)
    ending = EndsBetweenLooks(call=Call.of(function, *arguments), status="done")
    ending.values = [found]
    with monkeypatch.context() as patch:
        patch.setitem(service._shared, (Study, ending.key), ending)
        page = learn("check", guesses={"check_smaller": "70"}, question="order")
        ending.looks = looks
        page.button(key="check_to_smaller").click().run()
        assert not page.exception
        if ending.looks == 0:  # it has ended, and nobody asks the page again
            assert "Running" not in said(page)
            assert "✓ Right." in page.success[0].value


def test_the_ends_of_the_list_have_no_further_question(learn: Learn) -> None:
    first, last = learn("check"), learn("check", question=NAMES[-1])
    assert first.button(key="check_previous").disabled
    assert not first.button(key="check_next").disabled
    last.button(key="check_next").click().run()
    assert last.header[0].value == Words("check", "en")("result.title")
    assert last.button(key="check_next").disabled


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_shown_with_its_numbers_its_chart_and_its_link(
    learn: Learn, service: Jobs, name: str, lang: str
) -> None:
    page = show(learn("check", question=name, lang=lang), name, service)
    question, evidence, w = QUESTIONS[name], evidence_of(name, service), Words("check", lang)
    found = question.answer(evidence)
    text = said(page)
    place = f"questions.{name}"
    if isinstance(found, str):
        assert w(f"{place}.options.{found}") in text
    else:
        assert w(f"{place}.value", value=number(w, found, {"smaller": 1, "uniform": 4}[name])) in text
    for gap in evidence.differences.values():
        verdict = w("clear" if gap.holds else "flips.difference" if gap.is_clear else "unclear")
        mean, low, high = (number(w, value, 2, sign=True) for value in (gap.mean, gap.low, gap.high))
        lines = [line for line in text.split("\n") if mean in line and low in line]
        assert any(high in line and f"n = {gap.n}" in line and verdict in line for line in lines)
    for key, found_mean in evidence.means.items():
        assert f"{check.written(w, key, found_mean.mean)} % (" in text
        assert f"n = {found_mean.n}" in text
        assert found_mean.splits == question.experiment.splits
    chart = pictured(page)[0]
    for trace, values in zip(chart["data"], evidence.chart.series.values(), strict=True):
        drawn = [np.nan if value is None else value for value in trace["y"]]
        assert drawn == pytest.approx(list(values), nan_ok=True)
    (link,) = links_of(page)
    if question.page == "playground":
        assert Experiment.from_query(link.proto.query_string or "").to_query() == question.experiment.to_query()
    elif question.page == "sweep":
        assert Sweep.from_query(link.proto.query_string) == question.sweep
    else:
        assert link.proto.page.replace("-", "_").endswith(question.page)
    assert parse_qs(link.proto.query_string) or question.page not in ("playground", "sweep")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_language_has_words_for_every_option_and_every_reason(name: str, lang: str) -> None:
    w, question = Words("check", lang), QUESTIONS[name]
    options = w.get(f"questions.{name}.options") if question.options else {}
    assert set(options) == set(question.options)
    assert len(set(options.values())) == len(options)
    why = w.get(f"questions.{name}.why")
    assert isinstance(why, str) or set(why) == set(question.options)
    if question.kind == "number":
        assert "{value" in w(f"questions.{name}.value")


def test_a_run_on_its_way_gives_no_verdict(learn: Learn, service: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    function, *arguments = QUESTIONS["few"].computation
    half = Study(call=Call.of(function, *arguments), status="running")
    found = Evidence({"alone": 1.0, "distilled": 2.0}, Chart("pairs", (1,), {}), done=0.5)
    half.values = [found]
    page = learn("check", question="few")
    with monkeypatch.context() as patch:
        patch.setitem(service._shared, (Study, half.key), half)
        page.button(key="check_show_few").click().run()
        assert not page.exception
        assert "Running: 50 % done" in said(page)
        assert "The run says" not in said(page)
        assert page.button(key="check_to_few").label.endswith("…")
        half.status = "done"


def test_an_answer_that_a_split_can_flip_is_told_with_its_numbers_and_not_scored(
    learn: Learn, service: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    w, (function, *arguments) = Words("check", "en"), QUESTIONS["few"].computation
    flips = interval(np.linspace(-2, 4, 20), splits=10)
    study = Study(call=Call.of(function, *arguments), status="done")
    series = {name: np.full(20, 90.0) for name in ("alone", "distilled")}
    study.values = [
        Evidence(
            {"alone": 90.0, "distilled": 91.0}, Chart("pairs", tuple(range(20)), series), {"gain": flips}, collapsed=2
        )
    ]
    page = learn("check", question="few", guesses={"check_smaller": "70"})
    with monkeypatch.context() as patch:
        patch.setitem(service._shared, (Study, study.key), study)
        page.radio(key="check_option_few").set_value("first")
        page.button(key="check_answer_few").click().run()
        assert not page.exception
        assert "≈ A split can flip this: not scored." in page.info[0].value
        assert w("flips.answer") in page.info[0].value
        assert "You said: The distilled student, clearly" in page.info[0].value
        assert f"n = 20 pairs on 10 splits), {w('flips.difference')}" in said(page)
        assert w("collapsed", count=2) in said(page)
        assert w("flips.why") in said(page)
        assert "Score: 1 of 1 right" in said(page)
        assert w("moot", count=1) in said(page)
        assert str(page.button(key="check_to_few").label).endswith("≈")


def test_every_series_of_every_chart_has_a_look_and_a_name_of_its_own(service: Jobs) -> None:
    for lang in LANGUAGES:
        assert set(Words("check", lang).get("series")) == set(check.LOOKS)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("pattern", ("teacher", "alone")),
        ("pattern", ("teacher", "distilled")),
        ("pattern", ("before", "after")),
        ("pattern", ("plain", "soft")),
        ("pattern", ("forward", "backward")),
        ("dash", ("teacher", "limit")),
        ("dash", ("with", "without")),
        ("symbol", ("distilled", "alone")),
        ("symbol", ("alone", "plain", "soft")),
        ("symbol", ("agreement_alone", "agreement_distilled", "accuracy_alone", "accuracy_distilled")),
        ("symbol", ("adam_with", "adam_without", "sgd_with", "sgd_without")),
    ],
)
def test_no_two_series_of_a_chart_differ_by_colour_alone(kind: str, names: tuple[str, ...]) -> None:
    assert len({getattr(check.LOOKS[name], kind) for name in names}) == len(names)


def test_a_patterned_bar_keeps_its_colour_under_the_pattern() -> None:
    chart = Chart("bars", (0, 1), {"alone": np.array([1.0, 2.0])})
    (bar,) = check.picture(Words("check", "en"), chart, "given.digit").figure.data
    assert bar.marker.color == COLOURS["alone"]
    assert bar.marker.pattern.fillmode == "overlay"  # else only the lines would be drawn, white on white


def test_numbers_are_written_as_the_language_writes_them() -> None:
    found = {"change": 1.11e-16, "distance_one": 0.0, "distance_half": 1.2345, "share": 1.234, "entropy": 2.30258}
    english, german = (check.written_numbers(Words("check", language), found) for language in ("en", "de"))
    assert list(english.values()) == ["1.1e−16", "0", "1.23", "1.23", "2.3026"]
    assert list(german.values()) == ["1,1e−16", "0", "1,23", "1,23", "2,3026"]
    settings = check.written_settings(Words("check", "de"), {"temperature": 20.0, "alpha": 0.1, "absent": 3})
    assert settings == {"temperature": "20", "alpha": "0,1", "absent": 3}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_holds_a_format_of_its_own(lang: str) -> None:
    texts = (FOLDER / lang / "check.toml").read_text()
    assert not re.findall(r"{[a-z_]+[:!]", texts)
