"""The `Jobs` of this process: begun with the app, or in a thread of its own for a process without an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from kd_core.jobs.service import BOUNDED, Jobs, Limits

_current: Jobs | None = None


def current() -> Jobs:
    """The `Jobs` of this process, begun by `serve` or `serve_in_thread`."""
    if _current is None:
        raise RuntimeError("The training workers are not running: start the app with `streamlit run app.py`.")
    return _current


@asynccontextmanager
async def serve(workers: int = 2, limits: Limits = BOUNDED) -> AsyncIterator[Jobs]:
    """Begin this process's `Jobs` in the running event loop. Workers start in the background: the app need not wait."""
    global _current
    _current = jobs = Jobs(limits)
    starting = asyncio.create_task(jobs.connect(workers))
    starting.add_done_callback(lambda task: task.cancelled() or task.exception())
    try:
        yield jobs
    finally:
        _current = None
        with suppress(Exception):
            await starting
        await jobs.close()


@contextmanager
def serve_in_thread(workers: int = 2, limits: Limits = BOUNDED) -> Iterator[Jobs]:
    """As `serve`, for a process without an event loop of its own, such as a test: the loop gets a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    service = serve(workers, limits)
    try:
        jobs = asyncio.run_coroutine_threadsafe(service.__aenter__(), loop).result()
        jobs.call(jobs.ready.wait(), timeout=60)
        yield jobs
    finally:
        asyncio.run_coroutine_threadsafe(service.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
