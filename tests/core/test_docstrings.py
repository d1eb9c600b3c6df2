"""The examples in docstrings run, and what a notebook calls has one."""

from __future__ import annotations

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import kd_core

MODULES = ["kd_core", *(found.name for found in walk_packages(kd_core.__path__, "kd_core."))]
EXAMPLES = {
    example.name: example
    for name in MODULES
    if not name.endswith("__main__")
    for example in doctest.DocTestFinder(exclude_empty=True).find(import_module(name))
    if example.examples
}
PUBLIC = [name for name in kd_core.__all__ if callable(getattr(kd_core, name)) and name.islower()]
READ_BY_NOTEBOOKS = [
    "from_query",
    "to_query",
    "kl",
    "cross_entropy",
    "parameter_count",
    "multiply_accumulates",
    "accuracy",
    "agreement",
    "interval",
    "paired_difference",
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_what_it_says(name: str) -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner()
    runner.run(EXAMPLES[name], out=said.append)
    assert runner.failures == 0, "".join(said)


def test_public_functions_are_found() -> None:
    assert {"run", "soften", "distillation_loss", "load_dataset"} <= set(PUBLIC)


@pytest.mark.parametrize("name", [*PUBLIC, *READ_BY_NOTEBOOKS])
def test_what_a_notebook_calls_has_an_example(name: str) -> None:
    assert name in {example.rsplit(".", 1)[-1] for example in EXAMPLES}
