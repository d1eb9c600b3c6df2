"""Experiments one click away, by the name under which `playground.toml` says what they are and what to look for."""

from __future__ import annotations

from kd_core import Experiment

PRESETS: dict[str, Experiment] = {
    "few_labels": Experiment(),
    "all_labels": Experiment(labels=0),
    "noisy_labels": Experiment(labels=0, label_noise=0.4, alpha=0.3),
    "blobs": Experiment(dataset="blobs", labels=12, student="8", temperature=2.0, alpha=0.1, epochs=200, seeds=8),
    "spirals": Experiment(dataset="spirals", labels=0, student="16", epochs=60),
}
