"""Several teachers, in a browser: a click takes one out and the chart answers; the link and Back hold what is seen."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.visitor import Visitor

ACCURACIES = ".st-key-ensemble_accuracies .kd-chart"


@pytest.fixture
def reader(come, server):
    """Open the page as a new visitor, once its members are there."""

    def open_page(query="", **size):
        visitor = come(Visitor, **size)
        visitor.page.goto(f"{server.url}/ensemble{query}")
        visitor.page.wait_for_selector(f"{ACCURACIES}[aria-label*='ensemble']")
        return visitor.wait_for_script()

    return open_page


def told(visitor):
    return visitor.page.locator(ACCURACIES).get_attribute("aria-label")


def holds(visitor, query):
    """Wait until the address says this: it does once the page has been drawn."""
    visitor.page.wait_for_function("(query) => location.search === query", arg=query)


def click(visitor, member):
    visitor.page.get_by_role("button", name=f"network {member + 1}").first.click()
    return visitor.wait_for_script()


def test_a_guess_shows_what_students_learn_and_a_click_takes_a_teacher_out(reader):
    visitor = reader()
    page = visitor.page
    assert page.get_by_text("Its student − their students").count() == 0
    page.locator(".st-key-guess_ensemble_weak_up button").click()
    page.get_by_text("Its student − their students").wait_for()
    page.get_by_text("You guessed").or_(page.get_by_text("On average it is")).wait_for()
    expect(page.get_by_text("n = 10 pairs on 5 splits")).to_have_count(2)
    click(visitor, 1)
    page.wait_for_selector(f"{ACCURACIES}[aria-label*='taken out'][aria-label*='ensemble']")
    page.get_by_text("Its student − their students").wait_for()
    holds(visitor, "?weights=1+0+1")
    assert told(visitor).count("taken out") == 1
    assert page.get_by_text("You guessed").count() == 0  # that was about all three


def test_the_link_opens_what_was_seen_and_back_from_the_playground_returns_to_it(reader):
    visitor = reader("?weights=1+0+1&example=2")
    page = visitor.page
    assert told(visitor).count("taken out") == 1
    click(visitor, 0)
    holds(visitor, "?weights=0+0+1&example=2")
    visitor.wait_for_script()
    page.get_by_role("link", name="Open this ensemble in the playground").click()
    page.wait_for_function("location.pathname === '/playground'")
    assert parse_qs(urlsplit(visitor.wait_for_script().page.url).query)["teacher_weights"] == ["0:0:1"]
    page.go_back()
    page.wait_for_selector(f"{ACCURACIES}[aria-label*='taken out']")
    assert told(visitor).count("taken out") == 2
    holds(visitor, "?weights=0+0+1&example=2")


def test_an_ensemble_of_none_is_one_sentence_and_its_members_stay(reader):
    visitor = reader("?weights=0+0+1")
    click(visitor, 2)
    visitor.page.get_by_text("An ensemble of none teaches nothing").wait_for()
    expect(visitor.page.get_by_text("An ensemble of none teaches nothing")).to_have_count(1)
    assert told(visitor).count("taken out") == 3
    click(visitor, 0)
    visitor.page.get_by_text("An ensemble of none teaches nothing").wait_for(state="detached")
    visitor.page.wait_for_selector(f"{ACCURACIES}[aria-label*='ensemble:']")


def test_a_dot_that_is_clicked_takes_its_member_out(reader):
    visitor = reader()
    dots = visitor.page.locator(f"{ACCURACIES} .scatterlayer .trace:nth-child(2) .point")
    box = dots.first.bounding_box()
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.wait_for_selector(f"{ACCURACIES} .hovertext")  # Plotly clicks what it hovers over
    visitor.page.mouse.down()
    visitor.page.mouse.up()
    visitor.page.wait_for_selector(f"{ACCURACIES}[aria-label*='taken out']")
    visitor.wait_for_script()
    holds(visitor, "?weights=0+1+1")


@pytest.mark.parametrize(("width", "height", "top"), [(1440, 900, 320), (390, 844, 844)], ids=["desk", "phone"])
def test_charts_stand_high_and_nothing_is_wider_than_the_screen(reader, width, height, top):
    page = reader(width=width, height=height).page
    at = f"document.querySelector('{ACCURACIES}').getBoundingClientRect().y"
    page.wait_for_function(f"(top) => {at} <= top", arg=top)
    main = "document.querySelector('[data-testid=stMain]')"
    page.wait_for_function(f"() => {main}.scrollWidth <= {main}.clientWidth")
