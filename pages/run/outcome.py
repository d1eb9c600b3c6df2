"""Runs on an explaining page: opened by their link, and what they found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kd_core import Experiment, Snapshot, jobs
from kd_core.jobs import Run
from kd_core.sweeps.intervals import Interval, interval, paired_difference
from pages.run.study import met, viewer


def open_run(experiment: Experiment) -> Run:
    """The run of this experiment, on its way to its end: the one there is, or a new one if a visitor holds that."""
    service = jobs.current()
    run = service.call(service.open(experiment, viewer()))
    return met(service.call(service.start(experiment, viewer())) if run.is_held else run)


def newest(run: Run, phase: str) -> Snapshot | None:
    """The last snapshot of the "teacher" or of the "students"."""
    return next((snapshot for snapshot in reversed(run.snapshots) if snapshot.phase == phase), None)


class Collapsed(NamedTuple):
    """How many of each actor's networks have learned nothing."""

    teacher: int = 0
    alone: int = 0
    distilled: int = 0


NOBODY = Collapsed()


@dataclass(frozen=True)
class Outcome:
    """Test accuracies of teachers and their students, means over splits.

    `gain` is distilled - alone on the same seeds, over the pairs in which neither these two nor their teacher has
    collapsed: a dead network is no evidence of what a living one learns.
    """

    teacher: float
    alone: Interval
    distilled: Interval
    gain: Interval
    collapsed: Collapsed = NOBODY

    @property
    def leader(self) -> str:
        """Who is ahead: "distilled" or "alone", "same" where that is not sure, "collapsed" where a network has.

        On one split that is said of this split; on several, where the next one is expected to say the same.
        """
        if any(self.collapsed):
            return "collapsed"
        return {1: "distilled", -1: "alone", 0: "same"}[self.gain.side]

    @property
    def is_on_average(self) -> bool:
        """Whether a leader over several splits is clear, but the next split may say otherwise."""
        return self.leader == "same" and self.gain.is_clear


def outcome(run: Run) -> Outcome | None:
    """What a run has found, once it is done."""
    teacher, students = newest(run, "teacher"), newest(run, "students")
    return compare(teacher, students) if run.status == "done" and teacher and students else None


def compare(teacher: Snapshot, students: Snapshot) -> Outcome:
    """The test accuracies of these two snapshots of a run."""
    splits, taught = students.experiment.splits, teacher.actors["teacher"]
    alone, distilled = (students.actors[actor] for actor in ("alone", "distilled"))
    # Pair k sits in split k % splits, and so does its teacher.
    dead = alone.collapsed | distilled.collapsed | np.resize(taught.collapsed, alone.collapsed.shape)
    return Outcome(
        mean_of(taught.test_accuracy, splits),
        interval(alone.test_accuracy, splits=splits),
        interval(distilled.test_accuracy, splits=splits),
        paired_difference(np.where(dead, np.nan, distilled.test_accuracy), alone.test_accuracy, splits=splits),
        Collapsed(*(int(actor.collapsed.sum()) for actor in (taught, alone, distilled))),
    )


def mean_of(values: ArrayLike, splits: int) -> float:
    """The mean of the splits' means: pairs dealt out unequally don't give a split more weight."""
    data = np.asarray(values, np.float64)
    if splits == 1 and not np.isnan(data).any():  # most of what a frame asks for, and a tenth of what an interval takes
        return float(data.mean())
    return interval(data, splits=splits).mean
