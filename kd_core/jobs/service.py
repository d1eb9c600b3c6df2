"""`Jobs`: all jobs of one process. One way to submit, to follow, to stop and to lose a worker, for all kinds."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import math
import os
import pickle
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from statistics import median
from types import EllipsisType
from typing import Any, ParamSpec, TypeVar, cast

from kd_core.experiment import Condition, Experiment
from kd_core.jobs import cost
from kd_core.jobs.brought import content_of
from kd_core.jobs.cluster import connect, replace_lost
from kd_core.jobs.records import Job, Part, Run, Study, SweepRun
from kd_core.jobs.seats import Seats
from kd_core.jobs.tasks import TO_THE_END, Call, Orders, Remote, Task
from kd_core.jobs.worker import START, STEERED, VALUES, Ending, Event, Name, deliver, measured_slowness, work
from kd_core.messages import Message
from kd_core.sweeps.grid import Sweep

P = ParamSpec("P")
T = TypeVar("T")
J = TypeVar("J", bound=Job)

PATIENCE = 2.0  # seconds until nobody waits any longer for a worker to take an order: it gets them when it is back
HANDED_OUT = 8  # data sets at a time
UNKNOWN = 10.0  # seconds that a job counts for of which nobody knows what it costs
LOG = logging.getLogger("kd_lab")


@dataclass(frozen=True)
class Limits:
    """What a job may cost, and how many are kept.

    Attributes:
        seconds: of computing that a job may be expected to take.
        memory: bytes that it may be expected to need at once.
        kept: how many jobs of each kind are kept for those who ask for them again.
        abandoned_seconds: how long a job goes on that nobody looks at.
    """

    seconds: float = 600.0
    memory: int = 2**30
    kept: Mapping[type[Job], int] = field(default_factory=lambda: {Run: 40, SweepRun: 40, Study: 100})
    abandoned_seconds: float = 120.0


BOUNDED = Limits()
UNBOUNDED = Limits(math.inf, 2**62, abandoned_seconds=math.inf)  # for one's own machine


class _LostError(Exception):
    """The connection to the workers is gone."""


class Jobs:
    """Coroutines run in the event loop in which this was made; `call` is for other threads."""

    def __init__(self, limits: Limits = BOUNDED) -> None:
        self.loop = asyncio.get_running_loop()
        self.limits = limits
        self.ready = asyncio.Event()
        self.failure = ""
        self._jobs: dict[str, Job] = {}
        self._shared: dict[tuple[type[Job], Hashable], Job] = {}  # whom everybody gets who asks for the same
        self._submitted: dict[str, tuple[Job, Part]] = {}
        self._topic = f"kd-{uuid.uuid4().hex}"
        self._workers: Mapping[str, Any] = {}
        self.seats = Seats(lambda: len(self._workers))
        self.slowness = 1.0  # of this machine's workers, see `kd_core.jobs.cost`
        self._guessed: deque[float] = deque(maxlen=20)  # what ended jobs have taken, as multiples of the guess at 1
        self._client: Any = None
        self._cluster: Any = None
        self._handed_out: dict[str, Any] = {}  # what people brought that workers on other machines hold: futures
        self._tasks: set[asyncio.Task[None]] = set()

    # From other threads

    def call(self, work: Coroutine[Any, Any, T], timeout: float | None = 30.0) -> T:
        """Run a coroutine of this object from another thread and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def find(self, job_id: str) -> Job | None:
        """The job of that id, if it is still known."""
        return self._jobs.get(job_id)

    def all(self, kind: type[J]) -> list[J]:
        """All jobs of a kind, the oldest first."""
        return [job for job in list(self._jobs.values()) if isinstance(job, kind)]

    def asked(self, kind: type[J], key: Hashable) -> J | None:
        """The job of that key, if somebody has asked for it."""
        job = self._shared.get((kind, key))
        return job if isinstance(job, kind) else None

    # Asking for a job

    async def open(self, experiment: Experiment, viewer: str = "") -> Run:
        """The run of this experiment: the one there is, or a new one. One link costs one training."""
        run = self.asked(Run, experiment.to_query())
        if run is None or run.status in ("failed", "stopped") or (run.is_held and run.seen_by_others(viewer)):
            run = self._begin(Run(experiment=experiment, owner=viewer))
        return run

    async def start(self, experiment: Experiment, viewer: str = "", orders: Orders = TO_THE_END) -> Run:
        """Train this experiment anew, unless it is being trained right now without anybody's hand on it."""
        run = self.asked(Run, experiment.to_query())
        if run is not None and run.is_live and not run.is_held and orders == Orders(pace=orders.pace):
            return run
        return self._begin(Run(experiment=experiment, orders=orders, owner=viewer))

    async def open_sweep(self, sweep: Sweep, folds: int = 0, viewer: str = "", *, anew: bool = False) -> SweepRun:
        """The sweep of this link: the one there is, or a new one; with `folds`, its cross-validation."""
        job = self.asked(SweepRun, (sweep.to_query(), folds))
        if job is None or job.status in ("failed", "stopped") or (anew and not job.is_live):
            job = self._begin(SweepRun(sweep=sweep, folds=folds, owner=viewer))
        return job

    async def study(self, function: Remote[P, T], *arguments: P.args, **options: P.kwargs) -> Study[T]:
        """The study of this generator function with these arguments: one for all who ask.

        One that was stopped, or lost with its workers, begins again; one that failed by itself would fail again.
        """
        study: Study[T] = await self.ask(Call.of(function, *arguments, **options))
        return study

    async def ask(self, call: Call, viewer: str = "") -> Study[Any]:
        """As `study`, for somebody whose share of the workers it uses."""
        job = self.asked(Study, call)
        if job is None or job.status == "stopped" or job.message == Message(job.lost):
            job = self._begin(Study(call=call, owner=viewer))
        return job

    # What it costs

    def guess(self, job: Job) -> float | None:
        """Seconds of computing that a job is expected to take on one of these workers; None if nobody knows."""
        work = job.work
        return None if work is None else cost.seconds(work, self.slowness)

    def refusal(self, job: Job) -> Message | None:
        """Why a job is too large for this server, with what would be small enough; None if it is not."""
        seconds, limits = self.guess(job) or 0.0, self.limits
        if seconds <= limits.seconds and job.memory <= limits.memory:
            return None

        def is_allowed(other: Experiment) -> bool:
            smaller = job.of(other)
            return (self.guess(smaller) or 0.0) <= limits.seconds and smaller.memory <= limits.memory

        enough = tuple(cost.smaller(job.base, is_allowed) if job.base else ())
        remedy = Message("remedy", settings=enough) if enough else Message("remedy_all")
        if seconds > limits.seconds:
            return Message("too_slow", minutes=_upward(seconds / 60), most=_upward(limits.seconds / 60), remedy=remedy)
        return Message("too_big", megabytes=job.memory >> 20, most=limits.memory >> 20, remedy=remedy)

    # Orders

    async def order(
        self,
        job: J,
        viewer: str = "",
        *,
        limit: int | EllipsisType | None = ...,
        pace: float | None = None,
        steer: tuple[float, float] | None = None,
        stop: bool = False,
    ) -> J:
        """Change a job's orders: what is not given stays; `limit=None` lets it run on. All but `stop` is for runs.

        Where others watch a run too, they keep it, and the caller gets a copy of their own at the same position (the
        same experiment trains to the same numbers).
        """
        if not job.is_live:
            return job
        if isinstance(job, Run) and job.seen_by_others(viewer):
            job = cast(J, await self._copy(job, viewer, stop=stop))
            if stop:
                return job
        serial = (job.orders.steer[0] if job.orders.steer else 0) + 1
        job.orders = Orders(
            limit=job.orders.limit if isinstance(limit, EllipsisType) else limit,
            pace=job.orders.pace if pace is None else pace,
            steer=(serial, *steer) if steer else job.orders.steer,
            stop=stop,
        )
        if stop:
            job.status, job.ended = "stopped", time.monotonic()
        job.tell()
        if isinstance(job, Run):
            await self._order_run(job, waits=isinstance(limit, int), steer=steer)
        else:
            await self._send_orders(job)
        return job

    async def _copy(self, run: Run, viewer: str, *, stop: bool) -> Run:
        """A run of one's own at the same position: held there, or ended with what has been seen."""
        position, limited = run.position, replace(run.orders, limit=run.position)
        if stop:
            return self._keep(
                Run(experiment=run.experiment, status="stopped", held_out=run.held_out, snapshots=run.snapshots)
            )
        copy = self._begin(Run(experiment=run.experiment, orders=limited, owner=viewer), shared=False)
        await self.until(copy, lambda: copy.position >= position or not copy.is_live)
        return copy

    async def _order_run(self, run: Run, *, waits: bool, steer: tuple[float, float] | None) -> None:
        """Send a run's orders, and wait until what they change can be seen."""
        before = run.experiment
        await self._send_orders(run)
        if waits:
            await self.until(run, lambda: run.is_paused or not run.is_live, timeout=1.0)
        if steer and Condition(*steer) != before.heard_at(run.snapshots[-1].epoch if run.snapshots else 0):
            await self.until(run, lambda: run.experiment != before or not run.is_live, timeout=2.0)

    async def _send_orders(self, job: Job) -> None:
        """To the workers that are at it, and to no other; what has not begun and is to stop never begins."""
        for part in [*job.parts, *job.teachers.values()]:
            if part.attempt:
                position = await self._deliver(part.worker, part.attempt, job.orders)
                if job.orders.limit == -1 and position is not None:
                    job.orders = replace(job.orders, limit=position)
                    job.tell()
            elif job.orders.stop and part.future is not None:
                await part.future.cancel()

    async def _deliver(self, worker: str, attempt: str, orders: Orders) -> int | None:
        if self._client.status != "running":
            return None
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(PATIENCE):
                answers = await self._client.run(deliver, attempt, orders, workers=[worker], on_error="ignore")
                return next((position for position in answers.values() if isinstance(position, int)), None)
        return None

    # Watching

    def add_viewer(self, job: Job, viewer: str) -> None:
        """A page has begun to watch."""
        job.viewers = {**job.viewers, viewer: job.viewers.get(viewer, 0) + 1}

    def forget_viewer(self, job: Job, viewer: str) -> None:
        """A page has stopped watching."""
        counts = {**job.viewers, viewer: job.viewers.get(viewer, 1) - 1}
        job.viewers = {name: count for name, count in counts.items() if count > 0}
        job.look()

    async def until(self, job: Job, true: Callable[[], bool], timeout: float | None = 30.0) -> None:
        """Return when `true()`, which is asked whenever the job has news, or after `timeout`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not true():
                    await job.news.wait()

    async def ended(self, job: Job) -> None:
        """Return when it is no longer under way."""
        await self.until(job, lambda: not job.is_live, timeout=None)

    # Life

    async def connect(self, workers: int = 2) -> None:
        """Start a cluster on this machine (TLS, loopback only), or join the one that `KD_SCHEDULER` names."""
        try:
            await self._connect(workers)
        except Exception as problem:
            self.failure = Message("no_workers", problem=problem)
            raise
        self._spawn(self._reap())
        self._spawn(self._look_after_workers(workers))
        self._spawn(self._stay_connected(workers))

    async def _connect(self, workers: int) -> None:
        self._handed_out = {}
        self._client, self._cluster = await connect(workers, os.environ.get("KD_SCHEDULER", "").strip())
        self._client.subscribe_topic(self._topic, self._on_event)
        await self.ask_for_workers()
        if measured := await self._client.run(measured_slowness):  # of those that are there
            self.slowness = median(measured.values())
        self.failure = ""
        self.ready.set()

    async def _stay_connected(self, workers: int) -> None:
        """Where the connection is lost, try again until there is one. What was on its way is lost: its futures are.

        Dask's client connects again by itself if it can, but nobody tells it of events any more.
        """
        while True:
            connection = self._client.scheduler_comm
            while self._client.status == "running" and self._client.scheduler_comm is connection:
                await asyncio.sleep(1.0)
            self.ready.clear()
            self.failure, self._workers = Message("workers_gone"), {}
            LOG.warning("scheduler lost")
            for job in self._jobs.values():
                job.tell()
            with suppress(Exception):
                await self._client.close(timeout=1)
            if self._cluster is not None:
                with suppress(Exception):
                    await self._cluster.close()
            while not self.ready.is_set():
                await asyncio.sleep(1.0)
                with suppress(Exception):
                    await self._connect(workers)
            LOG.info("scheduler found again")
            for job in self._jobs.values():
                job.tell()
                if job.message == Message(job.lost):  # workers may be at it still, or hold it for ever
                    self._spawn(self._send_orders(job))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for job in self._jobs.values():
            if job.is_live and self._client is not None:
                job.orders = replace(job.orders, stop=True)
                await self._send_orders(job)
        if self._client is not None:
            await self._client.close()
        if self._cluster is not None:
            await self._cluster.close()

    def workers(self) -> Mapping[str, Any]:
        """What the scheduler has said of the workers a second ago at most, by address."""
        return self._workers

    async def ask_for_workers(self) -> Mapping[str, Any]:
        """What it says now. Raises `OSError` if it is out of reach."""
        if self._client is None or self._client.status != "running":
            raise OSError("not connected")
        self._workers = (await self._client.scheduler.identity(n_workers=-1))["workers"]
        return self._workers

    async def worker_pids(self) -> dict[str, int]:
        """Process ids of the workers by address."""
        return dict(await self._client.run(os.getpid))

    # Inside

    def _begin(self, job: J, *, shared: bool = True) -> J:
        if shared:
            self._shared[type(job), job.key] = job
        self._keep(job)
        job.owner, job.guess = job.owner or job.id, self.guess(job)
        if refusal := self.refusal(job):
            job.status, job.message, job.ended = "failed", refusal, job.begun
            LOG.info("job refused id=%s kind=%s seconds=%.0f", job.id, type(job).__name__, job.guess or 0)
        else:
            LOG.info("job asked id=%s kind=%s seconds=%.1f", job.id, type(job).__name__, job.guess or UNKNOWN)
            self._spawn(self._follow(job))
        return job

    def _keep(self, job: J) -> J:
        self._jobs[job.id] = job
        kept = self.all(type(job))
        forgotten = [old for old in kept if not old.is_live and not old.viewers and old is not job]
        for old in forgotten[: max(0, len(kept) - self.limits.kept[type(job)])]:
            del self._jobs[old.id]
            self._unshare(old)
        return job

    def _unshare(self, job: Job) -> None:
        if self._shared.get((type(job), job.key)) is job:
            del self._shared[type(job), job.key]

    async def _follow(self, job: Job) -> None:
        """Have workers do all of a job's tasks, as many at a time as there are workers: that bounds their memory."""
        await self.ready.wait()
        if not job.is_live:
            return
        job.begun = time.monotonic()
        job.parts = [Part(number, task) for number, task in enumerate(job.tasks())]
        places = asyncio.Semaphore(max(1, len(self._workers)))
        status, message = "done", ""
        try:
            async with asyncio.TaskGroup() as group:
                for part in job.parts:
                    group.create_task(self._follow_part(job, part, places))
        except* _LostError:
            status, message = "failed", Message(job.lost)
        except* Exception as problems:
            status, message = "failed", _sentence(problems.exceptions[0])
        if status == "failed" and job.is_live:
            job.orders = replace(job.orders, stop=True)
            await self._send_orders(job)
        for part in [*job.parts, *job.teachers.values()]:
            self._submitted.pop(part.submission, None)
            part.future = None
        if job.is_live:
            job.status, job.message, job.ended = status, message or job.message, time.monotonic()
        self._learn_from(job)
        LOG.info("job %s id=%s computed=%.1f message=%s", job.status, job.id, job.computed, job.message)
        job.tell()

    def _learn_from(self, job: Job) -> None:
        """What it has taken says how fast this machine's workers are."""
        if job.status == "done" and job.work and job.computed > 0.5:
            self._guessed.append(job.computed / cost.seconds(job.work))
            if len(self._guessed) >= 3:
                self.slowness = median(self._guessed)

    async def _follow_part(self, job: Job, part: Part, places: asyncio.Semaphore) -> None:
        """Submit a task and see it to its end; where a worker was lost it can have been submitted anew meanwhile."""
        async with places, self._seat(job, part):
            if not job.is_live:
                return
            await self._hand_out(part.task)
            self._submit(job, part)
            ending, future = None, None
            while part.future is not future:
                future = part.future
                ending = await self._ending_of(job, part, future)
            if ending is None:
                return
            part.future = None  # its result is here: if its worker is lost now, nothing is trained again
            job.computed += ending.seconds
            if ending.failure and job.is_live:
                raise _FailedError(ending.failure)
            if job.is_live:  # what is stopped stays as it was seen
                job.complete(part.number, ending.values)
            if ending.values and isinstance(job, Run):
                self._become(job, ending.values[-1].experiment)

    @asynccontextmanager
    async def _seat(self, job: Job, part: Part) -> AsyncIterator[None]:
        """A seat for a part of a job, and none where it is stopped before there is one."""
        share = UNKNOWN if job.guess is None else job.guess / len(job.parts)
        taking = asyncio.ensure_future(self.seats.take(job.owner, job.id, share))
        stopped = asyncio.ensure_future(self.ended(job))
        try:
            await asyncio.wait([taking, stopped], return_when=asyncio.FIRST_COMPLETED)
            part.seat = taking.result() if taking.done() else None
            yield
        finally:
            for waiting in (taking, stopped):
                waiting.cancel()
            if part.seat:
                self.seats.leave(part.seat)
                part.seat = None

    async def _look_after_workers(self, workers: int) -> None:
        """Have as many as there should be; give out the seats of those that have come, and tell who waits how long."""
        while True:
            await asyncio.sleep(1.0)
            if self.ready.is_set() and self._cluster is not None:
                replace_lost(self._cluster, workers)
            with suppress(OSError):
                await self.ask_for_workers()
            for run in self.all(Run):
                for seat in (part.seat for part in run.parts if part.seat):
                    seat.idle = run.is_paused
            self.seats.assign()
            order = self.seats.in_order()
            for job in list(self._jobs.values()):
                waiting = [number for number, seat in enumerate(order) if seat.job == job.id]
                place = (
                    (waiting[0], self.seats.wait(order[waiting[0]])) if waiting and job.status == "waiting" else None
                )
                if place != job.place:
                    job.place = place
                    job.tell()

    async def _ending_of(self, job: Job, part: Part, future: Any) -> Ending | None:
        try:
            ending: Ending = await future
            return ending
        except (asyncio.CancelledError, concurrent.futures.CancelledError):  # of this task, or Dask's of its future
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise  # this process ends
            if job.is_live and part.future is future:
                raise _LostError from None
            return None

    def _submit(self, job: Job, part: Part) -> None:
        given = self._teacher_for(job, part.task.needs) if part.task.needs else None
        self._submitted.pop(part.submission, None)
        part.submission, part.sent, part.attempt, part.received = uuid.uuid4().hex, job.orders, "", 0
        self._submitted[part.submission] = (job, part)
        part.future = self._client.submit(
            work,
            part.task,
            Name(part.submission, self._topic, job.owner),
            job.orders,
            given,
            {name: self._handed_out[name] for name in part.task.own_data if name in self._handed_out},
            pure=False,
            priority=job.priority,
            key=f"{type(part.task).__name__}-{job.id}-{part.submission}",
        )

    async def _hand_out(self, task: Task) -> None:
        """Give workers on other machines what people brought and a task needs: straight, not by the scheduler.

        Workers of this machine read it where it is kept.
        """
        if self._cluster is not None:
            return
        for name in task.own_data:
            there = self._handed_out.pop(name, None)
            if there is None or there.status != "finished":
                content = await asyncio.to_thread(content_of, name)
                there = await self._client.scatter(content, direct=True, hash=False)
            self._handed_out[name] = there
            for oldest in list(self._handed_out)[:-HANDED_OUT]:
                del self._handed_out[oldest]

    def _teacher_for(self, job: Job, task: Task) -> Any:
        """The future of a task that others need: submitted once for all of them."""
        if task not in job.teachers:
            job.teachers[task] = Part(-1, task)
            self._submit(job, job.teachers[task])
        return job.teachers[task].future

    def _on_event(self, stamped: tuple[float, bytes]) -> None:
        event: Event = pickle.loads(stamped[1])
        if event.submission not in self._submitted:
            return
        job, part = self._submitted[event.submission]
        if event.kind == START:
            self._on_start(job, part, event)
        elif event.attempt != part.attempt or not job.is_live:
            return
        elif event.kind == VALUES and event.number <= part.received:
            for value in event.value[part.received - event.number :]:
                part.received += 1
                job.receive(part.number, value)
                if isinstance(job, Run):
                    self._become(job, value.experiment)
        elif event.kind == STEERED and isinstance(job, Run):
            self._become(job, event.value)
        job.tell()

    def _on_start(self, job: Job, part: Part, event: Event) -> None:
        """A worker begins a task, for the first time or because another one was lost."""
        is_again = bool(part.attempt)
        part.attempt, (part.worker, opening) = event.attempt, event.value
        if is_again and job.is_live and job.begin_again():
            part.received = 0
            task = job.tasks()[part.number]
            if task != part.task:  # it was steered: what was steered by hand is part of the run, so submit it with that
                part.task, job.orders = task, replace(job.orders, steer=None)
                self._submit(job, part)
                self._spawn(self._deliver(event.value[0], event.attempt, Orders(stop=True)))
                return
        if job.orders != part.sent or job.orders.limit == -1:  # given before there was a loop to obey them
            self._spawn(self._send_orders(job))
        if job.is_live:
            job.begin(opening)

    def _become(self, run: Run, experiment: Experiment) -> None:
        """The run has become this experiment, because it was steered: from now on it answers to that link."""
        if experiment == run.experiment:
            return
        self._unshare(run)
        run.experiment = experiment
        self._shared[Run, run.key] = run

    async def _reap(self) -> None:
        """Stop what everybody has left."""
        while True:
            await asyncio.sleep(min(5.0, self.limits.abandoned_seconds / 4))
            for job in list(self._jobs.values()):
                left_alone = time.monotonic() - job.last_seen
                if job.is_live and not job.viewers and left_alone > self.limits.abandoned_seconds:
                    LOG.info("job abandoned id=%s", job.id)
                    await self.order(job, stop=True)

    def _spawn(self, work: Awaitable[Any]) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _FailedError(Exception):
    """A task has come to a failure that it can name; the one argument is that message."""


def _upward(number: float) -> int:
    return max(1, math.ceil(number))


def _sentence(problem: BaseException) -> str:
    """What went wrong, in one sentence for whoever watches."""
    if isinstance(problem, _FailedError):
        message: Message = problem.args[0]
        return message
    if type(problem).__name__ == "KilledWorker":
        return Message("workers_died")
    return Message("problem", text=str(problem) or type(problem).__name__)
