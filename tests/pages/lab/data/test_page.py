"""A file becomes data that is kept, and only when one says so; what is wrong is said, and the rest stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from kd_core.data import source_of
from kd_core.jobs import Jobs
from kd_core.own.prepared import digest_of, from_bytes, save
from kd_core.own.source import name_of
from kd_core.own.upload import prepare
from pages.ui.links import SCRIPTS
from tests.pages.explaining import links
from tests.pages.explaining import text as markdown_of
from tests.pages.lab.data.files import images, table

Open = Callable[..., AppTest]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test keeps data: nothing is in it."""
    monkeypatch.setenv("KD_DATA", str(tmp_path))
    return tmp_path / "own"


@pytest.fixture
def visit(service: Jobs, folder: Path) -> Iterator[Open]:
    """Opens the page within its frame, with a file if one is given."""

    def open_page(content: bytes | None = None, title: str = "trees.csv", **query: str) -> AppTest:
        page = AppTest.from_file(Path("pages/navigation.py").resolve(), default_timeout=60)
        for name, value in query.items():
            page.query_params[name] = value
        page.run().switch_page(SCRIPTS["data"])
        page.run()
        if content is not None:
            upload(page, content, title)
        assert not page.exception, page.exception
        return page

    st.cache_resource.clear()
    yield open_page
    st.cache_resource.clear()


def upload(page: AppTest, content: bytes, title: str = "trees.csv") -> AppTest:
    page.file_uploader[0].set_value((title, content, "")).run()
    assert not page.exception, page.exception
    return page


def use(page: AppTest) -> str:
    """Press the button: the name in the address."""
    page.button(key="data_use").click().run()
    assert not page.exception, page.exception
    return str(page.query_params["dataset"])


def html(page: AppTest) -> str:
    return "".join(element.proto.body for element in page.get("html"))


def test_a_table_is_shown_with_a_suggested_label_and_nothing_is_kept(visit: Open, folder: Path) -> None:
    page = visit(table())
    assert page.selectbox(key="data_label").value == "kind"
    assert "300 examples of 3 classes, 4 inputs" in markdown_of(page)
    assert "Numbers (2): width, height" in markdown_of(page)
    assert "Categories (1): colour" in markdown_of(page)
    assert list(page.dataframe[0].value.shape) == [10, 4]
    assert not folder.exists()
    assert "dataset" not in page.query_params


def test_data_in_use_is_kept_and_named_by_the_address_and_by_the_links(visit: Open, folder: Path) -> None:
    page = visit(table())
    name = use(page)
    assert [file.stem for file in folder.iterdir()] == [name.removeprefix("own-")]
    assert links(page)["Open in the playground"] == {"dataset": name}
    assert links(page)["Sweep"] == {"dataset": name}
    assert "210 examples are for training, 90 for testing" in markdown_of(page)
    source = source_of(name)
    assert (source.title, source.shape, source.class_names) == ("trees.csv", (4,), ("ash", "birch", "oak"))
    assert page.session_state.own_sets == [name]


def test_the_link_shows_what_is_kept(visit: Open) -> None:
    name = name_of(save(prepare(table(), "trees.csv")))
    page = visit(dataset=name)
    assert "**trees" in markdown_of(page)
    assert page.query_params["dataset"] == name
    assert not page.get("selectbox")[1:]  # nothing to choose but the language
    assert not page.error


def test_another_label_is_other_data_which_the_address_does_not_name_before_it_is_kept(visit: Open) -> None:
    page = visit(table())
    name = use(page)
    page.selectbox(key="data_label").select("colour").run()
    assert "dataset" not in page.query_params
    assert "300 examples of 2 classes" in markdown_of(page)
    assert use(page) != name


def test_the_whole_data_is_one_file_that_can_be_put_back(visit: Open, folder: Path) -> None:
    prepared = prepare(table(), "trees.csv")
    name = name_of(digest_of(prepared))
    page = visit(dataset=name)
    assert "does not hold the data of this link" in page.error[0].value
    assert page.query_params["dataset"] == name
    upload(page, table(seed=1))
    assert "other data than the link" in "".join(caption.value for caption in page.caption)
    assert page.query_params["dataset"] == name
    upload(page, table())
    assert not page.error
    assert use(page) == name
    (kept,) = folder.iterdir()
    upload(page, kept.read_bytes(), "trees.kdlab.npz")
    assert page.query_params["dataset"] == name
    assert digest_of(from_bytes(kept.read_bytes())) == digest_of(prepared)


def test_images_are_shown_by_class_and_their_size_and_colour_are_chosen(visit: Open) -> None:
    page = visit(images(each=20), "shapes.zip")
    assert html(page).count("<img") == 6
    assert "An image of the class disc" in html(page)
    assert "Grey images of 14 × 14 pixels" in markdown_of(page)
    page.radio(key="data_side").set_value(8).run()
    page.toggle(key="data_colour").set_value(True).run()
    assert "Images of 8 × 8 pixels in colour" in markdown_of(page)
    assert source_of(use(page)).shape == (3, 8, 8)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty"),
        (b"\x89PNG\r\n\x1a\n", "no file of a kind that can be read here"),
        (b"PK\x03\x04 no zip", "This zip can't be read"),
        (b"a,b\n1,2\n3,4,5\n", "Row 2 below the names of the columns has 3 cells"),
    ],
)
@pytest.mark.parametrize("is_held", [False, True])
def test_a_file_that_cannot_be_used_gets_one_sentence_and_what_was_there_stays(
    visit: Open, content: bytes, sentence: str, is_held: bool
) -> None:
    query = {"dataset": name_of(save(prepare(table(), "trees.csv")))} if is_held else {}
    page = visit(content, **query)
    (error,) = page.error
    assert sentence in error.value.replace("\\", "")
    assert ("300 examples" in markdown_of(page)) is is_held
    upload(page, table(seed=1))
    assert not page.error
    assert page.button(key="data_use")


def test_where_no_column_can_be_the_label_the_rows_of_the_file_are_shown(visit: Open) -> None:
    lines = ["a,b", *(f"{row}.5,{row * row}.25" for row in range(100))]
    page = visit("\n".join(lines).encode())
    assert len(page.error) == 1
    assert page.dataframe[0].value.iloc[1].tolist() == ["1.5", "1.25"]
    assert len(page.button) == 0


def test_what_stands_in_a_file_is_shown_as_characters(visit: Open) -> None:
    kinds = ("=1+1", "<b>birch</b>", "[oak](http://elsewhere.example)")
    page = visit(table(kinds=kinds, header="width,<i>height</i>,:red[colour],kind"), "<u>trees.csv")
    assert "&lt;b&gt;birch&lt;/b&gt;" in html(page)
    assert "<b>birch" not in html(page)
    assert "**\\<u\\>trees\\.csv**" in markdown_of(page)
    assert ":red[" not in markdown_of(page)
    assert "=1+1" in page.dataframe[0].value.iloc[0].tolist()


def test_what_was_left_out_is_told_in_the_readers_language(visit: Open) -> None:
    lines = table().decode().splitlines()
    numbered = "\n".join([f"id,{lines[0]}", *(f"{row},{line}" for row, line in enumerate(lines[1:]))])
    assert "Columns that count the rows: 1." in markdown_of(visit(numbered.encode()))
    page = visit(numbered.encode(), lang="de")
    assert page.title[0].value == "Deine Daten"
    assert "Weggelassen:" in markdown_of(page)
    assert "Columns" not in markdown_of(page)


def test_where_nothing_can_be_kept_the_page_says_so(visit: Open, folder: Path) -> None:
    folder.parent.joinpath("own").write_text("no folder")
    page = visit(table())
    page.button(key="data_use").click().run()
    assert not page.exception
    assert "has no room for it" in page.error[0].value
    assert "dataset" not in page.query_params
