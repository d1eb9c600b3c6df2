"""Answers as a teacher: its logits on the training and the test set. The engine asks here for kind `file`."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.csv

from kd_core.answers import store
from kd_core.answers.columns import some
from kd_core.answers.table import data_of
from kd_core.data import DataError, Dataset, Floats, Labels
from kd_core.experiment import Experiment
from kd_core.messages import Message


def misfit(experiment: Experiment) -> Message | None:
    """Why the experiment's `teacher_file` can't be its teacher: it answers for the rows of other data. None if it can.

    Raises `DataError` if this machine does not hold it.
    """
    store.require(experiment.teacher_file)
    if experiment.splits > 1:
        return Message("answers_one_split", splits=experiment.splits)
    known, wanted = store.about(experiment.teacher_file), data_of(experiment)
    return None if known.data == wanted else Message("answers_other_data", data=known.data, wanted=wanted)


def logits_of(name: str, data: Dataset, clip: float) -> tuple[Floats, Floats]:
    """Logits (n, C) and (m, C) of the training and the test set, in the order of their ids.

    Logits are to the bit what the file holds; of probabilities see `Answers.logits`. Raises `DataError` if there is no
    file of that name here, or it has no answers for these rows.
    """
    answers = store.read(name)
    if answers.about.dataset != data.name or answers.values.shape[1] != data.classes:
        raise DataError(Message("answers_other_data", data=answers.about.data, wanted=data.name))
    logits = answers.logits(clip)
    train, test = (_places(answers.ids, ids) for ids in (data.taught_ids, data.test_ids))
    return logits[train], logits[test]


def _places(known: Labels, ids: Labels) -> Labels:
    """Where these ids stand among the known ones, which rise."""
    places = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    if len(absent := ids[known[places] != ids]):
        raise DataError(Message("answers_absent", count=len(absent), rows=len(ids), ids=some(absent)))
    return places


def file_of(data: Dataset, train_logits: Floats, test_logits: Floats) -> bytes:
    """Logits (n, C) and (m, C) of a teacher as a CSV file of answers, from which they come back to the bit."""
    ids = np.concatenate([data.taught_ids, data.test_ids])
    order = np.argsort(ids, kind="stable")
    part = np.where(order < len(data.taught_ids), "train", "test")
    # As float64, which holds every float32: the shortest text of that leads back to it.
    logits = np.concatenate([train_logits, test_logits])[order].astype(np.float64)
    columns = {f"logit_{place}": logits[:, place] for place in range(logits.shape[1])}
    file = io.BytesIO()
    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    pyarrow.csv.write_csv(pa.table({"id": ids[order], "part": part, **columns}), file, options)
    return file.getvalue()
