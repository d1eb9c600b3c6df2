"""Words of the field explained where they stand: `[[seed]]` or `[[seed|seeds]]` in a text; see terms.toml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.ui.words import words

_TERM = re.compile(r"\[\[(\w+)(?:\|([^\]]+))?\]\]")


def explained(text: str) -> str:
    """The text with its marked terms as HTML that explains itself on hover, focus and tap."""
    said = words("terms")

    def span(match: re.Match[str]) -> str:
        name, shown = match[1], match[2] or said(f"{match[1]}.name")
        tip = escape(said(f"{name}.is"))
        return f'<span class="kd-term" tabindex="0">{shown}<span class="kd-tip" role="note">{tip}</span></span>'

    return _TERM.sub(span, text)


def tips(names: Sequence[str]) -> dict[str, str]:
    """What each of these terms is, by its own name: for text that the browser writes."""
    said = words("terms")
    return {said(f"{name}.name"): said(f"{name}.is") for name in names}


def prose(text: str, *, small: bool = False) -> None:
    """Markdown of our own, its terms explained. Not for what came from outside: that is shown as characters."""
    (st.caption if small else st.markdown)(explained(text), unsafe_allow_html=True)
