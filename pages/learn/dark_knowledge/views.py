"""What moves under the finger: the gallery of held-out examples and the nudge, components fed with numbers once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from kd_core.data import Doubles, Floats, source_of
from kd_core.sweeps.intervals import interval
from pages.learn.dark_knowledge import figures
from pages.learn.dark_knowledge.analysis import CONDITIONS, NUDGES, Accuracies, Result, TeacherOnTest
from pages.run import frames
from pages.ui.address import Field, held, take
from pages.ui.component import SHARED_JS, component
from pages.ui.words import Words

DECIMALS = 5  # of what is sent
INK = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"  # a letter a feature: a quarter of what numbers take

_FILES = Path(__file__).parent
MAPS_JS = Path(frames.__file__).with_name("maps.js")  # pictures of examples of all kinds
_SHARED = (SHARED_JS, MAPS_JS, _FILES / "choices.js", _FILES / "shared.css")
_gallery, _nudge = (
    component(f"kd_{name}", *_SHARED, *(_FILES / f"{name}{kind}" for kind in (".html", ".css", ".js")))
    for name in ("gallery", "nudge")
)
Fields = Mapping[str, Field[Any]]


def gallery(teacher: TeacherOnTest, dataset: str, w: Words, chosen: Fields) -> None:
    """Draw the held-out examples, those most like a class at a T first; the reader's choice goes to `chosen`."""
    key = "dark_knowledge_gallery"
    data = gallery_data(teacher, dataset, w) | {"held": {name: held(field) for name, field in chosen.items()}}
    _gallery(key=key, data=data, on_chosen_change=lambda: take(st.session_state[key].chosen, *chosen.values()))


def nudge(result: Result, dataset: str, w: Words, chosen: Fields) -> None:
    """Draw what a nudge does to a student's accuracies and to every example; the reader's choice goes to `chosen`."""
    key = "dark_knowledge_by_hand"
    data = nudge_data(result, dataset, w) | {"held": {name: held(field) for name, field in chosen.items()}}
    _nudge(key=key, data=data, on_chosen_change=lambda: take(st.session_state[key].chosen, *chosen.values()))


def gallery_data(teacher: TeacherOnTest, dataset: str, w: Words) -> dict[str, Any]:
    """Examples, labels, the teacher's logits (N, C) and answers."""
    return {
        **_examples(teacher.inputs, dataset, w),
        "labels": teacher.labels.tolist(),
        "logits": _rounded(teacher.logits),
        "answers": teacher.logits.argmax(1).tolist(),
        "words": w.get("gallery"),
    }


def nudge_data(result: Result, dataset: str, w: Words) -> dict[str, Any]:
    """For every student its curves over the nudges, means over seeds, and the first seed's answers."""
    names = figures.names_of(dataset, result.missing)
    return {
        **_examples(result.inputs, dataset, w),
        "labels": result.labels.tolist(),
        "missing": list(result.missing),
        "names": figures.named(w, names),
        "seeds": result.chosen.shape[1],
        "splits": result.splits,
        "nudges": NUDGES.tolist(),
        "students": [_student(result, w, condition, names) for condition in range(len(CONDITIONS))],
        "words": w.get("nudge.view"),
    }


def _student(result: Result, w: Words, condition: int, names: Sequence[str]) -> dict[str, Any]:
    distance, inside, outside = (values[condition] for values in result.rivals)
    curves = {}
    for name in Accuracies._fields:
        spread = [interval(values, splits=result.splits) for values in getattr(result.accuracies, name)[:, condition]]
        ends = {end: np.array([getattr(each, end) for each in spread]) for end in ("mean", "low", "high")}
        curves[name] = {end: _rounded(np.clip(values, 0, 1)) for end, values in ends.items()}
    return {
        "key": figures.STUDENTS[condition],
        "name": figures.who(w, condition),
        "text": figures.nudge_text(w, result, condition, names),
        "curves": curves,
        "chosen": float(NUDGES[result.chosen[condition, 0]]),
        "chosen_mean": result.nudge(condition).mean,
        "distances": _rounded(distance),
        "inside": inside.tolist(),
        "outside": outside.tolist(),
    }


def _examples(inputs: Floats, dataset: str, w: Words) -> dict[str, Any]:
    """The examples' features as letters, from `least` to `most`; pixels of images, the first ones of a table's row."""
    source = source_of(dataset)
    least, most = (0.0, 1.0) if source.image else (-figures.REACH, figures.REACH)
    shown = inputs if source.image else inputs[:, : figures.BARS]
    shares = (np.clip(shown, least, most) - least) / (most - least)
    steps = np.round((len(INK) - 1) * shares).astype(int)
    letters = np.array(list(INK))[steps]
    return {
        "dataset": dataset,
        "classes": list(source.class_names),
        "pixels": ["".join(row) for row in letters],
        "range": [least, most],
        "image": source.image,
        "ink": figures.is_ink(dataset),
        "language": w.language,
    }


def _rounded(values: Doubles | Floats) -> Any:
    return np.round(values.astype(np.float64), DECIMALS).tolist()
