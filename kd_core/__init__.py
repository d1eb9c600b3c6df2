"""The core of KD Lab: models, losses and training for knowledge distillation, without a user interface.

`import kd_core` is light: names that need torch load when first used.
"""

from __future__ import annotations

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

__all__ = [
    "DATASETS",
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
