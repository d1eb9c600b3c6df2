"""When it helps, in a browser: a guess trains its card and stamps it, a refresh keeps it, the link holds the card."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.visitor import Visitor


@pytest.fixture
def reader(come, server):
    """Open the page as a new visitor."""

    def open_page(query="", **size):
        visitor = come(Visitor, **size)
        visitor.page.goto(f"{server.url}/when{query}")
        visitor.page.wait_for_selector("[class*=st-key-when_card_born] svg[role=img]")
        return visitor.wait_for_script()

    return open_page


def card(visitor, name):
    return visitor.page.locator(f"[class*=st-key-when_card_{name}]")


def guess(visitor, name, option):
    visitor.page.locator(f".st-key-guess_when_{name}_{option} button").click()
    return visitor


def verdict(visitor, name):
    stamp = card(visitor, name).locator(".kd-stamp")
    stamp.wait_for()
    return stamp.inner_text()


def test_a_guess_trains_its_card_and_a_refresh_keeps_guess_and_finding(reader):
    visitor = guess(reader(), "few", "up")
    assert re.fullmatch(r"▲ helps \+\d\.\d", verdict(visitor, "few"))
    assert "You: Distilled is better ✓" in card(visitor, "few").inner_text()
    expect(card(visitor, "few").locator(".kd-pair")).to_have_count(20)
    expect(visitor.page.locator(".kd-stamp")).to_have_count(1)  # a guess is about its own card
    visitor.wait_for_script()
    visitor.page.reload()
    assert verdict(visitor, "few").startswith("▲ helps")


def test_the_link_of_an_open_card_opens_it_with_the_guess_that_was_sent(reader):
    visitor = reader()
    visitor.page.get_by_role("button", name="Plenty of labels").click()
    visitor.page.wait_for_selector(".st-key-when_detail .js-plotly-plot")
    assert parse_qs(urlsplit(visitor.page.url).query) == {"scenario": ["plenty"]}
    other = reader("?scenario=plenty&guess=none")
    other.page.wait_for_selector(".st-key-when_detail .js-plotly-plot")
    assert "You: No clear difference" in card(other, "plenty").inner_text()
    assert card(other, "few").locator(".kd-guess").count() == 0


def test_plenty_of_labels_is_answered_as_the_check_answers_it(reader):
    """One run a claim: this page once said "no clear difference" where the other said "the distilled, clearly"."""
    visitor = guess(reader(), "plenty", "none")
    told = verdict(visitor, "plenty")
    page = visitor.wait_for_script().page
    page.goto(f"{visitor.server.url}/check?question=plenty")
    page.get_by_role("button", name="I don't know, show me").click()
    page.get_by_text("The run says:").wait_for()
    found = page.get_by_text(re.compile(r"Distilled minus alone: [+−]\d\.\d\d points")).inner_text()
    assert ("this data can't tell" in told) == ("no clear difference" in found)
    here, there = (
        float(re.search(r"[+−]?\d\.\d+", text)[0].replace("−", "-"))
        for text in (told, found.removeprefix("Distilled minus"))
    )
    assert abs(here - there) <= 0.06  # one of them has one digit
    assert "n = 20 pairs on 10 splits" in found


def test_nine_cards_fill_a_desk_and_stack_on_a_phone(reader):
    visitor = reader(width=1440, height=900)
    page = visitor.page
    cards = page.locator("[class*=st-key-when_card_]")
    boxes = [cards.nth(i).bounding_box() for i in range(9)]
    assert len({round(box["x"]) for box in boxes}) == 3
    assert boxes[-1]["y"] + boxes[-1]["height"] < 920
    assert cards.first.locator("svg[role=img]").bounding_box()["y"] <= 240
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('[class*=st-key-when_card_few]').clientWidth < 390")
    assert len({round(cards.nth(i).bounding_box()["x"]) for i in range(9)}) == 1
    assert cards.first.locator("svg[role=img]").bounding_box()["y"] <= 420
    main = "document.querySelector('[data-testid=stMain]')"
    assert page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")
