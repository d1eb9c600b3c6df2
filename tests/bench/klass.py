"""A class on one server: so many people at once, most of them without a browser (`protocol`), some in Chromium.

A third of them opens one link, everybody else a link of their own (another seed), all within seconds. All are default
runs at full speed. While their run is under way they click every three to five seconds:

- who shares a link chooses another measure, which the page keeps in its link; anything that takes the run in hand would
  give them a copy of their own;
- of the others, every second *watches*, which is to do the same, and every second *steers*: moves T, or holds the run
  and goes on (at the page's pace then, ten epochs a second). In Chromium they hold and go on only.

Measured is what each of them sees. The first point: from opening Streamlit's socket to the first frame on the live
socket; in Chromium from asking for the page to the first picture. An update: a message with frames, in Chromium a
picture; pauses don't count. The answer to a click: until a run of the script that began after it has finished, or until
the live socket says that the run holds or goes on, whichever comes first; in Chromium until the live view shows that.
Fairness: the slowest by the fastest of the equal runs, those of the watchers, each from opening the page to its end.
Every run is then trained once more, alone and without an app, from the link that the page gives for it: teacher and
students must come to the same numbers. Memory before is that of a server that has shown one run to one visitor.

All of it runs on this machine, the people too; what they take is a row of the table.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import socket
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context
from statistics import median
from time import perf_counter
from typing import Any

import orjson
import psutil
from playwright.sync_api import Error
from websockets.exceptions import WebSocketException

from tests.bench.protocol import Visitor
from tests.e2e.playground import Playground
from tests.e2e.server import Server, serving
from tests.e2e.visitor import chromium

ARRIVAL = 3.0  # seconds within which everybody comes
CLICK_EVERY = (3.0, 5.0)  # seconds
MEASURES = ("accuracy.test", "accuracy.train", "agreement", "calibration")
LESSON = 300.0  # seconds after which whoever has not seen the end has not finished
FORGET = 60.0  # seconds for memory to come back once everybody has left
PATIENCE_AT_END = 30.0  # seconds for the page to be drawn as it is once the run is over
SHARED, WATCHES, STEERS = "shares", "watches", "steers"
FIRST_SEED = 100  # no link of the class has been opened before

OUTLIVED = "the server had to be killed, or left workers (0 or 1)"

AT_MOST = {
    "runs failed or stopped": 0,
    "workers lost": 0,
    "results that differ from the run alone": 0,
    "clicks without an answer": 0,
    "trainings of the shared link": 1,
    "first point, p95 (s)": 3,
    "first picture in Chromium, slowest (s)": 3,
    "answer to a click, p95 (s)": 0.3,
    "fairness: slowest by fastest watcher": 1.5,
    "memory of the web process, after : before": 1.1,
    "memory of the workers, after : before": 1.1,
    OUTLIVED: 0,
}
AT_LEAST = {"runs finished, share": 1, "updates a second, min": 2, "updates a second, median": 2}

Rows = dict[str, float]


@dataclass
class Seat:
    """What one person has seen."""

    link: str
    hand: str
    in_browser: bool = False
    first_point: float = math.nan
    gaps: list[float] = field(default_factory=list)
    answers: list[float | None] = field(default_factory=list)
    seconds: float = math.nan  # to the end of the run
    run: str = ""
    status: str = "never begun"
    trained: str = ""  # the link of what was trained in the end
    actors: dict[str, Any] = field(default_factory=dict)


class Watch:
    """What the server's processes take, whenever somebody calls `look`; workers may die, and others come."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.workers: dict[int, float] = {}  # every worker seen so far: seconds of a core that it had taken then
        self.peak = (0.0, 0.0)
        self.look()

    def look(self) -> tuple[float, float]:
        """Resident memory in MiB of the web process, and of all workers together."""
        workers = self.server.workers()
        self.workers |= {worker.pid: _busy(worker) for worker in workers}
        web, training = _resident(self.server.process), sum(map(_resident, workers))
        self.peak = (max(self.peak[0], web), max(self.peak[1], training))
        return web, training

    def taken(self) -> list[float]:
        """Seconds of a core that web process, workers, this process and everything on the machine have taken so far."""
        self.look()
        busy = psutil.cpu_times()
        everything = sum(busy) - busy.idle - busy.iowait - busy.guest - busy.guest_nice
        return [_busy(self.server.process), sum(self.workers.values()), _busy(psutil.Process()), everything]

    async def go_on(self) -> None:
        while True:
            with suppress(psutil.Error):  # a worker that ends while it is looked at
                self.look()
            await asyncio.sleep(0.5)


def _resident(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        return float(process.memory_info().rss) / 2**20
    return 0.0


def _busy(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


# The people


async def attend(seat: Seat, url: str, rng: random.Random) -> Visitor:
    """Come, click now and then, see the run to its end; the page stays open."""
    await asyncio.sleep(rng.uniform(0, ARRIVAL))
    visitor = await Visitor(url, seat.link).__aenter__()
    clicking = asyncio.create_task(click(visitor, seat.hand, rng))
    is_done = await visitor.until(lambda: bool(visitor.ended), LESSON)
    await clicking
    if is_done and visitor.status == "done":
        await visitor.until_end(PATIENCE_AT_END)
        seat.seconds, seat.trained = visitor.ended - visitor.opened, visitor.link
        seat.actors = {phase: frame["actors"] for phase, frame in visitor.last.items()}
    seat.first_point, seat.gaps, seat.answers = visitor.first_point, visitor.gaps, visitor.answers
    seat.run, seat.status = visitor.runs[-1] if visitor.runs else "", visitor.status
    return visitor


async def click(visitor: Visitor, hand: str, rng: random.Random) -> None:
    """As long as the run is under way."""
    measures, measure = rng.sample(MEASURES, len(MEASURES)), 0
    begun = perf_counter()
    while perf_counter() < begun + LESSON:
        await asyncio.sleep(rng.uniform(*CLICK_EVERY))
        if visitor.ended:
            return
        if not visitor.first_frame:
            continue
        if hand != STEERS:
            measure = (measure + 1) % len(measures)
            await visitor.look(measures[measure])
        elif visitor.paused:
            await visitor.press("start")
        elif rng.random() < 0.3:
            await visitor.press("pause")
        else:
            await visitor.slide("temperature", rng.choice([2.0, 3.0, 5.0, 6.0, 8.0, 12.0]))


def attend_in_browsers(
    seats: Sequence[Seat], server: Server, doors: threading.Event, ready: Callable[[], None]
) -> None:
    """The same in Chromium, in one thread: one after the other they look and click, so pages wait for no other."""
    with chromium() as browser:
        pages = [Playground(browser.new_context(), server) for _ in seats]
        rng = random.Random(1)
        ready()
        doors.wait()
        for page, seat in zip(pages, seats, strict=True):
            page.page.set_default_timeout(20_000)
            page.page.wait_for_timeout(1000 * rng.uniform(0, ARRIVAL / len(seats)))
            page.page.goto(f"{server.url}/playground?{seat.link}", wait_until="commit")
        begun, due = perf_counter(), {id(page): perf_counter() + rng.uniform(*CLICK_EVERY) for page in pages}
        left = list(zip(pages, seats, strict=True))
        while left and perf_counter() < begun + LESSON:
            for page, seat in list(left):
                if page.page.evaluate(f"(() => {{ const run = window.watch?.runs.at(-1); return {IS_OVER}; }})()"):
                    _note_browser(page, seat)
                    left.remove((page, seat))
                elif perf_counter() > due[id(page)]:
                    with suppress(Error):
                        _click_in_browser(page, seat, rng)
                    due[id(page)] = perf_counter() + rng.uniform(*CLICK_EVERY)
            pages[0].page.wait_for_timeout(200)


IS_OVER = "Boolean(run?.drawn.length) && run.status === 'done' && run.drawn.at(-1)[1] === run.frames.length - 1"
SEEN = """(wanted) => {
    const seen = watch.runs.at(-1).shown.find(([time, status]) => time > watch.clicked && status === wanted);
    return seen ? (seen[0] - watch.clicked) / 1000 : null;
}"""


def _click_in_browser(page: Playground, seat: Seat, rng: random.Random) -> None:
    if not page.page.evaluate("Boolean(window.watch?.runs.at(-1)?.drawn.length)"):
        return
    if seat.hand == SHARED:
        page.page.select_option(".kd-measure", rng.choice(MEASURES))  # drawn at once, without the server
        return
    status, key, wanted = page.status, "pause", "paused"
    if status == "paused":
        key, wanted = "start", "running"
    elif status != "running":
        return
    page.button(key).click(timeout=3000)
    with suppress(Error):
        page.wait_for("argument.includes(root.dataset.status)", [wanted, "done"])
    if (answer := page.page.evaluate(SEEN, wanted)) is not None or page.status != "done":
        seat.answers.append(answer)


def _note_browser(page: Playground, seat: Seat) -> None:
    page.wait_for_script()
    run = page.run
    drawn, pauses = [time for time, _ in run["drawn"]], [time for time, status in run["shown"] if status == "paused"]
    seat.first_point, seat.seconds = drawn[0] / 1000, drawn[-1] / 1000
    seat.gaps = [
        (after - before) / 1000
        for before, after in pairwise(drawn)
        if not any(before < pause <= after for pause in pauses)
    ]
    seat.run, seat.status = run["id"], run["status"]
    seat.actors = {frame["phase"]: frame["actors"] for frame in run["frames"]}
    fields = {name: text for name, text in page.fields.items() if name not in ("measure", "example", "pace")}
    seat.trained = "&".join(f"{name}={text}" for name, text in fields.items())


def seats_of(people: int, browsers: int) -> list[Seat]:
    """Who sits where: the browsers first, one of them on the shared link."""
    shared = round(people / 3)
    in_browser = [SHARED, *[STEERS] * (browsers - 1)][:browsers]
    others = [SHARED] * (shared - min(1, browsers))
    others += [WATCHES if number % 2 else STEERS for number in range(people - browsers - len(others))]
    seats = [Seat("", hand, number < browsers) for number, hand in enumerate([*in_browser, *others])]
    for number, seat in enumerate(seats):
        seat.link = f"seed={FIRST_SEED + (0 if seat.hand == SHARED else 1 + number)}"
    return seats


async def lesson(server: Server, seats: Sequence[Seat]) -> Rows:
    """Everybody comes, works, and leaves; what the machine has taken for it."""
    await settle(server)
    watch = Watch(server)
    web, workers = watch.look()
    doors, loop, ready = threading.Event(), asyncio.get_running_loop(), asyncio.Event()
    inside = [seat for seat in seats if seat.in_browser]
    watching = asyncio.create_task(watch.go_on())
    browsing = asyncio.create_task(asyncio.sleep(0))
    if inside:
        work = asyncio.to_thread(
            attend_in_browsers, inside, server, doors, lambda: loop.call_soon_threadsafe(ready.set)
        )
        browsing = asyncio.create_task(work)  # type: ignore[arg-type]
        await asyncio.wait([browsing, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
    before = watch.taken()
    start = perf_counter()
    doors.set()
    visitors = await asyncio.gather(
        *(attend(seat, server.url, random.Random(number)) for number, seat in enumerate(seats) if not seat.in_browser)
    )
    await browsing
    seconds = perf_counter() - start
    taken = watch.taken()
    watching.cancel()
    peak, still_there = watch.peak, len(server.workers())
    await asyncio.gather(*(visitor.__aexit__() for visitor in visitors))
    left = perf_counter()
    while perf_counter() < left + FORGET and any(
        now > 1.1 * was for now, was in zip(watch.look(), (web, workers), strict=True)
    ):
        await asyncio.sleep(1)
    after = watch.look()
    shares = [(end - begin) / seconds for begin, end in zip(before, taken, strict=True)]
    return {
        "seconds from the first to come to the last at its end": seconds,
        "cores taken by the web process": shares[0],
        "cores taken by the workers": shares[1],
        "cores taken by the people without a browser": shares[2],
        "cores taken by Chromium and all others on this machine": shares[3] - sum(shares[:3]),
        "workers lost": len(watch.workers) - still_there,
        "memory of the web process before (MiB)": web,
        "memory of the web process at its peak (MiB)": peak[0],
        "memory of the web process after (MiB)": after[0],
        "memory of the web process, after : before": after[0] / web,
        "memory of the workers before (MiB)": workers,
        "memory of the workers at its peak (MiB)": peak[1],
        "memory of the workers after (MiB)": after[1],
        "memory of the workers, after : before": after[1] / workers or math.nan,
        "seconds waited after everybody had left": perf_counter() - left,
    }


async def settle(server: Server) -> None:
    """Until a server that has just been started has shown a run to a visitor, who has left."""
    async with Visitor(server.url) as visitor:
        if not await visitor.until_end(120):
            raise RuntimeError(f"The default run does not end.\n{server.printed()}")
    await asyncio.sleep(1)


# What it comes to


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that so large a share of all does not exceed; NaN of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def rows_of(seats: Sequence[Seat]) -> Rows:
    """What everybody has seen."""
    finished = [seat for seat in seats if seat.actors]
    without = [seat for seat in seats if not seat.in_browser]
    within = [seat for seat in seats if seat.in_browser]
    rates = {id(seat): len(seat.gaps) / sum(seat.gaps) for seat in seats if seat.gaps}
    answers = [answer for seat in without for answer in seat.answers]
    heard = [answer for answer in answers if answer is not None]
    shown = [answer for seat in within for answer in seat.answers if answer is not None]
    first = [seat.first_point if seat.first_point > 0 else math.inf for seat in without]
    equal = [seat.seconds for seat in finished if seat.hand == WATCHES]
    rows = {
        "runs started": len(seats),
        "runs finished": len(finished),
        "runs finished, share": len(finished) / len(seats),
        "runs failed or stopped": sum(seat.status in ("failed", "stopped") for seat in seats),
        "results that differ from the run alone": len(differing(finished)),
        "trainings of the shared link": len({seat.run for seat in seats if seat.hand == SHARED}),
        "first point, p50 (s)": percentile(first, 0.5),
        "first point, p95 (s)": percentile(first, 0.95),
        "updates a second, min": min((rates.get(id(seat), 0.0) for seat in without), default=math.nan),
        "updates a second, median": median(rates.get(id(seat), 0.0) for seat in without),
        "longest time between updates (s)": max((max(seat.gaps) for seat in without if seat.gaps), default=math.nan),
        "clicks": len(answers),
        "clicks without an answer": len(answers) - len(heard),
        "answer to a click, p50 (s)": percentile(heard, 0.5),
        "answer to a click, p95 (s)": percentile(heard, 0.95),
        "watchers: fastest run (s)": min(equal, default=math.nan),
        "watchers: slowest run (s)": max(equal, default=math.nan),
        "fairness: slowest by fastest watcher": max(equal) / min(equal) if equal else math.nan,
    }
    if within:
        rows |= {
            "first picture in Chromium, slowest (s)": max(seat.first_point for seat in within),
            "pictures a second in Chromium, min": min(rates.get(id(seat), 0.0) for seat in within),
            "longest time between pictures in Chromium (s)": max(
                (max(seat.gaps) for seat in within if seat.gaps), default=math.nan
            ),
            "answer in Chromium, p50 (s)": percentile(shown, 0.5),
            "answer in Chromium, slowest (s)": max(shown, default=math.nan),
        }
    return rows


def differing(seats: Sequence[Seat]) -> list[str]:
    """Links of those whose run came to other numbers than the same link trained alone."""
    links = sorted({seat.trained for seat in seats})
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        alone = dict(zip(links, pool.map(train_alone, links), strict=True))
    return [seat.trained for seat in seats if seat.actors != alone[seat.trained]]


def train_alone(link: str) -> dict[str, Any]:
    """What the last frame of each phase says of everybody in it, by the engine alone."""
    import torch

    from kd_core import Experiment, run
    from kd_core.jobs import Run
    from pages.run.frames import encoded, frame

    torch.set_num_threads(1)  # as workers do
    experiment = Experiment.from_query(link)
    trained = Run(experiment=experiment, snapshots=list(run(experiment)))
    frames = [frame(trained, position) for position in (experiment.teacher_epochs, trained.position)]
    return {one["phase"]: orjson.loads(encoded(one["actors"])) for one in frames}


# Those who mean ill


EXPENSIVE = (
    "teacher=1024-1024-1024&teacher_epochs=200&student=1024-1024-1024&epochs=500&seeds=20&labels=0&batch_size=8&seed={}"
)
LONG = "epochs=500&teacher_epochs=200&seeds=20&labels=0&seed={}"  # some minutes: what a server may still take on
BIG = "dataset=spirals&labels=0&teacher_epochs=200&epochs=500&seeds=20"  # two decision maps in a frame
WAIT = 30.0  # seconds that the other visitor waits for a first point
CROWD, DEAF = 16, 500
ELSEWHERE = "127.0.0.2"  # loopback too: what a server allows one address shall not be used up by others
SPARE = 6 * 2**30  # bytes of the machine that are left to others


async def newcomer(url: str, seed: int) -> float:
    """Seconds to the first point of somebody who opens a default run now, from elsewhere; infinite if none comes."""
    with suppress(OSError, WebSocketException):  # not let in
        async with Visitor(url, f"seed={seed}", ELSEWHERE) as visitor:
            await visitor.until(lambda: bool(visitor.first_frame), WAIT)
            return visitor.first_point if visitor.first_frame else math.inf
    return math.inf


async def crowd(server: Server) -> Rows:
    """Sixteen visitors each begin the most expensive run there is; what is left for somebody else, then and later."""
    return await _beside(server, EXPENSIVE)


async def long(server: Server) -> Rows:
    """The same with long runs that cost less, which a server that refuses the most expensive may take on."""
    return await _beside(server, LONG)


async def _beside(server: Server, link: str) -> Rows:
    await settle(server)
    watch = Watch(server)
    rows = {"first point with nobody else (s)": await newcomer(server.url, 1)}
    visitors = [Visitor(server.url, link.format(number)) for number in range(CROWD)]
    watching = asyncio.create_task(watch.go_on())
    await asyncio.gather(*(visitor.__aenter__() for visitor in visitors))
    await asyncio.sleep(5)
    rows["of these runs, those that have begun 5 s later"] = sum(bool(visitor.first_frame) for visitor in visitors)
    rows["of these runs, those refused or failed by then"] = sum(visitor.status == "failed" for visitor in visitors)
    rows[f"first point beside these {CROWD} (s)"] = await newcomer(server.url, 2)
    await asyncio.gather(*(visitor.__aexit__() for visitor in visitors))
    await asyncio.sleep(30)
    rows["first point 30 s after they have left (s)"] = await newcomer(server.url, 3)
    watching.cancel()
    web, workers = watch.peak
    return rows | {"web process, peak (MiB)": web, "workers, peak (MiB)": workers}


async def deaf(server: Server) -> Rows:
    """A finished run of big frames is followed by hundreds of sockets that never read."""
    await settle(server)
    async with Visitor(server.url, BIG) as visitor:
        if not await visitor.until_end(300):
            raise RuntimeError("The run with big frames does not end.")
        run = visitor.runs[-1]
    await asyncio.sleep(2)
    watch = Watch(server)
    rows = {
        "web process before (MiB)": watch.look()[0],
        "first point with nobody else (s)": await newcomer(server.url, 1),
    }
    watching = asyncio.create_task(watch.go_on())
    with ExitStack() as sockets:
        rows["sockets that never read"] = await asyncio.to_thread(_open_deaf, sockets, server, run)
        rows["first point beside them (s)"] = await newcomer(server.url, 2)
        await asyncio.sleep(5)
    rows["web process, peak (MiB)"] = watch.peak[0]
    await asyncio.sleep(WAIT)
    watching.cancel()
    return rows | {"web process 30 s after they have left (MiB)": watch.look()[0]}


def _open_deaf(sockets: ExitStack, server: Server, run: str) -> int:
    """Open them until there are enough, or until the machine would suffer; returns how many were let in."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    let_in = 0
    for number in range(DEAF):
        if psutil.virtual_memory().available < SPARE:
            break
        one = sockets.enter_context(socket.create_connection((host, int(port)), timeout=WAIT))
        one.sendall(
            f"GET /live/{run}?viewer=deaf{number} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {server.url}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        let_in += one.recv(12) == b"HTTP/1.1 101"  # and never again
    return let_in


HOSTILE = {"crowd": crowd, "long": long, "deaf": deaf}


def show(title: str, rows: Rows) -> None:
    """The rows beside what is aimed at; a star marks what misses it."""
    print(f"\n{title}\n{'':62}{'value':>10}{'aim':>10}")
    for name, value in rows.items():
        aim, missed = "", False
        if name in AT_MOST:
            aim, missed = f"<= {AT_MOST[name]:g}", not value <= AT_MOST[name]
        elif name in AT_LEAST:
            aim, missed = f">= {AT_LEAST[name]:g}", not value >= AT_LEAST[name]
        written = f"{value:.0f}" if value == round(value, 0) or value >= 100 else f"{value:.2f}"
        print(f"{name:62}{written:>10}{aim:>10}{' *' if missed else ''}")


def run(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """`class [--people 30] [--browsers 3] [--hostile [crowd] [long] [deaf]]`; `--people 0`: ill-meaning ones only."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench class", description=run.__doc__)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--browsers", type=int, default=3)
    parser.add_argument("--hostile", nargs="*", choices=list(HOSTILE), help="all of them if none is named")
    options = parser.parse_args(arguments)
    found: dict[str, Any] = {}
    if options.people:
        seats = seats_of(options.people, min(options.browsers, options.people))
        taken = on_server(lambda server: lesson(server, seats))
        found["class"] = rows_of(seats) | taken
        show(f"{options.people} people, {sum(seat.in_browser for seat in seats)} of them in Chromium", found["class"])
    for name in [] if options.hostile is None else options.hostile or HOSTILE:
        found[name] = on_server(HOSTILE[name])
        show(str(HOSTILE[name].__doc__), found[name])
    return {
        name: {row: value if math.isfinite(value) else None for row, value in rows.items()}
        for name, rows in found.items()
    }


def on_server(work: Callable[[Server], Coroutine[Any, Any, Rows]]) -> Rows:
    """Its rows, on a fresh server; and how that one ends, which must not lose them."""
    rows: Rows = {}
    outlived, start = 0, perf_counter()
    try:
        with serving() as server:
            rows = asyncio.run(work(server))
            start = perf_counter()
    except RuntimeError:
        if not rows:
            raise
        outlived = 1
    return rows | {"seconds until the server had ended": perf_counter() - start, OUTLIVED: outlived}
