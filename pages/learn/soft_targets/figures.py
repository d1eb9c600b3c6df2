"""Soft targets under the finger: a component that softens the logits of a run's held-out examples in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from kd_core.data import DATASETS
from kd_core.experiment import SETTINGS, Experiment
from kd_core.jobs import Run
from kd_core.snapshot import Snapshot
from pages.run.frames import scene
from pages.run.study import follow
from pages.ui.address import Field, frame_fields, held, hold, is_lecture, listed, maybe_place, measure, take
from pages.ui.component import DIGITS, SHARED_JS, component, said
from pages.ui.links import open_playground
from pages.ui.words import Words, words

TEMPERATURES = (1, 2, 4, 8, 20)  # to jump to
DECIMALS = 5  # of the logits that are sent: a probability is off by less than 1e-5

LOW, HIGH = SETTINGS["temperature"].low, SETTINGS["temperature"].high
CLASSES = DATASETS[Experiment().dataset].classes
DIGIT = maybe_place("soft_targets", "digit", 2 * CLASSES)
TEMPERATURE = measure("soft_targets", "temperature", Experiment().temperature, LOW, HIGH)
CLASS = maybe_place("soft_targets", "class", CLASSES)  # of the formula, if it is not the label's
LOGITS = listed("soft_targets", "logits", CLASSES, -50, 50)  # the reader's own
FIELDS: tuple[Field[Any], ...] = (DIGIT, TEMPERATURE, CLASS, LOGITS)

_FILES = Path(__file__).parent
_component = component(
    "kd_soft_targets",
    SHARED_JS,
    *DIGITS,
    *(_FILES / name for name in ("soft_targets.html", "soft_targets.css", "soft_targets.js", "drawings.js")),
    isolate_styles=False,
)


def soft_targets(run: Run, w: Words, *, guessed: bool) -> None:
    """Draw the run's soft targets now, and every so often while it trains.

    Until the reader has `guessed`, the temperature goes no further than the one that the student was trained at, unless
    a link asked for more.
    """
    revealed = guessed or _is_beyond_the_lock()

    def draw() -> None:
        if run.held_out is None or not run.snapshots:
            st.info(words("frame")("waiting"))
            return
        data = picture(run, w, revealed=revealed, guessed=guessed) | chosen()
        told = _component(key="soft_targets", data=data, on_open_change=lambda: None, on_chosen_change=_choose)
        if told.open is not None:
            experiment, _ = Experiment.read({"temperature": said(told.open) or ""})
            open_playground(experiment)
        if st.session_state.pop("soft_targets_chosen", False):
            st.rerun()  # the whole page, which writes the address

    follow([run], draw)


def keep_address() -> None:
    """Let the page's link say what is chosen."""
    hold(*FIELDS)


def picture(run: Run, w: Words, *, revealed: bool, guessed: bool) -> dict[str, Any]:
    """What the browser is sent: digits, the newest logits of every actor (E, C), and all words."""
    snapshots, experiment = list(run.snapshots), run.experiment
    newest = {actor: measures.example_logits for s in snapshots for actor, measures in s.actors.items()}
    fixed = scene(run)
    return {
        "classes": fixed["classes"],
        "image": fixed["image"],
        "examples": fixed["examples"],
        "logits": {actor: np.round(z.astype(float), DECIMALS).tolist() for actor, z in newest.items()},
        "start": clear_example(newest, [example["label"] for example in fixed["examples"]]),
        "complete": not run.is_live,
        "status": _status(snapshots[-1], w) if run.is_live else "",
        "low": LOW,
        "high": HIGH if revealed else experiment.temperature,
        "presets": TEMPERATURES,
        "revealed": revealed,
        "guessed": guessed,
        "lecture": is_lecture(),
        "address": frame_fields(),
        "actors": words("frame").get("actors"),
        "words": w.get("view"),
        "language": w.language,
    }


def chosen() -> dict[str, Any]:
    """What the reader or a link has chosen, and in which visit: a link opened later is news to the browser."""
    of_class = {"of": held(CLASS)}  # "class" is a word of JavaScript
    values = {"digit": held(DIGIT), "temperature": held(TEMPERATURE), "logits": held(LOGITS)}
    return {"visit": st.session_state.get("visit", 0), "chosen": values | of_class}


def clear_example(logits: dict[str, Any], labels: list[int]) -> int:
    """The example to begin with: of those on which all are right, the one whose teacher leaves the least doubt out.

    Least doubt is the smallest distance between the two largest of the teacher's logits.
    """
    top = np.sort(logits["teacher"], axis=1)
    gap = top[:, -1] - top[:, -2]
    right = np.all([z.argmax(axis=1) == labels for z in logits.values()], axis=0)
    return int(np.where(right, gap, gap + gap.max()).argmin())


def _is_beyond_the_lock() -> bool:
    """Whether a link asked for a temperature that is shown only after the guess; then it stays open."""
    state = st.session_state
    state.soft_targets_open = state.get("soft_targets_open", False) or held(TEMPERATURE) > Experiment().temperature
    return bool(state.soft_targets_open)


def _choose() -> None:
    """What the reader has chosen in the browser, once his finger rests."""
    take(st.session_state.soft_targets.chosen, *FIELDS)
    st.session_state.soft_targets_chosen = True


def _status(newest: Snapshot, w: Words) -> str:
    return w(f"status.{newest.phase}", epoch=newest.epoch, epochs=newest.epochs)
