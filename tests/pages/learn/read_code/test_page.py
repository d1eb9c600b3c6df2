"""The code that the page shows is the code on disk; the answer to its question is what training says."""

from __future__ import annotations

import importlib
import inspect
import textwrap
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import kd_core
from kd_core import Experiment
from kd_core.jobs import Jobs
from pages.ui import source as source
from pages.ui.words import Words
from tests.pages.explaining import Learn
from tests.pages.home.test_page import links, text

FOLDER = Path(kd_core.__file__).parent


def codes(page: AppTest) -> list[str]:
    return [code.value.strip("\n") for code in page.code]


def test_every_file_is_there_once_and_in_reading_order() -> None:
    names = source.files()
    assert sorted(names) == sorted(path.stem for path in FOLDER.glob("*.py"))
    known = [name for name in names if name in source.ORDER]
    assert known == [name for name in source.ORDER if name in names]
    assert names[:4] == ["experiment", "data", "models", "losses"]
    assert names[-1] == "__main__"


def test_a_new_file_is_listed_without_anybody_writing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("data", "losses", "__main__", "novel"):
        (tmp_path / f"{name}.py").write_text('"""What it is for.\n\nMore."""\n')
    monkeypatch.setattr(source, "FOLDER", tmp_path)
    assert source.files() == ["data", "losses", "novel", "__main__"]
    assert source.summary("novel") == "What it is for."


@pytest.mark.parametrize(("file", "name"), [(file, name) for file, all in source.HEARTS.items() for name, _ in all])
def test_what_to_read_first_is_that_part_of_the_file(file: str, name: str) -> None:
    found = importlib.import_module(f"kd_core.{file}")
    for step in name.split("."):
        found = getattr(found, step)
    lines, first = inspect.getsourcelines(inspect.unwrap(found))
    part = source.part(file, name)
    assert part.text == textwrap.dedent("".join(lines)).rstrip("\n")
    assert (part.first, part.last) == (first, first + len(lines) - 1)


def test_a_part_that_does_not_exist_is_a_lookup_error() -> None:
    with pytest.raises(LookupError, match=r"losses\.py defines no Losses\.total"):
        source.part("losses", "Losses.total")


def test_the_outline_names_what_is_public_with_its_line() -> None:
    parts = {part.name: part.first for part in source.outline("losses")}
    assert list(parts) == [
        "soften",
        "kl",
        "cross_entropy",
        "distillation_loss",
        "distillation_gradient",
        "hard_targets",
    ]
    lines = (FOLDER / "losses.py").read_text().splitlines()
    assert all(lines[first - 1].startswith(f"def {name}(") for name, first in parts.items())


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
