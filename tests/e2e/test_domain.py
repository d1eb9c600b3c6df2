"""Another domain, in a browser: pictures of both domains, a guess that opens the rows, every shift by one press."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.visitor import Visitor

CHART = ".st-key-domain_both .kd-chart[aria-label*='distilled, source only']"
ALL = ".st-key-domain_all .kd-chart[aria-label*='%']"


@pytest.fixture
def reader(come, server):
    """Open the page as a new visitor, on the clouds of points unless the link says otherwise."""

    def open_page(query="?dataset=blobs&target_labels=20", **size):
        visitor = come(Visitor, **size)
        visitor.page.goto(f"{server.url}/domain{query}")
        visitor.page.wait_for_selector(".st-key-heading h1")
        return visitor

    return open_page


def said(visitor, chart=CHART):
    found = visitor.page.locator(chart)
    found.wait_for()
    return found.get_attribute("aria-label")


def guess(visitor, key, option):
    visitor.page.locator(f".st-key-guess_{key}_{option} button").click()


def test_a_guess_opens_the_rows_and_maps_and_a_refresh_keeps_them(reader):
    visitor = reader()
    page = visitor.page
    page.get_by_text("Make your guess to see the rest").wait_for()
    assert "unlabelled target" not in said(visitor)
    expect(page.locator(".kd-planes.kd-two img")).to_have_count(2)
    guess(visitor, "domain_blobs_moved", "up")
    page.wait_for_selector(f"{CHART}[aria-label*='unlabelled target']")
    page.get_by_text("Student minus teacher:").wait_for()
    expect(page.locator(".kd-planes:not(.kd-two) img")).to_have_count(6)
    drawn = "(image) => image.complete && image.naturalWidth > 100"
    assert page.locator(".kd-planes img").last.evaluate(drawn)
    visitor.wait_for_script()
    page.reload()
    page.wait_for_selector(f"{CHART}[aria-label*='unlabelled target']")


def test_one_press_trains_every_shift_and_the_link_opens_them_all(reader):
    visitor = reader()
    guess(visitor, "domain_all_blobs", "turned")
    for shift in ("last class moved", "noisy", "turned by 20 degrees"):
        visitor.page.wait_for_selector(f".st-key-domain_all .kd-chart[aria-label*='<b>{shift}</b>:']")
    visitor.wait_for_script()
    assert parse_qs(urlsplit(visitor.page.url).query) == {"dataset": ["blobs"], "target_labels": ["20"], "all": ["1"]}
    other = reader("?dataset=blobs&target_labels=20&all=1")
    assert "last class moved" in said(other, ALL)


def test_a_target_of_other_data_is_told_of_and_back_leads_back(reader):
    visitor = reader("?dataset=blobs&target_labels=20&target=inverted")
    page = visitor.page
    warning = page.get_by_text("The link says target = inverted")
    warning.wait_for()
    said(visitor)
    visitor.wait_for_script()
    page.locator(".st-key-domain_target input").click()
    page.get_by_role("option", name="noisy", exact=True).click()
    page.wait_for_function("location.search.includes('target=noisy')")
    warning.wait_for(state="hidden")
    visitor.wait_for_script()
    page.wait_for_selector(".st-key-guess_domain_blobs_noisy_up")
    visitor.wait_for_script()
    page.get_by_role("link", name="Open this experiment in the playground").click()
    page.wait_for_function("location.pathname === '/playground'")
    assert parse_qs(urlsplit(visitor.wait_for_script().page.url).query)["target"] == ["noisy"]
    page.go_back()
    page.wait_for_selector(".st-key-guess_domain_blobs_noisy_up")
    assert "target=noisy" in page.url


def test_digits_of_both_domains_stand_in_two_rows_and_nothing_is_wider_than_a_phone(reader):
    visitor = reader("", width=390, height=844)
    page = visitor.page
    page.wait_for_selector(".kd-strip img")
    rows = page.locator(".kd-strip")
    expect(rows).to_have_count(2)
    for row in range(2):
        boxes = [image.bounding_box() for image in rows.nth(row).locator("img").all()]
        assert len(boxes) == 10
        assert len({round(box["y"]) for box in boxes}) == 1
        assert boxes[-1]["x"] + boxes[-1]["width"] <= 390
    main = "document.querySelector('[data-testid=stMain]')"
    assert page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")
