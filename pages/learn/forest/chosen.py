"""What one chooses on the page and its link holds, under the names of an experiment's fields."""

from __future__ import annotations

from typing import Any, NamedTuple

from kd_core.data import source_of
from kd_core.experiment import Experiment
from kd_core.kinds import PIPELINES
from pages.learn.forest.cases import OFFERED, PAIRS, SPLITS, TREES, fits, start_of, trees_of
from pages.ui.address import Field, held, measure, one_of, option
from pages.ui.datasets import dataset_field

PAGE = "forest"
DATASET = dataset_field(PAGE, OFFERED, fits)
KINDS = ("forest", *(kind for kind in PIPELINES if kind != "forest"))
KIND = option(PAGE, "teacher_kind", KINDS)
HOTTEST = 8.0
TREE_COUNTS = tuple(sorted({10, 30, *TREES.values()}))
STUDENTS = ("8", "16", "32", "64", "128", "64-64")
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
EXTRA = (0, 1, 2, 5, 10)


class Fields(NamedTuple):
    """The settings on a data set and with a pipeline, and what they are at first there."""

    splits: Field[int]
    labels: Field[int]
    teacher_trees: Field[int]
    temperature: Field[float]
    alpha: Field[float]
    student: Field[str]
    learning_rate: Field[float]
    extra: Field[int]
    extra_kind: Field[str]


def fields_of(dataset: str, kind: str) -> Fields:
    start = start_of(dataset, kind)
    return Fields(
        one_of(PAGE, "splits", SPLITS, start.splits),
        one_of(PAGE, "labels", labels_of(dataset), 0),
        one_of(PAGE, "teacher_trees", TREE_COUNTS, trees_of(kind)),
        measure(PAGE, "temperature", start.temperature, 1, HOTTEST),
        measure(PAGE, "alpha", start.alpha, 0, 1),
        _student(start.student),
        one_of(PAGE, "learning_rate", RATES, start.learning_rate),
        one_of(PAGE, "extra", EXTRA, 0),
        option(PAGE, "extra_kind", ("noise", "mixup")),
    )


def labels_of(dataset: str) -> tuple[int, ...]:
    """How many labels can be chosen: some, and 0 for all."""
    source = source_of(dataset)
    return (*(count for count in (20, 50, 100, 200, 500, 1000) if source.classes <= count < source.train_size), 0)


def experiment_of(dataset: str, kind: str, fields: Fields) -> Experiment:
    """What is chosen. Raises `ExperimentError` for what does not go together."""
    chosen: dict[str, Any] = {name: held(field) for name, field in fields._asdict().items()}
    return start_of(dataset, kind).replace(**chosen, seeds=PAIRS * chosen["splits"])


def _student(usual: str) -> Field[str]:
    either = option(PAGE, "student", STUDENTS)
    return Field(either.key, either.name, usual, either.read)
