"""The routes beside Streamlit's own: a WebSocket that sends a run as it trains, and plotly.js from the wheel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import plotly
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from kd_core import jobs
from kd_core.jobs import Run
from pages.run.costs import queue
from pages.run.frames import encoded, frame, scene
from pages.ui.messages import say_in_all
from pages.ui.words import LANGUAGES, Words

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

CHUNK = 256 * 1024  # bytes of one message
GAP = 0.03  # seconds between two messages to one page: what comes faster is sent together
PATIENCE = 30.0  # seconds until a page that does not read is let go
LONGEST_NAME = 64  # characters of a viewer's name

_frames: WeakKeyDictionary[Run, tuple[int, list[bytes]]] = WeakKeyDictionary()


def frames_of(run: Run) -> Sequence[bytes]:
    """Encoded frames of all that has happened: each is made once, and kept once, however many watch."""
    revision, frames = _frames.get(run, (-1, []))
    if revision != run.revision:
        _frames[run] = (run.revision, frames := [])
    while len(frames) < len(run.snapshots):
        frames.append(encoded(frame(run, len(frames))).encode())
    return frames


async def follow(socket: WebSocket) -> None:
    """Send the run `run_id` to one page: what has happened, then everything new, until the page leaves.

    A page that does not read is sent no more than a chunk, and let go after a while: what one socket can hold is
    bounded, whatever the run has to say.
    """
    run = jobs.current().find(socket.path_params["run_id"])
    await socket.accept()
    if not isinstance(run, Run):
        await socket.send_text(encoded({"status": "gone"}))
        await socket.close()
        return
    viewer = socket.query_params.get("viewer", "")[:LONGEST_NAME]
    jobs.current().add_viewer(run, viewer)
    sending = asyncio.ensure_future(_send(socket, run))
    listening = asyncio.ensure_future(_listen(socket))
    try:
        await asyncio.wait([sending, listening], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, listening):
            task.cancel()
        jobs.current().forget_viewer(run, viewer)


async def _listen(socket: WebSocket) -> None:
    """Return when the page has left; it has nothing to say here."""
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()


async def _send(socket: WebSocket, run: Run) -> None:
    """Return when the page has not read for so long that it is let go."""
    sent, revision = 0, -1
    with suppress(WebSocketDisconnect, TimeoutError):
        while True:
            news = run.news
            begins = revision != run.revision or (sent == 0 and run.held_out is not None)
            if begins:
                revision, sent = run.revision, 0
            frames, is_all = chunk(frames_of(run), sent)
            head: dict[str, Any] = {
                "status": run.status if is_all else "running",  # a run is over for a page that has all of it
                "paused": run.is_paused and is_all,
                "message": say_in_all(run.message),
                "failure": say_in_all(jobs.current().failure),
                "queue": {name: queue(run, Words("cost", name)) for name in LANGUAGES} if run.place else None,
            }
            if begins:
                head["revision"] = revision
            if run.held_out is not None and sent == 0:
                head["scene"] = scene(run)
            # uvicorn sends nothing while what it sent before has not left this machine: a page that doesn't read
            # holds up its own sender, and nobody else's.
            async with asyncio.timeout(PATIENCE):
                await socket.send_text(
                    encoded({**head, "from": sent, "frames": [orjson.Fragment(one) for one in frames]})
                )
            sent += len(frames)
            await asyncio.sleep(GAP)
            if is_all:
                await news.wait()


def chunk(frames: Sequence[bytes], start: int) -> tuple[Sequence[bytes], bool]:
    """The frames from `start` on, at most `CHUNK` bytes of them, and whether these are all."""
    end, size = start, 0
    while end < len(frames) and (end == start or size + len(frames[end]) <= CHUNK):
        size += len(frames[end])
        end += 1
    return frames[start:end], end == len(frames)


async def plotly_js(request: Request) -> FileResponse:
    return FileResponse(PLOTLY, media_type="text/javascript", headers={"Cache-Control": "public, max-age=31536000"})


routes = [WebSocketRoute("/live/{run_id}", follow), Route(f"/assets/plotly-{plotly.__version__}.js", plotly_js)]
