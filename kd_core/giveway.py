"""Between the steps of training: a place where others can have their turn, or end what nobody wants any more.

Whoever trains calls `give_way` before every step. In a notebook that does nothing; a worker that trains for many
asks each of its threads to wait there, or raises.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter


class _OfThread(threading.local):
    hook: Callable[[], None] | None = None
    waited = 0.0


_of_thread = _OfThread()


def give_way() -> None:
    """To be called before every step; what the thread's hook raises ends the training in the middle of an epoch."""
    if _of_thread.hook:
        start = perf_counter()
        try:
            _of_thread.hook()
        finally:
            _of_thread.waited += perf_counter() - start


@contextmanager
def before_steps(hook: Callable[[], None]) -> Iterator[None]:
    """Have `give_way` call this in this thread, in place of what it called before."""
    before, _of_thread.hook = _of_thread.hook, hook
    try:
        yield
    finally:
        _of_thread.hook = before


def own_time() -> float:
    """Seconds, of which only differences mean something: a clock that stands while this thread gives way."""
    return perf_counter() - _of_thread.waited
