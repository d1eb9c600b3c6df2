"""From forest to network: a pipeline, a network alone and one distilled from it; and who teaches well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from kd_core.experiment import Experiment, ExperimentError
from kd_core.jobs import OnWorker, Study
from kd_core.sweeps.grid import Sweep
from pages.learn.forest import figures as shown
from pages.learn.forest.analysis import Found, OfSplit, OfTeacher, Step, behind, best_teachers, most_accurate
from pages.learn.forest.cases import PAIRS, TEACHERS, axes, grows, six_teachers
from pages.learn.forest.chosen import DATASET, KIND, experiment_of, fields_of
from pages.learn.forest.controls import choose_kind, choose_settings, settle_kind
from pages.run.session import meet
from pages.run.settings import data_name
from pages.run.study import ask, watch
from pages.ui.address import hold
from pages.ui.chart import live_chart
from pages.ui.datasets import choose_dataset, settle_dataset
from pages.ui.heading import heading
from pages.ui.layout import stage
from pages.ui.links import to_playground, to_sweep
from pages.ui.messages import complaint
from pages.ui.numbers import count, number
from pages.ui.predict import predict
from pages.ui.terms import prose
from pages.ui.words import language, words

if TYPE_CHECKING:
    from pages.learn.forest import runs
else:
    runs = OnWorker("pages.learn.forest.runs")

w = words("forest")


def found_of(study: Study[Step | OfSplit]) -> Found | None:
    """What the splits so far come to, if there are any."""
    splits = [value for value in list(study.values) if isinstance(value, OfSplit)]
    return Found(splits) if splits else None


def draw(study: Study[Step | OfSplit]) -> None:
    """Accuracy and cost, split by split as they come."""
    found = found_of(study)
    if study.is_live:
        show_progress(list(study.values)[-1:])
    left, right = st.columns([1, 1])
    with left:
        picture = shown.accuracy(w, found, kind)
        with st.container(key="forest_accuracy"):
            live_chart(picture.figure, text=picture.text, key="forest_accuracy_chart")
        prose(w("accuracy.look"), small=True)
    with right:
        picture = shown.cost(w, found, kind)
        with st.container(key="forest_cost"):
            live_chart(picture.figure, text=picture.text, key="forest_cost_chart")
        prose(w("cost.look"), small=True)


def show_progress(last: list[Step | OfSplit]) -> None:
    """How far the splits are, and what is being made."""
    if not last:
        st.progress(0.0, w("progress.starting"))
        return
    now = last[0]
    if isinstance(now, OfSplit):
        done = (now.split + 1) / experiment.splits
        now = Step(now.split, experiment.splits, "students", experiment.epochs, experiment.epochs)
    else:
        half = 0.5 * (now.what == "students")
        done = (now.split + half + 0.5 * now.done / now.of) / now.splits
    what = now.what if now.what == "students" or grows(kind) else "fitting"
    name = shown.kind_name(w, kind)
    st.progress(
        min(done, 1.0),
        w(f"progress.{what}", split=now.split + 1, splits=now.splits, kind=name, done=now.done, of=now.of),
    )


def show_verdict(found: Found) -> None:
    st.markdown(f"#### {shown.headline(w, found, kind)}")
    st.markdown("\n".join(f"- {line}" for line in shown.differences(w, found, kind)))
    st.markdown(f"{shown.agreement(w, found)} {shown.costs(w, found)}")
    if found.lost:
        st.caption(w("verdict.lost", count=found.lost))
    with st.expander(w("verdict.table")):
        st.table(shown.table(w, found, kind), hide_index=True, border="horizontal")


def show_notes(experiment: Experiment) -> None:
    """What is peculiar about these data and settings."""
    source = experiment.source
    if source.is_small:
        step = number(w, 100 / source.test_size, 1)
        st.warning(w("small", test=count(source.test_size), step=step), icon=":material/straighten:")
    if experiment.temperature > 2:
        st.warning(w("hot"), icon=":material/device_thermostat:")
    if experiment.extra:
        st.caption(w("extra_note", extra=experiment.extra))
    if experiment.dataset == "terrain":
        st.caption(w("made"))


# Six teachers


def draw_teachers(study: Study[OfTeacher]) -> None:
    taught = list(study.values)
    if study.is_live:
        st.progress(len(taught) / len(TEACHERS), w("teachers.training", done=len(taught), of=len(TEACHERS)))
    picture = shown.teachers(w, taught, [] if study.is_live else best_teachers(taught))
    live_chart(picture.figure, text=picture.text, key="forest_teachers")
    prose(w("teachers.look"), small=True)


def show_teachers() -> None:
    """Six teachers of one student: guessed first."""
    st.header(w("teachers.title"))
    left, right = stage("forest_teachers")
    base = next(iter(six_teachers(dataset).values()))
    with right:
        prose(w("teachers.text", labels=base.labels, student=base.student_network.label))
        guess = predict(guessed, w("teachers.question"), {name: shown.kind_name(w, name) for name in TEACHERS})
    if guess is None:
        with left:
            live_chart(**shown.teachers(w, [])._asdict(), key="forest_teachers")
            st.caption(w("teachers.waiting"))
        return
    study = ask(runs.teach, dataset)
    with left:
        watch(study, draw_teachers)
    if study.status == "done":
        with right:
            tell_teachers(guess, list(study.values))


def tell_teachers(guess: str, taught: list[OfTeacher]) -> None:
    best = best_teachers(taught)
    if not best:
        st.markdown(w("teachers.none"))
        return
    first, by_kind = most_accurate(taught), {one.kind: one for one in taught}
    if guess:
        st.markdown(shown.judged(w, guess, best))
    st.markdown(shown.taught_by(w, taught, best, first, behind(by_kind[best[0]], first)))
    with st.expander(w("teachers.why_title")):
        st.markdown(w("teachers.why"))


def show_ways_on(experiment: Experiment) -> None:
    """The sweep that chooses the student's settings, and the playground."""
    st.header(w("hinges.title"))
    prose(w("hinges.text", button=words("sweep")("choose")))
    with st.container(horizontal=True):
        first = experiment.replace(splits=1, seeds=5)
        to_sweep(Sweep.parse(first, axes(experiment)), w("hinges.sweep"))
        to_playground(experiment, w("hinges.playground"))
    with st.expander(w("limits.title")):
        st.markdown(w("limits.text"))


dataset = settle_dataset(DATASET, data_name)
meet(dataset)
kind = settle_kind()
chosen = fields_of(dataset, kind)
guessed = "forest_teachers" if dataset == DATASET.default else f"forest_teachers_{dataset}"
st.html(Path(__file__).with_name("page.css"))
heading("forest", guess=guessed)
with st.container(horizontal=True, vertical_alignment="center", key="forest_controls"):
    choose_dataset(DATASET, data_name, lambda name: fields_of(name, kind))
    choose_kind()
    choose_settings(dataset, kind, chosen)
try:
    experiment = experiment_of(dataset, kind, chosen)
except ExperimentError as problem:
    st.error(complaint(problem.errors.values(), language()), icon=":material/error:")
else:
    st.caption(shown.setting(w, experiment))
    comparing = ask(runs.compare, experiment)
    figures_at, words_at = stage("forest")
    with figures_at:
        watch(comparing, draw)
    with words_at:
        found = found_of(comparing)
        if found and comparing.status == "done":
            show_verdict(found)
        show_notes(experiment)
        prose(w("intro", splits=experiment.splits, pairs=PAIRS))
    show_teachers()
    show_ways_on(experiment)
hold(DATASET, KIND, *chosen)
