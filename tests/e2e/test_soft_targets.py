"""Soft targets in a browser: the picture follows the finger, says what kd_core says, and asks the server nothing."""

import json
import math
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import torch
from playwright.sync_api import expect

from kd_core.losses import kl, soften
from tests.e2e.visitor import PATIENCE, Visitor

STATE = "window.kdSoftTargets.state"
SIDES = ("teacher", "distilled", "alone")


class Reader(Visitor):
    """One reader of the page: what is sent, what is drawn, and hands to move it with."""

    def __init__(self, context, server, query="", **options):
        super().__init__(context, server, height=1200, reduced_motion="reduce", **options)
        self.page.goto(f"{server.url}/soft-targets{query}")
        trained = "window.kdSoftTargets?.state && document.querySelector('.kd-soft-status').textContent === ''"
        self.page.wait_for_function(trained, timeout=2 * PATIENCE)  # the first reader waits for the server's first run
        self.wait_for_script()

    @property
    def state(self):
        """What is drawn: what was set before now is drawn within two pictures."""
        pictures = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
        return self.page.evaluate(f"async () => {{ await {pictures}; return {STATE}; }}")

    @property
    def slider(self):
        return self.page.get_by_role("slider", name="Temperature T")

    def find(self, selector):
        return self.page.locator(f".kd-soft {selector}")

    def wait(self, condition, argument=None):
        self.page.wait_for_function(f"(argument) => Boolean(window.kdSoftTargets && ({condition}))", arg=argument)
        return self

    def wait_for_t(self, temperature):
        return self.wait(f"Math.abs({STATE}.T - argument) < 1e-9", temperature)

    def guess(self, name="same"):
        """Make the guess; the temperature then goes to its far end by itself."""
        self.page.locator(f".st-key-guess_soft_targets_{name} button").click()
        return self.wait_for_t(20).wait_for_script()

    def jump(self, temperature):
        self.page.get_by_role("button", name=f"T = {temperature}", exact=True).click()
        return self.wait_for_t(temperature)

    def wait_for_query(self, **fields):
        """Wait until the address holds these fields, and nothing else of the page's."""
        wanted = {name: str(value) for name, value in fields.items()}
        query = "Object.fromEntries(new URLSearchParams(location.search))"
        self.page.wait_for_function(
            f"(wanted) => JSON.stringify(Object.entries({query}).sort()) === wanted",
            arg=json.dumps(sorted(map(list, wanted.items())), separators=(",", ":")),
        )
        return self.wait_for_script()

    def wait_for_query_of_own(self):
        """Wait until the address holds the reader's own logits as they are drawn."""
        asked = "(new URLSearchParams(location.search).get('logits') ?? '').split(' ').map(Number)"
        self.wait(f"JSON.stringify({asked}) === JSON.stringify({STATE}.logits.teacher)")
        return self.wait_for_script()

    def open_more(self):
        self.find("summary").click()
        return self

    def shares(self, side):
        """The bars as they are drawn, as shares of the full length."""
        full = float(self.find(".kd-soft-bars").get_attribute("data-full"))
        bars = self.find(f".kd-soft-bar.kd-soft-of-{side}")
        return [float(width) / full for width in bars.evaluate_all("(b) => b.map((bar) => bar.getAttribute('width'))")]

    def drag(self, place, shares):
        """Press on an element, move along it to these shares of its width, let go; yields after each move."""
        box, mouse = place.bounding_box(), self.page.mouse
        at = [(box["x"] + share * box["width"], box["y"] + box["height"] / 2) for share in shares]
        mouse.move(*at[0])
        mouse.down()
        for corner in at[1:]:
            mouse.move(*corner, steps=5)
            yield
        mouse.up()


@pytest.fixture
def reader(come):
    """Open the page as a new reader."""
    return lambda **options: come(Reader, **options)


def check_against_kd_core(state):
    """What the browser computed from these logits is what kd_core computes from them."""
    logits = {side: torch.tensor(state["logits"][side], dtype=torch.float64) for side in SIDES}
    for side in SIDES:
        p = soften(logits[side], state["T"])
        assert state["probabilities"][side] == pytest.approx(p.tolist(), abs=1e-4)
        assert state["entropy"][side] == pytest.approx(torch.special.entr(p).sum().item(), abs=1e-4)
        assert state["order"][side] == logits[side].argsort(descending=True).tolist()
        if side != "teacher":
            divergence = kl(logits["teacher"] / state["T"], logits[side] / state["T"]).item()
            assert state["kl"][side] == pytest.approx(divergence, abs=1e-4)


def test_what_is_drawn_is_what_kd_core_computes_at_every_preset_for_all_three_networks(reader):
    visitor = reader().guess().open_more()
    for temperature in (1, 2, 4, 8, 20):
        state = visitor.jump(temperature).state
        check_against_kd_core(state)
        for side in SIDES:
            assert visitor.shares(side) == pytest.approx(state["probabilities"][side], abs=1e-4)
            shown = visitor.find(f"[data-value={side}]").all_text_contents()
            assert shown == [f"{100 * p:.1f} %" if p >= 0.0005 else "<0.1 %" for p in state["probabilities"][side]]
        rows = {
            name: visitor.find(f"tr[data-row={name}] td b").all_inner_texts() for name in ("entropy", "kl", "share")
        }
        assert rows["entropy"] == [f"{state['entropy'][side]:.3f}" for side in SIDES]
        assert rows["kl"] == ["–", *(f"{state['kl'][side]:.4f}" for side in SIDES[1:])]
        share = 100 * state["entropy"]["teacher"] / math.log(10)
        assert float(rows["share"][0].strip("<").split()[0]) == pytest.approx(share, abs=0.11)


def test_the_formula_holds_the_numbers_of_its_class_and_follows_t(reader):
    visitor = reader().guess()
    for temperature in (2, 20):
        state = visitor.jump(temperature).state
        z, p = state["logits"]["teacher"], state["probabilities"]["teacher"]
        read = {name: visitor.find(f"[data-f={name}]").inner_text() for name in ("exponent", "top", "bottom", "result")}
        assert read["exponent"] == f"{z[state['of']]:.1f} / {temperature}".replace("-", "−")
        assert read["result"] == f"{100 * p[state['of']]:.1f} %"
    powers = [math.exp(one / 20) for one in z]
    assert float(read["top"]) == pytest.approx(powers[state["of"]], abs=0.06)
    assert float(read["bottom"]) == pytest.approx(sum(powers), abs=0.06)
    other = state["order"]["teacher"][3]
    visitor.find(".kd-soft-hit").nth(other).click()
    visitor.wait(f"{STATE}.of === argument", other)
    assert visitor.find("[data-f=result]").inner_text() == f"{100 * p[other]:.1f} %"
    visitor.wait_for_query(temperature=20, **{"class": other})


def test_t_moves_under_the_finger_and_by_key_without_a_word_to_the_server(reader):
    visitor = reader().guess().jump(1).wait_for_query(temperature=1)
    before, drawn = visitor.shares("teacher"), visitor.page.evaluate("kdSoftTargets.frames")
    visitor.requests.clear(), visitor.sent.clear()

    seen = [visitor.state["T"]]
    for _ in visitor.drag(visitor.slider, (0.02, 0.3, 0.6, 0.9, 0.5)):
        visitor.wait(f"{STATE}.T !== argument", seen[-1])
        seen.append(visitor.state["T"])
        assert (visitor.requests, visitor.sent) == ([], [])
    assert seen[1] < seen[2] < seen[3] > seen[4] > 8
    check_against_kd_core(visitor.state)
    assert visitor.shares("teacher") != pytest.approx(before, abs=0.01)
    assert visitor.page.evaluate("kdSoftTargets.frames") >= drawn + 4
    visitor.wait_for_query(temperature=f"{seen[-1]:g}")  # told once the finger has let go

    keys = [("Home", 1), ("ArrowRight", 1.1), ("ArrowUp", 1.2), ("PageUp", 2.2), ("ArrowLeft", 2.1), ("End", 20)]
    for key, temperature in keys:
        visitor.slider.press(key)
        visitor.wait_for_t(temperature)
        assert visitor.slider.get_attribute("aria-valuetext") == f"T = {temperature}"
    check_against_kd_core(visitor.state)
    visitor.wait("document.querySelector('.kd-soft-words').textContent.startsWith('At T = 20:')")  # it has come to rest
    visitor.wait_for_query(temperature=20)
    assert visitor.requests == []


def test_a_free_logit_is_dragged_and_moved_by_key_and_joins_the_link(reader):
    visitor = reader().open_more()
    visitor.find("input[value=own]").check()
    visitor.wait(f"{STATE}.own")
    thumb = visitor.page.get_by_role("slider", name="Logit of class 3")
    visitor.wait_for_query_of_own()
    visitor.requests.clear(), visitor.sent.clear()
    before = visitor.state
    for _ in visitor.drag(visitor.find(".kd-soft-track").nth(3), (0.5, 0.8, 0.95)):
        visitor.wait(f"{STATE}.logits.teacher[3] !== argument", before["logits"]["teacher"][3])
        assert (visitor.requests, visitor.sent) == ([], [])
    visitor.wait(f"{STATE}.probabilities.teacher[3] > argument", before["probabilities"]["teacher"][3] + 0.1)
    dragged = visitor.state
    check_against_kd_core(dragged)
    assert sum(dragged["probabilities"]["teacher"]) == pytest.approx(1)
    assert dragged["logits"]["teacher"][:3] == before["logits"]["teacher"][:3]
    assert float(thumb.get_attribute("aria-valuenow")) == dragged["logits"]["teacher"][3]

    thumb.press("ArrowLeft")
    visitor.wait(f"{STATE}.logits.teacher[3] < argument", dragged["logits"]["teacher"][3])
    moved = visitor.state
    assert moved["logits"]["teacher"][3] == pytest.approx(dragged["logits"]["teacher"][3] - 0.5)
    assert moved["probabilities"]["teacher"][3] < dragged["probabilities"]["teacher"][3]
    thumb.press("Home")
    visitor.wait(f"{STATE}.logits.teacher[3] === argument", float(thumb.get_attribute("aria-valuemin")))
    visitor.wait_for_query_of_own()
    assert visitor.requests == []

    other = reader(query=urlsplit(visitor.page.url).query.join(("?", "")))
    assert other.state["own"]
    assert other.state["logits"]["teacher"] == pytest.approx(visitor.state["logits"]["teacher"])
    visitor.page.get_by_role("button", name="Back to the teacher's").click()
    visitor.wait(f"!{STATE}.own")
    visitor.wait_for_query(digit=visitor.state["example"])


def test_a_link_opens_this_digit_at_this_t_before_any_guess_and_does_not_tell_the_answer(reader):
    visitor = reader(query="?temperature=8&digit=14")
    assert (visitor.state["T"], visitor.state["example"]) == (8, 14)
    assert visitor.find(".kd-soft-order").inner_text() == ""
    visitor.jump(2).wait_for_query(temperature=2, digit=14)
    assert float(visitor.slider.get_attribute("max")) == 20


def test_back_leads_to_the_page_before_however_often_t_was_moved(reader):
    visitor = reader()
    visitor.page.get_by_role("link", name="What is distillation?").last.click()
    visitor.page.wait_for_selector("h1 >> text=What is distillation?")
    visitor.page.get_by_role("link", name="Soft targets").last.click()
    visitor.page.wait_for_function("window.kdSoftTargets?.state && location.pathname === '/soft-targets'")
    visitor.wait_for_script()
    for temperature in (1, 2):
        visitor.jump(temperature).wait_for_query(temperature=temperature)
    visitor.page.go_back()
    visitor.page.wait_for_selector("h1 >> text=What is distillation?")


def test_digits_are_picked_by_key_and_t_stays(reader):
    visitor = reader()
    start, temperature = visitor.state["example"], visitor.state["T"]
    digits = visitor.page.get_by_role("radiogroup", name="Pick a held-out example").get_by_role("radio")
    expect(digits).to_have_count(20)
    digits.nth(start).press("ArrowRight")
    visitor.wait(f"{STATE}.example === argument", start + 1)
    assert digits.nth(start + 1).evaluate("(digit) => digit === document.activeElement")
    assert digits.nth(start + 1).get_attribute("aria-checked") == "true"
    assert visitor.state["T"] == temperature
    check_against_kd_core(visitor.state)


def test_the_far_end_is_locked_until_the_guess_then_t_goes_there_and_the_order_is_the_same(reader):
    visitor = reader()
    assert float(visitor.slider.get_attribute("max")) == 4
    assert visitor.page.get_by_role("button", name="T = 20", exact=True).is_disabled()
    assert visitor.find(".kd-soft-order").inner_text() == ""
    order = visitor.jump(1).state["order"]
    visitor.guess("swap")
    assert visitor.state["order"] == order
    visitor.wait("document.querySelector('.kd-soft-order').textContent.includes('At T = 20:')")
    text = visitor.find(".kd-soft-order").inner_text()
    assert text.count(" › ".join(map(str, order["teacher"]))) == 2
    assert "in 0 of 1140 cases" in text  # 20 digits, 3 networks, 19 temperatures
    share = visitor.state["probabilities"]["teacher"][order["teacher"][1]]
    assert f"Second is {order['teacher'][1]} with {100 * share:.1f} %" in text


def test_the_texts_for_those_who_do_not_see_follow_when_t_rests(reader):
    visitor = reader().jump(2)
    visitor.wait("document.querySelector('.kd-soft-words').textContent.startsWith('At T = 2:')")
    state = visitor.state
    top = state["order"]["teacher"][0]
    said = f"teacher: {top} with {100 * state['probabilities']['teacher'][top]:.1f} %"
    assert said in visitor.find(".kd-soft-words").inner_text()
    assert visitor.find(".kd-soft-words").get_attribute("aria-live") == "polite"
    assert f"teacher at T = 2: 0 {100 * state['probabilities']['teacher'][0]:.1f} %" in visitor.find(
        ".kd-soft-bars"
    ).get_attribute("aria-label")
    now = f"{state['entropy']['distilled']:.2f} at T = 2"
    assert now in visitor.find(".kd-soft-curve").get_attribute("aria-label")


def test_the_link_opens_the_playground_at_this_temperature(reader):
    visitor = reader().guess()
    visitor.slider.press("ArrowLeft")
    link = visitor.page.get_by_role("link", name="Train a student at T = 19.9 in the playground")
    link.wait_for()
    assert parse_qs(urlsplit(link.get_attribute("href")).query)["temperature"] == ["19.9"]
    link.click()
    visitor.page.wait_for_url("**/playground?*temperature=19.9*")
    visitor.page.wait_for_selector("h1 >> text=Playground", state="attached")


def test_a_narrow_screen_overflows_nowhere(reader):
    visitor = reader().open_more()
    visitor.find("input[value=own]").check()
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.wait("document.querySelector('.kd-soft-bars').clientWidth < 390")
    main = "document.querySelector('[data-testid=stMain]')"
    assert visitor.page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")
    for selector in (".kd-soft-dial", ".kd-soft-bars", ".kd-soft-logits", ".kd-soft-table", ".kd-soft-curve"):
        box = visitor.find(selector).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_in_german_numbers_have_a_decimal_comma_and_the_link_has_none(reader):
    visitor = reader(query="?lang=de").guess().open_more()
    slider = visitor.find(".kd-soft-slider")
    slider.press("ArrowLeft")
    link = visitor.page.get_by_role("link", name="Im Labor einen Schüler bei T = 19,9 trainieren")
    link.wait_for()
    assert parse_qs(urlsplit(link.get_attribute("href")).query)["temperature"] == ["19.9"]
    state = visitor.state
    shown = visitor.page.locator(".kd-soft").inner_text()
    assert slider.get_attribute("aria-valuetext") == "T = 19,9"
    assert f"{state['entropy']['teacher']:.3f}".replace(".", ",") in shown
    said = [visitor.find(name).get_attribute("aria-label") for name in (".kd-soft-bars", ".kd-soft-curve")]
    for text in (shown, *said):
        assert re.search(r"\d,\d", text)
        assert not re.search(r"\d\.\d", text)


def test_on_another_data_set_classes_have_names_and_nothing_of_the_last_one_stays(reader):
    visitor = reader(query="?digit=14&class=7")
    box = visitor.page.get_by_role("combobox", name="Data")
    box.fill("iris")
    box.press("Enter")
    visitor.wait(f"{STATE}?.probabilities.teacher?.length === 3 && {STATE}.probabilities.alone")
    visitor.wait_for_query(dataset="iris")
    check_against_kd_core(visitor.state)
    names = visitor.find(".kd-soft-bars .kd-soft-class").all_text_contents()
    assert [name for name in names if name] == ["setosa", "versicolor", "virginica"]
    expect(visitor.page.get_by_role("radiogroup", name="Pick a held-out example").get_by_role("radio")).to_have_count(6)
    visitor.page.get_by_role("radio", name="Held-out example 6, labelled virginica").click()
    visitor.wait_for_query(dataset="iris", digit=5)
    other = reader(query=urlsplit(visitor.page.url).query.join(("?", "")))
    assert other.state == visitor.state
