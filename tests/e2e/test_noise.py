"""Noise and overfitting, in a browser: a guess brings the distilled, views have addresses, a phone shows it all."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.visitor import Visitor


@pytest.fixture
def reader(come, server):
    """Open the page as a new visitor; its figure is there once it has been drawn."""

    def open_page(query="view=speed", **size):
        visitor = come(Visitor, **size)
        visitor.page.goto(f"{server.url}/noise?{query}")
        visitor.page.wait_for_selector(".kd-chart.js-plotly-plot")
        return visitor.wait_for_script()

    return open_page


def told(visitor):
    return visitor.page.locator(".kd-chart").get_attribute("aria-label")


def test_a_guess_brings_the_distilled_and_the_verdict(reader):
    visitor = reader()
    assert "distilled" not in told(visitor)
    visitor.page.get_by_role("button", name="The distilled student").click()
    visitor.page.get_by_text("You guessed").wait_for()
    visitor.page.locator(".kd-chart[aria-label*='distilled']").wait_for()
    expect(visitor.page.get_by_text("n = 10 on 5")).to_have_count(1)


def test_a_view_has_an_address_and_back_from_the_playground_returns_to_it(reader):
    visitor = reader()
    page = visitor.page
    page.get_by_role("radio", name="Overfitting").click()
    page.locator(".kd-chart[aria-label^='Overfitting']").wait_for()
    page.wait_for_url("**view=epochs**")
    assert parse_qs(urlsplit(visitor.wait_for_script().page.url).query) == {"view": ["epochs"]}
    page.get_by_role("link", name="Playground: stopped early").click()
    page.wait_for_function("location.pathname === '/playground'")
    assert parse_qs(urlsplit(visitor.wait_for_script().page.url).query)["validation"] == ["0.2"]
    page.go_back()
    page.locator(".kd-chart[aria-label^='Overfitting']").wait_for()
    assert parse_qs(urlsplit(visitor.wait_for_script().page.url).query) == {"view": ["epochs"]}


def test_a_link_with_settings_and_a_guess_shows_the_same_to_somebody_else(reader):
    query = "view=speed&labels=50&level=0.8&guess=none"
    visitor = reader(query)
    visitor.page.get_by_text("You guessed").wait_for()
    other = reader(query)
    other.page.get_by_text("You guessed").wait_for()
    assert told(visitor) == told(other)
    assert "80" in other.page.locator("[class*=st-key-predict_]").inner_text()


@pytest.mark.parametrize(("width", "height", "top"), [(1440, 900, 240), (390, 844, 420)], ids=["desk", "phone"])
def test_the_figure_comes_first_on_a_desk_and_on_a_phone(reader, width, height, top):
    page = reader(width=width, height=height).page
    assert page.locator(".kd-chart").bounding_box()["y"] <= top
    main = "document.querySelector('[data-testid=stMain]')"
    page.wait_for_function(f"() => {main}.scrollWidth <= {main}.clientWidth")
