"""A question before the answer: what the reader predicts, kept apart from the widgets that ask for it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.ui.words import words


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
                    text,
                    key=f"guess_{key}_{name}",
                    type="primary" if guess == name else "secondary",
                    on_click=state.guesses.__setitem__,
                    args=(key, name),
                )
            if guess is None:
                st.button(
                    frame("just_show"),
                    key=f"guess_{key}_",
                    type="tertiary",
                    on_click=state.guesses.__setitem__,
                    args=(key, ""),
                )
    return guess


def guess_of(key: str) -> str | None:
    """What this reader has guessed; "" for no guess, None so far."""
    guess: str | None = st.session_state.get("guesses", {}).get(key)
    return guess
