"""Networks built of blocks, by hand and by key; data that are no digits."""

import pytest
from playwright.sync_api import expect

SHAPES = "8 × 8 pixels; c8: 8 × 4 × 4, 80 parameters; c16: 16 × 2 × 2, 1 168 parameters; 32: 32 units, 2 080 parameters"


def drawn(visitor, actor="student"):
    """What the strip in a card says to those who do not see it."""
    return visitor.page.locator(f".kd-net-{actor}").get_attribute("aria-label").replace("\u2009", " ")


def test_blocks_make_a_network_that_the_diagram_the_run_and_the_link_hold(visit, digits):
    visitor = visit(digits).wait_for_end().wait_for_script()
    page = visitor.page
    visitor.open_network("student")
    visitor.press("student_add_convolution").wait_for_query("student=c8-16").wait_for_script()
    # The button that was pressed keeps the focus, so whoever types goes on from there.
    page.keyboard.press("Enter")
    visitor.wait_for_query("student=c8-c16-16").wait_for_script()
    visitor.press("student_add_layer").wait_for_query("student=c8-c16-16-16").wait_for_script()
    visitor.choose(page.locator(".st-key-student_layer_1"), "32").wait_for_query("student=c8-c16-32-16")
    remove = page.get_by_role("button", name="Remove Layer 2")
    remove.focus()
    page.keyboard.press("Enter")
    visitor.wait_for_query("student=c8-c16-32").wait_for_script()
    expect(page.locator(".st-key-student input")).to_have_value("c8-c16-32")
    assert drawn(visitor).startswith(SHAPES)
    page.keyboard.press("Escape")
    visitor.press_for_new_run("start").wait_for_end()
    assert visitor.fields["student"] == "c8-c16-32"
    assert "The student has 3\u2009658 parameters" in visitor.reading
    link = visitor.query
    again = visit(link).wait_for_end()
    assert again.run["frames"][-1]["actors"] == visitor.run["frames"][-1]["actors"]
    assert drawn(again).startswith(SHAPES)


def test_the_text_and_the_blocks_keep_in_step(visit, digits):
    visitor = visit(digits).wait_for_end().wait_for_script()
    visitor.write_network("student", "c4-64").open_network("student")
    convolution, layer = (visitor.page.locator(f".st-key-student_{name}_1 input") for name in ("convolution", "layer"))
    expect(convolution).to_have_value("4")  # a field that opens shows for a moment what it held before
    expect(layer).to_have_value("64")
    convolution.fill("12")
    convolution.press("Enter")
    visitor.wait_for_query("student=c12-64").wait_for_script()
    expect(visitor.page.locator(".st-key-student input")).to_have_value("c12-64")


def test_a_network_that_does_not_fit_gets_one_sentence_where_it_was_written(visit, plane):
    visitor = visit(plane).wait_for_end().wait_for_script().open_network("student")
    page, body = visitor.page, visitor.page.get_by_test_id("stPopoverBody")
    assert page.locator(".st-key-student_add_convolution button:visible").is_disabled()
    field = page.locator(".st-key-student input")
    field.fill("c8-16")
    field.press("Enter")
    sentence = body.get_by_role("alert")
    sentence.get_by_text("a convolution needs images").wait_for()
    assert sentence.inner_text().startswith("student=c8-16 is not allowed with dataset=blobs")
    assert visitor.fields["student"] == "8"
    visitor.press("student_add_layer").wait_for_query("student=8-8").wait_for_script()
    sentence.wait_for(state="hidden")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_on_a_narrow_screen_the_blocks_stay_within_it(visit, digits):
    visitor = visit(f"{digits}&student=c8-c16-c32-512-512-512", width=390, height=844).wait_for_end().wait_for_script()
    visitor.open_network("student")
    for box in (
        visitor.page.get_by_test_id("stPopoverBody").bounding_box(),
        visitor.button("student_layer_3_remove").bounding_box(),
        visitor.page.locator(".kd-net-student").bounding_box(),
    ):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    # A block's size, what it gives and its button stand in one line.
    size, button = (
        visitor.page.locator(f".st-key-student_{name}").bounding_box() for name in ("layer_1", "layer_1_remove")
    )
    assert size["y"] <= button["y"] + button["height"] / 2 <= size["y"] + size["height"]


def test_another_data_set_brings_its_settings_and_a_table_is_told_in_features(visit, digits):
    visitor = visit(digits).wait_for_end().wait_for_script()
    visitor.choose(visitor.page.locator(".st-key-dataset"), "iris").wait_for_query("dataset=iris")
    assert visitor.query == "dataset=iris"
    visitor.page.get_by_text("The test set has only 50 examples").wait_for()
    visitor.set_pace("full speed").press_for_new_run("start").wait_for_end()
    assert visitor.page.locator(".kd-features").inner_text().startswith("Furthest from the mean")
    assert visitor.page.locator("svg.kd-bars [data-class]").evaluate_all(
        "(texts) => texts.map((text) => text.dataset.class)"
    ) == ["setosa", "versicolor", "virginica"]
    visitor.page.locator(".kd-examples button").last.click()
    assert "true class virginica" in visitor.page.locator(".kd-picked").get_attribute("aria-label")


@pytest.mark.parametrize("width", [1440, 390])
def test_names_of_classes_have_room_beside_the_bars(visit, width):
    visitor = visit("dataset=iris&pace=full", width=width, height=900).wait_for_end()
    for text in visitor.page.locator("svg.kd-bars [data-class]").all():
        assert not text.inner_html().endswith("…")
    names = visitor.page.locator("svg.kd-bars [data-class]").evaluate_all(
        "(texts) => texts.map((text) => { const box = text.getBBox(); return box.x + box.width; })"
    )
    bars = visitor.page.locator("svg.kd-bars rect").evaluate_all("(bars) => bars.map((bar) => bar.x.baseVal.value)")
    assert max(names) <= min(bars)
