"""An experiment in a few words: what results are of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from kd_core.data import DATASETS, DataError, source_of
from kd_core.experiment import SETTINGS, Experiment
from kd_core.kinds import KINDS
from kd_core.sources import domains
from pages.run.teachers import is_network, teacher_name
from pages.ui.messages import say
from pages.ui.numbers import setting_value
from pages.ui.select import Select
from pages.ui.words import Words, language, words

ALWAYS = ("dataset", "labels", "temperature")
CHOICES = ("teacher_mean", "target", "extra_kind", "shift_view")  # settings that are chosen by words
MOST_NAMED = 4  # of the settings that were changed: another data set can bring many


def describe(experiment: Experiment, also: Sequence[str] = ()) -> str:
    """As in "digits, 100 labels, T 4", and the values of further settings, if they are few."""
    names = (*ALWAYS, *(name for name in _few(also) if name not in ALWAYS))
    if experiment.splits > 1 and "splits" not in names:
        names = (*names, "splits")
    parts = [said(experiment.settled, name) for name in names]
    if not is_network(experiment):
        parts.append(teacher_name(experiment, language()))
    if experiment.target and "target" not in names:
        parts.append(said(experiment, "target"))
    if experiment.changes:
        parts.append(words("settings")("said.moved", epoch=experiment.changes[-1].epoch))
    return ", ".join(parts)


def said(experiment: Experiment, name: str) -> str:
    """One setting with its value."""
    w, value = words("settings"), getattr(experiment, name)
    if name == "dataset":
        return data_name(value, w.language)
    if name == "labels":
        count = value or experiment.source.train_size
        return w("said.labels" if value else "said.all_labels", count=count)
    if name == "temperature":
        return w("said.temperature", value=setting_value(w, value))
    if name == "splits":
        return w("said.one_split" if value == 1 else "said.splits", count=value)
    return w("said.other", setting=w(f"{name}.name"), value=value_said(name, value, w.language))


def value_said(name: str, value: Any, language: str) -> str:
    """A setting's value: by its words where it is chosen by words, else as a number, or as links write it."""
    w = Words("settings", language)
    if name == "teacher_kind":
        return " + ".join(w(f"choices.{name}.{kind}") for kind in str(value).split("+"))
    return choice_said(name, value, language) if name in CHOICES else setting_value(w, value)


def choice_said(name: str, option: str, language: str) -> str:
    """The words of one option."""
    return Words("settings", language)(f"choices.{name}.{option or 'none'}")


def choice_select(name: str, options: Sequence[str] = ()) -> Select:
    """The select box of a setting that is chosen by words; all of its options if none are given."""
    return Select(name, tuple(options or SETTINGS[name].choices), partial(choice_said, name))


def has_meaning(experiment: Experiment, name: str) -> bool:
    """Whether a setting changes anything as the others are: trees only where there are some."""
    read = {each for kind in experiment.kinds for each in KINDS[kind].settings}
    owned = {each for kind in KINDS.values() for each in kind.settings}
    return {
        "teachers": any(KINDS[kind].is_drawn for kind in experiment.kinds),
        "teacher_weights": len(experiment.members) > 1,
        "teacher_mean": len(experiment.members) > 1,
        "teacher_shift": name in read and experiment.source.image is not None,
        "target": bool(domains(experiment.source)),
        "target_labels": bool(experiment.target),
        "extra_kind": experiment.extra > 0,
        "shift": experiment.source.image is not None,
        "shift_view": experiment.shift > 0,
    }.get(name, name in read or name not in owned)


def data_name(dataset: str, language: str) -> str:
    """What a data set is called; one of one's own by its title and a piece of its name, as two can have one title."""
    if dataset in DATASETS:
        return Words("settings", language)(f"short_data.{dataset}")
    if not is_known(dataset):
        return dataset
    return f"{source_of(dataset).title} ({dataset.removeprefix('own-')[:4]})"


def is_known(dataset: str) -> bool:
    """Whether there is such a data set: one of one's own can have been taken away."""
    try:
        source_of(dataset)
    except (ValueError, DataError):
        return False
    return True


def named(names: Sequence[str]) -> str:
    """The names of these settings; of many, the first ones and how many more there are."""
    w, few = words("settings"), _few(names)
    said = ", ".join(w(f"{name}.name") for name in few)
    return said if len(few) == len(names) else w("said.more", names=said, count=len(names) - len(few))


def _few(names: Sequence[str]) -> Sequence[str]:
    return names if len(names) <= MOST_NAMED else names[: MOST_NAMED - 1]


def allowed(name: str) -> str:
    """What a setting may be."""
    return say(SETTINGS[name].allowed, language())
