"""Soft targets under the finger: a component that softens the logits of a run's held-out examples in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from kd_core.data import source_of
from kd_core.experiment import SETTINGS, Experiment
from kd_core.jobs import Run
from kd_core.recipe import LARGE
from kd_core.snapshot import Snapshot
from pages.run import fetched, frames
from pages.run.study import follow
from pages.ui.address import Field, frame_fields, held, hold, is_lecture, listed, maybe_place, measure, take
from pages.ui.component import DIGITS, SHARED_JS, component, said
from pages.ui.datasets import dataset_field
from pages.ui.links import open_playground, query_of
from pages.ui.words import Words, words

TEMPERATURES = (1, 2, 4, 8, 20)  # to jump to
DECIMALS = 5  # of the logits that are sent: a probability is off by less than 1e-5

LOW, HIGH = SETTINGS["temperature"].low, SETTINGS["temperature"].high
DATASET = dataset_field("soft_targets")


def experiment_of(dataset: str) -> Experiment:
    """The run that is shown: of digits the playground's first one; of all, one whose teacher takes seconds.

    Of several splits the first alone would be seen, and the time that convolutions take too.
    """
    suggested, _ = Experiment.read({"dataset": dataset})
    if suggested.teacher_network.convolutions:
        epochs = 10 if suggested.source.train_size > LARGE else Experiment().teacher_epochs
        return Experiment(dataset=dataset, labels=suggested.labels, teacher_epochs=epochs)
    return suggested.replace(splits=1, seeds=Experiment().seeds)


def temperature_field(dataset: str) -> Field[float]:
    return measure("soft_targets", "temperature", experiment_of(dataset).temperature, LOW, HIGH)


def fields_of(dataset: str) -> tuple[Field[Any], ...]:
    """What one chooses: an example, T, the class of the formula if it is not the label's, logits of one's own."""
    classes = source_of(dataset).classes
    return (
        maybe_place("soft_targets", "digit", 2 * classes),
        temperature_field(dataset),
        maybe_place("soft_targets", "class", classes),
        listed("soft_targets", "logits", classes, -50, 50),
    )


MAPS_JS = Path(frames.__file__).with_name("maps.js")  # pictures of examples of all kinds
_FILES = Path(__file__).parent
_component = component(
    "kd_soft_targets",
    SHARED_JS,
    MAPS_JS,
    *DIGITS,
    *(_FILES / name for name in ("soft_targets.html", "soft_targets.css", "soft_targets.js", "drawings.js")),
    isolate_styles=False,
)


def soft_targets(run: Run, w: Words, *, guessed: bool) -> None:
    """Draw the run's soft targets now, and every so often while it trains.

    Until the reader has `guessed`, the temperature goes no further than the one that the student was trained at, unless
    a link asked for more.
    """
    experiment = run.experiment
    revealed = guessed or _is_beyond_the_lock(experiment)

    def draw() -> None:
        if run.held_out is None or not run.snapshots:
            wait(run)
            return
        data = picture(run, w, revealed=revealed, guessed=guessed) | chosen(experiment.dataset)
        told = _component(
            key="soft_targets",
            data=data,
            on_open_change=lambda: None,
            on_chosen_change=lambda: _choose(experiment.dataset),
        )
        if told.open is not None:
            opened, _ = Experiment.read(_query(experiment) | {"temperature": said(told.open) or ""})
            open_playground(opened)
        if st.session_state.pop("soft_targets_chosen", False):
            st.rerun()  # the whole page, which writes the address

    follow([run], draw)


def wait(run: Run) -> None:
    """Say what a run that shows nothing yet is waiting for; of one that has failed, the page says why."""
    if missing := fetched.arrival(run.experiment.dataset) if run.is_live else None:
        st.progress(missing.done / missing.total, fetched.said(missing))
    elif run.status != "failed":
        st.info(words("frame")("waiting"))


def keep_address(dataset: str) -> None:
    """Let the page's link say what is chosen."""
    hold(DATASET, *fields_of(dataset))


def picture(run: Run, w: Words, *, revealed: bool, guessed: bool) -> dict[str, Any]:
    """What the browser is sent: examples, the newest logits of every actor (E, C), and all words."""
    snapshots, experiment = list(run.snapshots), run.experiment
    newest = {actor: measures.example_logits for s in snapshots for actor, measures in s.actors.items()}
    fixed = frames.scene(run)
    return {
        "dataset": experiment.dataset,
        "query": _query(experiment),
        **{name: fixed[name] for name in ("classes", "image", "ink", "plane", "examples")},
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


def chosen(dataset: str) -> dict[str, Any]:
    """What the reader or a link has chosen, and in which visit: a link opened later is news to the browser."""
    digit, temperature, of_class, logits = map(held, fields_of(dataset))
    values = {"digit": digit, "temperature": temperature, "of": of_class, "logits": logits}  # JavaScript has a "class"
    return {"visit": st.session_state.get("visit", 0), "chosen": values}


def _query(experiment: Experiment) -> dict[str, str]:
    """The address of an experiment; never none."""
    return {name: values[-1] for name, values in query_of(experiment).items()}


def clear_example(logits: dict[str, Any], labels: list[int]) -> int:
    """The example to begin with: of those on which all are right, the one whose teacher leaves the least doubt out.

    Least doubt is the smallest distance between the two largest of the teacher's logits.
    """
    top = np.sort(logits["teacher"], axis=1)
    gap = top[:, -1] - top[:, -2]
    right = np.all([z.argmax(axis=1) == labels for z in logits.values()], axis=0)
    return int(np.where(right, gap, gap + gap.max()).argmin())


def _is_beyond_the_lock(experiment: Experiment) -> bool:
    """Whether a link asked for a temperature that is shown only after the guess; then it stays open."""
    state, asked = st.session_state, held(temperature_field(experiment.dataset))
    state.soft_targets_open = state.get("soft_targets_open", False) or asked > experiment.temperature
    return bool(state.soft_targets_open)


def _choose(dataset: str) -> None:
    """What the reader has chosen in the browser, once his finger rests."""
    take(st.session_state.soft_targets.chosen, *fields_of(dataset))
    st.session_state.soft_targets_chosen = True


def _status(newest: Snapshot, w: Words) -> str:
    return w(f"status.{newest.phase}", epoch=newest.epoch, epochs=newest.epochs)
