"""What the page trains on each data set, as experiments that the playground can open."""

from __future__ import annotations

from typing import NamedTuple

from kd_core.data import DATASETS, source_of
from kd_core.experiment import Experiment
from kd_core.kinds import KINDS, PIPELINES
from kd_core.sources import Source

OFFERED = ("digits", "terrain", "breast", "wine", "iris")
MOST_FEATURES = 256  # support vectors and boosting take minutes with more
SPLITS, PAIRS = (5, 10), 2  # divisions of the data to choose from, and pairs of students on each
TREES = {True: 300, False: 100}  # of a forest; rounds of boosting, which cost ten times as much
TEACHERS = ("logistic", "svm", "forest", "histogram", "knn", "network")
FEW = 100  # labels, where six teachers are compared


class Student(NamedTuple):
    """The student of a data set and how it trains."""

    student: str
    epochs: int
    learning_rate: float
    alpha: float


# Chosen by cross-validation within the training set of one split, over learning rates and alpha, forest of 300.
STUDENTS = {
    "digits": Student("32", 100, 0.01, 0.5),
    "terrain": Student("32", 100, 0.01, 0.0),
}
SMALL = Student("16", 100, 0.01, 0.1)


def fits(source: Source) -> bool:
    """Whether the page is for such data: tables and small images."""
    return not source.is_plane and source.features <= MOST_FEATURES


def student_of(dataset: str) -> Student:
    """Of a small table, and of one's own data, a student for small tables or for terrain."""
    usual = SMALL if source_of(dataset).train_size < 1000 else STUDENTS["terrain"]
    return STUDENTS.get(dataset, usual)


def trees_of(kind: str) -> int:
    """How many trees, or rounds, the page begins with."""
    return TREES[kind == "forest"]


def grows(kind: str) -> bool:
    return KINDS[kind].grows


def start_of(dataset: str, kind: str = "forest") -> Experiment:
    """What the page shows first of a data set and a pipeline: all labels, T = 1."""
    usual = student_of(dataset)
    return Experiment(
        dataset=dataset,
        teacher_kind=kind,
        teacher_trees=trees_of(kind),
        labels=0,
        student=usual.student,
        temperature=1.0,
        alpha=usual.alpha,
        epochs=usual.epochs,
        learning_rate=usual.learning_rate,
        splits=SPLITS[0],
        seeds=PAIRS * SPLITS[0],
    )


def six_teachers(dataset: str) -> dict[str, Experiment]:
    """One student with few labels, taught by each of six teachers; a network is the one that links begin with."""
    source = source_of(dataset)
    base = Experiment(
        dataset=dataset,
        labels=min(max(FEW, source.classes), source.train_size),
        teacher=source.suggested.get("teacher", "256-256"),
        student=student_of(dataset).student,
        temperature=2.0,
        teacher_clip=0.01,
        splits=SPLITS[0],
        seeds=PAIRS * SPLITS[0],
    )
    return {kind: base.replace(teacher_kind=kind) for kind in TEACHERS}


def axes(experiment: Experiment) -> list[str]:
    """What a sweep over the students' settings goes through, with what is on screen among it."""
    rates = sorted({0.001, 0.002, 0.005, 0.01, 0.02, experiment.learning_rate})
    alphas = sorted({0.0, 0.1, 0.3, 0.5, experiment.alpha})
    return [
        f"{name}={','.join(f'{value:g}' for value in values)}"
        for name, values in (("learning_rate", rates), ("alpha", alphas))
    ]


assert set(OFFERED) <= DATASETS.keys()
assert set(PIPELINES) >= set(TEACHERS) - {"network"}
