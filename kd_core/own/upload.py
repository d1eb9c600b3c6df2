"""Whatever file somebody has: what kind it is, what becomes of it, and what a page shows of that."""

from __future__ import annotations

import io
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.own.images import prepare_images
from kd_core.own.limits import LIMITS
from kd_core.own.prepared import MEMBERS, About, Prepared, from_bytes
from kd_core.own.table import prepare_table
from kd_core.own.zips import open_zip

Kind = Literal["prepared", "images", "table"]
PICTURES = 3  # of each class


def kind_of(data: bytes) -> Kind:
    """What the file is by its content, whatever it is called. `DataError` if it is nothing that can be read here."""
    if len(data) > LIMITS.file:
        raise DataError(Message("own_large_file", most=LIMITS.file // 10**6))
    if not data:
        raise DataError(Message("own_empty"))
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "table"
    with open_zip(io.BytesIO(data)) as members:
        names = set(members.namelist())
    if "[Content_Types].xml" in names:
        raise DataError(Message("own_spreadsheet"))
    return "prepared" if MEMBERS & names else "images"


def prepare(data: bytes, name: str, *, label: str = "", side: int = 14, grey: bool = True) -> Prepared:
    """The data of a file, called `name`: a table with its labels in the column `label` (by default the one suggested),
    a zip of images, made of `side` pixels and `grey`, or a file of prepared data, which stays as it is.

    Raises `DataError` with one sentence for whatever can't be used.
    """
    kind = kind_of(data)
    if kind == "prepared":
        return from_bytes(data)
    if kind == "images":
        return prepare_images(data, name, side=side, grey=grey)
    return prepare_table(data, name, label)


class Preview(NamedTuple):
    """What a page shows of data: `ids` of m examples, and the class of each; how many examples each class has.

    Of a table: `rows` of m, a cell a column, None where it is missing. Of images: `pixels` (m, height, width,
    channels). `dropped` says what was left out, a sentence a reason.
    """

    about: About
    ids: NDArray[np.int64]
    classes: tuple[str, ...]
    rows: tuple[tuple[float | str | None, ...], ...]
    pixels: NDArray[np.uint8]
    balance: tuple[tuple[str, int], ...]
    dropped: tuple[Message, ...]


def preview(prepared: Prepared, rows: int = 20) -> Preview:
    """What a page shows of the data: of a table the first `rows`, of images some of each class."""
    about, labels = prepared.about, prepared.labels
    ids = np.arange(min(rows, about.examples))
    if about.kind == "image":
        ids = np.concatenate([np.flatnonzero(labels == label)[:PICTURES] for label in range(len(about.class_names))])
    counts = np.bincount(labels, minlength=len(about.class_names))
    return Preview(
        about,
        ids,
        tuple(about.class_names[label] for label in labels[ids]),
        tuple(_row(prepared, int(example)) for example in ids) if about.kind == "table" else (),
        prepared.pixels[ids] if about.kind == "image" else prepared.pixels,
        tuple(zip(about.class_names, counts.tolist(), strict=True)),
        tuple(Message(f"dropped_{reason}", count=count) for reason, count in about.dropped),
    )


def _row(prepared: Prepared, example: int) -> tuple[float | str | None, ...]:
    """The numbers of an example, then its categories: by name if names are known."""
    about = prepared.about
    # By way of the shortest text: 0.1 in four bytes is 0.10000000149 in eight.
    numbers = [None if np.isnan(number) else float(str(number)) for number in prepared.numbers[example]]
    codes = prepared.categories[example].tolist()
    names = about.value_names or [tuple(map(str, range(count))) for count in about.values]
    return (*numbers, *(names[column][code] if code >= 0 else None for column, code in enumerate(codes)))
