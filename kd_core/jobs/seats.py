"""Who may train: every worker has so many seats, and whoever finds none waits in a queue.

On a worker those who sit take turns (`turns`), so a seat is not a share of a core but of memory; where nobody waits,
all that is asked for begins at once. Out of the queue comes first whose owner sits on the fewest seats, of those what
costs least: a short run overtakes long ones, and waiting makes it shorter, so that the longest has its turn too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

PER_WORKER = 16
LONG = 30.0  # seconds; what takes longer has half of the seats, so that what is short finds one
AGING = 0.2  # seconds of computing that a second of waiting makes up for


@dataclass(eq=False)
class Seat:
    """What somebody has asked for, for a job of that id: it is had once it is granted."""

    owner: str
    job: str
    seconds: float
    since: float
    granted: asyncio.Future[None]
    sat_down: float = 0.0
    idle: bool = False  # its task is paused: it takes nobody's place meanwhile


class Seats:
    """The seats of all workers, and the queue."""

    def __init__(self, workers: Callable[[], int], per_worker: int = PER_WORKER) -> None:
        """`workers` says how many there are now."""
        self._workers, self.per_worker = workers, per_worker
        self.taken: list[Seat] = []
        self.queue: list[Seat] = []

    async def take(self, owner: str, job: str, seconds: float) -> Seat:
        """Return when there is a seat: for an owner, of whom a quarter of the seats is the share, and so much work."""
        seat = Seat(owner, job, seconds, monotonic(), asyncio.get_running_loop().create_future())
        self.queue.append(seat)
        self.assign()
        try:
            await seat.granted
        except asyncio.CancelledError:
            self.leave(seat)
            raise
        return seat

    def leave(self, seat: Seat) -> None:
        """It is needed no longer."""
        for seats in (self.queue, self.taken):
            if seat in seats:
                seats.remove(seat)
        self.assign()

    def assign(self) -> None:
        """Give what is free to those who come first; to be called again when workers have come."""
        total = self.per_worker * self._workers()
        for seat in self.in_order():
            busy = self._busy()
            held = sum(one.owner == seat.owner for one in busy)
            long = sum(one.seconds > LONG for one in busy)
            if len(busy) >= total or held >= max(1, total // 4):
                continue
            if seat.seconds > LONG and long >= max(1, total // 2):
                continue
            self.queue.remove(seat)
            self.taken.append(seat)
            seat.sat_down = monotonic()
            if not seat.granted.done():
                seat.granted.set_result(None)

    def in_order(self) -> list[Seat]:
        """Those who wait, as they come."""
        now = monotonic()
        held = {seat.owner: sum(one.owner == seat.owner for one in self._busy()) for seat in self.queue}
        return sorted(self.queue, key=lambda seat: (held[seat.owner], seat.seconds - AGING * (now - seat.since)))

    def wait(self, seat: Seat) -> float:
        """Seconds until a seat that waits is had, as far as guesses go: all who sit or come before it, end."""
        now, workers = monotonic(), max(1, self._workers())
        before = self.in_order()
        ahead = sum(one.seconds for one in before[: before.index(seat)])
        busy = self._busy()
        left = [max(0.0, one.seconds * len(busy) / workers - (now - one.sat_down)) for one in busy]
        return ahead / workers + min(left, default=0.0)

    def _busy(self) -> list[Seat]:
        return [seat for seat in self.taken if not seat.idle]
