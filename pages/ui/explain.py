"""What the explaining pages share: a question before the answer, and the way into the laboratory."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

import streamlit as st

from kd_core.experiment import Experiment
from kd_core.sweep import Sweep
from pages.ui.words import words

# The three actors, everywhere; told apart by name and dash or place too, never by colour alone.
COLOURS = {"teacher": "#0072b2", "alone": "#c14f00", "distilled": "#007a59"}


def predict(key: str, question: str, options: Mapping[str, str]) -> str | None:
    """Ask for a guess before something is shown: the option chosen, "" if the reader would rather see, None so far.

    `options` are name -> text. What depends on the answer is drawn only once this is not None.
    """
    state, frame = st.session_state, words("frame")
    with st.container(border=True, key=f"predict_{key}"):
        st.markdown(f"**{frame('predict')}** {question}")
        # Kept apart from the widgets, whose values Streamlit drops when the reader visits another page.
        state.setdefault("guesses", {})
        guess = guess_of(key)
        with st.container(horizontal=True):
            for name, text in options.items():
                st.button(
                    text, key=f"guess_{key}_{name}", type="primary" if guess == name else "secondary",
                    on_click=state.guesses.__setitem__, args=(key, name),
                )  # fmt: skip
            if guess is None:
                st.button(
                    frame("just_show"), key=f"guess_{key}_", type="tertiary",
                    on_click=state.guesses.__setitem__, args=(key, ""),
                )  # fmt: skip
    return guess


def guess_of(key: str) -> str | None:
    """What this reader has guessed; "" for no guess, None so far."""
    guess: str | None = st.session_state.get("guesses", {}).get(key)
    return guess


def to_playground(experiment: Experiment, label: str) -> None:
    """A link that opens the playground with exactly this experiment."""
    _link("lab/playground.py", experiment.to_query(), label, ":material/play_arrow:")


def to_sweep(sweep: Sweep, label: str) -> None:
    """A link that opens the sweep page with exactly this sweep."""
    _link("lab/sweep.py", sweep.to_query(), label, ":material/grid_on:")


def _link(page: str, query: str, label: str, icon: str) -> None:
    # An address without any query would show what the visitor did there last, not the default.
    st.page_link(page, label=label, icon=icon, query_params=parse_qs(query) or {"dataset": "digits"})
