"""Exported scripts, run as a visitor would, and held against the engine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kd_core import Experiment, run
from kd_core.command.run import summary
from kd_core.export.script import script

RUNNER = """
import contextlib, io, json, runpy, sys
from importlib.util import find_spec

assert find_spec("kd_core") is None, "the scripts have to do without kd_core"
for path in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as end:
            print(f"stopped: {end.code}")
    print(json.dumps(out.getvalue().splitlines()))
"""


def printed_by(experiments: Sequence[Experiment], folder: Path) -> list[list[str]]:
    """What each script prints, line by line; all run in one interpreter, with -I: without PYTHONPATH and our folder."""
    paths = [folder / f"{number}.py" for number in range(len(experiments))]
    for path, experiment in zip(paths, experiments, strict=True):
        path.write_text(script(experiment), encoding="utf-8")
    command = [sys.executable, "-I", "-W", "error", "-c", RUNNER, *map(str, paths)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def found_by_engine(experiment: Experiment) -> dict[str, Any]:
    """What the command line prints of this experiment, without its seconds."""
    last = {snapshot.phase: snapshot for snapshot in run(experiment)}
    found = summary(experiment, last["teacher"], last["students"])
    del found["seconds"]
    return found


def assert_same(line: str, expected: dict[str, Any], experiment: Experiment) -> None:
    """The last line that a script prints says what the engine has found; rounding may tip an answer."""
    found, one_example = json.loads(line), 1 / experiment.source.test_size + 1e-6
    assert found.pop("seconds") > 0
    assert found.keys() == expected.keys()
    for part in ("experiment", "splits"):
        assert found.pop(part, None) == expected.get(part)
    for actor, measures in found.items():
        assert measures.keys() == expected[actor].keys()
        for measure, values in measures.items():
            np.testing.assert_allclose(values, expected[actor][measure], rtol=0, atol=one_example)


def assert_clean(texts: Sequence[str], folder: Path) -> None:
    """Ruff finds nothing in these scripts, and would write them as they are."""
    for number, text in enumerate(texts):
        (folder / f"{number}.py").write_text(text, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--isolated"], ["check", "--isolated", "--select=E,W,F,I,UP,B"], ["format", "--check"]):
        line_length = ["--line-length", "120"] if command != ["check", "--isolated"] else []
        done = subprocess.run([*ruff, *command, "--no-cache", *line_length, "."], cwd=folder, capture_output=True)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
