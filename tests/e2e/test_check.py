"""Check yourself in a browser: a new answer gets its verdict, a refresh keeps the score, a link holds the question."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.visitor import Visitor


@pytest.fixture
def reader(come, server):
    """Open a question as a new visitor."""

    def open_page(query=""):
        visitor = come(Visitor, width=1440, height=900)
        visitor.page.goto(f"{server.url}/check{query}")
        visitor.page.wait_for_selector(".st-key-check_overview")
        return visitor.wait_for_script()

    return open_page


def show(visitor):
    visitor.page.get_by_role("button", name="I don't know, show me").click()
    return visitor


def test_an_answer_whose_run_is_new_gets_its_verdict_and_a_refresh_keeps_it(reader):
    """The run is over between two looks of the page: it must not stay at "Running: 100 %"."""
    visitor = reader("?question=smaller")
    page = visitor.page
    page.get_by_label("Your answer, in times").fill("70")
    page.get_by_role("button", name="Answer", exact=True).click()
    page.get_by_text("✓ Right.").wait_for()
    page.get_by_text("Score: 1 of 1 right").wait_for()
    assert not page.get_by_text("Running:").is_visible()
    visitor.wait_for_script()
    page.reload()
    page.get_by_text("Score: 1 of 1 right").wait_for()
    page.get_by_text("✓ Right.").wait_for()
    assert parse_qs(urlsplit(page.url).query) == {"question": ["smaller"]}


def test_the_result_sends_to_the_pages_of_what_was_not_right(reader):
    visitor = show(reader())
    page = visitor.page
    page.get_by_text("○ Shown.").wait_for()
    page.get_by_role("button", name="Result").click()
    page.get_by_role("heading", name="Your result").wait_for()
    assert parse_qs(urlsplit(page.url).query) == {"question": ["result"]}
    again = page.get_by_role("link", name="Soft targets: A constant on all logits")
    again.click()
    page.wait_for_url("**/soft-targets*")


@pytest.mark.parametrize("width", [1440, 390])
def test_figure_and_question_are_on_screen_one(come, server, width):
    visitor = come(Visitor, width=width, height=900)
    page = visitor.page
    page.goto(f"{server.url}/check")
    chart = page.locator(".st-key-check_card .js-plotly-plot").first
    chart.wait_for()
    visitor.wait_for_script()
    assert page.locator(".st-key-check_card img, .st-key-check_card .js-plotly-plot").first.bounding_box()["y"] < 420
    beside = page.locator("[data-testid=stRadio]").bounding_box()["x"] > chart.bounding_box()["x"] + 100
    assert beside == (width == 1440)
    main = "document.querySelector('[data-testid=stMain]')"
    assert page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")
