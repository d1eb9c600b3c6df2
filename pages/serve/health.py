"""For those who look after the server: whether it can train, and its numbers. Neither tells of any visitor."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

import psutil  # type: ignore[import-untyped]
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kd_core import jobs
from kd_core.jobs import Job, Jobs, Run, Study, SweepRun
from pages.serve.guard import sockets

KINDS: dict[str, type[Job]] = {"run": Run, "sweep": SweepRun, "study": Study}
STATES = ("waiting", "running", "done", "stopped", "failed")
PATIENCE = 2.0  # seconds, after which a scheduler counts as gone


async def workers(service: Jobs) -> dict[str, int]:
    """Bytes of memory of every worker that the scheduler holds for alive, by address; empty if it does not answer."""
    try:
        async with asyncio.timeout(PATIENCE):
            there = await service.ask_for_workers()
    except OSError:
        return {}
    return {address: int(worker["metrics"].get("memory", 0)) for address, worker in there.items()}


async def health(request: Request) -> Response:
    """200 if somebody can train, 503 if not."""
    service = jobs.current()
    count = len(await workers(service))
    if count:
        return PlainTextResponse(f"ok, {count} worker{'' if count == 1 else 's'}\n")
    why = "No training worker answers." if service.ready.is_set() else "The training workers are starting."
    return PlainTextResponse(f"{service.failure or why}\n", 503)


async def metrics(request: Request) -> Response:
    """The numbers, as Prometheus reads them."""
    service = jobs.current()
    text = exposition(numbers(service, await workers(service)))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def numbers(service: Jobs, memory: Mapping[str, int]) -> dict[str, tuple[str, dict[str, int]]]:
    """What each metric means, and its values by labels."""
    everything = {kind: service.all(record) for kind, record in KINDS.items()}
    known = Counter((kind, job.status) for kind, them in everything.items() for job in them)
    every = [job for them in everything.values() for job in them]
    counted = {f'{{kind="{kind}",status="{state}"}}': known[kind, state] for kind in KINDS for state in STATES}
    watching = sum(sum(job.viewers.values()) for job in every)
    waiting = sum(job.status == "waiting" for job in every)
    return {
        "kd_jobs": ("Jobs that the server remembers.", counted),
        "kd_queue": ("Jobs that wait for a worker.", {"": waiting}),
        "kd_workers": ("Training workers.", {"": len(memory)}),
        "kd_viewers": ("Pages that watch a job.", {"": watching}),
        "kd_sockets": ("Open WebSockets.", {"": sockets.total()}),
        "kd_web_memory_bytes": ("Memory of the web process.", {"": psutil.Process().memory_info().rss}),
        "kd_worker_memory_bytes": ("Memory of all training workers.", {"": sum(memory.values())}),
    }


def exposition(metrics: Mapping[str, tuple[str, Mapping[str, int]]]) -> str:
    """Prometheus' text format 0.0.4; all are gauges."""
    lines = []
    for name, (meaning, values) in metrics.items():
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
        lines += [f"{name}{labels} {value}" for labels, value in values.items()]
    return "\n".join(lines) + "\n"


routes = [Route("/health", health), Route("/metrics", metrics)]
