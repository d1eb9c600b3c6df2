"""Frames: what the browser is sent of a run, as JSON. Drawing happens there, arithmetic here and in `kd_core`."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kd_core.data import DATASETS, GRID_EDGE, GRID_SIDE, Dataset, choose_examples
from kd_core.jobs import Run
from kd_core.metrics import interval
from kd_core.snapshot import LossTerms, Measures, Snapshot
from pages.run.reading import reading
from pages.ui.words import LANGUAGES, Words

POINTS_SHOWN = 250


def scene(run: Run) -> dict[str, Any]:
    """What stays the same during a run: the held-out examples, the classes, the lengths of both phases."""
    data, experiment = run.data, run.experiment
    assert data is not None
    source, examples = DATASETS[data.name], choose_examples(data.test_labels, data.classes)
    return {
        "classes": [str(label) for label in range(source.classes)],
        "image": source.image,
        "plane": {"edge": GRID_EDGE, "side": GRID_SIDE, **_points(data)} if source.is_plane else None,
        "examples": [
            {"label": int(data.test_labels[i]), "input": np.round(data.test_inputs[i].astype(float), 3).tolist()}
            for i in examples
        ],
        "epochs": {"teacher": experiment.teacher_epochs, "students": experiment.epochs},
        "seeds": experiment.seeds,
    }


def frame(run: Run, position: int) -> dict[str, Any]:
    """One snapshot: means and standard deviations over seeds, the first pair's pictures, the reading by language."""
    snapshot = run.snapshots[position]
    last_of_teacher = min(position, run.experiment.teacher_epochs)
    students = snapshot if snapshot.phase == "students" else None
    return {
        "phase": snapshot.phase,
        "epoch": snapshot.epoch,
        "epochs": snapshot.epochs,
        "step": snapshot.step,
        "temperature": snapshot.temperature,
        "alpha": snapshot.alpha,
        "changes": [change for change in snapshot.experiment.changes if change.epoch <= snapshot.epoch]
        if students
        else [],
        "seconds": round(snapshot.seconds, 2),
        "actors": {name: _actor(measures) for name, measures in snapshot.actors.items()},
        "reading": {
            name: reading(run.snapshots[last_of_teacher], students, Words("reading", name)) for name in LANGUAGES
        },
    }


def encoded(value: Any) -> str:
    """JSON as browsers read it: numbers that are not finite become null."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _actor(measures: Measures) -> dict[str, Any]:
    return {
        "accuracy": {"test": _band(measures.test_accuracy), "train": _band(measures.train_accuracy)},
        "loss": {"test": _terms(measures.test_loss), "train": _terms(measures.train_loss)},
        "agreement": _band(measures.agreement),
        "calibration": _band(measures.calibration),
        "logits": np.round(measures.example_logits.astype(float), 2).tolist(),
        "confusion": measures.confusion.tolist(),
        "map": None if measures.grid is None else _map(measures.grid),
    }


def _band(values: ArrayLike) -> list[float | None]:
    """[mean, standard deviation] over seeds."""
    band = interval(values)
    return [_finite(band.mean), _finite(band.std)]


def _terms(terms: LossTerms[Any]) -> dict[str, list[float | None]]:
    return {name: _band(values) for name, values in terms._asdict().items()}


def _finite(number: float) -> float | None:
    return round(number, 5) if math.isfinite(number) else None


def _map(grid: NDArray[np.float32]) -> dict[str, str]:
    """The answer and its probability at each point of the grid, a byte each."""
    answer = grid.argmax(axis=1).astype(np.uint8)
    confidence = np.round(255 * grid.max(axis=1)).astype(np.uint8)
    return {
        "answer": base64.b64encode(answer.tobytes()).decode(),
        "confidence": base64.b64encode(confidence.tobytes()).decode(),
    }


def _points(data: Dataset) -> dict[str, Any]:
    shown = slice(0, POINTS_SHOWN)
    return {
        "points": np.round(data.test_inputs[shown].astype(float), 3).tolist(),
        "labels": data.test_labels[shown].tolist(),
    }


def history(snapshots: list[Snapshot]) -> list[dict[str, float | str]]:
    """One flat row per snapshot, actor and pair of students: what the downloads hold."""
    return [
        {
            "phase": snapshot.phase,
            "epoch": snapshot.epoch,
            "step": snapshot.step,
            "temperature": snapshot.temperature,
            "alpha": snapshot.alpha,
            "actor": name,
            "pair": pair,
            "test_accuracy": float(measures.test_accuracy[pair]),
            "train_accuracy": float(measures.train_accuracy[pair]),
            **{f"test_loss_{term}": float(values[pair]) for term, values in measures.test_loss._asdict().items()},
            **{f"train_loss_{term}": float(values[pair]) for term, values in measures.train_loss._asdict().items()},
            "agreement": float(measures.agreement[pair]),
            "calibration_error": float(measures.calibration[pair]),
        }
        for snapshot in snapshots
        for name, measures in snapshot.actors.items()
        for pair in range(len(measures.test_accuracy))
    ]
