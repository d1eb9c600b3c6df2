"""The source as it is on disk, in reading order, and what to read first in it."""

from __future__ import annotations

import importlib
import inspect
import textwrap
from pathlib import Path

import pytest

import kd_core
from kd_core import READING_ORDER
from kd_core.export import part_of
from pages.ui import source

FOLDER = Path(kd_core.__file__).parent


def test_every_file_is_there_once_and_in_reading_order() -> None:
    names = source.files()
    assert sorted(names) == sorted(path.stem for path in FOLDER.glob("*.py"))
    known = [name for name in names if name in READING_ORDER]
    assert known == [name for name in READING_ORDER if name in names]
    assert names[:2] == ["experiment", "kinds"]
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
    part = part_of(f"kd_core.{file}", name)
    assert part.text == textwrap.dedent("".join(lines)).rstrip("\n")
    assert (part.first, part.last) == (first, first + len(lines) - 1)


def test_the_outline_names_what_is_public_with_its_line() -> None:
    parts = {part.name: part.first for part in source.outline("losses")}
    assert list(parts) == [
        "soften",
        "kl",
        "cross_entropy",
        "distillation_loss",
        "Weights",
        "distillation_gradient",
        "hard_targets",
    ]
    lines = (FOLDER / "losses.py").read_text().splitlines()
    assert all(lines[first - 1].startswith((f"def {name}(", f"class {name}(")) for name, first in parts.items())


def test_every_folder_of_kd_core_is_there() -> None:
    assert source.folders() == sorted(path.name for path in FOLDER.iterdir() if (path / "__init__.py").is_file())
    assert {"export", "jobs", "sweeps"} <= set(source.folders())


def test_the_style_is_the_css_beside_the_code() -> None:
    assert source.STYLE.startswith("<style>")
    assert source.STYLE.endswith("</style>")
    assert (Path(source.__file__).parent / "source.css").read_text() in source.STYLE
