"""Experiments one click away, by the name under which `playground.toml` says what they are and what to look for."""

from __future__ import annotations

from kd_core import Experiment
from pages.run.claims import CLAIMS

PRESETS: dict[str, Experiment] = {
    "few_labels": CLAIMS["few"],
    "all_labels": CLAIMS["plenty"],
    "noisy_labels": CLAIMS["noisy"],
    "real_digits": Experiment.read({"dataset": "mnist"})[0],
    "convolutions": Experiment(teacher="c32-c64", teacher_epochs=15, student="c8-c16", epochs=60),
    "blobs": Experiment(dataset="blobs", labels=12, student="8", temperature=2.0, alpha=0.1, epochs=200, seeds=8),
    "spirals": Experiment(dataset="spirals", labels=0, student="16", epochs=60),
}
