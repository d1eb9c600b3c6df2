"""Components by themselves, in a page without Streamlit: what they do when they are called, left, and called again."""

from pathlib import Path

import pytest

UI = Path(__file__).parents[2] / "pages/ui"
CHART = (UI / "chart.js").read_text()
BEAT = (UI / "again.js").read_text()
# plotly.js that only notes what it is asked for.
SHOWN = """async (source) => {
  window.calls = [];
  window.Plotly = { react: () => calls.push("react"), purge: () => calls.push("purge") };
  document.querySelector(".kd-chart").on = () => {};
  const { default: component } = await import("data:text/javascript," + encodeURIComponent(source));
  const data = { figure: '{"data": [], "layout": {}}', text: "", plotly: "" };
  window.show = () => component({ parentElement: document.body, data, setTriggerValue() {} });
  window.leave = show();
}"""


@pytest.fixture
def still(browser):
    """An empty page on which no time passes by itself; in a context of its own, whose pages all share a clock."""
    with browser.new_context() as context:
        page = context.new_page()
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
