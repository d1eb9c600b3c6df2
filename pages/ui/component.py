"""Components of the app's own: HTML, CSS and JavaScript in files, and what several of them share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

# To be named before a component's own files, by those that use them.
SHARED_JS = Path(__file__).parent / "shared.js"
DIGITS = (Path(__file__).parent / "digits.js", Path(__file__).parent / "digits.css")  # after SHARED_JS
MOST_SAID = 300  # characters
REST_JS = Path(__file__).parent / "rest.js"
SHARED_CSS = Path(__file__).parent / "shared.css"


def component(name: str, *files: Path, html: str | None = None, isolate_styles: bool = True) -> ComponentRenderer:
    """Register a component; files of a kind are joined in this order, the scripts to one module.

    Everything is sent to the browser with every drawing of the component. Components that use plotly.js, which puts
    its styles in the document's head, can't have their styles isolated.
    """
    return st.components.v2.component(
        name,
        html=html or joined(".html", *files),
        css=joined(".css", *files),
        js=joined(".js", *files),
        isolate_styles=isolate_styles,
    )


def said(value: Any) -> str | None:
    """What a component says, as text; None where it is neither a text nor a number, or longer than any of ours.

    It comes from a browser, so it can be anything.
    """
    text = str(value) if isinstance(value, str | int | float) else None
    return text if text is not None and len(text) <= MOST_SAID else None


def joined(suffix: str, *files: Path) -> str | None:
    """The files of that suffix as one text; None if there is none."""
    return "\n".join(file.read_text() for file in files if file.suffix == suffix) or None
