"""The lab of bugs in a browser: lines are found by mouse and by keyboard, and nothing that was clicked is lost."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.visitor import PATIENCE, Visitor

TRAINED = "After all 100 epochs"


class Hunter(Visitor):
    """One reader of the page, and where things are on it."""

    def __init__(self, context, server, query="", **options):
        super().__init__(context, server, **options)
        self.open(query)

    def open(self, query=""):
        self.page.goto(f"{self.server.url}/bugs{query}")
        return self.wait_for_code()

    def wait_for_code(self):
        self.line(1).wait_for()
        return self.wait_for_script()

    def wait_for_training(self):
        self.page.get_by_text(TRAINED).wait_for(timeout=2 * PATIENCE)  # the first reader waits for the first run
        return self.wait_for_script()

    def line(self, number):
        return self.page.get_by_role("button", name=f"Line {number}:")

    def chip(self, number):
        return self.page.locator(".kd-picker button").nth(number - 1)

    @property
    def status(self):
        return self.page.locator(".kd-code-status")

    def wait_for_status(self, text):
        self.status.get_by_text(text, exact=True).wait_for()
        return self.wait_for_script()

    def click(self, number, status):
        self.line(number).click()
        return self.wait_for_status(status)


@pytest.fixture
def hunt(come):
    """Open the page as a new reader."""
    return lambda query="", **options: come(Hunter, query=query, **options)


def test_a_wrong_click_is_marked_and_the_right_one_reveals(hunt):
    hunter = hunt("?bug=2").wait_for_training()
    assert hunter.page.get_by_role("heading", name="Bug 2").is_visible()
    hunter.click(4, "Line 4 is right as it is. Try again. 1 try")
    assert "not this one" in hunter.line(4).inner_text()
    assert hunter.page.locator(".kd-bugs-number").count() == 0
    hunter.click(6, "Found in 2 tries.")
    assert hunter.page.locator(".kd-code-row[data-state=mended]").inner_text().strip().startswith("soft = F.kl_div(")
    assert hunter.chip(2).inner_text() == "2 ✓"
    assert "points" in hunter.page.locator(".kd-bugs-number").inner_text()
    assert hunter.page.get_by_role("heading", name="Bug 2: Argmax of the soft targets").is_visible()
    hunter.line(5).click(force=True)  # it is over
    assert hunter.line(5).get_attribute("data-state") == "rest"


def test_the_keyboard_finds_a_line_and_keeps_its_place(hunt):
    hunter = hunt("?bug=2")
    press = hunter.page.keyboard.press
    hunter.line(1).focus()
    for _ in range(3):
        press("ArrowDown")
    press("Enter")
    hunter.wait_for_status("Line 4 is right as it is. Try again. 1 try")
    press("ArrowDown")
    press("ArrowDown")
    press("Space")
    hunter.wait_for_status("Found in 2 tries.")
    assert hunter.line(6).evaluate("(line) => line.getRootNode().activeElement === line")


def test_a_refresh_keeps_what_was_clicked(hunt):
    hunter = hunt("?bug=2")
    hunter.click(4, "Line 4 is right as it is. Try again. 1 try")
    hunter.chip(3).click()
    hunter.page.get_by_role("heading", name="Bug 3").wait_for()
    hunter.wait_for_script().click(5, "Found at the first try.")
    hunter.page.reload()
    hunter.wait_for_code().wait_for_status("Found at the first try.")
    assert hunter.chip(3).inner_text() == "3 ✓"
    hunter.chip(2).click()
    hunter.wait_for_status("Line 4 is right as it is. Try again. 1 try")


def test_the_address_says_a_number_and_choosing_a_bug_is_no_page_visited(hunt):
    hunter = hunt("?bug=argmax")
    visited = hunter.page.evaluate("history.length")
    hunter.chip(4).click()
    hunter.page.get_by_role("heading", name="Bug 4").wait_for()
    hunter.page.wait_for_function("new URLSearchParams(location.search).get('bug') === '4'")
    assert hunter.page.evaluate("history.length") == visited
    assert "probabilities" not in hunter.page.url


def test_a_sender_may_let_the_guess_go_along(hunt):
    sender = hunt("?bug=2")
    sender.page.evaluate("navigator.clipboard.writeText = (text) => { window.sent = text; return Promise.resolve(); }")
    sender.click(4, "Line 4 is right as it is. Try again. 1 try").click(6, "Found in 2 tries.")
    sender.page.get_by_role("button", name="… with my guess").click()
    sender.page.wait_for_function("window.sent")
    sent = urlsplit(sender.page.evaluate("window.sent"))
    assert parse_qs(sent.query) == {"bug": ["2"], "guess": ["4 6"]}
    hunt(f"?{sent.query}").wait_for_status("Found in 2 tries.")


def test_words_keep_pace_with_the_curve(hunt):
    hunter = hunt("?bug=2", reduced_motion="no-preference").wait_for_training()
    again = hunter.page.get_by_role("button", name="Again")
    when = ".kd-curves-when"
    told = again.evaluate(f"(b) => {{ b.click(); return b.getRootNode().querySelector('{when}').textContent; }}")
    assert told == "Epoch 0 of 100, so far"
    hunter.wait_for_training()
    last = hunter.page.locator(".kd-curves-legend b").all_inner_texts()
    label = hunter.page.locator(".kd-curves-accuracy").get_attribute("aria-label")
    assert all(f"to {share}" in label for share in last)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_the_code_and_the_curves_are_met_on_screen_one(hunt, width, height):
    hunter = hunt(width=width, height=height)
    tops = [hunter.page.locator(name).first.bounding_box()["y"] for name in (".kd-curves-accuracy", ".kd-code-lines")]
    assert max(tops) < 0.75 * height
    hunter.page.get_by_role("button", name="Just show me").click()
    hunter.wait_for_status("Shown.")
    main = "document.querySelector('[data-testid=stMain]')"
    assert hunter.page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768)])
def test_a_projector_shows_the_chart_and_its_reading_without_scrolling(hunt, width, height):
    hunter = hunt("?lecture=1", width=width, height=height)
    for name in (".kd-curves-when", ".kd-curves-legend", ".kd-curves-accuracy"):
        box = hunter.page.locator(name).bounding_box()
        assert box["y"] + box["height"] <= height
        assert box["x"] + box["width"] <= width
