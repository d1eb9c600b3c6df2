"""Soft targets: what a teacher says beyond the label, and what the temperature does to it."""

from __future__ import annotations

import streamlit as st

from kd_core import jobs
from kd_core.experiment import Experiment
from kd_core.sweeps.grid import Sweep
from pages.learn.soft_targets.figures import TEMPERATURES, soft_targets
from pages.ui.links import to_playground, to_sweep
from pages.ui.numbers import short
from pages.ui.predict import predict
from pages.ui.words import words

w = words("soft_targets")
experiment = Experiment()
run = jobs.current().call(jobs.current().open(experiment))

with st.container(width=760):
    st.title(w("title"))
    st.markdown(w("intro"))
    guess = predict(
        "soft_targets", w("predict.question"), {name: w(f"predict.{name}") for name in ("same", "swap", "equal")}
    )
    verdict = st.container()  # there before the guess too: the picture below keeps its place among the elements
    if guess is not None:
        verdict.markdown(w(f"verdict.{guess or 'none'}"))

soft_targets(run, w, revealed=guess is not None)

with st.container(width=760):
    st.markdown(
        w(
            "setting",
            teacher=experiment.teacher,
            student=experiment.student,
            labels=experiment.labels,
            temperature=short(w, experiment.temperature),
            alpha=short(w, experiment.alpha),
        )
    )
    if guess is not None:
        st.header(w("take_header"))
        st.markdown(w("take"))
    st.header(w("leaves_header"))
    st.markdown(w("leaves"))
    to_playground(Experiment(temperature=1), w("to_one"))
    to_playground(Experiment(temperature=20), w("to_twenty"))
    to_sweep(Sweep(experiment, (("temperature", tuple(float(t) for t in TEMPERATURES)),)), w("to_sweep"))
