"""A select box whose options are words.

The browser sends the words of what is chosen, and for a while after a change of language those of the language before.
The session holds the option's name all the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.ui.address import keep_widgets
from pages.ui.words import LANGUAGES, language


@dataclass(frozen=True)
class Select:
    """A select box of `options` that `st.session_state[key]` holds; `say(option, language)` are an option's words."""

    key: str
    options: tuple[str, ...]
    say: Callable[[str, str], str]

    def settle(self) -> None:
        """Let the session hold a name if it holds words, and the browser show words of the reader's language."""
        state = st.session_state
        if self.key not in state:
            return
        names = {self.say(option, spoken): option for spoken in LANGUAGES for option in self.options}
        held = state[self.key]
        name = held if held in self.options else names.get(held, held)
        if name != held or self._shown[1] != language():
            state[self.key] = name

    def show(
        self, label: str, *, on_change: Callable[..., None] = lambda: None, args: tuple[Any, ...] = (), **looks: Any
    ) -> None:
        """Draw the select box. `on_change` is called when another option was chosen, not when it was translated."""
        spoken = language()
        st.selectbox(
            label,
            self.options,
            self.options.index(st.session_state[self.key]),
            key=self.key,
            format_func=lambda option: self.say(option, spoken),
            on_change=self._changed,
            args=(on_change, *args),
            **looks,
        )
        st.session_state[f"{self.key}_shown"] = (st.session_state[self.key], spoken)

    @property
    def _shown(self) -> tuple[str, str]:
        """The option and the language that the select box showed last."""
        shown: tuple[str, str] = st.session_state.get(f"{self.key}_shown", ("", language()))
        return shown

    def _changed(self, act: Callable[..., None], *args: Any) -> None:
        self.settle()
        keep_widgets()
        if st.session_state[self.key] != self._shown[0]:
            act(*args)
