"""What the theme's settings can't say: tighter rows, so that the playground fits a screen."""

from __future__ import annotations

import streamlit as st

_STYLE = """
<style>
.kd-page-title { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.stMainBlockContainer { padding-left: 1.5rem; padding-right: 1.5rem; }
.stMainBlockContainer [data-testid="stVerticalBlock"] { gap: 0.5rem; }
.st-key-transport { row-gap: 0.25rem; }
[data-testid="stColumn"] p { margin-bottom: 0; }
@media (max-width: 640px) { .stMainBlockContainer { padding-left: .75rem; padding-right: .75rem; } }
</style>
"""


def page_style() -> None:
    st.html(_STYLE)
