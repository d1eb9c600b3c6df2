"""A teacher's training as an explanation tells of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, TypeVar

from kd_core.snapshot import Snapshot

if TYPE_CHECKING:
    from kd_core.teaching import Teacher, TeacherTraining

T = TypeVar("T")


def told(training: TeacherTraining, say: Callable[[Snapshot], T]) -> Generator[T, None, Teacher]:
    """A teacher's training, telling something else of every snapshot."""
    while True:
        try:
            snapshot = next(training)
        except StopIteration as end:
            teacher: Teacher = end.value
            return teacher
        yield say(snapshot)
