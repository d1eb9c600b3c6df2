"""Several teachers: who agrees with whom, what their mean is worth, and what a student learns from it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from kd_core.jobs import Job, OnWorker
from pages.learn.ensemble import figures as shown
from pages.learn.ensemble.cases import CASES, MOST_WEIGHT, USUAL, weighed
from pages.learn.ensemble.results import ALONE, WHOLE, Growing, Lesson, Mean, Panel, findings, last, lessons_of
from pages.run.study import ask, follow
from pages.ui.address import held, hold, listed, one_of, option, place
from pages.ui.chart import live_chart
from pages.ui.figures import Picture
from pages.ui.heading import heading
from pages.ui.layout import stage
from pages.ui.links import to_playground
from pages.ui.numbers import short
from pages.ui.predict import predict
from pages.ui.style import style_of
from pages.ui.terms import prose
from pages.ui.words import words

if TYPE_CHECKING:
    from pages.learn.ensemble import runs
else:
    runs = OnWorker("pages.learn.ensemble.runs")

STYLE = style_of(Path(__file__).with_name("page.css"))
EXAMPLES = 8  # as many as `runs` shows
CASE = option("ensemble", "case", tuple(CASES))
MEAN = option("ensemble", "mean", ("logits", "probabilities"))
SPLITS = one_of("ensemble", "splits", (5, 10), 5)
EXAMPLE = place("ensemble", "example", 0, EXAMPLES)

w, frame = words("ensemble"), words("frame")
state = st.session_state


def begin_anew() -> None:
    """Other members: weights and example of the last ones mean nothing."""
    state.ensemble_weights, state.ensemble_example = (), 0


def turn() -> None:
    """Another ensemble, of as many as usual."""
    begin_anew()
    state.ensemble_count = USUAL


def set_weights(values: list[float]) -> None:
    state.ensemble_weights = () if values == usual else tuple(values)


def toggle(member: int) -> None:
    """Take a member out, or back in."""
    set_weights([(0.0 if old else 1.0) if other == member else old for other, old in enumerate(weights)])


def clicked() -> None:
    """A dot of a member, on the chart of accuracies."""
    number = state.ensemble_accuracies.clicked
    if isinstance(number, int) and 0 <= number < len(weights):
        toggle(number)
        state.ensemble_clicked = True


def weigh() -> None:
    """The weights as the sliders have them."""
    set_weights([float(state[f"ensemble_weight_{member}"]) for member in range(len(weights))])


def choose() -> None:
    """Which ensemble, of how many, averaged how, over how many splits."""
    with st.container(horizontal=True, key="ensemble_controls", vertical_alignment="bottom"):
        st.segmented_control(
            w("case"),
            list(CASES),
            default=held(CASE),
            format_func=lambda name: w(f"cases.{name}.name"),
            key=CASE.key,
            required=True,
            on_change=turn,
        )
        if case.counts:
            st.segmented_control(
                w("count"), case.counts, default=held(COUNT), key=COUNT.key, required=True, on_change=begin_anew
            )
        st.segmented_control(
            w("mean"),
            ("logits", "probabilities"),
            default=held(MEAN),
            format_func=lambda name: w(f"means.{name}"),
            key=MEAN.key,
            required=True,
        )
        st.segmented_control(w("splits"), (5, 10), default=held(SPLITS), key=SPLITS.key, required=True)


def choose_members() -> None:
    """A button a member, which takes it out or in; and the weights."""
    with st.container(horizontal=True, key="ensemble_members", vertical_alignment="center"):
        for member, name in enumerate(names):
            is_in = weights[member] > 0
            st.button(
                name,
                key=f"ensemble_member_{member}",
                type="primary" if is_in else "secondary",
                icon=":material/check:" if is_in else ":material/add:",
                help=w("take_out" if is_in else "take_in"),
                on_click=toggle,
                args=(member,),
            )
        with st.popover(w("weights")):
            for member, name in enumerate(names):
                state[f"ensemble_weight_{member}"] = weights[member]
                st.slider(name, 0.0, MOST_WEIGHT, step=0.25, key=f"ensemble_weight_{member}", on_change=weigh)


def chart(name: str, picture: Picture) -> None:
    live_chart(picture.figure, text=picture.text, key=f"ensemble_{name}")


def progress(values: Iterable[object]) -> str:
    """How far a study's teachers or students are."""
    growing, lesson = last(values, Growing), last(values, Lesson)
    if lesson is not None:
        whose = (
            w("progress.alone") if lesson.of == ALONE else w("whole") if lesson.of == WHOLE else names[int(lesson.of)]
        )
        return w("progress.students", whose=whose, epoch=lesson.epoch, epochs=lesson.epochs)
    if growing is not None:
        return w("progress.teachers", done=growing.done, of=growing.of)
    return frame("waiting")


def reached() -> tuple[Panel | None, Mean | None, dict[str, Lesson]]:
    """The members, the ensemble as it is chosen, and all lessons: those of other weights are none of this ensemble."""
    panel, mean = last(introduced.values, Panel), last((combined or introduced).values, Mean)
    lessons = lessons_of(introduced.values)
    if combined or not members:
        lessons.pop(WHOLE, None)
    return panel, mean if members else None, lessons | lessons_of(combined.values if combined else [])


def draw_members() -> None:
    """The members, how far they agree, and one example."""
    if state.pop("ensemble_clicked", False):  # this part was drawn alone, by the weights from before
        st.rerun()
    panel, mean, _ = reached()
    if panel is None:
        st.info(progress(introduced.values))
        return
    left, right = st.columns([1.25, 1])
    with left:
        st.markdown(f"**{w('accuracies.title')}**")
        picture = shown.accuracies(w, names, panel, mean, members)
        live_chart(picture.figure, text=picture.text, key="ensemble_accuracies", on_clicked=clicked)
    with right:
        st.markdown(f"**{w('matrix.title')}**")
        chart("matrix", shown.matrix(w, names, panel, members))
    prose(shown.agreement_sentence(w, panel, members), small=True)
    st.markdown(f"**{w('answers.title', t=short(w, experiment.temperature))}**")
    at = held(EXAMPLE)
    picked, told = st.columns([1, 6])
    with picked:
        st.html(shown.digit(w, panel, at))
    with told:
        chart("answers", shown.answers(w, names, panel, mean, members, at, experiment.temperature))


def draw_students() -> None:
    """What students learn from each and from all, and what that comes to."""
    panel, mean, lessons = reached()
    splits = held(SPLITS)
    st.markdown(f"**{w('gains.title')}**")
    chart("gains", shown.gains(w, names, lessons, members, splits))
    found = findings(panel, mean, lessons, members)
    if found is None:
        live = [progress(study.values) for study in (introduced, combined) if study and study.is_live]
        if members:
            st.caption(" ".join(live) or frame("waiting"))
        return
    if weights == usual and held(COUNT) == USUAL:  # that is what the question was about
        st.markdown(shown.judge_guess(w, guess or "", found))
    prose("\n".join(f"- {sentence}" for sentence in shown.sentences(w, found)))
    prose(shown.alone_sentence(w, lessons, splits), small=True)
    with st.expander(w("against.title")):
        st.table(shown.against_table(w, names, lessons, splits), hide_index=True, border="horizontal")


state.pop("ensemble_clicked", None)
case = CASES[held(CASE)]
COUNT = one_of("ensemble", "count", case.counts or (USUAL,), USUAL)
whole = case.of(held(COUNT), held(MEAN), held(SPLITS))
names = shown.member_names(w, whole)
usual = list(case.weights or [1.0] * len(names))
WEIGHTS = listed("ensemble", "weights", len(names), 0, MOST_WEIGHT)
weights = list(held(WEIGHTS) or usual)
if len(weights) != len(names):  # of a link that changed what it says while the page stood open
    begin_anew()
    weights = usual
members = [member for member, weight in enumerate(weights) if weight > 0]
experiment = weighed(whole, weights) if members else whole

st.html(STYLE)
heading("ensemble", guess=f"ensemble_{case.name}")
prose(w("intro"))
choose()
choose_members()
if not members:
    st.warning(w("nobody"), icon=":material/person_off:")
first = weighed(case.of(held(COUNT), "logits", held(SPLITS)), usual)
introduced = ask(runs.introduce, first)
combined = ask(runs.combine, experiment) if members and experiment != first else None
studies: list[Job] = [introduced, combined] if combined else [introduced]
left, right = stage("ensemble", figure=1.5)
with left:
    follow(studies, draw_members)
    st.segmented_control(
        w("answers.choose"),
        range(EXAMPLES),
        default=held(EXAMPLE),
        format_func=lambda number: str(number + 1),
        key=EXAMPLE.key,
        required=True,
    )
with right:
    prose(w(f"cases.{case.name}.text"))
    guess = predict(f"ensemble_{case.name}", w(f"cases.{case.name}.question"), w.get("options"))
    if guess is not None:
        follow(studies, draw_students)
    settings = {"student": experiment.student, "labels": experiment.labels, "t": short(w, experiment.temperature)}
    prose(w("setting", alpha=short(w, experiment.alpha), **settings), small=True)
    to_playground(experiment, w("playground"))
with st.expander(w("limits.title")):
    prose(w("limits.text"))
hold(CASE, COUNT, MEAN, SPLITS, WEIGHTS, EXAMPLE)
