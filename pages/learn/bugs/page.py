"""The lab of bugs: find the wrong line by clicking it, then see what it costs and what gives it away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from kd_core.jobs import OnWorker, Study
from pages.learn.bugs import figures as shown
from pages.learn.bugs import parts
from pages.learn.bugs.bugs import BUGS, ORDER, SETTING, Examination, Point, judge, number_of
from pages.learn.bugs.hunt import Hunt
from pages.run.study import ask, follow, watch
from pages.ui.address import held, hidden, hold, is_lecture, option, page_fields
from pages.ui.component import said
from pages.ui.heading import heading
from pages.ui.layout import stage
from pages.ui.links import to_playground
from pages.ui.memory import remembered
from pages.ui.terms import prose
from pages.ui.words import words

if TYPE_CHECKING:
    from pages.learn.bugs import runs
    from pages.learn.bugs.checks import runs as checks
else:
    runs = OnWorker("pages.learn.bugs.runs")
    checks = OnWorker("pages.learn.bugs.checks.runs")

w, frame = words("bugs"), words("frame")
state = st.session_state

# The address tells a bug by its number: its name would give it away. Older links hold names.
NUMBERS = {str(number_of(name)): name for name in ORDER}
by_name = option("bugs", "bug", ORDER)


def read(text: str) -> str:
    """A bug of a link: its number or its name."""
    if NUMBERS.get(text, text) not in ORDER:
        raise ValueError(f"1 … {len(ORDER)}")
    return NUMBERS.get(text, text)


BUG = replace(by_name, read=read, write=lambda name: str(number_of(name)))


def key_of(name: str) -> str:
    return f"bugs_{name}"


def hunt_of(name: str) -> Hunt:
    return Hunt.read(name, remembered().get(key_of(name), ""))


def keep(hunt: Hunt) -> None:
    remembered()[key_of(hunt.bug)] = str(hunt)


def turn_to(name: str) -> None:
    state[BUG.key] = name


def on_picked() -> None:
    if name := NUMBERS.get(said(state.bug.picked) or ""):
        turn_to(name)


def on_clicked() -> None:
    """A line was clicked, of the bug that was on that reader's screen."""
    told = state.bugs_code.clicked
    if not isinstance(told, dict):
        return
    name, line = NUMBERS.get(said(told.get("bug")) or ""), told.get("line")
    if name and isinstance(line, int):
        keep(hunt_of(name).click(line))


st.html(shown.STYLE + (shown.LECTURE if is_lecture() else ""))
bug = held(BUG)
sent, of_bug = (page_fields().get(name, [""])[-1] for name in ("guess", "bug"))
if key_of(bug) not in remembered() and Hunt.read(bug, sent).clicks and NUMBERS.get(of_bug, of_bug or ORDER[0]) == bug:
    keep(Hunt.read(bug, sent))  # the sender of the link let the guess go along
heading("bugs", guess=key_of(bug))
hunts = {name: hunt_of(name) for name in ORDER}
hunt = hunts[bug]
study, examination = ask(runs.study, bug), ask(checks.examine)
if "bug" not in hidden():
    parts.picker(key="bug", data=shown.picker(w, hunts, bug), on_picked_change=on_picked, height="content")

left, right = stage("bugs", figure=1.5)
with left:
    parts.code(key="bugs_code", data=shown.code(w, hunt), on_clicked_change=on_clicked, height="content")
    with st.container(horizontal=True, vertical_alignment="center"):
        if not hunt.is_over:
            st.button(frame("just_show"), key="bugs_show", type="tertiary", on_click=keep, args=(hunt.show(),))
        st.button(
            w("next"),
            key="bugs_next",
            type="primary" if hunt.is_over else "secondary",
            icon=":material/skip_next:",
            on_click=turn_to,
            args=(NUMBERS[str(number_of(bug) % len(ORDER) + 1)],),
        )


def draw_curves(study: Study[Point]) -> None:
    """The curves of this code and of the correct step, so far."""
    data = shown.curves(w, study.values, bug, is_live=study.is_live, is_over=hunt.is_over)
    parts.curves(key="bugs_curves", data=data, height="content")


with right:
    watch(study, draw_curves)


def examined() -> Examination | None:
    """All checks of all steps, once they have been computed."""
    found: Examination | None = next(iter(examination.values), None)
    return found


def draw_check(study: Study[Examination]) -> None:
    """The check that gives the bug away."""
    found = examined()
    if found is None:
        st.markdown(w("checks.waiting"))
    else:
        st.html(shown.check_table(w, bug, found))
        st.markdown(f"{w('checks.look')} {shown.other_checks(w, bug, found)}")


with st.container(key="bugs_reveal"):
    costs, gives_away, wild = st.columns(3, border=True)
for column, title in ((costs, "cost"), (gives_away, "checks"), (wild, "wild")):
    column.subheader(w(f"{title}.title"), anchor=False)
    if not hunt.is_over:
        column.caption(w("locked.text"))
if hunt.is_over:
    with costs:
        if study.status == "done":
            found = judge(study.values)
            st.html(shown.cost(w, found))
            prose(shown.verdict(w, found))
        else:
            st.markdown(w("cost.waiting"))
    with gives_away:
        st.markdown(shown.check(w, bug))
        watch(examination, draw_check)
    with wild:
        st.markdown("\n\n".join([w(f"{bug}.what"), w(f"{bug}.why"), shown.seen(w, bug)]))

st.header(w("summary.title"), anchor=False)
run = [name for name in ORDER if hunts[name].is_over or state.get("bugs_all")]
studies = {name: ask(runs.study, name) for name in run}


def draw_board() -> None:
    """Every bug: the reader's hunt, and what came out of those that have been run."""
    done = {name: judge(study.values) if study.status == "done" else None for name, study in studies.items()}
    st.html(shown.board(w, hunts, done, examined(), bug))


follow([*studies.values(), examination], draw_board)
if len(run) < len(BUGS):
    st.button(
        w("summary.all"),
        key="bugs_train_all",
        icon=":material/play_arrow:",
        on_click=state.__setitem__,
        args=("bugs_all", True),
    )
prose(w("summary.look", n=SETTING.seeds, splits=SETTING.splits) + " " + w("summary.legend", **shown.MARKS), small=True)
checked = examined()
if checked is not None:
    st.markdown(shown.cover(w, checked))

with st.expander(w("end.how")):
    prose(w("end.intro") + "\n\n" + shown.setting(w, bug))
    st.markdown(f"**{w('end.title')}.** {w('end.text')}")
    to_playground(BUGS[bug].experiment, w("end.open"))
    if bug == "no_t_squared" and hunt.is_over:
        to_playground(BUGS[bug].experiment.replace(t_squared=False), w("end.open_bug"))
hold(BUG)
