"""Lecture mode in the playground: one chart at a time, and keys for start, pause, step and next."""

from __future__ import annotations

from pathlib import Path

from pages.ui.component import component
from pages.ui.words import words

CHARTS = 4  # measure, loss, softened distributions, maps
KEYS = {"start": "p", "step": "s", "next": "n"}  # not r and c: those are Streamlit's own

_FOLDER = Path(__file__).parent
_component = component(
    "kd_lecture", _FOLDER / "lecture_keys.css", _FOLDER / "lecture.js", html='<p class="kd-keys"></p>\n'
)


def lecture_keys() -> None:
    """Listen to the keys while this is on the page, and say which they are."""
    _component(key="lecture_keys", data={"keys": KEYS, "charts": CHARTS, "text": words("frame")("keys", **KEYS)})
