"""What is taken along: numbers as numbers, and nothing that a spreadsheet would compute."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from pages.ui.downloads import as_text, csv_of

FORMULAS = ("=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://e")', "-", "+-1", "-1_0", "-٣", "=")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_would_be_a_formula_has_an_apostrophe_before_it(text: str) -> None:
    safe = "'" + text.replace("\r", " ")
    assert as_text(text) == safe
    rows = list(csv.reader(StringIO(csv_of(pd.DataFrame({"a": [text, "x"], "b": [-1, 2]})), newline="")))
    assert rows == [["a", "b"], [safe, "-1"], ["x", "2"]]


@pytest.mark.parametrize("text", ["-1", "+1.5", "-.5", "-1e-05", "-3.", "16-8", "?alpha=1", "", "a=b", "'=1"])
def test_numbers_and_harmless_texts_stay_as_they_are(text: str) -> None:
    assert as_text(text) == text


def test_no_text_begins_a_line() -> None:
    table = csv_of(pd.DataFrame({"a": ["x\r=1", "x\n=1"], "b": ["y", "y\r\n=1"]}))
    rows = list(csv.reader(StringIO(table, newline="")))
    assert rows == [["a", "b"], ["x =1", "y"], ["x\n=1", "y \n=1"]]


def test_numbers_stay_numbers_and_what_is_missing_stays_missing() -> None:
    table = pd.DataFrame({"n": [-1, 2], "x": [-0.5, float("nan")], "yes": [True, False], "of": [None, -3]}, dtype=None)
    table["any"] = pd.Series([-1.5, "=x"], dtype=object)
    assert csv_of(table, header=False) == "-1,-0.5,True,,-1.5\n2,,False,-3.0,'=x\n"


def test_no_page_writes_csv_by_itself() -> None:
    assert [file.name for file in Path("pages").rglob("*.py") if ".to_csv(" in file.read_text()] == ["downloads.py"]
