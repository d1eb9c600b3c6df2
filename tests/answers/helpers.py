"""Answers as somebody may have them: those of a model that is mostly right, for any data."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd

from kd_core.answers.upload import Checked, read
from kd_core.experiment import Experiment

IRIS = Experiment(dataset="iris", labels=20)


def logits_for(experiment: Experiment = IRIS, *, seed: int = 0, lift: float = 6.0) -> pd.DataFrame:
    """Logits (float32) of a model that lifts the label's: columns id, logit_0, ..."""
    data = experiment.load_data()
    ids = np.sort(np.concatenate([data.taught_ids, data.test_ids]))
    logits = np.random.default_rng(seed).normal(0, 2, (len(ids), data.classes)).astype(np.float32)
    logits[np.arange(len(ids)), data.labels[ids]] += np.float32(lift)
    frame = pd.DataFrame(logits, columns=[f"logit_{place}" for place in range(data.classes)])
    frame.insert(0, "id", ids)
    return frame


def probabilities_for(experiment: Experiment = IRIS, **options: Any) -> pd.DataFrame:
    """The same as probabilities, in columns by the classes' names."""
    frame = logits_for(experiment, **options)
    powers = np.exp(frame.iloc[:, 1:].to_numpy(np.float64))
    shares = pd.DataFrame(powers / powers.sum(axis=1, keepdims=True), columns=experiment.source.class_names)
    shares.insert(0, "id", frame["id"])
    return shares


def as_csv(frame: pd.DataFrame, **options: Any) -> bytes:
    return str(frame.to_csv(index=False, **options)).encode()


def as_parquet(frame: pd.DataFrame, **options: Any) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, **options)
    return file.getvalue()


def checked(frame: pd.DataFrame, experiment: Experiment = IRIS) -> Checked:
    return read(as_csv(frame), "model.csv", experiment)


def kinds(found: Checked) -> list[str]:
    return [warning.kind for warning in found.warnings]
