"""The grid of a page: what moves first, the words beside it or, on a narrow screen, below."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def stage(key: str, *, figure: float = 1.7, words: float = 1.0) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two columns, the figure's and the words'; the figure stays in sight while longer words are scrolled."""
    with st.container(key=f"stage_{key}"):
        left, right = st.columns([figure, words], gap="large")
    return left, right
