"""The entry: what moves by itself, what follows the finger, the guess and the race, and what a link brings back."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.visitor import Visitor

MOVING, RESTING = '.kd-home[data-moving="true"]', '.kd-home[data-moving="false"]'


@pytest.fixture
def enter(come, server):
    """Open the entry as a new visitor: `enter(query)`, who may want to see things move."""

    def enter(query="", *, moves=False, **options):
        visitor = come(Visitor, reduced_motion="no-preference" if moves else "reduce", **options)
        visitor.page.goto(f"{server.url}/?{query}")
        # Who came while the run trained still sees things move; all others wait until the server has nothing to say.
        visitor.page.wait_for_selector(".kd-home[data-t]" if moves else '.kd-home[data-t][data-live="false"]')
        return visitor

    return enter


def shown(visitor):
    """T, the teacher's bars, and what stands above the bars, as the picture shows them."""
    bars = visitor.page.locator(".kd-home .bars rect").evaluate_all(
        "(bars) => bars.map((bar) => bar.height.baseVal.value)"
    )
    return visitor.page.locator(".kd-home .t").inner_text(), bars, score(visitor, "teacher")


def score(visitor, actor):
    return visitor.page.locator(f".kd-home .{actor} .score").inner_text()


def fields(visitor):
    return parse_qs(urlsplit(visitor.page.url).query)


def test_on_arrival_t_swings_by_itself_and_comes_to_rest_where_it_is_set(enter):
    visitor = enter(moves=True)
    visitor.page.wait_for_selector(MOVING)
    visitor.page.wait_for_selector(f'{RESTING}[data-t="4.00"]')
    assert shown(visitor)[0] == "T = 4"
    assert fields(visitor) == {}


def test_the_first_touch_ends_the_swing(enter):
    visitor = enter("T=2", moves=True)
    visitor.page.wait_for_selector(MOVING)
    visitor.page.locator(".kd-home .hard").click()
    visitor.page.wait_for_selector(f'{RESTING}[data-t="2.00"]')


def test_who_wants_little_motion_sees_none(enter):
    visitor = enter("guess=same")
    visitor.page.wait_for_selector(f'{RESTING}[data-t="4.00"][data-epoch="100"]')
    assert visitor.page.locator(".kd-home .headline").inner_text() == "With the teacher +4.6 points"


def test_the_bars_follow_the_finger_without_the_server_and_the_address_follows_when_it_is_let_go(enter):
    visitor = enter()
    visitor.wait_for_script()
    dial, mouse = visitor.page.locator(".kd-home .dial input"), visitor.page.mouse
    dial.scroll_into_view_if_needed()
    box = dial.bounding_box()
    seen = [shown(visitor)[1]]
    mouse.move(box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2)
    visitor.sent.clear(), visitor.requests.clear()
    mouse.down()
    for share in (0.4, 0.6, 0.8):
        before = visitor.page.locator(".kd-home").get_attribute("data-t")
        mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        visitor.page.wait_for_selector(f'.kd-home:not([data-t="{before}"])')
        seen.append(shown(visitor)[1])
    assert [max(bars) for bars in seen] == sorted((max(bars) for bars in seen), reverse=True)  # the softer, the flatter
    visitor.page.wait_for_timeout(500)  # longer than the picture waits before it tells what no finger holds
    assert (visitor.sent, visitor.requests) == ([], [])
    mouse.up()
    visitor.page.wait_for_url(lambda url: "T=" in url)
    assert f"T = {fields(visitor)['T'][0]}" == shown(visitor)[0]


def test_a_link_brings_back_digit_t_level_and_the_sender_s_guess(enter):
    visitor = enter("digit=14&T=8&level=technical&guess=alone")
    visitor.wait_for_script()
    page = visitor.page
    assert shown(visitor)[0] == "T = 8"
    assert page.get_by_role("radio", name="Digit 15, a 7").get_attribute("aria-checked") == "true"
    assert "distillation_loss" in page.locator("[data-testid=stCode]").last.inner_text()
    page.wait_for_selector('.kd-home[data-epoch="100"]')
    assert "You predicted something else." in page.locator(".kd-home .sure").inner_text()


def test_another_digit_joins_the_address_and_is_spoken_of_below(enter):
    visitor = enter()
    visitor.page.get_by_role("radio", name="Digit 1, a 0").click()
    visitor.page.wait_for_url(lambda url: "digit=0" in url)
    visitor.page.get_by_text('The label says "0" and not a word more.').wait_for()


def test_the_guess_starts_the_race_whose_end_was_hidden_and_a_refresh_keeps_it(enter):
    visitor = enter(moves=True)
    page = visitor.page
    assert (score(visitor, "distilled"), score(visitor, "alone")) == ("?", "?")
    page.get_by_role("button", name="The distilled one, with teacher").click()
    page.wait_for_selector('.kd-home.racing:not([data-epoch="0"])')
    assert page.locator(".kd-home .headline").inner_text() == ""  # no verdict on the way
    page.wait_for_selector(f'{RESTING}[data-epoch="100"]')
    result = page.locator(".kd-home .result").inner_text()
    assert "With the teacher +4.6 points" in result
    assert "You predicted it." in result
    assert (score(visitor, "distilled"), score(visitor, "alone")) == ("91.6 %", "87.1 %")
    page.get_by_role("button", name="Race again").click()
    page.wait_for_selector(".kd-home.racing")
    visitor.wait_for_script()
    page.reload()
    page.wait_for_selector('.kd-home[data-epoch="100"]')
    assert page.locator(".kd-home .ask").is_hidden()


@pytest.mark.parametrize("query", ["", "guess=same", "lang=de&guess=same"])
def test_a_phone_shows_the_bars_on_its_first_screen_and_nothing_wider(enter, query):
    visitor = enter(query, width=390, height=844)
    visitor.wait_for_script()
    assert visitor.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert visitor.page.locator(".kd-home .bars").bounding_box()["y"] < 420
    for part in visitor.page.locator(".kd-home .card:not(.data), .kd-home .seen, .kd-home .others").all():
        box = part.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
