"""Words: every language says the same things, with the same values in them."""

from __future__ import annotations

import string
from typing import Any

import pytest

from pages.ui.words import FOLDER, LANGUAGES, Words, texts

PAGES = sorted(path.stem for path in (FOLDER / "en").glob("*.toml"))


def leaves(found: Any, name: str = "") -> dict[str, str]:
    """Dotted name -> text, of everything in a file."""
    if isinstance(found, str):
        return {name: found}
    items = found.items() if isinstance(found, dict) else enumerate(found)
    return {path: text for key, value in items for path, text in leaves(value, f"{name}.{key}").items()}


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_every_language_has_every_text_with_the_same_values(page: str, language: str) -> None:
    english, other = leaves(texts(page, "en")), leaves(texts(page, language))
    assert set(other) == set(english)
    for name, text in english.items():
        if "{" in text and "$" not in text:
            assert fields(other[name]) == fields(text), name


def test_no_language_has_a_file_that_english_lacks() -> None:
    for language in LANGUAGES:
        pages = {path.stem for path in (FOLDER / language).glob("*.toml")}
        assert pages == {*PAGES, *([] if language == "en" else ["messages"])}  # English messages are the core's


def test_a_missing_text_is_named() -> None:
    with pytest.raises(KeyError, match=r"en/frame.toml has no 'pages.nowhere'"):
        Words("frame", "en")("pages.nowhere")
