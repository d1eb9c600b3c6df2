"""A link is an experiment: on the first visit, on another server, and where it is wrong."""

import pytest
from playwright.sync_api import expect

from tests.e2e.server import serving

LINK = "labels=50&teacher=32&teacher_epochs=3&temperature=7.5&epochs=12&seeds=3"


@pytest.fixture(scope="module")
def elsewhere():
    """A second fresh server."""
    with serving() as server:
        yield server


def test_the_first_page_that_a_server_ever_serves_can_be_a_deep_link(visit, elsewhere):
    visitor = visit(LINK, server=elsewhere).wait_for_end()
    assert visitor.where.startswith("Students: epoch 12 of 12 · T 7.5 · alpha 0.1")
    assert visitor.temperature == 7.5
    expect(visitor.page.locator(".st-key-labels input")).to_have_value("50")
    assert visitor.query == LINK
    assert visitor.page.get_by_role("link", name="What is distillation?").is_visible()


def test_a_link_gives_the_same_numbers_on_another_server(visit, elsewhere):
    here, there = visit(LINK), visit(LINK, server=elsewhere)
    here.wait_for_end(), there.wait_for_end()
    assert here.run_id != there.run_id
    assert here.actors == there.actors
    assert here.reading == there.reading


def test_the_link_of_a_steered_run_repeats_it_on_another_server(visit, plane, elsewhere):
    visitor = visit(plane).wait_for_end()
    visitor.set_pace("1 epoch/s").press_for_new_run("start").wait_for_position(5)
    visitor.slide("temperature", "End").wait_for_query("schedule=", ":20:0.1").wait_for(
        "run.frames.at(-1).temperature === 20"
    )
    visitor.set_pace("full speed").wait_for_end().wait_for_script()
    link = visitor.query.replace("pace=full&", "").replace("&pace=full", "")  # how fast one looks is no part of the run
    repeated = visit(link, server=elsewhere).wait_for_end()
    assert repeated.query == link
    assert repeated.actors == visitor.actors
    assert repeated.reading == visitor.reading


def test_wrong_values_in_a_link_are_named_with_their_range_and_the_page_works(visit):
    visitor = visit("dataset=blobs&labels=12&epochs=20&temperature=0&student=banana&alpha=2&seeds=10000&colour=red")
    messages = visitor.page.get_by_role("alert").all_inner_texts()
    for text in (
        "temperature=0 is not allowed: temperature is a number from 1 to 20.",
        "student=banana is not allowed: student is up to 3 convolutions of 1 to 64 channels",
        "Also wrong: 3 more.",  # alpha, seeds and colour
    ):
        assert sum(text in message for message in messages) == 1, (text, messages)
    assert visitor.temperature == 4
    visitor.wait_for_end().press_for_new_run("start").wait_for_end()
    assert "No clear difference" in visitor.reading or "With the teacher" in visitor.reading
    visitor.wait_for_script()
    assert visitor.page.get_by_role("alert").count() == 0


def test_copy_link_puts_the_address_on_the_clipboard(visit, context, server):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    visitor = visit("alpha=0.15&hide=shelf").wait_for_end().wait_for_script()
    visitor.page.get_by_role("button", name="Copy link", exact=True).click()
    visitor.page.get_by_role("button", name="Copied").wait_for()
    assert visitor.page.evaluate("navigator.clipboard.readText()") == f"{server.url}/playground?alpha=0.15&hide=shelf"
