"""What one page's socket is sent, and how much it can hold."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from kd_core import Experiment
from kd_core.jobs import Run
from kd_core.training import run as train
from pages.run import stream
from pages.run.stream import CHUNK, chunk, frames_of

TINY = Experiment(dataset="blobs", labels=12, teacher="2", student="2", teacher_epochs=2, epochs=3, seeds=2)


class Page:
    """A page's socket, that reads only if it is told to."""

    def __init__(self, *, reads: bool) -> None:
        self.sent: list[dict[str, Any]] = []
        self._may = asyncio.Event()
        if reads:
            self._may.set()

    async def send_text(self, text: str) -> None:
        self.sent.append(json.loads(text))
        await self._may.wait()  # as uvicorn does while what it has sent has not left


@pytest.fixture
def run() -> Run:
    return Run(experiment=TINY, held_out=TINY.load_data().shown, snapshots=list(train(TINY)), status="done")


@pytest.fixture(autouse=True)
def nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Jobs:
        failure = ""

    monkeypatch.setattr(stream.jobs, "current", Jobs)


def test_frames_are_made_once_and_kept_once_for_all_who_watch(run: Run) -> None:
    assert frames_of(run) is frames_of(run)
    assert len(frames_of(run)) == len(run.snapshots)


def test_a_run_that_begins_again_has_new_frames(run: Run) -> None:
    before = frames_of(run)
    run.revision, run.snapshots = 1, run.snapshots[:2]
    assert len(frames_of(run)) == 2
    assert frames_of(run) is not before


def test_a_message_holds_a_chunk_and_every_frame_is_in_one() -> None:
    frames, start, sizes = [b"x" * (CHUNK // 3)] * 10, 0, []
    while start < len(frames):
        part, is_all = chunk(frames, start)
        sizes.append(sum(map(len, part)))
        start += len(part)
    assert is_all
    assert start == 10
    assert max(sizes) <= CHUNK


def test_a_frame_larger_than_a_chunk_is_sent_alone() -> None:
    assert chunk([b"x" * 2 * CHUNK, b"y"], 0) == ([b"x" * 2 * CHUNK], False)


def test_nothing_new_is_nothing_to_send() -> None:
    assert chunk([b"x"], 1) == ([], True)


def test_who_reads_gets_every_frame_in_pieces(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CHUNK", 2 * len(frames_of(run)[0]))

    async def follow() -> list[dict[str, Any]]:
        page = Page(reads=True)
        sending = asyncio.ensure_future(stream._send(page, run))  # type: ignore[arg-type]
        while sum(len(message["frames"]) for message in page.sent) < len(run.snapshots):
            await asyncio.sleep(0.01)
        sending.cancel()
        return page.sent

    sent = asyncio.run(asyncio.wait_for(follow(), 60))
    assert len(sent) > 1
    assert [message["from"] for message in sent] == [
        sum(len(earlier["frames"]) for earlier in sent[:number]) for number in range(len(sent))
    ]
    assert ["scene" in message for message in sent] == [True] + [False] * (len(sent) - 1)
    assert [message["status"] for message in sent] == ["running"] * (len(sent) - 1) + ["done"]
    frames = [frame for message in sent for frame in message["frames"]]
    assert frames == [json.loads(frame) for frame in frames_of(run)]


def test_who_does_not_read_holds_one_message_and_is_let_go(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CHUNK", 1)
    monkeypatch.setattr(stream, "PATIENCE", 0.01)

    async def follow() -> list[dict[str, Any]]:
        page = Page(reads=False)
        await stream._send(page, run)  # type: ignore[arg-type]
        return page.sent

    assert len(asyncio.run(asyncio.wait_for(follow(), 60))) == 1


def test_who_waits_is_told_its_place_in_every_language(run: Run) -> None:
    run.status, run.snapshots, run.place = "waiting", [], (2, 40.0)

    async def follow() -> dict[str, Any]:
        page = Page(reads=False)
        sending = asyncio.ensure_future(stream._send(page, run))  # type: ignore[arg-type]
        while not page.sent:
            await asyncio.sleep(0.01)
        sending.cancel()
        return page.sent[0]

    assert asyncio.run(asyncio.wait_for(follow(), 60))["queue"] == {
        "en": "Waiting for its turn: 2 before it, about 40 s.",
        "de": "Wartet, bis es an der Reihe ist: 2 davor, etwa 40 s.",
    }
