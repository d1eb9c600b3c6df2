"""An experiment in a few words: what results are of."""

from __future__ import annotations

from collections.abc import Sequence

from kd_core.experiment import SETTINGS, Experiment
from pages.ui.messages import say
from pages.ui.numbers import setting_value
from pages.ui.words import language, words

ALWAYS = ("dataset", "labels", "temperature")


def describe(experiment: Experiment, also: Sequence[str] = ()) -> str:
    """As in "digits, 100 labels, T 4", and the values of further settings."""
    names = (*ALWAYS, *(name for name in also if name not in ALWAYS))
    if experiment.splits > 1 and "splits" not in names:
        names = (*names, "splits")
    parts = [said(experiment.settled, name) for name in names]
    if experiment.changes:
        parts.append(words("settings")("said.moved", epoch=experiment.changes[-1].epoch))
    return ", ".join(parts)


def said(experiment: Experiment, name: str) -> str:
    """One setting with its value."""
    w, value = words("settings"), getattr(experiment, name)
    if name == "dataset":
        return w(f"short_data.{value}")
    if name == "labels":
        count = value or experiment.source.train_size
        return w("said.labels" if value else "said.all_labels", count=count)
    if name == "temperature":
        return w("said.temperature", value=setting_value(w, value))
    if name == "splits":
        return w("said.one_split" if value == 1 else "said.splits", count=value)
    return w("said.other", setting=w(f"{name}.name"), value=setting_value(w, value))


def named(names: Sequence[str]) -> str:
    """The names of these settings."""
    w = words("settings")
    return ", ".join(w(f"{name}.name") for name in names)


def allowed(name: str) -> str:
    """What a setting may be."""
    return say(SETTINGS[name].allowed, language())
