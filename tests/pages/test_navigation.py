"""The frame around every page: language, lecture mode, and what the address says of them."""

from __future__ import annotations

from tests.pages.explaining import Learn


def test_the_address_chooses_the_language(learn: Learn) -> None:
    assert learn("soft_targets").title[0].value == "Soft targets"
    assert learn("soft_targets", lang="de").title[0].value == "Weiche Ziele"


def test_an_unknown_language_is_english(learn: Learn) -> None:
    page = learn("soft_targets", lang="xx")
    assert page.title[0].value == "Soft targets"
    assert "lang" not in page.query_params


def test_a_chosen_language_joins_the_address(learn: Learn) -> None:
    page = learn("soft_targets")
    page.selectbox(key="lang").select("de").run()
    assert page.title[0].value == "Weiche Ziele"
    assert page.query_params["lang"] == "de"


def test_lecture_mode_joins_the_address_and_leaves_it(learn: Learn) -> None:
    page = learn("soft_targets")
    page.toggle(key="lecture_switch").set_value(True).run()
    assert page.query_params["lecture"] == "1"
    page.toggle(key="lecture_switch").set_value(False).run()
    assert "lecture" not in page.query_params
