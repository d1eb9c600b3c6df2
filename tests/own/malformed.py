"""Two hundred files that somebody could send by mistake or to do harm: each how it is made, and what is said of it.

`FILES` is tested (test_malformed.py) and measured (`python -m tests.bench malformed`).
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from kd_core.own.limits import LIMITS
from kd_core.own.prepared import About, Prepared, to_bytes


class File(NamedTuple):
    """How a file is made, and the kind of the message that says what is wrong with it.

    `wrong` is "" if nothing is, and "?" if that depends on which bytes are others. `kills`: it may end a process.
    """

    make: Callable[[], bytes]
    wrong: str = ""
    label: str = ""
    name: str = "data.csv"
    kills: bool = False


# Tables

ROWS = "".join(f"{i * 7 % 10},{'red' if i % 3 else 'blue'},{'yes' if i % 2 else 'no'}\n" for i in range(60))
TABLE = "a,b,class\n" + ROWS
MB = 10**6


def text(content: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: content.encode(encoding)


def with_column(cell: Callable[[int], str], rows: int = 60) -> Callable[[], bytes]:
    """A table with one column x of these cells, and a label."""
    return text("x,class\n" + "".join(f"{cell(i)},{'yes' if i % 2 else 'no'}\n" for i in range(rows)))


def with_labels(cell: Callable[[int], str], rows: int = 60) -> Callable[[], bytes]:
    return text("x,class\n" + "".join(f"{i * 7 % 10},{cell(i)}\n" for i in range(rows)))


def noise(size: int, among: bytes = bytes(range(256))) -> bytes:
    return bytes(np.random.default_rng(0).choice(np.frombuffer(among, np.uint8), size))


class _Opens:
    """What a pickle could do when it is read: here, write a file."""

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return open, ("unpickled", "w")


def wide(columns: int, rows: int = 60) -> Callable[[], bytes]:
    def make() -> bytes:
        cells = np.random.default_rng(0).integers(0, 10, (rows, columns)).astype("S1")
        lines = [b",".join(row) + b",%d\n" % (i % 2) for i, row in enumerate(cells)]
        return ",".join(f"c{i}" for i in range(columns)).encode() + b",class\n" + b"".join(lines)

    return make


TABLES = {
    "nothing": File(lambda: b"", "own_empty"),
    "line ends": File(text("\n\n\r\n\n"), "own_empty"),
    "carriage returns": File(text("\r\r\r"), "own_empty"),
    "spaces": File(text(" " * 1000), "own_empty"),
    "mark of UTF-8 only": File(lambda: b"\xef\xbb\xbf", "own_empty"),
    "mark of UTF-16 only": File(lambda: b"\xff\xfe", "own_empty"),
    "names only": File(text("a,b,class"), "own_few_examples"),
    "names and a line end": File(text("a,b,class\n"), "own_few_examples"),
    "names and blank lines": File(text("a,b,class\n\n\n\n"), "own_few_examples"),
    "a word": File(text("hello"), "own_few_examples"),
    "one row": File(text("a,b,class\n1,2,yes\n"), "own_few_examples"),
    "one class": File(with_labels(lambda i: "yes"), "own_few_classes"),
    "one class, as the label": File(with_labels(lambda i: "yes"), "own_few_classes", "class"),
    "one class of ten, and one of nine": File(with_labels(lambda i: "a" if i < 51 else "b"), "own_few_classes"),
    "classes of nine": File(with_labels(lambda i: str(i % 7)), "own_few_classes", "class"),
    "39 examples": File(with_labels(lambda i: "ab"[i % 2], 39), "own_few_examples"),
    "40 examples": File(with_labels(lambda i: "ab"[i % 2], 40)),
    "a single column": File(text("class\n" + "a\nb\n" * 40), "own_one_column"),
    "the names' delimiter is not that of rows": File(text("a;b;class\n" + ROWS), "own_ragged"),
    "a short row": File(text(TABLE + "1,red\n"), "own_ragged"),
    "a long row": File(text(TABLE + "1,red,yes,4\n"), "own_ragged"),
    "a row of 10 000 cells": File(text(TABLE + "1," * 10_000 + "\n"), "own_ragged"),
    "a delimiter too many in every row": File(text(TABLE.replace("\n", ",\n").replace(",\n", "\n", 1)), "own_ragged"),
    "blank lines between rows": File(text(TABLE.replace("\n", "\n\n"))),
    "Latin-1": File(text(TABLE.replace("red", "grün"), "latin-1"), "own_encoding"),
    "Windows-1252": File(text(TABLE.replace("red", "“€”"), "cp1252"), "own_encoding"),
    "Shift-JIS": File(text(TABLE.replace("red", "赤い"), "shift-jis"), "own_encoding"),
    "EBCDIC": File(text(TABLE, "cp500"), "own_encoding"),
    "UTF-16 without a mark": File(text(TABLE, "utf-16-le"), "own_other_kind"),
    "UTF-32": File(text(TABLE, "utf-32"), "own_other_kind"),
    "UTF-16 with half a letter": File(lambda: TABLE.encode("utf-16")[:-1], "own_encoding"),
    "UTF-16 with half a pair": File(lambda: TABLE.encode("utf-16") + b"\x3d\xd8", "own_encoding"),
    "UTF-8 with half a letter": File(lambda: TABLE.encode() + b"\xc3", "own_encoding"),
    "UTF-8 with a letter too long": File(lambda: TABLE.encode() + b"\xc0\xaf", "own_encoding"),
    "UTF-8 with half a pair": File(lambda: TABLE.encode() + b"\xed\xa0\x80", "own_encoding"),
    "UTF-16 as it should be": File(text(TABLE, "utf-16")),
    "UTF-8 with its mark": File(text(TABLE, "utf-8-sig")),
    "two marks of UTF-8": File(lambda: b"\xef\xbb\xbf" + TABLE.encode("utf-8-sig")),
    "a million columns": File(lambda: b",".join(b"c%d" % i for i in range(MB)) + b"\n", "own_many_columns"),
    "a million columns without names": File(lambda: b"," * MB + b"\n" + b"," * MB, "own_many_columns"),
    "501 columns": File(wide(500), "own_many_columns"),
    "500 columns": File(wide(499)),
    "a name of a megabyte": File(lambda: b"n" * MB + b",class\n" + ROWS.encode(), "own_long_header"),
    "a line of 50 MB": File(lambda: b"x" * 50 * MB, "own_long_header"),
    "a row of 49 MB": File(lambda: b"a,class\n" + b"x" * 49 * MB, "own_unclosed"),
    "25 million lines": File(lambda: b"a\n" * 25 * MB, "own_many_rows"),
    "25 million blank lines": File(lambda: b"a,class\n" + b"\n" * 25 * MB, "own_few_examples"),
    "25 million lines of a delimiter": File(lambda: b"a,class\n" + b",\n" * 24 * MB, "own_many_rows"),
    "16 million delimiters": File(lambda: b"," * 16 * MB, "own_many_columns"),
    "a million rows": File(lambda: b"a,b,class\n" + b"1,red,yes\n2,blue,no\n" * 500_000, "own_many_rows"),
    "100 001 rows": File(lambda: b"a,class\n1,x\n" + b"1,x\n2,y\n" * 50_000, "own_many_rows"),
    "100 000 rows": File(lambda: b"a,class\n" + b"1,x\n2,y\n1,y\n2,x\n" * 25_000),
    "a byte too many": File(lambda: bytes(LIMITS.file + 1), "own_large_file"),
    "100 MB": File(lambda: b"a,class\n" * 12_500_000, "own_large_file"),
    "a quotation mark that is not closed": File(text(TABLE + '1,"red,yes\n' + ROWS), "own_ragged"),
    "the same in the last cell": File(text(TABLE + '1,red,"yes\n' + ROWS), "own_unclosed"),
    "the same among the names": File(text('a,"b,class\n' + ROWS), "own_few_examples"),
    "the same and 10 MB after it": File(lambda: TABLE.encode() + b'1,"' + b"red,yes\n" * 1_250_000, "own_unclosed"),
    "a million quotation marks": File(lambda: b'"' * MB, "own_long_header"),
    "10 MB of quotation marks below names": File(lambda: b"a,class\n" + b'"' * 10 * MB, "own_unclosed"),
    "quotation marks of text": File(text(TABLE.replace("red", '"5"" wide"'))),
    "NUL in a cell": File(text(TABLE.replace("red", "r\0d")), "own_other_kind"),
    "NULs after the end": File(text(TABLE + "\0" * 100), "own_other_kind"),
    "a megabyte of NULs": File(lambda: bytes(MB), "own_other_kind"),
    "all cells missing": File(with_column(lambda i: ""), "own_no_features"),
    "all cells NaN": File(with_column(lambda i: "NaN"), "own_no_features"),
    "all labels missing": File(with_labels(lambda i: ""), "own_few_classes", "class"),
    "half the labels missing": File(with_labels(lambda i: ("", "a", "", "b")[i % 4], 100)),
    "no such label": File(text(TABLE), "own_no_column", "klass"),
    "a label of a megabyte": File(text(TABLE), "own_no_column", "x" * MB),
    "a label of signs": File(text(TABLE), "own_no_column", "\x1b[31m\u202e\n\0\ud800"),
    "an amount as the label": File(with_labels(lambda i: f"{i / 7:.3f}", 200), "own_regression", "class"),
    "60 classes": File(with_labels(lambda i: f"c{i % 60}", 600), "own_many_classes", "class"),
    "50 classes": File(with_labels(lambda i: f"c{i % 50}", 500)),
    "a column that is constant": File(with_column(lambda i: "4"), "own_no_features"),
    "a column that is the label": File(with_column(lambda i: ["no", "yes"][i % 2]), "own_no_features"),
    "a column that counts rows": File(with_column(lambda i: str(i + 17)), "own_no_features"),
    "a column of free text": File(with_column(lambda i: f"he said {i}"), "own_no_features"),
    "a column of dates": File(with_column(lambda i: f"2024-05-{1 + i % 9:02}"), "own_no_features"),
    "a column of times with zones": File(with_column(lambda i: f"2024-05-0{1 + i % 9}T10:00:00Z"), "own_no_features"),
    "a column of infinity": File(with_column(lambda i: ("inf", "-inf", "1e400")[i % 3]), "own_no_features"),
    "infinity in some cells": File(with_column(lambda i: ("inf", "1", "2")[i % 3])),
    "numbers of 300 digits": File(with_column(lambda i: "9" * (290 + i % 3)), "own_no_features"),
    "numbers of 30 digits": File(with_column(lambda i: f"{i % 7}" + "9" * 30)),
    "numbers next to the largest": File(with_column(lambda i: f"{i % 7 - 3}e38")),
    "numbers next to zero": File(with_column(lambda i: f"{i % 7 - 3}e-44")),
    "digits of other scripts": File(with_column(lambda i: "٠١٢٣"[i % 4])),
    "formulas": File(text(TABLE.replace("red", "=cmd|' /C calc'!A0").replace("blue", "@SUM(1+1)"))),
    "formulas as names": File(text(TABLE.replace("a,b", '"=HYPERLINK(""http://e"")",+1+1'))),
    "escapes of a terminal": File(text(TABLE.replace("red", "\x1b[31m\x07"))),
    "marks that turn text round": File(text(TABLE.replace("yes", "\u202eyes").replace("a,", "\u202ea,", 1))),
    "names that are the same": File(text("a,a,class\n" + ROWS)),
    "500 names that are the same": File(
        text("a," * 499 + "class\n" + ("1," * 499 + "x\n" + "2," * 499 + "x\n" + "1," * 499 + "y\n") * 30)
    ),
    "no names at all": File(text(",,class\n" + ROWS)),
    "names that are blank": File(text(",,\n" + ROWS)),
    "numbers as names": File(text("1,2,3\n" * 100), "own_no_header"),
    "numbers and a class as names": File(text("5.1,3.5,setosa\n4.9,3.0,virginica\n" * 50), "own_no_header"),
    "a name of 90 000 letters": File(text("a" * 90_000 + ",b,class\n" + ROWS)),
    "labels of 10 000 letters": File(with_labels(lambda i: "ab"[i % 2] * 10_000), "own_few_classes"),
    "labels that differ late": File(with_labels(lambda i: "x" * 5000 + "ab"[i % 2]), "own_few_classes"),
    "10 000 values of a category": File(with_column(lambda i: f"v{i % 10_000}", 30_000)),
    "1 200 inputs of categories": File(
        lambda: (
            b"".join(b"c%d," % i for i in range(24))
            + b"class\n"
            + b"".join(
                b"".join(b"v%d," % (row * (i + 1) % 53) for i in range(24)) + b"%d\n" % (row % 2) for row in range(600)
            )
        ),
        "own_many_features",
    ),
    "eleven million cells": File(
        lambda: b"a" + b",a" * 499 + b"\n" + (b"1" + b",1" * 499 + b"\n") * 22_000, "own_many_cells"
    ),
    "carriage returns end lines": File(text(TABLE.replace("\n", "\r"))),
    "carriage returns and line feeds": File(text(TABLE.replace("\n", "\r\n"))),
    "separators of Unicode in cells": File(text(TABLE.replace("red", "r\u2028d\x85d\x1cd"))),
    "semicolons and decimal commas": File(
        text("x;class\n" + "".join(f"{i % 10},5;{'ab'[i % 2]}\n" for i in range(60)))
    ),
    "tabs": File(text(TABLE.replace(",", "\t"))),
    "bars": File(text(TABLE.replace(",", "|"))),
    "a comment before the names": File(text("# made by hand\n" + TABLE), "own_one_column"),
    "code": File(text("import os\nos.system('true')\n" * 30), "own_one_column"),
    "JSON": File(lambda: json.dumps([{"a": 1, "class": "x"}] * 60).encode(), "own_few_examples"),
    "JSON a thousand deep": File(lambda: b"[" * 100_000, "own_few_examples"),
    "a billion laughs": File(text('<!DOCTYPE x [<!ENTITY a "&b;&b;">]><x>&a;</x>'), "own_other_kind"),
    "a web page": File(text("<!doctype html><p>404"), "own_other_kind"),
    "pickle, protocol 0": File(lambda: pickle.dumps(_Opens(), 0), "own_few_examples"),
    "pickle, protocol 2": File(lambda: pickle.dumps(_Opens(), 2), "own_other_kind"),
    "pickle, protocol 4": File(lambda: pickle.dumps(_Opens(), 4), "own_other_kind"),
    "gzip": File(lambda: gzip.compress(TABLE.encode()), "own_other_kind"),
    "gzip bomb": File(lambda: gzip.compress(bytes(50 * MB)), "own_other_kind"),
    "an image": File(lambda: picture(), "own_other_kind"),
    "PDF": File(text("%PDF-1.7\n1 0 obj"), "own_other_kind"),
    "an old spreadsheet": File(lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "own_other_kind"),
    "SQLite": File(lambda: b"SQLite format 3\0" + bytes(84), "own_other_kind"),
    "noise": File(lambda: noise(MB), "own_encoding"),
    "noise of letters": File(lambda: noise(MB, b"abc,\n"), "own_ragged"),
    "noise of letters and quotation marks": File(lambda: noise(MB, b'ab"",;\t|\r\n'), "own_ragged"),
    "a path as the name of the file": File(text(TABLE), name="../../etc/\x1b[31m" + "x" * 1000 + "\0.csv"),
}


# Parquet


def columns(rows: int = 60) -> dict[str, Any]:
    return {
        "a": [i * 7 % 10 for i in range(rows)],
        "b": ["red" if i % 3 else "blue" for i in range(rows)],
        "class": ["yes" if i % 2 else "no" for i in range(rows)],
    }


def parquet(table: Mapping[str, Any] | pa.Table, **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(dict(table)), file, **options)
    return file.getvalue()


@cache
def good_parquet() -> bytes:
    return parquet(columns())


def parquet_with(**more: Any) -> Callable[[], bytes]:
    return lambda: parquet({**columns(), **more})


def varint(number: int, size: int = 0) -> bytes:
    """A number as Thrift writes it, in at least this many bytes: those that are not needed say nothing."""
    written = b""
    while number > 127 or len(written) + 1 < size:
        written += bytes([number & 127 | 128])
        number >>= 7
    return written + bytes([number])


def lie(data: bytes, true: int, said: int) -> bytes:
    """The file with another number in its footer, in as many bytes."""
    old = varint(2 * true)
    place = data.rindex(old)
    return data[:place] + varint(2 * said, len(old))[: len(old)] + data[place + len(old) :]


def claim_rows(rows: int) -> Callable[[], bytes]:
    """A file of 70 000 rows that claims to have others, of all that it counts."""

    def make() -> bytes:
        data = parquet(columns(70_000))
        start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
        old = varint(2 * 70_000)
        return data[:start] + data[start:].replace(old, varint(2 * rows, len(old)))

    return make


def long_texts(said: int | None = None, **options: Any) -> Callable[[], bytes]:
    """Four texts of 30 MB, packed into kilobytes; the size that the footer says can be a lie."""

    def make() -> bytes:
        values = pa.array(["x" * 30 * MB] * 4 + ["y"] * 56, pa.large_string())
        data = parquet({**columns(), "long": values}, compression="zstd", write_statistics=False, **options)
        true = pq.ParquetFile(pa.BufferReader(data)).metadata.row_group(0).column(3).total_uncompressed_size
        return data if said is None else lie(data, true, said)

    return make


def repeated_text() -> bytes:
    one = pa.DictionaryArray.from_arrays(pa.array([0, 1] * 50_000, pa.int32()), ["x" * 500_000, "y"])
    return parquet({**columns(100_000), "long": one}, compression="zstd", store_schema=False)


def cut_parquet(start: int, end: int) -> Callable[[], bytes]:
    return lambda: good_parquet()[:start] + good_parquet()[end:]


def flipped(make: Callable[[], bytes], seed: int, count: int = 8) -> Callable[[], bytes]:
    """The file with some bytes that are others."""

    def other() -> bytes:
        data = np.frombuffer(make(), np.uint8).copy()
        rng = np.random.default_rng(seed)
        data[rng.integers(4, len(data) - 4, count)] = rng.integers(0, 256, count)
        return data.tobytes()

    return other


PARQUET = {
    "four letters": File(lambda: b"PAR1", "own_damaged_parquet"),
    "its marks only": File(lambda: b"PAR1PAR1", "own_damaged_parquet"),
    "a footer of 4 GB": File(lambda: b"PAR1" + bytes(100) + b"\xff\xff\xff\xffPAR1", "own_damaged_parquet"),
    "a footer of nothing": File(lambda: b"PAR1" + bytes(100) + bytes(4) + b"PAR1", "own_damaged_parquet"),
    "a footer of noise": File(lambda: b"PAR1" + noise(1000) + struct.pack("<I", 1000) + b"PAR1", "own_damaged_parquet"),
    "a footer of a million lists": File(
        lambda: b"PAR1" + b"\x19" * MB + struct.pack("<I", MB) + b"PAR1", "own_damaged_parquet"
    ),
    "cut in half": File(lambda: good_parquet()[: len(good_parquet()) // 2], "own_damaged_parquet"),
    "without its last byte": File(lambda: good_parquet()[:-1], "own_damaged_parquet"),
    "without its pages": File(cut_parquet(4, 300), "own_damaged_parquet"),
    "pages of zeros": File(lambda: b"PAR1" + bytes(296) + good_parquet()[300:], "own_damaged_parquet"),
    "pages of noise": File(lambda: b"PAR1" + noise(296) + good_parquet()[300:], "own_damaged_parquet"),
    "another mark at the end": File(lambda: good_parquet()[:-4] + b"PARE", "own_damaged_parquet"),
    "as it should be": File(good_parquet),
    "with a name of CSV": File(good_parquet, name="data.csv"),
    "no rows": File(lambda: parquet(columns(0)), "own_few_examples", "class"),
    "one row of Parquet": File(lambda: parquet(columns(1)), "own_few_examples", "class"),
    "no columns": File(lambda: parquet(pa.table({})), "own_few_examples"),
    "a single column of Parquet": File(lambda: parquet({"class": ["a", "b"] * 40}), "own_one_column"),
    "501 columns of Parquet": File(lambda: parquet({f"c{i}": [1, 2] for i in range(501)}), "own_many_columns"),
    "5 000 columns": File(lambda: parquet({f"c{i}": [1] for i in range(5_000)}), "own_many_columns"),
    "100 001 rows of Parquet": File(lambda: parquet(columns(100_001)), "own_many_rows"),
    "ten million rows": File(
        lambda: parquet({"a": np.zeros(10 * MB, np.int8), "class": np.zeros(10 * MB, np.int8)}), "own_many_rows"
    ),
    "eleven million cells of Parquet": File(
        lambda: parquet({f"c{i}": np.zeros(22_500, np.int8) for i in range(500)}), "own_many_cells"
    ),
    "claims 2 000 million rows": File(claim_rows(2_000_000_000 // 2**11), "own_many_rows"),
    "claims 3 rows": File(claim_rows(3), "own_few_examples"),
    "claims less than no rows": File(claim_rows(2**20 - 1), "own_many_rows"),
    "texts of 120 MB": File(long_texts(use_dictionary=False), "own_large_parquet"),
    "texts of 120 MB, said to be small": File(long_texts(1000, use_dictionary=False), "own_large_parquet"),
    "texts of 120 MB, once each": File(long_texts(1000), ""),
    "a long text in 100 000 rows": File(repeated_text),
    "texts by what they share": File(
        lambda: parquet(
            {**columns(), "long": ["x" * MB] * 60}, use_dictionary=False, column_encoding={"long": "DELTA_BYTE_ARRAY"}
        ),
        "own_damaged_parquet",
    ),
    "lists": File(parquet_with(l=[[1, 2]] * 60)),
    "structs": File(parquet_with(s=[{"x": 1, "y": "z"}] * 60)),
    "a column with the name of a struct's": File(
        parquet_with(**{"s": [{"x": 1}] * 60, "s.x": ["a"] * 60}), "own_same_name"
    ),
    "a column with the name of a struct": File(
        lambda: parquet(pa.table([[1] * 60, [{"x": 1}] * 60, ["a", "b"] * 30], names=["s", "s", "class"])),
        "own_same_name",
    ),
    "the same name twice": File(
        lambda: parquet(pa.table([[1] * 60, [2] * 60, ["a", "b"] * 30], names=["a", "a", "class"])), "own_same_name"
    ),
    "bytes": File(parquet_with(x=[b"\xff\0"] * 60)),
    "bytes as labels": File(parquet_with(x=[b"a", b"b"] * 30), "own_few_classes", "x"),
    "times as labels": File(parquet_with(x=pa.array([1, 2] * 30, pa.date32())), "own_few_classes", "x"),
    "lists as labels": File(parquet_with(x=[[1], [2]] * 30), "own_few_classes", "x"),
    "nothing but nulls": File(parquet_with(x=pa.nulls(60))),
    "every kind of column": File(
        parquet_with(
            t=pa.array([True, False, None] * 20),
            d=pa.array(range(60), pa.date32()),
            h=pa.array(np.arange(60) % 7, pa.float16()),
            n=pa.array([1, 2, None] * 20).cast(pa.decimal128(30, 2)),
            v=pa.array(["a", "b"] * 30, pa.string_view()),
            c=pa.array(["a", "b"] * 30).dictionary_encode(),
            i=pa.array([5, 6, 5] * 20).dictionary_encode(),
            z=pa.array([1, 2] * 30, pa.timestamp("us", "UTC")),
            w=pa.array([1, 2] * 30, pa.duration("ms")),
        )
    ),
    "text that is not UTF-8": File(
        lambda: parquet(columns(), compression="none", use_dictionary=False).replace(b"blue", b"b\xff\xfee"),
        "own_damaged_parquet",
    ),
    # What is optional is required: PyArrow counts the levels of statistics, and ends the process.
    "statistics that end the process": File(
        lambda: good_parquet().replace(b"%\x02\x18\x01a", b"%\x00\x18\x01a"), "own_damaged_parquet", kills=True
    ),
    "Brotli": File(lambda: parquet(columns(), compression="brotli")),
    **{
        f"some other bytes in Parquet, {seed}": File(flipped(good_parquet, seed, 2), "?", kills=True)
        for seed in range(6)
    },
}


# Zips of images


def picture(
    kind: str = "PNG", size: tuple[int, int] = (9, 9), mode: str = "RGB", seed: int = 0, **options: Any
) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 4), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, kind, **options)
    return file.getvalue()


def claim_size(width: int, height: int) -> bytes:
    """A small PNG whose header claims this size, with the checksum of the claim."""
    data = picture()
    header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def with_text(content: bytes) -> bytes:
    """A PNG with a compressed text."""
    data, chunk = picture(), b"zTXt" + content
    return data[:33] + struct.pack(">I", len(content)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]


def flat(width: int, height: int, kind: str = "PNG", mode: str = "L", **options: Any) -> bytes:
    """An image of one colour: large, and small as a file."""
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, kind, **options)
    return file.getvalue()


def zipped(members: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as made:
        for path, content in members.items():
            made.writestr(path, content)
    return file.getvalue()


def folders(count: int = 60, suffix: str = "png", top: str = "", **options: Any) -> dict[str, bytes]:
    return {f"{top}{'cat' if i % 2 else 'dog'}/{i}.{suffix}": picture(seed=i, **options) for i in range(count)}


def zip_with(more: Callable[[], Mapping[str, bytes]]) -> Callable[[], bytes]:
    return lambda: zipped({**folders(), **more()})


def all_of(content: Callable[[], bytes], suffix: str = "png", count: int = 60) -> Callable[[], bytes]:
    """A zip of images that are all the same."""

    def make() -> bytes:
        same = content()
        return zipped({f"{'cat' if i % 2 else 'dog'}/{i}.{suffix}": same for i in range(count)})

    return make


def overlapping(count: int, size: int = MB) -> bytes:
    """Entries of a directory that all lead to the same bytes."""
    data = zipped({"a/0.png": bytes(size)})
    start, end = data.rindex(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    entries = data[start:end] * count
    return data[:start] + entries + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entries), start, 0)


def with_flag(data: bytes, offset_local: int, offset: int, value: int) -> bytes:
    """Every header of a zip with two bytes that are others: at one place in those of members, at another in those
    of the directory."""
    changed = bytearray(data)
    for mark, place in ((b"PK\x03\x04", offset_local), (b"PK\x01\x02", offset)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + place : at + place + 2] = struct.pack("<H", value)
            at = changed.find(mark, at + 4)
    return bytes(changed)


def many_scans(scans: int) -> bytes:
    """A progressive JPEG whose last scan stands in it again and again."""
    data = flat(2000, 2000, "JPEG", progressive=True, quality=50)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * scans + data[-2:]


def lying_sizes() -> bytes:
    """A zip whose directory says that a member of 30 MB has a hundred bytes."""
    data = bytearray(zipped({**folders(), "cat/big.png": bytes(30 * MB)}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 100)
    return bytes(data)


def end_says(entries: int, directory: int) -> bytes:
    """A zip whose last record says something else of its directory."""
    data = zipped(folders())
    return data[:-14] + struct.pack("<HHL", entries, entries, directory) + data[-6:]


ZIPS = {
    "an empty zip": File(lambda: zipped({}), "own_no_images"),
    "its end only": File(lambda: b"PK\x05\x06", "own_damaged_zip"),
    "its begin only": File(lambda: b"PK\x03\x04", "own_damaged_zip"),
    "noise after its begin": File(lambda: b"PK\x03\x04" + noise(MB), "own_damaged_zip"),
    "a zip cut in half": File(lambda: zipped(folders())[:5000], "own_damaged_zip"),
    "a zip without its last byte": File(lambda: zipped(folders())[:-1], "own_damaged_zip"),
    "a zip without its begin": File(lambda: b"PK\x03\x04" + zipped(folders())[1000:]),
    "a zip with noise after it": File(lambda: zipped(folders()) + noise(1000)),
    "a zip with 70 000 bytes after it": File(lambda: zipped(folders()) + bytes(70_000), "own_damaged_zip"),
    "a zip as it should be": File(lambda: zipped(folders())),
    "a zip called CSV": File(lambda: zipped(folders()), name="images.csv"),
    "folders within a folder": File(lambda: zipped(folders(top="data/animals/"))),
    "folders of a split": File(lambda: zipped({**folders(40, top="d/train/"), **folders(30, top="d/test/")})),
    "one folder": File(lambda: zipped({f"cat/{i}.png": picture(seed=i) for i in range(60)}), "own_few_classes"),
    "no folder": File(lambda: zipped({f"{i}.png": picture(seed=i) for i in range(60)}), "own_no_images"),
    "39 images": File(lambda: zipped(folders(39)), "own_few_examples"),
    "nine images a folder": File(lambda: zipped(folders(18)), "own_few_classes"),
    "no images": File(lambda: zipped({f"cat/{i}.txt": b"meow" for i in range(60)}), "own_no_images"),
    "a table in a zip": File(lambda: zipped({"data.csv": TABLE.encode()}), "own_no_images"),
    "a spreadsheet": File(
        lambda: zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), "own_spreadsheet"
    ),
    "a zip of zips": File(lambda: zipped({f"a/{i}.zip": zipped(folders(2)) for i in range(60)}), "own_no_images"),
    "zips called images": File(all_of(lambda: zipped({"a": bytes(MB)})), "own_no_images"),
    "a zip among images": File(zip_with(lambda: {"cat/more.zip": zipped({"a": bytes(10 * MB)})})),
    "hidden files": File(zip_with(lambda: {"__MACOSX/cat/._1.png": b"x", "cat/.DS_Store": b"x", ".git/1.png": b"x"})),
    "a zip of 40 GB": File(lambda: overlapping(20_000, 2 * MB), "own_large_zip"),
    "a file of a thousand times its size": File(lambda: zipped({"a/0.png": bytes(30 * MB)}), "own_large_zip"),
    "190 MB of zeros among noise": File(
        lambda: zipped({"a/noise.png": noise(2 * MB), **{f"b/{i}.png": bytes(24 * MB) for i in range(8)}}),
        "own_no_images",
    ),
    "a file of 24 MB of zeros": File(zip_with(lambda: {"cat/zeros.png": bytes(24 * MB)})),
    "a thousand overlapping files": File(lambda: overlapping(1000), "own_large_zip"),
    "a hundred overlapping files": File(lambda: overlapping(100, 1000), "own_damaged_zip"),
    "a directory of two zips": File(lambda: end_says(60, len(zipped(folders()))), "own_damaged_zip"),
    "a size that is a lie": File(lying_sizes),
    "21 000 files": File(lambda: overlapping(21_000, 0), "own_many_entries"),
    "a directory of the 64-bit kind": File(
        lambda: zipped(folders())[:-22] + b"PK\x06\x07" + bytes(16) + zipped(folders())[-22:], "own_damaged_zip"
    ),
    "a directory of 4 GB": File(lambda: end_says(60, 2**32 - 1), "own_many_entries"),
    "a directory of 65 535 files": File(lambda: end_says(2**16 - 1, 1000), "own_many_entries"),
    "a directory of nothing": File(lambda: end_says(0, 0), "own_no_images"),
    "encrypted": File(lambda: with_flag(zipped(folders()), 6, 8, 1), "own_encrypted"),
    "packed by LZMA": File(lambda: zipped(folders(), zipfile.ZIP_LZMA), "own_no_images"),
    "packed by BZIP2": File(lambda: zipped(folders(), zipfile.ZIP_BZIP2), "own_no_images"),
    "packed in no way there is": File(lambda: with_flag(zipped(folders()), 8, 10, 77), "own_no_images"),
    "packed by another than it says": File(lambda: with_flag(zipped(folders()), 8, 10, 0), "own_no_images"),
    "a path that climbs": File(zip_with(lambda: {"../../etc/passwd.png": picture()}), "own_climbing"),
    "a path that climbs within": File(zip_with(lambda: {"cat/../../x.png": picture()}), "own_climbing"),
    "a path from the root": File(zip_with(lambda: {"/etc/x.png": picture()}), "own_climbing"),
    "a path of Windows": File(zip_with(lambda: {"C:/x/y.png": picture()}), "own_climbing"),
    "a path with backslashes": File(zip_with(lambda: {"cat\\..\\x.png": picture()}), "own_climbing"),
    "a path with NUL": File(lambda: zipped({**folders(), "cat/x%y.png": b""}).replace(b"x%y", b"x\0y"), "own_climbing"),
    "paths with signs": File(lambda: zipped({f"\x1b[31m{i % 2}\u202e/{i}.png": picture(seed=i) for i in range(60)})),
    "paths of 60 000 letters": File(zip_with(lambda: {f"cat/{'x' * 60_000}.png": picture()})),
    "paths of 30 000 folders": File(
        lambda: zipped({"d/" * 30_000 + path: content for path, content in folders().items()})
    ),
    "a folder for every image": File(lambda: zipped({f"{i}/1.png": picture() for i in range(500)}), "own_few_classes"),
    "a path a thousand folders deep": File(zip_with(lambda: {"cat/" + "d/" * 1000 + "1.png": picture()})),
    "a link": File(zip_with(lambda: {"cat/link.png": b"../../../etc/passwd"})),
    "an image of 60 000 x 60 000": File(all_of(lambda: claim_size(60_000, 60_000)), "own_no_images"),
    "one of 60 000 x 60 000 among others": File(zip_with(lambda: {"cat/large.png": claim_size(60_000, 60_000)})),
    "an image of 10 000 x 10 000": File(zip_with(lambda: {"cat/large.png": claim_size(10_000, 10_000)})),
    "an image of 2 000 million x 2 000 million": File(
        zip_with(lambda: {"cat/x.png": claim_size(2**31 - 1, 2**31 - 1)})
    ),
    "an image of no width": File(all_of(lambda: claim_size(0, 9)), "own_no_images"),
    "an image that claims more than it has": File(all_of(lambda: claim_size(90, 90)), "own_no_images"),
    "images of 20 million pixels": File(all_of(lambda: flat(5000, 4000)), "own_many_pixels"),
    "transparent images of 20 million pixels": File(all_of(lambda: flat(5000, 4000, mode="RGBA")), "own_many_pixels"),
    "JPEGs of 20 million pixels": File(all_of(lambda: flat(5000, 4000, "JPEG", "RGB"), "jpg"), "own_many_pixels"),
    "WebPs of 10 million pixels": File(
        all_of(lambda: flat(4000, 2500, "WEBP", "RGB", method=0), "webp"), "own_many_pixels"
    ),
    "a WebP of 11 million pixels": File(zip_with(lambda: {"cat/large.webp": flat(4400, 2500, "WEBP", method=0)})),
    "GIFs of 20 million pixels": File(all_of(lambda: flat(5000, 4000, "GIF"), "gif"), "own_many_pixels"),
    "an image of 20 million pixels": File(zip_with(lambda: {"cat/large.png": flat(5000, 4000, mode="RGBA")})),
    "an image of 20 million pixels with a palette": File(
        zip_with(lambda: {"cat/large.png": flat(5000, 4000, mode="P", transparency=0)})
    ),
    "a JPEG of 20 million pixels": File(zip_with(lambda: {"cat/large.jpg": flat(5000, 4000, "JPEG", "RGB")})),
    "a WebP of 16 383 x 16 383": File(
        zip_with(lambda: {"cat/x.webp": picture("WEBP", lossless=True).replace(b"/\x08\x00\x02", b"/\xfe\xff\xff")})
    ),
    "a GIF of 65 535 x 65 535": File(
        zip_with(lambda: {"cat/x.gif": b"GIF89a\xff\xff\xff\xff" + picture("GIF", mode="P")[10:]})
    ),
    "a JPEG of 100 scans": File(zip_with(lambda: {"cat/x.jpg": many_scans(100)})),
    "a JPEG of 10 000 scans": File(all_of(lambda: many_scans(10_000), "jpg", 40), "own_no_images"),
    "images cut in half": File(all_of(lambda: picture(size=(30, 30))[:800]), "own_no_images"),
    "JPEGs cut in half": File(all_of(lambda: picture("JPEG", (60, 60))[:1500], "jpg"), "own_no_images"),
    "images of no bytes": File(all_of(lambda: b""), "own_no_images"),
    "images of noise": File(all_of(lambda: noise(1000)), "own_no_images"),
    "images with a wrong checksum": File(all_of(lambda: picture()[:20] + b"\x07" + picture()[21:]), "own_no_images"),
    "TIFFs called PNG": File(all_of(lambda: picture("TIFF")), "own_no_images"),
    "icons called PNG": File(all_of(lambda: picture("ICO")), "own_no_images"),
    "SVGs called PNG": File(all_of(lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "own_no_images"),
    "PostScript called PNG": File(
        all_of(lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), "own_no_images"
    ),
    "JPEGs called PNG": File(all_of(lambda: picture("JPEG"))),
    "GIFs": File(lambda: zipped(folders(suffix="gif", kind="GIF", mode="P"))),
    "BMPs": File(lambda: zipped(folders(suffix="bmp", kind="BMP"))),
    "WebPs": File(lambda: zipped(folders(suffix="webp", kind="WEBP"))),
    "images of one pixel": File(lambda: zipped(folders(size=(1, 1)))),
    "images of one pixel by 10 000": File(lambda: zipped(folders(size=(1, 10_000)))),
    "images of every mode": File(
        zip_with(lambda: {f"cat/{mode}.png": picture(mode=mode) for mode in ("1", "L", "LA", "P", "RGBA", "I;16")})
    ),
    "a text of PNG that is a bomb": File(
        zip_with(lambda: {"cat/x.png": with_text(b"k\0\0" + zlib.compress(bytes(10 * MB)))})
    ),
    "members in a wrong order": File(lambda: zipped(dict(reversed(folders().items())))),
    "two zips one after another": File(lambda: zipped(folders(10)) + zipped(folders())),
    **{
        f"some other bytes in a zip, {seed}": File(flipped(lambda: zipped(folders()), seed, 20), "?")
        for seed in range(8)
    },
}


# Prepared data


@cache
def good() -> Prepared:
    about = About("x", "table", ("no", "yes"), ("a", "b"), (3,), (0, 0, 0), 60, (("text", 1),), (("u", "v", "w"),))
    numbers = np.arange(60, dtype=np.float32)[:, None] % 7
    codes = np.arange(60, dtype=np.int32)[:, None] % 4 - 1
    return Prepared(about, np.arange(60) % 2, numbers, codes, np.empty((0, 0, 0, 0), np.uint8))


def plain_about() -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(to_bytes(good()))) as members:
        found: dict[str, Any] = json.loads(np.lib.format.read_array(io.BytesIO(members.read("about.npy"))).item())
    return found


def npy(array: Any, **changes: Any) -> bytes:
    """An array as a member, with what its header says changed."""
    file = io.BytesIO()
    array = np.asarray(array)
    np.lib.format.write_array(file, array, allow_pickle=True)
    if not changes:
        return file.getvalue()
    body = array.tobytes()
    header = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape} | changes
    written = repr(header).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(written)) + written + body


def npz(packing: int = zipfile.ZIP_DEFLATED, /, **changes: bytes | None) -> Callable[[], bytes]:
    """Prepared data with other members; None for those that are not there."""

    def make() -> bytes:
        with zipfile.ZipFile(io.BytesIO(to_bytes(good()))) as members:
            held = {name.removesuffix(".npy"): members.read(name) for name in members.namelist()}
        return zipped(
            {f"{name}.npy": content for name, content in (held | changes).items() if content is not None}, packing
        )

    return make


def about_with(**changes: Any) -> Callable[[], bytes]:
    return lambda: npz(about=npy(np.array(json.dumps(plain_about() | changes).encode())))()


NUMBERS, CODES, LABELS = good().numbers, good().categories, good().labels
NPZ_WRONG = {
    "without labels": npz(labels=None),
    "without what is known": npz(about=None),
    "with another member": npz(more=npy(LABELS)),
    "with a script": npz(**{"../../x.py": b"import os"}),
    "an object array": npz(labels=npy(np.array([_Opens()] * 60, object))),
    "an object array of what is known": npz(about=npy(np.array(_Opens(), object))),
    "numbers that are objects by their header": npz(numbers=npy(NUMBERS, descr="|O")),
    "a pickle as a member": npz(labels=pickle.dumps(_Opens())),
    "shapes of terabytes": npz(numbers=npy(NUMBERS, shape=(10**9, 10**9))),
    "shapes beyond every number": npz(numbers=npy(NUMBERS, shape=(10**30, 10**30))),
    "shapes below 0": npz(numbers=npy(NUMBERS, shape=(-60, -1))),
    "shapes that are no numbers": npz(numbers=npy(NUMBERS, shape=("60", 1))),
    "shapes of too few dimensions": npz(numbers=npy(NUMBERS, shape=(60,))),
    "shapes of too many dimensions": npz(numbers=npy(NUMBERS, shape=(60, 1, *(1,) * 100))),
    "shapes that hold less": npz(numbers=npy(NUMBERS, shape=(30, 1))),
    "an array cut short": npz(numbers=npy(NUMBERS)[:-8]),
    "an array and more": npz(numbers=npy(NUMBERS) + bytes(8)),
    "numbers of 8 bytes": npz(numbers=npy(NUMBERS.astype(np.float64))),
    "numbers that end with their first byte": npz(numbers=npy(NUMBERS.astype(">f4"))),
    "numbers column by column": npz(numbers=npy(NUMBERS, fortran_order=True)),
    "numbers that are infinite": npz(numbers=npy(np.full_like(NUMBERS, np.inf))),
    "numbers of a structure": npz(numbers=npy(NUMBERS, descr=[("x", "<f4")])),
    "numbers of no kind": npz(numbers=npy(NUMBERS, descr="banana")),
    "a header that is code": npz(numbers=b"\x93NUMPY\x01\x00" + struct.pack("<H", 20) + b"__import__('os')    "),
    "a header without an end": npz(numbers=b"\x93NUMPY\x01\x00\xff\xff{"),
    "a header ten thousand deep": npz(numbers=b"\x93NUMPY\x01\x00" + struct.pack("<H", 9000) + b"[" * 9000),
    "a header of 4 GB": npz(numbers=b"\x93NUMPY\x02\x00\xff\xff\xff\xff"),
    "another version": npz(numbers=b"\x93NUMPY\x09\x09" + npy(NUMBERS)[8:]),
    "no arrays": npz(labels=b"", numbers=b"", categories=b"", pixels=b""),
    "labels beyond classes": npz(labels=npy(LABELS + 1)),
    "labels below 0": npz(labels=npy(LABELS - 1)),
    "labels of 10^18": npz(labels=npy(LABELS * 10**18)),
    "labels of one class": npz(labels=npy(LABELS * 0)),
    "labels too few": npz(labels=npy(LABELS[:50])),
    "codes beyond values": npz(categories=npy(CODES + 3)),
    "codes below -1": npz(categories=npy(CODES - 1)),
    "pixels in a table": npz(pixels=npy(np.zeros((60, 8, 8, 1), np.uint8))),
    "a bomb": lambda: npz(numbers=npy(np.zeros((MB, 15), np.float32)))(),
    "a bomb as what is known": lambda: npz(about=npy(np.array(b" " * 2 * MB + b"{}")))(),
    "packed by LZMA, prepared": npz(zipfile.ZIP_LZMA),
    "known by no JSON": npz(about=npy(np.array(b"banana"))),
    "known by bytes that are no text": npz(about=npy(np.array(b"\xff\xfe"))),
    "known by a list": npz(about=npy(np.array(b"[]"))),
    "known by JSON a thousand deep": npz(about=npy(np.array(b"[" * 100_000))),
    "known by numbers of 5 000 digits": npz(about=npy(np.array(b'{"examples":' + b"9" * 5000 + b"}"))),
    "known by other names": about_with(more=1),
    "another kind": about_with(kind="sound"),
    "a kind that is a list": about_with(kind=["table"]),
    "a title of a megabyte": about_with(title="x" * MB),
    "a title that turns text round": about_with(title="\u202ex"),
    "a title that is a number": about_with(title=3),
    "one name of a class": about_with(class_names=["no"]),
    "names of classes that are the same": about_with(class_names=["no", "no"]),
    "a million names": about_with(columns=["x"] * MB),
    "values below 0": about_with(values=[-3]),
    "values that are true": about_with(values=[True]),
    "values of 2^40": about_with(values=[2**40]),
    "other names of values": about_with(value_names=[["u"]]),
    "another count of examples": about_with(examples=61),
    "examples that are no number": about_with(examples=60.0),
    "a shape that is a text": about_with(shape="000"),
    "images of 10^9 pixels": about_with(kind="image", columns=[], values=[], value_names=[], shape=[10**9, 10**9, 1]),
    "a reason that is none": about_with(dropped=[["<script>", 1]]),
    "a reason twice": about_with(dropped=[["text", 1], ["text", 2]]),
    "reasons of a wrong form": about_with(dropped=[["text"]]),
}
NPZ = {
    "prepared data": File(lambda: to_bytes(good())),
    "prepared data that is stored": File(npz(zipfile.ZIP_STORED)),
    "prepared data called CSV": File(lambda: to_bytes(good()), name="data.csv"),
    **{name: File(make, "own_not_ours") for name, make in NPZ_WRONG.items()},
    "prepared data cut short": File(lambda: to_bytes(good())[:-30], "own_damaged_zip"),
    **{
        f"some other bytes in prepared data, {seed}": File(flipped(lambda: to_bytes(good()), seed), "?")
        for seed in range(8)
    },
}

FILES: dict[str, File] = {
    f"{kind}: {name}": file
    for kind, files in {"table": TABLES, "parquet": PARQUET, "zip": ZIPS, "prepared": NPZ}.items()
    for name, file in files.items()
}
