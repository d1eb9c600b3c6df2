"""The sweep: hundreds of students at once, as a map of what two settings do."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import orjson
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from kd_core import Experiment, ExperimentError, jobs
from kd_core.data import DATASETS, source_of
from kd_core.experiment import SETTINGS, defaults_of, text_of
from kd_core.jobs import SweepRun
from kd_core.models import Architecture, MisfitError
from kd_core.sweeps.best import FAMILY_ERROR
from kd_core.sweeps.grid import Sweep, choose, parse_values
from pages.lab.sweep import figures as figures
from pages.lab.sweep.starts import USUAL, axes_of, first_values, start_of
from pages.run import costs, fetched
from pages.run.session import SPLITS, choose_labels, labels_of, meet
from pages.run.settings import allowed, data_name, said
from pages.run.study import viewer
from pages.ui.address import keep_widgets, page_fields, set_widget, write_page_fields
from pages.ui.again import draw_again
from pages.ui.chart import live_chart
from pages.ui.downloads import csv_of
from pages.ui.heading import progress
from pages.ui.links import open_playground
from pages.ui.messages import complaint, markdown
from pages.ui.numbers import in_percent, number, points
from pages.ui.select import Select
from pages.ui.share import share
from pages.ui.words import Words, language, words

FOLDS = 5
SHARED = ("dataset", "labels", "epochs", "teacher", "student", "seeds", "splits")  # what all cells have in common
NETWORKS = ("teacher", "student")
PLAY = ":material/play_arrow:"
w, setting = words("sweep"), words("settings")


def axis_name(axis: str, language: str) -> str:
    return Words("settings", language)(f"{axis}.name") if axis else Words("sweep", language)("no_axis")


def axis_selects() -> tuple[Select, Select]:
    """The two axes; the second can be none."""
    axes = axes_of(source_of(state.get("sweep_dataset", Experiment().dataset)))
    return Select("sweep_axis_0", axes, axis_name), Select("sweep_axis_1", ("", *axes), axis_name)


def dataset_select() -> Select:
    """Data sets that everybody has, then those of one's own that this session has met."""
    return Select("sweep_dataset", (*DATASETS, *state.get("own_sets", ())), data_name)


def settle_choices() -> None:
    dataset_select().settle()
    for select in axis_selects():
        select.settle()


state = st.session_state


def read_link() -> None:
    """The link's sweep, or the last one of this session, or the default: into the widgets."""
    query, visit = page_fields(), state.get("visit")
    arrived, state.sweep_visit = state.get("sweep_visit", "") != visit, visit
    if "sweep_query" in state and (not arrived or not query or query == state.sweep_query):
        if "sweep_axis_0" not in state:
            fill_widgets(state.sweep)
        return
    base, errors = Experiment.read({name: values[-1] for name, values in query.items() if name != "over"})
    base = base.replace(schedule="")
    try:
        sweep = Sweep.parse(base, query["over"]) if query.get("over") else Sweep(base, start_of(base.dataset).over)
    except ExperimentError as problem:
        errors |= problem.errors
        sweep = Sweep(base, start_of(base.dataset).over)
    state.sweep_link_errors = errors
    fill_widgets(sweep)
    state.sweep_run = service.call(service.open_sweep(sweep, viewer=viewer()))
    state.sweep_query = query  # read, even if the page is drawn again before it comes to write its address


def fill_widgets(sweep: Sweep) -> None:
    meet(sweep.base.dataset)
    state.sweep = sweep
    for name in SHARED:
        set_widget(f"sweep_{name}", getattr(sweep.base, name))
    for position in range(2):
        name, values = sweep.over[position] if position < len(sweep.over) else ("", ())
        set_widget(f"sweep_axis_{position}", name)
        fill_chips(position, name, values)


def read_widgets() -> Sweep:
    """The sweep that the widgets show; what is not allowed leaves a message and the last good one."""
    settle_choices()
    keep_widgets()
    try:
        fields = {name: state[f"sweep_{name}"] for name in SHARED}
        fields["labels"] = labels_of(fields["labels"])
        fields |= {name: str(fields[name]).strip() for name in NETWORKS}
        over = [f"{axis}={values_of(i)}" for i in range(2) if (axis := state[f"sweep_axis_{i}"])]
        sweep = Sweep.parse(state.sweep.base.replace(**fields), over)
        if sweep != state.sweep:
            state.sweep_link_errors = {}  # what was wrong with the link has been read
        state.sweep, state.sweep_errors = sweep, state.sweep_link_errors
    except ExperimentError as problem:
        state.sweep_errors = problem.errors
    return state.sweep  # type: ignore[no-any-return]


def values_of(position: int) -> str:
    """The chips of an axis as a link writes them."""
    chips = state[f"sweep_values_{position}"]
    return (
        ",".join(str(labels_of(chip)) for chip in chips)
        if state[f"sweep_axis_{position}"] == "labels"
        else ",".join(chips)
    )


def expand(position: int) -> None:
    """A range that was typed becomes a chip a value, numbers in order; what is not allowed is told of later."""
    try:
        values = parse_values(state[f"sweep_axis_{position}"], values_of(position))
    except ExperimentError:
        return
    fill_chips(position, state[f"sweep_axis_{position}"], sorted(values) if not isinstance(values[0], str) else values)


def fill_chips(position: int, axis: str, values: Sequence[Any]) -> None:
    set_widget(f"sweep_values_{position}", [chip(axis, value) for value in values])


def chip(axis: str, value: Any) -> str:
    return setting("all") if axis == "labels" and value == 0 else text_of(value)


def sync_url() -> None:
    base: Experiment = state.sweep.base
    fields = parse_qs(base.to_query())
    if state.sweep.over != start_of(base.dataset).over:
        fields["over"] = [f"{name}={','.join(map(text_of, values))}" for name, values in state.sweep.over]
    state.sweep_query = fields
    write_page_fields(fields)


def start() -> None:
    state.sweep_run = service.call(service.open_sweep(read_widgets(), viewer=viewer(), anew=True))


def start_over_splits() -> None:
    """The sweep on screen over ten divisions of the data, with a teacher and a pair or more on each."""
    shown: Sweep = state.sweep_run.sweep
    base = shown.base.replace(splits=SPLITS, seeds=max(shown.base.seeds, SPLITS))
    fill_widgets(Sweep(base, shown.over))
    state.sweep_run = service.call(service.open_sweep(state.sweep, viewer=viewer()))


def stop() -> None:
    service.call(service.order(state.sweep_run, stop=True))
    if choice := state.get("choice_run"):
        service.call(service.order(choice, stop=True))


def start_choice() -> None:
    sweep = read_widgets()
    state.choice_run = service.call(service.open_sweep(sweep, FOLDS, viewer()))
    state.sweep_run = service.call(service.open_sweep(sweep, viewer=viewer()))  # for the score on the test set


def suggest_values(position: int) -> None:
    """A new axis begins with values that make sense for it."""
    axis = state[f"sweep_axis_{position}"]
    fill_chips(position, axis, usual_values(axis))


def usual_values(axis: str) -> Sequence[Any]:
    """Those that an axis begins with on the data set that is chosen."""
    return parse_values(axis, first_values(axis, state.sweep_dataset)) if axis else ()


def choose_dataset() -> None:
    """Another data set was chosen. Its suggested settings come with it, where it has some or the one before had.

    Else everything stays, as far as it fits: it may have fewer examples or more classes than labels are asked for, and
    the text of a network that is swept over can't be mended by hand.
    """
    name, source = state.sweep_dataset, source_of(state.sweep_dataset)
    for position in range(2):
        if state[f"sweep_axis_{position}"] not in ("", *axes_of(source)):
            set_widget(f"sweep_axis_{position}", USUAL[position])
            suggest_values(position)
    swept = list(dict.fromkeys(filter(None, (state[f"sweep_axis_{i}"] for i in range(2)))))
    state.sweep_link_errors = {}  # what was wrong with the link has been read
    if defaults_of({"dataset": name}) or defaults_of({"dataset": state.sweep.base.dataset}):
        fill_widgets(start_of(name, swept))
        return
    if isinstance(held := labels_of(state.sweep_labels), int) and held:
        set_widget("sweep_labels", min(max(held, source.classes), source.train_size))
    for network in set(NETWORKS) & set(swept):
        try:
            Architecture.of(getattr(state.sweep.base, network), source.shape, source.classes)
        except MisfitError:
            set_widget(f"sweep_{network}", getattr(start_of(name).base, network))


def fit_splits(moved: str) -> None:
    """Every split holds a pair of students: the number that was not moved follows."""
    seeds, splits = state.sweep_seeds, state.sweep_splits
    if splits > seeds:
        set_widget(*(("sweep_seeds", splits) if moved == "splits" else ("sweep_splits", seeds)))


def controls() -> None:
    """The two axes with their values, then what all cells share; what is swept over has no other value."""
    for position in range(2):
        name, values = st.columns([1, 1.9])
        with name:
            axis_selects()[position].show(w("up" if position else "across"), on_change=suggest_values, args=(position,))
        chips(values, position)
    swept = [state[f"sweep_axis_{i}"] for i in range(2)]
    source = source_of(state.sweep_dataset)
    data, labels, epochs = st.columns(3)
    with data:
        dataset_select().show(setting("dataset.label"), on_change=choose_dataset, help=setting("dataset.help"))
    choose_labels(labels, "sweep_labels", source, taken=w("swept") if "labels" in swept else "")
    epochs.number_input(w("epochs"), 1, 500, state.sweep_epochs, key="sweep_epochs", help=setting("epochs.help"))
    for column, network in zip(st.columns(2), NETWORKS, strict=True):
        column.text_input(
            w(network),
            state[f"sweep_{network}"],
            key=f"sweep_{network}",
            disabled=network in swept,
            help=w("swept") if network in swept else allowed(network),
        )
    for column, field, how in zip(st.columns(2), ("seeds", "splits"), ("seeds.help", "splits.how"), strict=True):
        column.number_input(
            w(field),
            1,
            20,
            state[f"sweep_{field}"],
            key=f"sweep_{field}",
            help=setting(how),
            on_change=fit_splits,
            args=(field,),
        )
    if to_fetch := fetched.announced(state.sweep_dataset):
        st.caption(to_fetch)
    if source.is_small:
        st.caption(w("small_test", count=source.test_size))
    if others := other_settings(swept):
        st.caption(w("also", settings=", ".join(others)))
    if any(cell.has_pipeline and cell.temperature > 2 for cell in state.sweep.cells):
        st.caption(w("soft_pipeline"))


def other_settings(swept: Sequence[str]) -> list[str]:
    """What the link says beside the settings that have a widget here, and is not where such a link starts from."""
    base: Experiment = state.sweep.base
    named = parse_qs(base.to_query())
    return [
        f"{setting(f'{name}.name')} = {values[-1]}" for name, values in named.items() if name not in (*SHARED, *swept)
    ]


def chips(place: DeltaGenerator, position: int) -> None:
    """The values of an axis: those that make sense for it, and any other that is typed."""
    axis, key = state[f"sweep_axis_{position}"], f"sweep_values_{position}"
    usual = [chip(axis, value) for value in usual_values(axis)]
    place.multiselect(
        w("values"),
        [*usual, *(value for value in state[key] if value not in usual)],
        state[key],
        key=key,
        accept_new_options=True,
        on_change=expand,
        args=(position,),
        disabled=not axis,
        help=w("values_help"),
        wrap=True,
    )


def status_line(run: SweepRun) -> str:
    if waiting := costs.queue(run, words("cost")):
        return waiting
    left = run.seconds_left
    if not run.is_live:
        status = w(f"status.{run.status}")
        return w("ended", status=status, seconds=number(w, run.seconds), students=run.sweep.students)
    under_way = w("under_way", done=in_percent(w, run.done, 0), students=run.sweep.students)
    return under_way if left is None else f"{under_way} · {w('time_left', seconds=number(w, left, 0))}"


def show_map(run: SweepRun) -> None:
    table = run.progress[0].table()
    if run.is_live and not any(table) and (missing := fetched.arrival(run.sweep.base.dataset)):
        st.progress(missing.done / missing.total, fetched.said(missing))
    headline = figures.headline(run.sweep, table, live=run.is_live)
    text = f"{headline}. {figures.summary(run.sweep, table, live=run.is_live)}"
    clicked = live_chart(figures.map_figure(run.sweep, table), text=text, key="map")
    best = figures.most_gain(table)
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.is_live or any(table):
            st.markdown(f"### {headline}", width="content")
        if best is not None and not run.is_live and st.button(w("open_best"), key="open_best", icon=PLAY):
            open_cell(run.sweep.cells[best])
        if run.sweep.base.splits == 1 and not run.is_live and any(table):
            asked = st.button(w("over_splits", splits=SPLITS), key="over_splits", help=w("over_splits_help"))
            if asked:
                state.asked_over_splits = True  # the widgets are set before they are drawn: in the next run of the page
                st.rerun(scope="app")
    st.markdown(figures.summary(run.sweep, table, live=run.is_live))
    if isinstance(clicked, int) and 0 <= clicked < len(table) and table[clicked] is not None:
        open_cell(run.sweep.cells[clicked])


def show_curves() -> None:
    figure = figures.curves_figure(run.sweep, run.progress[0].table())
    live_chart(figure, text=w("map.curves_text", sign=figures.COLLAPSED), key="curves")


def open_cell(cell: Experiment) -> None:
    """Turn to the playground with it: in the next run of the page, which may do so."""
    state.open_cell = cell
    st.rerun(scope="app")


def show_choice(run: SweepRun) -> None:
    """Cross-validation's choice, then one score on the test set, which it has not seen."""
    if run.is_live:
        st.progress(run.done, w("choice.under_way", folds=run.folds, done=in_percent(w, run.done, 0)))
        return
    if run.status != "done":
        st.caption(w("choice.ended", status=w(f"status.{run.status}"), message=markdown(run.message, language())))
        return
    choice = choose(run.sweep, np.array([part.cell_scores() for part in run.progress]))
    if not choice.is_made:
        st.caption(w("choice.none"))
        return
    cells = run.sweep.cells
    best, chosen = (
        w(
            f"choice.{name}",
            cell=figures.settings(run.sweep, cells[i]),
            accuracy=in_percent(w, choice.mean[i]),
            error=in_percent(w, choice.standard_error[i]),
            folds=run.folds,
        )
        for name, i in (("best", choice.best), ("chosen", choice.simplest))
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(chosen, width="stretch")
        if st.button(w("open_choice"), key="open_choice", icon=PLAY, type="primary"):
            open_cell(cells[choice.simplest])
    st.caption(f"{best} {scored(run, cells[choice.simplest])}")
    test = service.asked(SweepRun, (run.sweep.to_query(), 0))
    cell = test.progress[0].table()[choice.simplest] if test is not None and test.status == "done" else None
    if cell is None:
        st.caption(w("choice.no_test_yet"))
        return
    if cell.collapsed:
        st.markdown(f"{w('choice.test_collapsed')} {figures.collapse(w, cell)}")
        return
    st.markdown(
        w(
            "choice.test" if run.sweep.base.splits == 1 else "choice.tests",
            distilled=in_percent(w, cell.distilled),
            alone=in_percent(w, cell.alone),
            gain=points(w, cell.gain.mean),
            evidence=figures.evidence(w, cell),
        )
    )


def scored(run: SweepRun, chosen: Experiment) -> str:
    """How many labels the choice was made with, beside those that the chosen cell's students had."""
    whole = chosen.source.train_size
    held = whole // run.folds
    labels = min(chosen.labels or whole, whole - held)
    return w("choice.scored", held=held, labels=labels, folds=run.folds)


def changed_names(shown: Sweep, asked: Sweep) -> list[str]:
    """What the widgets say otherwise than the results on screen have it: settings and axes, by name."""
    if shown == asked:
        return []
    swept = {name for name, _ in (*shown.over, *asked.over)}
    names = [name for name in SETTINGS if name not in swept and getattr(shown.base, name) != getattr(asked.base, name)]
    before, after = dict(shown.over), dict(asked.over)
    names += [
        name
        for name in (*after, *(name for name in before if name not in after))
        if before.get(name) != after.get(name)
    ]
    return [setting(f"{name}.name") for name in names] or [w("values")]


def of_sweep(sweep: Sweep) -> str:
    """What a sweep is of, shortly."""
    swept = [name for name, _ in sweep.over]
    names = ("dataset", "labels", "student", *(("splits",) if sweep.base.splits > 1 else ()))
    shared = [said(sweep.base, name) for name in names if name not in swept]
    return ", ".join([*shared, " × ".join(setting(f"{name}.name") for name in swept)])


service = jobs.current()
if cell := state.pop("open_cell", None):
    open_playground(cell)
read_link()
if state.pop("asked_over_splits", False):
    start_over_splits()
settle_choices()
run: SweepRun = state.sweep_run
sweep = read_widgets()
choice_run: SweepRun | None = state.get("choice_run")
if choice_run is not None and choice_run.sweep != run.sweep:
    choice_run = None  # it was made among other cells
still_training = run.is_live
live = still_training or (choice_run is not None and choice_run.is_live)
changed = changed_names(run.sweep, sweep)


def buttons() -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="transport"):
        st.title(words("frame")("pages.sweep"), anchor=False, width="content")
        st.button(
            w("start"),
            type="primary",
            icon=PLAY,
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
        st.html(f'<p class="kd-question">{escape(words("frame")("questions.sweep"))}</p>', width="stretch")
        st.html(progress("sweep"), width="content")
        share(query=run.sweep.to_query(), of_run=bool(changed))


def cost() -> None:
    """What these settings will cost, where that is worth a word."""
    if said := costs.note(run, SweepRun(sweep=sweep), words("cost")):
        st.caption(said)


def complaints() -> None:
    if state.sweep_errors:
        st.error(f"{complaint(state.sweep_errors.values(), language())}\n\n{w('kept')}", icon=":material/error:")


def stale() -> None:
    """Over the results: what they are of, if the widgets say something else by now."""
    if not changed:
        return
    st.html("<style>.st-key-results { opacity: .38; filter: grayscale(.7); }</style>")
    with st.container(horizontal=True, key="stale", vertical_alignment="center"):
        st.text(w("stale", of=of_sweep(run.sweep), changed=", ".join(changed)))
        st.button(w("update"), key="sweep_update", type="primary", on_click=start)


def results() -> None:
    run.look()
    st.caption(status_line(run))
    if run.message:
        (st.error if run.status == "failed" else st.caption)(markdown(run.message, language()))
    show_map(run)
    if choice_run is not None:
        show_choice(choice_run)
    show_curves()
    if live and not run.is_live and not (choice_run is not None and choice_run.is_live):
        st.rerun(scope="app")


buttons()
map_side, settings_side = st.columns([1.65, 1], gap="large")
with settings_side:
    controls()
    sweep = read_widgets()
    complaints()
    cost()
with map_side:
    with st.container(key="results"):
        draw_again(results, every=0.1 if live else None)
    stale()
# This stands still while the map goes on, so it waits for the end: a table must not be older than the map beside it.
table = [] if still_training else run.progress[0].table()
with settings_side:
    several = run.sweep.base.splits > 1
    st.caption(w("caption_splits" if several else "caption", sign=figures.COLLAPSED))
    frame = figures.rows(table, run.sweep)
    with st.container(horizontal=True):
        st.download_button("CSV", csv_of(frame), "kd-sweep.csv", "text/csv", on_click="ignore", disabled=frame.empty)
        whole = orjson.dumps({"sweep": run.sweep.to_query(), "cells": frame.to_dict(orient="records")})
        st.download_button("JSON", whole, "kd-sweep.json", "application/json", on_click="ignore", disabled=frame.empty)
    with st.expander(w("table")):
        st.dataframe(figures.written(frame, run.sweep), hide_index=True, column_config=figures.headers(run.sweep))
    st.caption(w("footnote_splits" if several else "footnote", splits=run.sweep.base.splits))
    st.caption(w("star_splits" if several else "star", error=in_percent(w, FAMILY_ERROR, 0)))
sync_url()
