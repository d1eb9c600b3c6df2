"""Files of arrays (.npz): written so that the same arrays give the same bytes, read with nothing in them believed.

What a member claims to hold is held against its size before it is unpacked, and nothing in a file is run.
"""

from __future__ import annotations

import io
import json
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kd_core.own.limits import LIMITS
from kd_core.own.zips import is_encrypted, is_readable

MOST_ABOUT = 10**6  # bytes of JSON: all names of the longest
# All that zipfile, numpy.lib.format and JSON raise for files that are not what they seem.
NOT_OURS = (
    *(ValueError, TypeError, KeyError, EOFError, OSError, NotImplementedError, RecursionError),
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError, SyntaxError),
)


def npz_of(about: Any, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """One file of these arrays and of what is known of them, a dataclass, which NumPy can read."""
    file = io.BytesIO()
    # As `np.savez_compressed`, but several times as fast. Members have no date: the same data gives the same bytes.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as members:
        for name, array in {"about": np.array(json_of(about)), **arrays}.items():
            with members.open(f"{name}.npy", "w") as stream:
                np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=False)
    return file.getvalue()


def json_of(about: Any) -> bytes:
    return json.dumps(asdict(about), sort_keys=True, separators=(",", ":")).encode()


def known_in(members: zipfile.ZipFile, names: Collection[str], fields: Collection[str]) -> dict[str, Any]:
    """What is known of the arrays, lists as tuples. One of `NOT_OURS` if members or fields are others than these."""
    held = members.infolist()
    if sorted(member.filename for member in held) != sorted(names):
        raise ValueError("other members")
    if sum(member.file_size for member in held) > LIMITS.file or any(
        is_encrypted(member) or not is_readable(member) for member in held
    ):
        raise ValueError("too large, or packed in another way")
    plain = json.loads(array_in(members, "about", "|S", 0, MOST_ABOUT).item().decode("ascii"))
    if set(plain) != set(fields):
        raise ValueError("other fields")
    return {name: _frozen(value) for name, value in plain.items()}


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def array_in(members: zipfile.ZipFile, name: str, kind: str, ndim: int, most: int = LIMITS.file) -> NDArray[Any]:
    """A member of this kind and number of dimensions; one of `NOT_OURS` if it is another."""
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
