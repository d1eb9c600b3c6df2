"""The command line: `run` trains one experiment, `sweep` a grid; `data` and `answers` keep what one brings for both."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from kd_core.command import answers, data, run, sweep
from kd_core.data import DataError
from kd_core.experiment import ExperimentError
from kd_core.snapshot import DivergenceError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, 1 where training diverged or data is not to be had, 2 for a
    wrong call. What went wrong is one sentence on standard error.
    """
    parser = argparse.ArgumentParser(prog="python -m kd_core", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for command in (run, sweep, data, answers):
        name = command.__name__.rpartition(".")[2]
        options = commands.add_parser(name, description=command.__doc__, help=command.HELP)
        command.add_options(options)
        options.set_defaults(work=command.work)
    called = parser.parse_args(arguments)
    try:
        return int(called.work(called))
    except (ExperimentError, DataError, DivergenceError) as problem:
        print(f"kd_core: {problem}", file=sys.stderr)
        return 2 if isinstance(problem, ExperimentError) else 1
