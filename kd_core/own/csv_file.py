"""CSV files as tables.

Text in UTF-8, or in UTF-16 with its mark. Commas, semicolons, tabs or bars part the cells; the first line names the
columns. With semicolons, numbers may have decimal commas. A cell is text whatever it begins with.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.own.classes import bound, enough, names_of
from kd_core.own.limits import LIMITS

DELIMITERS = ",;\t|"
MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-nan", "NULL", "null")
# How files begin that are no text, whatever they are called: zips, pickles, gzip; images, PDF, HDF5; old office files.
OTHERS = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"\x1f\x8b"),
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"\x89HDF", b"\xd0\xcf\x11\xe0"),
    *(b"<!DOCTYPE", b"<!doctype", b"<html"),
)
SAMPLED = 20  # rows by which delimiters are told apart
BLOCK = 2**20  # bytes looked at at a time
_NUMBER = re.compile(r"\s*[-+]?\d+([.,]\d+)?\s*")
_FRACTION = re.compile(r"\s*[-+]?\d+[.,]\d+\s*")


def read_csv(data: bytes, *, least: int = LIMITS.least_examples, unnamed: str = "{}") -> pa.Table:
    """The columns of a file: float64 where every cell is a number or missing, else texts. `DataError` for no table.

    It has at least so many rows; a column without a name is called by its place, as `unnamed` says.
    """
    text = _as_utf8(data)
    start, header, delimiter = _header(text)
    names = names_of(cell.strip() or unnamed.format(place) for place, cell in enumerate(header, start=1))
    body = pa.py_buffer(text).slice(start)
    if start == len(text) or text[start:].isspace():
        enough(0, least)

    ragged: list[Any] = []

    def refuse(row: Any) -> str:
        ragged.append(row)
        return "error"

    batches, rows = [], 0
    try:
        reader = pyarrow.csv.open_csv(
            pa.BufferReader(body),
            pyarrow.csv.ReadOptions(use_threads=False, block_size=LIMITS.row, column_names=names),
            pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=MISSING, strings_can_be_null=True
            ),
        )
        for batch in reader:
            batches.append(batch)
            rows += batch.num_rows
            if rows > LIMITS.rows:
                raise DataError(Message("own_many_rows", most=LIMITS.rows))
            bound(rows, len(names))
    except pa.ArrowInvalid as problem:
        if not ragged:
            raise DataError(Message("own_unclosed", most=LIMITS.row // 10**6)) from problem
        cells = {"row": ragged[0].number, "cells": ragged[0].actual_columns, "columns": len(names)}
        raise DataError(Message("own_ragged", **cells)) from problem
    enough(rows, least)
    table = pa.Table.from_batches(batches, reader.schema)
    last = [str(cell) for row in table.slice(max(0, rows - 1)).to_pylist() for cell in row.values()]
    if text.count(b'"') % 2 and any("\n" in cell for cell in last):  # the rest of the file is one cell
        raise DataError(Message("own_unclosed", most=LIMITS.row // 10**6))
    columns = [_as_numbers(column, comma=delimiter == ";") for column in table.columns]
    return pa.table(columns, names=list(names))


def _as_numbers(column: pa.ChunkedArray, comma: bool) -> pa.ChunkedArray:
    """The column as float64 if all of it are numbers; as it is if not."""
    with suppress(pa.ArrowInvalid):
        return column.cast(pa.float64())
    trimmed = pc.utf8_trim_whitespace(column)
    trimmed = pc.if_else(pc.is_in(trimmed, value_set=pa.array(MISSING)), None, trimmed)
    with suppress(pa.ArrowInvalid):
        return trimmed.cast(pa.float64())
    if comma:
        with suppress(pa.ArrowInvalid):
            return pc.replace_substring(trimmed, ",", ".").cast(pa.float64())
    return column


def _as_utf8(data: bytes) -> bytes:
    """The text of a file as UTF-8 without a mark; `DataError` if it is no text, or in another encoding."""
    if data.startswith(OTHERS):
        raise DataError(Message("own_other_kind"))
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        texts = codecs.iterdecode(_pieces(data), "utf-16" if wide else "utf-8-sig")
        if wide:
            data = b"".join(codecs.iterencode(texts, "utf-8"))
        else:
            for _ in texts:  # is checked, a piece at a time
                pass
    except UnicodeError as problem:
        raise DataError(Message("own_encoding")) from problem
    if b"\0" in data:
        raise DataError(Message("own_other_kind"))
    return data.removeprefix(codecs.BOM_UTF8)


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), BLOCK):
        yield data[start : start + BLOCK]


def _header(text: bytes) -> tuple[int, list[str], str]:
    """Where the rows begin, the names in the first line that is not empty, and the delimiter."""
    top = text[: LIMITS.line].decode("utf-8", errors="ignore")  # may end within a letter
    if not top.strip():
        raise DataError(Message("own_empty"))
    found = [_split(top, delimiter) for delimiter in DELIMITERS]
    _, delimiter, header, end = max(found, key=lambda one: one[0])
    if len(header) > LIMITS.columns:
        raise DataError(Message("own_many_columns", most=LIMITS.columns))
    if end == len(top) and len(text) > LIMITS.line:
        raise DataError(Message("own_long_header", most=LIMITS.line))
    if all(_NUMBER.fullmatch(cell) for cell in header) or any(_FRACTION.fullmatch(cell) for cell in header):
        raise DataError(Message("own_no_header"))
    return len(top[:end].encode()), header, delimiter


def _split(top: str, delimiter: str) -> tuple[tuple[bool, float, int], str, list[str], int]:
    """How well a delimiter fits the first rows, it itself, the names it gives, and where their line ends."""
    lines = io.StringIO(top, newline="")
    reader = csv.reader(lines, delimiter=delimiter)
    header: list[str] = []
    sizes: list[int] = []
    end = 0
    with suppress(csv.Error):
        while not header:
            row = next(reader, None)
            if row is None:
                break
            header = row if len(row) > 1 or "".join(row).strip() else []
        end = lines.tell()
        sizes = [len(row) for row, _ in zip(reader, range(SAMPLED), strict=False) if row]
    alike = sum(size == len(header) for size in sizes) / max(1, len(sizes))
    return (len(header) > 1, alike, len(header)), delimiter, header, end
