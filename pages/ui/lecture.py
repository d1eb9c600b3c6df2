"""Lecture mode in the playground: one chart at a time, and keys for start, pause, step and next."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.ui.words import words

CHARTS = 4  # measure, loss, softened distributions, maps
KEYS = {"start": "p", "step": "s", "next": "n"}  # not r and c: those are Streamlit's own

_component = st.components.v2.component(
    "kd_lecture",
    html='<p class="kd-keys"></p>\n',
    css=".kd-keys { margin: 0; color: var(--st-text-color); }\n",
    js=(Path(__file__).parent / "lecture.js").read_text(),
)


def lecture_keys() -> None:
    """Listen to the keys while this is on the page, and say which they are."""
    _component(key="lecture_keys", data={"keys": KEYS, "charts": CHARTS, "text": words("frame")("keys", **KEYS)})
