"""The screen never lies: what is shown belongs to the settings shown, or says to which; Back works; words keep pace."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.test_sweep import CHART, FILLED, end, quick, rows_of, sweep, type_value  # noqa: F401  (two are fixtures)
from tests.e2e.visitor import PATIENCE, Visitor

RAN = ".kd[data-status=done], .kd[data-status=stopped]"
TITLE = "document.querySelector('main h1')?.textContent"
PAGES = (
    *(
        "soft-targets",
        "two-losses",
        "dark-knowledge",
        "when",
        "forest",
        "ensemble",
        "domain",
        "noise",
        "bugs",
        "read-code",
        "check",
    ),
    *("playground", "sweep", "data", "answers"),
)


def clipboard(visitor, context, server):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    visitor.page.locator(".st-key-share button").first.click()
    visitor.page.get_by_role("button", name="Copied").wait_for()
    return urlsplit(visitor.page.evaluate("navigator.clipboard.readText()")).query


# The first message after `holdNext` leaves just after the one that follows it, as a busy browser may have it.
LATE = """
  const send = WebSocket.prototype.send;
  let held = null;
  WebSocket.prototype.send = function (message) {
    if (window.holdNext) {
      window.holdNext = false;
      held = () => send.call(this, message);
      window.isHeld = true;
      return;
    }
    send.call(this, message);
    held?.();
    held = null;
  };
"""


# Results and settings


def test_results_of_other_settings_are_dimmed_and_named_and_one_press_updates_them(visit, plane, context, server):
    visitor = visit(plane).wait_for_end().wait_for_script()
    page, before = visitor.page, visitor.query
    assert page.locator(".kd-stale").is_hidden()
    visitor.choose(page.locator(".st-key-dataset"), "spirals")
    visitor.slide("temperature", "ArrowRight").wait_for_query("temperature=4.5")
    stale = page.locator(".kd-stale")
    stale.get_by_text("dataset, temperature").wait_for()
    assert "blobs, 12 labels, T 4" in stale.inner_text()
    for part in (".kd-race", ".kd-reading", ".kd-maps"):
        assert float(page.locator(part).evaluate("(part) => getComputedStyle(part).opacity")) < 0.5
    marked = "(label) => getComputedStyle(label).boxShadow !== 'none'"
    for key, is_marked in (("dataset", True), ("temperature", True), ("alpha", False)):
        assert page.locator(f".st-key-{key} [data-testid=stWidgetLabel]").first.evaluate(marked) is is_marked
    assert clipboard(visitor, context, server) == before  # of the results on screen, and its button says so
    assert page.locator(".st-key-share button").first.inner_text() == "Copied"

    runs = page.evaluate("watch.runs.length")
    page.get_by_role("button", name="Update").click()
    visitor.wait_for(f"watch.runs.length > {runs}").wait_for_end().wait_for_script()
    assert stale.is_hidden()
    assert len(visitor.run["frames"][-1]["actors"]["alone"]["confusion"]) == 3  # the spirals' classes


def test_the_code_is_that_of_the_results_on_screen(visit, plane):
    visitor = visit(plane).wait_for_end().wait_for_script()
    visitor.slide("temperature", "ArrowRight").wait_for_query("temperature=4.5")
    visitor.press("code")
    dialog = visitor.page.get_by_role("dialog", name="This experiment in plain PyTorch")
    dialog.get_by_text("Of the results on screen: blobs, 12 labels, T 4.").wait_for()
    assert "temperature=4.5" not in dialog.locator("code").first.inner_text()


def test_a_sweep_of_other_settings_is_dimmed_and_named_and_one_press_updates_it(sweep, quick):  # noqa: F811
    page = sweep(f"{quick}&over=temperature=1,4")
    end(page)
    seeds = page.get_by_role("spinbutton", name="Seeds", exact=True)
    seeds.fill("2")
    seeds.press("Enter")
    stale = page.locator(".st-key-stale")
    stale.get_by_text("seeds").wait_for()
    assert "blobs, 12 labels" in stale.inner_text()
    assert float(page.locator(".st-key-results").evaluate("(map) => getComputedStyle(map).opacity")) < 0.5
    page.get_by_role("button", name="Update").click()
    stale.wait_for(state="hidden")
    end(page)
    assert {row["n"] for row in rows_of(page)} == {2}


def test_resume_goes_on_with_the_run_on_screen_though_a_setting_was_changed(visit, slow):
    visitor = visit(slow).wait_for_end()
    visitor.set_pace("5 epochs/s").press_for_new_run("start").wait_for_position(4)
    visitor.press("pause").wait_for_status("paused")
    held, position = visitor.run_id, visitor.drawn
    visitor.wait_for_script().choose(visitor.page.locator(".st-key-labels"), "20")
    visitor.press("start").wait_for_position(position + 3)
    assert visitor.run_id == held
    assert visitor.page.locator(".kd-stale").is_visible()
    visitor.press("stop").wait_for_end("stopped")


def test_a_message_about_a_link_goes_once_the_field_is_corrected(visit, plane):
    visitor = visit(plane.replace("student=8", "student=banana")).wait_for_end()
    message = visitor.page.get_by_text("student=banana is not allowed")
    message.wait_for()
    visitor.wait_for_script().write_network("student", "8")
    message.wait_for(state="hidden")


def test_what_cannot_be_hidden_is_told_of(visit, plane):
    visitor = visit(f"{plane}&hide=foo,alpha")
    visitor.page.get_by_text("The link says hide = foo").wait_for()
    assert visitor.page.locator(".st-key-alpha").is_hidden()


def test_curves_of_another_data_set_that_lie_over_the_chart_are_named(visit, plane):
    visitor = visit(plane).wait_for_end()
    page = visitor.page
    page.get_by_role("button", name="run 1").wait_for()
    visitor.choose(page.locator(".st-key-dataset"), "spirals")
    visitor.press_for_new_run("start").wait_for_end()
    page.get_by_role("button", name="run 2").wait_for()
    visitor.wait_for_script()
    page.get_by_role("button", name="run 1").click()
    page.get_by_text("Lay over the chart").click()
    page.locator(".kd-hint-measure").get_by_text("Grey: run 1 (blobs, 12 labels, T 4).").wait_for()


def test_a_link_holds_the_example_and_the_measure_on_screen(visit, plane):
    visitor = visit(plane).wait_for_end().wait_for_script()
    visitor.page.locator(".kd-examples button").nth(4).click()
    visitor.wait_for_query("example=5").page.locator(".kd-measure").select_option("agreement")
    visitor.wait_for_query("measure=agreement")
    other = visit(visitor.query).wait_for_end()
    assert (
        other.page.locator(".kd-examples button[aria-checked=true]")
        .get_attribute("aria-label")
        .startswith("example 5,")
    )
    expect(other.page.locator(".kd-measure")).to_have_value("agreement")


# Words keep pace with data


def test_while_a_run_goes_on_its_words_say_so_far_and_draw_no_verdict(visit, slow):
    visitor = visit(slow).wait_for_end()
    visitor.set_pace("5 epochs/s").press_for_new_run("start").wait_for_position(5)
    visitor.wait_for("root.querySelector('.kd-headline').textContent.startsWith('So far')")
    visitor.press("stop").wait_for_end("stopped")
    words = {part for frame in visitor.run["frames"] for part in frame["reading"]["en"].values()}
    assert not [text for text in words if "clear difference" in text or "interval" in text]
    visitor.press_for_new_run("reset").wait_for_status("paused").wait_for_position(3)
    assert "+0.0" not in visitor.reading


def test_a_live_run_that_was_scrubbed_says_that_training_goes_on_and_leads_back(visit, slow):
    visitor = visit(slow).wait_for_end()
    visitor.set_pace("5 epochs/s").press_for_new_run("start").wait_for_position(6)
    back = visitor.page.locator(".kd-live")
    assert back.is_hidden()
    visitor.page.locator(".kd-scrub").press("Home")
    back.get_by_text("Training goes on").wait_for()
    visitor.wait_for("root.dataset.drawn === '0'")
    back.click()
    back.wait_for(state="hidden")
    visitor.wait_for_position(7)
    visitor.press("stop").wait_for_end("stopped")


# The sweep


def test_the_ring_is_around_what_the_cells_show(sweep, quick):  # noqa: F811
    page = sweep(f"{quick}&over=temperature=1,4&over=student=2,8,32")
    end(page)
    page.wait_for_function(f"{FILLED} === 6")
    rows = rows_of(page)
    most = max(rows, key=lambda row: row["gain"])
    rings = page.evaluate(f"{CHART}.layout.shapes.filter((shape) => shape.line.width === 4)")
    if most["gain"] > 0:
        (ring,) = rings
        at = (round((ring["x0"] + ring["x1"]) / 2), round((ring["y0"] + ring["y1"]) / 2))
        assert at == (["1", "4"].index(most["temperature"]), ["2", "8", "32"].index(most["student"]))
    else:
        assert rings == []
    assert page.evaluate("!document.body.innerText.includes('★')")


def test_what_is_swept_over_has_no_other_value(sweep, quick):  # noqa: F811
    page = sweep(f"{quick}&over=labels=12,40")
    end(page)
    assert page.locator(".st-key-sweep_labels input").is_disabled()
    assert page.locator(".st-key-sweep_student input").is_enabled()


def test_choose_for_me_gives_one_answer_that_can_be_opened(sweep, quick):  # noqa: F811
    page = sweep(f"{quick}&over=temperature=1,4&over=alpha=0,0.5")
    end(page)
    page.get_by_role("button", name="Choose for me").click()
    page.get_by_role("button", name="Open this choice").click()
    page.wait_for_selector(".kd[data-status]")
    fields = parse_qs(urlsplit(page.url).query)
    assert urlsplit(page.url).path == "/playground"
    assert fields["seed"] == parse_qs(quick)["seed"]


def test_all_cells_are_there_before_the_first_is_known(sweep, seed):  # noqa: F811
    page = sweep(f"teacher=64&labels=0&epochs=60&seeds=10&seed={seed}&over=temperature=1,2,4&over=alpha=0,0.5")
    page.wait_for_function(f"{CHART}.layout.shapes.filter((shape) => shape.line.width === 1).length === 6")
    end(page)


# Back


def test_back_from_a_cell_leads_to_the_same_sweep(sweep, quick):  # noqa: F811
    page = sweep(f"{quick}&over=temperature=1,4")
    end(page)
    type_value(page, 0, "20")
    page.wait_for_function("decodeURIComponent(location.search).includes('temperature=1,4,20')")
    page.locator(".st-key-sweep_start button").click()
    page.wait_for_function(f"{CHART}.layout.shapes.length >= 3 && {FILLED} === 3")
    end(page)
    asked = page.url
    box = page.locator(".st-key-map .nsewdrag").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 6, box["y"] + box["height"] / 2)
    page.wait_for_selector(".kd[data-status=done]")
    page.go_back()
    page.wait_for_function(f"{CHART}?.data && {FILLED} === 3")
    assert page.url == asked
    assert [row["temperature"] for row in rows_of(page)] == ["1", "4", "20"]


@pytest.mark.parametrize("path", PAGES)
def test_the_first_back_on_every_page_leads_to_the_page_before(come, server, path):
    visitor = come(Visitor)
    page = visitor.page
    page.goto(server.url)
    page.locator("main h1").wait_for(state="attached")
    visitor.wait_for_script()
    page.evaluate(f"history.pushState(null, '', '/{path}'); dispatchEvent(new PopStateEvent('popstate'))")
    page.wait_for_function("(path) => location.pathname === '/' + path", arg=path)
    page.wait_for_function(f"{TITLE}?.includes('What is distillation') === false")
    visitor.wait_for_script()
    if path == "playground":
        page.locator(".st-key-temperature input[type=range]").press("ArrowRight")
        page.wait_for_function("location.search.includes('temperature=4.5')")
    page.go_back()
    page.wait_for_function("location.pathname === '/'")
    page.get_by_role("heading", name="What is distillation?").wait_for()


def test_a_part_that_asks_as_one_goes_back_takes_no_page_away(come, server, seed):
    page = come(Visitor, script=LATE).page
    page.goto(server.url)
    page.get_by_role("heading", name="What is distillation?").wait_for()
    long = f"labels=0&teacher=16&teacher_epochs=2&student=64&epochs=500&seeds=20&seed={seed}"  # minutes
    link = f"/sweep?{long}&over=temperature=1,2,3,4,5,6,7,8"
    page.evaluate("(url) => { history.pushState(null, '', url); dispatchEvent(new PopStateEvent('popstate')); }", link)
    page.wait_for_function(f"{CHART}?.data")  # and as long as it trains, a part of the page asks to be drawn again
    page.evaluate("window.holdNext = true")
    page.wait_for_function("window.isHeld")
    page.go_back()
    page.wait_for_function("location.pathname === '/'")
    page.get_by_role("heading", name="What is distillation?").wait_for()
    page.wait_for_timeout(1500)  # by now the late message has been answered, which is what takes the page away
    page.get_by_role("heading", name="What is distillation?").wait_for()
    page.locator(".st-key-next a").wait_for()  # the whole of it
    page.go_forward()
    page.locator(".st-key-sweep_stop button").click()
    end(page, "stopped")


def test_a_slider_moved_is_not_a_page_visited(visit, plane):
    visitor = visit(plane).wait_for_end().wait_for_script()
    before = visitor.page.evaluate("history.length")
    for step in range(3):
        visitor.slide("temperature", "ArrowRight").wait_for_query(f"temperature={4.5 + step / 2:g}")
    assert visitor.page.evaluate("history.length") == before


def test_on_a_phone_the_menu_closes_when_a_page_was_chosen(come, server):
    visitor = come(Visitor, width=390, height=844)
    page = visitor.page
    page.goto(server.url)
    page.wait_for_function("history.visitsPagesOnly")  # what closes the menu is there
    page.get_by_test_id("stExpandSidebarButton").click()
    page.wait_for_selector("[data-testid=stSidebar][data-collapsed=false]")
    page.get_by_role("link", name="Soft targets").first.click()
    page.get_by_role("heading", name="Soft targets").wait_for()
    page.wait_for_selector("[data-testid=stSidebar][data-collapsed=true]", state="attached")


# A refresh


def test_a_refresh_keeps_the_guesses(come, server):
    visitor = come(Visitor)
    page = visitor.page
    page.goto(f"{server.url}/soft-targets")
    page.locator(".st-key-guess_soft_targets_swap button").click()
    page.locator(".st-key-guess_soft_targets_swap button[kind=primary]").wait_for()
    visitor.wait_for_script()
    page.wait_for_function("sessionStorage.getItem('kd-lab')?.includes('swap')")
    page.reload()
    page.locator(".st-key-guess_soft_targets_swap button[kind=primary]").wait_for()


# The first visit


def test_the_tour_waits_for_the_visitors_hand_and_comes_once_uninvited(browser, server):
    with browser.new_context() as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(f"{server.url}/playground?pace=1")  # a run that no slow machine sees end by itself
        card = page.locator(".kd-tour-card")
        card.get_by_text("New here?").wait_for()
        page.wait_for_selector(RAN)  # else the first step, to start a run, is done as soon as it is shown
        page.locator(".kd-tour-go").click()
        card.get_by_text("1 / 5").wait_for()
        page.locator(".st-key-start button:visible").first.click()
        card.get_by_text("2 / 5").wait_for()
        page.locator(".st-key-temperature input[type=range]").press("Home")
        card.get_by_text("3 / 5").wait_for()
        page.locator(".kd-examples button").nth(1).click()
        page.locator(".kd-examples button").nth(3).click()
        card.get_by_text("4 / 5").wait_for()
        page.locator(".st-key-stop button:visible").first.click()
        card.get_by_text("5 / 5").wait_for()
        page.keyboard.press("Escape")
        card.wait_for(state="hidden")

        again = context.new_page()
        again.goto(f"{server.url}/playground")
        again.locator(".kd-tour-call").wait_for()
        again.wait_for_selector(RAN)
        assert again.locator(".kd-tour-card").is_hidden()
        again.locator(".kd-tour-call").click()
        again.locator(".kd-tour-card").get_by_text("1 / 5").wait_for()


def test_on_a_first_visit_two_clicks_change_t_in_a_run_that_goes_on(visit):
    visitor = visit().wait_for_end().wait_for_script()
    visitor.press_for_new_run("start").wait_for("run.status === 'running'")
    visitor.slide("temperature", "Home").wait_for("run.frames.at(-1).temperature === 1 || run.frames.length > 40")
    visitor.press("stop").wait_for_end("stopped")
    assert visitor.run["frames"][-1]["temperature"] == 1
