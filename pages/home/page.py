"""What is distillation? The entry: where to begin, the picture, the idea at three levels."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from kd_core import Experiment
from kd_core.export import part_of
from kd_core.sweeps.grid import Sweep
from pages.home.figures import example, pipeline, robots, show
from pages.home.values import outcome_words, run_words
from pages.run.outcome import open_run, outcome
from pages.run.study import follow
from pages.ui import source
from pages.ui.address import chosen, write_choice
from pages.ui.links import to_page, to_playground, to_sweep
from pages.ui.predict import predict
from pages.ui.style import style_of
from pages.ui.words import words

LEVELS = ("beginner", "technical", "academic")
PATH = ("soft_targets", "two_losses", "dark_knowledge", "when", "bugs", "check", "read_code")
COLUMN = 760

w, frame = words("home"), words("frame")
experiment = Experiment()
sweep = Sweep.parse(experiment, ["temperature=1,2,4,8,20"])
run = open_run(experiment)

st.html(source.STYLE)
with st.container(width=COLUMN):
    st.title(w("title"))
    st.markdown(w("intro"))
    with st.container(horizontal=True):
        to_playground(experiment, w("links.playground"))
        to_sweep(sweep, w("links.sweep"))

    st.header(w("pipeline.header"))
    st.markdown(w("pipeline.text", **run_words(run, w)))

    guess = predict(
        "home",
        w("predict.question", **run_words(run, w)),
        {name: w(f"predict.{name}") for name in ("distilled", "alone", "same")},
    )


def draw_pipeline() -> None:
    show(pipeline(run, w, reveal=guess is not None), key="home_pipeline")


follow([run], draw_pipeline)

with st.container(width=COLUMN):
    found = outcome(run)
    if guess is not None and found:
        if guess:
            st.markdown(w("predict.right" if guess == found.leader else "predict.wrong"))
        st.markdown(w(f"outcome.{found.leader}", **outcome_words(found, w)))
        st.markdown(w("outcome.note", **outcome_words(found, w)))
    st.markdown(w("pipeline.look"))

    st.header(w("levels.header"))
    level = st.radio(
        w("levels.label"),
        LEVELS,
        LEVELS.index(chosen("level", LEVELS)),
        key="chosen_level",
        horizontal=True,
        format_func=lambda name: w(f"levels.{name}"),
    )
    write_choice("level", level, LEVELS)

    if level == "beginner":
        show(robots(), key="home_robots")
        st.markdown(w("beginner.text", **run_words(run, w)))
        shown = example(run)
        if shown:
            st.markdown(w("beginner.example", **run_words(run, w)))
        st.markdown(w("beginner.end"))
    elif level == "technical":
        st.markdown(w("technical.loss"))
        st.latex(source.HEARTS["losses"][0][1])
        st.markdown(w("technical.symbols", **run_words(run, w)))
        for name in ("soften", "distillation_loss"):
            part = part_of("kd_core.losses", name)
            st.markdown(w("technical.source", function=name, first=part.first, last=part.last))
            st.code(part.text, wrap_lines=True)
        to_page("read_code", w("technical.read"), file="losses")
    else:
        st.markdown(w("academic.hinton"))
        st.markdown(w("academic.after"))
        st.markdown("\n".join(f"- {reference}" for reference in w.get("academic.references")))
        st.markdown(w("academic.note"))

    st.header(w("path.header"))
    st.markdown(w("path.text"))
    with st.container(key="home_path"):
        st.html(style_of(Path(__file__).with_suffix(".css")))
        for number, name in enumerate(PATH, start=1):
            label = f"{number}. **{frame(f'pages.{name}')}**: {w(f'path.{name}')}"
            to_page(name, label)

    st.header(w("left_out.header"))
    st.markdown(w("left_out.text", **run_words(run, w)))
    with st.container(horizontal=True):
        to_playground(experiment, w("links.same_run"))
        to_sweep(sweep, w("links.same_sweep"))
