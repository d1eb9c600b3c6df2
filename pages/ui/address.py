"""The address: what it says to the frame (language, lecture, hidden controls), and what it says to the page."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

FRAME = ("lang", "lecture", "hide")


def read_frame() -> None:
    """Into the session, once: from then on the session knows better than an address that the browser sends late."""
    state = st.session_state
    if "frame_read" not in state:
        state.frame_read = True
        for name in FRAME:
            state.setdefault(name, st.query_params.get(name, ""))
    for name in FRAME:
        state[name] = state[name]  # kept although no widget of this page may show it


def frame_fields() -> dict[str, str]:
    """What of the frame is not as usual."""
    shown = {name: str(st.session_state.get(name) or "") for name in FRAME}
    return {name: value for name, value in shown.items() if value and (name, value) != ("lang", "en")}


def write_frame() -> None:
    """Let the address say what of the frame is not as usual; what it says to the page stays."""
    fields = frame_fields()
    for name in FRAME:
        if name in fields and st.query_params.get(name) != fields[name]:
            st.query_params[name] = fields[name]
        elif name not in fields and name in st.query_params:
            del st.query_params[name]


def page_fields() -> dict[str, list[str]]:
    """What the address says to the page: each name with all its values."""
    return {name: st.query_params.get_all(name) for name in st.query_params if name not in FRAME}


def write_page_fields(fields: Mapping[str, str | list[str]]) -> None:
    """Let the address say this to the page; what it says to the frame stays."""
    everything = {**fields, **frame_fields()}
    wanted = {name: value if isinstance(value, list) else [value] for name, value in everything.items()}
    if {name: st.query_params.get_all(name) for name in st.query_params} != wanted:
        st.query_params.from_dict(wanted)


def remember(page: str, fields: Mapping[str, Any]) -> None:
    """This address of the page has been opened or written, so from now on it is no news. Before it is written: a quick
    visitor's next message can cut the script short there.
    """
    seen = st.session_state.setdefault("seen_addresses", {})
    before = [earlier for earlier in seen.get(page, []) if earlier != fields]
    seen[page] = [*before[-100:], fields]


def is_seen(page: str, fields: Mapping[str, Any]) -> bool:
    """Whether this address is no new link: a quick visitor's browser can still send one that was since replaced."""
    return fields in st.session_state.get("seen_addresses", {}).get(page, [])


def hidden() -> list[str]:
    """Names of controls that the address hides; what cannot be a name is passed over."""
    named = str(st.session_state.get("hide") or "").split(",")
    return [name for name in named if re.fullmatch("[a-z_]+", name)]


def is_lecture() -> bool:
    return st.session_state.get("lecture") == "1"


LATE = 2.0  # seconds after a choice in which a browser may still send the address from before it


def chosen(name: str, options: Sequence[str]) -> str:
    """Which option the widget `chosen_<name>` is to show; the first is what an address without `name` asks for.

    On entering the page the address decides, or else the reader's last choice, which is kept apart from the widget,
    because Streamlit drops a widget's value on another page. Later, the widget decides; an address that changes while
    the widget stays is the browser's Back or Forward, or one that it sent before it had heard of the latest choice.
    """
    state, widget = st.session_state, f"chosen_{name}"
    asked = page_fields().get(name, [""])[-1]
    if widget not in state:
        last = state.get(name)
        state[widget] = asked if asked in options else last if last in options else options[0]
    elif state[widget] == state[name] and time.monotonic() > state[f"{name}_since"] + LATE:
        state[widget] = asked if asked in options else options[0]
    if state[widget] != state.get(name) or f"{name}_since" not in state:
        state[name], state[f"{name}_since"] = state[widget], time.monotonic()
    return str(state[name])


def write_choice(name: str, value: str, options: Sequence[str]) -> None:
    """Let the address say what is chosen, the first option by leaving it out; the page's other fields stay."""
    others = {field: values for field, values in page_fields().items() if field != name}
    write_page_fields(others if value == options[0] else {**others, name: [value]})
