"""Components of the app's own: HTML, CSS and JavaScript in files, and what several of them share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.components.v2.types import ComponentRenderer

# To be named before a component's own files, by those that use them.
SHARED_JS = Path(__file__).parent / "shared.js"
DIGITS = (Path(__file__).parent / "digits.js", Path(__file__).parent / "digits.css")  # after SHARED_JS
MOST_SAID = 300  # characters
REST_JS = Path(__file__).parent / "rest.js"
SHARED_CSS = Path(__file__).parent / "shared.css"
_DECLARED = re.compile(r"^(?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)


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
    """The files of that suffix as one text; None if there is none. ValueError: two scripts declare the same name."""
    texts = {file: file.read_text() for file in files if file.suffix == suffix}
    if suffix == ".js":
        _check_names(texts)
    return "\n".join(texts.values()) or None


def _check_names(scripts: Mapping[Path, str]) -> None:
    """A browser that finds a name declared twice in a module runs nothing of it, and only its console says so."""
    owners: dict[str, Path] = {}
    for file, text in scripts.items():
        for name in _DECLARED.findall(text):
            if name in owners:
                first = owners[name].name
                raise ValueError(f"{file.name} declares {name}, which {first} of the same component has declared.")
            owners[name] = file
