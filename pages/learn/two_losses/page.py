"""The two losses: two voices that push a student's logits, how loud each is, and why T^2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from kd_core.experiment import Experiment
from kd_core.jobs import OnWorker, Study
from kd_core.sweeps.grid import Report, Sweep
from pages.learn.two_losses import figures, voices
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
    scaled_gradient,
    scaling_effects,
    who_notices,
)
from pages.run.outcome import open_run
from pages.run.study import ask, follow, watch
from pages.ui.address import held, hold, measure, one_of
from pages.ui.chart import live_chart
from pages.ui.figures import Picture
from pages.ui.heading import heading
from pages.ui.links import to_playground, to_sweep
from pages.ui.numbers import short
from pages.ui.predict import predict
from pages.ui.terms import prose
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
AT = one_of("two_losses", "at", TEMPERATURES, SCALING.temperature)
LIMIT_T = one_of("two_losses", "limit", figures.TICKS, 4)
FLOORS_T = measure("two_losses", "floor_t", 4.0, 1, 20)
FIELDS = (*voices.FIELDS, AT, LIMIT_T, FLOORS_T)


def chart(name: str, picture: Picture, look: str = "") -> None:
    """A figure and what to look for in it."""
    live_chart(picture.figure, text=picture.text, key=f"two_losses_{name}")
    if look:
        st.caption(look)


def known() -> ExampleLogits | None:
    """The real logits that the default run has shown so far."""
    return example_logits(run.held_out, run.snapshots) if run.held_out else None


def draw_voices() -> None:
    """The two voices, as far as their student has come."""
    logits = known()
    if logits is None:
        st.info(frame("waiting"))
        return
    voices.two_voices(run, logits, w)


def draw_why(logits: ExampleLogits) -> None:
    """The size of the gradient against T, and what that does to training."""
    st.header(w("why.title"))
    norms = gradient_norms(logits.teacher, logits.students[EARLY], logits.labels, HEAT)
    left, right = st.columns([1.7, 1], gap="large")
    with left:
        chart("norms", figures.norms_figure(w, norms, held(voices.TEMPERATURE)), w("why.look"))
    with right:
        prose(w("why.explain"))
        st.latex(r"\frac{\partial\,\mathrm{KL}(p_T\,\|\,q_T)}{\partial z} = \frac{1}{T}\,(q_T - p_T)")
        prose(w("why.norms", n=len(logits.labels), epoch=EARLY, **figures.norm_values(w, norms)))
        guess = predict("two_losses_scale", w("why.question", t=short(w, SCALING.temperature)), w.get("guesses"))
    if guess is None:
        return
    st.subheader(w("why.training_title"))
    st.segmented_control(
        w("why.at"),
        TEMPERATURES,
        default=held(AT),
        format_func=lambda temperature: short(w, temperature),
        key=AT.key,
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
    so_far = w("why.progress", epoch=effects[0].epochs[-1], epochs=experiment.epochs)
    if study.is_live:
        st.markdown(so_far)
    elif guess and experiment == SCALING:  # that is what the question was about
        st.markdown(w("why.said", guess=w(f"guesses.{guess}"), truth=truth))
    else:
        st.markdown(w("why.said_nothing", truth=truth))
    rate = short(w, arms(experiment)[-1].learning_rate)
    for row in (effects[:3], effects[3:]):
        columns = st.columns(3)
        for column, (number, effect) in zip(columns, enumerate(row), strict=False):
            with column:
                title = figures.effect_title(w, effect)
                verdict = f"{title}. {so_far}" if study.is_live else figures.verdict(w, effect)
                st.markdown(f"**{title}**")
                name = f"{effect.optimizer}_{number}{effect.rescaled:d}{effect.alpha:g}"
                chart(name, figures.learning_figure(w, effect, experiment.epochs, verdict))
                if not study.is_live:
                    prose(verdict, small=True)
    with columns[2]:
        prose(w("why.look_training"), small=True)
        prose(
            w(
                "why.training",
                student=SCALING.student,
                labels=SCALING.labels,
                n=SCALING.seeds,
                splits=SCALING.splits,
                adam=short(w, SCALING.learning_rate),
                sgd=short(w, SGD_LEARNING_RATE),
            ),
            small=True,
        )
    if not study.is_live:
        with st.expander(w("why.reason_title"), expanded=True):
            sgd = short(w, SGD_LEARNING_RATE)
            prose(w("why.reason", rate=rate, sgd=sgd, **figures.alone_values(w, effects)))


def draw_mixture(logits: ExampleLogits) -> None:
    """Appendix: label and soft targets mixed, as a point in a triangle."""
    chosen = held(voices.EXAMPLE)
    index = logits.hesitant if chosen is None else chosen
    temperature, alpha = held(voices.TEMPERATURE), held(voices.ALPHA)
    teacher, label = logits.teacher[index], int(logits.labels[index])
    (top, _), now = logits.answer(index), mixture_shares(teacher, temperature, alpha)
    prose(w("mixture.explain"))
    st.markdown(figures.shares_line(w, now, label, top))
    left, right = st.columns(2)
    with left:
        ways = [(drawn, mixture_shares(teacher, HEAT, drawn)) for drawn in ALPHAS_DRAWN]
        marks = mixture_shares(teacher, figures.MARKED, alpha)
        chart("triangle", figures.triangle(w, now, ways, marks, label, top), w("mixture.look"))
    with right:
        parts = mixture(teacher, label, temperature, alpha)
        chart("target", figures.target_bars(w, parts), w("mixture.look_target"))
    prose(w("mixture.only"))


def draw_limit(logits: ExampleLogits) -> None:
    """Appendix: the gradient at high T against the difference of logits."""
    text, choice = st.columns([1.7, 1], gap="large")
    with text:
        prose(w("limit.explain"))
        st.latex(
            r"\frac{\partial\,\mathrm{KL}}{\partial z_i} \approx "
            r"\frac{1}{N\,T^2}\,\bigl((z_i - \bar z) - (v_i - \bar v)\bigr)"
        )
        prose(w("limit.after"))
    with choice:
        temperature = st.select_slider(w("limit.temperature"), figures.TICKS, held(LIMIT_T), key=LIMIT_T.key)
        teacher, student = logits.teacher, logits.students[EARLY]
        limit = matching_limit(teacher, student, WIDE_HEAT)
        at = figures.limit_values(w, matching_limit(teacher, student, [temperature]), 0)
        value = w("limit.value", epoch=EARLY, **at)
        st.markdown(value)
        prose(w("limit.source"), small=True)
    left, right = st.columns(2)
    with left:
        chart("cosine", figures.cosine_figure(w, limit, temperature), w("limit.look"))
    with right:
        scaled = scaled_gradient(teacher, student, temperature)
        chart("match", figures.match_figure(w, centred(teacher, student), scaled, value), w("limit.look_match"))


def draw_floors(logits: ExampleLogits) -> None:
    """Appendix: cross-entropy against KL."""
    prose(w("floors.explain"))
    st.latex(r"\mathrm{CE}(p_T, q_T) = \mathrm{KL}(p_T\,\|\,q_T) + H(p_T)")
    prose(w("floors.constant"))
    guess = predict("two_losses_floor", w("floors.question"), w.get("zeros"))
    if guess is None:
        held(FLOORS_T)
        return
    left, right = st.columns([1.7, 1], gap="large")
    with right:
        temperature = st.slider(w("floors.temperature"), 1.0, 20.0, held(FLOORS_T), 0.5, key=FLOORS_T.key)
        seen = floors(logits.teacher, logits.students[EARLY], temperature)
        truth = w(f"zeros.{seen.zeros}")
        said = {"guess": w(f"zeros.{guess}"), "truth": truth} if guess else {"truth": truth}
        st.markdown(w("floors.said" if guess else "floors.said_nothing", **said))
        prose(w("floors.shown", epoch=EARLY))
        st.markdown(w("floors.value", **figures.floor_values(w, seen)))
    with left:
        chart("floors", figures.floors_figure(w, seen), w("floors.look"))


def draw_appendix(logits: ExampleLogits) -> None:
    """What there is to know beyond the two voices, folded."""
    st.header(w("appendix.title"))
    with st.expander(w("appendix.loss")):
        st.latex(r"L = \alpha\,\mathrm{CE}(y, q_1) + (1-\alpha)\,T^2\,\mathrm{KL}(p_T\,\|\,q_T)")
        prose(w("legend"))
        prose(w("source"), small=True)
    with st.expander(w("mixture.title")):
        draw_mixture(logits)
    with st.expander(w("limit.title")):
        draw_limit(logits)
    with st.expander(w("floors.title")):
        draw_floors(logits)
    with st.expander(w("end.title")):
        prose(w("end.leaves_out", n=len(logits.labels)))


run = open_run(Experiment())
# Asked for before anybody has guessed: by then it is done.
asked = SCALING.replace(temperature=held(AT))
training = ask(runs.compare_scaling, asked)
heading("two_losses", guess="two_losses_scale")
follow([run], draw_voices)
final = known() if run.status == "done" else None
if final is not None:
    with st.container(key="roomy"):
        draw_why(final)
        draw_appendix(final)
bare = SCALING.replace(optimizer="sgd", learning_rate=SGD_LEARNING_RATE, alpha=MIX, t_squared=False)
to_playground(bare, w("end.playground"))
to_sweep(Sweep(bare, (("temperature", (1.0, 2.0, 4.0, 8.0, 20.0)),)), w("end.sweep"))
hold(*FIELDS)
