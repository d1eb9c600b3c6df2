"""Another domain: a teacher of the source answers for unlabelled target examples; does its student gain there?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from kd_core.jobs import OnWorker, Study
from pages.learn.domain import figures, pictures
from pages.learn.domain.analysis import (
    CASES,
    HELD_BACK,
    LABELS,
    Pair,
    Reached,
    experiment_of,
    latest,
    pair_of,
    shifts_of,
)
from pages.learn.domain.chosen import DATASET, PAGE, fields_of
from pages.run import fetched
from pages.run.settings import data_name
from pages.run.study import ask, asked, follow
from pages.ui.address import Field, held, hold, set_widget
from pages.ui.chart import live_chart
from pages.ui.heading import heading
from pages.ui.layout import stage
from pages.ui.links import to_playground
from pages.ui.predict import guess_of, predict
from pages.ui.select import Select
from pages.ui.style import style_of
from pages.ui.terms import prose
from pages.ui.words import Words, words

if TYPE_CHECKING:
    from pages.learn.domain import runs
else:
    runs = OnWorker("pages.learn.domain.runs")

STYLE = style_of(Path(__file__).with_name("page.css"))
FETCHED = "mnist"  # the one target whose examples come from elsewhere

w = words(PAGE)
state = st.session_state


def settled(field: Field[str], options: tuple[str, ...], say: Callable[[str, str], str]) -> Select:
    """A select box of options that are words, once what the session holds is one of them."""
    box = Select(field.key, options, say)
    held(field)
    box.settle()
    if held(field) not in options:  # of another data set
        set_widget(field.key, field.default)
    return box


def begin_anew() -> None:
    """Another data set has other domains and teachers."""
    for field in fields_of(state[DATASET.key]):
        set_widget(field.key, field.default)


def show_progress(now: Reached | None) -> None:
    """How far the training is."""
    missing = fetched.arrival(FETCHED) if target == FETCHED else None
    if now is None and missing:
        st.progress(missing.done / missing.total, fetched.said(missing))
    elif now is None:
        st.progress(0, w("progress.starting"))
    elif not now.is_last:
        st.progress(now.epoch / now.epochs, w(f"progress.{now.stage}", epoch=now.epoch, epochs=now.epochs))


def draw(study: Study[Pair | Reached]) -> None:
    """The examples of both domains, and below them who gets how much right; held back what the guess is about."""
    values = list(study.values)
    pair, now = pair_of(values), latest(values)
    if pair and is_plane:
        st.html(pictures.clouds(w, pair, now))
    elif pair:
        st.html(pictures.strips(w, dataset, pair))
    if study.status != "failed":
        show_progress(now)
    if pair is None or now is None:
        return
    shown = seen_of(now)
    if shown:
        picture = figures.both_domains(w, dataset, now, shown)
        live_chart(picture.figure, text=picture.text, key="domain_both")
        st.caption(w("both.look"))
    if is_plane and len(shown) > 1:
        st.html(pictures.maps(w, pair, now, shown[1:]))


def seen_of(now: Reached) -> list[str]:
    """Whose results the reader sees."""
    return [actor for actor in now.actors if guess is not None or actor not in HELD_BACK]


def show_found(now: Reached, guess: str) -> None:
    st.markdown(figures.judge(w, guess, now.gain))
    prose("\n".join(f"- {sentence}" for sentence in figures.verdicts(w, now)))
    if told:
        st.markdown(w("told.title", labels=told))
        prose("\n".join(f"- {sentence}" for sentence in figures.told_verdicts(w, now, told)))
    with st.expander(w("table.title")):
        st.table(figures.table(w, now, list(now.actors)), hide_index=True, border="horizontal")
        st.caption(w("table.note", n=experiment.seeds, splits=experiment.splits))


def study_of_shift(shift: str) -> Study[Pair | Reached] | None:
    """A shift's study; nothing is fetched for the overview."""
    if shift == FETCHED and shift != target and fetched.arrival(FETCHED):
        return asked(runs.adapt, dataset, shift, teacher, told)
    return ask(runs.adapt, dataset, shift, teacher, told)


def show_all(studies: dict[str, Study[Pair | Reached] | None], guess: str) -> None:
    found = {shift: latest(study.values) if study else None for shift, study in studies.items()}
    picture = figures.all_shifts(w, found)
    live_chart(picture.figure, text=picture.text, key="domain_all")
    st.caption(w("all.look"))
    done = {shift: now for shift, now in found.items() if now and now.is_last}
    if len(done) == len([study for study in studies.values() if study and study.status != "failed"]) and done:
        st.markdown(figures.judge_best(w, guess, done))


def shift_name(shift: str, language: str) -> str:
    return Words(PAGE, language)(f"shifts.{shift}")


def teacher_name(layers: str, language: str) -> str:
    return Words(PAGE, language)(f"teachers.{layers}")


data_box = settled(DATASET, tuple(CASES), data_name)
dataset = held(DATASET)
chosen = fields_of(dataset)
target_box = settled(chosen.target, shifts_of(dataset), shift_name)
teacher_box = settled(chosen.teacher, CASES[dataset].teachers, teacher_name)
target, teacher, told = held(chosen.target), held(chosen.teacher), held(chosen.target_labels)
experiment = experiment_of(dataset, target, teacher, told)
is_plane = experiment.source.is_plane
key = "_".join(["domain", dataset, target, *([] if teacher == chosen.teacher.default else ["dense"])])
key_of_all = f"domain_all_{dataset}"

st.html(STYLE)
heading(PAGE, guess=key)
with st.container(horizontal=True, vertical_alignment="bottom", key="domain_choice"):
    data_box.show(w("choose.dataset"), on_change=begin_anew)
    target_box.show(w("choose.target"))
    if len(teacher_box.options) > 1:
        teacher_box.show(w("choose.teacher"))
    st.select_slider(
        w("choose.target_labels"), LABELS, told, key=chosen.target_labels.key, help=w("choose.labels_help")
    )
study = ask(runs.adapt, dataset, target, teacher, told)
guess = guess_of(key)
left, right = stage(PAGE, figure=1.35)
with right:
    prose(w("intro", labels=experiment.labels, extra=experiment.extra * experiment.labels))
    now = latest(study.values)
    if now and "alone" in now.source and now.is_last:
        prose(figures.fall(w, now))
    guess = predict(key, w("question"), w.get("guesses"))
    if now and now.is_last:
        if guess is None:
            st.caption(w("waiting_guess"))
        else:
            show_found(now, guess)
    to_playground(experiment, w("end.playground"))
with left:
    follow([study], lambda: draw(study))

st.header(w("all.title"))
best_guess = predict(key_of_all, w("all.question"), {shift: w(f"shifts.{shift}") for shift in shifts_of(dataset)})
if best_guess is not None:
    set_widget(chosen.every.key, True)
if held(chosen.every):
    studies = {shift: study_of_shift(shift) for shift in shifts_of(dataset)}
    follow([one for one in studies.values() if one], lambda: show_all(studies, best_guess or ""))

with st.expander(w("end.title")):
    prose(w("end.text", n=experiment.seeds, splits=experiment.splits))
hold(DATASET, *chosen)
