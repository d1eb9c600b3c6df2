"""How fast the app feels: real Chromium, a server of its own, times as the browser sees them.

Needs a machine that does nothing else. Times after the cold start are taken inside the page, from the click to the
picture, so the remote control of the browser is not in them.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from statistics import median
from time import perf_counter
from typing import Any

from tests.e2e.playground import Playground
from tests.e2e.server import serving
from tests.e2e.visitor import chromium

AIMS = {
    "cold start to interactive page (s)": 3,
    "cold start to a finished run on screen (s)": None,
    "click to first point, known teacher (ms)": 400,
    "click to first point, new teacher (ms)": 400,
    "default run, 5 seeds, click to end, known teacher (s)": 5,
    "default run, 5 seeds, click to end, new teacher (s)": 5,
    "default run, 5 seeds, training alone, new teacher (s)": None,
    "chart updates a second": 8,
    "snapshots a second in that run": None,
    "stop latency (ms)": 500,
    "snapshots shown after a stop": 0,
    "chart nodes removed during runs": 0,
    "temperature slider, pictures a second": 50,
    "temperature slider, requests while it is dragged": 0,
}
REPEATS = 5
LONG = "labels=0&seeds=20"  # 100 epochs of 20 pairs on all labels

# Milliseconds from the last click: to the first picture of the run that it began, to its last one, to a status.
FIRST = "run.drawn[0][0] - watch.clicked"
LAST = "run.drawn.find(([, position]) => position === run.frames.length - 1)[0] - watch.clicked"
STOPPED = "run.shown.find(([, status]) => status === 'stopped')[0] - watch.clicked"
UPDATES = f"(({LAST}) - ({FIRST})) / run.drawn.filter(([time]) => time - watch.clicked < ({LAST})).length"

Figures = dict[str, list[float]]


def of_run(visitor: Playground, value: str) -> float:
    """A number about the run on screen, given in JavaScript."""
    return float(visitor.page.evaluate(f"(() => {{ const run = watch.runs.at(-1); return {value}; }})()"))


def cold_start(visitor: Playground, start: float, figures: Figures) -> None:
    """From before the server's process was begun."""
    visitor.page.goto(f"{visitor.server.url}/playground")
    visitor.page.wait_for_selector(".st-key-start button:visible, .st-key-pause button:visible")
    figures["cold start to interactive page (s)"].append(perf_counter() - start)
    visitor.wait_for_end()
    figures["cold start to a finished run on screen (s)"].append(perf_counter() - start)
    visitor.wait_for_script()


def default_runs(visitor: Playground, teacher: str, figures: Figures) -> None:
    """Start and wait. Each run has another temperature; with a new teacher, another seed too."""
    if teacher == "new teacher":
        visitor.open_menu("more")
        seed = int(visitor.number("First seed").input_value()) + 1
        visitor.fill("First seed", seed).wait_for_query(f"seed={seed}").wait_for_script()
        visitor.page.keyboard.press("Escape")
    temperature = visitor.temperature + 0.5
    visitor.slide("temperature", "ArrowRight").wait_for_query(f"temperature={temperature:g}").wait_for_script()
    visitor.press_for_new_run("start").wait_for_end()
    figures[f"click to first point, {teacher} (ms)"].append(of_run(visitor, FIRST))
    figures[f"default run, 5 seeds, click to end, {teacher} (s)"].append(of_run(visitor, LAST) / 1000)
    figures[f"default run, 5 seeds, training alone, {teacher} (s)"].append(of_run(visitor, "run.frames.at(-1).seconds"))
    visitor.button("start").wait_for()
    visitor.wait_for_script()


def long_run(visitor: Playground, figures: Figures) -> None:
    """Pictures a second while it trains as fast as it can."""
    visitor.press_for_new_run("start").wait_for_end()
    figures["chart updates a second"].append(1000 / of_run(visitor, UPDATES))
    figures["snapshots a second in that run"].append(1000 / of_run(visitor, f"({LAST}) / run.frames.length"))
    visitor.button("start").wait_for()


def stop(visitor: Playground, figures: Figures) -> None:
    """Stop in the middle; a run later, look whether the stopped one has still grown."""
    visitor.press_for_new_run("start").wait_for_position(40)
    visitor.press("stop").wait_for_status("stopped")
    figures["stop latency (ms)"].append(of_run(visitor, STOPPED))
    visitor.button("start").wait_for()
    visitor.press_for_new_run("start").wait_for_position(1)
    figures["snapshots shown after a stop"].append(float(visitor.page.evaluate("watch.runs.at(-2).afterEnd")))
    visitor.press("stop").wait_for_status("stopped")
    visitor.button("start").wait_for()


def slider(browser: Any, server: Any, figures: Figures) -> None:
    """Drag the slider of the page on soft targets to and fro for three seconds."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    told: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda payload: told.append(payload)))
    page.goto(f"{server.url}/soft-targets")
    page.wait_for_function("() => window.kdSoftTargets?.state?.probabilities")
    page.locator(".st-key-guess_soft_targets_ button").click()  # until then T goes no further than 4
    page.wait_for_function("() => kdSoftTargets.state.T === 20")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.on("request", lambda request: told.append(request.url))
    box = page.locator(".kd-soft-slider").bounding_box()
    x, y, width = box["x"], box["y"] + box["height"] / 2, box["width"]
    page.mouse.move(x + width / 2, y)
    page.mouse.down()
    told.clear()
    before, start, step = page.evaluate("kdSoftTargets.frames"), perf_counter(), 0
    while perf_counter() - start < 3:
        step += 1
        page.mouse.move(x + width * (0.5 + 0.45 * math.sin(step / 15)), y)
    figures["temperature slider, pictures a second"].append(
        (page.evaluate("kdSoftTargets.frames") - before) / (perf_counter() - start)
    )
    figures["temperature slider, requests while it is dragged"].append(len(told))
    page.mouse.up()
    page.close()


def measure() -> Figures:
    """All figures of one server and two pages."""
    figures: Figures = defaultdict(list)
    with chromium() as browser:
        start = perf_counter()
        with serving() as server:
            visitor = Playground(browser.new_context(), server)
            cold_start(visitor, start, figures)
            visitor.set_pace("full speed")
            for teacher in ("known teacher", "new teacher"):
                for _ in range(REPEATS):
                    default_runs(visitor, teacher, figures)
            removed = visitor.charts_removed
            visitor.close()
            visitor = Playground(browser.new_context(), server).open(f"{LONG}&pace=full")
            visitor.press("stop").wait_for_status("stopped").button("start").wait_for()
            long_run(visitor, figures)
            for _ in range(REPEATS):
                stop(visitor, figures)
            figures["chart nodes removed during runs"].append(removed + visitor.charts_removed)
            visitor.close()
            slider(browser, server, figures)
    return figures


def run() -> dict[str, Any]:
    """The figures, printed beside what is aimed at: median, range and number of measurements."""
    before, figures, after = os.getloadavg()[0], measure(), os.getloadavg()[0]
    print(f"{os.cpu_count()} cores; load {before:.1f} before, {after:.1f} after")
    print(f"{'':56}{'median':>10}{'low':>10}{'high':>10}{'n':>4}{'aim':>8}")
    for name, aim in AIMS.items():
        values = figures[name]
        shown = "".join(f"{value:10.2f}" for value in (median(values), min(values), max(values)))
        print(f"{name:56}{shown}{len(values):4}{'' if aim is None else aim:>8}")
    return {name: {"median": median(figures[name]), "values": figures[name], "aim": AIMS[name]} for name in AIMS}
