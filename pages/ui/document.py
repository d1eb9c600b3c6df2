"""What the frame does in the browser: the page's language for screen readers, tables within the keyboard's reach."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_component = st.components.v2.component(
    "kd_frame", html="<span></span>\n", js=(Path(__file__).parent / "document.js").read_text()
)


def mend_page(language: str) -> None:
    _component(key="frame_mended", data={"language": language}, height="content")
