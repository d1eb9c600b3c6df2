"""The words of the app, apart from the code that draws: `pages/words/<language>/<page>.toml`.

A translation is such a folder. Texts are Markdown; `{name}` in one stands for a value that the page computes.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

FOLDER = Path(__file__).parents[1] / "words"
LANGUAGES = {"en": "English", "de": "Deutsch"}


def language() -> str:
    """The reader's language: what the address says, or what was chosen since."""
    chosen = str(st.session_state.get("lang", "en"))
    return chosen if chosen in LANGUAGES else "en"


class Words:
    """The texts of one page in one language, by dotted name."""

    def __init__(self, page: str, language: str) -> None:
        self.page, self.language = page, language
        self._texts = texts(page, language)

    def __call__(self, name: str, **values: Any) -> str:
        """The text of that name, with these values in it."""
        text = self.get(name)
        if not isinstance(text, str):
            raise KeyError(f"{self.language}/{self.page}.toml has no text {name!r}")
        return text.format(**values) if values else text

    def get(self, name: str) -> Any:
        """What stands under that name: a text, a list, a table; KeyError if nothing does."""
        found: Any = self._texts
        for part in name.split("."):
            if not isinstance(found, dict) or part not in found:
                raise KeyError(f"{self.language}/{self.page}.toml has no {name!r}")
            found = found[part]
        return found


def words(page: str) -> Words:
    """The texts of a page in the reader's language."""
    return Words(page, language())


@cache
def texts(page: str, language: str) -> dict[str, Any]:
    """A file of texts."""
    return tomllib.loads((FOLDER / language / f"{page}.toml").read_text())
