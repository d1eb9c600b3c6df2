"""Jobs as their followers see them: runs, sweeps and studies are one record; what differs is what they are made of.

A record is changed in the event loop of `Jobs` only. What it holds is replaced, never changed, so a page on another
thread that has read a value can go on with it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from kd_core.data import HeldOut
from kd_core.experiment import Experiment
from kd_core.jobs import cost
from kd_core.jobs.cost import Work
from kd_core.jobs.seats import Seat
from kd_core.jobs.tasks import TO_THE_END, Call, Orders, Task, Teach, TrainPiece, TrainRun
from kd_core.messages import Message
from kd_core.snapshot import Snapshot
from kd_core.sweeps.grid import Fold, Progress, Report, Sweep

T = TypeVar("T")


@dataclass(eq=False)
class Part:
    """A share of a job that one worker does, and where it is being done. Only `Jobs` looks at it.

    `received` counts the values that have arrived; `attempt` names the try of a worker whose values they are.
    """

    number: int
    task: Task
    submission: str = ""
    seat: Seat | None = None
    sent: Orders = TO_THE_END
    future: Any = None
    attempt: str = ""
    worker: str = ""
    received: int = 0


@dataclass(eq=False, kw_only=True)
class Job(ABC):
    """A computation on workers.

    Attributes:
        status: "waiting", "running", "done", "stopped" or "failed".
        message: why it failed, or what happened to it.
        revision: grows when what has arrived begins anew, because a worker was lost.
        owner: whose share of the workers it uses: who asked for it first.
        guess: seconds of computing that it was expected to take; None if nobody knew.
        computed: seconds that workers have computed for it, once it has ended.
        place: how many are before it in the queue, and the seconds until it begins; None if it does not wait there.
        viewers: who watches; one name per open page.
        news: set when something has changed, and replaced by the next one.
    """

    id: str = field(default_factory=lambda: secrets.token_hex(16))  # who knows it may follow: not to be guessed
    status: str = "waiting"
    message: str = ""
    revision: int = 0
    orders: Orders = TO_THE_END
    owner: str = ""
    guess: float | None = None
    computed: float = 0.0
    place: tuple[int, float] | None = None
    viewers: Mapping[str, int] = field(default_factory=dict)
    last_seen: float = field(default_factory=time.monotonic)
    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    parts: Sequence[Part] = ()
    teachers: dict[Task, Part] = field(default_factory=dict)

    priority = 0  # of its tasks, for the scheduler
    lost = "connection_lost"  # the kind of message if its workers are

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """Who asks for the same gets the same job."""

    @abstractmethod
    def tasks(self) -> Sequence[Task]:
        """What workers have to do for it."""

    @property
    def work(self) -> Work | None:
        """What it will cost; None if that is not known."""
        return None

    @property
    def memory(self) -> int:
        """Bytes that a worker needs for it at once."""
        return 0

    @property
    def base(self) -> Experiment | None:
        """The experiment that can be made smaller if it is too large."""
        return None

    def of(self, experiment: Experiment) -> Job:
        """The same job of another experiment."""
        raise NotImplementedError

    @abstractmethod
    def receive(self, part: int, value: Any) -> None:
        """A part has sent its next value."""

    @abstractmethod
    def complete(self, part: int, values: Sequence[Any]) -> None:
        """A part has ended, and these are all its values: some may not have arrived before."""

    def begin(self, opening: Any) -> None:
        """A part has begun, with what is known of it then."""
        self.status = "running"

    def begin_again(self) -> bool:
        """A worker was lost, and another begins its part again: whether what has arrived begins anew too."""
        return False

    @property
    def is_live(self) -> bool:
        return self.status in ("waiting", "running")

    @property
    def is_at_rest(self) -> bool:
        """Whether it has ended and no worker has anything to do with it any more."""
        return not self.is_live and all(part.future is None for part in self.parts)

    @property
    def is_held(self) -> bool:
        """Whether somebody has taken it in hand: it does not simply run to its end."""
        return False

    @property
    def seconds(self) -> float:
        """Time it has taken so far."""
        return (self.ended or time.monotonic()) - self.begun

    def look(self) -> None:
        """Somebody has looked at it: it is not abandoned."""
        self.last_seen = time.monotonic()

    def seen_by_others(self, viewer: str) -> bool:
        return any(name != viewer for name in self.viewers)

    def tell(self) -> None:
        """Wake whoever awaits `news`."""
        self.news.set()
        self.news = asyncio.Event()


@dataclass(eq=False, kw_only=True)
class Run(Job):
    """A run: `experiment` with its schedule if it was steered, what pages show of its data, and its snapshots."""

    experiment: Experiment
    held_out: HeldOut | None = None
    snapshots: Sequence[Snapshot] = field(default_factory=list)

    @property
    def key(self) -> Hashable:
        return self.experiment.to_query()

    def tasks(self) -> Sequence[Task]:
        return [TrainRun(self.experiment)]

    @property
    def work(self) -> Work:
        return cost.of_run(self.experiment)

    @property
    def memory(self) -> int:
        return cost.memory_of_run(self.experiment)

    @property
    def base(self) -> Experiment:
        return self.experiment

    def of(self, experiment: Experiment) -> Run:
        return Run(experiment=experiment)

    def receive(self, part: int, value: Snapshot) -> None:
        self.snapshots = [*self.snapshots, value]

    def complete(self, part: int, values: Sequence[Snapshot]) -> None:
        if len(values) > len(self.snapshots):
            self.snapshots = values

    def begin(self, opening: HeldOut) -> None:
        super().begin(opening)
        self.held_out = opening

    def begin_again(self) -> bool:
        self.message, self.snapshots = Message("began_again"), []
        self.revision += 1
        return True

    @property
    def position(self) -> int:
        """Index of the newest snapshot, -1 before the first."""
        return len(self.snapshots) - 1

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
        return self.status == "stopped" or (self.is_live and (self.orders.limit is not None or self.orders.pace > 0))


@dataclass(eq=False, kw_only=True)
class SweepRun(Job):
    """A sweep; with `folds`, a cross-validation: one progress for each fold."""

    sweep: Sweep
    folds: int = 0
    progress: Sequence[Progress] = ()

    def __post_init__(self) -> None:
        self.progress = [Progress.of(self.sweep)] * (self.folds or 1)

    @property
    def key(self) -> Hashable:
        return self.sweep.to_query(), self.folds

    def tasks(self) -> Sequence[Task]:
        folds: list[Fold | None] = [Fold(number, self.folds) for number in range(self.folds)] or [None]
        return [
            TrainPiece(piece, fold, needs=Teach(piece.experiment, fold))
            for fold, progress in zip(folds, self.progress, strict=True)
            for piece in progress.pieces
        ]

    @property
    def work(self) -> Work:
        return cost.of_sweep(self.sweep, max(1, self.folds))

    @property
    def base(self) -> Experiment:
        return self.sweep.base

    def of(self, experiment: Experiment) -> SweepRun:
        return SweepRun(sweep=replace(self.sweep, base=experiment), folds=self.folds)

    def receive(self, part: int, value: Report) -> None:
        fold, piece = divmod(part, len(self.progress[0].pieces))
        progress = list(self.progress)
        progress[fold] = progress[fold].with_report(piece, value)
        self.progress = progress

    def complete(self, part: int, values: Sequence[Report]) -> None:
        for value in values[-1:]:
            self.receive(part, value)

    @property
    def done(self) -> float:
        """Share of the training that is done, in [0, 1]."""
        return sum(part.done for part in self.progress) / len(self.progress)

    @property
    def seconds_left(self) -> float | None:
        """Time left if it goes on as it has; None before anything is known."""
        return self.seconds * (1 - self.done) / self.done if self.done else None


@dataclass(eq=False, kw_only=True)
class Study(Job, Generic[T]):
    """A computation of an explanation: a generator function called on a worker, and what it has yielded so far."""

    call: Call
    values: Sequence[T] = field(default_factory=list)

    priority = -1
    lost = "study_lost"

    @property
    def key(self) -> Hashable:
        return self.call

    def tasks(self) -> Sequence[Task]:
        return [self.call]

    def receive(self, part: int, value: T) -> None:
        self.values = [*self.values, value]

    def complete(self, part: int, values: Sequence[T]) -> None:
        self.values = values
