"""Columns of a table as numbers or categories, or why they are neither."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import suppress
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kd_core.own.classes import names_of
from kd_core.own.csv_file import MISSING
from kd_core.own.limits import LIMITS, NAME


class Categories(NamedTuple):
    """The codes (n,) of a column's values, -1 where one is missing, and what the values are called."""

    codes: NDArray[np.int32]
    names: tuple[str, ...]


def is_label(column: pa.ChunkedArray) -> bool:
    """Whether it has few values."""
    if pa.types.is_dictionary(column.type):
        codes, _ = codes_of(column)
        different = len(np.unique(codes[codes >= 0]))
    elif _is_text(column.type) or numbers_of(column) is not None:
        different = int(pc.count_distinct(column).as_py())
    else:
        return False
    return 2 <= different <= LIMITS.classes


def column_of(
    column: pa.ChunkedArray, ids: NDArray[np.int64], dropped: Counter[str]
) -> NDArray[np.float32] | Categories | str:
    """The column's numbers or categories in these rows, or why there are none; cells left out are counted."""
    if (numbers := numbers_of(column)) is not None:
        return _kept_numbers(numbers, ids, dropped)
    if pa.types.is_temporal(column.type):
        return "date"
    if _is_text(column.type):
        if (pc.max(pc.binary_length(_in_codes(column).dictionary)).as_py() or 0) > LIMITS.text:
            return "text"
        return _kept_categories(*codes_of(column), ids, dropped)
    return "empty" if pa.types.is_null(column.type) else "other_kind"


def _kept_numbers(
    numbers: NDArray[np.float64], ids: NDArray[np.int64], dropped: Counter[str]
) -> NDArray[np.float32] | str:
    with np.errstate(over="ignore", invalid="ignore"):  # infinite numbers
        if (np.diff(numbers) == 1).all():
            return "row_number"  # where classes stand one after another, it would tell them
        kept = numbers[ids].astype(np.float32)
    infinite = np.isinf(kept)
    kept[infinite] = np.nan
    there = kept[~np.isnan(kept)]
    if not len(there):
        return "empty"
    if there.min() == there.max():
        return "constant"
    dropped["infinite"] += int(infinite.sum())
    return kept


def _kept_categories(
    codes: NDArray[np.int64], texts: pa.Array, ids: NDArray[np.int64], dropped: Counter[str]
) -> Categories | str:
    codes = codes[ids]
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    present, different = int(counts.sum()), int((counts > 0).sum())
    if not present:
        return "empty"
    if different == 1 and present == len(codes):
        return "constant"
    if _are_dates(texts.take(pa.array(np.flatnonzero(counts)))):
        return "date"
    if 2 * different > present:
        return "text"
    frequent = np.argsort(-counts, kind="stable")[: min(different, LIMITS.values)]
    names = texts_of(texts.take(pa.array(frequent)))
    order = sorted(range(len(names)), key=names.__getitem__)
    new = np.full(len(texts) + 1, -1, np.int32)  # the last one is that of no value, -1
    new[frequent[order]] = np.arange(len(order))
    kept = new[codes]
    dropped["rare_value"] += int(((codes >= 0) & (kept < 0)).sum())
    return Categories(kept, names_of(names[place] for place in order))


def said_again(
    found: NDArray[np.float32] | Categories, labels: NDArray[np.int64], firsts: NDArray[np.int64], seen: set[bytes]
) -> str:
    """Whether the column says what the label says, in other words, or what one of those `seen` says.

    `firsts`: the position of an example of each class.
    """
    values = found.codes if isinstance(found, Categories) else found
    of_class = values[firsts]
    if len(np.unique(of_class)) == len(of_class) and np.array_equal(values, of_class[labels]):
        return "label_again"
    names = found.names if isinstance(found, Categories) else ()
    content = hashlib.sha256(repr(names).encode() + values.tobytes()).digest()
    if content in seen:
        return "duplicate"
    seen.add(content)
    return ""


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_boolean(kind))


def numbers_of(column: pa.ChunkedArray) -> NDArray[np.float64] | None:
    """The column (n,) if it is one of numbers, NaN where one is missing."""
    kind = column.type
    if pa.types.is_dictionary(kind) and not _is_text(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return None
    numbers: NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy()
    return numbers


def codes_of(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], pa.Array]:
    """For each row the number of a text, -1 where there is none or a long one, and the texts, all different."""
    numbers = numbers_of(column)
    if numbers is not None:  # labels that are numbers
        values, codes = np.unique(numbers, return_inverse=True)
        texts = [np.format_float_positional(value, trim="-") for value in values[~np.isnan(values)]]
        return np.where(np.isnan(numbers), -1, codes), pa.array(texts, pa.string())
    if not _is_text(column.type):
        return np.full(len(column), -1), pa.array([], pa.string())
    whole = _in_codes(column)
    short = pc.less_equal(pc.binary_length(whole.dictionary), LIMITS.text)
    # Once more in codes: a file's own dictionary can hold a text twice, and spaces around texts mean nothing.
    trimmed = pc.utf8_trim_whitespace(pc.if_else(short, whole.dictionary, None)).dictionary_encode()
    missing = pc.is_in(trimmed.dictionary, value_set=pa.array(MISSING, trimmed.dictionary.type))
    new = np.arange(len(missing))
    new[missing.to_numpy(zero_copy_only=False)] = -1
    codes = _with_none(new)[pc.fill_null(trimmed.indices, -1).to_numpy()]
    return _with_none(codes)[pc.fill_null(whole.indices, -1).to_numpy()], trimmed.dictionary


def _in_codes(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of texts as PyArrow's codes and texts."""
    if pa.types.is_boolean(column.type):
        column = pc.utf8_capitalize(column.cast(pa.string()))  # as in a CSV file
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    return column.unify_dictionaries().combine_chunks()


def _with_none(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The codes with one more, at -1, for what is missing: it stays so."""
    return np.append(codes, -1)


def texts_of(texts: pa.Array) -> list[str]:
    """As Python's, and no longer than what people see of them, or a little."""
    return [str(text) for text in pc.utf8_slice_codeunits(texts, 0, 2 * NAME).to_pylist()]


def _are_dates(texts: pa.Array) -> bool:
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        with suppress(pa.ArrowInvalid):
            texts.cast(kind)
            return True
    return False
