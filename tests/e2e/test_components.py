"""Components by themselves, in a page without Streamlit: what they do when they are called, left, and called again."""

import random
from pathlib import Path

import pytest

from pages.ui import numbers
from pages.ui.component import REST_JS, SHARED_JS, joined
from pages.ui.words import LANGUAGES, Words

PAGES = Path(__file__).parents[2] / "pages"
CHART = joined(".js", SHARED_JS, PAGES / "ui/chart.js")
BEAT = joined(".js", REST_JS, PAGES / "ui/again.js")
FRAME = joined(".js", REST_JS, PAGES / "ui/document.js")
AT_REST = '<body><main data-testid="stApp" data-test-script-state="notRunning"></main></body>'
# plotly.js that only notes what it is asked for.
SHOWN = """async (source) => {
  window.calls = [];
  window.Plotly = { react: () => calls.push("react"), purge: () => calls.push("purge") };
  document.querySelector(".kd-chart").on = () => {};
  const { default: component } = await import("data:text/javascript," + encodeURIComponent(source));
  const data = { figure: '{"data": [], "layout": {}}', text: "", plotly: "", language: "en" };
  window.show = () => component({ parentElement: document.body, data, setTriggerValue() {} });
  window.leave = show();
}"""


@pytest.fixture
def still(browser):
    """An empty page on which no time passes by itself; in a context of its own, whose pages all share a clock."""
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**", lambda route: route.fulfill(content_type="text/html", body=AT_REST))
        page.goto("http://lab/here")
        page.clock.install(time=0)
        page.clock.pause_at(1000)
        yield page


@pytest.fixture
def page(still):
    still.set_content('<div class="kd-chart"></div>')
    still.evaluate(SHOWN, CHART)
    return still


def test_a_chart_that_is_left_is_purged_and_drawn_no_more(page):
    page.evaluate("leave()")
    page.clock.run_for(1000)
    assert page.evaluate("calls") == ["react", "purge"]


def test_a_chart_that_is_left_and_taken_up_at_once_stays(page):
    page.evaluate("() => { leave(); leave = show(); }")
    page.clock.run_for(1000)
    assert page.evaluate("calls") == ["react", "react"]
    page.evaluate("leave()")
    page.clock.run_for(1000)
    assert page.evaluate("calls") == ["react", "react", "purge"]


@pytest.fixture
def beat(still):
    """A page with a beat that was drawn just now, due a second later."""
    still.evaluate(
        """async (source) => {
          window.asked = 0;
          const { default: component } = await import("data:text/javascript," + encodeURIComponent(source));
          const setTriggerValue = () => { asked += 1; };
          const parentElement = document.body;
          window.draw = () => component({ parentElement, data: { after: 1 }, setTriggerValue });
          window.leave = draw();
        }""",
        BEAT,
    )
    return still


def test_a_part_is_asked_for_again_once_and_then_not_until_it_was_drawn(beat):
    asked = []
    for milliseconds in (900, 200, 2000):
        beat.clock.run_for(milliseconds)
        asked.append(beat.evaluate("asked"))
    assert asked == [0, 1, 1]
    beat.evaluate("() => { draw(); }")
    beat.clock.run_for(1100)
    assert beat.evaluate("asked") == 2


def test_a_part_that_does_not_come_is_asked_for_once_more(beat):
    beat.clock.run_for(4100)
    assert beat.evaluate("asked") == 2


def test_a_part_that_was_left_is_not_asked_for(beat):
    beat.evaluate("() => leave()")
    beat.clock.run_for(10_000)
    assert beat.evaluate("asked") == 0


def test_a_part_that_is_taken_up_before_it_is_left_is_asked_for(beat):
    beat.evaluate("() => { draw(); leave(); }")
    beat.clock.run_for(1100)
    assert beat.evaluate("asked") == 1


def test_a_part_is_not_asked_for_while_the_app_answers(beat):
    beat.evaluate("document.querySelector('main').dataset.testScriptState = 'running'")
    beat.clock.run_for(5000)
    assert beat.evaluate("asked") == 0
    beat.evaluate("document.querySelector('main').dataset.testScriptState = 'notRunning'")
    beat.clock.run_for(100)
    assert beat.evaluate("asked") == 1


@pytest.mark.parametrize("deed", ["click", "change", "keydown", "popstate"])
def test_a_part_is_not_asked_for_until_the_app_has_begun_to_answer_what_somebody_does(beat, deed):
    beat.clock.run_for(900)
    beat.evaluate("(deed) => { (deed === 'popstate' ? window : document.body).dispatchEvent(new Event(deed)); }", deed)
    asked = []
    for milliseconds in (450, 100):
        beat.clock.run_for(milliseconds)
        asked.append(beat.evaluate("asked"))
    assert asked == [0, 1]


def test_a_part_of_a_page_that_was_left_by_back_is_not_asked_for(beat):
    beat.evaluate("history.pushState(null, '', '/elsewhere')")
    beat.clock.run_for(5000)
    assert beat.evaluate("asked") == 0


@pytest.fixture
def frame(still):
    """The app's frame around nothing: a page that was lost on its way."""
    still.evaluate(
        """async (source) => {
          window.asked = 0;
          addEventListener("popstate", () => (asked += 1));
          const { default: component } = await import("data:text/javascript," + encodeURIComponent(source));
          window.draw = () => component({ data: { language: "en" } });
          draw();
        }""",
        FRAME,
    )
    return still


def asked_after(page, *times):
    """How often the page was asked for after each of these milliseconds."""
    asked = []
    for milliseconds in times:
        page.clock.run_for(milliseconds)
        asked.append(page.evaluate("asked"))
    return asked


def test_a_page_that_does_not_come_is_asked_for_ever_more_rarely(frame):
    frame.evaluate("draw()")  # a frame that is drawn twice asks no more than one that is drawn once
    assert asked_after(frame, 1200, 100, 2100, 200, 3900, 300) == [0, 1, 1, 2, 2, 3]


def test_a_page_that_has_come_is_not_asked_for_until_it_is_lost(frame):
    frame.evaluate("document.querySelector('main').innerHTML = '<h1>Sweep</h1>'")
    assert asked_after(frame, 10_000) == [0]
    frame.evaluate("document.querySelector('main').innerHTML = ''")
    assert asked_after(frame, 1300) == [1]


def test_a_page_that_shows_an_error_instead_is_not_asked_for(frame):
    frame.evaluate("""document.querySelector('main').innerHTML = '<div data-testid="stException"></div>'""")
    assert asked_after(frame, 10_000) == [0]


def test_a_page_is_not_asked_for_while_it_is_on_its_way(frame):
    frame.evaluate("document.querySelector('main').dataset.testScriptState = 'running'")
    assert asked_after(frame, 10_000) == [0]
    frame.evaluate("document.querySelector('main').dataset.testScriptState = 'notRunning'")
    assert asked_after(frame, 900, 400) == [0, 1]


def test_a_view_tells_nothing_of_a_page_that_was_left_by_back(still):
    told = still.evaluate(
        """async (source) => {
          const { mount } = await import("data:text/javascript," + encodeURIComponent(source));
          const told = [];
          class View { show(data, tell) { this.tell = tell; View.last = this; } close() {} }
          const setTriggerValue = (...what) => told.push(what.join("="));
          mount({ parentElement: document.body, data: {}, setTriggerValue }, View);
          View.last.tell("digit", 3);
          history.pushState(null, "", "/elsewhere");
          View.last.tell("digit", 5);
          return told;
        }""",
        SHARED_JS.read_text() + "export { mount };",
    )
    assert told == ["digit=3"]


@pytest.fixture
def shared(still):
    """A page with the functions that components share."""
    still.evaluate(
        """async (source) => {
          window.shared = await import("data:text/javascript," + encodeURIComponent(source));
        }""",
        SHARED_JS.read_text() + "export { number, percent, separators, short };",
    )
    return still


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_written_in_the_browser_as_on_the_server(shared, language):
    w, chance = Words("frame", language), random.Random(1)
    values = [0.0, -0.0, -0.004, 0.3, 1.0, 20.0, 1234.6, *(chance.uniform(-30, 30) for _ in range(100))]
    for digits in range(5):
        assert shared.evaluate(
            "([values, digits, language]) => values.map((value) =>"
            " [shared.number(value, digits, language), shared.percent(value, digits, language)])",
            [values, digits, language],
        ) == [[numbers.number(w, value, digits), numbers.percent(w, value, digits)] for value in values]
    settings = [0.0, 0.1, 0.25, 1.0, 4.5, 19.95]
    written = shared.evaluate(
        "([values, language]) => values.map((value) => shared.short(value, language))", [settings, language]
    )
    assert written == [numbers.short(w, value) for value in settings]


def test_a_chart_has_a_decimal_comma_where_the_language_has_one(shared):
    assert shared.evaluate("['en', 'de'].map((language) => shared.separators(language))") == [".,", ",."]
