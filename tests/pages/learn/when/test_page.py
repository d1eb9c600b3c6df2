"""When it helps: what is shown is what the scenario came to, the guess comes first, and links open what they name."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from kd_core.jobs import Call, Jobs, OnWorker, Study
from kd_core.sweeps.intervals import interval
from pages.learn.when import cards
from pages.learn.when import figures as shown
from pages.learn.when.scenarios import HOLDS, OPEN, SCENARIOS, Latest, Reached, Scenario, findings, latest
from pages.ui.figures import Picture
from pages.ui.numbers import in_percent, number, percent, points, separators
from pages.ui.words import Words, texts
from tests.pages.explaining import Learn, data_of, settle, study_of

PLAY = OnWorker("pages.learn.when.runs").play
EN, DE = (Words("when", language) for language in ("en", "de"))
EACH = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
LANGUAGES = pytest.mark.parametrize("w", [EN, DE], ids=["en", "de"])


def drawn(w: Words, picture: Picture) -> str:
    """A figure as a page sends it: every chart has the separators of the reader's language."""
    return str(picture.figure.update_layout(separators=separators(w)).to_json())


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in page.markdown)


def reached_of(service: Jobs, name: str) -> Latest:
    study = study_of(service, PLAY, name)
    assert study.status == "done", study.message
    return latest(study.values)


def made_up(scenario: Scenario) -> Latest:
    """Results of the right shape that no training gave."""
    rng, seeds = np.random.default_rng(0), scenario.playground.seeds
    alone, gain = rng.uniform(0.6, 0.8, seeds), rng.uniform(0.0, 0.1, seeds)
    return {
        case.name: Reached(
            case.name,
            "students",
            3,
            3,
            np.full(scenario.playground.splits, 0.9),
            alone + 0.1 if case.assistant else None,
            alone,
            alone + (i + 1) * gain,
        )
        for i, case in enumerate(scenario.cases)
    }


def charts(page: AppTest) -> list[dict[str, Any]]:
    """What the charts of the page were given: figure and text."""
    return data_of(page, "kd_chart")


def points_of(figure: go.Figure, name: str) -> list[float]:
    return next(list(trace.x) for trace in figure.data if trace.name == name)


def shown_cards(page: AppTest) -> dict[str, str]:
    """The HTML of every card's chart, in the page's order."""
    return dict(zip(SCENARIOS, [data["html"] for data in data_of(page, "kd_card")], strict=True))


# The page


@LANGUAGES
def test_nine_cards_ask_and_tell_nothing_before_a_guess(learn: Learn, service: Jobs, w: Words) -> None:
    page = learn("when", lang=w.language)
    asked = {name: shown.tell(w, scenario, "question") for name, scenario in SCENARIOS.items()}
    bodies = [element.proto.body for element in page.get("html")]
    assert all(any(question in body for body in bodies) for question in asked.values())
    for name, html in shown_cards(page).items():
        assert ">?<" in html
        assert w("card.empty") in html
        assert "kd-stamp" not in html
        assert page.button(key=f"when_open_{name}").label == w(f"{name}.name")
    assert "scenario" not in page.query_params


@LANGUAGES
def test_an_open_card_is_alive_and_keeps_the_result_back(learn: Learn, service: Jobs, w: Words) -> None:
    page = learn("when", lang=w.language, scenario="few")
    reached = reached_of(service, "few")
    (chart,) = charts(page)
    assert chart["text"] == shown.pairs(w, SCENARIOS["few"], reached, with_distilled=False).text
    assert chart["figure"] == drawn(w, shown.pairs(w, SCENARIOS["few"], reached, with_distilled=False))
    assert w("guess_first") in [element.value for element in page.caption]
    assert ">?<" in shown_cards(page)["few"]
    assert w("verdicts.holds") not in str(page.table[-1].value)


@LANGUAGES
def test_after_the_guess_the_page_shows_what_was_computed(learn: Learn, service: Jobs, w: Words) -> None:
    page = learn("when", lang=w.language, scenario="few", guesses={"when_few": "none"})
    reached = reached_of(service, "few")
    (finding,) = findings(SCENARIOS["few"], reached)
    text = said(page)
    assert shown.found_text(w, finding) in text
    assert shown.verdict(w, finding) in text
    assert shown.judge_guess(w, SCENARIOS["few"], "none", finding) in text
    card = shown_cards(page)["few"]
    assert escape(shown.found_text(w, finding)) in card
    assert f"▲ {w('few.stamp.up')} {points(w, finding.interval.mean)}" in card
    assert w("card.wrong") in card
    assert card.count("kd-pair") == finding.interval.n
    numbers = page.table[0].value.to_dict("records")
    assert numbers == shown.numbers_table(w, SCENARIOS["few"], reached)
    assert in_percent(w, reached["few"].mean("teacher").mean) in str(numbers)
    pairs, claims = charts(page)
    assert pairs["text"] == shown.pairs(w, SCENARIOS["few"], reached, with_distilled=True).text
    assert pairs["figure"] == drawn(w, shown.pairs(w, SCENARIOS["few"], reached, with_distilled=True))
    assert claims["text"] == shown.claims(w, SCENARIOS["few"], [finding]).text
    assert claims["figure"] == drawn(w, shown.claims(w, SCENARIOS["few"], [finding]))


def test_a_guess_on_a_card_trains_it_and_stamps_it(learn: Learn, service: Jobs) -> None:
    page = learn("when")
    assert service.asked(Study, Call.of(PLAY, "weak")) is None
    page.button(key="guess_when_weak_down").click().run()
    settle(page, service)
    (finding, _) = findings(SCENARIOS["weak"], reached_of(service, "weak"))
    cards = shown_cards(page)
    assert f"▼ costs {points(EN, finding.interval.mean)}" in cards["weak"]
    assert "You: Worse than alone ✓" in cards["weak"]
    assert all("kd-stamp" not in html for name, html in cards.items() if name != "weak")
    assert "**1 of 9** guessed, **1** right" in said(page)
    assert not [button for button in page.button if str(button.key).startswith("guess_when_weak_")]


def test_while_a_scenario_trains_its_card_says_so_far_and_has_no_stamp(
    learn: Learn, service: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = Study[Reached](call=Call.of(PLAY, "few"), status="running")
    half.values = list(made_up(SCENARIOS["few"]).values())
    with monkeypatch.context() as patch:
        patch.setitem(service._shared, (Study, half.key), half)
        page = learn("when", scenario="few", guesses={"when_few": "up"})
        card = shown_cards(page)["few"]
        assert "So far:" in card
        assert "students: epoch 3 of 3" in card
        assert "kd-stamp" not in card
        assert "✓" not in card
        assert page.table[-1].value[EN("summary.found")][0] == EN("summary.running")
        assert not any(EN(f"verdicts.{verdict}") in said(page) for verdict in (HOLDS, OPEN))
        half.status = "done"


def test_a_click_opens_a_card_and_the_address_says_so(learn: Learn, service: Jobs) -> None:
    page = learn("when")
    page.button(key="when_open_plenty").click().run()
    settle(page, service)
    assert page.query_params["scenario"] in ("plenty", ["plenty"])
    assert shown.tell(EN, SCENARIOS["plenty"], "setting") in said(page)
    assert reached_of(service, "plenty")["plenty"].distilled is not None
    page.button(key="when_open_plenty").click().run()
    assert "scenario" not in page.query_params
    assert not charts(page)


def test_the_address_opens_a_card_and_of_an_unknown_one_the_page_tells(learn: Learn) -> None:
    assert shown.tell(EN, SCENARIOS["plenty"], "setting") in said(learn("when", scenario="plenty"))
    page = learn("when", scenario="nonsense")
    assert not charts(page)
    assert "nonsense" in page.warning[0].value


def test_a_guess_that_was_sent_is_about_the_scenario_of_its_link_alone(learn: Learn) -> None:
    page = learn("when", scenario="few", guess="down")
    assert page.session_state["guesses"] == {"when_few": "down"}
    page = learn("when", guess="down")
    assert page.session_state["guesses"] == {}


def test_the_playground_opens_with_the_experiment_that_was_talked_about(learn: Learn) -> None:
    page = learn("when", scenario="plenty")
    links = [link.proto for link in page.get("page_link")]
    (link,) = [proto for proto in links if "playground" in proto.page]
    assert parse_qs(link.query_string) == parse_qs(SCENARIOS["plenty"].playground.to_query())
    assert link.label == EN("links.playground", case=shown.case_title(EN, SCENARIOS["plenty"], "plenty"))


def test_the_summary_counts_what_has_been_run_and_guessed(learn: Learn, service: Jobs) -> None:
    page = learn("when", guesses={"when_few": "up", "when_plenty": "up"})
    rows = {row[EN("summary.scenario")]: row for row in page.table[-1].value.to_dict("records")}
    assert rows["Few labels"][EN("summary.verdict")] == EN(f"verdicts.{HOLDS}")
    assert rows["Few labels"][EN("summary.guess")] == EN("summary.guess_right")
    assert rows["Plenty of labels"][EN("summary.verdict")] == EN(f"verdicts.{OPEN}")
    assert rows["Plenty of labels"][EN("summary.guess")] == EN("summary.guess_wrong")
    assert rows["Born again"][EN("summary.found")] == EN("summary.not_run")
    assert len(page.table[-1].value) == sum(len(scenario.claims) for scenario in SCENARIOS.values())
    found = [*findings(SCENARIOS["few"], reached_of(service, "few"))]
    found += findings(SCENARIOS["plenty"], reached_of(service, "plenty"))
    assert shown.summary_sentence(EN, found) in said(page)


def test_what_was_not_guessed_is_hidden_until_the_reader_asks_for_it(learn: Learn) -> None:
    page = learn("when", scenario="few")
    found = EN("summary.found")
    assert page.table[-1].value[found][0] == EN("summary.unguessed")
    page.toggle(key="when_everything").set_value(True).run()
    assert page.table[-1].value[found][0].startswith("+")


# Cards


@EACH
def test_a_cards_scale_holds_zero_every_pair_and_the_interval(scenario: Scenario) -> None:
    for turned in (1, -1):
        (found, *_) = findings(scenario, made_up(scenario))
        differences = turned * found.differences
        found = found._replace(differences=differences, interval=interval(differences))
        html = cards.chart(EN, scenario, found)
        places = [float(place) for place in re.findall(r'c?x[12]?="(-?[\d.]+)%"', html)]
        assert min(places) >= 0
        assert max(places) <= 100
        ticks = re.findall(r'class="kd-tick" x="([\d.]+)%"[^>]*>([^<]+)<', html)
        scale = {float(text.replace("−", "-")): float(place) for place, text in ticks}
        assert 0 in scale
        assert 3 <= len(scale) <= 7
        low, high = min(scale), max(scale)
        expected = [
            scale[low] + (scale[high] - scale[low]) * (100 * value - low) / (high - low) for value in differences
        ]
        dots = [float(place) for place in re.findall(r'kd-pair" cx="([\d.]+)%"', html)]
        np.testing.assert_allclose(dots, expected, atol=0.01)
        assert shown.found_text(EN, found) in html


@LANGUAGES
@EACH
def test_every_stamp_has_a_word_a_mark_and_the_points(scenario: Scenario, w: Words) -> None:
    (found, *_) = findings(scenario, made_up(scenario))
    stamps = set()
    for differences in (np.array([0.02, 0.03, 0.02]), np.array([-0.02, -0.03, -0.02]), np.array([-0.02, 0.02, 0.0])):
        finding = found._replace(differences=differences, interval=interval(differences))
        html = cards.stamp(w, scenario, finding)
        assert points(w, finding.interval.mean) in html
        assert not re.search(r"[{}]", html)
        stamps.add(re.sub("<[^>]*>|[^\\w▲◆▼ ]", "", html).strip())
    assert len(stamps) == 3


# Words, tables and figures


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    def gaps(tree: dict[str, Any], path: str = "") -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, value in tree.items():
            if isinstance(value, dict):
                found |= gaps(value, f"{path}{name}.")
            else:
                found[path + name] = set(re.findall(r"\{[^}]*\}", value))
        return found

    english, german = gaps(texts("when", "en")), gaps(texts("when", "de"))
    assert english.keys() == german.keys()
    for name in english:
        if not name.endswith((".setting", ".question", ".why")):  # these need not repeat a setting as often
            assert english[name] == german[name], name


@LANGUAGES
@EACH
def test_every_scenario_has_all_its_words(scenario: Scenario, w: Words) -> None:
    for name in ("name", "setting", "question", "literature", "why", *shown.SIGNS.values()):
        text = shown.tell(w, scenario, name)
        assert text
        assert not re.search(r"[{}]", text)
    titles = [shown.case_title(w, scenario, case.name) for case in scenario.cases]
    assert len(set(titles)) == len(titles)
    reached = made_up(scenario)
    for finding in findings(scenario, reached):
        sentence = shown.claim_sentence(w, scenario, finding)
        assert shown.tell(w, scenario, f"claims.{finding.claim.name}") in sentence
        assert all(w(f"sources.{paper}") in sentence for paper in finding.claim.papers)
    assert len(shown.numbers_table(w, scenario, reached)) == len(scenario.cases)


@EACH
def test_the_chart_draws_every_pair_and_its_text_says_the_same(scenario: Scenario) -> None:
    reached = made_up(scenario)
    figure = shown.pairs(EN, scenario, reached, with_distilled=True).figure
    for actor, name in (("alone", "student alone"), ("distilled", "student distilled")):
        expected = np.concatenate([100 * reached[case.name].of(actor) for case in scenario.cases])
        np.testing.assert_allclose(points_of(figure, name), expected)
    text = shown.pairs(EN, scenario, reached, with_distilled=True).text
    for case in scenario.cases:
        assert percent(EN, reached[case.name].mean("distilled").mean) in text
        assert f"ahead in {reached[case.name].ahead} of {scenario.playground.seeds} pairs" in text


@EACH
def test_before_the_guess_neither_chart_nor_text_tells_of_distilled(scenario: Scenario) -> None:
    reached = made_up(scenario)
    figure = shown.pairs(EN, scenario, reached, with_distilled=False).figure
    assert {trace.name for trace in figure.data if trace.name} == {"teacher", "student alone"}
    assert "distilled" not in figure.to_json()
    assert "distilled" not in shown.pairs(EN, scenario, reached, with_distilled=False).text


def test_the_chart_is_there_before_anything_has_been_trained() -> None:
    scenario = SCENARIOS["weak"]
    teaching = {"weak": Reached("weak", "teacher", 1, 1, np.array([0.75, 0.85]))}
    for reached in ({}, teaching):
        figure = shown.pairs(EN, scenario, reached, with_distilled=True).figure
        assert len(figure.layout.annotations) == len(scenario.cases)
        text = shown.pairs(EN, scenario, reached, with_distilled=True).text
        assert text.count("no student has been measured yet") == len(scenario.cases)
    assert "80.0 %" in figure.layout.annotations[0].text


@EACH
def test_the_claims_chart_holds_every_seeds_difference_and_the_interval(scenario: Scenario) -> None:
    found = findings(scenario, made_up(scenario))
    figure, text = shown.claims(EN, scenario, found)
    seeds, means, sides = figure.data[0::3], figure.data[1::3], figure.data[2::3]
    for finding, dots, mean, side in zip(found, seeds, means, sides, strict=True):
        np.testing.assert_allclose(dots.x, 100 * finding.differences)
        assert mean.x[0] == pytest.approx(100 * finding.interval.mean)
        assert mean.x[0] + mean.error_x.array[0] == pytest.approx(100 * finding.interval.high)
        assert side.marker.symbol == ("triangle-right" if finding.claim.expected > 0 else "triangle-left")
        assert shown.found_text(EN, finding) in text


def test_a_guess_is_judged_by_the_first_claim() -> None:
    scenario = SCENARIOS["few"]
    (finding,) = findings(scenario, made_up(scenario))
    assert finding.sign == 1
    assert shown.judge_guess(EN, scenario, "up", finding).startswith("You guessed *Distilled is better*, and")
    assert "otherwise: *Distilled is better*" in shown.judge_guess(EN, scenario, "down", finding)
    assert shown.judge_guess(EN, scenario, "", finding) == "It ended so: *Distilled is better*."


def test_claims_without_a_paper_are_not_counted_as_literature() -> None:
    few, noisy = (findings(SCENARIOS[name], made_up(SCENARIOS[name])) for name in ("few", "noisy"))
    assert all(not finding.claim.papers for finding in noisy)
    sentence = shown.summary_sentence(EN, [*few, *noisy])
    assert [int(number) for number in re.findall(r"\d+", sentence)] == [1, 1, 0, 0, 2, 2]
    assert shown.verdict(EN, noisy[0]) == "holds, as the loss leads one to expect"
    turned = noisy[0]._replace(claim=noisy[0].claim._replace(expected=-1))
    assert shown.verdict(EN, turned) == "does not hold, against what the loss leads one to expect"


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert number(EN, -0.25, 2, sign=True) == "−0.25"
    assert number(DE, 1.5, sign=True) == "+1,5"
