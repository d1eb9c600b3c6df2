"""Words of the field explain themselves where they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pages.ui.terms import explained
from pages.ui.words import FOLDER, LANGUAGES, Words

MARK = re.compile(r"\[\[(\w+)")


def test_a_marked_term_shows_its_name_and_holds_what_it_is() -> None:
    html = explained("Five [[seed|seeds]] and a [[logit]].")
    said = Words("terms", "en")
    assert html.startswith('Five <span class="kd-term" tabindex="0">seeds<span class="kd-tip" role="note">')
    assert said("seed.is").split(":")[0] in html
    assert ">logit<" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_marked_term_of_every_page_is_explained(language: str) -> None:
    said = Words("terms", language)
    for file in Path(FOLDER, language).glob("*.toml"):
        for name in MARK.findall(file.read_text()):
            assert said(f"{name}.is"), (file, name)
