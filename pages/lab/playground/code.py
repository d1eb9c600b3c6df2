"""The experiment as a script that runs without the app."""

from __future__ import annotations

import streamlit as st

from kd_core import Experiment
from kd_core.answers import store
from kd_core.data import DataError
from kd_core.export.script import script
from pages.ui.messages import markdown, plain
from pages.ui.words import language, words


def code_dialog(shown: Experiment, *, of: str) -> None:
    """While it is open, the code of the run for which it was opened; `shown` is the one on screen, `of` says which.

    Every rerun draws it anew, or else one that happens to come by would close it: a run that ends begins a rerun.
    """
    state = st.session_state
    if state.pop("ask_code", False):
        state.code_of = shown, of
    if state.get("code_of") is None:
        return
    experiment, said = state.code_of
    w = words("playground")
    try:
        text = script(experiment)
    except DataError as problem:  # a file of answers that is not kept here any more
        state.code_of = None
        st.error(markdown(problem.args[0], language()), icon=":material/error:")
        return

    @st.dialog(w("code.title"), width="large", on_dismiss=lambda: state.update(code_of=None))
    def dialog() -> None:
        st.caption(f"**{w('code.of', settings=plain(said))}** {w('code.caption')}")
        with st.container(horizontal=True):
            st.download_button(
                w("code.download"), text, "distill.py", "text/x-python", on_click="ignore", type="primary"
            )
            if name := experiment.teacher_file:  # the script reads it from where it lies itself
                answers = store.to_bytes(store.read(name))
                file = f"{name}.npz"
                st.download_button(w("code.answers", file=file), answers, file, on_click="ignore")
        st.code(text, language="python", height=480)

    dialog()
