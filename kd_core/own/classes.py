"""What things are called, and which classes have enough examples to be learned from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kd_core.data import DataError
from kd_core.messages import Message, shown
from kd_core.own.limits import LIMITS, NAME


def names_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Names that can be shown and told apart: what is seen of each text, numbered where two look alike.

    >>> names_of(["a", " a ", "b\\n"])
    ('a', 'a (2)', 'b')
    """
    names: dict[str, None] = {}
    seen: dict[str, int] = {}
    for text in texts:
        plain = name = shown(text.strip(), NAME) or "?"
        while name in names:
            seen[plain] = seen.get(plain, 1) + 1
            name = f"{plain[: NAME - 9]} ({seen[plain]})"
        names[name] = None
    return tuple(names)


def title_of(name: str) -> str:
    """A file's name without folders, as it is shown."""
    return names_of([re.split(r"[/\\]", name)[-1]])[0]


class Classes(NamedTuple):
    """Which rows have a class, `ids` (n,), its number for each of them, `labels` (n,), and the names of classes."""

    ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    dropped: dict[str, int]


def classes_of(codes: NDArray[np.integer[Any]], texts: Sequence[str]) -> Classes:
    """The classes with enough examples, of the number of a text for each row, codes (n,), -1 where there is none.

    Numbers are in the order of their names. Raises `DataError` if fewer than two classes are left, or too many, or too
    few examples.
    """
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    large = [code for code in _sorted(texts) if counts[code] >= LIMITS.least_of_class]
    if len(large) < 2:
        raise DataError(Message("own_few_classes", least=LIMITS.least_of_class, count=len(large)))
    if len(large) > LIMITS.classes:
        raise DataError(Message("own_many_classes", most=LIMITS.classes, count=len(large)))
    new = np.full(len(texts) + 1, -1)  # the last one is that of no text, -1
    new[large] = np.arange(len(large))
    labels = new[codes]
    ids = np.flatnonzero(labels >= 0)
    enough(len(ids))
    dropped = {"no_label": int((codes < 0).sum()), "small_class": int(((codes >= 0) & (labels < 0)).sum())}
    return Classes(ids, labels[ids], names_of(texts[code] for code in large), dropped)


def enough(examples: int, least: int = LIMITS.least_examples) -> None:
    """Raises `DataError` if there are too few of them."""
    if examples < least:
        raise DataError(Message("own_few_examples", count=examples, least=least))


def bound(rows: int, columns: int) -> None:
    """Raises `DataError` if there are too many cells."""
    if rows * columns > LIMITS.cells:
        raise DataError(Message("own_many_cells", rows=rows, columns=columns, most=LIMITS.cells // 10**6))


def _sorted(texts: Sequence[str]) -> list[int]:
    """The positions of texts in their order: of their numbers if all are numbers."""
    keys: Sequence[Any] = texts
    with suppress(ValueError):
        keys = [float(text) for text in texts]
    return sorted(range(len(texts)), key=lambda position: keys[position])


def are_names(names: Sequence[Any]) -> bool:
    """Whether they can be shown, and no two of them are the same."""
    return len(set(names)) == len(names) and all(
        isinstance(name, str) and 0 < len(name) <= NAME and shown(name) == name for name in names
    )
