"""Experiments one click away: name -> (experiment, what to look for). What they show is what the run says."""

from __future__ import annotations

from kd_core import Experiment

PRESETS: dict[str, tuple[Experiment, str]] = {
    "Few labels": (
        Experiment(),
        "Press Start and move T down to 1 while it trains: at T = 1 a sure teacher says little more than the label.",
    ),
    "All labels": (
        Experiment(labels=0),
        "With all 1297 labels there is little left to learn from the teacher. Is the difference clear?",
    ),
    "Noisy labels": (
        Experiment(labels=0, label_noise=0.4, alpha=0.3),
        "Four labels in ten are wrong. Move alpha to 1: who believes them?",
    ),
    "Blobs": (
        Experiment(dataset="blobs", labels=12, student="8", temperature=2.0, alpha=0.1, epochs=200, seeds=8),
        "Three labelled points a class. Compare where the three decision maps are pale.",
    ),
    "Spirals": (
        Experiment(dataset="spirals", labels=0, student="16", epochs=60),
        "A student of 16 units on a hard shape. Make it wider, or add a layer.",
    ),
}
