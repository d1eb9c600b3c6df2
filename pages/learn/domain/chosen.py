"""What one chooses on the page of another domain, and its link holds; what fits depends on the data set."""

from __future__ import annotations

from typing import NamedTuple

from pages.learn.domain.analysis import CASES, LABELS, USUAL_LABELS, shifts_of
from pages.ui.address import Field, flag, one_of, option

PAGE = "domain"
DATASET = option(PAGE, "dataset", tuple(CASES))


class Fields(NamedTuple):
    """The other domain, the teacher's layers, labels of the target, and whether all shifts are shown."""

    target: Field[str]
    teacher: Field[str]
    target_labels: Field[int]
    every: Field[bool]


def fields_of(dataset: str) -> Fields:
    """The fields on a data set; a target that does not fit it is none of its options."""
    return Fields(
        option(PAGE, "target", shifts_of(dataset)),
        option(PAGE, "teacher", CASES[dataset].teachers),
        one_of(PAGE, "target_labels", LABELS, USUAL_LABELS),
        flag(PAGE, "all", default=False),
    )
