"""A file of answers is shown, kept when one says so, and leads to a run; what is wrong or odd is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from kd_core import mnist
from kd_core.answers import store
from kd_core.experiment import Experiment
from kd_core.jobs import Jobs
from kd_core.own.prepared import save
from kd_core.own.source import name_of
from kd_core.own.upload import prepare
from pages.ui.links import SCRIPTS
from tests.answers.helpers import IRIS, as_csv, as_parquet, checked, logits_for, probabilities_for
from tests.pages.explaining import data_of, links
from tests.pages.explaining import text as markdown_of
from tests.pages.lab.data.files import table

Open = Callable[..., AppTest]
DIGITS = Experiment()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this test keeps answers: nothing is in it."""
    monkeypatch.setenv("KD_DATA", str(tmp_path))
    store.about.cache_clear()
    store.read.cache_clear()
    yield tmp_path / "answers"
    store.about.cache_clear()
    store.read.cache_clear()


@pytest.fixture
def visit(service: Jobs, folder: Path) -> Iterator[Open]:
    """Opens the page within its frame, with a file if one is given."""

    def open_page(content: bytes | None = None, title: str = "model.csv", **query: str) -> AppTest:
        page = AppTest.from_file(Path("pages/navigation.py").resolve(), default_timeout=60)
        for name, value in query.items():
            page.query_params[name] = value
        page.run().switch_page(SCRIPTS["answers"])
        page.run()
        if content is not None:
            upload(page, content, title)
        assert not page.exception, page.exception
        return page

    st.cache_resource.clear()
    yield open_page
    st.cache_resource.clear()


def upload(page: AppTest, content: bytes, title: str = "model.csv") -> AppTest:
    page.file_uploader[0].set_value((title, content, "")).run()
    assert not page.exception, page.exception
    return page


def use(page: AppTest) -> str:
    """Press the button: the name in the address."""
    page.button(key="answers_use").click().run()
    assert not page.exception, page.exception
    return str(page.query_params["teacher_file"])


def captions(page: AppTest) -> str:
    return "\n".join(caption.value for caption in page.caption)


def test_the_page_begins_with_the_rows_and_programs_that_score_them(visit: Open) -> None:
    page = visit()
    assert "1297 rows are for training" in markdown_of(page).replace("\u2009", "")
    assert [tab.label for tab in page.tabs] == ["scikit-learn", "PyTorch", "Any model by HTTP"]
    assert all('read_csv("rows.csv")' in code.value for code in page.code)
    assert not page.error
    assert not page.query_params.get("dataset")


def test_of_a_large_collection_the_rows_are_parquet_once_it_is_here(
    visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visit(dataset="mnist", seed="3")
    assert not page.code
    assert links(page)["Open it in the playground"]["dataset"] == "mnist"
    monkeypatch.setattr(mnist, "is_here", lambda name: True)
    page = visit(dataset="mnist", seed="3")
    assert all('read_parquet("rows.parquet")' in code.value for code in page.code)
    assert page.query_params["seed"] == "3"


def test_answers_are_shown_and_nothing_is_kept(visit: Open, folder: Path) -> None:
    page = visit(as_csv(logits_for(DIGITS)))
    assert "**model.csv**: logits for 1797 rows and 10 classes" in markdown_of(page).replace("\u2009", "").replace(
        "\\", ""
    )
    assert "Taken as logits" in captions(page)
    assert len(data_of(page, "kd_chart")) == 3
    assert not page.warning
    assert not folder.exists()
    assert "teacher_file" not in page.query_params


def test_answers_in_use_are_kept_and_lead_to_a_run_that_learns_from_them(visit: Open, folder: Path) -> None:
    page = visit(as_csv(logits_for(DIGITS)))
    name = use(page)
    assert [file.stem for file in folder.iterdir()] == [name.removeprefix("answers-")]
    opened = links(page)["Distil from it"]
    assert (opened["teacher_kind"], opened["teacher_file"]) == ("file", name)
    assert "temperature" not in opened
    asked, errors = Experiment.read(opened)
    assert errors == {}
    assert (asked.dataset, asked.seed, asked.splits) == ("digits", 0, 1)
    assert links(page)["Sweep over T"]["over"].startswith("temperature=1,2,4,8")


def test_probabilities_start_at_a_temperature_of_one(visit: Open) -> None:
    page = visit(as_csv(probabilities_for(IRIS)), dataset="iris")
    assert "Taken as probabilities" in captions(page)
    use(page)
    opened = links(page)["Distil from it"]
    assert (opened["temperature"], opened["splits"]) == ("1", "1")
    assert Experiment.read(opened)[1] == {}


def test_the_link_shows_what_is_kept(visit: Open) -> None:
    name = store.save(checked(logits_for(IRIS)).answers)
    page = visit(dataset="iris", teacher_file=name)
    assert "**model" in markdown_of(page)
    assert page.query_params["teacher_file"] == name
    assert "Distil from it" in links(page)
    assert not page.error


def test_a_link_to_answers_that_are_not_here_says_so_until_the_file_comes(visit: Open) -> None:
    name = store.name_of(checked(logits_for(IRIS)).answers)
    page = visit(dataset="iris", teacher_file=name)
    assert "does not hold the answers of this link" in page.error[0].value
    assert page.query_params["teacher_file"] == name
    upload(page, as_csv(logits_for(IRIS, seed=1)))
    assert "other answers than the link" in captions(page)
    upload(page, as_parquet(logits_for(IRIS)))
    assert use(page) == name
    assert not page.error


def test_a_link_to_answers_for_other_data_says_which(visit: Open) -> None:
    name = store.save(checked(logits_for(IRIS)).answers)
    page = visit(dataset="wine", teacher_file=name)
    assert "These answers are for dataset=iris, not for dataset=wine" in page.error[0].value.replace("\\", "")


def test_another_data_set_or_seed_makes_the_link_forget_the_answers(visit: Open) -> None:
    name = store.save(checked(logits_for(IRIS)).answers)
    page = visit(dataset="iris", teacher_file=name)
    page.selectbox(key="answers_dataset").select("wine").run()
    assert dict(page.query_params) == {"dataset": "wine"}
    page = visit(dataset="iris", teacher_file=name)
    page.number_input(key="answers_seed").set_value(4).run()
    assert dict(page.query_params) == {"dataset": "iris", "seed": "4"}
    assert not page.error


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty"),
        (b"\x93NUMPY\x01\x00", "answers are a CSV or a Parquet file"),
        (as_csv(logits_for(IRIS).drop(columns="id")), "There is no column id"),
        (as_csv(logits_for(IRIS)[37:]), "37 of 150 rows have no answer: 0, 1, 2, 3, 4"),
        (as_csv(logits_for(IRIS).drop(columns="logit_1")), "no column for 1 of 3 classes: versicolor"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_sentence_and_the_next_one_is_read(
    visit: Open, content: bytes, sentence: str
) -> None:
    page = visit(content, dataset="iris")
    (error,) = page.error
    assert sentence in error.value.replace("\\", "")
    upload(page, as_csv(logits_for(IRIS)))
    assert not page.error
    assert page.button(key="answers_use")


def test_what_is_odd_is_told_in_the_readers_language(visit: Open) -> None:
    rounded = as_csv(probabilities_for(IRIS).round(1))
    page = visit(rounded, dataset="iris")
    assert "have 1 decimals at most" in "".join(warning.value for warning in page.warning)
    page = visit(rounded, dataset="iris", lang="de")
    assert page.title[0].value == "Antworten mitbringen"
    assert "höchstens 1 Nachkommastellen" in "".join(warning.value for warning in page.warning)
    assert "Numbers" not in "".join(warning.value for warning in page.warning)


def test_the_temperature_softens_the_row_that_is_chosen(visit: Open) -> None:
    page = visit(as_csv(logits_for(IRIS)), dataset="iris")
    before = data_of(page, "kd_chart")[1]["text"]
    page.slider(key="answers_temperature").set_value(8.0).run()
    page.slider(key="answers_example").set_value(3).run()
    after = data_of(page, "kd_chart")[1]["text"]
    assert "at T = 8" in after
    assert before != after
    assert (page.query_params["temperature"], page.query_params["example"]) == ("8", "3")


def test_data_of_ones_own_has_rows_too_and_answers_for_them_are_used(visit: Open) -> None:
    own = name_of(save(prepare(table(), "trees.csv")))
    experiment = Experiment(dataset=own, labels=20)
    page = visit(as_csv(probabilities_for(experiment)), dataset=own)
    assert "300 rows and 3 classes" in markdown_of(page)
    use(page)
    assert Experiment.read(links(page)["Distil from it"])[1] == {}


def test_where_nothing_can_be_kept_the_page_says_so(visit: Open, folder: Path) -> None:
    folder.write_text("no folder")
    page = visit(as_csv(logits_for(IRIS)), dataset="iris")
    page.button(key="answers_use").click().run()
    assert not page.exception
    assert "has no room for it" in page.error[0].value
    assert "teacher_file" not in page.query_params


def test_what_stands_in_a_file_is_shown_as_characters(visit: Open) -> None:
    page = visit(as_csv(logits_for(IRIS).assign(**{":red[x]": 1})), "<u>model.csv", dataset="iris")
    assert "**\\<u\\>model\\.csv**" in markdown_of(page)
    assert "\\:red\\[x\\]" in page.warning[0].value.replace("\u2060", "")
