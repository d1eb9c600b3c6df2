"""`python -m tests.bench fuzz`: twenty thousand hostile queries, each read as an experiment and as a sweep.

How long the slowest takes, how long the longest sentence is, and how many of them are valid. That each gives one or the
other is a test: tests/core/test_fuzz.py.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from kd_core.experiment import Experiment, ExperimentError
from kd_core.sweeps.grid import Sweep
from tests.core.strategies import hostile_queries

QUERIES = 20_000
LOOKED_AT, KEPT = 3, 100  # of the slowest, and characters of each


def run() -> dict[str, Any]:
    """Read them all, and print what was found."""
    found: list[tuple[float, str, str, str]] = []  # seconds, what it was read as, the sentence or "", the query

    @settings(
        max_examples=QUERIES,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(hostile_queries())
    def read(query: str) -> None:
        for kind in (Experiment, Sweep):
            said = _sentence(kind, query)
            found.append((_seconds(kind, query), kind.__name__, said, query[:KEPT]))

    read()
    found.sort(reverse=True)
    times = [1000 * seconds for seconds, *_ in found]
    result: dict[str, Any] = {
        "read": len(found),
        "valid": {
            kind.__name__: sum(of == kind.__name__ and not said for _, of, said, _ in found)
            for kind in (Experiment, Sweep)
        },
        "longest_sentence": max(len(said) for *_, said, _ in found),
        "slowest_ms": round(times[0], 2),
        "median_ms": round(times[len(times) // 2], 3),
    }
    print("\n".join(f"{name}: {value}" for name, value in result.items()))
    for seconds, of, said, query in found[:LOOKED_AT]:
        print(f"{1000 * seconds:.1f} ms, {of}: {said or 'valid'}\n    {query!r}")
    return result


def _sentence(kind: type[Experiment] | type[Sweep], query: str) -> str:
    """What is wrong with the query; "" if nothing is."""
    try:
        kind.from_query(query)
    except ExperimentError as problem:
        return str(problem)
    return ""


def _seconds(kind: type[Experiment] | type[Sweep], query: str) -> float:
    """The least of three: whatever else the machine does takes its time only once."""
    times = []
    for _ in range(3):
        start = perf_counter()
        _sentence(kind, query)
        times.append(perf_counter() - start)
    return min(times)
