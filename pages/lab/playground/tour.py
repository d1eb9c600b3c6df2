"""A tour of five steps, each of which waits for the visitor's own hand; offered once, and there to be called again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pages.ui.component import SHARED_JS, component

_FOLDER = Path(__file__).parent
_component = component(
    "kd_tour", SHARED_JS, *(_FOLDER / name for name in ("tour.html", "tour.css", "tour.js")), isolate_styles=False
)


def tour(texts: dict[str, Any], *, invites: bool) -> None:
    """The button that begins the tour, in these words; `invites` lets it offer itself to a browser that is new here."""
    _component(key="tour", data={"words": texts, "invites": invites}, width="content", height="content")
