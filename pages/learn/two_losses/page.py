"""The two losses: the mixture of label and teacher, how hard each term pushes, and why T^2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from kd_core.experiment import Experiment
from kd_core.jobs import OnWorker, Study
from kd_core.sweeps.grid import Report, Sweep
from pages.learn.two_losses import figures
from pages.learn.two_losses.analysis import (
    EARLY,
    MIX,
    SCALING,
    SGD_LEARNING_RATE,
    ExampleLogits,
    arms,
    centred,
    example_logits,
    floors,
    gradient_norms,
    matching_limit,
    mixture,
    mixture_shares,
    push_reach,
    scaled_gradient,
    scaling_effects,
    terms,
    who_notices,
)
from pages.run.outcome import open_run
from pages.run.study import ask, follow, watch
from pages.ui.chart import live_chart
from pages.ui.figures import Picture, ink_image
from pages.ui.links import to_playground, to_sweep
from pages.ui.numbers import in_percent, short
from pages.ui.predict import predict
from pages.ui.words import words

if TYPE_CHECKING:
    from pages.learn.two_losses import runs
else:
    runs = OnWorker("pages.learn.two_losses.runs")

w, frame = words("two_losses"), words("frame")
HEAT = tuple(1 + 0.5 * i for i in range(39))
WIDE_HEAT = tuple(round(10 ** (i / 30), 4) for i in range(61))
ALPHAS_DRAWN = (0.0, 0.25, 0.5, 0.75)
TEMPERATURES = (2.0, 4.0, 8.0, 20.0)


def prose(*texts: str) -> None:
    """Paragraphs, no wider than one reads with ease."""
    with st.container(width=760):
        for text in texts:
            st.markdown(text)


def formula(text: str) -> None:
    with st.container(width=760):
        st.latex(text)


def section(title: str) -> None:
    st.space("small")
    st.header(title)


def chart(name: str, picture: Picture, look: str = "") -> None:
    """A figure and what to look for in it."""
    live_chart(picture.figure, text=picture.text, key=f"two_losses_{name}")
    if look:
        st.markdown(look)


def picked(logits: ExampleLogits, *, live: bool) -> tuple[int, int]:
    """The example and the student's epoch that the reader has chosen; while it trains, the newest."""
    epochs = list(logits.students)
    if live:
        st.caption(w("mixture.training", epoch=epochs[-1]))
        return logits.hesitant, epochs[-1]

    def named(index: int) -> str:
        answer, share = logits.answer(index)
        label = logits.labels[index]
        return w("mixture.option", number=index + 1, label=label, answer=answer, share=in_percent(w, share, 0))

    index = st.selectbox(
        w("mixture.picked_example"), range(len(logits.labels)), logits.hesitant, named, key="two_losses_example"
    )
    epoch = st.select_slider(w("mixture.epoch"), epochs, EARLY, key="two_losses_epoch", help=w("mixture.epoch_help"))
    return index, epoch


def known() -> ExampleLogits | None:
    """The real logits that the default run has shown so far."""
    return example_logits(run.held_out, run.snapshots) if run.held_out else None


def draw_example() -> None:
    """Sections one and two, for one example: the triangle and the pushes follow alpha and T."""
    logits = known()
    if logits is None:
        st.caption(frame("waiting"))
        return
    with st.container(width=1000):
        left, right = st.columns(2)
        with left:
            index, epoch = picked(logits, live=run.status != "done")
        with right:
            alpha = st.slider(w("mixture.alpha"), 0.0, 1.0, 0.3, 0.05, key="two_losses_alpha")
            temperature = st.slider(w("mixture.temperature"), 1.0, 20.0, 4.0, 0.5, key="two_losses_temperature")
    teacher, student, label = logits.teacher[index], logits.students[epoch], int(logits.labels[index])
    (top, _), now = logits.answer(index), mixture_shares(teacher, temperature, alpha)
    with st.container(horizontal=True, vertical_alignment="center", width=760):
        with st.container(width=100):
            name = w("mixture.digit", number=index + 1, label=label)
            st.html(ink_image(logits.images[index], name, width="5.5rem"))
        with st.container(width="stretch"):
            st.markdown(w("mixture.caption", label=label, answer=top, epoch=epoch))
            st.markdown(figures.shares_line(w, now, label, top))
    with st.container(width=1200):
        left, right = st.columns(2)
        with left:
            ways = [(drawn, mixture_shares(teacher, HEAT, drawn)) for drawn in ALPHAS_DRAWN]
            marks = mixture_shares(teacher, figures.MARKED, alpha)
            chart("triangle", figures.triangle(w, now, ways, marks, label, top), w("mixture.look"))
        with right:
            parts = mixture(teacher, label, temperature, alpha)
            chart("target", figures.target_bars(w, parts), w("mixture.look_target"))
    st.space("small")
    prose(w("mixture.only"))

    section(w("push.title"))
    prose(w("push.explain"))
    seen = terms(teacher, student[index], label, temperature, alpha)
    with st.container(width=1200):
        left, right = st.columns([3, 2], vertical_alignment="center")
        with left:
            reach = push_reach(teacher, [each[index] for each in logits.students.values()], HEAT)
            chart("push", figures.push_bars(w, seen, reach), w("push.look"))
        with right:
            st.markdown(w("push.value") + "  \n" + figures.value_formula(w, seen, temperature, alpha))


def draw_why(logits: ExampleLogits) -> None:
    """Section three: the size of the gradient against T, and what that does to training."""
    section(w("why.title"))
    prose(w("why.explain"))
    formula(r"\frac{\partial\,\mathrm{KL}(p_T\,\|\,q_T)}{\partial z} = \frac{1}{T}\,(q_T - p_T)")
    prose(w("source"))
    with st.container(width=760):
        guess = predict("two_losses_scale", w("why.question", t=short(w, SCALING.temperature)), w.get("guesses"))
    if guess is None:
        return
    norms = gradient_norms(logits.teacher, logits.students[EARLY], logits.labels, HEAT)
    with st.container(width=900):
        chart("norms", figures.norms_figure(w, norms), w("why.look"))
    prose(w("why.norms", n=len(logits.labels), epoch=EARLY, **figures.norm_values(w, norms)))
    prose(
        w(
            "why.training",
            student=SCALING.student,
            labels=SCALING.labels,
            n=SCALING.seeds,
            adam=short(w, SCALING.learning_rate),
            sgd=short(w, SGD_LEARNING_RATE),
        )
    )
    st.segmented_control(
        w("why.at"),
        TEMPERATURES,
        default=SCALING.temperature,
        format_func=lambda temperature: short(w, temperature),
        key="two_losses_at",
        required=True,
    )
    watch(training, lambda study: draw_training(study, guess))


def draw_training(study: Study[list[Report]], guess: str) -> None:
    """What T^2 does under Adam and under SGD, as far as it is known."""
    experiment, effects = asked, scaling_effects(study.values)
    if not effects:
        st.caption(frame("waiting"))
        return
    truth = w(f"guesses.{who_notices(effects)}")
    if study.is_live:
        prose(w("why.so_far", truth=truth), w("why.progress", epoch=effects[0].epochs[-1], epochs=experiment.epochs))
    elif guess and experiment == SCALING:  # that is what the question was about
        prose(w("why.said", guess=w(f"guesses.{guess}"), truth=truth))
    else:
        prose(w("why.said_nothing", truth=truth))
    rate = short(w, arms(experiment)[-1].learning_rate)
    with st.container(width=1200):
        st.markdown(w("why.look_training"))
        for row in (effects[:2], effects[2:4], effects[4:]):
            columns = st.columns(2)
            for column, (number, effect) in zip(columns, enumerate(row), strict=False):
                with column:
                    st.markdown(f"**{figures.effect_title(w, effect)}**")
                    name = f"{effect.optimizer}_{number}{effect.rescaled:d}"
                    chart(name, figures.learning_figure(w, effect, experiment.epochs))
        with columns[1]:
            st.markdown(
                w(
                    "why.reason",
                    rate=rate,
                    sgd=short(w, SGD_LEARNING_RATE),
                    **figures.alone_values(w, effects),
                )
            )
    st.space("small")
    prose("\n".join(f"- {figures.verdict(w, effect)}" for effect in effects))


@st.fragment
def draw_limit(logits: ExampleLogits) -> None:
    """Section four: the gradient at high T against the difference of logits."""
    section(w("limit.title"))
    prose(w("limit.explain"))
    formula(
        r"\frac{\partial\,\mathrm{KL}}{\partial z_i} \approx "
        r"\frac{1}{N\,T^2}\,\bigl((z_i - \bar z) - (v_i - \bar v)\bigr)"
    )
    prose(w("limit.after"), w("limit.source"))
    with st.container(width=760):
        temperature = st.select_slider(w("limit.temperature"), figures.TICKS, 4, key="two_losses_limit")
    teacher, student = logits.teacher, logits.students[EARLY]
    limit = matching_limit(teacher, student, WIDE_HEAT)
    at = figures.limit_values(w, matching_limit(teacher, student, [temperature]), 0)
    value = w("limit.value", epoch=EARLY, **at)
    prose(value)
    with st.container(width=1200):
        left, right = st.columns(2)
        with left:
            chart("cosine", figures.cosine_figure(w, limit, temperature), w("limit.look"))
        with right:
            scaled = scaled_gradient(teacher, student, temperature)
            chart("match", figures.match_figure(w, centred(teacher, student), scaled, value), w("limit.look_match"))


def draw_floors(logits: ExampleLogits) -> None:
    """Section five: cross-entropy against KL."""
    section(w("floors.title"))
    prose(w("floors.explain"))
    formula(r"\mathrm{CE}(p_T, q_T) = \mathrm{KL}(p_T\,\|\,q_T) + H(p_T)")
    prose(w("floors.constant"))
    with st.container(width=760):
        guess = predict("two_losses_floor", w("floors.question"), w.get("zeros"))
    if guess is not None:
        draw_curves(logits, guess)


@st.fragment
def draw_curves(logits: ExampleLogits, guess: str) -> None:
    with st.container(width=760):
        temperature = st.slider(w("floors.temperature"), 1.0, 20.0, 4.0, 0.5, key="two_losses_floor_t")
    seen = floors(logits.teacher, logits.students[EARLY], temperature)
    truth = w(f"zeros.{seen.zeros}")
    said = w("floors.said", guess=w(f"zeros.{guess}"), truth=truth) if guess else w("floors.said_nothing", truth=truth)
    prose(said, w("floors.shown", epoch=EARLY))
    with st.container(width=900):
        chart("floors", figures.floors_figure(w, seen), w("floors.look"))
    prose(w("floors.value", **figures.floor_values(w, seen)))


run = open_run(Experiment())
at = st.session_state.get("two_losses_at", SCALING.temperature)
# Asked for before anybody has guessed: by then it is done.
asked = SCALING.replace(temperature=at)
training = ask(runs.compare_scaling, asked)
st.title(w("title"))
prose(w("intro"))
formula(r"L = \alpha\,\mathrm{CE}(y, q_1) + (1-\alpha)\,T^2\,\mathrm{KL}(p_T\,\|\,q_T)")
prose(w("legend"), w("source"))
section(w("mixture.title"))
prose(w("mixture.explain"))
follow([run], draw_example)
final = known() if run.status == "done" else None
if final is not None:
    draw_why(final)
    draw_limit(final)
    draw_floors(final)
    section(w("end.title"))
    prose(w("end.leaves_out", n=len(final.labels)))
bare = SCALING.replace(optimizer="sgd", learning_rate=SGD_LEARNING_RATE, alpha=MIX, t_squared=False)
to_playground(bare, w("end.playground"))
to_sweep(Sweep(bare, (("temperature", (1.0, 2.0, 4.0, 8.0, 20.0)),)), w("end.sweep"))
