"""A file as answers: read, held against the rows that there are, and told apart; data, never code."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kd_core.answers.alignment import alignment_of, warning_of
from kd_core.answers.columns import Columns, columns_of, some
from kd_core.answers.meaning import meaning_of
from kd_core.answers.table import About, Answers, data_of
from kd_core.data import DataError, Dataset, Doubles, Labels
from kd_core.experiment import Experiment
from kd_core.messages import Message
from kd_core.own.classes import title_of
from kd_core.own.columns import numbers_of
from kd_core.own.csv_file import read_csv
from kd_core.own.limits import LIMITS
from kd_core.own.parquet_file import read_parquet

LARGEST = 1e6  # a logit beyond it is a mistake, and its square would be beyond float32 in the end
# What is said of tables in general, in the words of answers.
SAID = {"own_other_kind": "answers_other_kind", "own_few_examples": "answers_no_rows"}


class Checked(NamedTuple):
    """Answers that can be used, and what is odd about them: a sentence each."""

    answers: Answers
    warnings: tuple[Message, ...]


def read(content: bytes, filename: str, experiment: Experiment) -> Checked:
    """The answers of a CSV or Parquet file for the rows of this experiment's data; `filename` for its title.

    Values become float32: a number written in as many digits as give a float32 back is that number again. Raises
    `DataError` with one sentence for whatever can't be used, the first of it.
    """
    if experiment.splits > 1:
        raise DataError(Message("answers_one_split", splits=experiment.splits))
    data = experiment.load_data()
    names = data.source.class_names
    table = read_table(content)
    columns = columns_of(table.column_names, names)
    ids = _ids(table[columns.id])
    _check_rows(ids, data, experiment)
    if columns.part:
        _check_parts(table[columns.part], ids, data)
    values = _values(table, columns, ids)
    kind, warnings = meaning_of(values, ids, columns.says)
    warnings += warning_of(alignment_of(values.argmax(axis=1), _labels(ids, data), data.classes))
    if columns.ignored:
        warnings.append(Message("answers_ignored", count=len(columns.ignored), columns=some(columns.ignored)))
    order = np.argsort(ids, kind="stable")
    about = About(title_of(filename), data_of(experiment), kind, names, len(ids))
    return Checked(Answers(about, ids[order], values[order].astype(np.float32)), tuple(warnings))


def read_table(content: bytes) -> pa.Table:
    """The columns of the file. `DataError` for what is no table, and for what is too large, before it is read."""
    if len(content) > LIMITS.file:
        raise DataError(Message("own_large_file", most=LIMITS.file // 10**6))
    if content.startswith(b"\x93NUMPY"):
        raise DataError(Message("answers_other_kind"))
    try:
        if content.startswith(b"PAR1"):
            return read_parquet(content, least=1)
        return read_csv(content, least=1, unnamed="column {}")
    except DataError as problem:
        (message,) = problem.args
        raise DataError(Message(SAID[message.kind]) if message.kind in SAID else message) from problem


def _ids(column: Any) -> NDArray[np.int64]:
    numbers = numbers_of(column)
    if numbers is None:
        raise DataError(Message("answers_id_text", cell=str(_first_text(column))))
    is_whole = np.isfinite(numbers) & (np.abs(numbers) < 2**53)
    is_whole[is_whole] = numbers[is_whole] == np.rint(numbers[is_whole])
    if not is_whole.all():
        places = np.flatnonzero(~is_whole) + 1
        raise DataError(Message("answers_id_none", count=len(places), rows=len(numbers), places=some(places)))
    return numbers.astype(np.int64)


def _first_text(column: Any) -> object:
    """The first cell that is no number."""
    return next((cell for cell in column.to_pylist() if not _is_number(cell)), "")


def _is_number(cell: object) -> bool:
    try:
        float(str(cell))
    except ValueError:
        return False
    return True


def _check_rows(ids: NDArray[np.int64], data: Dataset, experiment: Experiment) -> None:
    """Each row of the data has one answer, and there are no others."""
    wanted = np.sort(np.concatenate([data.taught_ids, data.test_ids]))
    unknown = ids[~np.isin(ids, wanted)]
    if len(unknown):
        counts = {"count": len(unknown), "rows": len(ids), "ids": some(unknown)}
        raise DataError(Message("answers_unknown", **counts, data=data_of(experiment)))
    different, times = np.unique(ids, return_counts=True)
    if len(again := different[times > 1]):
        raise DataError(Message("answers_twice_a_row", count=len(again), ids=some(again)))
    if len(absent := np.setdiff1d(wanted, different)):
        raise DataError(Message("answers_absent", count=len(absent), rows=len(wanted), ids=some(absent)))


def _check_parts(column: Any, ids: NDArray[np.int64], data: Dataset) -> None:
    """Where the file says which part a row is of, it is that part: else the answers are of another seed."""
    told = np.array([str(cell).strip().casefold() for cell in column.to_pylist()])
    if not np.isin(told, ("train", "test")).all():
        return  # whatever it is, it is not ours
    wrong = ids[(told == "test") != np.isin(ids, data.test_ids)]
    if len(wrong):
        raise DataError(Message("answers_other_part", count=len(wrong), rows=len(ids), ids=some(wrong)))


def _labels(ids: NDArray[np.int64], data: Dataset) -> Labels:
    """The label of each row, -1 for those of the test part: nobody who makes a file has seen those."""
    return np.where(np.isin(ids, data.taught_ids), data.labels[ids], -1)


def _values(table: Any, columns: Columns, ids: NDArray[np.int64]) -> Doubles:
    """(n, C), finite. `DataError` with the rows that are not."""
    found = []
    for name in columns.classes:
        numbers = numbers_of(table[name])
        if numbers is None:
            is_text = np.array([not (cell is None or _is_number(cell)) for cell in table[name].to_pylist()])
            text = {"count": int(is_text.sum()), "column": name, "cell": str(_first_text(table[name]))}
            raise DataError(Message("answers_text", **text, ids=some(ids[is_text])))
        found.append(numbers)
    values = np.column_stack(found)
    for kind, wrong in (
        ("answers_empty_cells", np.isnan(values)),
        ("answers_infinite", np.isinf(values)),
        ("answers_huge", np.abs(values) > LARGEST),
    ):
        if wrong.any():
            rows = np.flatnonzero(wrong.any(axis=1))
            counts = {"count": len(rows), "rows": len(ids), "ids": some(ids[rows])}
            raise DataError(Message(kind, **counts, **({"most": int(LARGEST)} if kind == "answers_huge" else {})))
    return values
