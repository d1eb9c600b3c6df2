"""The picture of distillation: a digit, the teacher, its soft targets under a dial, and two students that race."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from kd_core.experiment import SETTINGS
from kd_core.jobs import Run
from pages.home.values import example, outcome_words, run_words
from pages.run.frames import scene
from pages.run.outcome import Outcome, newest, outcome
from pages.run.study import follow
from pages.ui.address import is_lecture
from pages.ui.component import DIGITS, SHARED_JS, component
from pages.ui.numbers import THIN_SPACE, percent, short
from pages.ui.words import Words, words

GUESSES = ("distilled", "alone", "same")
STUDENTS = ("distilled", "alone")
DECIMALS = 5  # of the logits that are sent: a probability is off by less than 1e-5
NO_BREAK = "\u202f"  # as thin a space, at which no line ends
LOWEST = 0.6  # of test accuracy on the race's axis: both are above it within a tenth of the way

Told = Callable[[str, Any], None]

_FILES = Path(__file__).parent
_component = component(
    "kd_home_picture", SHARED_JS, DIGITS[0], *(_FILES / name for name in ("picture.html", "picture.css", "picture.js"))
)


def show(run: Run, w: Words, *, digit: int | None, temperature: float, guess: str | None, told: Told) -> None:
    """Draw the picture; `told` hears what the reader does in it: "digit", "temperature" or "guess", and the value."""

    state = st.session_state

    def hear(name: str) -> Callable[[], None]:
        def heard() -> None:
            told(name, state.home_picture[name])
            state.home_heard = True

        return heard

    def draw() -> None:
        if run.held_out is None or not run.snapshots:
            st.info(words("frame")("waiting"))
            return
        _component(
            key="home_picture",
            data=picture(run, w, digit=digit, temperature=temperature, guess=guess),
            on_digit_change=hear("digit"),
            on_temperature_change=hear("temperature"),
            on_guess_change=hear("guess"),
        )
        if state.pop("home_heard", False):
            st.rerun()  # the page's address and words depend on it too

    follow([run], draw)


def picture(run: Run, w: Words, *, digit: int | None, temperature: float, guess: str | None) -> dict[str, Any]:
    """What the browser is sent. What the students reach is in it once somebody has guessed."""
    fixed, setting, values = scene(run), SETTINGS["temperature"], run_words(run, w)
    teacher, chosen, found = newest(run, "teacher"), example(run, digit), outcome(run)
    assert teacher is not None
    accuracy = float(teacher.actors["teacher"].test_accuracy[0])
    frozen = teacher.epoch == teacher.epochs
    note = w("actors.tested", **values)
    return {
        "classes": fixed["classes"],
        "image": fixed["image"],
        "examples": fixed["examples"],
        "logits": np.round(teacher.actors["teacher"].example_logits.astype(float), DECIMALS).tolist(),
        "digit": chosen.place if chosen else digit or 0,
        "temperature": temperature,
        "range": [setting.low, setting.high],
        "teacher": {
            "accuracy": accuracy,
            "score": percent(w, accuracy),
            "note": note if frozen else w("actors.learning", epoch=teacher.epoch, epochs=teacher.epochs),
        },
        "actors": _actors(run, w),
        "flow": _flow(run, w),
        "low": LOWEST,
        "epochs": run.experiment.epochs,
        "race": None if guess is None else race(run, w),
        "verdict": None if guess is None or found is None else verdict(found, w, guess=guess),
        "guess": guess,
        "live": run.is_live,
        "lecture": is_lecture(),
        "answers": [*([name, w(f"guess.{name}")] for name in GUESSES), ["", words("frame")("just_show")]],
        "words": w.get("view"),
        "values": values,
        "language": w.language,
    }


def race(run: Run, w: Words) -> dict[str, Any]:
    """The students' test accuracies over the epochs so far: their means, every pair's, and the last as text."""
    students = [snapshot for snapshot in run.snapshots if snapshot.phase == "students"]
    runners = {}
    for actor in STUDENTS:
        pairs = np.array([snapshot.actors[actor].test_accuracy for snapshot in students], dtype=float)
        pairs = pairs.reshape(len(students), run.experiment.seeds)
        means = pairs.mean(axis=1)
        runners[actor] = {
            "mean": means.round(5).tolist(),
            "pairs": pairs.T.round(4).tolist(),
            "score": percent(w, means[-1]) if students else "",
        }
    return {"epochs": [snapshot.epoch for snapshot in students], **runners}


def verdict(found: Outcome, w: Words, *, guess: str) -> dict[str, str]:
    """What the race has shown, how sure that is, and what it says of the guess."""
    values = outcome_words(found, w)
    judged = w("guess.right" if guess == found.leader else "guess.wrong") if guess else ""
    return {
        "leader": found.leader,
        "headline": w(f"verdict.{found.leader}", **values),
        "sure": w("verdict.sure", **values),
        "guess": judged,
    }


def _actors(run: Run, w: Words) -> dict[str, dict[str, str]]:
    """Name, name beside a line, size, and whom it hears, of every actor."""
    experiment, names, values = run.experiment, words("frame").get("actors"), run_words(run, w)
    hears = {"teacher": "", "distilled": w("actors.hears_both", **values), "alone": w("actors.hears_labels")}
    size = {"teacher": w("actors.size", widths=_joined(experiment.teacher_widths), **values)}
    size |= dict.fromkeys(STUDENTS, w("actors.smaller", widths=_joined(experiment.student_widths), **values))
    return {
        actor: {
            "name": names[actor][:1].upper() + names[actor][1:],
            "short": w(f"actors.{actor}"),
            "size": size[actor].replace(THIN_SPACE, NO_BREAK),
            "waits": hears[actor],
        }
        for actor in names
    }


def _joined(widths: tuple[int, ...]) -> str:
    return "-".join(map(str, widths))


def _flow(run: Run, w: Words) -> list[tuple[str, str, dict[str, Any] | None]]:
    """What flows from where to where, and the weight that it has in the loss of a student."""
    alpha = run.experiment.alpha
    weight = {("soft", "distilled"): 1 - alpha, ("hard", "distilled"): alpha, ("hard", "alone"): 1.0}
    arrows = [("data", "teacher"), ("data", "hard"), ("teacher", "soft"), *weight]
    return [
        (*arrow, {"share": weight[arrow], "text": short(w, weight[arrow])} if arrow in weight else None)
        for arrow in arrows
    ]
