"""What moves under the finger: the gallery of held-out digits and the nudge, components fed with numbers once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from kd_core.data import DATASETS, Doubles, Floats
from kd_core.sweeps.intervals import interval
from pages.learn.dark_knowledge import figures
from pages.learn.dark_knowledge.analysis import CONDITIONS, EXPERIMENT, NUDGES, Accuracies, Result, TeacherOnTest
from pages.ui.address import Field, held, take
from pages.ui.component import SHARED_JS, component
from pages.ui.words import Words

DECIMALS = 5  # of what is sent
INK = "abcdefghijklmnopq"  # from none to 16 of 16, a letter a pixel: a quarter of what numbers would take

_FILES = Path(__file__).parent
_SHARED = (SHARED_JS, _FILES / "choices.js", _FILES / "shared.css")
_gallery, _nudge = (
    component(f"kd_{name}", *_SHARED, *(_FILES / f"{name}{kind}" for kind in (".html", ".css", ".js")))
    for name in ("gallery", "nudge")
)
Fields = Mapping[str, Field[Any]]


def gallery(teacher: TeacherOnTest, w: Words, chosen: Fields) -> None:
    """Draw the held-out digits, those most like a class at a T first; the reader's choice goes to `chosen`."""
    key = "dark_knowledge_gallery"
    data = gallery_data(teacher, w) | {"held": {name: held(field) for name, field in chosen.items()}}
    _gallery(key=key, data=data, on_chosen_change=lambda: take(st.session_state[key].chosen, *chosen.values()))


def nudge(result: Result, w: Words, chosen: Fields) -> None:
    """Draw what a nudge does to a student's accuracies and to every digit; the reader's choice goes to `chosen`."""
    key = "dark_knowledge_by_hand"
    data = nudge_data(result, w) | {"held": {name: held(field) for name, field in chosen.items()}}
    _nudge(key=key, data=data, on_chosen_change=lambda: take(st.session_state[key].chosen, *chosen.values()))


def gallery_data(teacher: TeacherOnTest, w: Words) -> dict[str, Any]:
    """Digits, labels, the teacher's logits (N, C) and answers."""
    return {
        **_digits(teacher.inputs, w),
        "labels": teacher.labels.tolist(),
        "logits": _rounded(teacher.logits),
        "answers": teacher.logits.argmax(1).tolist(),
        "classes": [str(c) for c in range(teacher.logits.shape[1])],
        "words": w.get("gallery"),
    }


def nudge_data(result: Result, w: Words) -> dict[str, Any]:
    """For every student its curves over the nudges, means over seeds, and the first seed's answers."""
    return {
        **_digits(result.inputs, w),
        "labels": result.labels.tolist(),
        "missing": list(result.missing),
        "names": figures.named(w, result.missing),
        "seeds": EXPERIMENT.seeds,
        "splits": result.splits,
        "nudges": NUDGES.tolist(),
        "students": [_student(result, w, condition) for condition in range(len(CONDITIONS))],
        "words": w.get("nudge.view"),
    }


def _student(result: Result, w: Words, condition: int) -> dict[str, Any]:
    distance, inside, outside = (values[condition] for values in result.rivals)
    curves = {}
    for name in Accuracies._fields:
        spread = [interval(values, splits=result.splits) for values in getattr(result.accuracies, name)[:, condition]]
        ends = {end: np.array([getattr(each, end) for each in spread]) for end in ("mean", "low", "high")}
        curves[name] = {end: _rounded(np.clip(values, 0, 1)) for end, values in ends.items()}
    return {
        "key": figures.STUDENTS[condition],
        "name": figures.who(w, condition),
        "text": figures.nudge_text(w, result, condition),
        "curves": curves,
        "chosen": float(NUDGES[result.chosen[condition, 0]]),
        "chosen_mean": result.nudge(condition).mean,
        "distances": _rounded(distance),
        "inside": "".join(map(str, inside)),
        "outside": "".join(map(str, outside)),
    }


def _digits(inputs: Floats, w: Words) -> dict[str, Any]:
    letters = np.array(list(INK))[np.round(16 * inputs).astype(int)]
    return {
        "pixels": ["".join(row) for row in letters],
        "image": DATASETS[EXPERIMENT.dataset].image,
        "language": w.language,
    }


def _rounded(values: Doubles | Floats) -> Any:
    return np.round(values.astype(np.float64), DECIMALS).tolist()
