"""What the core has to say to people, as data: a kind and values, from which pages make sentences in any language.

The English texts are in messages.toml. A `Message` is the English sentence too: the command line prints it as it is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

TEXTS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
UNSEEN = "\N{REPLACEMENT CHARACTER}"  # in place of what has no picture or turns text around
SHOWN, LONGEST = 60, 300  # characters: of a value within a sentence, and of all that is said at a time


class Message(str):
    """A sentence in English, made of its `kind`, a key of `TEXTS`, and `values`.

    A value is a number, a message, a tuple of names of our own, or a text, which can come from anywhere: of that no
    more is kept than is shown.
    """

    kind: str
    values: dict[str, Any]

    def __new__(cls, kind: str, **values: Any) -> Message:
        most = LONGEST if kind == "problem" else SHOWN  # a problem's text is a sentence itself
        values = {
            name: shown(value, most) if isinstance(value, str) and not isinstance(value, Message) else value
            for name, value in values.items()
        }
        written = {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in values.items()}
        message = super().__new__(cls, cut(TEXTS[kind].format(**written), LONGEST))
        message.kind, message.values = kind, values
        return message

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.kind,), self.values  # for pickle: messages travel from workers


def cut(text: str, most: int) -> str:
    """The text in at most `most` characters; an ellipsis stands for the rest."""
    return text if len(text) <= most else text[: most - 1] + "…"


def shown(text: str, most: int = SHOWN) -> str:
    """A text from outside as sentences show it: cut, on one line, and nothing in it that is not seen."""
    return "".join(c if c.isprintable() else " " if c.isspace() else UNSEEN for c in cut(text, most))


def _more(count: int) -> str:
    return Message("more", count=count)


def in_short(sentences: Sequence[str], more: Callable[[int], str] = _more) -> list[str]:
    """The first of these sentences, `LONGEST` characters together; the last one says how many `more` there are."""
    if len(" ".join(sentences)) <= LONGEST:
        return list(sentences)
    if len(sentences) == 1:
        return [cut(sentences[0], LONGEST)]
    room = LONGEST - 1 - len(more(len(sentences)))
    fitting = max(1, sum(end - 1 <= room for end in accumulate(len(sentence) + 1 for sentence in sentences)))
    return [*(cut(sentence, room) for sentence in sentences[:fitting]), more(len(sentences) - fitting)]
