"""Dark knowledge in a browser: the gallery and the nudge follow the finger, and a link holds what was chosen."""

import pytest
from playwright.sync_api import expect

from tests.e2e.visitor import Visitor

MOST = "more than two thirds"


class Reader(Visitor):
    """Somebody on the page of dark knowledge."""

    def open(self, query=""):
        self.page.goto(f"{self.server.url}/dark-knowledge?{query}")
        self.page.wait_for_function("window.kdGallery")
        return self.wait_for_script()

    def guess(self, text=MOST):
        """Make a guess, and wait for what came out."""
        self.page.get_by_role("button", name=text).click()
        self.page.wait_for_function("window.kdNudge")
        return self.wait_for_script()

    @property
    def gallery(self):
        return self.page.evaluate("kdGallery")

    @property
    def nudge(self):
        return self.page.evaluate("kdNudge")

    def move(self, selector, value):
        """Move a slider as a finger does: it is drawn on the way, and told at the end."""
        self.page.locator(selector).evaluate(
            "(slider, value) => { slider.value = value; for (const name of ['input', 'change'])"
            " slider.dispatchEvent(new Event(name, { bubbles: true })); }",
            value,
        )

    def address_has(self, part):
        self.page.wait_for_function("(part) => location.search.includes(part)", arg=part)


@pytest.fixture
def reader(come):
    return come(Reader)


def test_digits_of_other_classes_that_look_most_like_it_come_first(reader):
    reader.open()
    for temperature in (4, 12.5):
        reader.move(".kd-t input", temperature)
        shown = reader.gallery
        assert len(shown["soft"]) == 500
        shares = [shown["soft"][i][3] for i in shown["others"]]
        assert shown["temperature"] == temperature
        assert shares == sorted(shares, reverse=True)
        own = [shown["soft"][i][3] for i in shown["own"]]
        assert own == sorted(own)
        tiles = reader.page.locator(".kd-others button")
        assert tiles.count() == len(shown["others"])
        assert f"{100 * shares[0]:.1f} %" in tiles.first.inner_text()
        assert "label 3" not in reader.page.locator(".kd-others").inner_text()
        assert f"T = {temperature:g}" in reader.page.locator(".kd-reading").inner_text()


def test_a_class_is_chosen_by_a_click_and_by_key(reader):
    reader.open()
    reader.page.get_by_role("radio", name="8", exact=True).first.click()
    assert reader.gallery["like"] == 8
    reader.address_has("like=8")
    reader.page.keyboard.press("ArrowRight")
    assert reader.gallery["like"] == 9
    reader.page.locator(".kd-bars button").nth(2).click()  # of the digit beside the gallery, what else it could be
    assert reader.gallery["like"] == 2
    reader.address_has("like=2")


def test_another_class_has_its_own_first_digit_beside_it(reader):
    reader.open()
    reader.page.locator(".kd-others button").nth(3).click()
    reader.address_has("example=")
    reader.page.get_by_role("radio", name="8", exact=True).first.click()
    reader.page.wait_for_function("location.search.includes('like=8') && !location.search.includes('example=')")
    reader.wait_for_script()
    assert reader.gallery["shown"] == reader.gallery["others"][0]


def test_a_link_shows_another_reader_the_same(reader, come):
    reader.open("left_out=8").guess()
    reader.page.get_by_role("radio", name="5", exact=True).first.click()
    reader.move(".kd-t input", 7.5)
    reader.page.locator(".kd-others button").nth(3).click()
    reader.page.get_by_role("radio", name="distilled, T = 4").click()
    reader.move(".kd-size input", 3.25)
    for part in ("like=5", "temperature=7.5", "example=", "left_out=8", "student=4", "nudge=3.25"):
        reader.address_has(part)
    reader.wait_for_script()
    address = reader.page.url.partition("?")[2]
    other = come(Reader).open(address).guess()
    assert other.gallery == reader.gallery
    assert other.nudge == reader.nudge


def test_a_guess_about_one_left_out_digit_counts_for_no_other(reader):
    reader.page.goto(f"{reader.server.url}/dark-knowledge")
    reader.page.get_by_role("button", name=MOST).click()
    reader.page.get_by_text("You said").wait_for()
    pills = reader.page.get_by_role("group", name="Leave out").or_(
        reader.page.locator(".st-key-dark_knowledge_missing")
    )
    pills.get_by_role("button", name="8", exact=True).first.click()
    pills.get_by_role("button", name="3", exact=True).first.click()
    reader.page.get_by_text("of the test examples of 8 will it name right?").wait_for()
    reader.wait_for_script()
    expect(reader.page.get_by_role("button", name="Just show me")).to_have_count(1)  # nothing has been guessed about 8
    assert reader.page.get_by_text("You said").count() == 0
    assert reader.page.get_by_text("One nudge").count() == 0  # nor is anything of the 3 shown for the 8


def test_the_nudge_is_drawn_under_the_finger_and_only_its_end_is_told(reader):
    reader.open().guess()
    before, told = reader.nudge, len(reader.sent)
    slider = reader.page.locator(".kd-size input")
    slider.evaluate("(slider) => { slider.value = 6; slider.dispatchEvent(new Event('input', { bubbles: true })); }")
    after = reader.nudge
    assert len(reader.sent) == told
    assert after["shown"]["missing"]["right"] > before["shown"]["missing"]["right"]
    assert after["shown"]["missing"]["of"] == before["shown"]["missing"]["of"]
    assert after["lost"] > before["lost"] == 0
    right = reader.page.locator(".kd-missing .kd-right")
    assert right.count() == after["shown"]["missing"]["right"]
    assert reader.page.locator(".kd-lost li").count() == after["lost"]
    numbers = reader.page.locator(".kd-numbers").inner_text()
    for name in ("left out: 3", "the other classes", "all classes"):  # together
        assert name in numbers
    for shown in after["shown"].values():
        assert f"{100 * shown['mean']:.1f} %" in numbers
        assert f"{shown['right']} of {shown['of']}" in numbers


def test_an_answer_from_the_server_takes_no_newer_choice_back(reader):
    reader.open()
    for like in (1, 2, 4, 6, 7):
        reader.page.get_by_role("radio", name=str(like), exact=True).first.click()
    reader.address_has("like=7")
    reader.wait_for_script()
    assert reader.gallery["like"] == 7


def test_the_map_moves_with_the_gallerys_temperature_and_back(reader):
    reader.open()
    reader.move(".kd-t input", 12)
    reader.page.get_by_text("The closest pairs at T = 12").wait_for()
    thumb = reader.page.get_by_role("slider", name="Temperature T").last
    thumb.press("ArrowRight")
    reader.page.wait_for_function("kdGallery.temperature === 12.5")
    reader.address_has("temperature=12.5")


def test_another_data_set_shows_its_own_classes_and_a_link_to_it_the_same(reader, come):
    reader.open("like=8&left_out=8")
    box = reader.page.get_by_role("combobox", name="Data")
    box.fill("iris")
    box.press("Enter")
    reader.page.wait_for_function("kdGallery.soft[0].length === 3")
    reader.address_has("dataset=iris")
    reader.wait_for_script()
    assert reader.gallery["like"] == 1
    assert reader.page.locator(".kd-bars button").all_inner_texts()[2].startswith("virginica")
    reader.page.get_by_role("radio", name="virginica", exact=True).first.click()
    reader.address_has("like=2")
    reader.wait_for_script()
    reader.guess()
    assert reader.nudge["missing"] == [1]
    address = reader.page.url.partition("?")[2]
    other = come(Reader).open(address).guess()
    assert other.gallery == reader.gallery
    assert other.nudge == reader.nudge
