"""The title of a page that has no room for one: read out, not shown."""

from __future__ import annotations

from html import escape

import streamlit as st


def hidden_title(text: str) -> None:
    st.html(f'<h1 class="kd-page-title">{escape(text)}</h1>')
