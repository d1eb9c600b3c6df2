"""`python -m kd_core run [QUERY] [--json]`: the same run as in the browser, without one.

`python -m kd_core sweep [QUERY] --over NAME=VALUES [--over NAME=VALUES] [--folds K] [--json]`: the same sweep; with
`--folds`, the choice that cross-validation makes on the training set. `KD_SCHEDULER` trains it on a Dask cluster.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from kd_core.experiment import Experiment, ExperimentError
from kd_core.metrics import interval, paired_difference
from kd_core.snapshot import DivergenceError, Snapshot
from kd_core.sweeps.grid import AXES, Cell, Fold, Progress, Sweep, choose


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, 1 where training diverged, 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog="python -m kd_core", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run", help="train a teacher, a student alone and a distilled student")
    command.add_argument("query", nargs="?", default="", help="an experiment, such as 'labels=100&temperature=8'")
    command.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    command.set_defaults(work=lambda options: run_command(Experiment.from_query(options.query), as_json=options.json))
    command = commands.add_parser("sweep", help="train a grid over one or two settings")
    command.add_argument("query", nargs="?", default="", help="the experiment that the cells share")
    command.add_argument(
        "--over",
        action="append",
        required=True,
        metavar="NAME=VALUES",
        help=f"an axis, such as temperature=1,2,4 or alpha=0..1..0.25; names: {', '.join(AXES)}",
    )
    command.add_argument("--folds", type=int, choices=range(2, 11), help="choose a cell by cross-validation instead")
    command.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    command.set_defaults(
        work=lambda options: sweep_command(
            Sweep.parse(Experiment.from_query(options.query), options.over), options.folds or 0, as_json=options.json
        )
    )
    options = parser.parse_args(arguments)
    try:
        return int(options.work(options))
    except ExperimentError as problem:
        print(f"kd_core: {problem}", file=sys.stderr)
        return 2


def run_command(experiment: Experiment, *, as_json: bool) -> int:
    """Run one experiment, with a progress bar on a terminal, and print its result."""
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
    print(json.dumps(result) if as_json else sentence(result))
    return 0


def sweep_command(sweep: Sweep, folds: int, *, as_json: bool) -> int:
    """Run a sweep, here or on the cluster that `KD_SCHEDULER` names, and print every cell, or the choice of one."""
    start = perf_counter()
    parts = list(sweep_here(sweep, folds) if "KD_SCHEDULER" not in os.environ else sweep_on_cluster(sweep, folds))
    result: dict[str, Any] = {"sweep": sweep.to_query(), "students": sweep.students * len(parts)}
    if folds:
        choice = choose(sweep, np.array([part.scores().mean(axis=1) for part in parts]))
        for name, cell in (("best", choice.best), ("simplest", choice.simplest)):
            result[name] = {
                "experiment": sweep.cells[cell].to_query(),
                "score": round(float(choice.mean[cell]), 6),
                "standard_error": round(float(choice.standard_error[cell]), 6),
            }
    else:
        result["cells"] = [cell_summary(cell) for cell in parts[0].table() if cell]
    result["seconds"] = round(perf_counter() - start, 3)
    lines = [f"{name}: {result[name]}" for name in ("best", "simplest")] if folds else map(str, result["cells"])
    print(json.dumps(result) if as_json else "\n".join(lines))
    return 0


def sweep_here(sweep: Sweep, folds: int) -> Iterator[Progress]:
    """Train in this process, with a progress bar on a terminal."""
    import torch
    from tqdm import tqdm

    from kd_core.sweeps.pieces import run_sweep

    torch.set_num_threads(1)  # as the app's workers do
    for number in range(folds or 1):
        with tqdm(total=100, unit="%", leave=False, disable=not sys.stderr.isatty()) as bar:
            for progress in run_sweep(sweep, Fold(number, folds) if folds else None):
                bar.update(int(100 * progress.done) - bar.n)
        yield progress


def sweep_on_cluster(sweep: Sweep, folds: int) -> list[Progress]:
    """Train on the workers of a Dask cluster; a worker that is lost is replaced by the others."""
    from kd_core.jobs import serve_in_thread

    with serve_in_thread() as jobs:
        run = jobs.call(jobs.open_sweep(sweep, folds))
        jobs.call(jobs.ended(run), timeout=None)
    if run.status != "done":
        raise SystemExit(f"kd_core: the sweep {run.status}. {run.message}")
    return run.progress


def cell_summary(cell: Cell) -> dict[str, Any]:
    """One cell, as `--json` prints it; accuracies and gains are shares, means over seeds."""
    return {
        "experiment": cell.experiment.to_query(),
        "distilled": round(cell.distilled, 6),
        "alone": round(cell.alone, 6),
        "gain": round(cell.gain.mean, 6),
        "standard_error": None if cell.gain.n < 2 else round(cell.standard_error, 6),
        "n": cell.gain.n,
        "clear": cell.gain.is_clear,
        "not_told_from_best": cell.is_best,
    }


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


if __name__ == "__main__":
    sys.exit(main())
