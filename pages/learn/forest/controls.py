"""The widgets of the page from forest to network: pipeline, splits, and the other settings behind a button."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.learn.forest.cases import SPLITS, grows, trees_of
from pages.learn.forest.chosen import (
    EXTRA,
    HOTTEST,
    KIND,
    KINDS,
    RATES,
    STUDENTS,
    TREE_COUNTS,
    Fields,
    labels_of,
)
from pages.ui.address import Field, held, set_widget
from pages.ui.numbers import short
from pages.ui.select import Select
from pages.ui.words import Words, words

EXTRA_KINDS = ("noise", "mixup")


def settle_kind() -> str:
    """The pipeline that is chosen; to be called before anything is drawn that depends on it."""
    _kinds().settle()
    return held(KIND)


def choose_kind() -> None:
    """The select box of pipelines; another one begins with its own number of trees or rounds."""

    def begin_anew() -> None:
        set_widget("forest_teacher_trees", trees_of(st.session_state[KIND.key]))

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(words("forest")("pipeline"), width="content")
        _kinds().show(words("forest")("pipeline"), on_change=begin_anew, label_visibility="collapsed", width=200)


def choose_settings(dataset: str, kind: str, fields: Fields) -> None:
    """Splits in sight, the rest in a box that opens."""
    w, setting = words("forest"), words("settings")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(w("splits"), width="content")
        _steps(fields.splits, SPLITS, label_visibility="collapsed")
    with st.popover(w("settings"), icon=":material/tune:"):
        _steps(fields.labels, labels_of(dataset), say=lambda n: setting("all") if n == 0 else str(n))
        if grows(kind):
            _steps(fields.teacher_trees, TREE_COUNTS)
        _slide(fields.temperature, 1.0, HOTTEST, 0.5)
        _slide(fields.alpha, 0.0, 1.0, 0.05)
        _steps(fields.student, STUDENTS, say=str)
        _steps(fields.learning_rate, RATES, say=lambda rate: short(w, rate))
        _steps(fields.extra, EXTRA)
        select = Select(fields.extra_kind.key, EXTRA_KINDS, _extra_name)
        select.settle()
        if held(fields.extra):
            held(fields.extra_kind)
            select.show(setting("extra_kind.label"))


def _steps(field: Field[Any], options: tuple[Any, ...], *, say: Any = str, **looks: Any) -> None:
    """A row of values."""
    st.segmented_control(
        words("settings")(f"{field.name}.label"),
        options,
        default=held(field),
        format_func=say,
        key=field.key,
        required=True,
        **looks,
    )


def _slide(field: Field[float], low: float, high: float, step: float) -> None:
    setting = words("settings")(f"{field.name}.label")
    st.slider(setting, low, high, float(held(field)), step, key=field.key)


def _kinds() -> Select:
    return Select(KIND.key, KINDS, _kind_name)


def _kind_name(kind: str, language: str) -> str:
    return str(Words("settings", language)(f"choices.teacher_kind.{kind}"))


def _extra_name(kind: str, language: str) -> str:
    return str(Words("settings", language)(f"choices.extra_kind.{kind}"))
