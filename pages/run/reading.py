"""The reading: one plain paragraph that says what the numbers of a snapshot say, and no more.

Its sentences are in `pages/words/<language>/reading.toml`; here is which of them hold.
"""

from __future__ import annotations

from kd_core.experiment import Experiment
from kd_core.metrics import Interval, interval, paired_difference
from kd_core.models import byte_count, multiply_accumulates, parameter_count
from kd_core.snapshot import Snapshot
from pages.ui.words import Words


def reading(teacher: Snapshot, students: Snapshot | None, w: Words) -> str:
    """What a run says so far, given the newest snapshot of the teacher and, if there is one, of the students."""
    experiment = (students or teacher).experiment
    score = percent(teacher.actors["teacher"].test_accuracy[0])
    if students is None:
        return w("teacher_trains", accuracy=score, epoch=teacher.epoch, epochs=teacher.epochs)
    alone, distilled = students.actors["alone"], students.actors["distilled"]
    gain = paired_difference(distilled.test_accuracy, alone.test_accuracy)
    means = (interval(distilled.test_accuracy).mean, interval(alone.test_accuracy).mean)
    says = verdict(gain, *means, experiment, w)
    if students.epoch < students.epochs:
        first = w("on_the_way", epoch=students.epoch, epochs=students.epochs, verdict=says)
    else:
        first = w("at_the_end", verdict=says)
    agreement = w("agreement", distilled=percent(distilled.agreement.mean()), alone=percent(alone.agreement.mean()))
    return " ".join([first, w("teacher", accuracy=score), agreement, sizes(experiment, w)])


def verdict(gain: Interval, distilled: float, alone: float, experiment: Experiment, w: Words) -> str:
    """Who leads, by how much, over how many seeds, and whether the difference is clear."""
    numbers = w("verdict.numbers", distilled=percent(distilled), alone=percent(alone))
    if experiment.alpha == 1 and not experiment.changes:
        return w("verdict.same", numbers=numbers)
    points, low, high = (f"{100 * value:+.1f}" for value in (gain.mean, gain.low, gain.high))
    if gain.n == 1:
        return w("verdict.one_seed", numbers=numbers, gain=points)
    spread = w("verdict.spread", gain=points, low=low, high=high, n=gain.n)
    if not gain.is_clear:
        unclear = w("verdict.unclear", numbers=numbers, spread=spread)
        return f"{unclear} {w('verdict.two_seeds')}" if gain.n == 2 else unclear
    return w(f"verdict.{'distilled' if gain.mean > 0 else 'alone'}_leads", numbers=numbers, spread=spread)


def sizes(experiment: Experiment, w: Words) -> str:
    """How much smaller and cheaper the student is; counts come from the layer widths."""
    teacher, student = experiment.teacher_widths, experiment.student_widths
    return w(
        "sizes",
        parameters=count(parameter_count(student)),
        fewer_parameters=ratio(teacher, student, parameter_count, w),
        multiply_adds=count(multiply_accumulates(student)),
        fewer_multiply_adds=ratio(teacher, student, multiply_accumulates, w),
        bytes=kilobytes(student),
    )


def ratio(teacher: tuple[int, ...], student: tuple[int, ...], measure: object, w: Words) -> str:
    """'70 times fewer than the teacher', or '1.5 times more'."""
    assert callable(measure)
    times = measure(teacher) / measure(student)
    if round(times, 1) == 1:
        return w("ratio.same")
    which, times = ("fewer", times) if times > 1 else ("more", 1 / times)
    return w(f"ratio.{which}", times=f"{times:.0f}" if times >= 10 else f"{times:.1f}")


def percent(share: float) -> str:
    return f"{100 * float(share):.1f} %"


def count(number: int) -> str:
    """Thousands set apart by a thin space, as in 85 002."""
    return f"{number:,}".replace(",", "\u2009")


def kilobytes(widths: tuple[int, ...]) -> str:
    return f"{byte_count(widths) / 1000:.1f} kB"
