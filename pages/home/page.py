"""What is distillation? The entry: the picture, the way into the playground, the idea at three levels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from kd_core import Experiment
from kd_core.export import part_of
from kd_core.sweeps.grid import Sweep
from pages.home.figures import GUESSES, show
from pages.home.values import DIGIT, LEVEL, LEVELS, TEMPERATURE, example, example_words, run_words
from pages.run.outcome import open_run
from pages.ui import source
from pages.ui.address import held, hold, take
from pages.ui.heading import heading
from pages.ui.links import PATH, to_page, to_playground, to_sweep
from pages.ui.memory import remembered
from pages.ui.predict import guess_of, take_sent
from pages.ui.style import style_of
from pages.ui.terms import prose
from pages.ui.words import words

w, frame = words("home"), words("frame")
experiment = Experiment()
run = open_run(experiment)
values = run_words(run, w)


def told(name: str, value: Any) -> None:
    """What the reader does in the picture; it comes from a browser, so what is not allowed is passed over."""
    if name == "guess":
        if value in (*GUESSES, ""):
            remembered()["home"] = value
    elif name == "digit":
        take({DIGIT.name: value}, DIGIT)
    else:
        take({TEMPERATURE.name: value}, TEMPERATURE)


st.html(source.STYLE + style_of(Path(__file__).with_suffix(".css")))
heading("home", guess="home")
take_sent("home", GUESSES)
guess, digit, temperature = guess_of("home"), held(DIGIT), held(TEMPERATURE)
show(run, w, digit=digit, temperature=temperature, guess=guess, told=told)

with st.container(horizontal=True, vertical_alignment="center", key="home_open"):
    to_playground(experiment, w("open.playground"))
    st.markdown(w("open.text", **values))
with st.expander(w("look.header")):
    prose(w("look.text", **values))

idea, path = st.columns([1.5, 1], gap="large")
with idea, st.container(key="home_idea"):
    st.header(w("levels.header"))
    level = st.radio(
        w("levels.label"),
        LEVELS,
        LEVELS.index(held(LEVEL)),
        key=LEVEL.key,
        horizontal=True,
        format_func=lambda name: w(f"levels.{name}"),
    )
    if level == "beginner":
        shown = example(run, digit, temperature)
        told_of = [w("beginner.example", **example_words(shown, temperature, w))] if shown else []
        st.markdown("\n".join([w("beginner.text", **values), *told_of, w("beginner.end")]))
    elif level == "technical":
        st.markdown(w("technical.loss"))
        st.latex(source.HEARTS["losses"][0][1])
        st.markdown(w("technical.symbols", **values))
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

with path, st.container(key="home_path"):
    st.header(w("path.header"))
    st.markdown(w("path.text"))
    for number, name in enumerate(PATH[1:], start=1):
        to_page(name, f"{number}. **{frame(f'pages.{name}')}**: {frame(f'questions.{name}')}")

with st.expander(w("left_out.header")):
    st.markdown(w("left_out.text", **values))
    to_sweep(Sweep.parse(experiment, ["temperature=1,2,4,8,20"]), w("left_out.sweep"))
hold(LEVEL, DIGIT, TEMPERATURE)
