"""Dark knowledge: which class the teacher finds like which, and a class learned without ever being seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from kd_core.data import DATASETS
from kd_core.jobs import OnWorker, Study
from kd_core.sweeps.grid import Sweep
from kd_core.sweeps.intervals import paired_difference
from pages.learn.dark_knowledge import figures
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
from pages.ui.chart import live_chart
from pages.ui.links import to_playground, to_sweep
from pages.ui.numbers import fine_percent, number, short
from pages.ui.predict import predict
from pages.ui.words import words

if TYPE_CHECKING:
    from pages.learn.dark_knowledge import runs
else:
    runs = OnWorker("pages.learn.dark_knowledge.runs")

w = words("dark_knowledge")
state = st.session_state
HOT, COLD = len(CONDITIONS) - 1, 1  # the conditions with the highest and the lowest T
DIGITS = range(DATASETS[EXPERIMENT.dataset].classes)
ALL_BUT_7_AND_8 = [digit for digit in DIGITS if digit not in (7, 8)]  # left out in the paper's harder experiment
TEST_SIZE = DATASETS[EXPERIMENT.dataset].test_size
hot = short(w, CONDITIONS[HOT][0])


def show_teacher(values: Sequence[object]) -> None:
    """The teacher under way."""
    progress = values[-1] if values else None
    if isinstance(progress, TeacherProgress):
        accuracy = fine_percent(w, progress.accuracy)
        text = w("teacher.training", epoch=progress.epoch, epochs=progress.epochs, accuracy=accuracy)
        st.progress(progress.epoch / progress.epochs, text)
    else:
        st.progress(0, w("teacher.starting"))


# Which class looks like which


def draw_map(study: Study[TeacherProgress | TeacherOnTest]) -> None:
    values = list(study.values)
    teacher = values[-1] if values else None
    if not isinstance(teacher, TeacherOnTest):
        return show_teacher(values)
    with st.container(width=760):
        st.markdown(w("map.text", n=len(teacher.labels)))
        temperature = st.slider(
            w("map.temperature"), 1.0, 20.0, 4.0, 0.5, format="%.1f", key="dark_knowledge_temperature"
        )
    similarity, shown = teacher.similarity(temperature), short(w, temperature)
    with st.container(horizontal=True, gap="medium"):
        left, right = st.container(width=700), st.container(width=600)
    with left:
        picture = figures.map_figure(w, similarity, temperature)
        cell = live_chart(picture.figure, text=picture.text, key="dark_knowledge_map")
    with right:
        st.markdown(w("map.pairs", temperature=shown))
        pairs = closest_pairs(similarity, 3)
        st.markdown(
            "\n".join(
                "1. " + w("map.pair", true=pair.true, other=pair.other, probability=fine_percent(w, pair.probability))
                for pair in pairs
            )
        )
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
        if cell is not None:
            state.dark_knowledge_true, state.dark_knowledge_other = divmod(int(cell), len(similarity))
        show_pair(teacher, temperature, (pairs[0].true, pairs[0].other))
    with st.container(width=760):
        st.markdown(w("map.look"))
    return None


def show_pair(teacher: TeacherOnTest, temperature: float, first: tuple[int, int]) -> None:
    """The images of one class that the teacher finds most like another."""
    state.setdefault("dark_knowledge_true", first[0])
    state.setdefault("dark_knowledge_other", first[1])
    with st.container(horizontal=True):
        true = st.selectbox(w("map.true"), DIGITS, state.dark_knowledge_true, key="dark_knowledge_true", width=120)
        other = st.selectbox(w("map.other"), DIGITS, state.dark_knowledge_other, key="dark_knowledge_other", width=160)
    st.markdown(w("map.images", true=true, other=other, temperature=short(w, temperature)))
    if true == other:
        st.caption(w("map.same"))
    ids, probability = teacher.most_alike(true, other, temperature, 5)
    alts = [w("map.image_alt", label=true)] * len(ids)
    st.html(figures.pictures(teacher.inputs[ids], alts, [[f"{fine_percent(w, p)} %"] for p in probability], 56))


# A digit that the student never sees


def draw_missing(study: Study[TeacherProgress | Stage | Result]) -> None:
    values = list(study.values)
    stages = [value for value in values if isinstance(value, Stage)]
    result = values[-1] if values and isinstance(values[-1], Result) else None
    if result:
        show_set(result)
    elif stages:
        students = len(CONDITIONS) * EXPERIMENT.seeds
        text = w("missing.progress", students=students, step=stages[-1].step, steps=stages[-1].steps)
        st.progress(stages[-1].step / stages[-1].steps, text)
    else:
        show_teacher(values)
    with st.container(width=760):
        guess = predict(
            "missing",
            w("missing.question", units=EXPERIMENT.student, temperature=hot, names=names),
            {name: w(f"missing.{name}") for name in ("none", "few", "half", "most")},
        )
    if guess is None:
        if result:
            st.caption(w("missing.waiting_guess"))
        return
    # A guess was made about one pick of digits; another pick is not what was guessed about.
    guessed_for = state.setdefault("dark_knowledge_guessed_for", missing)
    if guess and result and guessed_for == missing:
        show_guess(guess, result.amount(HOT))
    if stages:
        picture = figures.curves_figure(w, stages, missing)
        with st.container(width=1000):
            live_chart(picture.figure, text=picture.text, key="dark_knowledge_curves")
        with st.container(width=760):
            st.markdown(w("missing.look", n=EXPERIMENT.seeds))
    if result:
        show_result(result)
        show_nudge(result)


def show_guess(guess: str, truth: str) -> None:
    if guess == truth:
        st.markdown(w("missing.right_guess", guess=w(f"missing.{guess}")))
    else:
        st.markdown(w("missing.wrong_guess", guess=w(f"missing.{guess}"), truth=w(f"missing.{truth}")))


def show_set(result: Result) -> None:
    """What the students learn from and what they will be asked."""
    with st.container(width=760):
        st.markdown(
            w(
                "missing.set",
                images=int(result.transfer_counts.sum()),
                test=result.test_counts[0],
                names=names,
                teacher=fine_percent(w, result.teacher.missing),
            )
        )


def show_result(result: Result) -> None:
    distilled, alone, cold = (result.before(condition) for condition in (HOT, ALONE, COLD))
    with st.container(width=760):
        st.markdown(
            w(
                "missing.result",
                temperature=hot,
                test=result.test_counts[0],
                distilled=fine_percent(w, distilled.mean.missing),
                alone=fine_percent(w, alone.mean.missing),
                claim=figures.claim(w, paired_difference(distilled.missing, alone.missing)),
                low=figures.claim(w, paired_difference(distilled.missing, cold.missing)),
            )
        )
        st.markdown(
            w(
                "missing.mass",
                names=names,
                temperature=hot,
                cold=fine_percent(w, result.missing_mass[COLD]),
                hot=fine_percent(w, result.missing_mass[HOT]),
            )
        )
        st.markdown(
            w(
                "missing.cost",
                temperature=hot,
                claim=figures.claim(w, paired_difference(distilled.others, alone.others)),
            )
        )


# One nudge


def show_nudge(result: Result) -> None:
    st.header(w("nudge.title"))
    with st.container(width=760):
        st.markdown(w("nudge.text", names=names))
        condition = st.radio(
            w("nudge.student"),
            range(len(CONDITIONS)),
            HOT,
            key="dark_knowledge_student",
            horizontal=True,
            format_func=lambda condition: figures.who(w, condition),
        )
    picture = figures.nudge_figure(w, result, condition)
    with st.container(width=1000):
        live_chart(picture.figure, text=picture.text, key="dark_knowledge_nudge")
    (before, after), (alone, nudged) = ((result.before(c), result.after(c)) for c in (HOT, ALONE))
    with st.container(width=760):
        st.markdown(w("nudge.look"))
        each = zip(("missing", "others", "overall"), after, before, strict=True)
        claims = {name: figures.claim(w, paired_difference(now, then)) for name, now, then in each}
        st.markdown(w("nudge.result", temperature=hot, names=names, **claims))
        st.markdown(
            w(
                "nudge.control",
                names=names,
                missing=figures.claim(w, paired_difference(nudged.missing, alone.missing)),
                overall=figures.claim(w, paired_difference(nudged.overall, alone.overall)),
                both=figures.claim(w, paired_difference(after.overall, nudged.overall)),
            )
        )
        st.markdown(w("table.caption", n=EXPERIMENT.seeds))
        st.markdown(figures.table(w, result))
    show_examples(result, HOT if condition == ALONE else condition)


def show_examples(result: Result, condition: int) -> None:
    st.header(w("examples.title"))
    pictures, right = figures.examples(w, result, condition)
    with st.container(width=760):
        st.markdown(w("examples.text", n=len(result.labels), names=names, student=figures.who(w, condition)))
        st.html(pictures)
        st.markdown(w("examples.count", n=len(result.labels), **right))


def leave_only_7_and_8() -> None:
    state.dark_knowledge_missing = ALL_BUT_7_AND_8


st.html(Path(__file__).with_name("dark_knowledge.css"))
st.title(w("title"))
with st.container(width=760):
    st.markdown(w("intro"))
st.header(w("map.title"))
watch(ask(runs.teach), draw_map)

st.header(w("missing.title"))
state.setdefault("dark_knowledge_missing", [3])
with st.container(width=760):
    st.markdown(w("missing.text"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.pills(
            w("missing.pick"),
            DIGITS,
            selection_mode="multi",
            default=state.dark_knowledge_missing,
            key="dark_knowledge_missing",
        )
        st.button(w("missing.only"), on_click=leave_only_7_and_8, key="dark_knowledge_only")
missing = tuple(sorted(picked))
if not missing:
    st.info(w("missing.too_few"))
elif len(missing) > MAX_MISSING:
    st.info(w("missing.too_many", most=MAX_MISSING))
else:
    names = figures.named(w, missing)
    watch(ask(runs.leave_out, missing), draw_missing)

st.header(w("end.title"))
with st.container(width=760):
    st.markdown(w("end.text", n=EXPERIMENT.seeds, test=TEST_SIZE, steps=STEPS))
    to_playground(EXPERIMENT, w("end.playground"))
    to_sweep(Sweep.parse(EXPERIMENT, ["temperature=1,2,4,8,20", "student=8,16,64"]), w("end.sweep"))
