"""The rows that a model is to score, as a file: `id`, `part`, `label` and the features, in the order of ids.

`part` is train or test; `label` is the number of the class, and rows of the test part have none. Features are as people
see them: pixels from 0 to 1 (`p0`, `p1`, ...), or numbers in standard deviations or as they were drawn (`f0`, ...).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from kd_core.data import Dataset
from kd_core.experiment import Experiment

BLOCK = 5000  # rows that are made at a time: as numbers of four bytes they take more room than as pixels
LARGE = 2_000_000  # features in all; more of them are no CSV for a browser


def feature_names(data: Dataset) -> list[str]:
    letter = "f" if data.source.image is None else "p"
    return [f"{letter}{place}" for place in range(data.source.features)]


def is_large(experiment: Experiment) -> bool:
    """Whether the rows are so many that they are better a Parquet file than text."""
    source = experiment.source
    return (source.train_size + source.test_size) * source.features > LARGE


def rows_as_csv(experiment: Experiment) -> bytes:
    """The rows as text: each number in as few digits as give it back."""
    data, file = experiment.load_data(), io.BytesIO()
    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    with pyarrow.csv.CSVWriter(file, _schema(data), write_options=options) as writer:
        for block in _blocks(data):
            writer.write(block)
    return file.getvalue()


def rows_as_parquet(experiment: Experiment) -> bytes:
    """The same rows as a Parquet file, which is many times smaller where pixels are few different numbers."""
    data, file = experiment.load_data(), io.BytesIO()
    with pyarrow.parquet.ParquetWriter(file, _schema(data), compression="zstd") as writer:
        for block in _blocks(data):
            writer.write_table(block)
    return file.getvalue()


def _schema(data: Dataset) -> Any:
    features = [(name, pa.float32()) for name in feature_names(data)]
    return pa.schema([("id", pa.int64()), ("part", pa.string()), ("label", pa.int64()), *features])


def _blocks(data: Dataset) -> Iterator[Any]:
    ids = np.concatenate([data.taught_ids, data.test_ids])
    in_training = np.arange(len(ids)) < len(data.taught_ids)
    order = np.argsort(ids, kind="stable")
    for start in range(0, len(ids), BLOCK):
        block = order[start : start + BLOCK]
        part = np.where(in_training[block], "train", "test")
        label = pa.array(data.labels[ids[block]], mask=~in_training[block])
        columns = np.ascontiguousarray(data.seen(ids[block]).T)
        yield pa.table([ids[block], part, label, *columns], schema=_schema(data))
