"""The lab of bugs: every known bug as a switch on a correct training step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from kd_core.jobs import OnWorker, Study
from pages.learn.bugs import figures as shown
from pages.learn.bugs.bugs import BUGS, FIRST, Examination, Point, judge
from pages.run.study import ask, follow, watch
from pages.ui.address import hidden, page_fields, write_page_fields
from pages.ui.chart import live_chart
from pages.ui.links import to_playground
from pages.ui.predict import guess_of, predict
from pages.ui.words import words

if TYPE_CHECKING:
    from pages.learn.bugs import runs
    from pages.learn.bugs.checks import runs as checks
else:
    runs = OnWorker("pages.learn.bugs.runs")
    checks = OnWorker("pages.learn.bugs.checks.runs")

TEXT_WIDTH = 760

w = words("bugs")
state = st.session_state


def go_on() -> None:
    """To the next bug of the list, and from the last to the first."""
    names = list(BUGS)
    state.bugs_bug = names[(names.index(state.bugs_bug) + 1) % len(names)]


st.html(shown.STYLE)
with st.container(width=TEXT_WIDTH):
    st.title(w("title"))
    st.markdown(w("intro"))

if "bugs_bug" not in state:
    wanted = page_fields().get("bug", [FIRST])[-1]
    state.bugs_bug = wanted if wanted in BUGS else FIRST
if "bug" in hidden():
    bug: str = state.bugs_bug
else:
    with st.container(horizontal=True, vertical_alignment="bottom", width=TEXT_WIDTH):
        bug = st.selectbox(
            w("choose"),
            list(BUGS),
            list(BUGS).index(state.bugs_bug),
            key="bugs_bug",
            format_func=lambda name: w(f"{name}.name"),
        )
        st.button(w("next"), key="bugs_next", icon=":material/skip_next:", on_click=go_on)
write_page_fields({} if bug == FIRST else {"bug": bug})
study, examination = ask(runs.study, bug), ask(checks.examine)

with st.container(width=TEXT_WIDTH):
    st.header(w(f"{bug}.name"))
    st.markdown(f"{w(f'{bug}.what')} {shown.seen(w, bug)}")
st.subheader(w("code.title"))
st.html(shown.code(w, bug))
with st.container(width=TEXT_WIDTH):
    st.markdown(w("code.look", **shown.MARKS))

st.subheader(w("curves.title"))
with st.container(width=TEXT_WIDTH):
    st.markdown(shown.setting(w, bug))
    guess = predict(f"bugs_{bug}", w("question", epochs=BUGS[bug].experiment.epochs), shown.options(w))


def draw_curves(study: Study[Point]) -> None:
    """The curves so far; those with the bug are kept back until the reader has guessed."""
    points, with_bug = list(study.values), guess is not None
    if study.is_live:
        st.progress(points[-1].epoch / BUGS[bug].experiment.epochs if points else 0, w("curves.waiting"))
    left, right = st.columns([3, 2])
    with left:
        accuracy = shown.accuracy(w, points, bug, with_bug=with_bug)
        live_chart(accuracy.figure, text=accuracy.text, key="bugs_accuracy")
    with right:
        loss = shown.loss(w, points, bug, with_bug=with_bug)
        live_chart(loss.figure, text=loss.text, key="bugs_loss")


watch(study, draw_curves)
with st.container(width=TEXT_WIDTH):
    st.markdown(w("curves.look", n=BUGS[bug].experiment.seeds) if guess is not None else w("curves.guess_first"))
    if study.status == "done" and guess is not None:
        st.markdown(shown.verdict(w, judge(study.values), guess))
        st.markdown(w(f"{bug}.why"))


def examined() -> Examination | None:
    """All checks of all steps, once they have been computed."""
    found: Examination | None = next(iter(examination.values), None)
    return found


st.subheader(w("checks.title"))


def draw_check(study: Study[Examination]) -> None:
    """The check that gives the bug away."""
    found = examined()
    if found is None:
        st.progress(0, w("curves.waiting"))
    else:
        st.table(shown.checks_table(w, bug, found), hide_index=True, border="horizontal")
        st.markdown(shown.other_checks(w, bug, found))


with st.container(width=900):
    watch(examination, draw_check)
with st.container(width=TEXT_WIDTH):
    st.markdown(w("checks.look"))

st.header(w("summary.title"))
run = list(BUGS) if state.get("bugs_all") else [name for name in BUGS if guess_of(f"bugs_{name}") is not None]
studies = {name: ask(runs.study, name) for name in run}


def draw_summary() -> None:
    """All bugs that have been run, and those still being trained."""
    done = {name: judge(study.values) if study.status == "done" else None for name, study in studies.items()}
    st.html(shown.summary(w, done, {name: guess_of(f"bugs_{name}") for name in done}))
    if any(done.values()):
        st.markdown(shown.count(w, done))


if studies:
    follow(list(studies.values()), draw_summary)
    with st.container(width=TEXT_WIDTH):
        st.markdown(w("summary.look"))
else:
    st.markdown(w("summary.empty"))
if len(run) < len(BUGS):
    st.button(
        w("summary.all"),
        key="bugs_train_all",
        icon=":material/play_arrow:",
        on_click=state.__setitem__,
        args=("bugs_all", True),
    )

checked = examined()
if checked is not None:
    st.header(w("matrix.title"))
    with st.container(width=TEXT_WIDTH):
        st.markdown(shown.cover(w, checked))
    st.html(shown.matrix(w, checked, bug))
    with st.container(width=TEXT_WIDTH):
        st.markdown(w("matrix.look"))

with st.container(width=TEXT_WIDTH):
    st.header(w("end.title"))
    st.markdown(w("end.text"))
    to_playground(BUGS[bug].experiment, w("end.open"))
    if bug == "no_t_squared":
        to_playground(BUGS[bug].experiment.replace(t_squared=False), w("end.open_bug"))
