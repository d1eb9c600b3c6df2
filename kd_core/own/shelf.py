"""Where files that people brought are kept: whole or not at all, by a digest, as long as there is room."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.own.limits import LIMITS

T = TypeVar("T")


def kept_in(folder: str) -> Path:
    """The folder of this name: below the one that `KD_DATA` names, else in the user's cache."""
    import pooch

    return Path(os.environ.get("KD_DATA") or pooch.os_cache("kd-lab")) / folder


def is_digest(digest: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{32}", digest) is not None


def keep(place: Path, content: bytes) -> None:
    """Write a file, whole or not at all; what has not been used for longest makes room. `DataError` if it can't."""
    try:
        write(place, content)
    except OSError as problem:
        raise DataError(Message("own_no_room")) from problem
    make_room(place.parent, place)


def write(place: Path, content: bytes) -> None:
    """All or nothing: another process may be reading, or writing the same, and the disk may be full (OSError)."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent)
    os.close(handle)
    try:
        Path(name).write_bytes(content)
        Path(name).replace(place)
    finally:
        Path(name).unlink(missing_ok=True)


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


def touch(place: Path) -> None:
    """It is used now."""
    with suppress(OSError):  # when it was used is of use, no more
        os.utime(place)


def taken(place: Path, take: Callable[[BinaryIO], T]) -> T | None:
    """What `take` finds in a file; a damaged one is removed, so that it can be put back. None if there is none."""
    with suppress(OSError):
        try:
            with place.open("rb") as file:
                return take(file)
        except DataError:
            place.unlink(missing_ok=True)
    return None
