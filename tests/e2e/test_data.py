"""Journeys with data of one's own: from a file to a run, to a sweep, and by its link to somebody else."""

import pytest
from playwright.sync_api import expect

from tests.e2e.test_sweep import CHART, end
from tests.e2e.visitor import Visitor
from tests.pages.lab.data.files import images, table

QUICK = "labels=20&teacher=16&teacher_epochs=2&epochs=8&seeds=2&splits=2"


class Owner(Visitor):
    """Somebody who brings data along."""

    def come_with(self, content=None, title="trees.csv", query=""):
        self.page.goto(f"{self.server.url}/data?{query}")
        self.page.get_by_test_id("stFileUploaderDropzone").wait_for()
        return self.upload(content, title) if content is not None else self.wait_for_script()

    def upload(self, content, title="trees.csv"):
        self.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
            {"name": title, "mimeType": "application/octet-stream", "buffer": content}
        )
        self.page.locator(".kd-classes").or_(self.page.get_by_role("alert")).first.wait_for()
        return self.wait_for_script()

    def use(self):
        """Keep the data: its name, as the address has it."""
        self.page.get_by_role("button", name="Use this data").click()
        self.page.wait_for_function("location.search.includes('dataset=own-')")
        self.page.get_by_text("Kept.").wait_for()
        return self.page.evaluate("new URLSearchParams(location.search).get('dataset')")

    def train(self, name, query):
        """Open the playground by a link with few epochs, and wait for its end."""
        self.page.goto(f"{self.server.url}/playground?dataset={name}&{query}")
        self.page.wait_for_selector(".kd[data-status=done]")
        self.page.wait_for_selector(".kd-reading:has-text('%')")
        return self.wait_for_script()


@pytest.fixture
def owner(come):
    return come(Owner)


def test_a_table_is_used_in_the_playground_and_in_a_sweep_and_its_link_shows_it_to_others(
    owner, come, context, server, seed
):
    page = owner.come_with(table(seed=seed)).page
    label = page.locator(".st-key-data_label")
    label.locator("input").click()
    page.get_by_role("option", name="kind", exact=True).click()
    page.get_by_text("300 examples of 3 classes").wait_for()
    name = owner.use()
    page.get_by_role("link", name="Open in the playground").click()
    page.wait_for_function("location.pathname === '/playground'")
    page.wait_for_selector(".kd[data-status]")
    assert f"dataset={name}" in page.url

    owner.train(name, QUICK)
    page.goto(f"{server.url}/data?dataset={name}")
    sweep = page.locator(".st-key-data_open").get_by_role("link", name="Sweep")
    sweep.wait_for()
    assert f"dataset={name}" in sweep.get_attribute("href")
    owner.wait_for_script()
    page.goto(f"{server.url}/sweep?dataset={name}&{QUICK}&over=temperature=1,4")
    page.wait_for_function(f"{CHART}?.data")
    end(page)

    other = come(Owner).come_with(query=f"dataset={name}").page
    assert other.locator(".kd-classes th").all_inner_texts() == ["ash", "birch", "oak"]
    other.get_by_text("300 examples of 3 classes").wait_for()
    with other.expect_download() as download:
        other.get_by_role("button", name="Download everything").click()
    assert download.value.suggested_filename == "trees.kdlab.npz"
    again = come(Owner).come_with(download.value.path().read_bytes(), "renamed.npz")
    assert again.use() == name


def test_images_train_convolutions(owner, seed):
    owner.come_with(images(seed=seed), "shapes.zip")
    expect(owner.page.locator(".kd-classes img")).to_have_count(6)
    owner.train(owner.use(), f"{QUICK.replace('teacher=16', 'teacher=c4')}&student=c2")
    assert "student=c2" in owner.page.url


def test_a_malformed_file_gets_its_sentence_and_the_next_one_is_read(owner, seed):
    page = owner.come_with(b"a,b\n1,2\n3,4,5\n").page
    page.get_by_role("alert").get_by_text("Row 2 below the names of the columns has 3 cells").wait_for()
    owner.upload(table(seed=seed))
    page.locator(".kd-classes").wait_for()
    page.wait_for_function("document.querySelectorAll('[data-testid=stAlert]').length === 0")


def test_the_link_of_data_that_this_server_does_not_hold_says_so_and_keeps_its_name(owner):
    name = "own-" + "0" * 32
    page = owner.come_with(query=f"dataset={name}").page
    page.get_by_role("alert").get_by_text("does not hold the data of this link").wait_for()
    assert f"dataset={name}" in page.url
