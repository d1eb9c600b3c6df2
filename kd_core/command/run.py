"""`python -m kd_core run [QUERY] [--json]`: train a teacher and pairs of students, and print how they did."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from kd_core.experiment import Experiment
from kd_core.snapshot import Snapshot
from kd_core.sweeps.intervals import Interval, interval, paired_difference

HELP = "train a teacher, a student alone and a distilled student"


def add_options(command: argparse.ArgumentParser) -> None:
    """What `run` is called with."""
    command.add_argument("query", nargs="?", default="", help="an experiment, such as 'labels=100&temperature=8'")
    command.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def work(options: argparse.Namespace) -> int:
    """Run one experiment, with a progress bar on a terminal, and print its result."""
    experiment = Experiment.from_query(options.query)
    import torch
    from tqdm import tqdm

    from kd_core.training import run

    torch.set_num_threads(1)  # as the app's workers do, so that both print the same numbers
    fetch(experiment)
    total = len(experiment.teacher_curve) + experiment.epochs + 1
    last: dict[str, Snapshot] = {}
    for snapshot in tqdm(run(experiment), total=total, unit="epoch", leave=False, disable=not sys.stderr.isatty()):
        last[snapshot.phase] = snapshot
    result = summary(experiment, last["teacher"], last["students"])
    print(json.dumps(result) if options.json else sentence(result))
    return 0


def fetch(experiment: Experiment) -> None:
    """Load what is there once in a process, before training has a progress bar: a download has one of its own."""
    if experiment.source.load is not None or experiment.target:
        experiment.load_data()


def summary(experiment: Experiment, teacher: Snapshot, students: Snapshot) -> dict[str, Any]:
    """The result of a finished run, as `--json` prints it; accuracies are shares, one per seed.

    Of several splits, `splits` says in which each pair sits, and the teacher's accuracy is the mean of theirs.
    """
    taught, alone, distilled = teacher.actors["teacher"], students.actors["alone"], students.actors["distilled"]
    right = _rounded(taught.test_accuracy)
    several = experiment.splits > 1
    return {
        "experiment": experiment.to_query(),
        **({"splits": [experiment.split_of(pair) for pair in range(experiment.seeds)]} if several else {}),
        "teacher": {
            "test_accuracy": round(sum(right) / len(right), 6),
            **({"by_split": right} if several else {}),
            "collapsed": taught.collapsed.tolist(),
        },
        "alone": {"test_accuracy": _rounded(alone.test_accuracy), "collapsed": alone.collapsed.tolist()},
        "distilled": {
            "test_accuracy": _rounded(distilled.test_accuracy),
            "agreement": _rounded(distilled.agreement),
            "collapsed": distilled.collapsed.tolist(),
        },
        "seconds": round(students.seconds, 3),
    }


def sentence(result: dict[str, Any]) -> str:
    """The same result in words; no verdict where a network has collapsed, and that of one split is of this split."""
    alone, distilled = result["alone"]["test_accuracy"], result["distilled"]["test_accuracy"]
    splits = len(result["teacher"]["collapsed"])
    gain = paired_difference(distilled, alone, splits=splits)
    dead = {name: result[name]["collapsed"] for name in ("teacher", "alone", "distilled")}
    if any(map(any, dead.values())):
        counts = ", ".join(f"{sum(them)} of {len(them)} {name}" for name, them in dead.items() if any(them))
        advice = ", try a smaller learning rate" if any(dead["alone"] + dead["distilled"]) else ""
        spread = f"collapsed: {counts}: nothing follows about distillation{advice}"
    elif gain.n == 1:
        spread = "one seed: no evidence"
    else:
        spread = f"95 % interval {100 * gain.low:+.2f} to {100 * gain.high:+.2f}: {_verdict(gain)}"
    over = "" if splits == 1 else f" on {splits} splits"
    return (
        f"teacher {result['teacher']['test_accuracy']:.1%}, alone {interval(alone, splits=splits).mean:.1%}, "
        f"distilled {interval(distilled, splits=splits).mean:.1%} (n = {gain.n}{over}; "
        f"distilled - alone {100 * gain.mean:+.2f} points, {spread}), {result['seconds']:.1f} s"
    )


def _verdict(gain: Interval) -> str:
    if gain.splits == 1:
        return "clear on this split" if gain.is_clear else "no clear difference on this split"
    if gain.holds:
        return "holds: the next split is expected to say the same"
    return "clear on average, but the next split may say otherwise" if gain.is_clear else "no clear difference"


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 6) for value in values]
