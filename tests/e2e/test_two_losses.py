"""The two losses in a browser: two voices under the finger say what the analysis says; paragraphs move the dials."""

import numpy as np
import pytest

from pages.learn.two_losses import analysis
from pages.learn.two_losses.voices import STEPS
from tests.e2e.visitor import PATIENCE, Visitor

STATE = "window.kdTwoVoices.state"


class Reader(Visitor):
    """One reader of the page, once its student has trained."""

    def __init__(self, context, server, query="", **options):
        super().__init__(context, server, reduced_motion="reduce", **options)
        self.page.goto(f"{server.url}/two-losses{query}")
        trained = "window.kdTwoVoices?.state && document.querySelector('.kd-voices-status').textContent === ''"
        self.page.wait_for_function(trained, timeout=2 * PATIENCE)  # the first reader waits for the server's first run
        self.wait_for_script()

    @property
    def state(self):
        """What is drawn: what was set before now is drawn within two pictures."""
        pictures = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
        return self.page.evaluate(f"async () => {{ await {pictures}; return {STATE}; }}")

    def find(self, selector):
        return self.page.locator(f".kd-voices {selector}")

    def dial(self, name):
        return self.find(f"[data-dial={name}]")

    def wait(self, condition, argument=None):
        self.page.wait_for_function(f"(argument) => Boolean(window.kdTwoVoices && ({condition}))", arg=argument)
        return self

    def wait_for_field(self, name, value):
        self.wait("new URLSearchParams(location.search).get(argument[0]) === argument[1]", [name, value])
        return self.wait_for_script()

    def show(self, name):
        button = self.find(".kd-voices-steps button").nth(list(STEPS).index(name))
        button.scroll_into_view_if_needed()
        assert self.state  # the paragraph that this has led to has had its say
        button.click()
        return self.wait(f"{STATE}.step === argument", list(STEPS).index(name))


@pytest.fixture
def reader(come):
    return lambda **options: come(Reader, **options)


def check_against_the_analysis(visitor):
    """The numbers that are drawn are those of analysis.terms, which test_analysis holds against what trains."""
    state = visitor.state
    seen, temperature, alpha = state["seen"], state["temperature"], state["alpha"]
    teacher, student = (np.array(state["logits"][name]) for name in ("teacher", "student"))
    expected = analysis.terms(teacher, student, state["label"], temperature, alpha)
    factor = 1 if state["t_squared"] else temperature**2
    soft, both = expected.soft_push / factor, expected.hard_push + expected.soft_push / factor
    np.testing.assert_allclose(seen["hardHeard"], expected.hard_push, atol=1e-9)
    np.testing.assert_allclose(seen["softHeard"], soft, atol=1e-9)
    np.testing.assert_allclose(seen["both"], both, atol=1e-9)
    assert seen["hard"] == pytest.approx(expected.hard, abs=1e-9)
    assert seen["kl"] == pytest.approx(expected.kl, abs=1e-9)
    total = alpha * expected.hard + (1 - alpha) * expected.soft / factor
    assert seen["total"] == pytest.approx(total, abs=1e-9)
    shown = {name: visitor.find(f"[data-v={name}]").inner_text() for name in ("hard_heard", "soft_heard", "both_heard")}
    lengths = [f"{np.linalg.norm(push):.2f}" for push in (expected.hard_push, soft, both)]
    assert list(shown.values()) == lengths
    assert visitor.find("[data-v=total]").inner_text() == f"{total:.3f}"
    assert np.abs([expected.hard_push, soft, both]).max() <= state["reach"] + 1e-9  # every bar fits


def test_what_is_drawn_is_what_the_analysis_computes(reader):
    visitor = reader()
    for name in STEPS:
        visitor.show(name)
        assert {key: visitor.state[key] for key in ("temperature", "alpha", "t_squared", "epoch")} == {
            key: STEPS[name][key] for key in ("temperature", "alpha", "t_squared", "epoch")
        }
        check_against_the_analysis(visitor)
    digits = visitor.page.get_by_role("radiogroup", name="Pick a held-out digit").get_by_role("radio")
    digits.nth(3).click()
    visitor.wait(f"{STATE}.example === 3")
    check_against_the_analysis(visitor)


def test_arrows_have_the_lengths_and_the_angle_of_the_pushes(reader):
    visitor = reader()
    seen = visitor.state["seen"]
    ends = visitor.find(".kd-voices-arrows polygon").evaluate_all(
        "(heads) => heads.map((head) => head.getAttribute('points').split(',')[0].split(' ').map(Number))"
    )
    origin = visitor.find(".kd-voices-origin").evaluate(
        "(o) => [Number(o.getAttribute('cx')), Number(o.getAttribute('cy'))]"
    )
    label, teacher, both = np.array(ends) - origin
    lengths = [np.linalg.norm(seen[name]) for name in ("hardHeard", "softHeard", "both")]
    drawn = [np.linalg.norm(arrow) for arrow in (label, teacher, both)]
    np.testing.assert_allclose(np.array(drawn) / drawn[0], np.array(lengths) / lengths[0], rtol=1e-6)
    assert label @ teacher / (drawn[0] * drawn[1]) == pytest.approx(np.cos(seen["angle"]))
    np.testing.assert_allclose(label + teacher, both, atol=1e-6)


def test_t_and_alpha_move_under_the_finger_without_a_word_to_the_server_and_join_the_link(reader):
    visitor = reader()
    visitor.requests.clear(), visitor.sent.clear()
    for name, end in (("temperature", "20"), ("alpha", "1")):
        box, mouse = visitor.dial(name).bounding_box(), visitor.page.mouse
        y = box["y"] + box["height"] / 2
        mouse.move(box["x"] + 0.5 * box["width"], y)
        mouse.down()
        for share in (0.6, 0.8, 1.0):
            before = visitor.state[name]
            mouse.move(box["x"] + share * box["width"], y, steps=5)
            visitor.wait(f"{STATE}.{name} > argument", before)
            check_against_the_analysis(visitor)
            assert (visitor.requests, visitor.sent) == ([], [])
        mouse.up()
        visitor.wait_for_field(name, end)
        visitor.sent.clear(), visitor.requests.clear()
    assert "only the label" in visitor.find(".kd-voices-words").inner_text()
    visitor.dial("alpha").press("Home")
    visitor.wait_for_field("alpha", "0")
    assert "only the teacher" in visitor.find(".kd-voices-words").inner_text()


def test_paragraphs_move_the_dials_as_they_are_scrolled_to(reader):
    visitor = reader()
    assert visitor.state["step"] == 0
    names = list(STEPS)
    visitor.find(".kd-voices-steps li").nth(1).hover()
    for _ in range(60):
        if visitor.state["step"] >= names.index("without"):
            break
        visitor.page.mouse.wheel(0, 60)
    step = visitor.state["step"]
    assert step == names.index("without")
    assert visitor.state["t_squared"] is False
    assert visitor.find(".kd-voices-dials").bounding_box()["y"] > 0  # the dials stay in sight
    visitor.wait_for_field("t_squared", "0")
    visitor.dial("temperature").press("Home")  # the reader's own hand stays free
    visitor.wait(f"{STATE}.temperature === 1")
    assert visitor.state["step"] == step


def test_a_link_opens_what_its_sender_saw(reader):
    visitor = reader(query="?temperature=8&alpha=0.6&example=3&epoch=20&t_squared=0")
    state = visitor.state
    seen = [state[name] for name in ("temperature", "alpha", "example", "epoch", "t_squared")]
    assert seen == [8, 0.6, 3, 20, False]
    check_against_the_analysis(visitor)


def test_a_narrow_screen_overflows_nowhere_and_has_buttons_instead_of_scrolling(reader):
    visitor = reader(width=390, height=844)
    main = "document.querySelector('[data-testid=stMain]')"
    assert visitor.page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")
    visitor.page.mouse.move(200, 600)
    visitor.page.mouse.wheel(0, 1500)
    visitor.wait(f"{main}.scrollTop > 900")
    assert (visitor.state["temperature"], visitor.state["alpha"]) == (4, 0.3)
    visitor.show("labels")
    assert visitor.state["alpha"] == 1


def test_in_german_numbers_have_a_decimal_comma(reader):
    visitor = reader(query="?lang=de")
    assert visitor.dial("alpha").get_attribute("aria-valuetext") == "α = 0,3"
    table = visitor.find(".kd-voices-table").inner_text()
    assert "," in table
    assert "." not in table
