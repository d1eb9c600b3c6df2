"""What a sweep starts from: the settings that its data set suggests, and values for each axis that suit them."""

from __future__ import annotations

from collections.abc import Sequence

from kd_core.experiment import Experiment
from kd_core.recipe import LARGE
from kd_core.sources import Source
from kd_core.sweeps.grid import AXES, Sweep

USUAL = ("temperature", "alpha")
VALUES = {
    "temperature": "1,2,3,4,6,8,12,20",
    "alpha": "0,0.1,0.3,0.5,0.7,0.9",
    "student": "4,8,16,32,64",
    "teacher": "16,64,256,256-256",
    "label_noise": "0..0.6..0.2",
    "learning_rate": "0.005,0.01,0.02,0.05",
    "teacher_kind": "network,forest,logistic,knn",
    "teachers": "1,3,5",
    "extra": "0,2,5,10",
    "shift": "0,1,2",
    "student_dropout": "0,0.2,0.5",
    "weight_decay": "0,0.0001,0.001,0.01",
    "validation": "0,0.2,0.4",
    "test_noise": "0..0.6..0.2",
}
# What takes longer has fewer cells, so that a map takes seconds here too.
_FEWER = {"temperature": "1,4,8,20", "alpha": "0,0.5", "label_noise": "0,0.3,0.6"}
OF_CONVOLUTIONS = {
    **_FEWER,
    "student": "c4,c8,c4-c8,c8-c16",
    "teacher": "64,256-256,c8-c16,c16-c32",
    "learning_rate": "0.003,0.01,0.03",
}
OF_LARGE = {
    **_FEWER,
    "temperature": "1,4,20",
    "student": "8,32,128",
    "teacher": "16,64,256-256",
    "learning_rate": "0.002,0.005,0.02",
}
OF_SMALL = {"student": "2,4,8,16", "teacher": "4,16,32-32"}


def start_of(dataset: str, axes: Sequence[str] = USUAL) -> Sweep:
    """The sweep over these axes that a data set suggests."""
    base, _ = Experiment.read({"dataset": dataset})
    return Sweep.parse(base, [f"{axis}={first_values(axis, dataset)}" for axis in axes])


def axes_of(source: Source) -> tuple[str, ...]:
    """What can be swept over on this data: only images can be shifted."""
    return tuple(axis for axis in AXES if axis != "shift" or source.image is not None)


def first_values(axis: str, dataset: str) -> str:
    """What an axis begins with, as a link writes it."""
    base, _ = Experiment.read({"dataset": dataset})
    source = base.source
    if axis == "labels":
        return ",".join(map(str, label_counts(source)))
    special: dict[str, str] = {}
    if base.student_network.convolutions:
        special = OF_CONVOLUTIONS
    elif source.train_size > LARGE:
        special = OF_LARGE
    elif source.is_small:
        special = OF_SMALL
    return special.get(axis, VALUES[axis])


def label_counts(source: Source) -> list[int]:
    """From few labels to all of them, which is 0; of a large set only so many as are trained on in seconds."""
    is_large = source.train_size > LARGE
    counts = (
        [20, 50, 100, 200, 500] if is_large else [50, 100, 200, 400] if source.train_size >= 500 else [10, 20, 40, 80]
    )
    return [count for count in counts if source.classes <= count < source.train_size] + ([] if is_large else [0])
