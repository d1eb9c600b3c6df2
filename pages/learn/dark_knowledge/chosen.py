"""What one chooses on the page of dark knowledge, and its link holds; on another data set it is something else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kd_core.data import source_of
from pages.learn.dark_knowledge import figures
from pages.learn.dark_knowledge.analysis import ON_THE_WALL, case_of, most_missing
from pages.ui.address import Field, measure, option, place
from pages.ui.datasets import dataset_field
from pages.ui.words import words

PAGE = "dark_knowledge"
DATASET = dataset_field(PAGE)


class Fields(NamedTuple):
    """The gallery's class, temperature and example; what is left out; the nudge's student and size; the map's pair."""

    like: Field[int]
    temperature: Field[float]
    example: Field[int]
    missing: Field[Sequence[int]]
    student: Field[str]
    nudge: Field[float]
    true: Field[int]
    other: Field[int]


def fields_of(dataset: str) -> Fields:
    """The fields on a data set, and what they are at first there."""
    source, case = source_of(dataset), case_of(dataset)
    return Fields(
        place(PAGE, "like", case.missing, source.classes),
        measure(PAGE, "temperature", 4, 1, 20),
        place(PAGE, "example", -1, min(source.test_size, ON_THE_WALL)),  # -1: whichever comes first
        _missing(dataset),
        option(PAGE, "student", figures.STUDENTS[::-1]),
        measure(PAGE, "nudge", 0, 0, 16),
        place(PAGE, "true", case.pair[0], source.classes),
        place(PAGE, "other", case.pair[1], source.classes),
    )


def _missing(dataset: str) -> Field[Sequence[int]]:
    """Numbers of classes in a row, each once, as many as can be left out."""
    classes, most = source_of(dataset).classes, most_missing(dataset)

    def read(text: str) -> list[int]:
        parts = list(text) if classes <= 10 else text.split("-")
        numbers = sorted({int(part) for part in parts if part.isdecimal() and len(part) < 4})
        if len(numbers) != len(parts) or not 1 <= len(numbers) <= most or numbers[-1] >= classes:
            raise ValueError(words(PAGE)("missing.allowed", most=most))
        return numbers

    return Field("dark_knowledge_missing", "left_out", [case_of(dataset).missing], read, lambda c: in_a_row(c, classes))


def in_a_row(missing: Sequence[int], classes: int) -> str:
    """As the link writes it: 38, or where there are more than ten classes 3-12."""
    return ("" if classes <= 10 else "-").join(str(label) for label in sorted(missing))
