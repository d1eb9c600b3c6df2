"""The core of KD Lab: models, losses and training for knowledge distillation, without a user interface.

`import kd_core` is light: names that need torch load when first used.

The files of this folder are the engine. To read, in this order:

    experiment   the one value that determines a run: every setting with its default, range and meaning
    kinds        the table of teachers: a network, classical pipelines, a file
    sources      what data sets there are: shapes, classes, and where each comes from
    mnist        three large collections of images, fetched once and kept
    data         the data sets as they are used: split, labelled, shown
    models       a network as a text and its layers, their sizes, their initial weights
    recipe       what an epoch is, and how a teacher trains
    losses       the distillation loss and its gradient
    convolution  the convolutions of K networks at once, forward and backward
    cohort       K networks as one: stacked weights, forward, backward
    inputs       examples as networks are given them, and the order in which they come
    streams      a generator of random numbers for everything that is drawn
    snapshot     what a run yields
    metrics      accuracy, agreement, calibration; intervals over seeds
    measuring    what is measured of networks, on data they did not train on
    giveway      between steps: where others can have their turn
    unlabelled   examples that nobody labels: the teacher answers
    views        shifted images, and what the teacher answers to them
    stopping     each student ends with the weights of its best epoch
    students     what students learn from, and an epoch for all of them
    teaching     teachers of every kind: trained, combined, kept
    training     a run: the teacher, then the students
    messages     what the core has to say to people

The folders use the engine, which does without them: `sweeps` (many settings at once), `jobs` (runs on Dask workers),
`export` (an experiment as a script), `own` (data of one's own), `answers` (those of a teacher in a file), `teachers`
(scikit-learn's), `domains` and `made` (data made here), `command` (the command line, which `__main__` calls).
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kd_core.data import DATASETS, Dataset, load_dataset
from kd_core.experiment import Change, Experiment, ExperimentError
from kd_core.snapshot import DivergenceError, LossTerms, Measures, Snapshot

if TYPE_CHECKING:
    from kd_core.losses import distillation_loss, soften
    from kd_core.training import Steer, run

_LATE = {
    "distillation_loss": "kd_core.losses",
    "soften": "kd_core.losses",
    "run": "kd_core.training",
    "Steer": "kd_core.training",
}

READING_ORDER = tuple(re.findall(r"^    (\w+)  ", __doc__, re.MULTILINE))  # as above

__all__ = [
    "DATASETS",
    "READING_ORDER",
    "Change",
    "Dataset",
    "DivergenceError",
    "Experiment",
    "ExperimentError",
    "LossTerms",
    "Measures",
    "Snapshot",
    "Steer",
    "distillation_loss",
    "load_dataset",
    "run",
    "soften",
]


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module 'kd_core' has no attribute {name!r}")
