"""How fast the app feels: real Chromium, a server of its own, times as the browser sees them."""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import Any

from tests.e2e.playground import Playground, chromium
from tests.e2e.server import serving

AIMS = {
    "cold start to interactive page (s)": 3,
    "cold start to a finished run on screen (s)": None,
    "click to first point (ms)": 400,
    "chart updates a second": 8,
    "chart nodes removed during runs": 0,
    "stop latency (ms)": 500,
    "default run, 5 seeds, click to end (s)": 5,
    "default run, 5 seeds, training alone (s)": None,
}


def since_click(visitor: Playground, moment: str) -> float:
    """Milliseconds from the last click to a moment of the run on screen, given in JavaScript."""
    return float(
        visitor.page.evaluate(f"(() => {{ const run = watch.runs.at(-1); return {moment} - watch.clicked; }})()")
    )


def measure() -> dict[str, float]:
    """All figures of one server and one page."""
    figures: dict[str, float] = {}
    with chromium() as browser:
        start = perf_counter()
        with serving() as server:
            visitor = Playground(browser, server)
            visitor.page.goto(f"{server.url}/playground")
            visitor.page.wait_for_selector(".st-key-start button:visible, .st-key-pause button:visible")
            figures["cold start to interactive page (s)"] = perf_counter() - start
            visitor.wait_for_end()
            figures["cold start to a finished run on screen (s)"] = perf_counter() - start
            firsts, totals, trainings = [], [], []
            for _ in range(5):  # another temperature each time: the teacher is known, as it is to somebody who tries T
                visitor.wait_for_script()
                visitor.slide("temperature", "ArrowRight").wait_for_script()
                visitor.press_for_new_run("start").wait_for_end()
                firsts.append(since_click(visitor, "run.drawn[0][0]"))
                totals.append(since_click(visitor, "run.drawn.at(-1)[0]") / 1000)
                trainings.append(visitor.run["frames"][-1]["seconds"])
            figures["click to first point (ms)"] = median(firsts)
            figures["default run, 5 seeds, click to end (s)"] = median(totals)
            figures["default run, 5 seeds, training alone (s)"] = median(trainings)
            visitor.close()

            visitor = Playground(browser, server).open("labels=0&seeds=20&epochs=60").wait_for_end()
            drawn = [time for time, _ in visitor.press_for_new_run("start").wait_for_end().run["drawn"]]
            figures["chart updates a second"] = 1000 * (len(drawn) - 1) / (drawn[-1] - drawn[0])
            visitor.wait_for_script()
            stops = []
            for _ in range(3):
                visitor.press_for_new_run("start")
                visitor.wait_for("run.drawn.length && run.drawn.at(-1)[1] > 40")
                visitor.press("stop").wait_for_status("stopped").wait_for_script()
                stops.append(since_click(visitor, "run.shown.at(-1)[0]"))
            figures["stop latency (ms)"] = median(stops)
            figures["chart nodes removed during runs"] = visitor.charts_removed
            visitor.close()
    return figures


def run() -> dict[str, Any]:
    """The figures, printed beside what is aimed at."""
    figures = measure()
    print(f"{'':45}{'measured':>10}{'aim':>8}")
    for name, aim in AIMS.items():
        print(f"{name:45}{figures[name]:10.2f}{'' if aim is None else aim:>8}")
    return {name: round(figures[name], 3) for name in AIMS}
