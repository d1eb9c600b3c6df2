"""What a refresh must not take: guesses and answers, kept by the browser's tab and handed back to a new session.

They come from outside, so they are looked at: names and texts, short and few.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.component import component

MOST, LONGEST = 200, 80
_component = component("kd_memory", Path(__file__).parent / "memory.js", html="<span></span>\n")


def remembered() -> dict[str, str]:
    """What the tab keeps, by name: write into it what a refresh shall not lose."""
    kept: dict[str, str] = st.session_state.setdefault("guesses", {})
    return kept


def keep_memory() -> None:
    """Let the tab keep it, and take back what it kept before a refresh. To be drawn after the page, on every page."""
    state, kept = st.session_state, remembered()
    asks = "memory_read" not in state and not kept
    _component(key="memory", data={"kept": kept, "asks": asks}, on_kept_change=_take_back, height="content")


def _take_back() -> None:
    state = st.session_state
    state.memory_read = True
    state.guesses = sound(state.memory.kept) | remembered()


def sound(kept: Any) -> dict[str, str]:
    """Of what a browser sends, what can be ours."""
    if not isinstance(kept, dict):
        return {}
    pairs = [(name, text) for name, text in kept.items() if isinstance(name, str) and isinstance(text, str)]
    return {name: text for name, text in pairs[:MOST] if len(name) <= LONGEST and len(text) <= LONGEST}
