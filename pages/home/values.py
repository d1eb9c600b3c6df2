"""Numbers of a run as texts take them."""

from __future__ import annotations

from kd_core.data import DATASETS
from kd_core.jobs import Run
from kd_core.models import parameter_count
from pages.home.figures import example
from pages.run.outcome import Outcome
from pages.ui.numbers import count, number, percent, points, short
from pages.ui.words import Words


def run_words(run: Run, w: Words) -> dict[str, str]:
    """What is known of a run before it has ended, its most telling digit included once the teacher is frozen."""
    experiment, source = run.experiment, DATASETS[run.experiment.dataset]
    teacher, student = (parameter_count(widths) for widths in (experiment.teacher_widths, experiment.student_widths))
    values = {
        "train": str(source.train_size),
        "test": str(source.test_size),
        "labels": str(experiment.labels or source.train_size),
        "temperature": short(w, experiment.temperature),
        "alpha": short(w, experiment.alpha),
        "rest": short(w, 1 - experiment.alpha),
        "seeds": str(experiment.seeds),
        "teacher_parameters": count(teacher),
        "student_parameters": count(student),
        "times": number(w, teacher / student, 0),
    }
    shown = example(run)
    if shown:
        first, second, third = shown.ranked[:3]
        values |= {"first": str(first), "second": str(second), "third": str(third)}
        values |= {f"p_{name}": percent(w, shown.soft[int(values[name])]) for name in ("first", "second", "third")}
    return values


def outcome_words(found: Outcome, w: Words) -> dict[str, str]:
    """What a finished run has found: shares in percent, differences in points."""
    return {
        "teacher": percent(w, found.teacher),
        "alone": percent(w, found.alone.mean),
        "distilled": percent(w, found.distilled.mean),
        "gain": points(w, found.gain.mean),
        "low": points(w, found.gain.low),
        "high": points(w, found.gain.high),
        "n": str(found.gain.n),
    }
