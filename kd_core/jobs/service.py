"""Runs on Dask workers: submit, follow, steer, stop. The only module that knows Dask, and it never imports torch.

`Jobs` lives in the event loop of the process that shows the runs. A task on a worker trains and logs every snapshot
as an event; orders go the other way, by a remote call that leaves them where the training loop looks. Orders
are a state ("go as far as position 40, at 5 epochs a second"), not a sequence, so sending them twice does no harm.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import pickle
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypeVar

import dask
from distributed import Client, LocalCluster, WorkerPlugin, get_worker, secede

from kd_core.data import Dataset
from kd_core.experiment import Experiment
from kd_core.snapshot import DivergenceError, Snapshot
from kd_core.sweeps.grid import Fold, Piece, Progress, Report, Sweep, TeacherLogits

if TYPE_CHECKING:
    from kd_core.training import Teachers

T = TypeVar("T")

MAX_RUNS = 40  # finished runs that are kept for those who open the same link
MAX_STUDIES = 100
ABANDONED_SECONDS = 120.0  # a paused run that nobody watches is stopped after this


@dataclass(frozen=True)
class Orders:
    """What the training loop is to do; the newest orders replace the older ones.

    Attributes:
        limit: the last position to train to (positions count snapshots from 0); None is to the end, -1 is no further
            (the worker answers where that is, and then the limit says so).
        pace: epochs a second; 0 is as fast as the machine can.
        steer: (serial number, temperature, alpha) of the newest change by hand.
        stop: end the run.
    """

    limit: int | None = None
    pace: float = 0.0
    steer: tuple[int, float, float] | None = None
    stop: bool = False


# On the worker -------------------------------------------------------------------------------------------------------


class _StoppedError(Exception):
    """The run was told to stop."""


class _Desk:
    """Where orders for one run lie on a worker: set by a remote call, looked at by the training loop."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self._changed = threading.Condition()
        self._steers_seen = 0
        self._newest = 0  # the snapshot that is out, or being trained
        self._last_passed = 0.0
        self._seceded = False

    def put(self, orders: Orders) -> int:
        """The loop is to obey these; returns the position at which it holds if they allow no further one."""
        with self._changed:
            self.orders = orders
            self._changed.notify_all()
            return self._newest

    def check(self) -> None:
        """Raise if the run is to end; called at every step of training."""
        if self.orders.stop:
            raise _StoppedError

    def wait(self, position: int, on_steer: Callable[[float, float], None]) -> tuple[float, float] | None:
        """Return when the loop may go beyond `position`: the (temperature, alpha) to steer to, or None."""
        steer, begun = None, time.monotonic()
        with self._changed:
            while True:
                orders = self.orders
                self.check()
                if orders.steer and orders.steer[0] > self._steers_seen:
                    self._steers_seen, *heard = orders.steer
                    steer = (heard[0], heard[1])
                    on_steer(*steer)
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


_desks: dict[str, _Desk] = {}
_teachers: Teachers = {}
MAX_TEACHERS = 16


_stopped: set[str] = set()


def _stop_sweep(run_id: str) -> None:
    _stopped.add(run_id)


def _stopper(run_id: str) -> Callable[[], None]:
    def check() -> None:
        if run_id in _stopped:
            raise _StoppedError

    return check


def _teach(run_id: str, experiment: Experiment, fold: Fold | None) -> TeacherLogits | None:
    from kd_core.sweeps.pieces import teach

    with suppress(_StoppedError):
        return teach(experiment, fold, _stopper(run_id))
    return None


def _train_piece(
    run_id: str, topic: str, index: int, piece: Piece, teacher: TeacherLogits | None, fold: Fold | None
) -> Report | None:
    """The task of one piece: log an event for every report; returns the last one (events can be lost)."""
    from kd_core.sweeps.pieces import train_piece

    report, worker = None, get_worker()
    with suppress(_StoppedError):
        if teacher is not None:
            for report in train_piece(index, piece, teacher, fold, _stopper(run_id)):
                worker.log_event(topic, {"run": run_id, "fold": fold and fold.number, "report": pickle.dumps(report)})
    return report


def _work(study_id: str, topic: str, function: str, arguments: tuple[Any, ...]) -> list[Any]:
    """The task of a study: log an event for every value; returns them all (events can be lost)."""
    module, name = function.rsplit(".", 1)
    worker, values = get_worker(), []
    for value in getattr(importlib.import_module(module), name)(*arguments):
        values.append(value)
        worker.log_event(topic, {"study": study_id, "number": len(values) - 1, "value": pickle.dumps(value)})
    return values


def _put_orders(run_id: str, orders: Orders) -> int | None:
    return _desks[run_id].put(orders) if run_id in _desks else None


def _train(run_id: str, topic: str, experiment: Experiment, orders: Orders) -> tuple[list[Snapshot], str]:
    """The task: train, log an event for every snapshot, obey orders.

    Returns all snapshots (events can be lost with a connection), and why training failed, if it did.
    """
    from kd_core.data import load_dataset
    from kd_core.training import Steer, run

    worker, attempt = get_worker(), uuid.uuid4().hex
    desk = _desks[run_id] = _Desk(orders)

    def log(kind: str, value: Any) -> None:
        event = {"run": run_id, "attempt": attempt, "kind": kind, "value": pickle.dumps(value)}
        worker.log_event(topic, event)

    snapshots: list[Snapshot] = []
    try:
        log("start", load_dataset(experiment.dataset, noise=experiment.noise, seed=experiment.seed))
        while len(_teachers) >= MAX_TEACHERS:
            _teachers.pop(next(iter(_teachers)), None)
        training = run(experiment, teachers=_teachers, on_step=desk.check)
        steer: Steer | None = None
        with suppress(StopIteration):
            while True:
                snapshot = training.send(steer)
                snapshots.append(snapshot)
                log("snapshot", snapshot)
                epoch = snapshot.epoch if snapshot.phase == "students" else 0

                def acknowledge(
                    temperature: float, alpha: float, epoch: int = epoch, seen: Snapshot = snapshot
                ) -> None:
                    log("steered", seen.experiment.steered(epoch, temperature=temperature, alpha=alpha))

                heard = desk.wait(len(snapshots) - 1, acknowledge)
                steer = Steer(*heard) if heard else None
    except _StoppedError:
        pass
    except DivergenceError as problem:
        return snapshots, str(problem)
    finally:
        _desks.pop(run_id, None)
    return snapshots, ""


def _steered(seen: Snapshot, temperature: float, alpha: float) -> Experiment:
    epoch = seen.epoch if seen.phase == "students" else 0
    return seen.experiment.steered(epoch, temperature=temperature, alpha=alpha)


class WarmUp(WorkerPlugin):  # type: ignore[misc]
    """Train once before the first visitor does: torch loads much of itself at the first step, about two seconds.

    Every run gets one thread, so that its numbers don't depend on what else runs.
    """

    name = "kd-warm-up"

    async def setup(self, worker: Any) -> None:
        await asyncio.to_thread(_warm_up)  # in a thread: meanwhile the worker answers the scheduler


def _warm_up() -> None:
    import torch

    from kd_core.data import load_dataset
    from kd_core.training import run

    torch.set_num_threads(1)
    load_dataset("digits")
    for _ in run(Experiment(dataset="blobs", teacher="2", student="2", teacher_epochs=1, epochs=1)):
        pass


# In the process that shows the runs ----------------------------------------------------------------------------------


@dataclass(eq=False)
class Run:
    """A run as its followers see it. Changed in the event loop of `Jobs` only; reading it is safe from any thread.

    Attributes:
        experiment: the run so far, with its schedule if it was steered.
        status: "waiting", "running", "done", "stopped" or "failed".
        message: why it failed, or what happened to it.
        data: the data set, once training has begun.
        snapshots: what has arrived.
        revision: grows when the history begins anew, because a worker was lost.
        viewers: who watches; one name per open page.
    """

    experiment: Experiment
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    status: str = "waiting"
    message: str = ""
    data: Dataset | None = None
    snapshots: list[Snapshot] = field(default_factory=list)
    revision: int = 0
    orders: Orders = Orders()
    viewers: dict[str, int] = field(default_factory=dict)
    last_seen: float = field(default_factory=time.monotonic)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    attempt: str = ""
    submitted: Experiment | None = None
    submitted_orders: Orders = Orders()
    future: Any = None

    @property
    def position(self) -> int:
        """Index of the newest snapshot, -1 before the first."""
        return len(self.snapshots) - 1

    @property
    def is_live(self) -> bool:
        return self.status in ("waiting", "running")

    @property
    def is_paused(self) -> bool:
        limit = self.orders.limit
        if limit is None or not self.is_live:
            return False
        return self.position >= limit if limit >= 0 else self.status == "waiting"

    @property
    def state(self) -> str:
        """The status, or "paused"."""
        return "paused" if self.is_paused else self.status

    @property
    def is_held(self) -> bool:
        """Whether somebody has taken it in hand: it does not simply run to its end."""
        return self.status == "stopped" or (self.is_live and (self.orders.limit is not None or self.orders.pace > 0))

    def seen_by_others(self, viewer: str) -> bool:
        return any(name != viewer for name in self.viewers)

    def tell(self) -> None:
        """Wake whoever awaits `news`."""
        self.news.set()
        self.news = asyncio.Event()


@dataclass(eq=False)
class SweepRun:
    """A sweep as its followers see it; with `folds`, a cross-validation: one progress per fold.

    `status` is "waiting", "running", "done", "stopped" or "failed".
    """

    sweep: Sweep
    folds: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    status: str = "waiting"
    message: str = ""
    progress: list[Progress] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    futures: list[Any] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        return self.status in ("waiting", "running")

    @property
    def done(self) -> float:
        """Share of the training that is done, in [0, 1]."""
        return sum(part.done for part in self.progress) / len(self.progress)

    @property
    def seconds(self) -> float:
        """Time it has taken so far."""
        return (self.ended or time.monotonic()) - self.begun

    @property
    def seconds_left(self) -> float | None:
        """Time left if it goes on as it has; None before anything is known."""
        return self.seconds * (1 - self.done) / self.done if self.done else None


@dataclass(eq=False)
class Study:
    """A computation of an explanation: a generator of `kd_core` at work on a worker, and what it has yielded so far.

    `status` is "waiting", "running", "done" or "failed"; `message` says why it failed.
    """

    function: str
    arguments: tuple[Any, ...]
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    status: str = "waiting"
    message: str = ""
    values: list[Any] = field(default_factory=list)
    is_lost: bool = False  # with its workers: worth another try, unlike one that failed by itself

    @property
    def is_live(self) -> bool:
        return self.status in ("waiting", "running")


class Jobs:
    """All runs of one process. Coroutines run in its event loop; `call` is for other threads."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.runs: dict[str, Run] = {}
        self.sweeps: dict[tuple[str, int], SweepRun] = {}
        self._sweeps_by_id: dict[str, SweepRun] = {}
        self.studies: dict[tuple[str, tuple[Any, ...]], Study] = {}
        self._studies_by_id: dict[str, Study] = {}
        self.ready = asyncio.Event()
        self.failure = ""
        self._by_query: dict[str, Run] = {}
        self._topic = f"kd-{uuid.uuid4().hex}"
        self._client: Any = None
        self._tasks: set[asyncio.Task[None]] = set()

    # From other threads

    def call(self, work: Coroutine[Any, Any, T], timeout: float | None = 30.0) -> T:
        """Run a coroutine of this object from another thread and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    async def ended(self, work: SweepRun | Study) -> None:
        """Return when it is no longer under way."""
        while work.is_live:
            await asyncio.sleep(0.05)

    # Runs

    async def open(self, experiment: Experiment, viewer: str = "") -> Run:
        """The run of this experiment: the one there is, or a new one. One link costs one training."""
        run = self._by_query.get(experiment.to_query())
        if run is None or run.status in ("failed", "stopped") or (run.is_held and run.seen_by_others(viewer)):
            run = self._begin(experiment, Orders())
        return run

    async def start(self, experiment: Experiment, viewer: str = "", orders: Orders = Orders()) -> Run:
        """Train this experiment anew, unless it is being trained right now without anybody's hand on it."""
        run = self._by_query.get(experiment.to_query())
        if run is not None and run.is_live and not run.is_held and orders == Orders(pace=orders.pace):
            return run
        return self._begin(experiment, orders)

    async def order(
        self,
        run: Run,
        viewer: str = "",
        *,
        limit: int | EllipsisType | None = ...,
        pace: float | None = None,
        steer: tuple[float, float] | None = None,
        stop: bool = False,
    ) -> Run:
        """Change a run's orders: what is not given stays; `limit=None` lets it run on.

        Where others watch it too, they keep it, and the caller gets a copy of their own at the same position (the
        same experiment trains to the same numbers).
        """
        if not run.is_live:
            return run
        if run.seen_by_others(viewer):
            position = run.position
            if stop:  # the others go on; the caller keeps what has been seen
                return self._stopped_copy(run)
            run = self._begin(run.experiment, replace(run.orders, limit=position), shared=False)
            await self.until(run, lambda: run.position >= position or not run.is_live)
        serial = (run.orders.steer[0] if run.orders.steer else 0) + 1
        run.orders = Orders(
            limit=run.orders.limit if isinstance(limit, EllipsisType) else limit,
            pace=run.orders.pace if pace is None else pace,
            steer=(serial, *steer) if steer else run.orders.steer,
            stop=stop,
        )
        before = run.experiment
        if stop:
            run.status = "stopped"
            if run.future is not None and not run.snapshots:
                await run.future.cancel()
        run.tell()
        await self._send_orders(run)
        if isinstance(limit, int):
            await self.until(run, lambda: run.is_paused or not run.is_live, timeout=1.0)
        if steer and steer != before.heard_at(run.snapshots[-1].epoch if run.snapshots else 0):
            await self.until(run, lambda: run.experiment != before or not run.is_live, timeout=2.0)
        return run

    def forget_viewer(self, run: Run, viewer: str) -> None:
        """A page has stopped watching."""
        run.viewers[viewer] = run.viewers.get(viewer, 1) - 1
        if run.viewers[viewer] <= 0:
            del run.viewers[viewer]
        run.last_seen = time.monotonic()

    def add_viewer(self, run: Run, viewer: str) -> None:
        """A page has begun to watch."""
        run.viewers[viewer] = run.viewers.get(viewer, 0) + 1

    # Sweeps

    async def open_sweep(self, sweep: Sweep, folds: int = 0, *, anew: bool = False) -> SweepRun:
        """The sweep of this link: the one there is, or a new one; with `folds`, its cross-validation."""
        key = (sweep.to_query(), folds)
        run = self.sweeps.get(key)
        if run is None or run.status in ("failed", "stopped") or (anew and not run.is_live):
            parts = [Progress(sweep) for _ in range(folds or 1)]
            run = self.sweeps[key] = SweepRun(sweep, folds, progress=parts)
            _forget_ended(self.sweeps, MAX_RUNS)
            self._spawn(self._follow_sweep(run))
        return run

    async def stop_sweep(self, run: SweepRun) -> None:
        """End a sweep; what is done stays."""
        if run.is_live:
            run.status, run.ended = "stopped", time.monotonic()
            if self.ready.is_set():
                await self._client.run(_stop_sweep, run.id, on_error="ignore")
                await self._client.cancel(list(run.futures))

    async def _follow_sweep(self, run: SweepRun) -> None:
        """Submit the teachers and as many pieces at a time as there are workers: that bounds what memory they need."""
        await self.ready.wait()
        if not run.is_live:
            return
        run.status, run.begun = "running", time.monotonic()
        self._sweeps_by_id[run.id] = run
        places = asyncio.Semaphore(max(1, len(self._client.scheduler_info(n_workers=-1)["workers"])))
        teachers: dict[Any, Any] = {}

        async def train(part: Progress, fold: Fold | None, index: int) -> None:
            async with places:
                if not run.is_live:
                    return
                piece = part.pieces[index]
                key = (piece.experiment.teacher_key, fold)
                if key not in teachers:
                    teachers[key] = self._client.submit(_teach, run.id, piece.experiment, fold, pure=False)
                    run.futures.append(teachers[key])
                future = self._client.submit(
                    _train_piece, run.id, self._topic, index, piece, teachers[key], fold, pure=False
                )
                run.futures.append(future)
                report = await future
                run.futures.remove(future)  # its result is here: if its worker is lost now, nothing is trained again
                if report is not None and run.is_live:
                    part.add(report)

        try:
            async with asyncio.TaskGroup() as group:
                for number, part in enumerate(run.progress):
                    fold = Fold(number, run.folds) if run.folds else None
                    for index in range(len(part.pieces)):
                        group.create_task(train(part, fold, index))
            outcome = "done"
        except* asyncio.CancelledError:
            outcome = "failed"
        except* Exception as problems:
            outcome, run.message = "failed", _sentence(problems.exceptions[0])
        if run.is_live:
            run.status, run.ended = outcome, time.monotonic()
        run.futures = []
        del self._sweeps_by_id[run.id]

    # Studies

    async def study(self, function: str, *arguments: Any) -> Study:
        """The study of this generator function, "kd_core.module.name", with these arguments: one for all who ask.

        The function is named, not passed, because its module may need torch, which is loaded on workers only.
        """
        key = (function, arguments)
        study = self.studies.get(key)
        if study is None or study.is_lost:
            study = self.studies[key] = Study(function, arguments)
            _forget_ended(self.studies, MAX_STUDIES)
            self._spawn(self._follow_study(study))
        return study

    async def _follow_study(self, study: Study) -> None:
        await self.ready.wait()
        study.status = "running"
        self._studies_by_id[study.id] = study
        try:
            study.values = await self._client.submit(
                _work, study.id, self._topic, study.function, study.arguments, pure=False, priority=-1
            )
            study.status = "done"
        except asyncio.CancelledError:
            study.status, study.is_lost = "failed", True
            study.message = "The connection to the training workers was lost."
        except Exception as problem:
            study.status, study.message = "failed", _sentence(problem)
        finally:
            del self._studies_by_id[study.id]

    # Life

    async def connect(self, workers: int = 2) -> None:
        """Start a cluster on this machine (TLS, loopback only), or join the one that `KD_SCHEDULER` names."""
        # Every event is delivered as it comes; the scheduler's own copy need not hold more than a few.
        dask.config.set({"distributed.admin.low-level-log-length": 100, "distributed.scheduler.work-stealing": False})
        address = os.environ.get("KD_SCHEDULER")
        try:
            if address:
                self._client = await Client(address, asynchronous=True, name="kd-lab")
            else:
                self._cluster = await LocalCluster(
                    n_workers=workers,
                    threads_per_worker=8,
                    processes=True,
                    asynchronous=True,
                    dashboard_address="127.0.0.1:0",
                    security=True,
                    host="127.0.0.1",
                )
                self._client = await Client(self._cluster, asynchronous=True)
            self._client.subscribe_topic(self._topic, self._on_event)
            await self._client.register_plugin(WarmUp())
        except Exception as problem:
            self.failure = f"The training workers could not be started: {problem}"
            raise
        self._spawn(self._reap())
        self.ready.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for run in self.runs.values():
            run.orders = replace(run.orders, stop=True)
            if run.is_live:
                await self._send_orders(run)
        if self._client is not None:
            await self._client.close()
        if cluster := getattr(self, "_cluster", None):
            await cluster.close()

    async def worker_pids(self) -> dict[str, int]:
        """Process ids of the workers by address."""
        return dict(await self._client.run(os.getpid))

    # Inside

    def _begin(self, experiment: Experiment, orders: Orders, *, shared: bool = True) -> Run:
        run = Run(experiment, orders=orders)
        self.runs[run.id] = run
        if shared:
            self._by_query[experiment.to_query()] = run
        self._forget_old_runs()
        self._spawn(self._follow(run))
        return run

    def _stopped_copy(self, run: Run) -> Run:
        copy = Run(run.experiment, status="stopped", data=run.data, snapshots=list(run.snapshots))
        self.runs[copy.id] = copy
        return copy

    async def _follow(self, run: Run) -> None:
        """Submit the task and see it to its end."""
        await self.ready.wait()
        if run.status == "stopped":
            return
        run.submitted, run.submitted_orders = run.experiment, run.orders
        run.future = future = self._client.submit(
            _train, run.id, self._topic, run.experiment, run.orders, pure=False, key=f"train-{run.id}-{run.revision}"
        )
        try:
            snapshots, failure = await future
        except asyncio.CancelledError:
            if run.future is future and run.is_live and not asyncio.current_task().cancelling():  # type: ignore[union-attr]
                self._end(
                    run, "failed", "The connection to the training workers was lost. Press Start to run it again."
                )
            return
        except Exception as problem:
            if run.future is future and run.status != "stopped":
                self._end(run, "failed", _sentence(problem))
            return
        if run.future is not future:
            return  # replaced after a worker was lost
        if run.is_live and len(snapshots) > len(run.snapshots):  # what is stopped stays as it was seen
            run.snapshots = snapshots
        if snapshots:
            self._adopt(run, snapshots[-1].experiment)
        self._end(run, "failed" if failure else "stopped" if run.status == "stopped" else "done", failure)

    def _end(self, run: Run, status: str, message: str) -> None:
        run.status, run.message, run.future = status, message or run.message, None
        run.tell()

    def _on_event(self, stamped: tuple[float, dict[str, Any]]) -> None:
        event = stamped[1]
        if "report" in event:
            sweep = self._sweeps_by_id.get(event["run"])
            if sweep is not None and sweep.is_live:
                sweep.progress[event["fold"] or 0].add(pickle.loads(event["report"]))
            return
        if "study" in event:
            study = self._studies_by_id.get(event["study"])
            if study is not None and len(study.values) == event["number"]:
                study.values.append(pickle.loads(event["value"]))
            return
        run = self.runs.get(event["run"])
        if run is None or (run.status != "waiting" and run.status != "running"):
            return
        value = pickle.loads(event["value"])
        if event["kind"] == "start":
            self._on_start(run, event["attempt"], value)
        elif event["attempt"] != run.attempt:
            return
        elif event["kind"] == "snapshot":
            run.snapshots.append(value)
            self._adopt(run, value.experiment)
        elif event["kind"] == "steered":
            self._adopt(run, value)
        run.tell()

    def _on_start(self, run: Run, attempt: str, data: Dataset) -> None:
        if run.attempt:
            run.message = "A training worker was lost, so the run began again."
            run.revision += 1
            run.snapshots = []
            if run.experiment != run.submitted:  # what was steered by hand is part of the run: submit it with that
                run.attempt, run.future, run.orders = "", None, replace(run.orders, steer=None)
                self._spawn(self._submit_again(run))
                return
        if run.orders != run.submitted_orders or run.orders.limit == -1:  # given before there was a loop to obey them
            self._spawn(self._send_orders(run))
        run.attempt, run.data, run.status = attempt, data, "running"

    async def _submit_again(self, run: Run) -> None:
        """End what still trains under this run's name, and only then submit it: the end must not meet the new one."""
        await self._client.run(_put_orders, run.id, Orders(stop=True), on_error="ignore")
        await self._follow(run)

    def _adopt(self, run: Run, experiment: Experiment) -> None:
        """The run has become this experiment, because it was steered: from now on it answers to that link."""
        if experiment == run.experiment:
            return
        if self._by_query.get(run.experiment.to_query()) is run:
            del self._by_query[run.experiment.to_query()]
        run.experiment = experiment
        self._by_query[experiment.to_query()] = run

    async def _send_orders(self, run: Run) -> None:
        if self._client is None or run.future is None:
            return
        answers = await self._client.run(_put_orders, run.id, run.orders, on_error="ignore")
        held = [position for position in answers.values() if isinstance(position, int)]
        if run.orders.limit == -1 and held:
            run.orders = replace(run.orders, limit=held[0])
            run.tell()

    async def until(self, run: Run, true: Callable[[], bool], timeout: float = 30.0) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not true():
                    await run.news.wait()

    async def _reap(self) -> None:
        """Stop runs that somebody has held and left."""
        while True:
            await asyncio.sleep(ABANDONED_SECONDS / 4)
            for run in list(self.runs.values()):
                abandoned = not run.viewers and time.monotonic() - run.last_seen > ABANDONED_SECONDS
                if run.is_live and run.is_held and abandoned:
                    await self.order(run, stop=True)

    def _forget_old_runs(self) -> None:
        for run in list(self.runs.values()):
            if len(self.runs) <= MAX_RUNS:
                break
            if not run.is_live and not run.viewers:
                del self.runs[run.id]
                if self._by_query.get(run.experiment.to_query()) is run:
                    del self._by_query[run.experiment.to_query()]

    def _spawn(self, work: Awaitable[Any]) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _forget_ended(kept: dict[Any, SweepRun] | dict[Any, Study], most: int) -> None:
    """Drop the oldest of those that have ended until `most` are left."""
    ended = [key for key, work in kept.items() if not work.is_live]
    for key in ended[: max(0, len(kept) - most)]:
        del kept[key]


def _sentence(problem: Exception) -> str:
    """What went wrong, in one sentence for whoever watches."""
    if type(problem).__name__ == "KilledWorker":
        return "The training workers died again and again on this run, so it was given up; try smaller networks."
    return str(problem) or type(problem).__name__


_current: Jobs | None = None


def current() -> Jobs:
    """The `Jobs` of this process, begun by `serve` or `serve_in_thread`."""
    if _current is None:
        raise RuntimeError("The training workers are not running: start the app with `streamlit run app.py`.")
    return _current


@asynccontextmanager
async def serve() -> AsyncIterator[Jobs]:
    """Begin this process's `Jobs` in the running event loop. Workers start in the background: the app need not wait."""
    global _current
    _current = jobs = Jobs()
    starting = asyncio.create_task(jobs.connect())
    starting.add_done_callback(lambda task: task.cancelled() or task.exception())
    try:
        yield jobs
    finally:
        _current = None
        with suppress(Exception):
            await starting
        await jobs.close()


@contextmanager
def serve_in_thread() -> Iterator[Jobs]:
    """As `serve`, for a process without an event loop of its own, such as a test: the loop gets a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    service = serve()
    try:
        jobs = asyncio.run_coroutine_threadsafe(service.__aenter__(), loop).result()
        jobs.call(jobs.ready.wait(), timeout=60)
        yield jobs
    finally:
        asyncio.run_coroutine_threadsafe(service.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
