"""From forest to network in a browser: a case is trained and told, six teachers after a guess, links hold it all."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from pages.ui.words import Words
from tests.e2e.visitor import Visitor

KINDS = Words("settings", "en").get("choices.teacher_kind")
QUICK = "dataset=wine&teacher_kind=logistic"
TOLD = re.compile(r"Distilled minus alone: [+−]\d\.\d\d points")


@pytest.fixture
def reader(come, server):
    """Open the page as a new visitor."""

    def open_page(query="", **size):
        visitor = come(Visitor, **size)
        visitor.page.goto(f"{server.url}/forest?{query}")
        visitor.page.wait_for_selector(".st-key-forest_accuracy .js-plotly-plot")
        return visitor.wait_for_script()

    return open_page


def verdict(visitor):
    told = visitor.page.get_by_text(re.compile("Distilled minus alone"))
    told.wait_for()
    return told.inner_text()


def test_a_case_is_trained_and_told_and_its_link_tells_the_same(reader):
    visitor = reader(QUICK)
    told = verdict(visitor)
    assert TOLD.match(told)
    assert "10 pairs on 5 splits" in told
    assert "500 test" not in visitor.page.content()
    sizes = visitor.page.locator(".st-key-forest_cost .kd-chart").get_attribute("aria-label")
    assert re.search(r"Size on disk: \d+\.?\d* kB against \d+\.?\d* kB", sizes)
    assert verdict(reader(urlsplit(visitor.page.url).query)) == told


def test_what_is_chosen_is_trained_and_joins_the_link(reader):
    visitor = reader(QUICK)
    verdict(visitor)
    box = visitor.page.get_by_role("combobox", name="Pipeline")
    box.fill(KINDS["svm"])
    box.press("Enter")
    visitor.page.get_by_text(re.compile(f"Distilled minus {KINDS['svm']}")).wait_for()
    asked = parse_qs(urlsplit(visitor.wait_for_script().page.url).query)
    assert asked == {"dataset": ["wine"], "teacher_kind": ["svm"]}


def test_the_best_teacher_is_told_after_a_guess_and_a_link_can_carry_the_guess(reader):
    visitor = reader(QUICK)
    verdict(visitor)
    visitor.page.locator(".st-key-guess_forest_teachers_wine_knn button").click()
    told = visitor.page.get_by_text(re.compile("Students of .* gain most"))
    told.wait_for()
    expect(visitor.page.get_by_text(f"You guessed {KINDS['knn']}")).to_have_count(1)
    other = reader(f"{QUICK}&guess=knn")
    same = other.page.get_by_text(re.compile("Students of .* gain most"))
    same.wait_for()
    assert same.inner_text() == told.inner_text()


def test_a_wrong_link_gets_a_sentence_and_the_page(reader):
    visitor = reader(f"{QUICK}&labels=7&teacher_trees=-3")
    complaints = visitor.page.locator(".st-key-complaints").inner_text()
    assert "labels = 7" in complaints
    assert "teacher_trees = -3" in complaints
    assert TOLD.match(verdict(visitor))


def test_the_sweep_of_this_student_opens_with_its_teacher(reader):
    visitor = reader(QUICK)
    verdict(visitor)
    visitor.page.get_by_role("link", name="Sweep learning rate and alpha of this student").click()
    visitor.page.wait_for_selector(".st-key-map .kd-chart[aria-label*='%']")
    asked = parse_qs(urlsplit(visitor.wait_for_script().page.url).query)
    assert asked["teacher_kind"] == ["logistic"]
    assert [axis.partition("=")[0] for axis in asked["over"]] == ["learning_rate", "alpha"]


def test_on_a_phone_it_stacks(reader):
    visitor = reader(QUICK, width=390, height=844)
    verdict(visitor)
    main = "document.querySelector('[data-testid=stMain]')"
    assert visitor.page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")
    tops = [
        visitor.page.locator(f".st-key-forest_{name} .kd-chart").bounding_box()["y"] for name in ("accuracy", "cost")
    ]
    assert tops[1] > tops[0] + 300
