"""The reading: a headline, how sure it is, and a plain paragraph: what the numbers of a snapshot say, and no more.

Its sentences are in `pages/words/<language>/reading.toml`; here is which of them hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kd_core.experiment import Experiment
from kd_core.models import multiply_accumulates, parameter_count
from kd_core.snapshot import Snapshot
from pages.run.outcome import Outcome, compare
from pages.ui.numbers import count, interval_points, kilobytes, number, percent, points
from pages.ui.words import Words


class Reading(NamedTuple):
    """What one reads first, how sure it is, and the rest."""

    headline: str
    sure: str
    more: str


def reading(teacher: Snapshot, students: Snapshot | None, w: Words) -> Reading:
    """What a run says, given the newest snapshot of the teacher and, if there is one, of the students.

    There is no verdict before the last epoch: until then the numbers are those of so far.
    """
    experiment = (students or teacher).experiment
    score = percent(w, teacher.actors["teacher"].test_accuracy[0])
    if students is None:
        epochs = {"epoch": teacher.epoch, "epochs": teacher.epochs}
        return Reading(w("teacher_trains.headline", accuracy=score), w("teacher_trains.sure", **epochs), "")
    found = compare(teacher, students)
    if students.epoch < students.epochs:
        epochs = {"epoch": students.epoch, "epochs": students.epochs}
        headline, sure = w("on_the_way.headline", **_scores(found, w)), w("on_the_way.sure", n=found.gain.n, **epochs)
    else:
        headline, sure = verdict(found, experiment, w)
    agreement = {name: percent(w, students.actors[name].agreement.mean()) for name in ("distilled", "alone")}
    more = [w("teacher", accuracy=score), w("agreement", **agreement), sizes(experiment, w)]
    return Reading(headline, sure, " ".join(more))


def verdict(found: Outcome, experiment: Experiment, w: Words) -> tuple[str, str]:
    """Who leads and by how much; over how many seeds, and whether the difference is clear."""
    scores, gain = _scores(found, w), found.gain
    if experiment.alpha == 1 and not experiment.changes:
        return w("verdict.same.headline"), w("verdict.same.sure", **scores)
    if gain.n == 1:
        return w("verdict.one_seed.headline", gain=points(w, gain.mean)), w("verdict.one_seed.sure", **scores)
    spread = {**scores, "n": gain.n, **interval_points(w, gain)}
    which = "unclear" if found.leader == "same" else found.leader
    headline, sure = w(f"verdict.{which}.headline", gain=points(w, gain.mean)), w(f"verdict.{which}.sure", **spread)
    return headline, f"{sure} {w('verdict.two_seeds')}" if gain.n == 2 else sure


def _scores(found: Outcome, w: Words) -> dict[str, str]:
    return {"distilled": percent(w, found.distilled.mean), "alone": percent(w, found.alone.mean)}


def sizes(experiment: Experiment, w: Words) -> str:
    """How much smaller and cheaper the student is; counts come from the layer widths."""
    teacher, student = experiment.teacher_widths, experiment.student_widths
    return w(
        "sizes",
        parameters=count(parameter_count(student)),
        fewer_parameters=ratio(teacher, student, parameter_count, w),
        multiply_adds=count(multiply_accumulates(student)),
        fewer_multiply_adds=ratio(teacher, student, multiply_accumulates, w),
        bytes=kilobytes(w, student),
    )


def ratio(
    teacher: tuple[int, ...], student: tuple[int, ...], measure: Callable[[tuple[int, ...]], int], w: Words
) -> str:
    """'70 times fewer than the teacher', or '1.5 times more'."""
    times = measure(teacher) / measure(student)
    if round(times, 1) == 1:
        return w("ratio.same")
    which, times = ("fewer", times) if times > 1 else ("more", 1 / times)
    return w(f"ratio.{which}", times=number(w, times, 0 if times >= 10 else 1))
