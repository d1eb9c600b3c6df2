"""Dark knowledge: which class the teacher finds like which, and a class learned without ever being seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from kd_core.data import DATASETS
from kd_core.jobs import OnWorker, Study
from kd_core.sweeps.grid import Sweep
from pages.learn.dark_knowledge import figures, views
from pages.learn.dark_knowledge.analysis import (
    ALONE,
    CONDITIONS,
    EXPERIMENT,
    MAX_MISSING,
    STEPS,
    Result,
    Stage,
    TeacherOnTest,
    TeacherProgress,
    closest_pairs,
    contrast,
    elsewhere,
)
from pages.run.study import ask, watch
from pages.ui.address import Field, held, hold, measure, option, place, set_widget
from pages.ui.chart import live_chart
from pages.ui.heading import heading
from pages.ui.layout import stage
from pages.ui.links import to_playground, to_sweep
from pages.ui.numbers import fine_percent, number, short
from pages.ui.predict import predict
from pages.ui.terms import prose
from pages.ui.words import words

if TYPE_CHECKING:
    from pages.learn.dark_knowledge import runs
else:
    runs = OnWorker("pages.learn.dark_knowledge.runs")

w = words("dark_knowledge")
state = st.session_state
HOT, COLD = len(CONDITIONS) - 1, 1  # the conditions with the highest and the lowest T
CLASSES = DATASETS[EXPERIMENT.dataset].classes
DIGITS = range(CLASSES)
ALL_BUT_7_AND_8 = [digit for digit in DIGITS if digit not in (7, 8)]  # left out in the paper's harder experiment
TEST_SIZE = DATASETS[EXPERIMENT.dataset].test_size
SHOWN = 42  # pictures at most of what is left out
hot = short(w, CONDITIONS[HOT][0])


def read_digits(text: str) -> list[int]:
    """Digits in a row, each once, as many as can be left out."""
    if not text.isdecimal() or len(set(text)) != len(text) or not 1 <= len(text) <= MAX_MISSING:
        raise ValueError(w("missing.allowed", most=MAX_MISSING))
    return sorted(int(digit) for digit in text)


def in_a_row(digits: Sequence[int]) -> str:
    return "".join(str(digit) for digit in sorted(digits))


LIKE = place("dark_knowledge", "like", 3, CLASSES)
T = measure("dark_knowledge", "temperature", 4, 1, 20)
EXAMPLE = place("dark_knowledge", "example", -1, TEST_SIZE)  # -1: whichever comes first
MISSING: Field[Sequence[int]] = Field("dark_knowledge_missing", "left_out", [3], read_digits, in_a_row)
STUDENT = option("dark_knowledge", "student", figures.STUDENTS[::-1])
NUDGE = measure("dark_knowledge", "nudge", 0, 0, 16)
TRUE, OTHER = place("dark_knowledge", "true", 1, CLASSES), place("dark_knowledge", "other", 8, CLASSES)


def show_teacher(values: Sequence[object]) -> None:
    """The teacher under way."""
    progress = values[-1] if values else None
    if isinstance(progress, TeacherProgress):
        accuracy = fine_percent(w, progress.accuracy)
        text = w("teacher.training", epoch=progress.epoch, epochs=progress.epochs, accuracy=accuracy)
        st.progress(progress.epoch / progress.epochs, text)
    else:
        st.progress(0, w("teacher.starting"))


def draw_teacher(study: Study[TeacherProgress | TeacherOnTest]) -> None:
    values = list(study.values)
    if not (values and isinstance(values[-1], TeacherOnTest)):
        show_teacher(values)


# A digit that the student never sees


def draw_students(study: Study[TeacherProgress | Stage | Result]) -> None:
    """How far the students are and, once the reader has guessed, what they have learned so far."""
    values = list(study.values)
    stages = [value for value in values if isinstance(value, Stage)]
    if not stages:
        if isinstance(teacher, TeacherOnTest):  # else its training is told of above
            show_teacher(values)
        return
    if not isinstance(values[-1], Result):
        students = len(CONDITIONS) * EXPERIMENT.seeds
        text = w("missing.progress", students=students, step=stages[-1].step, steps=stages[-1].steps)
        st.progress(stages[-1].step / stages[-1].steps, text)
    if guess is not None:
        picture = figures.curves_figure(w, stages, missing)
        live_chart(picture.figure, text=picture.text, key="dark_knowledge_curves")
        prose(w("missing.look"), small=True)


def show_asked(teacher: TeacherOnTest) -> None:
    """The held-out digits that the students will be asked about."""
    ids = teacher.of(missing)
    prose(w("missing.asked", n=len(ids), names=names))
    ids = ids[:SHOWN]
    alts = [w("map.image_alt", label=teacher.labels[i]) for i in ids]
    st.html(figures.pictures(teacher.inputs[ids], alts, [[]] * len(ids), 56))


def show_guess(guess: str, result: Result) -> None:
    truth = result.amount(HOT)
    amounts = result.amounts(HOT)
    if guess in amounts and len(amounts) > 1:
        listed = w("names.or").join(w("names.quoted", text=w(f"missing.{amount}")) for amount in amounts)
        prose(w("missing.flips", guess=w(f"missing.{guess}"), truth=w(f"missing.{truth}"), amounts=listed))
    elif guess == truth:
        st.markdown(w("missing.right_guess", guess=w(f"missing.{guess}")))
    elif guess:
        st.markdown(w("missing.wrong_guess", guess=w(f"missing.{guess}"), truth=w(f"missing.{truth}")))


def show_result(result: Result) -> None:
    distilled, alone, cold = (result.before(condition) for condition in (HOT, ALONE, COLD))
    prose(
        w(
            "missing.result",
            temperature=hot,
            collapsed=w("missing.collapsed", count=result.collapsed) if result.collapsed else "",
            distilled=fine_percent(w, distilled.mean.missing),
            alone=fine_percent(w, alone.mean.missing),
            claim=figures.claim(w, result.difference(distilled.missing, alone.missing)),
        )
    )
    prose(
        w(
            "missing.mass",
            names=names,
            temperature=hot,
            cold=fine_percent(w, result.missing_mass[COLD]),
            hot=fine_percent(w, result.missing_mass[HOT]),
            even=fine_percent(w, len(missing) / CLASSES),
            cold_right=fine_percent(w, cold.mean.missing),
            cold_nudged=fine_percent(w, result.after(COLD).mean.missing),
        )
    )
    with st.expander(w("missing.more")):
        prose(
            w(
                "missing.set",
                images=int(result.transfer_counts.sum()),
                test=result.test_counts[0],
                names=names,
                teacher=fine_percent(w, result.teacher.missing),
                splits=result.splits,
            )
        )
        low = figures.claim(w, result.difference(distilled.missing, cold.missing))
        cost = figures.claim(w, result.difference(distilled.others, alone.others))
        prose(w("missing.cost", temperature=hot, low=low, claim=cost))
        prose(w("missing.start", n=EXPERIMENT.seeds, splits=result.splits))


# One nudge


def show_nudge(result: Result) -> None:
    st.header(w("nudge.title"))
    prose(w("nudge.text", names=names))
    views.nudge(result, w, {"student": STUDENT, "nudge": NUDGE})
    with st.expander(w("nudge.more")):
        (before, after), (alone, nudged) = ((result.before(c), result.after(c)) for c in (HOT, ALONE))
        each = zip(("missing", "others", "overall"), after, before, strict=True)
        claims = {name: figures.claim(w, result.difference(now, then)) for name, now, then in each}
        left, right = st.columns(2, gap="large")
        with left:
            prose(w("nudge.paper", names=names))
            prose(w("nudge.chosen_how", names=names))
        with right:
            prose(w("nudge.result", temperature=hot, names=names, **claims))
            prose(
                w(
                    "nudge.control",
                    names=names,
                    missing=figures.claim(w, result.difference(nudged.missing, alone.missing)),
                    overall=figures.claim(w, result.difference(nudged.overall, alone.overall)),
                    both=figures.claim(w, result.difference(after.overall, nudged.overall)),
                )
            )
            st.markdown(w("table.caption", n=EXPERIMENT.seeds, splits=result.splits))
            st.markdown(figures.table(w, result))


# Which class looks like which


def show_map(teacher: TeacherOnTest) -> None:
    left, right = stage("dark_knowledge_map", figure=1.2)
    with left:
        temperature = st.slider(w("map.temperature"), 1.0, 20.0, float(held(T)), 0.5, format="%.1f", key=T.key)
        similarity, shown = teacher.similarity(temperature), short(w, temperature)
        picture = figures.map_figure(w, similarity, temperature)
        live_chart(picture.figure, text=picture.text, key="dark_knowledge_map", on_clicked=pick_cell)
    with right:
        st.markdown(w("map.text", n=len(teacher.labels)))
        show_pair(teacher, temperature)
        st.markdown(w("map.pairs", temperature=shown))
        pairs = closest_pairs(similarity, 3)
        st.markdown(
            "\n".join(
                "1. " + w("map.pair", true=pair.true, other=pair.other, probability=fine_percent(w, pair.probability))
                for pair in pairs
            )
        )
        with st.expander(w("map.more")):
            st.markdown(
                w(
                    "map.elsewhere",
                    temperature=shown,
                    elsewhere=fine_percent(w, elsewhere(similarity)),
                    contrast=number(w, contrast(similarity)),
                )
            )
            share = fine_percent(w, teacher.share_from_errors(temperature))
            st.markdown(w("map.errors", wrong=teacher.wrong, n=len(teacher.labels), share=share))


def pick_cell() -> None:
    """A cell of the map was clicked: its pair."""
    cell = state.dark_knowledge_map.clicked
    if isinstance(cell, int) and 0 <= cell < CLASSES**2:
        for field, digit in zip((TRUE, OTHER), divmod(cell, CLASSES), strict=True):
            set_widget(field.key, digit)


def show_pair(teacher: TeacherOnTest, temperature: float) -> None:
    """The images of one class that the teacher finds most like another."""
    with st.container(horizontal=True):
        true = st.selectbox(w("map.true"), DIGITS, held(TRUE), key=TRUE.key, width=130)
        other = st.selectbox(w("map.other"), DIGITS, held(OTHER), key=OTHER.key, width=170)
    if true == other:
        st.caption(w("map.same"))
    ids, probability = teacher.most_alike(true, other, temperature, 5)
    alts = [w("map.image_alt", label=true)] * len(ids)
    st.html(figures.pictures(teacher.inputs[ids], alts, [[f"{fine_percent(w, p)} %"] for p in probability], 72))


def leave_only_7_and_8() -> None:
    set_widget(MISSING.key, ALL_BUT_7_AND_8)


left_out = held(MISSING)
missing = tuple(sorted(left_out))
guessed = f"missing_{in_a_row(missing)}"  # a guess about one pick of digits is none about another
st.html(Path(__file__).with_name("dark_knowledge.css"))
heading("dark_knowledge", guess=guessed)
teaching = ask(runs.teach)
teacher = teaching.values[-1] if teaching.values else None
if not isinstance(teacher, TeacherOnTest):
    watch(teaching, draw_teacher)
else:
    views.gallery(teacher, w, {"like": LIKE, "temperature": T, "example": EXAMPLE})
prose(w("intro"))

st.header(w("missing.title"))
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.pills(w("missing.pick"), DIGITS, selection_mode="multi", default=list(missing), key=MISSING.key)
    st.button(w("missing.only"), on_click=leave_only_7_and_8, key="dark_knowledge_only")
if not missing:
    st.info(w("missing.too_few"))
elif len(missing) > MAX_MISSING:
    st.info(w("missing.too_many", most=MAX_MISSING))
else:
    names = figures.named(w, missing)
    study = ask(runs.leave_out, missing)
    result = study.values[-1] if study.values and isinstance(study.values[-1], Result) else None
    left, right = stage("dark_knowledge_missing")
    with right:
        prose(w("missing.text", names=names))
        guess = predict(
            guessed,
            w("missing.question", units=EXPERIMENT.student, temperature=hot, names=names),
            {name: w(f"missing.{name}") for name in ("none", "few", "half", "most")},
        )
        if result and guess is None:
            st.caption(w("missing.waiting_guess"))
        elif result and guess is not None:
            show_guess(guess, result)
            show_result(result)
    with left:
        if guess is None and isinstance(teacher, TeacherOnTest):
            show_asked(teacher)
        watch(study, draw_students)
    if result and guess is not None:
        show_nudge(result)

if isinstance(teacher, TeacherOnTest):
    st.header(w("map.title"))
    show_map(teacher)

with st.expander(w("end.title")):
    prose(w("end.text", n=EXPERIMENT.seeds, splits=EXPERIMENT.splits, test=TEST_SIZE, steps=STEPS))
with st.container(horizontal=True):
    to_playground(EXPERIMENT, w("end.playground"))
    to_sweep(Sweep.parse(EXPERIMENT, ["temperature=1,2,4,8,20", "student=8,16,64"]), w("end.sweep"))
hold(LIKE, T, EXAMPLE, MISSING, STUDENT, NUDGE, TRUE, OTHER)
