"""Journeys over the sweep page: a cell opens the playground, what is stopped stays, the link is enough."""

import json
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from tests.e2e.visitor import Visitor

CHART = "document.querySelector('.st-key-map .kd-chart')"
FILLED = f"{CHART}.data[0].text.flat().filter(Boolean).length"


@pytest.fixture
def sweep(come, server):
    """Opens the sweep page as a new visitor."""

    def open_sweep(query):
        page = come(Visitor).page
        page.goto(f"{server.url}/sweep?{query}")
        page.wait_for_function(f"{CHART}?.data")
        return page

    return open_sweep


@pytest.fixture
def quick(seed):
    return f"dataset=blobs&labels=12&teacher=16&teacher_epochs=2&student=8&epochs=20&seeds=3&seed={seed}"


def end(page, status="done"):
    page.get_by_text(f"{status} after").wait_for()


def fields_of(page):
    return parse_qs(urlsplit(page.url).query)


def type_value(page, axis, value):
    """Type a value, or a range, into the chips of an axis."""
    field = page.locator(f".st-key-sweep_values_{axis} input")
    field.fill(value)
    field.press("Enter")
    page.keyboard.press("Escape")


def take_away(page, axis, value):
    """Take a chip away."""
    chips = page.locator(f".st-key-sweep_values_{axis}")
    chips.get_by_role("button", name=re.compile(f"^Delete {value}$|^Remove {value}$|^{value}")).first.click()


def rows_of(page):
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    return json.loads(download.value.path().read_text())["cells"]


def test_a_clicked_cell_opens_exactly_its_experiment_in_the_playground(sweep, quick):
    page = sweep(f"{quick}&over=temperature=1,4&over=alpha=0,0.5,1")
    end(page)
    page.wait_for_function(f"{FILLED} === 6")
    cell = next(row for row in rows_of(page) if (row["temperature"], row["alpha"]) == ("4", "0.5"))

    box = page.locator(".st-key-map .nsewdrag").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 3 / 4, box["y"] + box["height"] / 2)  # right column, middle row
    page.wait_for_selector(".kd[data-status=done]")
    page.wait_for_function("location.search.includes('alpha')")
    fields = dict(parse_qsl(urlsplit(page.url).query))
    assert urlsplit(page.url).path == "/playground"
    assert fields["alpha"] == "0.5"
    assert "temperature" not in fields  # 4 is the default
    assert fields["seed"] == parse_qs(quick)["seed"][0]
    page.wait_for_selector(f".kd-sure:has-text('{100 * cell['distilled']:.1f}')")


def test_stop_keeps_what_is_done_and_the_map_is_never_made_anew(sweep, seed):
    long = f"teacher=16&teacher_epochs=2&student=16&epochs=250&seeds=20&labels=0&seed={seed}"
    page = sweep(f"{long}&over=temperature=1,2,4,8&over=alpha=0,0.5")
    page.evaluate(f"() => {{ window.first = {CHART}; }}")
    page.wait_for_function(f"{FILLED} > 0")
    start = page.locator(".st-key-sweep_start button:disabled p")
    assert start.evaluate("text => getComputedStyle(text).color") != "rgb(255, 255, 255)"  # on white
    page.locator(".st-key-sweep_stop button").click()
    end(page, "stopped")
    assert len(rows_of(page)) == page.evaluate(FILLED) > 0
    assert page.evaluate(f"window.first === {CHART}")


def test_the_link_of_a_sweep_opens_the_same_sweep(sweep, quick):
    page = sweep(f"{quick}&over=temperature=1,4")
    end(page)
    type_value(page, 0, "20")
    take_away(page, 0, "4")
    page.wait_for_function("decodeURIComponent(location.search).includes('over=temperature=1,20')")
    page.evaluate(f"() => {{ window.first = {CHART}; }}")
    page.locator(".st-key-sweep_start button").click()
    page.wait_for_function(f"{CHART}.data[0].x[1] === '20'")
    end(page)
    assert page.evaluate(f"window.first === {CHART}")
    other = sweep(urlsplit(page.url).query)
    end(other)
    assert rows_of(other) == rows_of(page)


def test_a_value_that_is_not_allowed_is_named_and_the_rest_stays(sweep, quick):
    page = sweep(f"{quick}&over=temperature=1,99")
    page.get_by_text("temperature is a number from 1 to 20").first.wait_for()
    end(page)
    assert fields_of(page)["student"] == ["8"]


def test_another_data_set_begins_with_what_it_suggests_and_the_link_holds_it(sweep, quick):
    page = sweep(f"{quick}&over=temperature=1,4")
    end(page)
    page.locator(".st-key-sweep_dataset input").fill("iris")
    page.locator(".st-key-sweep_dataset input").press("Enter")
    page.get_by_text("only 50 examples").wait_for()
    page.wait_for_function("location.search.includes('dataset=iris')")
    assert fields_of(page)["dataset"] == ["iris"]
    assert not {"teacher", "labels", "seeds", "seed"} & fields_of(page).keys()
    page.locator(".st-key-sweep_start button").click()
    page.wait_for_function(f"{CHART}.data[0].x.length === 8")
    end(page)
    other = sweep(urlsplit(page.url).query)
    end(other)
    assert rows_of(other) == rows_of(page)
