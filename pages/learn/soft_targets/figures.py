"""Soft targets under the finger: a component that softens the logits of a run's held-out examples in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from kd_core.experiment import SETTINGS, Experiment
from kd_core.jobs import Run
from kd_core.snapshot import Snapshot
from pages.run.frames import scene
from pages.run.study import follow
from pages.ui.address import frame_fields
from pages.ui.component import SHARED_CSS, SHARED_JS, component
from pages.ui.links import open_playground
from pages.ui.words import Words, words

TEMPERATURES = (1, 2, 4, 8, 20)  # to jump to
DECIMALS = 5  # of the logits that are sent: a probability is off by less than 1e-5

_FILES = Path(__file__).parent
_component = component(
    "kd_soft_targets",
    SHARED_CSS,
    SHARED_JS,
    *(_FILES / name for name in ("soft_targets.html", "soft_targets.css", "soft_targets.js", "drawings.js")),
    isolate_styles=False,
)


def soft_targets(run: Run, w: Words, *, revealed: bool) -> None:
    """Draw the run's soft targets now, and every so often while it trains.

    Until `revealed`, the temperature goes no further than the one that the student was trained at.
    """

    def draw() -> None:
        if run.held_out is None or not run.snapshots:
            st.info(words("frame")("waiting"))
            return
        data = picture(run, w, revealed=revealed)
        chosen = _component(key="soft_targets", data=data, on_open_change=lambda: None).open
        if chosen is not None:
            experiment, _ = Experiment.read({"temperature": str(chosen)})
            open_playground(experiment)

    follow([run], draw)


def picture(run: Run, w: Words, *, revealed: bool) -> dict[str, Any]:
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
        "temperature": experiment.temperature,
        "low": SETTINGS["temperature"].low,
        "high": SETTINGS["temperature"].high if revealed else experiment.temperature,
        "presets": TEMPERATURES,
        "revealed": revealed,
        "address": frame_fields(),
        "actors": words("frame").get("actors"),
        "words": w.get("view"),
        "language": w.language,
    }


def clear_example(logits: dict[str, Any], labels: list[int]) -> int:
    """The example to begin with: of those on which all are right, the one whose teacher leaves the least doubt out.

    Least doubt is the smallest distance between the two largest of the teacher's logits.
    """
    top = np.sort(logits["teacher"], axis=1)
    gap = top[:, -1] - top[:, -2]
    right = np.all([z.argmax(axis=1) == labels for z in logits.values()], axis=0)
    return int(np.where(right, gap, gap + gap.max()).argmin())


def _status(newest: Snapshot, w: Words) -> str:
    return w(f"status.{newest.phase}", epoch=newest.epoch, epochs=newest.epochs)
