"""The two voices under the finger: a component that takes the loss apart in the browser, as analysis.py does here."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from kd_core.data import DATASETS
from kd_core.experiment import SETTINGS, Experiment
from kd_core.jobs import Run
from pages.learn.two_losses.analysis import EARLY, EPOCHS, ExampleLogits
from pages.run.frames import scene
from pages.ui.address import Field, flag, held, maybe_place, measure, one_of, take
from pages.ui.component import DIGITS, SHARED_JS, component
from pages.ui.numbers import short
from pages.ui.terms import explained
from pages.ui.words import Words

LOW, HIGH = SETTINGS["temperature"].low, SETTINGS["temperature"].high
EXAMPLE = maybe_place("two_losses", "example", 2 * DATASETS[Experiment().dataset].classes)
EPOCH = one_of("two_losses", "epoch", EPOCHS, EARLY)
TEMPERATURE = measure("two_losses", "temperature", 4, LOW, HIGH)
ALPHA = measure("two_losses", "alpha", 0.3, 0, 1)
T_SQUARED = flag("two_losses", "t_squared", default=True)
FIELDS: tuple[Field[Any], ...] = (EXAMPLE, EPOCH, TEMPERATURE, ALPHA, T_SQUARED)
# What the paragraphs beside the figure speak of, in their order.
STEPS: dict[str, dict[str, Any]] = {
    "both": {"temperature": 4, "alpha": 0.3, "t_squared": True, "epoch": EARLY},
    "labels": {"temperature": 4, "alpha": 1, "t_squared": True, "epoch": EARLY},
    "teacher": {"temperature": 4, "alpha": 0, "t_squared": True, "epoch": EARLY},
    "cold": {"temperature": 1, "alpha": 0.3, "t_squared": True, "epoch": EARLY},
    "hot": {"temperature": 20, "alpha": 0.3, "t_squared": True, "epoch": EARLY},
    "without": {"temperature": 20, "alpha": 0.3, "t_squared": False, "epoch": EARLY},
    "apart": {"temperature": 1, "alpha": 0.5, "t_squared": True, "epoch": 20, "example": None},
}
DECIMALS = 5  # of the logits that are sent

_FILES = Path(__file__).parent
_component = component(
    "kd_two_voices",
    SHARED_JS,
    *DIGITS,
    *(_FILES / name for name in ("voices.html", "voices.css", "voices.js")),
    isolate_styles=False,
)


def two_voices(run: Run, logits: ExampleLogits, w: Words) -> None:
    """Draw both voices on these logits; what the reader chooses joins the page's link."""
    _component(key="two_voices", data=told(run, logits, w), on_chosen_change=_choose)
    if st.session_state.pop("two_voices_chosen", False):
        st.rerun()  # the whole page: its other figures follow


def told(run: Run, logits: ExampleLogits, w: Words) -> dict[str, Any]:
    """What the browser is sent: digits, logits (E, C) of the teacher and of the student by epoch, and all words."""
    fixed = scene(run)
    return {
        "classes": fixed["classes"],
        "image": fixed["image"],
        "examples": fixed["examples"],
        "teacher": np.round(logits.teacher, DECIMALS).tolist(),
        "students": {epoch: np.round(z, DECIMALS).tolist() for epoch, z in logits.students.items()},
        "start": logits.hesitant,
        "status": w("voices.training", epoch=max(logits.students)) if run.is_live else "",
        "visit": st.session_state.get("visit", 0),
        "chosen": {field.name: held(field) for field in FIELDS},
        "steps": [_step(w, name) for name in STEPS],
        "words": w.get("voices"),
        "language": w.language,
    }


def as_html(text: str) -> str:
    """A paragraph of our own: bold, italic, and terms that explain themselves."""
    marked = re.sub(r"\*(.+?)\*", r"<i>\1</i>", re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text.strip())))
    return explained(marked)


def _step(w: Words, name: str) -> dict[str, Any]:
    text = as_html(w(f"steps.{name}.text"))
    return {"title": w(f"steps.{name}.title"), "html": text, "button": _show(w, STEPS[name]), "set": STEPS[name]}


def _show(w: Words, to: dict[str, Any]) -> str:
    """What a paragraph's button sets, in words."""
    values = {name: short(w, to[name]) for name in ("temperature", "alpha", "epoch")}
    return w("voices.show" if to["t_squared"] else "voices.show_without", **values)


def _choose() -> None:
    """What the reader has chosen in the browser, once his finger rests."""
    take(st.session_state.two_voices.chosen, *FIELDS)
    st.session_state.two_voices_chosen = True
