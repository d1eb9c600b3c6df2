"""Tables to take along: numbers are numbers, and no text begins a formula where a spreadsheet opens the file."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a cell that computes begins with
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def csv_of(table: pd.DataFrame, *, header: bool = True) -> str:
    """The table as CSV, without its index."""
    texts = {str(name): column.map(as_text) for name, column in table.items() if not is_numeric_dtype(column)}
    return str(table.assign(**texts).to_csv(index=False, header=header))


def as_text(cell: Any) -> Any:
    """A cell as a spreadsheet may have it: a text that would be a formula has an apostrophe before it."""
    if not isinstance(cell, str):
        return cell
    is_formula = cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell)
    return ("'" if is_formula else "") + cell.replace("\r", " ")  # pandas puts no quotes around what begins a line
