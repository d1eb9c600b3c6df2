"""The reading: a headline, how sure it is, and a plain paragraph: what the numbers of a snapshot say, and no more.

Its sentences are in `pages/words/<language>/reading.toml`; here is which of them hold.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from kd_core.experiment import Experiment
from kd_core.models import Architecture, multiply_accumulates, parameter_count
from kd_core.snapshot import Snapshot
from pages.run.outcome import Outcome, compare, mean_of
from pages.run.settings import choice_said
from pages.run.teachers import is_network, teacher_name, unit_of
from pages.ui.numbers import count, interval_points, joined, kilobytes, number, percent, points, short
from pages.ui.words import Words


class Reading(NamedTuple):
    """What one reads first, how sure it is, and the rest."""

    headline: str
    sure: str
    more: str


def reading(teacher: Snapshot, students: Snapshot | None, w: Words, found: Outcome | None = None) -> Reading:
    """What a run says, given the newest snapshot of the teacher and, if there is one, of the students.

    `found` is what comparing these two has come to, if somebody knows.

    There is no verdict before the last epoch: until then the numbers are those of so far.
    """
    experiment = (students or teacher).experiment
    splits = experiment.splits
    score = percent(w, mean_of(teacher.actors["teacher"].test_accuracy, splits))
    if students is None:
        which = "teacher_trains" if splits == 1 else "teachers_train"
        at = w(f"at.{unit_of(experiment)}", epoch=teacher.epoch, epochs=teacher.epochs)
        values = {"at": at, "accuracy": score, "splits": splits}
        return Reading(w(f"{which}.headline", **values), w(f"{which}.sure", **values), "")
    found = found or compare(teacher, students)
    if students.epoch < students.epochs:
        values = {"epoch": students.epoch, "epochs": students.epochs, "where": _where(found, experiment, w)}
        headline, sure = w("on_the_way.headline", **_scores(found, w)), w("on_the_way.sure", **values)
    else:
        headline, sure = verdict(found, experiment, w)
    agreement = {name: percent(w, mean_of(students.actors[name].agreement, splits)) for name in ("distilled", "alone")}
    more = [
        taught(experiment, score, w),
        w("agreement", **agreement),
        *conditions(experiment, w),
        stopped(students, w),
        sizes(experiment.teacher_network if is_network(experiment) else None, experiment.student_network, w.language),
    ]
    return Reading(headline, sure, " ".join(filter(None, more)))


def taught(experiment: Experiment, score: str, w: Words) -> str:
    """What the teacher is, where it is not a network, and how much of the test it gets right."""
    which = "teacher" if experiment.splits == 1 else "teachers"
    name = "" if is_network(experiment) else w("kind", teacher=teacher_name(experiment, w.language))
    return w(which, accuracy=score, splits=experiment.splits, kind=name)


def conditions(experiment: Experiment, w: Words) -> list[str]:
    """What else one has to know of these numbers: where all are tested, and who hears what."""
    said = []
    if experiment.target:
        said.append(w("target", target=choice_said("target", experiment.target, w.language)))
        if experiment.target_labels:
            said.append(w("target_labels", count=experiment.target_labels))
    if experiment.test_noise:
        said.append(w("test_noise", noise=short(w, experiment.test_noise)))
    if experiment.extra:
        said.append(
            w("extra", count=experiment.extra, kind=choice_said("extra_kind", experiment.extra_kind, w.language))
        )
    return said


def stopped(students: Snapshot, w: Words) -> str:
    """The epoch whose weights students ended with, if they were stopped early: medians over pairs."""
    kept = {name: students.actors[name].kept_epoch for name in ("distilled", "alone")}
    medians = {name: number(w, float(np.median(epochs)), 0) for name, epochs in kept.items() if epochs is not None}
    return w("stopped", **medians) if medians else ""


def verdict(found: Outcome, experiment: Experiment, w: Words) -> tuple[str, str]:
    """Who leads and by how much; over how many seeds and splits, and what of it the next split is likely to say.

    One split speaks of itself only; and of collapsed networks it is said that they have, and no more.
    """
    scores, gain = _scores(found, w), found.gain
    if any(found.collapsed):
        headline = w("collapsed.headline", who=who_collapsed(found, experiment, w))
        only_teacher = not (found.collapsed.alone or found.collapsed.distilled)
        of_teacher = "sure_teacher" if "network" in experiment.kinds else "sure_pipeline"
        sure = w(f"collapsed.{of_teacher}" if only_teacher else "collapsed.sure")
        rest = w("collapsed.rest", n=gain.n, mean=points(w, gain.mean)) if gain.n else ""
        return headline[:1].upper() + headline[1:], f"{sure} {rest}".strip()
    if experiment.alpha == 1 and not experiment.changes:
        return w("verdict.same.headline"), w("verdict.same.sure", **scores)
    if gain.n == 1:
        return w("verdict.one_seed.headline", gain=points(w, gain.mean)), w("verdict.one_seed.sure", **scores)
    values = {**scores, "where": _where(found, experiment, w), "gain": points(w, gain.mean), **interval_points(w, gain)}
    which = "on_average" if found.is_on_average else "unclear" if found.leader == "same" else found.leader
    if experiment.splits == 1:
        which += "_here"
    said = [w(f"verdict.{which}.sure", **values)]
    if experiment.splits == 2:
        said.append(w("verdict.two_splits"))
    elif gain.n == 2:
        said.append(w("verdict.two_seeds"))
    return w(f"verdict.{which}.headline", **values), " ".join(said)


def who_collapsed(found: Outcome, experiment: Experiment, w: Words) -> str:
    """How many networks of which actors have collapsed."""
    of = {"teacher": experiment.splits, "alone": experiment.seeds, "distilled": experiment.seeds}
    names = {**{name: name for name in of}, "teacher": "teacher" if experiment.splits == 1 else "teachers"}
    counts = found.collapsed._asdict()
    # The one that a run is about comes first.
    told = [w(f"collapsed.{names[name]}", n=counts[name], of=of[name]) for name in reversed(of) if counts[name]]
    return joined(w, told)


def _where(found: Outcome, experiment: Experiment, w: Words) -> str:
    """Over how many pairs on how many splits."""
    if experiment.splits == 1:
        return w("where.one_split", n=found.gain.n)
    return w("where.splits", n=found.gain.n, splits=experiment.splits)


def _scores(found: Outcome, w: Words) -> dict[str, str]:
    return {"distilled": percent(w, found.distilled.mean), "alone": percent(w, found.alone.mean)}


@lru_cache(maxsize=1000)  # the same in every frame of a run
def sizes(teacher: Architecture | None, student: Architecture, language: str) -> str:
    """How small and cheap the student is, and how many times more than a teacher that is a network, if it is one.

    Counts come from the layers.
    """
    w = Words("reading", language)
    parameters, multiply_adds = parameter_count(student), multiply_accumulates(student)
    of_student = {
        "parameters": count(parameters),
        "multiply_adds": count(multiply_adds),
        "bytes": kilobytes(w, student),
    }
    if teacher is None:
        return w("size", **of_student)
    return w(
        "sizes",
        **of_student,
        fewer_parameters=ratio(teacher, student, parameter_count, w),
        fewer_multiply_adds=ratio(teacher, student, multiply_accumulates, w),
    )


def ratio(teacher: Architecture, student: Architecture, measure: Callable[[Architecture], int], w: Words) -> str:
    """'70 times fewer than the teacher', or '1.5 times more'."""
    times = measure(teacher) / measure(student)
    if round(times, 1) == 1:
        return w("ratio.same")
    which, times = ("fewer", times) if times > 1 else ("more", 1 / times)
    return w(f"ratio.{which}", times=number(w, times, 0 if times >= 10 else 1))
