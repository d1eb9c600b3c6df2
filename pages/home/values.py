"""A run as the entry tells of it: a digit and what the teacher says of it, and numbers as texts take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from kd_core.jobs import Run
from kd_core.models import parameter_count
from pages.run.outcome import Outcome, newest
from pages.ui.address import Field, measure, option, place
from pages.ui.numbers import count, interval_points, number, percent, short
from pages.ui.words import Words

LEVELS = ("beginner", "technical", "academic")
SHOWN = 20  # held-out digits: two a class

# What the page's link holds. Without a digit it is the most telling one, which only the run knows.
LEVEL = option("home", "level", LEVELS)
TEMPERATURE = measure("home", "T", 4, 1, 20)
DIGIT: Field[int | None] = Field("home_digit", "digit", None, place("home", "digit", 0, SHOWN).read)


@dataclass(frozen=True)
class Example:
    """A held-out digit: its place among those that a run shows, its class, the teacher's soft targets (C,)."""

    place: int
    label: int
    soft: NDArray[np.float64]

    @property
    def ranked(self) -> list[int]:
        """Classes, the one that the teacher finds likeliest first."""
        return [int(label) for label in np.argsort(-self.soft, kind="stable")]


def example(run: Run, place: int | None = None, temperature: float | None = None) -> Example | None:
    """A digit and what the frozen teacher says of it, at the run's T if none is given.

    If no place is given, the digit that the teacher gets right with the least probability at the run's T.
    """
    teacher, shown = newest(run, "teacher"), run.held_out
    if shown is None or teacher is None or teacher.epoch < teacher.epochs:
        return None
    logits = teacher.actors["teacher"].example_logits.astype(float)
    if place is None:
        soft = softmax(logits / run.experiment.temperature, axis=1)
        right = soft.argmax(axis=1) == shown.labels
        place = int(np.where(right, soft.max(axis=1), np.inf).argmin())
    soft = softmax(logits[place] / (temperature or run.experiment.temperature))
    return Example(place, int(shown.labels[place]), soft)


def run_words(run: Run, w: Words) -> dict[str, str]:
    """What is known of a run before it has ended."""
    experiment, source = run.experiment, run.experiment.source
    teacher, student = (parameter_count(each) for each in (experiment.teacher_network, experiment.student_network))
    return {
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


def example_words(shown: Example, temperature: float, w: Words) -> dict[str, str]:
    """What the teacher says of a digit: its first three answers."""
    answers = dict(zip(("first", "second", "third"), shown.ranked, strict=False))
    return {
        "temperature": short(w, temperature),
        "label": str(shown.label),
        **{name: str(label) for name, label in answers.items()},
        **{f"p_{name}": percent(w, shown.soft[label]) for name, label in answers.items()},
    }


def outcome_words(found: Outcome, w: Words) -> dict[str, str]:
    """What a finished run has found: shares in percent, differences in points."""
    gain = interval_points(w, found.gain)
    return {
        "alone": percent(w, found.alone.mean),
        "distilled": percent(w, found.distilled.mean),
        "gain": gain["mean"],
        "low": gain["low"],
        "high": gain["high"],
        "n": str(found.gain.n),
    }
