"""Parts of modules cut out of their source text: nothing is imported for it but the packages they lie in."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple


class Part(NamedTuple):
    """A piece of a file: its name, its text, its first and last line."""

    name: str
    text: str
    first: int
    last: int


def part_of(module: str, name: str) -> Part:
    """The function, class or constant `name` of a module; dotted, such as `Cohort.backward`, what a class holds.

    Decorators belong to it, indentation does not. LookupError if there is no such module or name.
    """
    text = _text_of(module)
    body: Sequence[ast.stmt] = ast.parse(text).body
    for step in name.split("."):
        node = next((node for node in body if step in _names(node)), None)
        if node is None:
            raise LookupError(f"{module} defines no {name}.")
        body = node.body if isinstance(node, ast.ClassDef) else []
    assert node is not None
    return _cut(text, name, node)


def source_of(module: str, name: str) -> str:
    """The text of that part of a module."""
    return part_of(module, name).text


def constant_of(module: str, name: str) -> Any:
    """The value of a constant that is written out in a module, which is not imported for it."""
    (statement,) = ast.parse(source_of(module, name)).body
    assert isinstance(statement, ast.Assign)
    return ast.literal_eval(statement.value)


def parts_of(module: str) -> list[Part]:
    """The functions and classes of a module, in its order."""
    text = _text_of(module)
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [_cut(text, node.name, node) for node in ast.parse(text).body if isinstance(node, kinds)]


def _text_of(module: str) -> str:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise LookupError(f"There is no module {module}.")
    return Path(spec.origin).read_text(encoding="utf-8")


def _names(node: ast.stmt) -> Iterator[str]:
    """What a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))


def _cut(text: str, name: str, node: ast.stmt) -> Part:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    last = node.end_lineno or first
    lines = text.splitlines()[first - 1 : last]
    indent = len(lines[0]) - len(lines[0].lstrip())
    return Part(name, "\n".join(line[indent:] for line in lines), first, last)
