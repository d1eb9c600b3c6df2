"""What the explaining pages share: a question before the answer, and the way into the laboratory."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from urllib.parse import parse_qs

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

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
    st.page_link("lab/playground.py", label=label, icon=":material/play_arrow:", query_params=query_of(experiment))


def to_sweep(sweep: Sweep, label: str) -> None:
    """A link that opens the sweep page with exactly this sweep."""
    st.page_link("lab/sweep.py", label=label, icon=":material/grid_on:", query_params=query_of(sweep))


def query_of(asked: Experiment | Sweep) -> dict[str, list[str]]:
    """The fields of the address of this experiment or sweep; never none, which would show what was there last."""
    return parse_qs(asked.to_query()) or {"dataset": [Experiment().dataset]}


def faint(colour: str) -> str:
    """A colour "#rrggbb", thin enough to lie under a line of it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},.18)"


def image_uri(pixels: NDArray[np.float32]) -> str:
    """Brightness (rows, columns) in [0, 1], from black to white, as the address of an image."""
    file = io.BytesIO()
    Image.fromarray(np.round(255 * pixels).astype(np.uint8)).save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
