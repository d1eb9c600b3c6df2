"""What a Parquet file claims to hold, and what its pages do, before anything of it is unpacked.

A file of a few kilobytes can hold gigabytes, and its footer can lie about that. The header of a page can't: no more is
unpacked than it says. So the headers are read here; they are structs in Thrift's compact protocol, and PyArrow has no
function that shows them. See parquet.thrift (`PageHeader`) of apache/parquet-format, and thrift-compact-protocol.md of
apache/thrift.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY = range(9)
_STRUCT = 12
_UNPACKED, _PACKED = 2, 3  # fields of a page's header: its size as it is used and as it is stored
_DEEPEST = 4  # structs within structs: a header has two


def unpacked_sizes(data: memoryview, metadata: Any) -> Iterator[int]:
    """How many bytes each page of a file takes when it is used, in the order of the metadata (of `pyarrow.parquet`).

    ValueError, IndexError or OverflowError where a header is none.
    """
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(column)
            at = chunk.data_page_offset
            if chunk.dictionary_page_offset:
                at = min(at, chunk.dictionary_page_offset)
            end = at + chunk.total_compressed_size
            if at < 0 or end > len(data):
                raise ValueError("pages beyond the file")
            while at < end:
                unpacked, packed, at = _header(data, at)
                at += packed
                yield unpacked


def _header(data: memoryview, at: int) -> tuple[int, int, int]:
    """Of the page there: its size when it is used and when it is stored, and where it begins."""
    sizes, at = _struct(data, at, 0)
    unpacked, packed = sizes.get(_UNPACKED, -1), sizes.get(_PACKED, -1)
    if unpacked < 0 or packed < 0:
        raise ValueError("a page without a size")
    return unpacked, packed, at


def _struct(data: memoryview, at: int, depth: int) -> tuple[dict[int, int], int]:
    """The fields of a struct that are 32-bit numbers, and where it ends."""
    numbers, field = {}, 0
    while data[at] != _STOP:
        step, kind = data[at] >> 4, data[at] & 15
        at += 1
        if step:
            field += step
        else:
            field, at = _number(data, at)
        if kind in (_I16, _I32, _I64):
            number, at = _number(data, at)
            if kind == _I32:
                numbers[field] = number
        elif kind == _BINARY:
            length, at = _varint(data, at)
            at += length
        elif kind == _STRUCT and depth < _DEEPEST:
            _, at = _struct(data, at, depth + 1)
        elif kind in (_BYTE, _DOUBLE):
            at += 1 if kind == _BYTE else 8
        elif kind not in (_TRUE, _FALSE):  # their value is in the kind
            raise ValueError("what no header of a page has")
    return numbers, at + 1


def _number(data: memoryview, at: int) -> tuple[int, int]:
    """A number with a sign, of which the last bit tells."""
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        value, at = value | (byte & 127) << shift, at + 1
        if byte < 128:
            return value, at
    raise ValueError("a number without an end")
