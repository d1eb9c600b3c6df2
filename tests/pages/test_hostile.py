"""Whatever a link says, a page shows it as characters, shortly, and works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from kd_core.jobs import Jobs
from kd_core.messages import LONGEST
from pages.ui.links import SCRIPTS
from pages.ui.words import LANGUAGES
from tests.pages.explaining import settle

PICTURE, LINK = "![t](http://elsewhere.example/t.png)", "[log in again](http://elsewhere.example)"
TEXTS = (
    PICTURE,
    LINK,
    "$x$ $$y$$",
    "# heading",
    "<img src=//elsewhere.example>",
    ":red[x] :material/home:",
    "`x` **y**",
)
# A field of each page that a link sets, and what would be alive if it were not escaped.
FIELDS = {
    "home": "digit",
    "soft_targets": "temperature",
    "two_losses": "alpha",
    "dark_knowledge": "like",
    "when": "scenario",
    "forest": "labels",
    "ensemble": "case",
    "domain": "target",
    "noise": "view",
    "bugs": "bug",
    "read_code": "file",
    "check": "question",
    "playground": "alpha",
    "sweep": "over",
    "data": "dataset",
}
ALIVE = re.compile(r"(?<!\\)[\[\]`$<>*#|~]|(?<!\\):\w|https?:/|www\.")
Open = Callable[..., AppTest]


@pytest.fixture
def visit(service: Jobs) -> Iterator[Open]:
    """Opens a page within its frame by a link."""

    def open_page(name: str, **query: str | list[str]) -> AppTest:
        page = AppTest.from_file(Path("pages/navigation.py").resolve(), default_timeout=60)
        for field, value in query.items():
            page.query_params[field] = value
        page.run().switch_page(SCRIPTS[name]).run()
        assert not page.exception, page.exception
        return page

    st.cache_resource.clear()
    yield open_page
    st.cache_resource.clear()


def boxes(page: AppTest) -> list[str]:
    """The Markdown of all red and yellow boxes."""
    return [box.value for box in (*page.error, *page.warning)]


def said(markdown: str) -> str:
    """The characters that such Markdown shows."""
    return re.sub(r"\\([!-/:-@\[-`{-~])|\u2060", r"\1", markdown)


@pytest.mark.parametrize("name", FIELDS)
def test_every_page_shows_what_it_does_not_understand_as_characters(visit: Open, name: str) -> None:
    for text in TEXTS if name in ("playground", "sweep", "two_losses") else TEXTS[:2]:
        page = visit(name, **{FIELDS[name]: f"alpha={text}" if name == "sweep" else text, "hide": text})
        found = boxes(page)
        assert any(" ".join(text.split()) in said(box) for box in found), (text, found)
        assert [box for box in found if ALIVE.search(box)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["two_losses", "playground", "sweep"])
def test_a_long_text_in_a_link_is_cut_where_it_is_shown(visit: Open, name: str, language: str) -> None:
    page = visit(name, **{FIELDS[name]: LINK * 50, "lang": language})
    (box,) = boxes(page)
    assert f"{LINK}{LINK}"[:59] + "…" in said(box)
    assert not ALIVE.search(box)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["two_losses", "playground", "sweep"])
def test_of_many_wrong_fields_a_few_are_told_and_how_many_there_are_more(visit: Open, name: str, language: str) -> None:
    of_experiments, of_losses = (
        ("temperature", "alpha", "labels", "seeds", "epochs"),
        ("example", "epoch", "at", "limit"),
    )
    page = visit(name, **dict.fromkeys((*of_experiments, *of_losses), LINK), lang=language)
    found = boxes(page)
    for box in found:
        sentences = [sentence for sentence in said(box).split("\n\n") if LINK in sentence or "More" in sentence]
        assert len(" ".join(sentences)) <= LONGEST
        assert not ALIVE.search(box)
    assert any(re.search(r"(Also wrong|Ebenfalls falsch): \d+", box) for box in found)


@pytest.mark.parametrize("name", FIELDS)
def test_a_link_of_a_hundred_thousand_characters_opens_the_page_with_its_defaults(visit: Open, name: str) -> None:
    page = visit(name, **{FIELDS[name]: PICTURE * 3000, "lang": "de", "hide": "alpha"})
    (box,) = boxes(page)
    assert (
        box == "The link has more than 30\u2009120 characters, so nothing of it was read. The page shows its defaults."
    )
    assert page.session_state.hide == ""


def test_the_box_stays_until_the_visit_ends_and_the_address_does_not_hold_the_text_any_longer(
    visit: Open, service: Jobs
) -> None:
    page = settle(visit("two_losses", alpha=PICTURE * 3000), service)
    assert len(boxes(page)) == 1
    assert page.query_params == {}


def test_what_a_link_hides_is_only_what_can_be_hidden(visit: Open) -> None:
    page = visit("playground", hide="alpha,complaints,transport")
    styles = "".join(element.proto.body for element in page.get("html"))
    assert ".st-key-alpha_network" in styles
    assert ".st-key-transport_network" not in styles
