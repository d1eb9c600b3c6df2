"""The address: what it says to the frame (language, lecture, hidden controls), and what it says to the page."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from kd_core.experiment import SETTINGS
from kd_core.sweeps.grid import MAX_SWEEP_QUERY
from pages.ui.component import said

T = TypeVar("T")
FRAME = ("lang", "lecture", "hide")
# What a link can hide: every setting's widget, and parts of the pages by their keys.
PARTS = ("start", "step", "stop", "reset", "pace", "preset", "more", "code", "tour", "shelf", "bug")
HIDES = (*SETTINGS, *PARTS)
MAX_ADDRESS = MAX_SWEEP_QUERY  # characters; the sweep's are the longest


def read_frame() -> None:
    """Into the session, once: from then on the session knows better than an address that the browser sends late."""
    state = st.session_state
    state.first_run = "frame_read" not in state
    if state.first_run:
        state.frame_read = True
        for name in FRAME:
            state.setdefault(name, "" if _is_too_long() else st.query_params.get(name, ""))
    for name in FRAME:
        state[name] = state[name]  # kept although no widget of this page may show it


def frame_fields() -> dict[str, str]:
    """What of the frame is not as usual."""
    shown = {name: str(st.session_state.get(name) or "") for name in FRAME}
    return {name: value for name, value in shown.items() if value and (name, value) != ("lang", "en")}


def write_frame() -> None:
    """Let the address say what of the frame is not as usual; what it says to the page stays."""
    if st.session_state.get("first_run"):
        return
    fields = frame_fields()
    for name in FRAME:
        if name in fields and st.query_params.get(name) != fields[name]:
            st.query_params[name] = fields[name]
        elif name not in fields and name in st.query_params:
            del st.query_params[name]


def page_fields() -> dict[str, list[str]]:
    """What the address says to the page: each name with all its values; nothing if it is too long."""
    if _is_too_long():
        return {}
    return {name: st.query_params.get_all(name) for name in st.query_params if name not in FRAME}


def _is_too_long() -> bool:
    length = 0
    for name in st.query_params:
        length += len(name) + sum(map(len, st.query_params.get_all(name)))
        if length > MAX_ADDRESS:
            return True
    return False


def was_too_long() -> bool:
    """Whether the address that this visit began with was too long to be read. To be asked before the page is drawn."""
    state = st.session_state
    if _is_too_long():
        state.too_long_visit = state.get("visit")
    return bool("too_long_visit" in state and state.too_long_visit == state.get("visit"))


def write_page_fields(fields: Mapping[str, str | list[str]]) -> None:
    """Let the address say this to the page; what it says to the frame stays.

    Not in a session's first run: it came by a link that says it already, and the browser, whose script of ours is still
    on its way, would count the address as a page visited (document.js).
    """
    state = st.session_state
    told = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    remember(str(state.get("at_page", "")), told)
    state.writes = state.get("writes", 0) + 1
    if state.get("first_run"):
        state.written = (page_fields(), time.monotonic())
        return
    state.written = (told, time.monotonic())
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


def begin_visit(page: str) -> None:
    """To be called before a page is drawn. A visit begins when another page was chosen, or when the address says
    something that it was not told to say: a link within the page, or the browser's Back.
    """
    state, fields = st.session_state, page_fields()
    written, since = state.get("written", (None, 0.0))
    late = is_seen(page, fields) and time.monotonic() < since + LATE
    if state.get("at_page") == page and (fields == written or late):
        keep_widgets()
        return
    state.visit, state.at_page, state.chosen = state.get("visit", 0) + 1, page, {}
    state.written = (fields, time.monotonic())
    remember(page, fields)


def set_widget(key: str, value: Any) -> None:
    """Set a widget's value by something else than the widget: a click on a chart, a button, a preset.

    A quick visitor's next message can leave the browser before it has heard of that, and still holds the widget's value
    from before, which Streamlit takes for the visitor's wish. `keep_widgets` does not.
    """
    state = st.session_state
    chosen = state.setdefault("chosen", {})
    if state.get(key) == value:
        chosen.pop(key, None)
    else:
        chosen[key] = (state.get(key), value, state.get("writes", 0))
        state[key] = value


def keep_widgets() -> None:
    """Of a browser that has not heard of what `set_widget` set, take no widget's value from before it.

    It has heard of it when it sends the address that was written since. A quick visitor's messages cut runs of the page
    short, and so the address may not have been written at all.
    """
    state = st.session_state
    written, _ = state.get("written", (None, 0.0))
    is_up_to_date = page_fields() == written
    for key, (old, new, writes) in list(state.get("chosen", {}).items()):
        if is_up_to_date and state.get("writes", 0) > writes:
            del state.chosen[key]
        elif str(state.get(key)) == str(old):  # a select box can send a number's text
            state[key] = new


@dataclass(frozen=True)
class Field(Generic[T]):
    """What is chosen on a page and held by its link: `name` in the address, `key` of its widget in the session.

    `read` takes the address's text and raises ValueError with what is allowed; what is as `default` the address leaves
    out.
    """

    key: str
    name: str
    default: T
    read: Callable[[str], T]
    write: Callable[[T], str] = str


def option(page: str, name: str, options: Sequence[str]) -> Field[str]:
    """One of these options, the first if nothing is said."""

    def read(text: str) -> str:
        if text not in options:
            raise ValueError(", ".join(options))
        return text

    return Field(f"{page}_{name}", name, options[0], read)


def measure(page: str, name: str, default: float, low: float, high: float) -> Field[float]:
    """A number from `low` to `high`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise ValueError(f"{low:g} … {high:g}")
        return value

    return Field(f"{page}_{name}", name, default, read, lambda value: f"{value:g}")


def place(page: str, name: str, default: int, count: int) -> Field[int]:
    """A whole number from 0 to below `count`: which digit, which example."""

    def read(text: str) -> int:
        if not text.isdecimal() or len(text) > len(str(count)) or int(text) >= count:
            raise ValueError(f"0 … {count - 1}")
        return int(text)

    return Field(f"{page}_{name}", name, default, read)


def maybe_place(page: str, name: str, count: int) -> Field[int | None]:
    """As `place`, None as long as nothing is chosen."""
    whole = place(page, name, 0, count)
    return Field(whole.key, name, None, whole.read)


def one_of(page: str, name: str, values: Sequence[T], default: T) -> Field[T]:
    """One of these numbers."""
    known = {f"{value:g}": value for value in values}

    def read(text: str) -> T:
        if text not in known:
            raise ValueError(", ".join(known))
        return known[text]

    return Field(f"{page}_{name}", name, default, read, lambda value: f"{value:g}")


def flag(page: str, name: str, *, default: bool) -> Field[bool]:
    """On or off: 1 or 0."""

    def read(text: str) -> bool:
        if text not in ("0", "1"):
            raise ValueError("0, 1")
        return text == "1"

    return Field(f"{page}_{name}", name, default, read, lambda value: str(int(value)))


def listed(page: str, name: str, count: int, low: float, high: float) -> Field[tuple[float, ...]]:
    """So many numbers from `low` to `high` with spaces between them; none as long as nothing is chosen."""
    each = measure(page, name, low, low, high)

    def read(text: str) -> tuple[float, ...]:
        numbers = text.split()
        if len(numbers) != count:
            raise ValueError(f"{count} × {low:g} … {high:g}")
        return tuple(each.read(one) for one in numbers)

    return Field(each.key, name, (), read, lambda values: " ".join(map(each.write, values)))


def take(told: Any, *fields: Field[Any]) -> None:
    """Let the session hold what a component says was chosen: each field by name, a number or as the address writes it,
    "" for the default. What is not allowed is passed over.
    """
    for field in fields:
        value = told.get(field.name) if isinstance(told, dict) else None
        text = said(value)
        if text is not None:
            try:
                set_widget(field.key, field.default if value in ("", field.default) else field.read(text))
            except ValueError:
                continue


def held(field: Field[T]) -> T:
    """The value of a field, which the session holds under `field.key` for its widget.

    A visit that comes by a link begins with what the link says; any other with what was last chosen. Kept apart from
    the widget too, because Streamlit drops a widget's value on another page.
    """
    state, kept = st.session_state, f"kept_{field.key}"
    visit, last = state.get(kept, (None, field.default))
    if visit != state.get("visit", 0):
        state[field.key] = _asked(field) if page_fields() else last
    elif field.key not in state:
        state[field.key] = last
    value: T = state[field.key]
    if value != field.default:
        misread().pop(field.name, None)  # it has been corrected
    state[kept] = (state.get("visit", 0), value)
    return value


def _asked(field: Field[T]) -> T:
    """What the address says; what is not allowed is told of, and the default stands in."""
    for text in page_fields().get(field.name, [])[-1:]:
        try:
            return field.read(text)
        except ValueError as allowed:
            misread()[field.name] = (text, str(allowed))
    return field.default


def hold(*fields: Field[Any]) -> None:
    """Let the address say what the page's fields are now; to be called once they have been drawn."""
    values = [(field, held(field)) for field in fields]
    write_page_fields({field.name: field.write(value) for field, value in values if value != field.default})


def misread() -> dict[str, tuple[str, str]]:
    """Fields of this visit's address that were not understood: name -> (text, what is allowed)."""
    state = st.session_state
    if "misread" not in state or state.get("misread_visit") != state.get("visit"):
        state.misread, state.misread_visit = {}, state.get("visit")
    found: dict[str, tuple[str, str]] = state.misread
    return found
