"""Read the code in a browser: the path, its folds, and links into it."""

from tests.e2e.visitor import Visitor

BOX = "(element) => { const { top, bottom } = element.getBoundingClientRect(); return { top, bottom }; }"


def opened(come, server, query="", **options):
    visitor = come(Visitor, **options)
    visitor.page.goto(f"{server.url}/read-code?{query}")
    visitor.page.locator(".kd-code").first.wait_for()
    return visitor.wait_for_script()


def test_screen_one_shows_lit_lines_and_the_rest_unfolds_where_it_stands(come, server):
    visitor = opened(come, server)
    lit = visitor.page.locator(".kd-code mark", has_text="return LossTerms")
    assert lit.evaluate(BOX)["bottom"] < 900
    hidden = visitor.page.get_by_text("Soft targets p = softmax(z / T) over the classes")
    assert not hidden.is_visible()
    visitor.page.get_by_text("lines 20 to 34").click()
    assert hidden.is_visible()


def test_the_next_station_is_in_the_address_and_a_link_opens_it(come, server):
    visitor = opened(come, server)
    visitor.page.get_by_role("button", name="2 · K networks as one →").click()
    visitor.page.locator(".kd-code", has_text="def backward").wait_for()
    visitor.page.wait_for_function("location.search.includes('station=cohort')")
    other = opened(come, server, "station=cohort")
    assert other.page.locator(".kd-code mark", has_text="torch.baddbmm").is_visible()


def test_an_old_link_to_a_file_shows_it_on_screen_one(come, server):
    visitor = opened(come, server, "file=metrics")
    first = visitor.page.locator(".kd-code").first
    assert "def agreement" in first.inner_text()
    assert first.evaluate(BOX)["top"] < 900


def test_on_a_phone_no_line_is_wider_than_the_screen(come, server):
    visitor = opened(come, server, "station=students", width=390, height=844)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
    overflow = "() => Math.max(...[...document.querySelectorAll('.kd-line')].map((e) => e.scrollWidth - e.clientWidth))"
    assert visitor.page.evaluate(overflow) <= 0
