"""A run's history: what the downloads hold."""

from __future__ import annotations

from collections.abc import Sequence

from kd_core.snapshot import Snapshot
from pages.run.teachers import unit_of


def history(snapshots: Sequence[Snapshot]) -> list[dict[str, float | str | None]]:
    """One flat row per snapshot, actor and pair of students; of the teacher, one per split.

    `epoch` is what it is `counted_in`: of a forest as a teacher, its trees. `kept_epoch` is the epoch whose weights a
    student ended with that was stopped early.
    `tested` is how many test examples the measures are of: while networks train, a part of a large set.
    `collapsed` is judged after the last epoch: before that it is None.
    """
    return [
        {
            "phase": snapshot.phase,
            "epoch": snapshot.epoch,
            "counted_in": unit_of(snapshot.experiment) if snapshot.phase == "teacher" else "epochs",
            "step": snapshot.step,
            "temperature": snapshot.temperature,
            "alpha": snapshot.alpha,
            "actor": name,
            "pair": pair,
            "split": snapshot.experiment.split_of(pair),
            "tested": measures.tested,
            "test_accuracy": float(measures.test_accuracy[pair]),
            "train_accuracy": float(measures.train_accuracy[pair]),
            **{f"test_loss_{term}": float(values[pair]) for term, values in measures.test_loss._asdict().items()},
            **{f"train_loss_{term}": float(values[pair]) for term, values in measures.train_loss._asdict().items()},
            "agreement": float(measures.agreement[pair]),
            "calibration_error": float(measures.calibration[pair]),
            "collapsed": bool(measures.collapsed[pair]) if snapshot.epoch == snapshot.epochs else None,
            "kept_epoch": None if measures.kept_epoch is None else int(measures.kept_epoch[pair]),
        }
        for snapshot in snapshots
        for name, measures in snapshot.actors.items()
        for pair in range(len(measures.test_accuracy))
    ]
