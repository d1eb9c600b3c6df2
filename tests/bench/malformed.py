"""`python -m tests.bench malformed`: what every file of `tests/own/malformed.py` costs, each in a process of its own.

So does every file of answers of `tests/answers/malformed.py`; those that were meant as data are sent there once more.

The processor's time, and how much more memory the process holds at its highest than before it looks at the file; no
process may take more than `MEMORY` more. Parquet is read in that process, not in another within it, if it does not end
it. What is said of each file is a test: test_malformed.py beside it. Linux only.
"""

from __future__ import annotations

import multiprocessing
import re
import resource
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time
from typing import Any

from kd_core.answers import upload
from kd_core.data import DataError
from kd_core.own import table
from kd_core.own.parquet_file import read_here
from kd_core.own.upload import prepare, preview
from tests.answers import malformed as answers
from tests.answers.helpers import IRIS
from tests.own.malformed import FILES

ALL = {
    **FILES,
    **{f"answers: {name}": file for name, file in {**answers.FILES, **answers.ALIEN}.items()},
}
MEMORY = 2**30
SHOWN = 5


def run() -> dict[str, Any]:
    """Measure them all, and print the worst."""
    # Children begin with everything imported, and with nothing in memory that another one left.
    context = multiprocessing.get_context("forkserver")
    others = ["sklearn.datasets", "sklearn.preprocessing", "scipy.optimize"]  # of what answers are held against
    context.set_forkserver_preload(["tests.bench.malformed", "pandas", "PIL.WebPImagePlugin", *others])
    found = []
    for name in ALL:
        here, there = context.Pipe()
        process = context.Process(target=_measure, args=(name, there))
        process.start()
        there.close()
        try:
            seconds, megabytes, said = here.recv()
        except EOFError:
            seconds, megabytes, said = float("inf"), float("inf"), "died"
        process.join()
        found.append((name, seconds, megabytes, said))
    for what, place, unit in (("time", 1, "s"), ("memory", 2, "MB")):
        print(f"most {what}:")
        for one in sorted(found, key=lambda one: -one[place])[:SHOWN]:
            print(f"    {one[place]:.2f} {unit}  {one[0]}: {one[3] or 'fine'}")
    result = {
        "files": len(found),
        "fine": sum(not said for *_, said in found),
        "slowest_s": round(max(seconds for _, seconds, _, _ in found), 2),
        "largest_mb": round(max(megabytes for _, _, megabytes, _ in found)),
        "over_1_s": [name for name, seconds, _, _ in found if seconds > 1],
        "over_200_mb": [name for name, _, megabytes, _ in found if megabytes > 200],
    }
    print("\n".join(f"{name}: {value}" for name, value in result.items()))
    return result


def _measure(name: str, out: Connection) -> None:
    """Seconds, megabytes and what is said of a file, in a process that is there for it alone."""
    file = ALL[name]
    content, said = file.make(), ""
    _forget_peak()
    before = _kilobytes("VmRSS")
    limit = 1024 * _kilobytes("VmSize") + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if not file.kills:
        table.read_parquet = upload.read_parquet = read_here
    IRIS.load_data()
    start = process_time()
    try:
        if isinstance(file, answers.File):
            upload.read(content, "model.csv", IRIS)
        else:
            preview(prepare(content, file.name, label=file.label))
    except DataError as problem:
        said = str(problem)
    seconds = process_time() - start
    out.send((seconds, (_kilobytes("VmHWM") - before) / 1024, said))


def _forget_peak() -> None:
    """The highest memory of this process begins anew: see proc(5), clear_refs."""
    Path("/proc/self/clear_refs").write_text("5")


def _kilobytes(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(re.findall(rf"{name}:\s+(\d+) kB", status)[0])
