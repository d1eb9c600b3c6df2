"""The routes beside Streamlit's own: a WebSocket that sends a run as it trains, and plotly.js from the wheel."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import orjson
import plotly
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from kd_core import jobs
from kd_core.jobs import Run
from pages.run.frames import encoded, frame, scene
from pages.ui.messages import say_in_all

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

_frames: WeakKeyDictionary[Run, tuple[int, list[str]]] = WeakKeyDictionary()


def frames_of(run: Run, start: int) -> list[str]:
    """Encoded frames from `start` on: each is made once, however many watch."""
    revision, frames = _frames.get(run, (-1, []))
    if revision != run.revision:
        _frames[run] = (run.revision, frames := [])
    while len(frames) < len(run.snapshots):
        frames.append(encoded(frame(run, len(frames))))
    return frames[start:]


async def follow(socket: WebSocket) -> None:
    """Send the run `run_id` to one page: what has happened, then everything new, until the page leaves."""
    origin = urlsplit(socket.headers.get("origin", "")).netloc
    run = jobs.current().find(socket.path_params["run_id"])
    if origin != socket.headers.get("host"):  # routes of our own are outside Streamlit's check of origins
        await socket.close(code=4403)
        return
    await socket.accept()
    if not isinstance(run, Run):
        await socket.send_text(encoded({"status": "gone"}))
        await socket.close()
        return
    viewer = socket.query_params.get("viewer", "")
    jobs.current().add_viewer(run, viewer)
    sender = asyncio.create_task(_send(socket, run))
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        sender.cancel()
        jobs.current().forget_viewer(run, viewer)


async def _send(socket: WebSocket, run: Run) -> None:
    sent, revision = 0, -1
    while True:
        news = run.news
        head: dict[str, Any] = {
            "status": run.status,
            "paused": run.is_paused,
            "message": say_in_all(run.message),
            "failure": say_in_all(jobs.current().failure),
        }
        if revision != run.revision or (sent == 0 and run.held_out is not None):
            revision, sent = run.revision, 0
            head["revision"] = revision
        if run.held_out is not None and sent == 0:
            head["scene"] = scene(run)
        frames = frames_of(run, sent)
        await socket.send_text(encoded({**head, "from": sent, "frames": [orjson.Fragment(one) for one in frames]}))
        sent += len(frames)
        await news.wait()


async def plotly_js(request: Request) -> FileResponse:
    return FileResponse(PLOTLY, media_type="text/javascript", headers={"Cache-Control": "public, max-age=31536000"})


routes = [WebSocketRoute("/live/{run_id}", follow), Route(f"/assets/plotly-{plotly.__version__}.js", plotly_js)]
