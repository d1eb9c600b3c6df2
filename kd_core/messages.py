"""What the core has to say to people, as data: a kind and values, from which pages make sentences in any language.

The English texts are in messages.toml. A `Message` is the English sentence too: the command line prints it as it is.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

TEXTS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


class Message(str):
    """A sentence in English, made of its `kind`, a key of `TEXTS`, and `values`, which can be messages themselves."""

    kind: str
    values: dict[str, Any]

    def __new__(cls, kind: str, **values: Any) -> Message:
        message = super().__new__(cls, TEXTS[kind].format(**values))
        message.kind, message.values = kind, values
        return message

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.kind,), self.values  # for pickle: messages travel from workers
