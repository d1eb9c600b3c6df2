"""The experiment as a script that runs without the app."""

from __future__ import annotations

import streamlit as st

from kd_core import Experiment
from kd_core.script import script
from pages.ui.words import words


def code_dialog(experiment: Experiment) -> None:
    w, text = words("playground"), script(experiment)

    @st.dialog(w("code.title"), width="large")
    def dialog() -> None:
        st.caption(w("code.caption"))
        st.download_button(w("code.download"), text, "distill.py", "text/x-python", on_click="ignore", type="primary")
        st.code(text, language="python", height=480)

    dialog()
