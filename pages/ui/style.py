"""What the theme's settings can't say, in style.css, and what changes for a projector, in lecture.css."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
MARK = str(_FOLDER / "mark.svg")  # the name and a large network that speaks to a small one


def style_of(file: Path) -> str:
    """A CSS file as HTML."""
    return f"<style>\n{file.read_text()}</style>"


_STYLE, _LECTURE = style_of(_FOLDER / "style.css"), style_of(_FOLDER / "lecture.css")


def page_style(*, lecture: bool = False, hidden: Sequence[str] = ()) -> None:
    """The frame's style; controls that are hidden stay on the page without being shown, and so keep their values."""
    names = [f".st-key-{name}{part}" for name in hidden for part in ("", "_network")]
    gone = f"<style>{', '.join(names)} {{ display: none; }}</style>" if names else ""
    st.html(_STYLE + (_LECTURE if lecture else "") + gone)
