"""The reading: one plain paragraph that says what the numbers of a snapshot say, and no more."""

from __future__ import annotations

from kd_core.experiment import Experiment
from kd_core.metrics import Interval, interval, paired_difference
from kd_core.models import byte_count, multiply_accumulates, parameter_count
from kd_core.snapshot import Snapshot


def reading(teacher: Snapshot, students: Snapshot | None) -> str:
    """What a run says so far, given the newest snapshot of the teacher and, if there is one, of the students."""
    experiment = (students or teacher).experiment
    score = f"The teacher gets {percent(teacher.actors['teacher'].test_accuracy[0])} of the test right"
    if students is None:
        return (
            f"{score} after {teacher.epoch} of {teacher.epochs} epochs. The students begin when it is done; "
            "from then on it is frozen."
        )
    alone, distilled = students.actors["alone"], students.actors["distilled"]
    gain = paired_difference(distilled.test_accuracy, alone.test_accuracy)
    when = f"After {students.epoch} of {students.epochs} epochs" if students.epoch < students.epochs else "In the end"
    agreement = (
        f"Distilled gives the teacher's answer on {percent(distilled.agreement.mean())} of the test, "
        f"alone on {percent(alone.agreement.mean())}."
    )
    means = (interval(distilled.test_accuracy).mean, interval(alone.test_accuracy).mean)
    return " ".join([f"{when}, {verdict(gain, *means, experiment)}", f"{score}.", agreement, sizes(experiment)])


def verdict(gain: Interval, distilled: float, alone: float, experiment: Experiment) -> str:
    """Who leads, by how much, over how many seeds, and whether the difference is clear."""
    numbers = f"{percent(distilled)} distilled, {percent(alone)} alone"
    if experiment.alpha == 1 and not experiment.changes:
        return f"both students are the same ({numbers}): at alpha 1 neither hears the teacher."
    points = f"{100 * gain.mean:+.1f} points"
    if gain.n == 1:
        return f"one seed says {numbers} ({points}), which is no evidence: take more seeds."
    spread = f"{points}, 95 % interval {100 * gain.low:+.1f} to {100 * gain.high:+.1f}, {gain.n} paired seeds"
    if not gain.is_clear:
        few = " Two seeds are too few to say." if gain.n == 2 else ""
        return f"there is no clear difference: {numbers} ({spread}).{few}"
    leader = "the distilled student leads" if gain.mean > 0 else "the student alone leads, so distillation costs here"
    return f"{leader}: {numbers} ({spread}): a clear difference."


def sizes(experiment: Experiment) -> str:
    """How much smaller and cheaper the student is; counts come from the layer widths."""
    teacher, student = experiment.teacher_widths, experiment.student_widths
    return (
        f"The student has {count(parameter_count(student))} parameters ({ratio(teacher, student, parameter_count)}), "
        f"needs {count(multiply_accumulates(student))} multiply-adds an example "
        f"({ratio(teacher, student, multiply_accumulates)}) and {kilobytes(student)}."
    )


def ratio(teacher: tuple[int, ...], student: tuple[int, ...], measure: object) -> str:
    """'70 times fewer than the teacher', or '1.5 times more'."""
    assert callable(measure)
    times = measure(teacher) / measure(student)
    if round(times, 1) == 1:
        return "as many as the teacher"
    word, times = ("fewer", times) if times > 1 else ("more", 1 / times)
    return f"{times:.0f} times {word} than the teacher" if times >= 10 else f"{times:.1f} times {word} than the teacher"


def percent(share: float) -> str:
    return f"{100 * float(share):.1f} %"


def count(number: int) -> str:
    """Thousands set apart by a thin space, as in 85 002."""
    return f"{number:,}".replace(",", "\u2009")


def kilobytes(widths: tuple[int, ...]) -> str:
    return f"{byte_count(widths) / 1000:.1f} kB"
