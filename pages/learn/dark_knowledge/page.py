"""Dark knowledge: which class the teacher finds like which, and a class learned without ever being seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from kd_core.data import source_of
from kd_core.jobs import OnWorker, Study
from kd_core.sweeps.grid import Sweep
from pages.learn.dark_knowledge import figures, views
from pages.learn.dark_knowledge.analysis import (
    ALONE,
    CONDITIONS,
    STEPS,
    Result,
    Stage,
    TeacherOnTest,
    TeacherProgress,
    case_of,
    closest_pairs,
    contrast,
    elsewhere,
    most_missing,
)
from pages.learn.dark_knowledge.chosen import DATASET, fields_of, in_a_row
from pages.run import fetched
from pages.run.session import meet
from pages.run.settings import data_name
from pages.run.study import ask, watch
from pages.ui.address import held, hold, set_widget
from pages.ui.chart import live_chart
from pages.ui.datasets import choose_dataset, settle_dataset
from pages.ui.heading import heading
from pages.ui.layout import stage
from pages.ui.links import to_playground, to_sweep
from pages.ui.messages import plain
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
SHOWN = 42  # pictures at most of what is left out
hot = short(w, CONDITIONS[HOT][0])


def show_teacher(values: Sequence[object]) -> None:
    """The teacher under way."""
    progress = values[-1] if values else None
    if isinstance(progress, TeacherProgress):
        accuracy = fine_percent(w, progress.accuracy)
        text = w("teacher.training", epoch=progress.epoch, epochs=progress.epochs, accuracy=accuracy)
        st.progress(progress.epoch / progress.epochs, text)
    elif missing := fetched.arrival(dataset):
        st.progress(missing.done / missing.total, fetched.said(missing))
    else:
        st.progress(0, w("teacher.starting"))


def draw_teacher(study: Study[TeacherProgress | TeacherOnTest]) -> None:
    values = list(study.values)
    if not (values and isinstance(values[-1], TeacherOnTest)):
        show_teacher(values)


# A class that the student never sees


def draw_students(study: Study[TeacherProgress | Stage | Result]) -> None:
    """How far the students are and, once the reader has guessed, what they have learned so far."""
    values = list(study.values)
    stages = [value for value in values if isinstance(value, Stage)]
    if not stages:
        if isinstance(teacher, TeacherOnTest):  # else its training is told of above
            show_teacher(values)
        return
    if not isinstance(values[-1], Result):
        students = len(CONDITIONS) * case.experiment.seeds
        text = w("missing.progress", students=students, step=stages[-1].step, steps=stages[-1].steps)
        st.progress(stages[-1].step / stages[-1].steps, text)
    if guess is not None:
        picture = figures.curves_figure(w, stages, left_out, case.experiment.splits)
        live_chart(picture.figure, text=picture.text, key="dark_knowledge_curves")
        prose(w("missing.look"), small=True)


def show_asked(teacher: TeacherOnTest) -> None:
    """Held-out examples that the students will be asked about."""
    prose(w("missing.asked", n=int(teacher.counts[list(missing)].sum()), names=names))
    ids = teacher.of(missing)[:SHOWN]
    alts = [w("map.example_alt", label=classes[teacher.labels[i]]) for i in ids]
    st.html(figures.pictures(dataset, teacher.inputs[ids], alts, [[]] * len(ids), 56))


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
            even=fine_percent(w, len(missing) / len(classes)),
            cold_right=fine_percent(w, cold.mean.missing),
            cold_nudged=fine_percent(w, result.after(COLD).mean.missing),
        )
    )
    with st.expander(w("missing.more")):
        prose(
            w(
                "missing.set",
                examples=int(result.transfer_counts.sum()),
                test=result.test_counts[0],
                names=names,
                teacher=fine_percent(w, result.teacher.missing),
                splits=result.splits,
            )
        )
        low = figures.claim(w, result.difference(distilled.missing, cold.missing))
        cost = figures.claim(w, result.difference(distilled.others, alone.others))
        prose(w("missing.cost", temperature=hot, low=low, claim=cost))
        prose(w("missing.start", n=case.experiment.seeds, splits=result.splits))


# One nudge


def show_nudge(result: Result) -> None:
    st.header(w("nudge.title"))
    prose(w("nudge.text", names=names))
    views.nudge(result, dataset, w, {"student": chosen.student, "nudge": chosen.nudge})
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
            st.markdown(w("table.caption", n=case.experiment.seeds, splits=result.splits))
            st.markdown(figures.table(w, result))


# Which class looks like which


def show_map(teacher: TeacherOnTest) -> None:
    left, right = stage("dark_knowledge_map", figure=1.2)
    with left:
        temperature = st.slider(
            w("map.temperature"),
            1.0,
            20.0,
            float(held(chosen.temperature)),
            0.5,
            format="%.1f",
            key=chosen.temperature.key,
        )
        similarity, shown = teacher.similarity(temperature), short(w, temperature)
        picture = figures.map_figure(w, similarity, temperature, classes)
        live_chart(picture.figure, text=picture.text, key="dark_knowledge_map", on_clicked=pick_cell)
    with right:
        st.markdown(w("map.text", n=len(teacher.labels)))
        show_pair(teacher, temperature)
        st.markdown(w("map.pairs", temperature=shown))
        pairs = closest_pairs(similarity, 3)
        st.markdown(
            "\n".join(
                "1. "
                + w(
                    "map.pair",
                    true=plain(classes[pair.true]),
                    other=plain(classes[pair.other]),
                    probability=fine_percent(w, pair.probability),
                )
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
    if isinstance(cell, int) and 0 <= cell < len(classes) ** 2:
        for field, label in zip((chosen.true, chosen.other), divmod(cell, len(classes)), strict=True):
            set_widget(field.key, label)


def show_pair(teacher: TeacherOnTest, temperature: float) -> None:
    """The examples of one class that the teacher finds most like another."""
    with st.container(horizontal=True):
        true, other = (
            st.selectbox(
                w(f"map.{name}"),
                range(len(classes)),
                held(field),
                key=field.key,
                format_func=classes.__getitem__,
                width=170,
            )
            for name, field in (("true", chosen.true), ("other", chosen.other))
        )
    if true == other:
        st.caption(w("map.same"))
    ids, probability = teacher.most_alike(true, other, temperature, 5)
    alts = [w("map.example_alt", label=classes[true])] * len(ids)
    shares = [[f"{fine_percent(w, p)} %"] for p in probability]
    st.html(figures.pictures(dataset, teacher.inputs[ids], alts, shares, 72))


def leave_only() -> None:
    set_widget(chosen.missing.key, [label for label in range(len(classes)) if label not in case.only])


dataset = settle_dataset(DATASET, data_name)
meet(dataset)
case, chosen, source = case_of(dataset), fields_of(dataset), source_of(dataset)
classes, most = source.class_names, most_missing(dataset)
picked = held(chosen.missing)
missing = tuple(sorted(picked))
left_out = figures.names_of(dataset, missing)
# A guess about one pick of classes is none about another.
guessed = "_".join(["missing", *([] if dataset == DATASET.default else [dataset]), in_a_row(missing, len(classes))])
st.html(Path(__file__).with_name("dark_knowledge.css"))
heading("dark_knowledge", guess=guessed)
choose_dataset(DATASET, data_name, fields_of)
teaching = ask(runs.teach, dataset)
teacher = teaching.values[-1] if teaching.values else None
if not isinstance(teacher, TeacherOnTest):
    watch(teaching, draw_teacher)
else:
    views.gallery(
        teacher,
        dataset,
        w,
        {"like": chosen.like, "temperature": chosen.temperature, "example": chosen.example},
    )
prose(w("intro"))

st.header(w("missing.title"))
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.pills(
        w("missing.pick"),
        range(len(classes)),
        selection_mode="multi",
        default=list(missing),
        key=chosen.missing.key,
        format_func=lambda label: plain(classes[label]),
    )
    if case.only:
        named_only = figures.listed(w, figures.names_of(dataset, case.only))
        st.button(w("missing.only", names=named_only), on_click=leave_only, key="dark_knowledge_only")
if not missing:
    st.info(w("missing.too_few"))
elif len(missing) > most:
    st.info(w("missing.too_many", most=most))
else:
    names = figures.named(w, [plain(name) for name in left_out])
    study = ask(runs.leave_out, dataset, missing)
    result = study.values[-1] if study.values and isinstance(study.values[-1], Result) else None
    left, right = stage("dark_knowledge_missing")
    with right:
        labels = case.experiment.labels
        trained = w("missing.trained_some" if labels else "missing.trained_all", examples=labels, names=names)
        prose(w("missing.text", trained=trained))
        guess = predict(
            guessed,
            w("missing.question", units=case.experiment.student, temperature=hot, names=names),
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
    experiment = case.experiment
    prose(w("end.text", n=experiment.seeds, splits=experiment.splits, test=source.test_size, steps=STEPS))
with st.container(horizontal=True):
    to_playground(case.experiment, w("end.playground"))
    to_sweep(Sweep.parse(case.experiment, ["temperature=1,2,4,8,20", "student=8,16,64"]), w("end.sweep"))
hold(DATASET, *chosen)
