"""The reading: one plain paragraph that says what the numbers of a snapshot say, and no more.

Its sentences are in `pages/words/<language>/reading.toml`; here is which of them hold.
"""

from __future__ import annotations

from collections.abc import Callable

from kd_core.experiment import Experiment
from kd_core.models import multiply_accumulates, parameter_count
from kd_core.snapshot import Snapshot
from pages.run.outcome import Outcome, compare
from pages.ui.numbers import count, interval_points, kilobytes, number, percent, points
from pages.ui.words import Words


def reading(teacher: Snapshot, students: Snapshot | None, w: Words) -> str:
    """What a run says so far, given the newest snapshot of the teacher and, if there is one, of the students."""
    experiment = (students or teacher).experiment
    score = percent(w, teacher.actors["teacher"].test_accuracy[0])
    if students is None:
        return w("teacher_trains", accuracy=score, epoch=teacher.epoch, epochs=teacher.epochs)
    says = verdict(compare(teacher, students), experiment, w)
    if students.epoch < students.epochs:
        first = w("on_the_way", epoch=students.epoch, epochs=students.epochs, verdict=says)
    else:
        first = w("at_the_end", verdict=says)
    agreement = {name: percent(w, students.actors[name].agreement.mean()) for name in ("distilled", "alone")}
    return " ".join([first, w("teacher", accuracy=score), w("agreement", **agreement), sizes(experiment, w)])


def verdict(found: Outcome, experiment: Experiment, w: Words) -> str:
    """Who leads, by how much, over how many seeds, and whether the difference is clear."""
    numbers = w("verdict.numbers", distilled=percent(w, found.distilled.mean), alone=percent(w, found.alone.mean))
    if experiment.alpha == 1 and not experiment.changes:
        return w("verdict.same", numbers=numbers)
    gain = found.gain
    if gain.n == 1:
        return w("verdict.one_seed", numbers=numbers, gain=points(w, gain.mean))
    spread = w("verdict.spread", n=gain.n, **interval_points(w, gain))
    if found.leader == "same":
        unclear = w("verdict.unclear", numbers=numbers, spread=spread)
        return f"{unclear} {w('verdict.two_seeds')}" if gain.n == 2 else unclear
    return w(f"verdict.{found.leader}_leads", numbers=numbers, spread=spread)


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
