"""What the frame does in the browser: the page's language for screen readers, tables within the keyboard's reach."""

from __future__ import annotations

from pathlib import Path

from pages.ui.component import REST_JS, component

_component = component("kd_frame", REST_JS, Path(__file__).parent / "document.js", html="<span></span>\n")


def mend_page(language: str) -> None:
    _component(key="frame_mended", data={"language": language}, height="content")
