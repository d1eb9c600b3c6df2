"""`python -m kd_core sweep [QUERY] --over NAME=VALUES [--over NAME=VALUES] [--folds K] [--json]`.

The same sweep as in the browser; with `--folds`, the choice that cross-validation makes on the training set.
`KD_SCHEDULER` trains it on a Dask cluster.
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

from kd_core.command.run import fetch
from kd_core.experiment import Experiment
from kd_core.sweeps.grid import AXES, Cell, Fold, Progress, Sweep, choose

HELP = "train a grid over one or two settings"


def add_options(command: argparse.ArgumentParser) -> None:
    """What `sweep` is called with."""
    command.add_argument("query", nargs="?", default="", help="the experiment that the cells share")
    axes = f"an axis, such as temperature=1,2,4 or alpha=0..1..0.25; names: {', '.join(AXES)}"
    command.add_argument("--over", action="append", required=True, metavar="NAME=VALUES", help=axes)
    command.add_argument("--folds", type=int, choices=range(2, 11), help="choose a cell by cross-validation instead")
    command.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def work(options: argparse.Namespace) -> int:
    """Run a sweep, here or on the cluster that `KD_SCHEDULER` names, and print every cell, or the choice of one."""
    start = perf_counter()
    sweep, folds = Sweep.parse(Experiment.from_query(options.query), options.over), options.folds or 0
    parts = (
        list(sweep_here(sweep, folds))
        if not os.environ.get("KD_SCHEDULER", "").strip()
        else sweep_on_cluster(sweep, folds)
    )
    result: dict[str, Any] = {"sweep": sweep.to_query(), "students": sweep.students * len(parts)}
    if folds:
        choice = choose(sweep, np.array([part.cell_scores() for part in parts]))
        for name, cell in (("best", choice.best), ("simplest", choice.simplest)):
            result[name] = {
                "experiment": sweep.cells[cell].to_query(),
                "score": _rounded(choice.mean[cell]),
                "standard_error": _rounded(choice.standard_error[cell]),
            }
    else:
        result["cells"] = [cell_summary(cell) for cell in parts[0].table() if cell]
    result["seconds"] = round(perf_counter() - start, 3)
    lines = [f"{name}: {result[name]}" for name in ("best", "simplest")] if folds else map(str, result["cells"])
    print(json.dumps(result) if options.json else "\n".join(lines))
    return 0


def sweep_here(sweep: Sweep, folds: int) -> Iterator[Progress]:
    """Train in this process, with a progress bar on a terminal."""
    import torch
    from tqdm import tqdm

    from kd_core.sweeps.pieces import run_sweep

    torch.set_num_threads(1)  # as the app's workers do
    fetch(sweep.base)
    for number in range(folds or 1):
        with tqdm(total=100, unit="%", leave=False, disable=not sys.stderr.isatty()) as bar:
            for progress in run_sweep(sweep, Fold(number, folds) if folds else None):
                bar.update(int(100 * progress.done) - bar.n)
        yield progress


def sweep_on_cluster(sweep: Sweep, folds: int) -> Sequence[Progress]:
    """Train on the workers of a Dask cluster; a worker that is lost is replaced by the others."""
    from kd_core.jobs import UNBOUNDED, serve_in_thread

    with serve_in_thread(limits=UNBOUNDED) as jobs:
        job = jobs.call(jobs.open_sweep(sweep, folds))
        jobs.call(jobs.ended(job), timeout=None)
    if job.status != "done":
        raise SystemExit(f"kd_core: the sweep {job.status}. {job.message}")
    return job.progress


def cell_summary(cell: Cell) -> dict[str, Any]:
    """One cell, as `--json` prints it; accuracies and gains are shares, means over seeds (of splits' means on several).

    A cell with collapsed students is neither clear nor the best, and holds nothing.
    """
    return {
        "experiment": cell.experiment.to_query(),
        "distilled": _rounded(cell.distilled),
        "alone": _rounded(cell.alone),
        "gain": _rounded(cell.gain.mean),
        "standard_error": _rounded(cell.standard_error),
        "n": cell.gain.n,
        "splits": cell.experiment.splits,
        "clear": cell.is_clear,
        "holds": cell.holds,
        "not_told_from_best": cell.is_best,
        "collapsed": cell.collapsed,
    }


def _rounded(value: float) -> float | None:
    """What is not known is none: JSON has no NaN."""
    return None if np.isnan(value) else round(float(value), 6)
