"""Dark knowledge: which class the teacher finds like which, and a class learned without ever being seen."""

from __future__ import annotations

import streamlit as st

from kd_core.data import DATASETS
from kd_core.jobs import Study
from kd_core.sweeps.grid import Sweep
from pages.learn.dark_knowledge import figures as figures
from pages.learn.dark_knowledge.analysis import (
    ALONE,
    CONDITIONS,
    EXPERIMENT,
    MAX_MISSING,
    STEPS,
    Lesson,
    Result,
    Stage,
    TeacherOnTest,
    closest_pairs,
    contrast,
    elsewhere,
    gain,
)
from pages.run.study import ask, watch
from pages.ui.chart import live_chart
from pages.ui.links import to_playground, to_sweep
from pages.ui.numbers import number
from pages.ui.predict import predict
from pages.ui.words import words

w = words("dark_knowledge")
state = st.session_state
HOT, COLD = len(CONDITIONS) - 1, 1  # the conditions with the highest and the lowest T
ONLY_7_AND_8 = [0, 1, 2, 3, 4, 5, 6, 9]  # left out in the paper's harder experiment
DIGITS = range(DATASETS[EXPERIMENT.dataset].classes)
TEST_SIZE = DATASETS[EXPERIMENT.dataset].test_size
hot = figures.degrees(w, CONDITIONS[HOT][0])


def show_lesson(values: list[object]) -> None:
    """The teacher under way."""
    lesson = values[-1] if values else None
    if isinstance(lesson, Lesson):
        accuracy = figures.percent(w, lesson.accuracy)
        text = w("teacher.training", epoch=lesson.epoch, epochs=lesson.epochs, accuracy=accuracy)
        st.progress(lesson.epoch / lesson.epochs, text)
    else:
        st.progress(0, w("teacher.starting"))


# Which class looks like which


def draw_map(study: Study) -> None:
    values = list(study.values)
    teacher = values[-1] if values else None
    if not isinstance(teacher, TeacherOnTest):
        return show_lesson(values)
    with st.container(width=760):
        st.markdown(w("map.text", n=len(teacher.labels)))
        temperature = st.slider(
            w("map.temperature"), 1.0, 20.0, 4.0, 0.5, format="%.1f", key="dark_knowledge_temperature"
        )
    similarity, shown = teacher.similarity(temperature), figures.degrees(w, temperature)
    with st.container(horizontal=True, gap="medium"):
        left, right = st.container(width=700), st.container(width=600)
    with left:
        figure = figures.map_figure(w, similarity)
        cell = live_chart(figure, text=figures.map_text(w, similarity, temperature), key="dark_knowledge_map")
    with right:
        st.markdown(w("map.pairs", temperature=shown))
        pairs = closest_pairs(similarity, 3)
        st.markdown(
            "\n".join(
                "1. "
                + w("map.pair", true=pair.true, other=pair.other, probability=figures.percent(w, pair.probability))
                for pair in pairs
            )
        )
        st.markdown(
            w(
                "map.elsewhere",
                temperature=shown,
                elsewhere=figures.percent(w, elsewhere(similarity)),
                contrast=number(w, contrast(similarity)),
            )
        )
        share = figures.percent(w, teacher.share_from_errors(temperature))
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
    st.markdown(w("map.images", true=true, other=other, temperature=figures.degrees(w, temperature)))
    if true == other:
        st.caption(w("map.same"))
    ids, probability = teacher.most_alike(true, other, temperature, 5)
    alts = [w("map.image_alt", label=true)] * len(ids)
    st.html(figures.pictures(teacher.inputs[ids], alts, [[f"{figures.percent(w, p)} %"] for p in probability], 56))


# A digit that the student never sees


def draw_missing(study: Study) -> None:
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
        show_lesson(values)
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
        figure, text = figures.curves_figure(w, stages, missing), figures.curves_text(w, stages, missing)
        with st.container(width=1000):
            live_chart(figure, text=text, key="dark_knowledge_curves")
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
                teacher=figures.mean_percent(w, result.teacher.missing),
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
                distilled=figures.mean_percent(w, distilled.missing),
                alone=figures.mean_percent(w, alone.missing),
                claim=figures.claim(w, gain(distilled.missing, alone.missing)),
                low=figures.claim(w, gain(distilled.missing, cold.missing)),
            )
        )
        st.markdown(
            w(
                "missing.heard",
                names=names,
                temperature=hot,
                cold=figures.percent(w, result.heard[COLD]),
                hot=figures.percent(w, result.heard[HOT]),
            )
        )
        st.markdown(w("missing.cost", temperature=hot, claim=figures.claim(w, gain(distilled.others, alone.others))))


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
    figure, text = figures.nudge_figure(w, result, condition), figures.nudge_text(w, result, condition)
    with st.container(width=1000):
        live_chart(figure, text=text, key="dark_knowledge_nudge")
    (before, after), (alone, nudged) = ((result.before(c), result.after(c)) for c in (HOT, ALONE))
    with st.container(width=760):
        st.markdown(w("nudge.look"))
        each = zip(("missing", "others", "overall"), after, before, strict=True)
        claims = {name: figures.claim(w, gain(now, then)) for name, now, then in each}
        st.markdown(w("nudge.result", temperature=hot, names=names, **claims))
        st.markdown(
            w(
                "nudge.control",
                names=names,
                missing=figures.claim(w, gain(nudged.missing, alone.missing)),
                overall=figures.claim(w, gain(nudged.overall, alone.overall)),
                both=figures.claim(w, gain(after.overall, nudged.overall)),
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
    state.dark_knowledge_missing = ONLY_7_AND_8


st.title(w("title"))
with st.container(width=760):
    st.markdown(w("intro"))
st.header(w("map.title"))
watch(ask("pages.learn.dark_knowledge.runs.teach"), draw_map)

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
    watch(ask("pages.learn.dark_knowledge.runs.leave_out", missing), draw_missing)

st.header(w("end.title"))
with st.container(width=760):
    st.markdown(w("end.text", n=EXPERIMENT.seeds, test=TEST_SIZE, steps=STEPS))
    to_playground(EXPERIMENT, w("end.playground"))
    to_sweep(Sweep.parse(EXPERIMENT, ["temperature=1,2,4,8,20", "student=8,16,64"]), w("end.sweep"))
