"""On a worker: every task is worked through in one way, telling of every value and obeying orders.

Orders are a state ("go as far as position 40, at 5 epochs a second"), not a sequence, so sending them twice does no
harm. They are left in an inbox, by a remote call, where the training loop looks.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from distributed import WorkerPlugin, get_worker, secede

from kd_core.data import DataError
from kd_core.experiment import Condition, Experiment
from kd_core.giveway import before_steps
from kd_core.jobs import cost
from kd_core.jobs.brought import keep
from kd_core.jobs.tasks import Orders, Task
from kd_core.jobs.turns import Turn, Turns
from kd_core.messages import Message
from kd_core.snapshot import DivergenceError

START, VALUES, STEERED = "start", "values", "steered"
GAUGE = Experiment(teacher="64", teacher_epochs=2, student="32", epochs=10, seeds=5)  # a tenth of a second
EVERY = 0.05  # seconds: values that come faster are told of together


class Event(NamedTuple):
    """What a worker tells of a task while it works.

    `submission` names the task, `attempt` this worker's try of it. `value` is for START (worker's address, opening),
    for VALUES what is yielded from number `number` on, for STEERED the experiment that the run has become.
    """

    submission: str
    attempt: str
    kind: str
    number: int
    value: Any


class Ending(NamedTuple):
    """What a task comes to: all its values (events can be lost with a connection), its result, why it failed if so.

    `seconds` it has computed: of a core, what it waited left out.
    """

    values: list[Any]
    result: Any = None
    failure: Message | None = None
    seconds: float = 0.0


class Name(NamedTuple):
    """Of a task: its submission, the topic it is told of under, and whose share of the worker it uses."""

    submission: str
    topic: str
    owner: str


class StoppedError(Exception):
    """The task was told to stop."""


class Inbox:
    """Where orders for one task lie: put there by a remote call, looked at by the training loop."""

    def __init__(self, orders: Orders, turn: Turn) -> None:
        self.orders, self.turn = orders, turn
        self._changed = threading.Condition()
        self._steers_seen = 0
        self._newest = 0  # the value that is out, or being made
        self._last_passed = 0.0
        self._seceded = False

    def put(self, orders: Orders) -> int:
        """The loop is to obey these; returns the position at which it holds if they allow no further one.

        Whoever gave them waits to see it.
        """
        TURNS.hurry(self.turn)
        with self._changed:
            self.orders = orders
            self._changed.notify_all()
            return self._newest

    def check(self) -> None:
        """Raise if the task is to end."""
        if self.orders.stop:
            raise StoppedError

    def before_step(self) -> None:
        """At every step of training: end, or let others have their turn."""
        self.check()
        TURNS.give_way(self.turn)

    def must_wait(self, position: int) -> bool:
        """Whether the loop may not go beyond `position` at once."""
        limit = self.orders.limit
        return self._due() > time.monotonic() or (limit is not None and position >= limit)

    def wait(
        self, position: int, on_wait: Callable[[], None], on_steer: Callable[[Condition], None]
    ) -> Condition | None:
        """Return when the loop may go beyond `position`: the condition to steer to, or None.

        Meanwhile others have their turn. An order can come at any moment, so `on_wait` tells that now it does wait.
        """
        TURNS.give_way(self.turn)  # also where there are no steps of training
        steer = self._wait(position, on_wait, on_steer)
        TURNS.take(self.turn)
        return steer

    def _due(self) -> float:
        return self._last_passed + 1 / self.orders.pace if self.orders.pace else 0.0

    def _wait(
        self, position: int, on_wait: Callable[[], None], on_steer: Callable[[Condition], None]
    ) -> Condition | None:
        steer, begun = None, time.monotonic()
        with self._changed:
            while True:
                orders = self.orders
                self.check()
                if orders.steer and orders.steer[0] > self._steers_seen:
                    self._steers_seen, *condition = orders.steer
                    steer = Condition(*condition)
                    on_steer(steer)
                now = time.monotonic()
                pause = orders.limit is not None and position >= orders.limit
                if not pause and now >= self._due():
                    self._last_passed, self._newest = now, position + 1
                    return steer
                TURNS.leave(self.turn)
                on_wait()
                if not self._seceded and now - begun > 1:
                    secede()  # once: a long pause must not keep others waiting for this worker's thread
                    self._seceded = True
                self._changed.wait(1.0 if pause else min(self._due() - now, 1.0))


TURNS = Turns()
_inboxes: dict[str, Inbox] = {}  # of the tasks that are being worked on, by attempt


def deliver(attempt: str, orders: Orders) -> int | None:
    """Put orders into an inbox; returns what `Inbox.put` does, None if there is no such attempt."""
    inbox = _inboxes.get(attempt)
    return None if inbox is None else inbox.put(orders)


def work(
    task: Task,
    name: Name,
    orders: Orders,
    given: Ending | None = None,
    own_data: Mapping[str, bytes] = MappingProxyType({}),
) -> Ending:
    """Work through a task, given the ending of the one that it needs, and data that this machine may not hold yet."""
    if given is not None and given.failure:
        return Ending([], failure=given.failure)
    for brought, content in own_data.items():
        keep(brought, content)
    worker, attempt = get_worker(), uuid.uuid4().hex
    values: list[Any] = []
    turn = Turn(name.owner)
    inbox = _inboxes[attempt] = Inbox(orders, turn)
    told, told_at = 0, 0.0
    begun = time.thread_time()  # of this thread's own: however busy the machine is, a run takes as much computing

    def tell(kind: str, number: int, value: Any) -> None:
        worker.log_event(name.topic, pickle.dumps(Event(name.submission, attempt, kind, number, value)))

    def tell_values() -> None:
        nonlocal told, told_at
        if told < len(values):
            tell(VALUES, told, values[told:])
            told, told_at = len(values), time.monotonic()

    def on_steer(condition: Condition) -> None:
        tell_values()
        tell(STEERED, len(values), steered(values[-1], condition))

    try:
        TURNS.take(turn)
        tell(START, 0, (worker.address, task.opening()))
        inbox.check()
        with before_steps(inbox.before_step):
            generator, steer = task.generate(given and given.result), None
            while True:
                try:
                    values.append(generator.send(steer))
                except StopIteration as end:
                    return Ending(values, end.value, seconds=time.thread_time() - begun)
                if inbox.must_wait(len(values) - 1) or time.monotonic() > told_at + EVERY:
                    tell_values()
                steer = inbox.wait(len(values) - 1, tell_values, on_steer)
    except StoppedError:
        return Ending(values)
    except (DivergenceError, DataError) as problem:
        return Ending(values, failure=problem.args[0])
    finally:
        TURNS.leave(turn)
        del _inboxes[attempt]


def steered(seen: Any, condition: Condition) -> Experiment:
    """The experiment that a run becomes if it is steered after the snapshot `seen`."""
    epoch = seen.epoch if seen.phase == "students" else 0
    experiment: Experiment = seen.experiment.steered(epoch, **condition._asdict())
    return experiment


class WarmUp(WorkerPlugin):  # type: ignore[misc]
    """Train once before the first visitor does: torch loads much of itself at the first step, about two seconds.

    Every task gets one thread, so that its numbers don't depend on what else runs.
    """

    name = "kd-warm-up"

    async def setup(self, worker: Any) -> None:
        warming = asyncio.ensure_future(asyncio.to_thread(_warm_up))
        while not warming.done():  # meanwhile the worker tells the scheduler that it lives
            # A worker that has just come does so itself only after this: it would be missed, and replaced, for ever.
            await worker.heartbeat()
            await asyncio.wait([warming], timeout=0.5)
        await warming


_slowness = 1.0  # of this process, once it is warm


def measured_slowness() -> float:
    """How much longer training takes here than `kd_core.jobs.cost` guesses."""
    return _slowness


def _warm_up() -> None:
    import torch

    from kd_core.training import run

    global _slowness
    torch.set_num_threads(1)
    sys.setswitchinterval(0.0001)  # seconds: the thread that answers does not wait long for those that train
    Experiment().load_data()
    for _ in run(Experiment(dataset="blobs", teacher="2", student="2", teacher_epochs=1, epochs=1)):
        pass
    start = time.thread_time()
    for _ in run(GAUGE):
        pass
    _slowness = (time.thread_time() - start) / cost.seconds(cost.of_run(GAUGE))
