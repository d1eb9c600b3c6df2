"""When it helps and when it does not: scenarios, each guessed first and then trained over paired seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from kd_core.jobs import OnWorker, Study
from pages.learn.when import figures as shown
from pages.learn.when.scenarios import SCENARIOS, Finding, Reached, findings, latest
from pages.run.study import ask, asked, watch
from pages.ui.address import page_fields, write_page_fields
from pages.ui.chart import live_chart
from pages.ui.links import to_playground
from pages.ui.predict import guess_of, predict
from pages.ui.words import words

if TYPE_CHECKING:
    from pages.learn.when import runs
else:
    runs = OnWorker("pages.learn.when.runs")

FIRST, TEXT_WIDTH, CHART_WIDTH = next(iter(SCENARIOS)), 760, 900

w = words("when")
state = st.session_state


with st.container(width=TEXT_WIDTH):
    st.title(w("title"))
    st.markdown(w("intro"))

if "when_scenario" not in state:
    wanted = page_fields().get("scenario", [FIRST])[0]
    state.when_scenario = wanted if wanted in SCENARIOS else FIRST
options = {name: w(f"{name}.name") for name in SCENARIOS}
chosen = st.pills(
    w("choose"),
    options,
    default=state.when_scenario,
    key="when_scenario",
    required=True,
    format_func=options.__getitem__,
)
name = chosen or FIRST
write_page_fields({} if name == FIRST else {"scenario": name})
scenario = SCENARIOS[name]
study = ask(runs.play, name)

with st.container(width=TEXT_WIDTH):
    st.header(shown.tell(w, scenario, "name"))
    st.markdown(shown.tell(w, scenario, "setting"))
    outcomes = {sign: shown.tell(w, scenario, sign) for sign in shown.SIGNS.values()}
    guess = predict(f"when_{name}", shown.tell(w, scenario, "question"), outcomes)


def draw(study: Study[Reached]) -> None:
    """The pairs so far; what was distilled is kept back until the reader has guessed."""
    values = list(study.values)
    reached, open_now = latest(values), guess is not None
    with st.container(width=CHART_WIDTH):
        if study.is_live and values:
            st.progress(values[-1].epoch / values[-1].epochs, shown.stage(w, scenario, values[-1]))
        elif study.is_live:
            st.progress(0, w("waiting"))
        pairs = shown.pairs(w, scenario, reached, with_distilled=open_now)
        live_chart(pairs.figure, text=pairs.text, key=f"when_pairs_{name}")


st.subheader(w("pairs.title"))
watch(study, draw)
with st.container(width=TEXT_WIDTH):
    st.markdown(w("pairs.look") if guess is not None else w("guess_first"))

if study.status == "done" and guess is not None:
    reached = latest(study.values)
    found = findings(scenario, reached)
    st.subheader(w("differences.title"))
    with st.container(width=TEXT_WIDTH):
        st.markdown(shown.judge_guess(w, scenario, guess, found[0]))
        st.markdown("\n".join(f"- {shown.claim_sentence(w, scenario, finding)}" for finding in found))
    with st.container(width=CHART_WIDTH):
        claims = shown.claims(w, scenario, found)
        live_chart(claims.figure, text=claims.text, key=f"when_claims_{name}")
    with st.container(width=TEXT_WIDTH):
        st.markdown(w("differences.look"))
        st.markdown(shown.tell(w, scenario, "literature"))
        st.markdown(shown.tell(w, scenario, "why"))
    st.subheader(w("table.title"))
    with st.container(width=CHART_WIDTH):
        st.table(shown.numbers_table(w, scenario, reached), hide_index=True, border="horizontal")
        st.markdown(w("table.note", n=scenario.playground.seeds))
to_playground(scenario.playground, w("links.playground", case=shown.case_title(w, scenario, scenario.to_open)))

st.header(w("summary.title"))
with st.container(width=TEXT_WIDTH):
    st.markdown(w("summary.intro"))
    everything = st.toggle(w("summary.reveal"), key="when_everything")
known: dict[str, list[Finding] | str] = {}
for other in SCENARIOS.values():
    played = asked(runs.play, other.name)
    if played is None or played.status == "failed":
        known[other.name] = "not_run"
    elif played.is_live:
        known[other.name] = "running"
    elif guess_of(f"when_{other.name}") is None and not everything:
        known[other.name] = "unguessed"
    else:
        known[other.name] = findings(other, latest(played.values))
with st.container(width=TEXT_WIDTH):
    told = [finding for result in known.values() if isinstance(result, list) for finding in result]
    st.markdown(shown.summary_sentence(w, told))
guesses = {other: guess_of(f"when_{other}") or "" for other in SCENARIOS}
st.table(shown.summary_table(w, known, guesses, SCENARIOS.values()), hide_index=True, border="horizontal")
with st.container(width=TEXT_WIDTH):
    st.markdown(w("summary.chance"))
    st.header(w("limits.title"))
    st.markdown(w("limits.text"))
