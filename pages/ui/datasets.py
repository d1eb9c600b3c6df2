"""Data sets on explaining pages: a small select box of those that suit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import streamlit as st

from kd_core.data import DATASETS, source_of
from kd_core.experiment import Experiment
from kd_core.sources import Source
from pages.ui.address import Field, held, set_widget
from pages.ui.select import Select
from pages.ui.words import words

LEAST_CLASSES = 3  # of two there is one wrong class only, so a soft target says nothing of likeness
MOST_FEATURES = 256  # of those that are offered: images of 28 x 28 take four times as long, and show the same


def suits(source: Source) -> bool:
    """Whether examples are images or rows of a table, of classes that can be more and less alike."""
    return source.classes >= LEAST_CLASSES and not source.is_plane


OFFERED = tuple(name for name, source in DATASETS.items() if suits(source) and source.features <= MOST_FEATURES)


def dataset_field(page: str, offered: Sequence[str] = OFFERED, fits: Callable[[Source], bool] = suits) -> Field[str]:
    """The data set of a page: one of those offered, or one of somebody's own that fits."""

    def read(text: str) -> str:
        if text in offered or (text not in DATASETS and _is_known(text) and fits(source_of(text))):
            return text
        raise ValueError(", ".join(offered))

    return Field(f"{page}_dataset", "dataset", offered[0], read)


def _is_known(name: str) -> bool:
    """Whether an experiment can be on it: data of one's own can be taken away at any time."""
    return not Experiment.read({"dataset": name})[1]


def settle_dataset(field: Field[str], say: Callable[[str, str], str]) -> str:
    """The data set that is chosen; to be called before anything is drawn that depends on it.

    `say` are a data set's words in a language.
    """
    _select(field, say).settle()
    if not _is_known(held(field)):
        set_widget(field.key, field.default)
    return held(field)


def choose_dataset(
    field: Field[str], say: Callable[[str, str], str], others: Callable[[str], Iterable[Field[Any]]]
) -> None:
    """The select box. What else the page lets one choose, `others` of a data set, begins anew with another one."""

    def begin_anew() -> None:
        for other in others(st.session_state[field.key]):
            set_widget(other.key, other.default)

    label = words("datasets")("label")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(label, width="content")
        _select(field, say).show(label, on_change=begin_anew, label_visibility="collapsed", width=220)


def _select(field: Field[str], say: Callable[[str, str], str]) -> Select:
    """What the field allows: of everybody's sets, and of one's own that this session has met (`own_sets`)."""
    return Select(field.key, tuple(filter(_allowed_by(field), (*DATASETS, *st.session_state.get("own_sets", ())))), say)


def _allowed_by(field: Field[str]) -> Callable[[str], bool]:
    def is_allowed(name: str) -> bool:
        try:
            return field.read(name) == name
        except ValueError:
            return False

    return is_allowed
