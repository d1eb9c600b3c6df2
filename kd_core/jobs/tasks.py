"""What is asked of a worker: tasks and orders. Values that travel, so nothing here is loaded that needs torch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, ParamSpec, TypeVar

from kd_core.data import HeldOut
from kd_core.experiment import Condition, Experiment
from kd_core.jobs.brought import is_brought
from kd_core.snapshot import Snapshot
from kd_core.sweeps.grid import Fold, Piece, Report

P = ParamSpec("P")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Orders:
    """What the training loop is to do; the newest orders replace the older ones.

    Attributes:
        limit: the last position to train to (positions count values from 0); None is to the end, -1 is no further
            (the worker answers where that is, and then the limit says so).
        pace: epochs a second; 0 is as fast as the machine can.
        steer: (serial number, temperature, alpha) of the newest change by hand.
        stop: end it.
    """

    limit: int | None = None
    pace: float = 0.0
    steer: tuple[int, float, float] | None = None
    stop: bool = False


TO_THE_END = Orders()


@dataclass(frozen=True)
class Remote(Generic[P, T_co]):
    """A generator function for workers, by name: its module may need torch, which is loaded there only."""

    module: str
    name: str

    @property
    def __name__(self) -> str:
        return self.name

    def resolve(self) -> Callable[P, Iterator[T_co]]:
        """The function itself: this imports its module."""
        function: Callable[P, Iterator[T_co]] = getattr(import_module(self.module), self.name)
        return function


class OnWorker:
    """A module for workers, without importing it: each of its names is a `Remote`.

    Where it is used, `if TYPE_CHECKING` the module itself stands in its place: a wrong name or argument fails in mypy.
    """

    def __init__(self, module: str) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Remote[..., Any]:
        return Remote(self.module, name)


class Task:
    """What one worker does: a generator of values that can be stopped between steps.

    `needs` is another task, whose result is handed to `generate` as `given`.
    """

    needs: Task | None = None

    @property
    def own_data(self) -> set[str]:
        """Names of what people brought that it needs, data and answers: workers on other machines are given it."""
        return set(_own_data(tuple(vars(self).values())))

    def opening(self) -> Any:
        """What is told before the first value."""

    def generate(self, given: Any) -> Generator[Any, Condition | None, Any]:
        """The values; what is returned at last is the task's result."""
        raise NotImplementedError


def _own_data(value: Any) -> Iterator[str]:
    if isinstance(value, Experiment):
        yield from _own_data((value.dataset, value.teacher_file))
    elif isinstance(value, Piece | Teach):
        yield from _own_data(value.experiment)
    elif isinstance(value, tuple):
        for each in value:
            yield from _own_data(each)
    elif isinstance(value, str) and is_brought(value):
        yield value


@dataclass(frozen=True)
class TrainRun(Task):
    """Train an experiment: its snapshots."""

    experiment: Experiment

    def opening(self) -> HeldOut:
        return self.experiment.load_data().shown

    def generate(self, given: Any) -> Generator[Snapshot, Condition | None, None]:
        from kd_core.teaching import TEACHERS
        from kd_core.training import run

        return run(self.experiment, teachers=TEACHERS)


@dataclass(frozen=True)
class Teach(Task):
    """Train a teacher: no values; its logits are the result."""

    experiment: Experiment
    fold: Fold | None = None

    def generate(self, given: Any) -> Generator[Any, Condition | None, Any]:
        from kd_core.teaching import teacher_of

        yield from ()
        return teacher_of(self.experiment, view=self.fold).logits


@dataclass(frozen=True)
class TrainPiece(Task):
    """Train a piece of a sweep, given its teacher's logits: its reports."""

    piece: Piece
    fold: Fold | None
    needs: Teach

    def generate(self, given: Any) -> Generator[Report, Condition | None, None]:
        from kd_core.sweeps.pieces import train_piece

        yield from train_piece(self.piece, given, self.fold)


@dataclass(frozen=True)
class Call(Task):
    """Call a generator function: what it yields."""

    function: Remote[..., Any]
    arguments: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, function: Remote[P, Any], *arguments: P.args, **options: P.kwargs) -> Call:
        return cls(function, arguments, tuple(sorted(options.items())))

    def generate(self, given: Any) -> Generator[Any, Condition | None, None]:
        yield from self.function.resolve()(*self.arguments, **dict(self.options))
