"""Scripts on data of one's own: they read the file that the app gives to download, and find what the engine finds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kd_core import Experiment
from kd_core.export.script import script
from kd_core.own.prepared import About, Prepared, save, to_bytes
from kd_core.own.source import name_of
from tests.export.helpers import assert_clean, assert_same, found_by_engine, printed_by

TITLE = '"""; quit() \\'  # hostile: it would end a docstring
EXAMPLES = 140
SETTINGS = {
    "table": "teacher=16&teacher_epochs=30&student=8&labels=40&epochs=10&seeds=3&splits=2",
    "noisy table": "teacher=16&teacher_epochs=30&student=8&labels=40&epochs=10&seeds=2&splits=1&noise=0.2",
    "forest of a table": "teacher_kind=forest&teacher_trees=8&student=8&labels=40&epochs=8&seeds=2&splits=2",
    "support vectors of a table": "teacher_kind=svm%2Blogistic&student=8&labels=40&epochs=8&seeds=2&splits=1"
    "&target=moved&target_labels=6",
    "shifted image": "teacher=16&teacher_epochs=8&student=8&labels=40&epochs=8&seeds=2&splits=1&shift=1&extra=1"
    "&target=inverted&target_labels=9",
    "image": "teacher=c4-c8&teacher_epochs=8&student=c4-8&labels=40&epochs=10&seeds=2&splits=1&noise=0.1",
}


def table(rng: np.random.Generator) -> Prepared:
    """Numbers of which some are missing, one column says nothing; two categories."""
    labels = rng.integers(0, 3, EXAMPLES)
    numbers = labels[:, None] + rng.normal(0, 0.7, (EXAMPLES, 4))
    numbers[:, 2] = 5
    numbers[rng.random(numbers.shape) < 0.1] = np.nan
    codes = np.stack([(labels + rng.integers(0, 2, EXAMPLES)) % 3, rng.integers(-1, 2, EXAMPLES)], axis=1)
    about = About(TITLE, "table", ("a", "b", "c"), tuple("pqrstu"), (3, 2), (0, 0, 0), EXAMPLES)
    pixels = np.empty((0, 0, 0, 0), np.uint8)
    return Prepared(about, labels, numbers.astype(np.float32), codes.astype(np.int32), pixels)


def colours(rng: np.random.Generator) -> Prepared:
    """Images of 8 x 8 pixels in colour."""
    labels = rng.integers(0, 3, EXAMPLES)
    pictures = rng.integers(0, 200, (3, 2, 2, 3)).repeat(4, axis=1).repeat(4, axis=2)
    pixels = (pictures[labels] + rng.integers(0, 56, (EXAMPLES, 8, 8, 3))).astype(np.uint8)
    about = About(TITLE, "image", ("a", "b", "c"), (), (), (8, 8, 3), EXAMPLES)
    none = np.empty((EXAMPLES, 0), np.float32), np.empty((EXAMPLES, 0), np.int32)
    return Prepared(about, labels, *none, pixels)


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[str, Path]]]:
    """Of each experiment its query, and a folder with the file that its script reads."""
    made = {"table": table(np.random.default_rng(0)), "image": colours(np.random.default_rng(1))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KD_DATA", str(tmp_path_factory.mktemp("held")))
        found = {}
        for kind, prepared in made.items():
            folder = tmp_path_factory.mktemp(kind)
            (folder / "data.kdlab.npz").write_bytes(to_bytes(prepared))
            name = name_of(save(prepared))
            found |= {
                of: (f"dataset={name}&{settings}", folder) for of, settings in SETTINGS.items() if of.endswith(kind)
            }
        yield found


@pytest.mark.parametrize("name", SETTINGS)
def test_script_finds_the_accuracies_of_the_engine(name: str, queries: dict[str, tuple[str, Path]]) -> None:
    query, folder = queries[name]
    experiment = Experiment.from_query(query)
    ((*_, line),) = printed_by([experiment], folder)
    expected = found_by_engine(experiment)
    assert_same(line, expected, experiment)
    assert expected["teacher"]["test_accuracy"] > 0.5


@pytest.mark.parametrize("name", ["table", "image"])
def test_a_title_of_anybodys_is_no_part_of_a_program(name: str, queries: dict[str, tuple[str, Path]]) -> None:
    text = script(Experiment.from_query(queries[name][0]))
    assert "quit()" not in text
    compile(text, "script.py", "exec")


def test_scripts_are_clean_and_formatted(queries: dict[str, tuple[str, Path]], tmp_path: Path) -> None:
    assert_clean([script(Experiment.from_query(query)) for query, _ in queries.values()], tmp_path)


def test_the_script_says_what_is_missing_and_does_without_other_data(
    queries: dict[str, tuple[str, Path]], tmp_path: Path
) -> None:
    (tmp_path / "script.py").write_text(script(Experiment.from_query(queries["table"][0])), encoding="utf-8")
    command = [sys.executable, "-I", "script.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("data.kdlab.npz is missing. KD Lab gives it to download: own-")
    few = np.arange(50) % 2
    np.savez(tmp_path / "data.kdlab.npz", labels=few)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "data.kdlab.npz holds other data.\n")
