"""Any teacher and any domain, as a visitor meets them: chosen, trained, read, and opened again by their link."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def small(seed):
    """A second of training on digits, whoever teaches; at full speed."""
    return f"teacher=32&teacher_epochs=3&teacher_trees=20&epochs=12&seeds=3&seed={seed}&pace=full"


def choose(visitor, key, option):
    """Pick an option of the select box of a setting."""
    return visitor.choose(visitor.page.locator(f".st-key-{key}").first, option)


def open_teacher(visitor):
    """Open the popover in which the teacher is set."""
    visitor.page.locator(".st-key-teacher_network button").first.click()
    return visitor


def test_a_forest_is_chosen_grows_before_the_eyes_and_teaches(visit, small):
    visitor = visit(small).wait_for_end().wait_for_script()
    choose(visitor, "teacher_kind", "forest").wait_for_query("teacher_kind=forest")
    assert visitor.temperature == 1  # what a link to a pipeline starts from
    visitor.press_for_new_run("start").wait_for_end()
    visitor.wait_for_reading("The teacher (random forest of 20 trees) gets")
    assert visitor.chart().evaluate("(chart) => chart.layout.xaxis.title.text") == "epoch of the students"
    assert visitor.chart().evaluate("(chart) => chart.data.find((trace) => trace.name === 'teacher').x") == [
        0,
        12,
    ]  # frozen: a level
    scrubber = visitor.page.locator(".kd-scrub")
    scrubber.press("Home")
    visitor.wait_for("root.dataset.drawn === '0'")
    assert visitor.where.startswith("Teacher: 1 of 20 trees")
    for position, trees in enumerate((2, 5, 10, 20), start=1):
        scrubber.press("ArrowRight")
        visitor.wait_for("root.dataset.drawn === String(argument)", position)
        assert visitor.where.startswith(f"Teacher: {trees} of 20 trees")
    assert visitor.chart().evaluate("(chart) => chart.layout.xaxis.title.text") == "trees of the teacher"
    scrubber.press("ArrowRight")
    visitor.wait_for("root.dataset.drawn === '5'")
    assert visitor.where.startswith("Students: epoch 0 of 12")


def test_of_an_ensemble_one_is_taken_out_by_its_weight(visit, small):
    visitor = visit(small).wait_for_end().wait_for_script()
    choose(visitor, "teacher_kind", "several").wait_for_query("teacher_kind=network+forest")
    visitor.press_for_new_run("start").wait_for_end()
    visitor.wait_for_reading("ensemble of network 32 and random forest of 20 trees")
    together = visitor.actors["teacher"]["accuracy"]["test"]
    open_teacher(visitor)
    visitor.press("teacher_weight_0_remove").wait_for_query("teacher_weights=0:1").page.keyboard.press("Escape")
    visitor.wait_for_script().press_for_new_run("start").wait_for_end()
    visitor.wait_for_reading("The teacher (random forest of 20 trees) gets")
    alone = visit(f"{small}&teacher_kind=forest").wait_for_end()
    assert visitor.actors == alone.actors  # what is taken out leaves no trace
    assert visitor.actors["teacher"]["accuracy"]["test"] != together


def test_the_link_of_another_teacher_on_another_domain_opens_what_was_seen(visit, small):
    visitor = visit(f"{small}&teacher_kind=forest").wait_for_end().wait_for_script()
    visitor.page.locator(".st-key-domain button").first.click()
    choose(visitor, "target", "thicker strokes").wait_for_query("target=thick").page.keyboard.press("Escape")
    visitor.wait_for_script().press_for_new_run("start").wait_for_end()
    visitor.wait_for_reading("The test is of another domain (thicker strokes)")
    visitor.wait_for_reading("on 5 unlabelled examples for each labelled one (examples of the other domain)")
    assert "extra" not in visitor.fields  # what a link to another domain starts from
    again = visit(visitor.query).wait_for_end().wait_for_script()
    assert (again.query, again.reading, again.actors) == (visitor.query, visitor.reading, visitor.actors)
    expect(again.page.locator(".st-key-teacher_kind input")).to_have_value("forest")
    assert again.page.locator(".st-key-domain button").first.inner_text().startswith("Test: thicker strokes")


def test_what_can_not_go_together_gives_one_sentence_and_nothing_is_lost(visit, small):
    visitor = visit(f"{small}&target=thick&alpha=0.3").wait_for_end().wait_for_script()
    before = visitor.query
    visitor.page.locator(".st-key-domain button").first.click()
    visitor.fill("Labels of that domain", 3)
    visitor.page.get_by_text("target_labels is 0, or with a target 10 (one a class) or more").wait_for()
    visitor.page.keyboard.press("Escape")
    visitor.wait_for_script()
    expect(visitor.page.get_by_role("alert")).to_have_count(1)
    assert visitor.query == before
    visitor.page.locator(".st-key-domain button").first.click()
    visitor.fill("Labels of that domain", 20).wait_for_query("target_labels=20").page.keyboard.press("Escape")
    visitor.wait_for_script().press_for_new_run("start").wait_for_end()
    expect(visitor.page.get_by_role("alert")).to_have_count(0)
    visitor.wait_for_reading("were given 20 labels of it")
    assert visitor.fields["alpha"] == "0.3"


@pytest.mark.parametrize("width", [1440, 390])
def test_a_teacher_that_is_no_network_leaves_the_page_its_size(visit, width):
    query = "teacher_kind=network+forest+knn&teacher_trees=20&target=thick&temperature=3&epochs=12&seeds=2&pace=full"
    visitor = visit(query, width=width, height=900).wait_for_end().wait_for_script()
    visitor.page.get_by_text("Above T = 2").wait_for()
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    if width == 1440:
        box = visitor.page.locator(".kd-reading").bounding_box()
        assert box["y"] + box["height"] <= 900
