"""Messages of the core in the reader's language: `pages/words/<language>/messages.toml` has a text for each kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kd_core.messages import TEXTS, Message
from pages.ui.numbers import localized
from pages.ui.words import LANGUAGES, Words

# All punctuation that can mean something to Markdown; an underscore within a word means nothing.
_MARKS = re.compile(r"[!-+\--/:;<>-@\[-^`{-~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# Where Streamlit makes links, icons, emoji and arrows even of what is escaped.
_SEAMS = re.compile(r"(?<=[:@])|(?<=www)(?=\\\.)|(?<=[-=~>])(?=\s|$)")
_WORD_JOINER = "\u2060"  # has no width


def say(message: str, language: str) -> str:
    """The message in that language, as text; what is no `Message` stays as it is."""
    return _sentence(message, language, str)


def say_in_all(message: str) -> dict[str, str]:
    """The message in every language."""
    return {language: say(message, language) for language in LANGUAGES}


def markdown(message: str, language: str) -> str:
    """As `say`, for Markdown: values, which can come from a link, are shown as the characters that they are."""
    return _sentence(message, language, plain)


def plain(text: str) -> str:
    """Markdown that shows these very characters."""
    return _SEAMS.sub(_WORD_JOINER, _MARKS.sub(r"\\\g<0>", " ".join(text.split())))


def _sentence(message: str, language: str, shown: Callable[[str], str]) -> str:
    if not isinstance(message, Message):
        return shown(message)
    w = None if language == "en" else Words("messages", language)

    def said(value: Any) -> str:
        if isinstance(value, str):
            return _sentence(value, language, shown)
        return localized(w, str(value)) if w else str(value)

    text = w(message.kind) if w else TEXTS[message.kind]
    return text.format(**{name: said(value) for name, value in message.values.items()})
