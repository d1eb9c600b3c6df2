"""Of eighty runs with learning rates far too large, how many are reported as a finding about distillation?"""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import torch

from kd_core import DivergenceError, Experiment
from kd_core import run as train
from pages.run.outcome import compare
from pages.run.reading import verdict
from pages.ui.words import Words

RATES = np.geomspace(1, 1000, 10).round(2).tolist()
CASES = [
    Experiment(optimizer=optimizer, learning_rate=rate, temperature=temperature, alpha=alpha, epochs=30, seeds=3)
    for optimizer, rate, temperature, alpha in product(("sgd", "adam"), RATES, (4, 20), (0.0, 0.5))
]


def run() -> dict[str, Any]:
    """The eighty runs, counted by what is said of them."""
    torch.set_num_threads(1)
    w, said, low, findings = Words("reading", "en"), Counter[str](), 0, []
    teachers: dict[Any, Any] = {}
    for experiment in CASES:
        last = {}
        try:
            for snapshot in train(experiment, teachers=teachers):
                last[snapshot.phase] = snapshot
        except DivergenceError:
            said["stopped: diverged"] += 1
            continue
        found, actors = compare(last["teacher"], last["students"]), last["students"].actors
        lost = any(actor.collapsed.any() for actor in actors.values())
        low += min(float(actor.test_accuracy.mean()) for actor in actors.values()) <= 0.15
        headline, _ = verdict(found, experiment, w)
        said["collapse told" if lost else "no collapse"] += 1
        if not lost and found.gain.is_clear:
            scores = [round(float(actor.test_accuracy.mean()), 3) for actor in actors.values()]
            findings.append((experiment.to_query(), *scores, headline))
    print(f"{len(CASES)} runs at learning rates of 1 to 1000: {dict(said)}; at 15 % or less: {low}")
    print(f"reported as a finding about distillation: {len(findings)}")
    for finding in findings:
        print("  ", finding)
    return {"said": dict(said), "low": low, "findings": findings}
