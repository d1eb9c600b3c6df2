"""Widgets of one setting each: label, help and range are the setting's own, and so is the widget's key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from kd_core.experiment import SETTINGS
from pages.run.settings import choice_select
from pages.ui.words import words


def slider(name: str) -> None:
    """A share."""
    setting, one = words("settings"), SETTINGS[name]
    st.slider(
        setting(f"{name}.label"),
        one.low,
        one.high,
        st.session_state[name],
        0.05,
        key=name,
        help=setting(f"{name}.help"),
    )


def whole(name: str, on_change: Callable[[], None] | None = None, *, help: str = "", **looks: Any) -> None:
    """A whole number."""
    setting, one = words("settings"), SETTINGS[name]
    st.number_input(
        setting(f"{name}.label"),
        int(one.low),
        int(one.high),
        st.session_state[name],
        key=name,
        help=help or setting(f"{name}.help"),
        on_change=on_change,
        **looks,
    )


def real(name: str, step: float, write: str = "%.5g", **looks: Any) -> None:
    """A number."""
    setting, one = words("settings"), SETTINGS[name]
    st.number_input(
        setting(f"{name}.label"),
        one.low,
        one.high,
        st.session_state[name],
        step,
        write,
        key=name,
        help=setting(f"{name}.help"),
        **looks,
    )


def choice(name: str, options: Sequence[str] = (), *, help: str = "", **looks: Any) -> None:
    """One of these options, or of all; the one that is chosen is among them, or else nothing could be drawn."""
    setting, held = words("settings"), st.session_state[name]
    offered = options or SETTINGS[name].choices
    choice_select(name, offered if held in offered else (*offered, held)).show(
        setting(f"{name}.label"), help=help or setting(f"{name}.help"), **looks
    )
