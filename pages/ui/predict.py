"""A question before the answer: what the reader predicts, kept apart from the widgets that ask for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from pages.ui.address import page_fields
from pages.ui.memory import remembered
from pages.ui.words import words


def predict(key: str, question: str, options: Mapping[str, str]) -> str | None:
    """Ask for a guess before something is shown: the option chosen, "" if the reader would rather see, None so far.

    `options` are name -> text. What depends on the answer is drawn only once this is not None.
    """
    with st.container(border=True, key=f"predict_{key}"):
        st.markdown(f"**{words('frame')('predict')}** {question}")
        take_sent(key, options)
        with st.container(horizontal=True):
            choose(key, options)
    return guess_of(key)


def take_sent(key: str, options: Collection[str]) -> None:
    """Where the sender of the link let a guess go along, and there is none yet: that is it."""
    sent = page_fields().get("guess", [""])[-1]
    if guess_of(key) is None and sent in options and _is_meant(key):
        remembered()[key] = sent


def _is_meant(key: str) -> bool:
    """Whether a link's guess was made for this: for what the visit asked first. The address may hold it still later."""
    state = st.session_state
    visit = state.get("visit", 0)
    if state.get("guess_meant", ("", -1))[1] != visit:
        state.guess_meant = (key, visit)
    return bool(state.guess_meant[0] == key)


def choose(key: str, options: Mapping[str, str]) -> None:
    """The buttons that answer."""
    # Kept apart from the widgets, whose values Streamlit drops when the reader visits another page.
    kept, guess = remembered(), guess_of(key)
    for name, text in options.items():
        st.button(
            text,
            key=f"guess_{key}_{name}",
            type="primary" if guess == name else "secondary",
            on_click=kept.__setitem__,
            args=(key, name),
        )
    if guess is None:
        st.button(
            words("frame")("just_show"), key=f"guess_{key}_", type="tertiary", on_click=kept.__setitem__, args=(key, "")
        )


def guess_of(key: str) -> str | None:
    """What this reader has guessed; "" for no guess, None so far."""
    guess: str | None = st.session_state.get("guesses", {}).get(key)
    return guess
