"""The command line writes rows and answers, checks a file and keeps it."""

import io

import pandas as pd
import pytest

from kd_core.answers import store
from kd_core.answers.rows import rows_as_csv
from kd_core.command import main
from tests.answers.helpers import IRIS, as_csv, checked, logits_for, probabilities_for

TEACHER = "dataset=iris&splits=1&seeds=2&teacher=8&teacher_epochs=3&student=4&epochs=3&temperature=2"


def test_rows_are_written_to_standard_output(capsys):
    assert main(["answers", "--rows", "dataset=iris&splits=1"]) == 0
    assert capsys.readouterr().out == rows_as_csv(IRIS).decode()


def test_a_file_is_kept_and_its_name_printed(capsys, tmp_path):
    file = tmp_path / "model.csv"
    file.write_bytes(as_csv(logits_for()))
    assert main(["answers", str(file), "dataset=iris&splits=1"]) == 0
    captured = capsys.readouterr()
    assert captured.out.strip() == store.name_of(checked(logits_for()).answers)
    assert store.held(captured.out.strip())
    assert captured.err == ""


def test_what_is_odd_is_said_on_standard_error(capsys, tmp_path):
    file = tmp_path / "model.csv"
    file.write_bytes(as_csv(probabilities_for().round(2)))
    assert main(["answers", str(file), "dataset=iris&splits=1"]) == 0
    assert "kd_core: Numbers have 2 decimals at most" in capsys.readouterr().err


def test_the_answers_of_ones_own_teacher_are_a_file_that_is_a_teacher(capsys, tmp_path):
    assert main(["answers", "--of", TEACHER]) == 0
    file = tmp_path / "own.csv"
    file.write_text(capsys.readouterr().out)
    assert list(pd.read_csv(io.BytesIO(file.read_bytes()))) == ["id", "part", "logit_0", "logit_1", "logit_2"]
    assert main(["answers", str(file), TEACHER]) == 0
    name = capsys.readouterr().out.strip()
    assert main(["run", TEACHER]) == 0
    own = capsys.readouterr().out
    assert main(["run", f"{TEACHER}&teacher_kind=file&teacher_file={name}"]) == 0
    assert capsys.readouterr().out.split(",")[:6] == own.split(",")[:6]  # all but the seconds


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        ([], 2, "kd_core: answers needs a file, --rows or --of."),
        (["nowhere.csv"], 1, "kd_core: nowhere.csv: No such file or directory."),
        (["--rows", "dataset=iris"], 1, "kd_core: Answers are for the rows as one seed splits them, and here are"),
        (["--of", "dataset=nowhere"], 2, "kd_core: dataset=nowhere is not allowed"),
        (["FILE", "splits=1&dataset=wine"], 1, "kd_core: There is no column for"),
        (["FILE", "splits=1&dataset=digits"], 1, "kd_core: There is no column for 7 of 10 classes"),
    ],
)
def test_what_goes_wrong_is_one_sentence(capsys, tmp_path, arguments, status, sentence):
    file = tmp_path / "model.csv"
    file.write_bytes(as_csv(probabilities_for() if "splits=1&dataset=wine" in arguments else logits_for()))
    assert main(["answers", *(str(file) if one == "FILE" else one for one in arguments)]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(sentence)
    assert captured.err.count("\n") == 1
