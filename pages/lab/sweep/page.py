"""The sweep: hundreds of students at once, as a map of what two settings do."""

from __future__ import annotations

import numpy as np
import orjson
import streamlit as st

from kd_core import Experiment, ExperimentError, jobs
from kd_core.data import DATASETS
from kd_core.experiment import MAX_LAYERS, MAX_WIDTH, SETTINGS, text_of
from kd_core.jobs import SweepRun
from kd_core.sweeps.grid import AXES, Sweep, choose
from pages.lab.sweep import figures as figures
from pages.ui.address import is_seen, page_fields, remember, write_page_fields
from pages.ui.again import draw_again
from pages.ui.chart import live_chart
from pages.ui.links import open_playground
from pages.ui.messages import markdown
from pages.ui.numbers import in_percent, interval_points, number, setting_value
from pages.ui.select import Select
from pages.ui.title import hidden_title
from pages.ui.words import Words, language, words

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
w, setting = words("sweep"), words("settings")


def axis_name(axis: str, language: str) -> str:
    return Words("settings", language)(f"{axis}.name") if axis else Words("sweep", language)("no_axis")


DATASET = Select(
    "sweep_dataset", tuple(DATASETS), lambda name, language: Words("settings", language)(f"short_data.{name}")
)
CHOSEN_AXES = (Select("sweep_axis_0", AXES, axis_name), Select("sweep_axis_1", ("", *AXES), axis_name))


def settle_choices() -> None:
    for select in (DATASET, *CHOSEN_AXES):
        select.settle()


state = st.session_state


def read_link() -> None:
    """The link's sweep, or the last one of this session, or the default: into the widgets."""
    query = page_fields()
    stale = "sweep_axis_0" in state and is_seen("sweep", query)
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
    remember("sweep", query)
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
    settle_choices()
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
    remember("sweep", fields)
    state.sweep_query = fields
    write_page_fields(fields)


def start() -> None:
    state.sweep_run = service.call(service.open_sweep(read_widgets(), anew=True))


def stop() -> None:
    service.call(service.order(state.sweep_run, stop=True))
    if choice := state.get("choice_run"):
        service.call(service.order(choice, stop=True))


def start_choice() -> None:
    sweep = read_widgets()
    state.choice_run = service.call(service.open_sweep(sweep, FOLDS))
    state.sweep_run = service.call(service.open_sweep(sweep))  # for the score on the test set


def suggest_values(position: int) -> None:
    """A new axis begins with values that make sense for it."""
    state[f"sweep_values_{position}"] = FIRST_VALUES.get(state[f"sweep_axis_{position}"], "")


def fit_labels() -> None:
    """Another data set may have fewer examples or more classes than labels are asked for."""
    source = DATASETS[state.sweep_dataset]
    if state.sweep_labels:
        state.sweep_labels = min(max(state.sweep_labels, source.classes), source.train_size)


def controls() -> None:
    base, first, second = st.columns([1.6, 1, 1], border=True)
    with base:
        data, labels, student, seeds, epochs = st.columns([1.5, 1.15, 0.9, 0.9, 0.95])
        with data:
            DATASET.show(setting("dataset.label"), on_change=fit_labels, help=setting("dataset.help"))
        most = DATASETS[state.sweep_dataset].train_size
        labels.number_input(
            setting("labels.label"), 0, most, state.sweep_labels, key="sweep_labels", help=setting("labels.help")
        )
        widths = setting("allowed.widths", layers=MAX_LAYERS, width=MAX_WIDTH)
        student.text_input(setting("student.label"), state.sweep_student, key="sweep_student", help=widths)
        seeds.number_input(w("seeds"), 1, 20, state.sweep_seeds, key="sweep_seeds", help=setting("seeds.help"))
        epochs.number_input(w("epochs"), 1, 500, state.sweep_epochs, key="sweep_epochs", help=setting("epochs.help"))
    for position, column in enumerate((first, second)):
        name, values = column.columns([1, 1.4])
        with name:
            label = w("up" if position else "across")
            CHOSEN_AXES[position].show(label, on_change=suggest_values, args=(position,))
        key = f"sweep_values_{position}"
        values.text_input(w("values"), state[key], key=key, help=w("values_help"))


def status_line(run: SweepRun) -> str:
    left = run.seconds_left
    if not run.is_live:
        status = w(f"status.{run.status}")
        return w("ended", status=status, seconds=number(w, run.seconds), students=run.sweep.students)
    under_way = w("under_way", done=in_percent(w, run.done, 0), students=run.sweep.students)
    return under_way if left is None else f"{under_way} · {w('time_left', seconds=number(w, left, 0))}"


def show_map(run: SweepRun) -> None:
    table = run.progress[0].table()
    left, right = st.columns([1.35, 1])
    with left:
        clicked = live_chart(figures.map_figure(run.sweep, table), text=figures.summary(table), key="map")
    with right:
        live_chart(figures.curves_figure(run.sweep, table), text=w("map.curves_text"), key="curves")
    st.markdown(figures.summary(table))
    if clicked is not None and table[int(clicked)] is not None:
        state.open_cell = run.sweep.cells[int(clicked)]
        st.rerun(scope="app")


def show_choice(run: SweepRun) -> None:
    """Cross-validation's choice, then one score on the test set, which it has not seen."""
    if run.is_live:
        st.progress(run.done, w("choice.under_way", folds=run.folds, done=in_percent(w, run.done, 0)))
        return
    if run.status != "done":
        st.caption(w("choice.ended", status=w(f"status.{run.status}"), message=markdown(run.message, language())))
        return
    choice = choose(run.sweep, np.array([part.scores().mean(axis=1) for part in run.progress]))
    cells = run.sweep.cells
    best, simplest = (
        w(
            f"choice.{name}",
            cell=_where(run.sweep, cells[i]),
            accuracy=in_percent(w, choice.mean[i]),
            error=in_percent(w, choice.standard_error[i]),
            folds=run.folds,
        )
        for name, i in (("best", choice.best), ("simplest", choice.simplest))
    )
    st.markdown(f"{best}  \n{simplest}")
    test = service.asked(SweepRun, (run.sweep.to_query(), 0))
    cell = test.progress[0].table()[choice.simplest] if test is not None and test.status == "done" else None
    if cell is None:
        st.caption(w("choice.no_test_yet"))
        return
    gain = cell.gain
    evidence = "one_seed" if gain.n == 1 else "clear" if gain.is_clear else "unclear"
    st.markdown(
        w(
            f"choice.{evidence}_test",
            distilled=in_percent(w, cell.distilled),
            alone=in_percent(w, cell.alone),
            n=gain.n,
            **interval_points(w, gain),
        )
    )


def _where(sweep: Sweep, cell: Experiment) -> str:
    return ", ".join(f"{setting(f'{name}.name')} {setting_value(w, getattr(cell, name))}" for name, _ in sweep.over)


service = jobs.current()
if cell := state.pop("open_cell", None):
    open_playground(cell)
read_link()
settle_choices()
hidden_title(w("title"))
run: SweepRun = state.sweep_run
choice_run: SweepRun | None = state.get("choice_run")
live = run.is_live or (choice_run is not None and choice_run.is_live)
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        w("start"),
        type="primary",
        icon=":material/play_arrow:",
        on_click=start,
        key="sweep_start",
        disabled=run.is_live,
    )
    st.button(w("stop"), icon=":material/stop:", on_click=stop, key="sweep_stop", disabled=not live)
    st.button(
        w("choose"),
        icon=":material/rule:",
        on_click=start_choice,
        key="sweep_choose",
        help=w("choose_help", folds=FOLDS),
    )
    st.caption(w("caption"))
controls()
sweep = read_widgets()
with st.container():
    if state.sweep_errors:
        errors = [markdown(error, language()) for error in state.sweep_errors.values()]
        st.error("\n\n".join([*errors, w("kept")]), icon=":material/error:")


def results() -> None:
    st.caption(status_line(run) + (f" · {markdown(run.message, language())}" if run.message else ""))
    place = st.empty()  # always there: what comes and goes above a chart has the browser make the chart anew
    if run.is_live:
        place.progress(run.done)
    show_map(run)
    if choice_run is not None:
        show_choice(choice_run)
    if live and not run.is_live and not (choice_run is not None and choice_run.is_live):
        st.rerun(scope="app")


draw_again(results, every=0.1 if live else None)
table = run.progress[0].table()
with st.container(horizontal=True):
    frame = figures.rows(table, run.sweep)
    st.download_button(
        "CSV", frame.to_csv(index=False), "kd-sweep.csv", "text/csv", on_click="ignore", disabled=frame.empty
    )
    whole = orjson.dumps({"sweep": run.sweep.to_query(), "cells": frame.to_dict(orient="records")})
    st.download_button("JSON", whole, "kd-sweep.json", "application/json", on_click="ignore", disabled=frame.empty)
with st.expander(w("table")):
    st.dataframe(figures.written(frame, run.sweep), hide_index=True, column_config=figures.headers(run.sweep))
st.caption(w("footnote"))
sync_url()
