"""`python -m kd_core run [QUERY] [--json]`: train a teacher and pairs of students, and print how they did."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from kd_core.experiment import Experiment
from kd_core.snapshot import DivergenceError, Snapshot
from kd_core.sweeps.intervals import interval, paired_difference

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
    total = experiment.teacher_epochs + experiment.epochs + 2
    last: dict[str, Snapshot] = {}
    try:
        for snapshot in tqdm(run(experiment), total=total, unit="epoch", leave=False, disable=not sys.stderr.isatty()):
            last[snapshot.phase] = snapshot
    except DivergenceError as problem:
        print(f"kd_core: {problem}", file=sys.stderr)
        return 1
    result = summary(experiment, last["teacher"], last["students"])
    print(json.dumps(result) if options.json else sentence(result))
    return 0


def summary(experiment: Experiment, teacher: Snapshot, students: Snapshot) -> dict[str, Any]:
    """The result of a finished run, as `--json` prints it; accuracies are shares, one per seed."""
    alone, distilled = students.actors["alone"], students.actors["distilled"]
    return {
        "experiment": experiment.to_query(),
        "teacher": {"test_accuracy": _rounded(teacher.actors["teacher"].test_accuracy)[0]},
        "alone": {"test_accuracy": _rounded(alone.test_accuracy)},
        "distilled": {
            "test_accuracy": _rounded(distilled.test_accuracy),
            "agreement": _rounded(distilled.agreement),
        },
        "seconds": round(students.seconds, 3),
    }


def sentence(result: dict[str, Any]) -> str:
    """The same result in words."""
    alone, distilled = result["alone"]["test_accuracy"], result["distilled"]["test_accuracy"]
    gain = paired_difference(distilled, alone)
    if gain.n == 1:
        spread = "one seed: no evidence"
    else:
        verdict = "clear" if gain.is_clear else "no clear difference"
        spread = f"95 % interval {100 * gain.low:+.2f} to {100 * gain.high:+.2f}: {verdict}"
    return (
        f"teacher {result['teacher']['test_accuracy']:.1%}, alone {interval(alone).mean:.1%}, "
        f"distilled {interval(distilled).mean:.1%} (n = {gain.n}; distilled - alone {100 * gain.mean:+.2f} points, "
        f"{spread}), {result['seconds']:.1f} s"
    )


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 6) for value in values]
