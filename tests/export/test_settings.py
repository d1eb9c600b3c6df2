"""A new setting can't be forgotten: each is tried alone, in a run, in the exported program, in words and addresses."""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

import numpy as np
import pytest

from kd_core import Experiment, run
from kd_core.experiment import SETTINGS
from kd_core.export.script import script
from pages.ui.words import LANGUAGES, Words
from tests.core.helpers import numbers

BASE = Experiment(
    dataset="blobs", labels=12, teacher="8", teacher_epochs=2, student="4", epochs=4, batch_size=8, seeds=2
)
TEXTS = {"teacher": "8-6", "student": "5", "schedule": "2:9:0.7"}  # another value of settings that are free text

each_setting = pytest.mark.parametrize("name", SETTINGS)


def another(name: str) -> Any:
    """Another allowed value of a setting than that of `BASE`."""
    setting, value = SETTINGS[name], getattr(BASE, name)
    if setting.choices:
        return next(choice for choice in reversed(setting.choices) if choice != value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return (setting.low + value) / 2 if value > setting.low else setting.low + (setting.high - setting.low) / 4
    if name not in TEXTS:
        pytest.fail(f"{name} is a new setting of another kind: give another value of it in TEXTS.")
    return TEXTS[name]


def changed(name: str) -> Experiment:
    return BASE.replace(**{name: another(name)})


@cache
def numbers_at_the_end(experiment: Experiment) -> dict[str, Any]:
    *_, last = run(experiment)
    return {f"{actor} {name}": array for actor in last.actors for name, array in numbers(last.actors[actor]).items()}


def program(experiment: Experiment) -> str:
    """An experiment's script without comments and docstrings, and without its query."""
    tree = ast.parse(script(experiment))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body[0] = ast.Pass()
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "QUERY":
            node.value = ast.Constant("")
    return ast.unparse(tree)


@each_setting
def test_every_setting_changes_the_numbers_of_a_run(name: str) -> None:
    before, after = numbers_at_the_end(BASE), numbers_at_the_end(changed(name))
    assert not all(np.array_equal(before[key], after[key], equal_nan=True) for key in before)


@each_setting
def test_every_setting_changes_the_program_that_is_exported(name: str) -> None:
    assert program(changed(name)) != program(BASE)


@each_setting
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_has_a_name_and_a_help_in_every_language(name: str, language: str) -> None:
    setting = Words("settings", language)
    assert setting(f"{name}.name")
    assert setting(f"{name}.help")


@each_setting
def test_every_setting_is_in_the_address_and_comes_back_from_it(name: str) -> None:
    experiment = changed(name)
    query = experiment.to_query()
    assert f"{name}=" in query
    assert Experiment.read(query) == (experiment, {})


def test_nothing_but_the_query_is_left_out_of_what_is_compared() -> None:
    assert program(BASE) == program(Experiment.from_query(BASE.to_query()))
    assert BASE.to_query() not in program(BASE)
    assert "QUERY = ''" in program(BASE)
