"""Copy link: the address holds what is on the page; the sender may let the guess go along."""

from __future__ import annotations

from pathlib import Path

from pages.ui.component import component
from pages.ui.words import words

_FOLDER = Path(__file__).parent
_component = component("kd_share", *(_FOLDER / name for name in ("share.js", "share.css")), html="<span></span>\n")


def share(*, guess: str | None = None, query: str | None = None, of_run: bool = False) -> None:
    """Buttons that copy the page's address, and the address with this guess if there is one.

    With `query` the link is of that, what the results on screen are of, rather than of the address; `of_run` says so.
    """
    texts = words("frame").get("share")
    data = {"words": texts, "guess": guess or "", "query": query, "label": "of_run" if of_run else "link"}
    _component(key="share", data=data, width="content", height="content")
