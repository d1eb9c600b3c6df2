"""When it helps and when it does not: nine scenarios, each guessed first and then trained over ten splits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from kd_core.jobs import OnWorker, Study
from pages.learn.when import cards
from pages.learn.when import figures as shown
from pages.learn.when.scenarios import SCENARIOS, Finding, Reached, Scenario, findings, latest
from pages.run.study import ask, asked, follow
from pages.ui.address import held, hold, option, page_fields
from pages.ui.chart import live_chart
from pages.ui.heading import heading
from pages.ui.links import to_playground
from pages.ui.predict import choose, guess_of, take_sent
from pages.ui.style import style_of
from pages.ui.terms import prose
from pages.ui.words import words

if TYPE_CHECKING:
    from pages.learn.when import runs
else:
    runs = OnWorker("pages.learn.when.runs")

STYLE = style_of(Path(__file__).with_name("page.css"))
SCENARIO = option("when", "scenario", ("", *SCENARIOS))  # the card that is open, if any

w = words("when")
state = st.session_state
Known = dict[str, list[Finding] | str]


def key_of(scenario: Scenario) -> str:
    return f"when_{scenario.name}"


def turn_to(name: str) -> None:
    state[SCENARIO.key] = name


def study_of(scenario: Scenario) -> Study[Reached] | None:
    """A scenario is played when its card is open or guessed; or somebody else has had it played."""
    if scenario.name == opened or guess_of(key_of(scenario)) is not None:
        return ask(runs.play, scenario.name)
    return asked(runs.play, scenario.name)


def draw_card(scenario: Scenario, study: Study[Reached] | None) -> None:
    """The chart and, once there is a guess, guess and finding; nothing is told of a scenario before its guess."""
    guess, ended = guess_of(key_of(scenario)), study is not None and study.status == "done"
    values = list(study.values) if study and (guess is not None or scenario.name == opened) else []
    found = findings(scenario, latest(values)) if guess is not None else []
    first = next((finding for finding in found if finding.claim == scenario.claims[0]), None)
    now = None if ended or not values else values[-1]
    html = cards.chart(w, scenario, first, now)
    if guess is not None and not (study and study.status == "failed"):
        html += cards.guessed(w, scenario, guess, first if ended else None, now)
    cards.show(key=f"when_chart_{scenario.name}", data={"html": html}, height="content")


def is_right(name: str) -> bool:
    """Whether the guess about a scenario is what was found, once it has been played."""
    scenario = SCENARIOS[name]
    study = study_of(scenario)
    if study is None or study.status != "done":
        return False
    first = findings(scenario, latest(study.values))[0]
    return not first.can_flip and shown.SIGNS[first.sign] == guess_of(key_of(scenario))


def card(scenario: Scenario) -> None:
    """A question, its chart, and the guess."""
    name, key = scenario.name, key_of(scenario)
    is_open = name == opened
    with st.container(border=True, key=f"when_card_{name}{'_open' if is_open else ''}"):
        st.button(
            shown.tell(w, scenario, "name"),
            key=f"when_open_{name}",
            type="tertiary",
            icon=":material/expand_less:" if is_open else ":material/expand_more:",
            on_click=turn_to,
            args=("" if is_open else name,),
        )
        st.html(f'<p class="kd-ask">{shown.tell(w, scenario, "question")}</p>')
        study = study_of(scenario)
        follow([study] if study else [], lambda: draw_card(scenario, study))
        if guess_of(key) is None:
            with st.container(horizontal=True, key=f"when_guess_{name}"):
                choose(key, {sign: shown.tell(w, scenario, sign) for sign in shown.SIGNS.values()})


def detail(scenario: Scenario) -> None:
    """What an open card has to say: every pair, what is claimed and what is found, the numbers."""
    guess, study = guess_of(key_of(scenario)), ask(runs.play, scenario.name)

    def draw() -> None:
        """The pairs so far; what was distilled is kept back until the reader has guessed."""
        picture = shown.pairs(w, scenario, latest(study.values), with_distilled=guess is not None)
        live_chart(picture.figure, text=picture.text, key=f"when_pairs_{scenario.name}")

    with st.container(border=True, key="when_detail"):
        pairs, words_of = st.columns([1, 1], gap="large")
        with pairs:
            st.markdown(f"**{w('pairs.title')}**")
            follow([study], draw)
            st.caption(w("pairs.look" if guess is not None else "guess_first"))
        with words_of:
            st.markdown(shown.tell(w, scenario, "setting"))
            with st.container():
                if study.status == "done" and guess is not None:
                    compare(scenario, guess, latest(study.values))
            to_playground(
                scenario.playground, w("links.playground", case=shown.case_title(w, scenario, scenario.to_open))
            )


def compare(scenario: Scenario, guess: str, reached: dict[str, Reached]) -> None:
    """The guess, the claims and what is found of them."""
    found = findings(scenario, reached)
    st.markdown(shown.judge_guess(w, scenario, guess, found[0]))
    claims = shown.claims(w, scenario, found)
    live_chart(claims.figure, text=claims.text, key=f"when_claims_{scenario.name}")
    st.markdown("\n".join(f"- {shown.claim_sentence(w, scenario, finding)}" for finding in found))
    st.markdown(shown.tell(w, scenario, "why"))
    with st.expander(w("more")):
        st.markdown(shown.tell(w, scenario, "literature"))
        st.table(shown.numbers_table(w, scenario, reached), hide_index=True, border="horizontal")
        st.caption(w("table.note", n=scenario.playground.seeds, splits=scenario.playground.splits))
        st.caption(w("differences.look"))


def results() -> Known:
    """What is found of every scenario, or why there is nothing to show."""
    known: Known = {}
    for scenario in SCENARIOS.values():
        study = study_of(scenario)
        if study is None or study.status == "failed":
            known[scenario.name] = "not_run"
        elif study.is_live:
            known[scenario.name] = "running"
        elif guess_of(key_of(scenario)) is None and not everything:
            known[scenario.name] = "unguessed"
        else:
            known[scenario.name] = findings(scenario, latest(study.values))
    return known


opened = held(SCENARIO)
if opened and page_fields().get(SCENARIO.name) == [opened]:  # a guess that was sent is about the scenario of its link
    take_sent(f"when_{opened}", shown.SIGNS.values())
st.html(STYLE)
heading("when", guess=f"when_{opened}")
with st.container(horizontal=True, vertical_alignment="center", key="when_intro"):
    prose(w("intro"))
    told = [name for name in SCENARIOS if guess_of(f"when_{name}")]
    st.markdown(w("score", guessed=len(told), count=len(SCENARIOS), right=sum(map(is_right, told))), width="content")
with st.container(key="when_board"):
    for each in SCENARIOS.values():
        card(each)
        with st.container(key=f"when_slot_{each.name}"):  # always there: no element of the page changes its place
            if each.name == opened:
                detail(each)

st.header(w("summary.title"))
st.markdown(w("summary.intro"))
everything = st.toggle(w("summary.reveal"), key="when_everything")
found_so_far = results()
st.markdown(shown.summary_sentence(w, [f for found in found_so_far.values() if isinstance(found, list) for f in found]))
guesses = {name: guess_of(f"when_{name}") or "" for name in SCENARIOS}
st.table(shown.summary_table(w, found_so_far, guesses, SCENARIOS.values()), hide_index=True, border="horizontal")
st.caption(w("summary.chance"))
with st.expander(w("limits.title")):
    st.markdown(w("limits.text"))
hold(SCENARIO)
