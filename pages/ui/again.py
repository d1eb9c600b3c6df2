"""Parts of a page that draw themselves again every so often, while the rest of the page stands still.

Streamlit's `run_every` asks by the clock: a browser goes on asking a server that is still drawing, and one that has
just drawn the whole page for the last time. In Streamlit 1.67 that spoils the page if messages of the page's run are
not yet on their way. They are dropped (`AppSession.request_rerun`, once the former script runner has stopped), or
those of the part are (`AppSession._clear_queue`), whereupon the browser takes the part away and draws it over what
stood below. So here the next beat is counted from when the browser has drawn the last one. What can still meet the
page's run is a beat from before somebody clicked: a part that is asked for so soon after the page has the page drawn
again, once.

Of two parts that come due together Streamlit 1.67 draws one only, and the other stands still: parts take turns, see
again.js.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import streamlit as st

from pages.ui.component import REST_JS, component

SOON = 0.25  # seconds; on a machine that is far too busy, what spoilt a page came up to 0.21 s after it

_component = component("kd_beat", REST_JS, Path(__file__).parent / "again.js", html="<span></span>\n")


def page_begins() -> None:
    """To be called first in a run of the whole page."""
    state = st.session_state
    state.page_was_redrawn = state.pop("redraw_page", False)
    state.parts = count()
    state.met_live = set()  # works that this run of the page has met on their way (study.py)


def page_ends() -> None:
    """To be called last in a run of the whole page."""
    st.session_state.page_ended = time.monotonic()


def draw_again(draw: Callable[[], None], every: float | None) -> None:
    """Draw now, and again `every` so many seconds after the browser has drawn it; only now if that is None."""
    state = st.session_state
    key, turns = f"beat_{next(state.setdefault('parts', count()))}", count()

    @st.fragment
    def part() -> None:
        since, turn = time.monotonic() - state.get("page_ended", float("-inf")), next(turns)
        draw()
        if turn > 0 and since < SOON and not state.get("page_was_redrawn"):
            state.redraw_page = True
            st.rerun()
        if every is not None:
            data = {"turn": turn, "after": every if turn else SOON + every}
            _component(key=key, data=data, on_due_change=lambda: None, height="content")

    part()
