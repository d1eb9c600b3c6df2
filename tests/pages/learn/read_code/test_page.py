"""The code that the page shows is the code on disk; the answer to its question is what training says."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import kd_core
from kd_core import Experiment
from kd_core.jobs import Jobs
from pages.ui.words import Words
from tests.pages.explaining import Learn, links, text

FOLDER = Path(kd_core.__file__).parent


def codes(page: AppTest) -> list[str]:
    return [code.value.strip("\n") for code in page.code]


@pytest.mark.parametrize("name", ["losses", "training", "__init__"])
def test_the_address_opens_a_file_as_it_is_on_disk(learn: Learn, name: str) -> None:
    page = learn("read_code", file=name)
    written = (FOLDER / f"{name}.py").read_text().strip("\n")
    assert written in codes(page)
    assert f"{len(written.splitlines())} lines" in text(page)
    assert page.pills(key="chosen_file").value == name


def test_it_begins_with_the_first_file_also_where_the_address_is_wrong(learn: Learn) -> None:
    for query in ({}, {"file": "../secrets"}):
        page = learn("read_code", **query)
        assert (FOLDER / "experiment.py").read_text().strip("\n") in codes(page)
        assert "file" not in page.query_params


def test_an_old_name_of_a_file_opens_it_under_its_new_one(learn: Learn) -> None:
    page = learn("read_code", file="exam")
    assert page.pills(key="chosen_file").value == page.query_params["file"] == "measuring"
    assert (FOLDER / "measuring.py").read_text().strip("\n") in codes(page)


@pytest.mark.parametrize("name", ["jobs", "sweep", "pieces", "script", "bugs", "questions", "answers"])
def test_the_name_of_a_file_that_left_the_engine_opens_the_first_one(learn: Learn, name: str) -> None:
    page = learn("read_code", file=name)
    assert page.pills(key="chosen_file").value == "experiment"
    assert "file" not in page.query_params


def test_the_files_are_the_engine_and_their_lines_are_counted(learn: Learn) -> None:
    files = list(FOLDER.glob("*.py"))
    lines = sum(len(path.read_text().splitlines()) for path in files)
    page = learn("read_code")
    assert page.pills(key="chosen_file").options[-1] == r"\_\_main\_\_.py"
    assert len(page.pills(key="chosen_file").options) == len(files)
    assert f"{len(files)} files, {lines} lines" in text(page)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_every_folder_of_kd_core_has_a_line(learn: Learn, lang: str) -> None:
    w, shown = Words("read_code", lang), text(learn("read_code", lang=lang))
    folders = {path.parent.name for path in FOLDER.glob("*/__init__.py")}
    assert set(w.get("folders.holds")) == folders
    for name in folders:
        assert f"- `{name}`: {w(f'folders.holds.{name}')}" in shown


def test_words_are_of_files_that_there_are() -> None:
    assert set(Words("read_code", "en").get("files")) == {path.stem for path in FOLDER.glob("*.py")}


def test_one_turns_to_the_next_file_and_the_address_follows(learn: Learn) -> None:
    page = learn("read_code", file="data")
    page.button(key="read_code_turn_1").click().run()
    assert page.query_params["file"] == "models"
    assert (FOLDER / "models.py").read_text().strip("\n") in codes(page)


def test_the_question_quotes_the_line_of_the_loss(learn: Learn) -> None:
    line = codes(learn("read_code"))[0]
    assert "alpha * hard + (1 - alpha) * soft" in line
    assert f"    {line}\n" in (FOLDER / "losses.py").read_text()


def test_at_alpha_0_wrong_labels_change_not_one_distilled_student(learn: Learn, service: Jobs) -> None:
    page = learn("read_code", guesses={"read_code": "nothing"})
    right, wrong = (
        service.call(service.open(Experiment(alpha=0, label_noise=noise))).snapshots[-1].actors for noise in (0, 0.9)
    )
    assert (right["distilled"].test_accuracy == wrong["distilled"].test_accuracy).all()
    assert wrong["alone"].test_accuracy.max() < 0.5
    for actors in (right, wrong):
        for actor in ("distilled", "alone"):
            assert f"{100 * actors[actor].test_accuracy.mean():.1f} %" in text(page)
    assert "**Nothing at all.** Not one of the 5 distilled students" in text(page)
    assert Words("read_code", "en")("question.you_had_it") in text(page)


def test_the_answer_waits_for_the_prediction(learn: Learn) -> None:
    page = learn("read_code")
    assert "Nothing at all.**" not in text(page)
    assert Words("read_code", "en")("question.ready") in text(page)


def test_it_is_written_in_german(learn: Learn) -> None:
    page, w = learn("read_code", lang="de", file="metrics", guesses={"read_code": "little"}), Words("read_code", "de")
    assert page.title[0].value == w("title")
    assert w("files.metrics.look").strip() in text(page)
    assert w("question.not_this_time") in text(page)
    assert "Überhaupt nichts.**" in text(page)


def test_it_ends_in_the_students_of_its_question(learn: Learn) -> None:
    page, w = learn("read_code"), Words("read_code", "en")
    found = links(page)
    assert found[w("end.playground")] == {"alpha": "0", "label_noise": "0.9"}
    assert found[w("end.sweep")]["over"].startswith("alpha=")
    assert codes(page)[-1] == 'python -m kd_core run "label_noise=0.9&alpha=0"'
