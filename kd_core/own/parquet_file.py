"""Parquet files as tables: what they claim to hold is held against the limits before anything of it is unpacked.

They are read in a process of their own, for some damage to their metadata is a C++ exception that PyArrow does not
catch, so it ends the process that looks at them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.own.classes import bound, enough, names_of
from kd_core.own.limits import LIMITS
from kd_core.own.parquet_pages import unpacked_sizes

LONGEST_NUMBER = 16  # bytes: of a decimal
MOST_SECONDS, MOST_MEMORY = 60, 4 * 2**30  # of the process; memory is addresses, of which PyArrow reserves many
ROOT = Path(__file__).parents[2]
_one_at_a_time = Lock()


def read_parquet(data: bytes, least: int = LIMITS.least_examples) -> pa.Table:
    """As `read_here`, in a process of its own: `DataError` too if that dies of it."""
    with _one_at_a_time, suppress(subprocess.SubprocessError, pa.ArrowException):
        command = [sys.executable, "-m", "kd_core.own.parquet_file", str(least)]
        done = subprocess.run(command, cwd=ROOT, input=data, capture_output=True, timeout=MOST_SECONDS, check=True)
        if not done.stdout.startswith(b"{"):
            return pa.ipc.open_stream(pa.py_buffer(done.stdout)).read_all()
        raise DataError(Message(**json.loads(done.stdout)))
    raise DataError(Message("own_damaged_parquet"))


def main() -> None:
    """Read a file from standard input, and write the table, as PyArrow's stream, or the message to standard output."""
    with suppress(ImportError):
        import resource  # is not there on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    try:
        table = read_here(sys.stdin.buffer.read(), int(sys.argv[1]))
    except DataError as problem:
        (message,) = problem.args
        sys.stdout.write(json.dumps({"kind": message.kind, **message.values}))
        return
    with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as stream:
        stream.write_table(table)


def read_here(data: bytes, least: int = LIMITS.least_examples) -> pa.Table:
    """The columns of numbers, texts and times; of each other one its name, and bytes that are all missing.

    There are at least so many rows.
    """
    try:
        file = _parquet(data)
        metadata = file.metadata
        rows = sum(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))
        if metadata.num_columns > LIMITS.columns:
            raise DataError(Message("own_many_columns", most=LIMITS.columns))
        if max(rows, metadata.num_rows) > LIMITS.rows:
            raise DataError(Message("own_many_rows", most=LIMITS.rows))
        bound(rows, metadata.num_columns)
        enough(rows, least)
        _bound_pages(data, metadata)
        leaves = [file.schema.column(place) for place in range(metadata.num_columns)]
        flat = [leaf.path for leaf in leaves if _is_flat(leaf)]
        others = [leaf.path.split(".") for leaf in leaves if not _is_flat(leaf)]
        # PyArrow reads "a.b" too where "a" is asked for.
        beginnings = {".".join(path[:end]) for path in others for end in range(1, len(path) + 1)}
        if len(set(flat)) < len(flat) or beginnings & set(flat):
            raise DataError(Message("own_same_name"))
        # As dictionaries: a long text stands in a file once, and many rows can have it.
        texts = [leaf.path for leaf in leaves if _is_flat(leaf) and leaf.physical_type == "BYTE_ARRAY"]
        table = _parquet(data, texts).read(columns=flat, use_threads=False)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, IndexError, OverflowError) as problem:
        raise DataError(Message("own_damaged_parquet")) from problem
    for name in dict.fromkeys(path[0] for path in others):
        table = table.append_column(name, pa.nulls(rows, pa.binary()))
    return table.rename_columns(list(names_of(table.column_names)))


def _parquet(data: bytes, texts: list[str] | None = None) -> Any:
    if int.from_bytes(data[-8:-4], "little") > LIMITS.footer:
        raise ValueError("a footer without an end")
    return pyarrow.parquet.ParquetFile(
        pa.BufferReader(data),
        read_dictionary=texts,
        pre_buffer=False,
        thrift_string_size_limit=LIMITS.footer,
        thrift_container_size_limit=LIMITS.footer,
        arrow_extensions_enabled=False,
    )


def _bound_pages(data: bytes, metadata: Any) -> None:
    """Raises `DataError` if the pages hold too much, or are too many."""
    total = 0
    for count, size in enumerate(unpacked_sizes(memoryview(data), metadata), start=1):
        total += size
        if total > LIMITS.parquet or count > LIMITS.pages:
            raise DataError(Message("own_large_parquet", most=LIMITS.parquet // 10**6))


def _is_flat(leaf: Any) -> bool:
    """Whether a column has one value a row, and that is a number, a text, true or false, or a time."""
    if leaf.path != leaf.name or leaf.max_repetition_level:
        return False
    if leaf.physical_type == "BYTE_ARRAY":
        return bool(leaf.logical_type.type == "STRING")
    return bool(leaf.physical_type != "FIXED_LEN_BYTE_ARRAY" or leaf.length <= LONGEST_NUMBER)


if __name__ == "__main__":
    main()
