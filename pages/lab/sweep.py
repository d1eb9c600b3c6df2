"""The sweep: hundreds of students at once, as a map of what two settings do."""

from __future__ import annotations

import json

import numpy as np
import streamlit as st

from kd_core import Experiment, ExperimentError, jobs
from kd_core.data import DATASETS
from kd_core.experiment import SETTINGS, text_of
from kd_core.jobs import SweepRun
from kd_core.sweep import AXES, Sweep, choose
from pages.ui import sweep_figures as figures
from pages.ui.chart import live_chart
from pages.ui.style import page_style

DEFAULT = Sweep.parse(Experiment(), ["temperature=1,2,3,4,6,8,12,20", "alpha=0,0.1,0.3,0.5,0.7,0.9"])
FIRST_VALUES = {
    "temperature": "1,2,3,4,6,8,12,20",
    "alpha": "0,0.1,0.3,0.5,0.7,0.9",
    "student": "4,8,16,32,64",
    "teacher": "16,64,256,256-256",
    "labels": "50,100,200,400,0",
    "label_noise": "0..0.6..0.2",
    "learning_rate": "0.005,0.01,0.02,0.05",
}
FOLDS = 5
state = st.session_state


def read_link() -> None:
    """The link's sweep, or the last one of this session, or the default: into the widgets."""
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    stale = "sweep_axis_0" in state and query in state.get("sweep_own_queries", [])  # as in the playground's session
    if "sweep_query" in state and (query == state.sweep_query or not query or stale):
        if "sweep_axis_0" not in state:
            fill_widgets(state.sweep)
        return
    base, errors = Experiment.read({name: values[-1] for name, values in query.items() if name != "over"})
    base = base.replace(schedule="")
    try:
        sweep = Sweep.parse(base, query["over"]) if query.get("over") else Sweep(base, DEFAULT.over)
    except ExperimentError as problem:
        errors |= problem.errors
        sweep = Sweep(base, DEFAULT.over)
    state.sweep_link_errors = errors
    fill_widgets(sweep)
    state.sweep_run = service.call(service.open_sweep(sweep))


def fill_widgets(sweep: Sweep) -> None:
    state.sweep = sweep
    for name in ("dataset", "labels", "seeds", "epochs", "student"):
        state[f"sweep_{name}"] = getattr(sweep.base, name)
    for position in range(2):
        name, values = sweep.over[position] if position < len(sweep.over) else ("", ())
        state[f"sweep_axis_{position}"] = name
        state[f"sweep_values_{position}"] = ",".join(text_of(value) for value in values)


def read_widgets() -> Sweep:
    """The sweep that the widgets show; what is not allowed leaves a message and the last good one."""
    try:
        fields = {name: state[f"sweep_{name}"] for name in ("dataset", "labels", "seeds", "epochs", "student")}
        over = [
            f"{state[f'sweep_axis_{i}']}={state[f'sweep_values_{i}']}" for i in range(2) if state[f"sweep_axis_{i}"]
        ]
        sweep = Sweep.parse(state.sweep.base.replace(**fields), over)
        if sweep != state.sweep:
            state.sweep_link_errors = {}  # what was wrong with the link has been read
        state.sweep, state.sweep_errors = sweep, state.sweep_link_errors
    except ExperimentError as problem:
        state.sweep_errors = problem.errors
    return state.sweep  # type: ignore[no-any-return]


def sync_url() -> None:
    fields: dict[str, list[str]] = {}
    for name in SETTINGS:
        if getattr(state.sweep.base, name) != SETTINGS[name].parse(getattr(Experiment(), name)):
            fields[name] = [text_of(getattr(state.sweep.base, name))]
    if state.sweep.over != DEFAULT.over:
        fields["over"] = [f"{name}={','.join(map(text_of, values))}" for name, values in state.sweep.over]
    if {name: st.query_params.get_all(name) for name in st.query_params} != fields:
        st.query_params.from_dict(fields)
    if state.get("sweep_query") != fields:
        state.sweep_own_queries = [*state.get("sweep_own_queries", [])[-100:], fields]
    state.sweep_query = fields


def start() -> None:
    state.sweep_run = service.call(service.open_sweep(read_widgets(), anew=True))


def stop() -> None:
    service.call(service.stop_sweep(state.sweep_run))
    if choice := state.get("choice_run"):
        service.call(service.stop_sweep(choice))


def start_choice() -> None:
    sweep = read_widgets()
    state.choice_run = service.call(service.open_sweep(sweep, FOLDS))
    state.sweep_run = service.call(service.open_sweep(sweep))  # for the score on the test set


def suggest_values(position: int) -> None:
    """A new axis begins with values that make sense for it."""
    state[f"sweep_values_{position}"] = FIRST_VALUES.get(state[f"sweep_axis_{position}"], "")


def controls() -> None:
    base, first, second = st.columns([1.6, 1, 1], border=True)
    with base:
        data, labels, student, seeds, epochs = st.columns([1.6, 1, 0.9, 0.9, 1])
        data.selectbox("Data", list(DATASETS), key="sweep_dataset", help=SETTINGS["dataset"].help)
        labels.number_input("Labels (0 = all)", 0, 1297, key="sweep_labels", help=SETTINGS["labels"].help)
        student.text_input("Student", key="sweep_student", help=SETTINGS["student"].allowed)
        seeds.number_input("Seeds", 1, 20, key="sweep_seeds", help=SETTINGS["seeds"].help)
        epochs.number_input("Epochs", 1, 500, key="sweep_epochs", help=SETTINGS["epochs"].help)
    for position, column in enumerate((first, second)):
        options = list(AXES) if position == 0 else ["", *AXES]
        name, values = column.columns([1, 1.4])
        name.selectbox(
            "Across" if position == 0 else "Up", options, key=f"sweep_axis_{position}", on_change=suggest_values,
            args=(position,), format_func=lambda axis: axis or "nothing",
        )  # fmt: skip
        values.text_input(
            "Values", key=f"sweep_values_{position}", help="A list such as 1,2,4, or a range low..high..step.",
        )  # fmt: skip


def status_line(run: SweepRun) -> str:
    left = run.seconds_left
    if not run.is_live:
        return f"{run.status} after {run.seconds:.1f} s · {run.sweep.students} students"
    return f"{run.done:.0%} of {run.sweep.students} students" + ("" if left is None else f" · about {left:.0f} s left")


def show_map(run: SweepRun) -> None:
    table = run.progress[0].table()
    left, right = st.columns([1.35, 1])
    with left:
        clicked = live_chart(figures.map_figure(run.sweep, table), text=figures.words(table), key="map")
    with right:
        live_chart(
            figures.curves_figure(run.sweep, table), text="Gain over alone against the first axis.", key="curves"
        )
    st.markdown(figures.words(table))
    if clicked is not None and table[int(clicked)] is not None:
        state.open_cell = run.sweep.cells[int(clicked)]
        st.rerun(scope="app")


def show_choice(run: SweepRun) -> None:
    """Cross-validation's choice, then one score on the test set, which it has not seen."""
    if run.is_live:
        st.progress(run.done, f"Cross-validation, {run.folds} folds of the training set: {run.done:.0%}")
        return
    if run.status != "done":
        st.caption(f"Cross-validation {run.status}. {run.message}")
        return
    choice = choose(run.sweep, np.array([part.scores().mean(axis=1) for part in run.progress]))
    cells = run.sweep.cells
    best, simplest = (
        f"{_where(run.sweep, cells[i])}: {100 * choice.mean[i]:.1f} % (standard error "
        f"{100 * choice.standard_error[i]:.1f} over {run.folds} folds)" for i in (choice.best, choice.simplest)
    )  # fmt: skip
    st.markdown(
        f"**Best in cross-validation:** {best}.  \n**Within one standard error of it, closest to alone:** {simplest}."
    )
    test = service.sweeps.get((run.sweep.to_query(), 0))
    cell = test.progress[0].table()[choice.simplest] if test is not None and test.status == "done" else None
    if cell is None:
        st.caption("The score on the test set comes when the sweep itself is done.")
        return
    gain = cell.gain
    spread = f"95 % interval {100 * gain.low:+.1f} to {100 * gain.high:+.1f}, {gain.n} seeds"
    verdict = "clear" if gain.is_clear else "no clear difference"
    st.markdown(
        f"**On the test set,** which the choice has not seen: {100 * cell.distilled:.1f} % distilled, "
        f"{100 * cell.alone:.1f} % alone, {100 * gain.mean:+.1f} points "
        + (f"({spread}): {verdict}." if gain.n > 1 else "(one seed: no evidence).")
    )


def _where(sweep: Sweep, cell: Experiment) -> str:
    return ", ".join(f"{name} {text_of(getattr(cell, name))}" for name, _ in sweep.over)


service = jobs.current()
if cell := state.pop("open_cell", None):
    st.switch_page("lab/playground.py", query_params=dict(p.split("=", 1) for p in cell.to_query().split("&") if p))
page_style()
read_link()
st.html("<h1 class='kd-page-title'>Sweep</h1>")
run: SweepRun = state.sweep_run
choice_run: SweepRun | None = state.get("choice_run")
live = run.is_live or (choice_run is not None and choice_run.is_live)
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        "Start", type="primary", icon=":material/play_arrow:", on_click=start, key="sweep_start", disabled=run.is_live
    )
    st.button("Stop", icon=":material/stop:", on_click=stop, key="sweep_stop", disabled=not live)
    st.button(
        "Choose for me", icon=":material/rule:", on_click=start_choice, key="sweep_choose",
        help=f"Cross-validation with {FOLDS} folds of the training set; the test set stays unseen.",
    )  # fmt: skip
    st.caption(
        "Every cell: the gain of the distilled student over the student alone on the same seeds, in points. Grey: the "
        "95 % interval includes zero. ★: not told from the best. Click a cell to open it in the playground."
    )
controls()
sweep = read_widgets()
with st.container():
    if state.sweep_errors:
        st.error("\n\n".join([*state.sweep_errors.values(), "Nothing else is lost."]), icon=":material/error:")


@st.fragment(run_every=0.3 if live else None)
def results() -> None:
    st.caption(status_line(run) + (f" · {run.message}" if run.message else ""))
    place = st.empty()  # always there: what comes and goes above a chart has the browser make the chart anew
    if run.is_live:
        place.progress(run.done)
    show_map(run)
    if choice_run is not None:
        show_choice(choice_run)
    if live and not run.is_live and not (choice_run is not None and choice_run.is_live):
        st.rerun(scope="app")


results()
table = run.progress[0].table()
with st.container(horizontal=True):
    frame = figures.rows(table, run.sweep)
    st.download_button(
        "CSV", frame.to_csv(index=False), "kd-sweep.csv", "text/csv", on_click="ignore", disabled=frame.empty
    )
    whole = {"sweep": run.sweep.to_query(), "cells": json.loads(frame.to_json(orient="records"))}
    st.download_button(
        "JSON", json.dumps(whole), "kd-sweep.json", "application/json", on_click="ignore", disabled=frame.empty
    )
with st.expander("The map as a table"):
    st.dataframe(frame, hide_index=True)
st.caption(
    "One split and one teacher for each cell: intervals are over students. Many cells are compared at once, so the "
    "best one flatters itself; choose by cross-validation and look at the test set once."
)
sync_url()
