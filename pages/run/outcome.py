"""Runs on an explaining page: opened by their link, and what they found."""

from __future__ import annotations

from dataclasses import dataclass

from kd_core import Experiment, Snapshot, jobs
from kd_core.jobs import Run
from kd_core.sweeps.intervals import Interval, interval, paired_difference
from pages.run.study import met


def open_run(experiment: Experiment) -> Run:
    """The run of this experiment, on its way to its end: the one there is, or a new one if a visitor holds that."""
    service = jobs.current()
    run = service.call(service.open(experiment))
    return met(service.call(service.start(experiment)) if run.is_held else run)


def newest(run: Run, phase: str) -> Snapshot | None:
    """The last snapshot of the "teacher" or of the "students"."""
    return next((snapshot for snapshot in reversed(run.snapshots) if snapshot.phase == phase), None)


@dataclass(frozen=True)
class Outcome:
    """Test accuracies of a teacher and its students; `gain` is distilled - alone on the same seeds."""

    teacher: float
    alone: Interval
    distilled: Interval
    gain: Interval

    @property
    def leader(self) -> str:
        """ "distilled", "alone", or "same" where the interval of the difference holds zero."""
        if not self.gain.is_clear:
            return "same"
        return "distilled" if self.gain.mean > 0 else "alone"


def outcome(run: Run) -> Outcome | None:
    """What a run has found, once it is done."""
    teacher, students = newest(run, "teacher"), newest(run, "students")
    return compare(teacher, students) if run.status == "done" and teacher and students else None


def compare(teacher: Snapshot, students: Snapshot) -> Outcome:
    """The test accuracies of these two snapshots of a run."""
    alone, distilled = (students.actors[actor].test_accuracy for actor in ("alone", "distilled"))
    return Outcome(
        float(teacher.actors["teacher"].test_accuracy[0]),
        interval(alone),
        interval(distilled),
        paired_difference(distilled, alone),
    )
