"""What becomes of an uploaded file: read once for each choice that is made, one file at a time, a few in memory."""

from __future__ import annotations

from pathlib import PurePath
from threading import Lock
from typing import NamedTuple

import streamlit as st

from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.own.prepared import Prepared, digest_of, read, to_bytes
from kd_core.own.source import digest_in, name_of
from kd_core.own.table import first_rows, read_table, suggest_label
from kd_core.own.upload import Kind, kind_of, prepare

ROWS = 10
FILE = ".kdlab.npz"
KEPT = 4  # in memory, of all visitors together: each may be 50 MB
SEEN = 100  # the same of what is small
_reading = Lock()  # a file at its limits takes much memory while it is read


class Choices(NamedTuple):
    """How a file is made into data: a table's column of labels; images' `side` in pixels, and whether in colour."""

    label: str = ""
    side: int = 14
    colour: bool = False


class Seen(NamedTuple):
    """What a file is before anything is chosen; of a table its columns, the one of labels if any, and first rows."""

    kind: Kind
    columns: tuple[str, ...] = ()
    label: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


class Made(NamedTuple):
    """Data and the name by which links would know it."""

    prepared: Prepared
    name: str


@st.cache_resource(max_entries=SEEN, show_spinner=False)
def see(file_id: str, title: str, _data: bytes) -> Seen | Message:
    """What this file is, or why it can't be used."""
    try:
        with _reading:
            return _seen(title, _data)
    except DataError as problem:
        message: Message = problem.args[0]
        return message  # kept too: nothing has to be read again to say it


def _seen(title: str, data: bytes) -> Seen:
    kind = kind_of(data)
    if kind != "table":
        return Seen(kind)
    table = read_table(data, title)
    rows = tuple(tuple(row.values()) for row in first_rows(table, ROWS))
    return Seen(kind, tuple(table.column_names), suggest_label(table), rows)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def make(file_id: str, title: str, choices: Choices, _data: bytes) -> Made | Message:
    """The data of this file, or why it can't be had in this way."""
    try:
        with _reading:
            found = prepare(_data, title, label=choices.label, side=choices.side, grey=not choices.colour)
            return Made(found, name_of(digest_of(found)))
    except DataError as problem:
        message: Message = problem.args[0]
        return message


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def kept(name: str) -> Made:
    """Data that this server holds. `DataError` if it does not."""
    with _reading:
        return Made(read(digest_in(name)), name)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def whole(name: str, _prepared: Prepared) -> bytes:
    """All of the data of that name as one file."""
    return to_bytes(_prepared)


def is_name(text: str) -> bool:
    """Whether it is how links name data of one's own, held here or not."""
    digest = digest_in(text)
    return name_of(digest) == text and len(digest) == 32 and set(digest) <= set("0123456789abcdef")


def file_name(title: str) -> str:
    """What the file of the whole data is called: by its title, in characters that every system takes."""
    stem = PurePath(title.removesuffix(FILE)).stem
    kept = "".join(character if character.isalnum() or character in "-_" else "-" for character in stem).strip("-")
    return f"{kept or 'data'}{FILE}"
