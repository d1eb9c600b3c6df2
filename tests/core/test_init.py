"""The package says in what order to read it."""

from __future__ import annotations

import re
from pathlib import Path

import kd_core


def test_the_reading_order_names_every_file_of_the_engine_once() -> None:
    there = {path.stem for path in Path(kd_core.__file__).parent.glob("*.py")} - {"__init__", "__main__"}
    assert sorted(kd_core.READING_ORDER) == sorted(there)


def test_the_docstring_says_a_phrase_of_each_file_in_that_order() -> None:
    assert re.findall(r"^    (\w+) +\w", str(kd_core.__doc__), re.M) == list(kd_core.READING_ORDER)
