"""A visitor without a browser: what Streamlit's front end and the live view send and hear, at a hundredth of the cost.

Two sockets, as in a browser. Streamlit's carries protobuf: a `BackMsg` asks for a run of the script and says what all
widgets hold, `ForwardMsg`s draw the page; the data of a component is JSON in one of them. The app's own carries the
run that the live view shows. Files (scripts, styles, plotly.js) are not fetched.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from time import perf_counter
from typing import Any, Self
from urllib.parse import urlsplit

import orjson
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

PATIENCE = 30.0  # seconds until a click that has no answer counts as lost
LIVE = ("waiting", "running")


class Visitor:
    """One visitor of the playground, who comes from `address`; times are those of `perf_counter`.

    Attributes:
        query: what the address bar holds.
        link: the link of the run on screen, as the button that copies it has it.
        runs: ids of all runs that were on screen, the newest last.
        opened, first_frame, ended: when the visit began, the first frame came, the run was told to have ended.
        gaps: seconds between updates of the live view, an update being a message with frames; pauses are left out.
        last: the newest frame of each phase.
        answers: seconds from each click to its answer: a run of the script that began after the click has finished, or
            the live view was told that the run holds or goes on, whichever came first. None if neither came.
    """

    def __init__(self, url: str, query: str = "", address: str = "127.0.0.1") -> None:
        self.address = address
        self.url, self.host, self.query = url, urlsplit(url).netloc, query
        self.link, self.script = "", ""
        self.opened = self.first_frame = self.ended = 0.0
        self.status, self.paused = "", False
        self.data: dict[str, Any] = {}  # of the live view
        self.runs: list[str] = []
        self.gaps: list[float] = []
        self.last: dict[str, dict[str, Any]] = {}
        self.answers: list[float | None] = []
        self._begun = self._finished = 0  # runs of the script
        self._ids: dict[str, str] = {}  # of widgets, by key
        self._held: dict[str, WidgetState] = {}  # what they hold, by id
        self._folded: set[tuple[int, ...]] = set()  # popovers: what is in one that is shut is not reported
        self._updated: float | None = None
        self._told, self._reporting = "", None
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._following: asyncio.Task[None] | None = None
        self._page: ClientConnection
        self._hearing: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self.opened = perf_counter()
        self._page = await self._connect("_stcore/stream", [Subprotocol("streamlit")])
        self._hearing = self._spawn(self._hear())
        self._hearing.add_done_callback(lambda _: self._tell())
        await self._rerun()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reporting:
            self._reporting.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._page.close()

    # Look

    @property
    def state(self) -> str:
        """The status, or "paused"."""
        return "paused" if self.paused else self.status

    @property
    def first_point(self) -> float:
        """Seconds from opening the page to the first frame; NaN if none came."""
        return self.first_frame - self.opened if self.first_frame else float("nan")

    async def until(self, true: Callable[[], bool], timeout: float) -> bool:
        """Wait until it is true; returns whether it became so within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not true():
                    if self._hearing.done():
                        self._hearing.result()  # raises what has gone wrong there
                        return False
                    await self._news.wait()
        return true()

    async def until_end(self, timeout: float) -> bool:
        """Wait until the run has ended, and the page is drawn as it is then."""
        return await self.until(lambda: bool(self.ended) and self.data.get("state") == self.status, timeout)

    # Click

    async def press(self, key: str) -> None:
        """Press a button, once the page has it; if it does not get it, that is a click without an answer."""
        if await self.until(lambda: key in self._ids, PATIENCE):
            await self._click(WidgetState(id=self._ids[key], trigger_value=True))
        else:
            self.answers.append(None)

    async def slide(self, key: str, value: float) -> None:
        """Move a slider."""
        self._held[self._ids[key]].double_array_value.data[:] = [value]
        await self._click()

    async def look(self, measure: str) -> None:
        """Choose what the live view's chart shows: the page keeps it in its link."""
        await self._click(self._of_live("view", {"measure": measure}))

    async def _click(self, *triggers: WidgetState) -> None:
        begun, paused, start = self._begun, self.paused, perf_counter()
        await self._rerun(*triggers)
        answered = await self.until(lambda: self._finished > begun or self.paused != paused, PATIENCE)
        self.answers.append(perf_counter() - start if answered else None)

    async def _rerun(self, *triggers: WidgetState) -> None:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string = self.query
        asked.widget_states.widgets.extend([*self._held.values(), *triggers])
        asked.widget_states.SetInParent()
        if self.script:
            asked.page_script_hash = self.script
        else:
            asked.page_name = "playground"
        asked.context_info.url = f"{self.url}/playground"
        asked.context_info.timezone, asked.context_info.locale = "UTC", "en-US"
        await self._page.send(message.SerializeToString())

    def _of_live(self, event: str, value: Any) -> WidgetState:
        return WidgetState(
            id=f"$$STREAMLIT_INTERNAL_KEY_{self._ids['live']}__events",
            json_trigger_value=json.dumps([{"event": event, "value": value}]),
        )

    # Hear

    async def _hear(self) -> None:
        async for payload in self._page:
            message = ForwardMsg.FromString(payload)
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._draw(message)
            elif kind == "new_session":
                self._begun += 1
            elif kind == "navigation":
                self.script = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self._finished = self._begun
            self._tell()

    def _draw(self, message: ForwardMsg) -> None:
        path, delta = tuple(message.metadata.delta_path), message.delta
        if delta.WhichOneof("type") == "add_block" and delta.add_block.HasField("popover"):
            self._folded.add(path)
        if delta.WhichOneof("type") != "new_element":
            return
        kind = delta.new_element.WhichOneof("type")
        element = getattr(delta.new_element, kind)
        if not getattr(element, "id", "") or any(path[: len(folded)] == folded for folded in self._folded):
            return
        self._ids[element.id.split("-", 2)[2]] = element.id
        if kind == "bidi_component":
            self._draw_component(element)
        elif element.id not in self._held or getattr(element, "set_value", False):
            self._hold(kind, element)

    def _draw_component(self, component: Any) -> None:
        if component.component_name == "kd_share":
            self.link = json.loads(component.json)["query"]
        if component.component_name == "kd_live":
            self.data, self._told = json.loads(component.json), ""
            if not self.runs or self.runs[-1] != self.data["run"]:
                self.runs.append(self.data["run"])
                self._updated, self.ended = None, 0.0
                if self._following:
                    self._following.cancel()
                self._following = self._spawn(self._follow(self.data["run"]))
            else:
                self._report()

    def _hold(self, kind: str, element: Any) -> None:
        """What the front end reports of a widget: what it was told to show, at first its default."""
        state, is_set = WidgetState(id=element.id), getattr(element, "set_value", False)
        if kind == "slider":
            state.double_array_value.data[:] = element.value if is_set else element.default
        elif kind == "selectbox":
            state.string_value = element.raw_value if is_set else element.options[element.default]
        elif kind == "number_input":
            state.double_value = element.value if is_set else element.default
        elif kind == "checkbox":
            state.bool_value = element.value if is_set else element.default
        else:
            return
        self._held[element.id] = state

    async def _follow(self, run: str) -> None:
        while True:
            with suppress(OSError, WebSocketException):
                socket = await self._connect(f"live/{run}?viewer={self.data['viewer']}")
                try:
                    async for text in socket:
                        self._receive(orjson.loads(text), perf_counter())
                finally:
                    await socket.close()
            if self.status == "gone":
                return
            await asyncio.sleep(1)  # then the live view comes again

    def _receive(self, news: dict[str, Any], now: float) -> None:
        was_paused = self.paused
        self.status, self.paused = news["status"], news.get("paused", False)
        frames = news.get("frames", ())
        for frame in frames:
            self.last[frame["phase"]] = frame
        if frames:
            self.first_frame = self.first_frame or now
            if self._updated is not None:
                self.gaps.append(now - self._updated)
        if self.paused:
            self._updated = None
        elif frames or was_paused:
            self._updated = now
        if self.status not in (*LIVE, "gone") and not self.ended:
            self.ended = now
        self._report()
        self._tell()

    def _report(self) -> None:
        """The buttons are drawn by the server: if the run is no longer as they say, one rerun (`report` in live.js)."""
        if self._reporting:
            self._reporting.cancel()
        state, drawn, told = self.state, self.data["state"], f"{self.runs[-1]} {self.state}"
        if not state or state == drawn or (state in LIVE and drawn in LIVE) or told == self._told:
            return

        def report() -> None:
            self._told = told
            self._spawn(self._rerun(self._of_live("state", told)))

        self._reporting = asyncio.get_running_loop().call_later(0.3 if state in LIVE else 0, report)

    async def _connect(self, path: str, subprotocols: list[Subprotocol] | None = None) -> ClientConnection:
        # Streamlit's server compresses nothing, and big messages are what it is asked for.
        return await connect(
            f"ws://{self.host}/{path}",
            origin=Origin(self.url),
            subprotocols=subprotocols,
            compression=None,
            max_size=None,
            open_timeout=PATIENCE,
            local_addr=(self.address, 0),
        )

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
