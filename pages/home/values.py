"""Numbers of a run as texts take them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kd_core.data import DATASETS
from kd_core.jobs import Run
from kd_core.metrics import paired_difference
from kd_core.models import parameter_count
from pages.home.figures import example
from pages.run.outcome import Outcome, newest, outcome
from pages.run.reading import count, percent


def run_words(run: Run) -> dict[str, str]:
    """What is known of a run before it has ended, its most telling digit included once the teacher is frozen."""
    experiment, source = run.experiment, DATASETS[run.experiment.dataset]
    teacher, student = (parameter_count(widths) for widths in (experiment.teacher_widths, experiment.student_widths))
    values = {
        "train": str(source.train_size),
        "test": str(source.test_size),
        "labels": str(experiment.labels or source.train_size),
        "temperature": f"{experiment.temperature:g}",
        "alpha": f"{experiment.alpha:g}",
        "rest": f"{1 - experiment.alpha:g}",
        "seeds": str(experiment.seeds),
        "teacher_parameters": count(teacher),
        "student_parameters": count(student),
        "times": f"{teacher / student:.0f}",
    }
    shown = example(run)
    if shown:
        first, second, third = shown.ranked[:3]
        values |= {"first": str(first), "second": str(second), "third": str(third)}
        values |= {f"p_{name}": percent(shown.soft[int(values[name])]) for name in ("first", "second", "third")}
    return values


def outcome_words(found: Outcome) -> dict[str, str]:
    """What a finished run has found: shares in percent, differences in points."""
    return {
        "teacher": percent(found.teacher),
        "alone": percent(found.alone.mean),
        "distilled": percent(found.distilled.mean),
        "gain": f"{100 * found.gain.mean:+.1f}",
        "low": f"{100 * found.gain.low:+.1f}",
        "high": f"{100 * found.gain.high:+.1f}",
        "n": str(found.gain.n),
    }


def swap_words(right: Run, wrong: Run) -> dict[str, str] | None:
    """What wrong labels did to the distilled students of two finished runs that differ in nothing else.

    `answer` is "nothing" if not one student's accuracy moved, "worse" where it fell clearly, else "little".
    """
    before, after = outcome(right), outcome(wrong)
    if before is None or after is None:
        return None
    accuracies = [_distilled(run) for run in (right, wrong)]
    moved = int((accuracies[0] != accuracies[1]).sum())
    change = paired_difference(accuracies[1], accuracies[0])
    return {
        "answer": "nothing" if moved == 0 else "worse" if change.is_clear and change.mean < 0 else "little",
        "moved": str(moved),
        "n": str(change.n),
        "share": f"{100 * wrong.experiment.label_noise:.0f} %",
        "distilled_right": percent(before.distilled.mean),
        "distilled_wrong": percent(after.distilled.mean),
        "alone_right": percent(before.alone.mean),
        "alone_wrong": percent(after.alone.mean),
    }


def _distilled(run: Run) -> NDArray[np.float32]:
    students = newest(run, "students")
    assert students is not None
    return students.actors["distilled"].test_accuracy
