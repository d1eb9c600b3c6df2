"""Components by themselves, in a page without Streamlit: what they do when they are called, left, and called again."""

from pathlib import Path

import pytest

from tests.e2e.visitor import Visitor

CHART = (Path(__file__).parents[2] / "pages/ui/components/chart.js").read_text()
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
def page(come):
    page = come(Visitor).page
    page.clock.install()
    page.set_content('<div class="kd-chart"></div>')
    page.evaluate(SHOWN, CHART)
    return page


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
