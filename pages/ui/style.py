"""What the theme's settings can't say: tighter rows, so that the playground fits a screen."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

_STYLE = """
<style>
.kd-page-title { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.stMainBlockContainer { padding-left: 1.5rem; padding-right: 1.5rem; }
.stMainBlockContainer [data-testid="stVerticalBlock"] { gap: 0.5rem; }
button[kind^="primary"]:enabled :is(p, span) { color: light-dark(#ffffff, #0b1411); }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] * {
  color: light-dark(#4a5562, #b4bec9) !important; opacity: 1 !important;
}
[data-stale="true"] { opacity: 1 !important; transition: none !important; }
.st-key-frame_mended, [class*="st-key-beat_"] { display: none; }
.st-key-transport { row-gap: 0.25rem; }
[data-testid="stColumn"] p { margin-bottom: 0; }
.st-key-frame { position: fixed; top: 0.35rem; right: 3.2rem; z-index: 999991; width: auto; gap: .75rem; }
.st-key-frame [data-testid="stWidgetLabel"] p { font-size: 0.85rem; }
@media (max-width: 640px) { .stMainBlockContainer { padding-left: .75rem; padding-right: .75rem; } }
</style>
"""

# For a projector: everything half as large again.
_LECTURE = """
<style>
html { font-size: 22px !important; }
.st-key-controls [data-testid="stColumn"]:not(:last-child), .st-key-preset, .st-key-more, .st-key-code, .st-key-shelf {
  display: none;
}
.st-key-controls [data-testid="stColumn"] [data-testid="stVerticalBlock"] { flex-flow: row wrap; align-items: center; }
.st-key-controls [data-testid="stElementContainer"] { flex: 1 1 20rem; }
.st-key-frame [data-testid="stSelectbox"] { width: 8rem; }
.st-key-pace, .st-key-pace [data-testid="stSelectbox"] { width: 11rem !important; }
.kd-panels { grid-template-columns: minmax(0, 1fr); }
.kd .kd-plot { height: 52vh; }
.kd .kd-bars { height: 46vh; }
.kd .kd-map-row { grid-template-columns: repeat(3, minmax(0, 26vw)); }
html:not([data-kd-chart="0"]) .kd-panels figure:nth-child(1),
html:not([data-kd-chart="1"]) .kd-panels figure:nth-child(2),
html:not([data-kd-chart="2"]) .kd-panels figure:nth-child(3),
html:not([data-kd-chart="3"]) .kd-maps { display: none; }
</style>
"""


def page_style(*, lecture: bool = False, hidden: Sequence[str] = ()) -> None:
    """The frame's style; controls that are hidden stay on the page without being shown, and so keep their values."""
    names = [f".st-key-{name}{part}" for name in hidden for part in ("", "_depth", "_width")]
    gone = f"<style>{', '.join(names)} {{ display: none; }}</style>" if names else ""
    st.html(_STYLE + (_LECTURE if lecture else "") + gone)
