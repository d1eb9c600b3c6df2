"""Messages of the core in the reader's language: `pages/words/<language>/messages.toml` has a text for each kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kd_core.messages import LONGEST, TEXTS, Message, cut, in_short
from pages.ui.numbers import localized
from pages.ui.words import LANGUAGES, Words

# All punctuation that can mean something to Markdown; an underscore within a word means nothing.
_MARKS = re.compile(r"[!-+\--/:;<>-@\[-^`{-~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# Where Streamlit makes links, icons, emoji and arrows even of what is escaped.
_SEAMS = re.compile(r"(?<=[:@])|(?<=www)(?=\\\.)|(?<=[-=~>])(?=\s|$)")
_WORD_JOINER = "\u2060"  # has no width


def say(message: str, language: str) -> str:
    """The message in that language, as text; what is no `Message` stays as it is, if it is not too long."""
    return cut(_sentence(message, language, str), LONGEST)


def say_in_all(message: str) -> dict[str, str]:
    """The message in every language."""
    return {language: say(message, language) for language in LANGUAGES}


def markdown(message: str, language: str) -> str:
    """As `say`, for Markdown: values, which can come from a link, are shown as the characters that they are."""
    whole = _sentence(message, language, str)
    return _sentence(message, language, plain) if len(whole) <= LONGEST else plain(cut(whole, LONGEST))


def complaint(errors: Iterable[str], language: str) -> str:
    """What is wrong, as Markdown: a paragraph for each of the first messages, and how many more there are."""
    return paragraphs({say(error, language): markdown(error, language) for error in errors}, language)


def paragraphs(sentences: Mapping[str, str], language: str) -> str:
    """The first of these sentences, text -> Markdown, a paragraph each, and how many more there are."""
    shown = dict(sentences)

    def more(count: int) -> str:
        text = say(Message("more", count=count), language)
        shown[text] = text
        return text

    return "\n\n".join(shown.get(text) or plain(text) for text in in_short(list(sentences), more))


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
        if isinstance(value, tuple):
            return shown(", ".join(value))
        return localized(w, str(value)) if w else str(value)

    text = w(message.kind) if w else TEXTS[message.kind]
    return text.format(**{name: said(value) for name, value in message.values.items()})
