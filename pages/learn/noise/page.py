"""Noise and overfitting: what noise, wrong labels, shifts, brakes and time do to students alone and distilled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from kd_core.data import source_of
from kd_core.jobs import OnWorker, Study
from kd_core.sweeps.grid import Sweep
from pages.learn.noise import figures, findings
from pages.learn.noise.views import SHARES, VIEWS, Chosen, Reached, Teaching, View, gather, of_page
from pages.learn.noise.views import findings as find
from pages.run import fetched
from pages.run.session import meet
from pages.run.settings import data_name
from pages.run.study import ask, watch
from pages.ui.address import Field, held, hold, measure, one_of, option
from pages.ui.chart import live_chart
from pages.ui.datasets import choose_dataset, dataset_field, settle_dataset
from pages.ui.heading import heading
from pages.ui.layout import stage
from pages.ui.links import to_playground, to_sweep
from pages.ui.numbers import percent, short
from pages.ui.predict import predict
from pages.ui.style import style_of
from pages.ui.terms import prose
from pages.ui.words import words

if TYPE_CHECKING:
    from pages.learn.noise import runs
else:
    runs = OnWorker("pages.learn.noise.runs")

STYLE = style_of(Path(__file__).with_name("page.css"))
LABELS, STUDENTS = (50, 100, 200, 500), ("16", "32", "64")
TEMPERATURES, ALPHAS = (1.0, 2.0, 4.0, 8.0, 20.0), (0.0, 0.1, 0.3, 0.5)
VIEW = option("noise", "view", tuple(VIEWS))
DATASET = dataset_field("noise")
LABELLED = one_of("noise", "labels", LABELS, 100)
STUDENT = option("noise", "student", ("32", "16", "64"))
TEMPERATURE = one_of("noise", "temperature", TEMPERATURES, 4.0)
ALPHA = one_of("noise", "alpha", ALPHAS, 0.1)
LEVEL = measure("noise", "level", VIEWS["speed"].at, 0.4, 0.99)  # the accuracy to be reached
SETTINGS = (LABELLED, STUDENT, TEMPERATURE, ALPHA)

w, frame, setting = words("noise"), words("frame"), words("settings")


def wrong_of(view: View) -> Field[float] | None:
    """The share of wrong labels, which begins otherwise in every view; none where the view is about it."""
    return None if view.wrong is None else one_of(f"noise_{view.name}", "wrong", SHARES, view.wrong)


def chosen() -> Chosen:
    share = 0.0 if wrong is None else held(wrong)
    return Chosen(dataset, held(LABELLED), held(STUDENT), held(TEMPERATURE), held(ALPHA), share)


def draw(study: Study[Teaching | Reached]) -> None:
    """The figure so far, and how far the training is."""
    values = list(study.values)
    known = gather(cases, values)
    shown = figures.picture(w, view, known, with_distilled=guess is not None, level=level)
    live_chart(shown.figure, text=shown.text, key=f"noise_chart_{view.name}")
    if study.is_live:
        show_progress(values)
    else:
        prose(w(f"look.{view.name}" if guess is not None else "guess_first"), small=True)


def show_progress(values: list[Teaching | Reached]) -> None:
    """Of the teachers, then of the splits."""
    last = values[-1] if values else None
    if isinstance(last, Teaching):
        st.progress(last.epoch / last.epochs, w("progress.teachers", epoch=last.epoch, epochs=last.epochs))
    elif last is not None:
        done = sum(isinstance(value, Reached) for value in values) / len(cases)
        st.progress(done / experiment.splits, w("progress.splits", done=int(done), splits=experiment.splits))
    elif missing := fetched.arrival(dataset):
        st.progress(missing.done / missing.total, fetched.said(missing))
    else:
        st.progress(0.0, frame("waiting"))


def tell() -> None:
    """What was found, held against the guess."""
    known = gather(cases, study.values)
    found = find(view, known, level)
    st.markdown(findings.judged(w, view, guess or "", found[0]))
    said = [findings.sentence(w, view, each, level) for each in found]
    if view.name == "speed":
        said += findings.reaching(w, known, level, found[0])
    prose(findings.bullets(said))
    if lost := findings.lost(w, known):
        prose(lost, small=True)
    prose(w(f"why.{view.name}"))


def choose_settings() -> None:
    """All in one row; on a phone below one another."""
    with st.container(key="noise_settings"):
        columns = st.columns(5 if wrong is not None else 4)
        with columns[0]:
            st.select_slider(w("settings.labels"), LABELS, held(LABELLED), key=LABELLED.key)
        with columns[1]:
            st.select_slider(w("settings.student"), STUDENTS, held(STUDENT), key=STUDENT.key)
        with columns[2]:
            st.select_slider(
                w("settings.temperature"),
                TEMPERATURES,
                held(TEMPERATURE),
                key=TEMPERATURE.key,
                format_func=plain_number,
            )
        with columns[3]:
            st.select_slider(w("settings.alpha"), ALPHAS, held(ALPHA), key=ALPHA.key, format_func=plain_number)
        if wrong is not None:
            with columns[4]:
                st.select_slider(
                    w("settings.wrong"),
                    SHARES,
                    held(wrong),
                    key=wrong.key,
                    format_func=lambda share: percent(w, share, 0),
                )


def plain_number(value: float) -> str:
    return short(w, value)


st.html(STYLE)
dataset = settle_dataset(DATASET, data_name)
meet(dataset)
view = VIEWS[held(VIEW)]
heading("noise", guess=f"noise_{view.name}")
with st.container(horizontal=True, vertical_alignment="center", key="noise_views"):
    st.segmented_control(
        w("views.label"),
        list(VIEWS),
        default=view.name,
        key=VIEW.key,
        required=True,
        format_func=lambda name: w(f"views.{name}"),
        label_visibility="collapsed",
        width="stretch",
    )
    choose_dataset(DATASET, data_name, lambda name: ())
wrong = wrong_of(view)
level = held(LEVEL) if view.name == "speed" else view.at
experiment = of_page(chosen())
if view.needs_image and source_of(dataset).image is None:
    st.info(w("needs_image"))
else:
    cases = view.cases(experiment)
    study = ask(runs.measure, view.name, chosen())
    left, right = stage("noise")
    with right:
        guess = predict(f"noise_{view.name}", findings.question(w, view, level), findings.options(w, view))
        if view.name == "speed":
            st.slider(w("settings.level"), 0.4, 0.99, held(LEVEL), 0.01, format="percent", key=LEVEL.key)
        if guess is not None and study.status == "done":
            tell()
    with left:
        watch(study, draw)
    choose_settings()
    with st.container(horizontal=True):
        to_playground(view.to_open(experiment), w(f"links.{view.name}"))
        to_sweep(Sweep(experiment, view.over), w("links.sweep"))
with st.expander(w("limits.title")):
    prose(w("limits.text", splits=experiment.splits, n=experiment.seeds))
hold(VIEW, DATASET, *SETTINGS, *([] if wrong is None else [wrong]), *([LEVEL] if view.name == "speed" else []))
