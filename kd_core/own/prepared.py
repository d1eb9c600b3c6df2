"""The form in which data of one's own is kept: one .npz file, checked when it is read, named by what it holds.

A name is a digest of everything that is learned from, so a link that holds it gives the same numbers wherever the same
data is put back. Nothing in a file is run: it holds arrays of numbers, and JSON for what is known of them.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.own.classes import are_names
from kd_core.own.limits import LIMITS, SIDES
from kd_core.own.npz import MOST_ABOUT as MOST_ABOUT
from kd_core.own.npz import NOT_OURS, array_in, json_of, known_in, npz_of
from kd_core.own.shelf import is_digest, keep, kept_in, taken, touch
from kd_core.own.shelf import make_room as make_room
from kd_core.own.zips import open_zip

T = TypeVar("T")
# Why rows, columns, cells or files are not there any more; each has a sentence "dropped_...".
REASONS = (
    *("no_label", "small_class"),
    *("empty", "constant", "duplicate", "label_again", "row_number", "text", "date", "other_kind"),
    *("rare_value", "infinite"),
    *("hidden", "no_image", "no_folder", "unreadable", "too_many_pixels"),
)


@dataclass(frozen=True)
class About:
    """What is known of a data set without its examples.

    Of a table: `columns`, those of numbers, then those of categories; for each of the latter how many `values` it has,
    and their names in `value_names`. Of images: their `shape`, height, width and channels. `dropped`: what was left
    out, a reason of `REASONS` and how often.
    """

    title: str
    kind: str
    class_names: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[int, ...]
    shape: tuple[int, int, int]
    examples: int
    dropped: tuple[tuple[str, int], ...] = ()
    value_names: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set: examples, and labels (n,), the number of a class of `about.class_names` for each.

    Of a table: numbers (n, a), NaN where one is missing, and the codes of categories (n, b), -1 where one is missing.
    Of images: pixels (n, height, width, channels). What there is none of has a size of 0.
    """

    about: About
    labels: NDArray[np.int64]
    numbers: NDArray[np.float32]
    categories: NDArray[np.int32]
    pixels: NDArray[np.uint8]


ARRAYS = {"labels": ("<i8", 1), "numbers": ("<f4", 2), "categories": ("<i4", 2), "pixels": ("|u1", 4)}  # dimensions
MEMBERS = {"about.npy", *(f"{name}.npy" for name in ARRAYS)}


# One file


def digest_of(prepared: Prepared) -> str:
    """32 hexadecimal digits that name the data: everything counts but its title, for a file may be renamed."""
    seen = hashlib.sha256(json_of(replace(prepared.about, title="")))
    for name, array in _arrays(prepared).items():
        seen.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        seen.update(array.tobytes())
    return seen.hexdigest()[:32]


def to_bytes(prepared: Prepared) -> bytes:
    """The data as one .npz file, which NumPy can read. ValueError for what `from_bytes` would not read."""
    _check(prepared)
    return npz_of(prepared.about, _arrays(prepared))


def from_bytes(data: bytes) -> Prepared:
    """The data of such a file. `DataError` for any other: it may come from anywhere."""
    if len(data) > LIMITS.file:
        raise DataError(Message("own_large_file", most=LIMITS.file // 10**6))
    return _read(io.BytesIO(data))


def _read(file: BinaryIO) -> Prepared:
    try:
        with open_zip(file) as members:
            about = _about(members)
            arrays = {name: array_in(members, name, kind, ndim) for name, (kind, ndim) in ARRAYS.items()}
        prepared = Prepared(about, **arrays)
        _check(prepared)
    except NOT_OURS as problem:
        raise DataError(Message("own_not_ours")) from problem
    return prepared


def _arrays(prepared: Prepared) -> dict[str, NDArray[Any]]:
    """All arrays by name, in an order, a layout and, of NaN, bits of our own: the same data gives the same bytes."""
    arrays = {name: np.ascontiguousarray(getattr(prepared, name), kind) for name, (kind, _) in ARRAYS.items()}
    numbers = arrays["numbers"]
    return {**arrays, "numbers": np.where(np.isnan(numbers), np.float32(np.nan), numbers)}


def _about(members: zipfile.ZipFile) -> About:
    """What is known of the data, of the right types; ValueError and others if it is not."""
    about = About(**known_in(members, MEMBERS, [field.name for field in fields(About)]))
    _check_about(about)
    return about


def _check(prepared: Prepared) -> None:
    """ValueError if anything is not as everyone who uses the data may expect."""
    about, labels, codes, n = prepared.about, prepared.labels, prepared.categories, prepared.about.examples
    _check_about(about)
    b, classes = len(about.values), len(about.class_names)
    shapes = {
        "labels": (n,),
        "numbers": (n, len(about.columns) - b),
        "categories": (n, b),
        "pixels": (n, *about.shape) if about.kind == "image" else (0, 0, 0, 0),
    }
    if any(getattr(prepared, name).shape != shape for name, shape in shapes.items()):
        raise ValueError("another shape")
    if (
        labels.min() < 0
        or labels.max() >= classes
        or np.bincount(labels, minlength=classes).min() < LIMITS.least_of_class
    ):
        raise ValueError("labels of no class, or a class of few examples")
    if np.isinf(prepared.numbers).any() or not ((codes >= -1) & (codes < np.array(about.values, np.int32))).all():
        raise ValueError("infinite numbers, or codes of no value")


def _check_about(about: About) -> None:
    """ValueError if what is known of data is of another type, or can't be true."""
    whole = (about.examples, *about.values, *about.shape, *(count for _, count in about.dropped))
    if not all(type(number) is int and 0 <= number < 2**31 for number in whole):
        raise ValueError("no counts")
    side, width, channels = about.shape
    if about.kind == "table":
        fits = about.shape == (0, 0, 0) and len(about.values) <= len(about.columns) <= LIMITS.columns
        features = len(about.columns) - len(about.values) + sum(about.values)
        fits = fits and features <= LIMITS.features
    else:
        fits = about.kind == "image" and side == width and side in SIDES and channels in (1, 3)
        fits = fits and not about.columns and not about.values
        features = side * width * channels
    names = [(about.title,), about.class_names, about.columns, *about.value_names]
    if not (
        fits
        and all(map(are_names, names))
        and 2 <= len(about.class_names) <= LIMITS.classes
        and LIMITS.least_examples <= about.examples <= LIMITS.rows
        and 0 < about.examples * features <= LIMITS.cells
        and all(1 <= count <= LIMITS.values for count in about.values)
        and tuple(map(len, about.value_names)) in ((), about.values)
        and len({reason for reason, _ in about.dropped} & set(REASONS)) == len(about.dropped)
    ):
        raise ValueError("not what is known of any data")


# What this machine holds


def own_folder() -> Path:
    """Where data is kept."""
    return kept_in("own")


def save(prepared: Prepared, folder: Path | None = None) -> str:
    """Keep the data, and return its digest. What has not been used for longest makes room if there is too much.

    A file that is there stays, with the title that it has. `DataError` if nothing can be written.
    """
    digest = digest_of(prepared)
    if held(digest, folder):
        touch(_place(digest, folder))
        return digest
    keep(_place(digest, folder), to_bytes(prepared))
    return digest


def held(digest: str, folder: Path | None = None) -> bool:
    """Whether data of that digest is kept here. Anything else than a digest is not, and never becomes a path."""
    return is_digest(digest) and _place(digest, folder).is_file()


def read(digest: str, folder: Path | None = None) -> Prepared:
    """The data of that digest. `DataError` if it is not held, or the file is not what it was."""

    def whole(file: BinaryIO) -> Prepared:
        prepared = _read(file)
        if digest_of(prepared) != digest:
            raise DataError(Message("own_not_ours"))
        return prepared

    prepared = _of_held(digest, folder, whole)
    touch(_place(digest, folder))
    return prepared


def about(digest: str, folder: Path | None = None) -> About:
    """What is known of the data of that digest, without reading its examples. `DataError` if it is not held."""
    return _of_held(digest, folder, _about_alone)


def _place(digest: str, folder: Path | None) -> Path:
    return (folder or own_folder()) / f"{digest}.npz"


def _of_held(digest: str, folder: Path | None, take: Callable[[BinaryIO], T]) -> T:
    """What `take` finds in the file of that digest."""
    found = taken(_place(digest, folder), take) if is_digest(digest) else None
    if found is None:
        raise DataError(Message("own_not_held"))
    return found


def _about_alone(file: BinaryIO) -> About:
    try:
        with open_zip(file) as members:
            return _about(members)
    except NOT_OURS as problem:
        raise DataError(Message("own_not_ours")) from problem
