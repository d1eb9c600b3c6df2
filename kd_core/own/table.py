"""Tables: how the columns of a CSV or Parquet file become numbers, categories and labels.

A column is one of numbers if every cell that is not missing is a number. Every other one is one of categories, true and
false too; of more than 50 values those beyond the 50 most frequent count as missing, as infinite numbers do.

Columns are left out if they are empty or constant, say what an earlier column or the label says, count the rows, hold
dates, or texts more than half of which are different. Rows are left out if they have no label, or one that few have.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kd_core.data import DataError
from kd_core.messages import Message, shown
from kd_core.own.classes import bound, classes_of, names_of, title_of
from kd_core.own.columns import Categories, codes_of, column_of, is_label, numbers_of, said_again, texts_of
from kd_core.own.csv_file import read_csv
from kd_core.own.limits import LIMITS
from kd_core.own.parquet_file import read_parquet
from kd_core.own.prepared import About, Prepared

LABELS = (  # what columns of labels are called, the likeliest first
    *("label", "labels", "class", "classes", "target", "species", "category", "outcome", "diagnosis", "y"),
    *("klasse", "ziel", "kategorie", "art", "diagnose"),
)


def read_table(data: bytes, name: str) -> pa.Table:
    """The columns of a CSV or Parquet file with names that differ: float64 where every cell is a number or missing.

    Raises `DataError` for what is no table, and for what is too large, before it is read.
    """
    if len(data) > LIMITS.file:
        raise DataError(Message("own_large_file", most=LIMITS.file // 10**6))
    table = read_parquet(data) if data.startswith(b"PAR1") else read_csv(data)
    if table.num_columns < 2:
        raise DataError(Message("own_one_column"))
    return table


def suggest_label(table: pa.Table) -> str:
    """The column that probably holds the labels: by its name, else the last one with few values; or none, ""."""
    few = [name for name in table.column_names if is_label(table[name])]
    named = sorted(
        (LABELS.index(name.casefold()), place) for place, name in enumerate(few) if name.casefold() in LABELS
    )
    return few[named[0][1]] if named else few[-1] if few else ""


def first_rows(table: pa.Table, rows: int = 20) -> list[dict[str, str]]:
    """The first rows as texts that can be shown, by column; "" where a cell is missing."""
    return [
        {
            name: "" if cell is None else shown(f"{cell:.9g}" if isinstance(cell, float) else str(cell))
            for name, cell in row.items()
        }
        for row in table.slice(0, rows).to_pylist()
    ]


def prepare_table(data: bytes, name: str, label: str = "") -> Prepared:
    """The table of a file with the column `label`, or the one suggested, as labels; a `name` for its title.

    Raises `DataError` for everything that stands in the way, the first of it.
    """
    table = read_table(data, name)
    label = names_of([label])[0] if label else suggest_label(table)
    if not label:
        raise DataError(Message("own_no_label"))
    if label not in table.column_names:
        raise DataError(Message("own_no_column", label=label))
    codes, texts = codes_of(table[label])
    if numbers_of(table[label]) is not None and len(texts) > LIMITS.classes:
        raise DataError(Message("own_regression", label=label, count=len(texts), most=LIMITS.classes))
    classes = classes_of(codes, texts_of(texts))
    dropped = Counter(classes.dropped)
    numbers: dict[str, NDArray[np.float32]] = {}
    categories: dict[str, Categories] = {}
    firsts, seen = np.unique(classes.labels, return_index=True)[1], set[bytes]()
    for column in table.column_names:
        if column == label:
            continue
        found = column_of(table[column], classes.ids, dropped)
        reason = found if isinstance(found, str) else said_again(found, classes.labels, firsts, seen)
        if reason:
            dropped[reason] += 1
        elif isinstance(found, Categories):
            categories[column] = found
        elif not isinstance(found, str):
            numbers[column] = found
    features = len(numbers) + sum(len(found.names) for found in categories.values())
    rows = len(classes.ids)
    if not features:
        raise DataError(Message("own_no_features"))
    if features > LIMITS.features:
        raise DataError(Message("own_many_features", count=features, most=LIMITS.features))
    bound(rows, features)
    about = About(
        title=title_of(name),
        kind="table",
        class_names=classes.names,
        columns=(*numbers, *categories),
        values=tuple(len(found.names) for found in categories.values()),
        shape=(0, 0, 0),
        examples=rows,
        dropped=tuple((reason, count) for reason, count in dropped.items() if count),
        value_names=tuple(found.names for found in categories.values()),
    )
    return Prepared(
        about,
        classes.labels,
        np.column_stack([np.empty((rows, 0), np.float32), *numbers.values()]),
        np.column_stack([np.empty((rows, 0), np.int32), *(found.codes for found in categories.values())]),
        np.empty((0, 0, 0, 0), np.uint8),
    )
