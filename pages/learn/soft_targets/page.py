"""Soft targets: what a teacher says beyond the label, and what the temperature does to it."""

from __future__ import annotations

import streamlit as st

from kd_core import jobs
from kd_core.sweeps.grid import Sweep
from pages.learn.soft_targets.figures import (
    DATASET,
    TEMPERATURES,
    experiment_of,
    fields_of,
    keep_address,
    soft_targets,
)
from pages.run.session import meet
from pages.run.settings import data_name
from pages.ui.address import is_lecture
from pages.ui.datasets import choose_dataset, settle_dataset
from pages.ui.heading import heading
from pages.ui.layout import stage
from pages.ui.links import to_playground, to_sweep
from pages.ui.numbers import short
from pages.ui.predict import predict
from pages.ui.terms import prose
from pages.ui.words import words

w = words("soft_targets")
dataset = settle_dataset(DATASET, data_name)
meet(dataset)
experiment = experiment_of(dataset)
run = jobs.current().call(jobs.current().open(experiment))

heading("soft_targets", guess="soft_targets")
figure, text = (st.container(), st.container()) if is_lecture() else stage("soft_targets", figure=2.5)
with text:
    choose_dataset(DATASET, data_name, fields_of)
    prose(w("intro"))
    guess = predict(
        "soft_targets", w("predict.question"), {name: w(f"predict.{name}") for name in ("same", "swap", "equal")}
    )
    if guess is not None:
        st.markdown(w(f"verdict.{guess or 'none'}"))
        with st.expander(w("take_header")):
            prose(w("take"))
    with st.expander(w("leaves_header")):
        prose(
            w(
                "setting",
                teacher=experiment.teacher,
                student=experiment.student,
                labels=experiment.labels or experiment.source.train_size,
                temperature=short(w, experiment.temperature),
                alpha=short(w, experiment.alpha),
            )
        )
        st.markdown(w("leaves"))
    to_playground(experiment.replace(temperature=1), w("to_one"))
    to_playground(experiment.replace(temperature=20), w("to_twenty"))
    to_sweep(Sweep(experiment, (("temperature", tuple(float(t) for t in TEMPERATURES)),)), w("to_sweep"))
with figure:
    soft_targets(run, w, guessed=guess is not None)
keep_address(dataset)
