"""Parts of modules, cut out of their text, are what Python itself says is the source of what they define."""

from __future__ import annotations

import importlib
import inspect
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kd_core.data import choose_labelled
from kd_core.export.source import part_of, parts_of, source_of
from kd_core.streams import generator


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("kd_core.losses", "soften"),
        ("kd_core.experiment", "Experiment"),  # with its decorator
        ("kd_core.experiment", "Experiment.heard_at"),
        ("kd_core.experiment", "Experiment.from_query"),  # a method with a decorator
        ("kd_core.sweeps.grid", "Sweep.parse"),
        ("kd_core.sources", "images"),
        ("kd_core.models", "Architecture.of"),  # with two
        ("kd_core.recipe", "Recipe.rate"),
        ("kd_core.convolution", "pool"),
    ],
)
def test_a_part_is_the_text_between_its_lines(module: str, name: str) -> None:
    found = importlib.import_module(module)
    for step in name.split("."):
        found = getattr(found, step)
    lines, first = inspect.getsourcelines(inspect.unwrap(found))
    part = part_of(module, name)
    assert part.name == name
    assert part.text == textwrap.dedent("".join(lines)).rstrip("\n")
    assert (part.first, part.last) == (first, first + len(lines) - 1)


def test_the_parts_of_a_module_are_its_functions_and_classes_in_order() -> None:
    parts = parts_of("kd_core.snapshot")
    assert [part.name for part in parts] == ["LossTerms", "DivergenceError", "Measures", "Snapshot"]
    assert parts == [part_of("kd_core.snapshot", part.name) for part in parts]


def test_source_of_is_the_text_of_the_function() -> None:
    for function in (choose_labelled, generator):
        assert source_of(function.__module__, function.__name__) == inspect.getsource(function).rstrip("\n")


def test_source_of_a_constant_is_its_line() -> None:
    assert source_of("kd_core.streams", "SAMPLE").startswith("TEACHER_INIT, TEACHER_ORDER, TEACHER_DROPOUT, SAMPLE, ")


@pytest.mark.parametrize(("module", "name"), [("kd_core.data", "nothing"), ("kd_core.nothing", "digits")])
def test_source_of_what_does_not_exist_is_a_lookup_error(module: str, name: str) -> None:
    with pytest.raises(LookupError):
        source_of(module, name)


def test_a_constant_with_a_type_and_a_field_of_a_class_are_parts_too() -> None:
    assert source_of("kd_core.experiment", "OPTIMIZERS") == 'OPTIMIZERS = ("adam", "adamw", "sgd")'
    assert source_of("kd_core.experiment", "Experiment.seed").startswith("seed: int")
    assert source_of("kd_core.sources", "SOURCES").startswith("SOURCES: ")


@pytest.mark.parametrize("name", ["Losses.total", "soften.axis", "kl.nothing"])
def test_the_error_says_what_is_missing_and_where(name: str) -> None:
    with pytest.raises(LookupError, match=rf"kd_core\.losses defines no {name}"):
        part_of("kd_core.losses", name)


def test_cutting_imports_no_torch() -> None:
    code = (
        "import sys; from kd_core.export import part_of; part_of('kd_core.losses', 'soften'); "
        "assert not {'torch', 'sklearn', 'streamlit'} & sys.modules.keys()"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, env={**os.environ})
    assert done.returncode == 0, done.stderr.decode()
