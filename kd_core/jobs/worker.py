"""On a worker: every task is worked through in one way, telling of every value and obeying orders.

Orders are a state ("go as far as position 40, at 5 epochs a second"), not a sequence, so sending them twice does no
harm. They are left in an inbox, by a remote call, where the training loop looks.
"""

from __future__ import annotations

import asyncio
import pickle
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from distributed import WorkerPlugin, get_worker, secede

from kd_core.experiment import Condition, Experiment
from kd_core.jobs.tasks import Orders, Task
from kd_core.messages import Message
from kd_core.snapshot import DivergenceError

START, VALUE, STEERED = "start", "value", "steered"


class Event(NamedTuple):
    """What a worker tells of a task while it works.

    `submission` names the task, `attempt` this worker's try of it. `value` is for START (worker's address, opening),
    for VALUE number `number` of what is yielded, for STEERED the experiment that the run has become.
    """

    submission: str
    attempt: str
    kind: str
    number: int
    value: Any


class Ending(NamedTuple):
    """What a task comes to: all its values (events can be lost with a connection), its result, why it failed if so."""

    values: list[Any]
    result: Any = None
    failure: Message | None = None


class StoppedError(Exception):
    """The task was told to stop."""


class Inbox:
    """Where orders for one task lie: put there by a remote call, looked at by the training loop."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self._changed = threading.Condition()
        self._steers_seen = 0
        self._newest = 0  # the value that is out, or being made
        self._last_passed = 0.0
        self._seceded = False

    def put(self, orders: Orders) -> int:
        """The loop is to obey these; returns the position at which it holds if they allow no further one."""
        with self._changed:
            self.orders = orders
            self._changed.notify_all()
            return self._newest

    def check(self) -> None:
        """Raise if the task is to end; called at every step of training."""
        if self.orders.stop:
            raise StoppedError

    def wait(self, position: int, on_steer: Callable[[Condition], None]) -> Condition | None:
        """Return when the loop may go beyond `position`: the condition to steer to, or None."""
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
                due = self._last_passed + 1 / orders.pace if orders.pace else now
                if not pause and now >= due:
                    self._last_passed, self._newest = now, position + 1
                    return steer
                if not self._seceded and now - begun > 1:
                    secede()  # once: a long pause must not keep others waiting for this worker's thread
                    self._seceded = True
                self._changed.wait(1.0 if pause else min(due - now, 1.0))


_inboxes: dict[str, Inbox] = {}  # of the tasks that are being worked on, by attempt


def deliver(attempt: str, orders: Orders) -> int | None:
    """Put orders into an inbox; returns what `Inbox.put` does, None if there is no such attempt."""
    inbox = _inboxes.get(attempt)
    return None if inbox is None else inbox.put(orders)


def work(task: Task, submission: str, topic: str, orders: Orders, given: Ending | None = None) -> Ending:
    """Work through a task, given the ending of the one that it needs."""
    if given is not None and given.failure:
        return Ending([], failure=given.failure)
    worker, attempt = get_worker(), uuid.uuid4().hex
    values: list[Any] = []
    inbox = _inboxes[attempt] = Inbox(orders)

    def tell(kind: str, value: Any) -> None:
        event = Event(submission, attempt, kind, len(values), value)
        worker.log_event(topic, pickle.dumps(event))

    def on_steer(condition: Condition) -> None:
        tell(STEERED, steered(values[-1], condition))

    try:
        tell(START, (worker.address, task.opening()))
        inbox.check()
        generator, steer = task.generate(given and given.result, inbox.check), None
        while True:
            try:
                value = generator.send(steer)
            except StopIteration as end:
                return Ending(values, end.value)
            tell(VALUE, value)
            values.append(value)
            steer = inbox.wait(len(values) - 1, on_steer)
    except StoppedError:
        return Ending(values)
    except DivergenceError as problem:
        return Ending(values, failure=problem.args[0])
    finally:
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
        await asyncio.to_thread(_warm_up)  # in a thread: meanwhile the worker answers the scheduler


def _warm_up() -> None:
    import torch

    from kd_core.training import run

    torch.set_num_threads(1)
    Experiment().load_data()
    for _ in run(Experiment(dataset="blobs", teacher="2", student="2", teacher_epochs=1, epochs=1)):
        pass
