"""Links by somebody who means ill: what they say is read as characters, and nothing is fetched from elsewhere."""

from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.visitor import Visitor

PICTURE = "![t](http://elsewhere.example/t.png)"
LINK = "[log in again](http://elsewhere.example)"
TEXTS = (  # two at a time
    (PICTURE, LINK),
    ("http://elsewhere.example www.elsewhere.example", "<img src=//elsewhere.example/t.png>"),
    ("$\\frac{1}{2}$ $$x^2$$", "# heading **bold** `code` :red[x] :material/home: :smile: ->"),
)
# Where each page's link takes two texts.
PAGES = {
    "sweep": "over=temperature={}&alpha={}",
    "playground": "temperature={}&alpha={}",
    "two-losses": "temperature={}&alpha={}",
}
ALIVE = (
    "a, img, svg:not([data-testid] svg), .katex, h1, h2, h3, code, strong, script, [data-testid=stMarkdownColoredText]"
)


class Reader(Visitor):
    """Comes by links in which something is wrong, and reads what the page says of that."""

    def come_by(self, name, query):
        self.page.goto(f"{self.server.url}/{name}?{query}")
        self.page.get_by_role("alert").first.wait_for()
        return self.wait_for_script()

    @property
    def seen(self):
        """What the red and yellow boxes show."""
        return " ".join(self.page.get_by_role("alert").all_inner_texts()).replace("\u2060", "")

    def check_nothing_is_alive(self):
        for box in self.page.get_by_test_id("stAlertContainer").get_by_test_id("stMarkdownContainer").all():
            assert box.locator(ALIVE).count() == 0, box.inner_html()
        for attribute in ("href", "src", "action", "style"):
            assert self.page.locator(f"[{attribute}*='elsewhere']").count() == 0
        asked = {urlsplit(url).netloc for url in self.requests if urlsplit(url).scheme not in ("data", "blob")}
        assert asked == {urlsplit(self.server.url).netloc}


@pytest.fixture
def reader(come):
    return come(Reader)


@pytest.mark.parametrize("name", PAGES)
def test_what_a_hostile_link_says_is_characters(reader, name):
    for texts in TEXTS:
        reader.come_by(name, PAGES[name].format(*map(quote, texts)))
        assert [text for text in texts if text not in reader.seen] == []
        reader.check_nothing_is_alive()


@pytest.mark.parametrize(
    ("name", "widget"), [("sweep", "sweep_values_0"), ("playground", "student"), ("playground", "labels")]
)
def test_what_is_typed_is_characters_too(reader, name, widget):
    page = reader.come_by(name, "alpha=99").page
    for text in (PICTURE, LINK):
        if widget == "student":
            page.locator(".st-key-student_network button").first.click()
        field = page.locator(f".st-key-{widget} input")
        field.fill(text)
        field.press("Enter")
        page.keyboard.press("Escape")
        page.get_by_role("alert").get_by_text(text[:5]).first.wait_for()
        reader.wait_for_script().check_nothing_is_alive()


@pytest.mark.parametrize("name", PAGES)
def test_a_link_that_is_far_too_long_opens_the_page_and_one_sentence_says_so(reader, name):
    reader.come_by(name, f"alpha={PICTURE * 1000}")
    assert "so nothing of it was read" in reader.seen
    expect(reader.page.get_by_role("alert")).to_have_count(1)
    reader.check_nothing_is_alive()
