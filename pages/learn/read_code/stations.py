"""The path through the engine: at each station a file, and the few lines of it that are its heart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kd_core.export import part_of
from pages.ui.source import HEARTS


class Lines(NamedTuple):
    """Of a function or class, the lines from the one that begins with `first` to the one that begins with `last`."""

    part: str
    first: str
    last: str


class Station(NamedTuple):
    """A stop on the path: what is lit in which file."""

    file: str
    lit: tuple[Lines, ...]


STATIONS = {
    "loss": Station(
        "losses",
        (
            Lines("soften", "return (logits", "return (logits"),
            Lines("distillation_loss", "per_row =", "return LossTerms"),
        ),
    ),
    "cohort": Station(
        "cohort",
        (
            Lines("Cohort.backward", "for layer in", "gradient = torch.ops"),
            Lines("_linear", "groups =", "return output"),
        ),
    ),
    "students": Station(
        "students",
        (
            Lines("Students.train_epoch", "# Forward", "self._optimizer.step"),
            Lines("Students._mixed", "logits =", "return weights.mix"),
        ),
    ),
    "run": Station(
        "training",
        (
            Lines("_train_students", "students = Students", "for epoch in"),
            Lines("_train_students", "steer = yield", "students.put_under"),
            Lines("_pair", "return Condition", "return Condition"),
        ),
    ),
    "measuring": Station(
        "measuring",
        (
            Lines("Holdouts.predictions", "given =", "return Predictions"),
            Lines("Evaluator.measures", "test_accuracy=", "agreement="),
        ),
    ),
}


def lit_lines(file: str) -> set[int]:
    """Numbers of the lines that are a file's heart: a station's, or all of the parts to read first."""
    for station in STATIONS.values():
        if station.file == file:
            return {line for lines in station.lit for line in _numbers(file, lines)}
    parts = [part_of(f"kd_core.{file}", name) for name, _ in HEARTS.get(file, ())]
    return {line for part in parts for line in range(part.first, part.last + 1)}


def signatures(station: Station) -> set[int]:
    """Numbers of the lines in which the lit functions say what they take: down to the one that ends in a colon."""
    found: set[int] = set()
    for lines in station.lit:
        part = part_of(f"kd_core.{station.file}", lines.part)
        length = next(i for i, line in enumerate(part.text.splitlines(), 1) if line.endswith(":"))
        found |= set(range(part.first, part.first + length))
    return found


def _numbers(file: str, lines: Lines) -> Iterator[int]:
    """LookupError if the file no longer has such lines: a test looks at every station."""
    part = part_of(f"kd_core.{file}", lines.part)
    texts = [line.strip() for line in part.text.splitlines()]
    places = [[i for i, text in enumerate(texts) if text.startswith(end)] for end in (lines.first, lines.last)]
    if not all(places) or places[0][0] > places[1][-1]:
        raise LookupError(f"{file}.py: {lines}")
    yield from range(part.first + places[0][0], part.first + places[1][-1] + 1)
