"""What the page shows and does by itself, between the runs."""

import csv
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect


def test_the_first_visitor_sees_a_finished_run_that_distilled_clearly_wins(visit):
    visitor = visit().wait_for_end()
    assert visitor.where.startswith("Students: epoch 100 of 100")
    assert visitor.reading.startswith("With the teacher +")
    assert "on this split" in visitor.reading
    assert "Press Start and move T down to 1 while it trains" in visitor.reading


def test_the_page_asks_nothing_of_any_other_host(visit, server):
    visitor = visit().wait_for_end()
    hosts = {urlsplit(url).netloc for url in visitor.requests if urlsplit(url).scheme not in ("data", "blob")}
    assert hosts == {urlsplit(server.url).netloc}


def test_home_leads_to_the_playground(visit, server):
    visitor = visit()
    visitor.page.goto(server.url)
    visitor.page.get_by_role("link", name="Open the playground").click()
    visitor.wait_for_position(0)
    assert urlsplit(visitor.page.url).path == "/playground"


def test_the_scrubber_replays_without_asking_the_server(visit, digits):
    visitor = visit(digits).wait_for_end()
    visitor.page.locator("[data-testid=stDataFrame] canvas").first.wait_for()  # the shelf is the last thing to load
    visitor.wait_for_script()
    last = visitor.drawn
    end, reading = visitor.where, visitor.reading
    scrubber = visitor.page.locator(".kd-scrub")
    scrubber.focus()
    visitor.requests.clear(), visitor.sent.clear()

    scrubber.press("Home")
    visitor.wait_for("root.dataset.drawn === '0'")
    assert visitor.where.startswith("Teacher: epoch 0 of 3")
    assert "Epoch 0 of 3" in visitor.reading
    for position in range(1, 6):
        scrubber.press("ArrowRight")
        visitor.wait_for("root.dataset.drawn === String(argument)", position)
    assert visitor.where.startswith("Students: epoch 1 of 12")
    scrubber.press("Home")
    visitor.wait_for("root.dataset.drawn === '0'")
    visitor.page.get_by_role("button", name="Replay").click()
    visitor.wait_for("root.dataset.drawn > 0 && root.querySelector('.kd-replay').textContent === 'Hold'")
    visitor.page.get_by_role("button", name="Replay").wait_for()  # it has come to its end
    visitor.wait_for_position(last)
    assert (visitor.where, visitor.reading) == (end, reading)

    assert visitor.requests == []
    assert visitor.sent == []


def test_the_bars_follow_the_finger_before_the_slider_is_let_go(visit):
    visitor = visit().wait_for_end().wait_for_script()
    bars, mouse = visitor.page.locator("svg.kd-bars"), visitor.page.mouse
    assert bars.get_attribute("data-temperature") == "4"
    widths = bars.locator("rect.teacher").evaluate_all("(bars) => bars.map((bar) => bar.getAttribute('width'))")
    thumb = visitor.page.locator(".st-key-temperature [data-testid=stSliderThumbValue]").bounding_box()
    track = visitor.page.locator(".st-key-temperature [role=group]").bounding_box()
    mouse.move(thumb["x"] + thumb["width"] / 2, track["y"] + track["height"] / 2)
    mouse.down()
    visitor.sent.clear()
    for share in (0.4, 0.6, 0.8):
        mouse.move(track["x"] + share * track["width"], track["y"] + track["height"] / 2)
        visitor.page.wait_for_function(
            "(least) => Number(document.querySelector('svg.kd-bars').dataset.temperature) > least", arg=20 * share - 2
        )
    assert visitor.sent == []
    assert visitor.fields.get("temperature") is None
    moved = bars.locator("rect.teacher").evaluate_all("(bars) => bars.map((bar) => bar.getAttribute('width'))")
    assert moved != widths
    mouse.up()
    visitor.wait_for_query("temperature=")
    assert visitor.fields["temperature"] == bars.get_attribute("data-temperature")


def test_in_german_the_live_view_writes_a_decimal_comma(visit):
    visitor = visit("lang=de").wait_for_end()
    for name in ("measure", "loss"):  # plotly.js may come after the last frame
        visitor.page.wait_for_selector(f'.kd-plot-{name}:not([aria-label="…"])')
    assert "T 4 · Alpha 0,1 · " in visitor.where
    charts = [visitor.chart(name) for name in ("measure", "loss")]
    pictures = [*charts, visitor.page.locator("svg.kd-bars"), *visitor.page.locator(".kd-map").all()]
    said = [visitor.where, *(picture.get_attribute("aria-label") for picture in pictures)]
    said += [visitor.page.locator("svg.kd-bars").text_content(), charts[1].locator(".ytick").first.text_content()]
    for text in said:
        assert not re.search(r"\d\.\d", text)
    assert [chart.evaluate("(chart) => chart.layout.separators") for chart in charts] == [",.", ",."]
    assert sum(bool(re.search(r"\d,\d", text)) for text in said) >= len(said) - 2  # the bars' label has no decimals


def test_a_slider_that_is_moved_fast_stays_where_it_was_left_and_begins_no_run(visit):
    visitor = visit().wait_for_end().wait_for_script()
    for arrow in ("ArrowRight", "ArrowLeft", "ArrowRight"):
        visitor.slide("temperature", *[arrow] * 12)
    visitor.wait_for_query("temperature=10").wait_for_script()
    assert visitor.temperature == 10
    assert len(set(visitor.page.evaluate("watch.runs.map((run) => run.id)"))) == 1


def test_a_narrow_screen_stacks_the_page_what_moves_first_and_overflows_nowhere(visit):
    visitor = visit(width=390, height=844).wait_for_end().wait_for_script()
    for scroller in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        assert visitor.page.evaluate(f"{scroller}.scrollWidth <= {scroller}.clientWidth")
    places = [
        visitor.button("start"),
        visitor.page.locator(".st-key-temperature"),
        visitor.chart("measure"),
        visitor.page.locator("svg.kd-bars"),
        visitor.chart("loss"),
        visitor.page.locator(".kd-timeline"),
        visitor.page.locator(".kd-reading"),
        visitor.page.locator(".kd-maps"),
        visitor.page.locator(".st-key-dataset"),
    ]
    boxes = [place.bounding_box() for place in places]
    assert [box["y"] for box in boxes] == sorted(box["y"] for box in boxes)
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)


def test_everything_down_to_the_reading_is_on_a_laptop_screen(visit):
    visitor = visit().wait_for_end().wait_for_script()
    box = visitor.page.locator(".kd-reading").bounding_box()
    assert box["y"] + box["height"] <= 900


def test_the_shelf_compares_overlays_downloads_and_removes(visit, plane):
    visitor = visit(plane).wait_for_end()
    page = visitor.page
    page.get_by_role("button", name="run 1").wait_for()
    visitor.slide("temperature", "ArrowRight").wait_for_query("temperature=4.5")
    visitor.press_for_new_run("start").wait_for_end()
    page.get_by_role("button", name="run 2").wait_for()
    visitor.wait_for_script()

    table = page.locator("[data-testid=stDataFrame]")
    headers = table.locator("[role=columnheader]")
    headers.filter(has_text="temperature").wait_for(state="attached")
    expect(table.locator("[role=row]")).to_have_count(3)
    assert "alpha" not in headers.all_inner_texts()  # all at the default: left out
    assert _orange(visitor) > 0  # the temperatures differ: marked

    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="All as CSV").click()
    with download.value.path().open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * (3 + 21 * 2 * 3)  # teacher's epochs 0 to 2; students' 0 to 20, two kinds, three seeds
    assert {(row["run"], row["link"]) for row in rows} == {("run 1", f"?{plane}"), ("run 2", f"?{visitor.query}")}
    final = [float(r["test_accuracy"]) for r in rows if (r["run"], r["actor"], r["epoch"]) == ("run 2", "alone", "20")]
    assert sum(final) / 3 == pytest.approx(visitor.actors["alone"]["accuracy"]["test"][0], abs=1e-4)

    traces = visitor.chart().evaluate("(chart) => chart.data.length")
    page.get_by_role("button", name="run 1").click()
    page.get_by_text("Lay over the chart").click()
    page.wait_for_function(
        "(least) => document.querySelector('.kd-plot-measure').data.length === least + 2", arg=traces
    )
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="run 1").wait_for(state="hidden")
    page.wait_for_function("(least) => document.querySelector('.kd-plot-measure').data.length === least", arg=traces)
    assert page.get_by_role("button", name="run 2").is_visible()
    page.wait_for_function("document.querySelectorAll('[data-testid=stDataFrame] [role=row]').length === 2")
    visitor.wait_for_script()
    page.get_by_role("button", name="run 2").click()  # that of the run on screen
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("A run that finishes is kept here").wait_for()
    visitor.wait_for_script()
    expect(page.get_by_role("button", name="run 3")).to_have_count(0)


def _orange(visitor):
    """Pixels of the table in the colour of the mark: an orange of a fifth, on white."""
    return visitor.page.locator("[data-testid=stDataFrame] canvas").first.evaluate(
        """(canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let count = 0;
          for (let i = 0; i < data.length; i += 4) {
            const [red, green, blue] = data.subarray(i, i + 3);
            if (red > 240 && red - blue > 35 && green > blue && red > green) count += 1;
          }
          return count;
        }"""
    )


def test_the_code_of_a_run_can_be_downloaded(visit, plane):
    visitor = visit(plane)
    visitor.page.get_by_role("button", name="Code", exact=True).click()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("dialog").get_by_role("button", name="Download distill.py").click()
    assert download.value.suggested_filename == "distill.py"
    text = download.value.path().read_text()
    compile(text, "distill.py", "exec")
    assert "distillation_loss" in text
    assert plane in text
