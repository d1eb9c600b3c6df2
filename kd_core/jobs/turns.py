"""Whose turn it is to compute on a worker: its tasks are threads of one interpreter, and one at a time computes.

Fifteen that compute at once keep the interpreter from the thread that answers, and each other from the caches. So all
but one wait, and every few steps the next has its turn: the one whose owner has computed least lately. Who comes with
a short run overtakes whoever is at a long one, and over time all have an equal share (decay-usage scheduling, as in
Unix; Kay & Lauder 1988, "A fair share scheduler").
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

QUANTUM = 0.03  # seconds after which the next has its turn, if one waits
OVERDUE = 0.3  # seconds after which nobody waits any longer for a step that goes on: the system shares the core then
HALF_LIFE = 4.0  # seconds until what somebody has computed counts half


@dataclass(eq=False)
class Turn:
    """A task's place among those that want to compute."""

    owner: str
    computes: bool = False
    since: float = 0.0  # when it began to
    may_go: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Of the tasks of one process, at most one computes."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._current: Turn | None = None
        self._waiting: list[Turn] = []
        self._used: dict[str, tuple[float, float]] = {}  # owner -> seconds, which count half after a while; when

    def take(self, turn: Turn) -> None:
        """Return when it is this one's turn."""
        with self._lock:
            if turn.computes:
                return
            if self._current is None:
                self._begin(turn)
                return
            self._waiting.append(turn)
        while not turn.may_go.wait(OVERDUE):
            with self._lock:
                current = self._current
                is_overdue = current is not None and self._clock() > current.since + OVERDUE
                if is_overdue and turn in self._waiting and self._first() is turn:
                    self._begin(turn)

    def leave(self, turn: Turn) -> None:
        """It computes no longer, if it did: the next one's turn."""
        with self._lock:
            if not turn.computes:
                return
            now, turn.computes = self._clock(), False
            turn.may_go.clear()
            self._used[turn.owner] = (self._recent(turn.owner, now) + now - turn.since, now)
            if self._current is turn:
                self._current = None
                if self._waiting:
                    self._begin(self._first())
            if len(self._used) > 1000:
                self._used = {owner: used for owner, used in self._used.items() if now < used[1] + 10 * HALF_LIFE}

    def give_way(self, turn: Turn) -> None:
        """To be called at every step: let another have its turn if one waits that has computed less."""
        if self._current is turn and (not self._waiting or self._clock() < turn.since + QUANTUM or self._is_next(turn)):
            return
        self.leave(turn)
        self.take(turn)

    def hurry(self, turn: Turn) -> None:
        """Somebody waits for it: what its owner has computed so far counts no longer."""
        with self._lock:
            self._used.pop(turn.owner, None)

    def _is_next(self, turn: Turn) -> bool:
        with self._lock:
            now = self._clock()
            mine = self._recent(turn.owner, now) + now - turn.since
            return not self._waiting or mine < self._recent(self._first().owner, now)

    def _begin(self, turn: Turn) -> None:
        if turn in self._waiting:
            self._waiting.remove(turn)
        self._current, turn.since, turn.computes = turn, self._clock(), True
        turn.may_go.set()

    def _first(self) -> Turn:
        now = self._clock()
        return min(self._waiting, key=lambda turn: self._recent(turn.owner, now))

    def _recent(self, owner: str, now: float) -> float:
        seconds, then = self._used.get(owner, (0.0, now))
        return float(seconds * 0.5 ** ((now - then) / HALF_LIFE))
