"""The form in which data of one's own is kept: one .npz file, checked when it is read, named by what it holds.

A name is a digest of everything that is learned from, so a link that holds it gives the same numbers wherever the same
data is put back. Nothing in a file is run: it holds arrays of numbers, and JSON for what is known of them.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import struct
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.own.classes import are_names
from kd_core.own.limits import LIMITS, SIDES
from kd_core.own.zips import is_encrypted, is_readable, open_zip

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
MOST_ABOUT = 10**6  # bytes of JSON: all names of the longest


# One file


def digest_of(prepared: Prepared) -> str:
    """32 hexadecimal digits that name the data: everything counts but its title, for a file may be renamed."""
    seen = hashlib.sha256(_json(replace(prepared.about, title="")))
    for name, array in _arrays(prepared).items():
        seen.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        seen.update(array.tobytes())
    return seen.hexdigest()[:32]


def to_bytes(prepared: Prepared) -> bytes:
    """The data as one .npz file, which NumPy can read. ValueError for what `from_bytes` would not read."""
    _check(prepared)
    file = io.BytesIO()
    # As `np.savez_compressed`, but several times as fast. Members have no date: the same data gives the same bytes.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as members:
        for name, array in {"about": np.array(_json(prepared.about)), **_arrays(prepared)}.items():
            with members.open(f"{name}.npy", "w") as stream:
                np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=False)
    return file.getvalue()


def from_bytes(data: bytes) -> Prepared:
    """The data of such a file. `DataError` for any other: it may come from anywhere."""
    if len(data) > LIMITS.file:
        raise DataError(Message("own_large_file", most=LIMITS.file // 10**6))
    return _read(io.BytesIO(data))


def _read(file: BinaryIO) -> Prepared:
    try:
        with open_zip(file) as members:
            about = _about(members)
            arrays = {name: _array(members, name, kind, ndim) for name, (kind, ndim) in ARRAYS.items()}
        prepared = Prepared(about, **arrays)
        _check(prepared)
    except _NOT_OURS as problem:
        raise DataError(Message("own_not_ours")) from problem
    return prepared


# All that zipfile, numpy.lib.format and JSON raise for files that are not what they seem.
_NOT_OURS = (
    *(ValueError, TypeError, KeyError, EOFError, OSError, NotImplementedError, RecursionError),
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError, SyntaxError),
)


def _arrays(prepared: Prepared) -> dict[str, NDArray[Any]]:
    """All arrays by name, in an order, a layout and, of NaN, bits of our own: the same data gives the same bytes."""
    arrays = {name: np.ascontiguousarray(getattr(prepared, name), kind) for name, (kind, _) in ARRAYS.items()}
    numbers = arrays["numbers"]
    return {**arrays, "numbers": np.where(np.isnan(numbers), np.float32(np.nan), numbers)}


def _json(about: About) -> bytes:
    return json.dumps(asdict(about), sort_keys=True, separators=(",", ":")).encode()


def _about(members: zipfile.ZipFile) -> About:
    """What is known of the data, of the right types; ValueError and others if it is not."""
    held = members.infolist()
    if sorted(member.filename for member in held) != sorted(MEMBERS):
        raise ValueError("other members")
    if sum(member.file_size for member in held) > LIMITS.file or any(
        is_encrypted(member) or not is_readable(member) for member in held
    ):
        raise ValueError("too large, or packed in another way")
    text = _array(members, "about", "|S", 0, MOST_ABOUT).item()
    plain = json.loads(text.decode("ascii"))
    if set(plain) != {field.name for field in fields(About)}:
        raise ValueError("other fields")
    about = About(**{name: _frozen(value) for name, value in plain.items()})
    _check_about(about)
    return about


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _array(members: zipfile.ZipFile, name: str, kind: str, ndim: int, most: int = LIMITS.file) -> NDArray[Any]:
    """A member of this kind and number of dimensions. What it claims is held against its size before it is unpacked."""
    info = members.getinfo(f"{name}.npy")
    with members.open(info) as stream:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError("another version")
        shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        begin = stream.tell()
    wrong = is_fortran or len(shape) != ndim or min(shape, default=0) < 0 or not dtype.str.startswith(kind)
    if wrong or info.file_size > most or begin + dtype.itemsize * math.prod(shape) != info.file_size:
        raise ValueError("another array")
    with members.open(info) as stream:
        array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
        if stream.read(1):  # so that the checksum is looked at
            raise ValueError("more than the array")
    return array


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
    """Where data is kept: below the folder that `KD_DATA` names, else in the user's cache."""
    import pooch

    return Path(os.environ.get("KD_DATA") or pooch.os_cache("kd-lab")) / "own"


def save(prepared: Prepared, folder: Path | None = None) -> str:
    """Keep the data, and return its digest. What has not been used for longest makes room if there is too much.

    A file that is there stays, with the title that it has. `DataError` if nothing can be written.
    """
    digest = digest_of(prepared)
    if held(digest, folder):
        _touch(_place(digest, folder))
        return digest
    content = to_bytes(prepared)
    place = _place(digest, folder)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent)
        os.close(handle)
        try:
            Path(name).write_bytes(content)
            Path(name).replace(place)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as problem:
        raise DataError(Message("own_no_room")) from problem
    make_room(place.parent, place)
    return digest


def held(digest: str, folder: Path | None = None) -> bool:
    """Whether data of that digest is kept here. Anything else than a digest is not, and never becomes a path."""
    return _is_digest(digest) and _place(digest, folder).is_file()


def read(digest: str, folder: Path | None = None) -> Prepared:
    """The data of that digest. `DataError` if it is not held, or the file is not what it was."""

    def whole(file: BinaryIO) -> Prepared:
        prepared = _read(file)
        if digest_of(prepared) != digest:
            raise DataError(Message("own_not_ours"))
        return prepared

    prepared = _of_held(digest, folder, whole)
    _touch(_place(digest, folder))
    return prepared


def about(digest: str, folder: Path | None = None) -> About:
    """What is known of the data of that digest, without reading its examples. `DataError` if it is not held."""
    return _of_held(digest, folder, _about_alone)


def make_room(folder: Path, but: Path, most_bytes: int = LIMITS.store, most_files: int = LIMITS.files) -> None:
    """Remove what has not been used for longest, until this much is left; never the file `but`."""
    found = []
    for place in folder.glob("*.npz"):
        with suppress(OSError):  # another process makes room too
            state = place.stat()
            found.append((place != but, -state.st_mtime_ns, state.st_size, place))
    total = 0
    for count, (_, _, size, place) in enumerate(sorted(found), start=1):
        total += size
        if place != but and (count > most_files or total > most_bytes):
            with suppress(OSError):
                place.unlink()


def _is_digest(digest: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{32}", digest) is not None


def _place(digest: str, folder: Path | None) -> Path:
    return (folder or own_folder()) / f"{digest}.npz"


def _touch(place: Path) -> None:
    with suppress(OSError):  # when it was used is of use, no more
        os.utime(place)


def _of_held(digest: str, folder: Path | None, take: Callable[[BinaryIO], T]) -> T:
    """What `take` finds in the file of that digest; a damaged one is removed, so that the data can be put back."""
    if _is_digest(digest):
        place = _place(digest, folder)
        with suppress(OSError):
            try:
                with place.open("rb") as file:
                    return take(file)
            except DataError:
                place.unlink(missing_ok=True)
    raise DataError(Message("own_not_held"))


def _about_alone(file: BinaryIO) -> About:
    try:
        with open_zip(file) as members:
            return _about(members)
    except _NOT_OURS as problem:
        raise DataError(Message("own_not_ours")) from problem
