"""What stands above and below every page: title, question, how far one is, a link to send, the next."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.ui.links import PATH, to_page
from pages.ui.predict import guess_of
from pages.ui.share import share
from pages.ui.words import words


def heading(name: str, *, guess: str | None = None) -> None:
    """The page's title, which is the tab's, its question beside it, and at the right the page's place on the path.

    `guess` is the key under which the page's first prediction is kept: the sender of a link may let it go along.
    """
    frame = words("frame")
    with st.container(horizontal=True, vertical_alignment="center", key="heading"):
        st.title(frame(f"pages.{name}"), anchor=False, width="content")
        st.html(f'<p class="kd-question">{escape(frame(f"questions.{name}"))}</p>', width="stretch")
        st.html(progress(name), width="content")
        share(guess=guess_of(guess) if guess else None)


def progress(name: str) -> str:
    """A dot for every page of the path: those visited are full, this one is long."""
    frame = words("frame")
    visited: set[str] = st.session_state.setdefault("visited", set())
    visited.add(name)
    at = PATH.index(name) + 1
    dots = "".join(
        f'<i class="{"kd-here" if page == name else "kd-seen" if page in visited else ""}"></i>' for page in PATH
    )
    said = frame("place", number=at, count=len(PATH))
    return f'<span class="kd-path" role="img" aria-label="{escape(said)}" title="{escape(said)}">{dots}</span>'


def next_page(name: str) -> None:
    """The pages before and after this one, each with its question."""
    frame, at = words("frame"), PATH.index(name)
    with st.container(horizontal=True, key="next", vertical_alignment="center"):
        if at > 0:
            to_page(PATH[at - 1], f"← {frame(f'pages.{PATH[at - 1]}')}")
        st.space("stretch")
        if at + 1 < len(PATH):
            after = PATH[at + 1]
            to_page(after, f"{frame('next')} **{frame(f'pages.{after}')}** → {frame(f'questions.{after}')}")
