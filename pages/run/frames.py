"""Frames: what the browser is sent of a run, as JSON. Drawing happens there, arithmetic here and in `kd_core`."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from kd_core.data import DATASETS, GRID_EDGE, GRID_SIDE, Floats, HeldOut
from kd_core.jobs import Run
from kd_core.snapshot import Measures
from kd_core.sources import Source
from kd_core.sweeps.intervals import interval
from pages.run.outcome import compare, mean_of
from pages.run.reading import reading
from pages.run.teachers import unit_of
from pages.ui.words import LANGUAGES, Words

STRONGEST, DRAWN = 5, 64  # features of a row of a table that are named, and that are drawn


def scene(run: Run) -> dict[str, Any]:
    """What stays the same during a run: the held-out examples, the classes, the lengths of both phases.

    The teacher is seen `taught` times, and its `epochs` are counted in `unit`: trees, for instance.

    `ink` says whether a pixel of 1 is ink on paper, as of digits; else it is light. Of channels, an input has one after
    another. Of a row of a table, `input` holds the first features, and `strongest` those furthest from the mean.
    """
    shown, experiment = run.held_out, run.experiment
    assert shown is not None
    source = shown.source
    return {
        "classes": list(source.class_names),
        "image": source.image,
        "ink": source.image is not None and len(source.image) == 2 and experiment.dataset in DATASETS,
        "plane": {"edge": GRID_EDGE, "side": GRID_SIDE, **_points(shown)} if source.is_plane else None,
        "examples": [
            {"label": int(label), **_example(features, source)}
            for features, label in zip(shown.inputs, shown.labels, strict=True)
        ],
        "test_size": source.test_size,
        "epochs": {"teacher": experiment.teacher_curve[-1], "students": experiment.epochs},
        "taught": len(experiment.teacher_curve),
        "unit": unit_of(experiment),
        "seeds": experiment.seeds,
        "splits": experiment.splits,
    }


def _example(features: Floats, source: Source) -> dict[str, Any]:
    if source.image or source.is_plane:
        return {"input": np.round(features.astype(float), 3).tolist()}
    strongest = np.argsort(-abs(features), kind="stable")[:STRONGEST]
    return {
        "input": np.round(features[:DRAWN].astype(float), 2).tolist(),
        "strongest": [{"feature": int(at) + 1, "value": round(float(features[at]), 2)} for at in strongest],
    }


def frame(run: Run, position: int) -> dict[str, Any]:
    """One snapshot: means and standard deviations over seeds, the first pair's pictures, the reading by language.

    The gain is that of the headline: none where a network has collapsed.
    """
    snapshot = run.snapshots[position]
    last_of_teacher = min(position, len(run.experiment.teacher_curve) - 1)
    students = snapshot if snapshot.phase == "students" else None
    found = compare(run.snapshots[last_of_teacher], students) if students else None
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
        "tested": max(measures.tested for measures in snapshot.actors.values()),
        "actors": {name: _actor(measures, run.experiment.splits) for name, measures in snapshot.actors.items()},
        "reading": {
            name: reading(run.snapshots[last_of_teacher], students, Words("reading", name), found)._asdict()
            for name in LANGUAGES
        },
        "gain": None if found is None or found.leader == "collapsed" else round(found.gain.mean, 5),
    }


def encoded(value: Any) -> str:
    """JSON as browsers read it: numbers that are not finite become null; arrays and tuples are lists."""
    return orjson.dumps(value, default=list, option=orjson.OPT_SERIALIZE_NUMPY).decode()


def _actor(measures: Measures, splits: int) -> dict[str, Any]:
    test, train = measures.test_loss._asdict(), measures.train_loss._asdict()
    numbers = [measures.test_accuracy, measures.train_accuracy, measures.agreement, measures.calibration]
    # All at once: one by one they would be most of what a frame costs.
    accuracy, trained, agreement, calibration, *terms = _bands(
        np.stack([*numbers, *test.values(), *train.values()]), splits
    )
    return {
        "accuracy": {"test": accuracy, "train": trained},
        "loss": {
            "test": dict(zip(test, terms[: len(test)], strict=True)),
            "train": dict(zip(train, terms[len(test) :], strict=True)),
        },
        "agreement": agreement,
        "calibration": calibration,
        "logits": np.round(measures.example_logits.astype(float), 2),
        "confusion": measures.confusion,
        "map": None if measures.grid is None else _map(measures.grid),
    }


def _bands(rows: NDArray[Any], splits: int) -> list[list[float]]:
    """[mean, standard deviation] of each row: over seeds, or over the splits of teachers; the mean is the splits'."""
    data = rows.astype(np.float64)
    means = np.mean([data[:, split::splits].mean(axis=1) for split in range(splits)], axis=0)
    deviations = data.std(axis=1, ddof=1) if data.shape[1] > 1 else np.full(len(data), np.nan)
    bands: list[list[float]] = np.round(np.stack([means, deviations], axis=1), 5).tolist()
    missing = np.isnan(data)
    for row in np.flatnonzero(missing.any(axis=1) & ~missing.all(axis=1)):  # where some networks have diverged
        bands[row] = [round(mean_of(data[row], splits), 5), round(interval(data[row]).std, 5)]
    return bands


def _map(grid: NDArray[np.float32]) -> dict[str, str]:
    """The answer and its probability at each point of the grid, a byte each."""
    answer = grid.argmax(axis=1).astype(np.uint8)
    confidence = np.round(255 * grid.max(axis=1)).astype(np.uint8)
    return {
        "answer": base64.b64encode(answer.tobytes()).decode(),
        "confidence": base64.b64encode(confidence.tobytes()).decode(),
    }


def _points(shown: HeldOut) -> dict[str, Any]:
    return {"points": np.round(shown.points.astype(float), 3).tolist(), "labels": shown.point_labels.tolist()}
