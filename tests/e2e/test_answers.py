"""Journeys with a teacher's answers: rows out, answers in, a run that learns from them, and its link for others."""

import pandas as pd
import pytest
from playwright.sync_api import expect
from sklearn.ensemble import ExtraTreesClassifier

from tests.e2e.visitor import Visitor

QUICK = "labels=100&epochs=8&seeds=2"


class Bringer(Visitor):
    """Somebody whose model has answers."""

    def come_with(self, query=""):
        self.page.goto(f"{self.server.url}/answers?{query}")
        self.page.get_by_test_id("stFileUploaderDropzone").wait_for()
        return self.wait_for_script()

    def rows(self):
        """The file of rows, as it is downloaded."""
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Download rows.csv").click()
        assert download.value.suggested_filename == "rows.csv"
        return pd.read_csv(download.value.path())

    def upload(self, answers, title="forest.csv"):
        content = answers.to_csv(index=False).encode()
        self.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
            {"name": title, "mimeType": "text/csv", "buffer": content}
        )
        chart = self.page.locator(".st-key-answers_chart_reliability .kd-chart[aria-label]")
        chart.or_(self.page.get_by_role("alert")).first.wait_for()
        return self.wait_for_script()

    def use(self):
        """Keep the answers: their name, as the address has it."""
        self.page.get_by_role("button", name="Use as teacher").click()
        self.page.wait_for_function("location.search.includes('teacher_file=answers-')")
        self.page.get_by_text("Kept.").wait_for()
        return self.page.evaluate("new URLSearchParams(location.search).get('teacher_file')")


def score(rows, seed=0):
    """What a forest answers for the rows."""
    features, train = rows.drop(columns=["id", "part", "label"]), rows["part"] == "train"
    model = ExtraTreesClassifier(50, random_state=seed).fit(features[train], rows["label"][train].astype(int))
    return rows[["id", "part"]].join(pd.DataFrame(model.predict_proba(features)).add_prefix("p_"))


@pytest.fixture
def bringer(come):
    return come(Bringer)


def test_rows_are_scored_elsewhere_and_students_learn_from_the_answers_which_the_link_shows_to_others(
    bringer, come, server, seed
):
    page = bringer.come_with(f"seed={seed}").page
    answers = score(bringer.rows(), seed)
    bringer.upload(answers)
    page.get_by_text("probabilities for").wait_for()
    expect(page.locator("img.kd-answers-row")).to_have_count(1)
    name = bringer.use()
    assert f"seed={seed}" in page.url
    page.get_by_role("link", name="Distil from it").click()
    page.wait_for_function("location.pathname === '/playground'")
    page.wait_for_selector(".kd[data-status]")
    assert f"teacher_file={name}" in page.url
    assert "teacher_kind=file" in page.url

    page.goto(f"{server.url}/playground?seed={seed}&teacher_kind=file&teacher_file={name}&temperature=1&{QUICK}")
    page.wait_for_selector(".kd[data-status=done]")
    page.wait_for_selector(".kd-reading:has-text('%')")

    other = come(Bringer).come_with(f"seed={seed}&teacher_file={name}").page
    other.get_by_text("forest.csv").wait_for()
    other.get_by_role("link", name="Sweep over T").wait_for()
    again = come(Bringer).come_with(f"seed={seed}")
    again.upload(answers.sample(frac=1, random_state=1), "renamed.csv")
    assert again.use() == name


def test_a_file_for_other_rows_gets_its_sentence_and_the_next_one_is_read(bringer, seed):
    page = bringer.come_with(f"dataset=iris&seed={seed}").page
    answers = score(bringer.rows())
    bringer.upload(answers.assign(id=answers["id"] + 37))
    page.get_by_role("alert").get_by_text("37 of 150 ids are not rows of dataset=iris").wait_for()
    bringer.upload(answers[12:], "other.csv")
    page.get_by_role("alert").get_by_text("12 of 150 rows have no answer").wait_for()
    bringer.upload(answers, "third.csv")
    page.get_by_role("button", name="Use as teacher").wait_for()
    page.wait_for_function("document.querySelectorAll('[data-testid=stAlertContentError]').length === 0")


def test_the_temperature_is_moved_and_the_address_says_so(bringer):
    page = bringer.come_with("dataset=iris").page
    bringer.upload(score(bringer.rows()))
    chart = ".st-key-answers_chart_one .kd-chart"
    page.wait_for_function(f"document.querySelector('{chart}')?.ariaLabel?.includes('T = 1')")
    handle = page.locator(".st-key-answers_temperature").get_by_role("slider")
    handle.focus()
    for _ in range(4):
        handle.press("ArrowRight")
    page.wait_for_function(f"document.querySelector('{chart}')?.ariaLabel?.includes('T = 3')")
    page.wait_for_function("location.search.includes('temperature=3')")


def test_the_link_of_answers_that_this_server_does_not_hold_says_so_and_keeps_its_name(bringer):
    name = "answers-" + "0" * 32
    page = bringer.come_with(f"dataset=iris&teacher_file={name}").page
    page.get_by_role("alert").get_by_text("does not hold the answers of this link").wait_for()
    assert f"teacher_file={name}" in page.url
