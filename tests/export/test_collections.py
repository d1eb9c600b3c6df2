"""Scripts on MNIST and its like against the engine: files of the same form, with fewer and other images in them."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kd_core import Experiment, mnist, recipe, sources, training
from kd_core.domains import as_digits
from kd_core.export.script import script
from tests.export.helpers import assert_clean, assert_same, found_by_engine, printed_by

TRAIN, TEST = 600, 150
# Rounds are of 400 here, so that of every pass over 600 a part is left out. Short runs, as in `test_script`.
QUERIES = {
    "convolutions": "dataset=mnist&teacher=c4-c8&teacher_epochs=4&student=c4-8&labels=60&epochs=10&seeds=2&alpha=0.5",
    "students in rounds": "dataset=fashion&labels=0&teacher=c4&teacher_dropout=0.1&teacher_epochs=3&student=8&epochs=3"
    "&seeds=2",
    "perceptrons": "dataset=mnist&teacher=24-16&teacher_dropout=0.2&teacher_epochs=4&student=8&labels=60&epochs=8"
    "&seeds=2&schedule=3:2:0.5",
    "noise": "dataset=kmnist&noise=0.3&label_noise=0.1&teacher=16&teacher_epochs=3&student=8&labels=100&epochs=8"
    "&seeds=2",
    "28 pixels and splits": "dataset=mnist28&splits=2&seeds=3&teacher=c2-8&teacher_epochs=2&student=c2&labels=40"
    "&epochs=6&batch_size=16",
    "views and noisy copies": "dataset=mnist&shift=1&extra=1&teacher_shift=1&teacher=24&teacher_epochs=6&student=8"
    "&labels=60&epochs=6&seeds=2",
    "another domain": "dataset=fashion&target=thick&target_labels=30&test_noise=0.2&noise=0.1&teacher=16"
    "&teacher_epochs=4&student=8&labels=60&epochs=6&seeds=2&shift=1&shift_view=clean",
    "a pipeline and students in rounds": "dataset=kmnist&teacher_kind=forest&teacher_trees=5&student=8&labels=0"
    "&epochs=3&seeds=2",
    "digits to MNIST": "target=mnist&target_labels=400&teacher=32&teacher_epochs=20&student=8&labels=40&epochs=6"
    "&seeds=2&extra=2&splits=2",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with small collections in it, which everything takes for the published ones."""
    folder = tmp_path_factory.mktemp("collections")
    shapes = {name: (TRAIN if name.startswith("train") else TEST, *shape[1:]) for name, shape in mnist.SHAPES.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KD_DATA", str(folder))
        patch.setattr(mnist, "SHAPES", shapes)
        patch.setattr(mnist, "fetch", lambda name, progress=None: None)
        for module in (recipe, training):
            patch.setattr(module, "LARGE", 500)
        patch.setattr(recipe, "ROUND", 400)
        for number, name in enumerate(mnist.NAMES):
            write(folder / name, number)
            for key in (name, f"{name}28"):
                small = replace(sources.SOURCES[key], train_size=TRAIN, test_size=TEST)
                patch.setitem(sources.SOURCES, key, small)
        sources.images.cache_clear()
        as_digits.small.cache_clear()
        yield folder
    sources.images.cache_clear()
    as_digits.small.cache_clear()


def write(folder: Path, seed: int) -> None:
    """The four files of a collection: every class is a picture of its own in noise."""
    rng = np.random.default_rng(seed)
    pictures = rng.integers(0, 160, (10, 7, 7)).repeat(4, axis=1).repeat(4, axis=2)
    folder.mkdir()
    labels = {"train": rng.integers(0, 10, TRAIN), "t10k": rng.integers(0, 10, TEST)}
    for file in mnist.SHAPES:
        of_part = labels[file.split("-")[0]]
        values = of_part if "labels" in file else pictures[of_part] + rng.integers(0, 96, (len(of_part), 28, 28))
        (folder / file).write_bytes(gzip.compress(idx(values.astype(np.uint8)), 1))


def idx(values: NDArray[np.uint8]) -> bytes:
    """As LeCun describes it: two zeros, 8 for bytes, the number of axes; each axis' length; the values."""
    return bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes() + values.tobytes()


@pytest.fixture(scope="module")
def printed(folder: Path) -> dict[str, list[str]]:
    lines = printed_by([Experiment.from_query(query) for query in QUERIES.values()], folder)
    return dict(zip(QUERIES, lines, strict=True))


@pytest.mark.parametrize("name", QUERIES)
def test_script_finds_the_accuracies_of_the_engine(name: str, printed: dict[str, list[str]]) -> None:
    experiment = Experiment.from_query(QUERIES[name])
    expected = found_by_engine(experiment)
    assert_same(printed[name][-1], expected, experiment)
    assert expected["teacher"]["test_accuracy"] > 0.2  # it has learned something: there is something to be compared


def test_scripts_are_clean_and_formatted(folder: Path, tmp_path: Path) -> None:
    assert_clean([script(Experiment.from_query(query)) for query in QUERIES.values()], tmp_path)


def test_the_script_says_what_is_missing_and_where_it_is_to_be_had(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "alone.py"
    path.write_text(script(Experiment.from_query(QUERIES["convolutions"])), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", str(path)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    missing = Path("mnist") / "train-images-idx3-ubyte.gz"
    address = mnist.COLLECTIONS["mnist"].mirrors[0]
    assert done.stderr == f"{missing} is missing. Get it from {address}/{missing.name}\n"


@pytest.mark.parametrize("name", ["mnist", "fashion28"])
def test_the_script_reads_the_pixels_that_the_engine_reads(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    experiment = Experiment.from_query(f"dataset={name}&noise=0.1&labels=60")
    names: dict[str, object] = {"__name__": "script"}
    exec(compile(script(experiment), "script.py", "exec"), names)
    data = experiment.load_data()
    expected = (data.train_inputs, data.train_labels, data.test_inputs, data.test_labels)
    for found, wanted in zip(names["load_data"](), expected, strict=True):  # type: ignore[operator]
        np.testing.assert_allclose(found.numpy(), wanted, rtol=0, atol=2e-6)
