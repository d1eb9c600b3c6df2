"""Many short runs on one server, one after another: what it has grown by, every so many.

Each is the smallest run there is, with a seed of its own, opened by a visitor without a browser who sees it to its end
and leaves; several at once. Looked at from outside: resident memory, threads and open files of the web process and of
its workers together.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any

import psutil

from tests.bench.klass import settle
from tests.bench.protocol import Visitor
from tests.e2e.server import Server, serving

LINK = "dataset=blobs&labels=12&teacher=2&student=2&teacher_epochs=1&epochs=1&seeds=1&seed={}"
EVERY = 200  # runs
AT_ONCE = 6
PATIENCE = 60.0  # seconds until a run that has not ended counts as lost
REST = 130.0  # seconds: Streamlit keeps the session of a browser that is gone for two minutes


def sizes(server: Server) -> dict[str, float]:
    """Memory in MiB, threads and open files of the web process, and the same of all workers."""
    found = {}
    for name, processes in (("web", [server.process]), ("workers", server.workers())):
        memory = threads = files = 0
        for process in processes:
            with suppress(psutil.Error), process.oneshot():
                memory += process.memory_info().rss
                threads += process.num_threads()
                files += process.num_fds()
        found |= {f"{name} MiB": memory / 2**20, f"{name} threads": threads, f"{name} files": files}
    return found


async def visit(url: str, seed: int) -> bool:
    """Open a run of one's own, see it to its end, leave; returns whether it came to one."""
    async with Visitor(url, LINK.format(seed)) as visitor:
        return await visitor.until_end(PATIENCE) and visitor.status == "done"


async def soak(server: Server, runs: int, rest: float) -> list[dict[str, float]]:
    """A row before, one after every `EVERY` runs, and one after a rest."""
    await settle(server)
    seeds, done = iter(range(1, runs + 1)), []

    async def keep_coming(until: int) -> None:
        while len(done) < until and (seed := next(seeds, None)) is not None:
            done.append(await visit(server.url, seed))

    rows: list[dict[str, float]] = []

    def note(seconds: float) -> None:
        rows.append({"runs": len(done), "lost": done.count(False), "seconds": seconds, **sizes(server)})
        print("".join(f"{value:>16.0f}" for value in rows[-1].values()), flush=True)

    print("".join(f"{name:>16}" for name in ("runs", "lost", "seconds", *sizes(server))))
    note(0)
    for end in range(EVERY, runs + EVERY, EVERY):
        start = perf_counter()
        await asyncio.gather(*(keep_coming(min(end, runs) - AT_ONCE + 1) for _ in range(AT_ONCE)))
        note(perf_counter() - start)
    if rest:
        await asyncio.sleep(rest)
        await visit(server.url, 0)  # whoever comes next makes Streamlit forget
        note(rest)
    return rows


def run(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """`soak [--runs 2000] [--rest 130]`: the table, a row for every 200 runs, `seconds` being what these took."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench soak", description=run.__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--rest", type=float, default=REST, help="seconds without anybody, before the last row")
    options = parser.parse_args(arguments)
    with serving() as server:
        return {"rows": asyncio.run(soak(server, options.runs, options.rest))}
