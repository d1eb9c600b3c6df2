"""A new setting can't be forgotten: each is tried alone, in a run, in the exported program, in words and addresses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from kd_core import Experiment, run
from kd_core.answers import store
from kd_core.answers.table import About, Answers, data_of
from kd_core.experiment import SETTINGS
from kd_core.export.script import script
from pages.ui.words import LANGUAGES, Words
from tests.answers.helpers import logits_for
from tests.core.helpers import numbers

BASE = Experiment(
    dataset="blobs", labels=12, teacher="8", teacher_epochs=2, student="4", epochs=4, batch_size=8, seeds=2
)


def answers(seed: int) -> Answers:
    """Of a model that never was."""
    frame, names = logits_for(BASE, seed=seed), BASE.source.class_names
    ids, *values = (frame[column].to_numpy() for column in frame)
    about = About("a model", data_of(BASE), "logits", names, len(frame))
    return Answers(about, ids, np.stack(values, axis=1).astype(np.float32))


FILES = [store.name_of(answers(seed)) for seed in (0, 1)]
TEXTS = {  # another value of settings that are free text
    "teacher": "8-6",
    "student": "5",
    "schedule": "2:9:0.7",
    "teacher_kind": "logistic",
    "teacher_weights": "1:3",
    "teacher_file": FILES[1],
}
IMAGES = {"dataset": "digits", "labels": 20}
WITH: dict[str, dict[str, Any]] = {  # settings that change nothing by themselves, and beside what they do
    "target_labels": {"target": "moved", "extra": 0},
    "teacher_weights": {"teachers": 2},
    "teacher_mean": {"teachers": 2},
    "teacher_trees": {"teacher_kind": "boosting", "teacher_trees": 3},
    "teacher_depth": {"teacher_kind": "boosting", "teacher_trees": 3},
    "teacher_neighbours": {"teacher_kind": "knn"},
    "teacher_c": {"teacher_kind": "logistic"},
    "teacher_clip": {"teacher_kind": "knn"},
    "teacher_file": {"teacher_kind": "file", "teacher_file": FILES[0]},
    "teacher_shift": IMAGES,
    "extra_kind": {"extra": 1},
    "shift": IMAGES,
    "shift_view": {**IMAGES, "shift": 1},
}
ANOTHER = {"target": "moved", "target_labels": 8, "extra_kind": "mixup", "validation": 0.25}

each_setting = pytest.mark.parametrize("name", SETTINGS)


@pytest.fixture(autouse=True, scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The files of answers are here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KD_DATA", str(tmp_path_factory.mktemp("held")))
        for seed in (0, 1):
            store.save(answers(seed))
        yield


def another(name: str) -> Any:
    """Another allowed value of a setting than that of `BASE`."""
    setting, value = SETTINGS[name], getattr(BASE, name)
    if name in ANOTHER:
        return ANOTHER[name]
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


def base(name: str) -> Experiment:
    """What is changed: an experiment in which that setting says something."""
    return BASE.replace(**WITH.get(name, {}))


def changed(name: str) -> Experiment:
    return base(name).replace(**{name: another(name)})


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
    before, after = numbers_at_the_end(base(name)), numbers_at_the_end(changed(name))
    assert not all(np.array_equal(before[key], after[key], equal_nan=True) for key in before)


@each_setting
def test_every_setting_changes_the_program_that_is_exported(name: str) -> None:
    assert program(changed(name)) != program(base(name))


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
