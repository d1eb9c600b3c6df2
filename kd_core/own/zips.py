"""Zips: their directory is judged before it is read, and their members before they are unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import BinaryIO

from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.own.limits import LIMITS

_END, _END64 = b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE, _LONGEST_COMMENT = 22, 2**16


def open_zip(file: BinaryIO) -> zipfile.ZipFile:
    """A zip whose directory is not too large, looked at before zipfile makes objects of its entries.

    Raises `DataError` for too many entries, and for what is no zip.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT - 20))
    tail = file.read()
    # The same record that zipfile takes: the last bytes, or else the last one that there is.
    start = len(tail) - _END_SIZE
    if tail[start : start + 4] != _END or tail[-2:] != b"\0\0":
        start = tail.rfind(_END)
    if start < 0 or len(tail) < start + _END_SIZE or tail[max(0, start - 20) : start].startswith(_END64):
        raise DataError(Message("own_damaged_zip"))
    entries, directory = struct.unpack("<HL", tail[start + 10 : start + 16])
    if entries > LIMITS.entries or directory > LIMITS.directory:
        raise DataError(Message("own_many_entries", most=LIMITS.entries))
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, struct.error) as problem:
        raise DataError(Message("own_damaged_zip")) from problem


def is_encrypted(member: zipfile.ZipInfo) -> bool:
    """Whether it needs a password."""
    return bool(member.flag_bits & 1)


def is_readable(member: zipfile.ZipInfo) -> bool:
    """Whether it is packed in one of the two ways in which zipfile unpacks no more than is asked for."""
    return member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
