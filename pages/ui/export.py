"""The experiment as a script that runs without the app."""

from __future__ import annotations

import streamlit as st

from kd_core import Experiment
from kd_core.script import script


@st.dialog("This experiment in plain PyTorch", width="large")
def code_dialog(experiment: Experiment) -> None:
    text = script(experiment)
    st.caption(
        "Needs torch, numpy and scikit-learn. It draws the same random numbers and so finds the same accuracies, "
        "unless rounding grows over a long or wild run."
    )
    st.download_button("Download distill.py", text, "distill.py", "text/x-python", on_click="ignore", type="primary")
    st.code(text, language="python", height=480)
