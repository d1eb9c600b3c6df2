"""How often do intervals hold the mean over splits that they were not made from?

Fresh splits of two pairs are trained in every setting. Ten at a time are drawn from them, with what `interval` says of
those ten, and the mean over all is the truth. Beside it: Student's t over all pairs, as if splits did not matter, and
over the pairs of one split.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from time import perf_counter
from typing import Any

import numpy as np

SEED, CHUNK, CHUNKS, PAIRS, DRAWS = 31_337, 20, 8, 2, 4000
SETTINGS = {
    "digits, 100 labels": "",
    "digits, all labels": "labels=0",
    "noisy labels": "label_noise=0.4",
    "noisy inputs": "noise=0.3",
    "weak teacher": "labels=0&teacher_epochs=1",
    "born again": "labels=0&teacher=32&student=32&teacher_epochs=100&learning_rate=0.002&temperature=1&alpha=0.5",
    "blobs": "dataset=blobs",
    "crescents": "dataset=crescents",
}


def differences(query: str, seed: int) -> Any:
    """In a worker: distilled minus alone in points, (splits, pairs)."""
    import torch

    from kd_core.experiment import Condition, Experiment
    from kd_core.sweeps.pieces import train_together
    from kd_core.teaching import teacher_of

    torch.set_num_threads(1)
    experiment = Experiment.from_query(query).replace(splits=CHUNK, seeds=CHUNK, seed=seed)
    conditions = [Condition(1.0, 1.0), experiment.heard_at(0)]
    *_, last = train_together(experiment, conditions, teacher_of(experiment).logits, seeds=range(CHUNK * PAIRS))
    return 100 * (last.accuracy[1] - last.accuracy[0]).reshape(PAIRS, CHUNK).T


def coverage(pool: Any, draws: int = DRAWS) -> dict[str, float]:
    """Shares of draws whose interval holds the mean of the pool (splits, pairs)."""
    from kd_core.sweeps.intervals import interval

    rng, truth, held = np.random.default_rng(0), pool.mean(), {"over splits": 0, "over pairs": 0}
    for _ in range(draws):
        drawn = pool[rng.integers(0, len(pool), 10)].T.ravel()  # pair k sits in split k modulo 10
        for name, splits in (("over splits", 10), ("over pairs", 1)):
            found = interval(drawn, splits=splits)
            held[name] += found.low <= truth <= found.high
    return {name: count / draws for name, count in held.items()}


def run() -> dict[str, Any]:
    """Every setting, printed as a table."""
    start, results = perf_counter(), {}
    queries = [query for query in SETTINGS.values() for _ in range(CHUNKS)]
    seeds = [SEED + chunk for _ in SETTINGS for chunk in range(CHUNKS)]
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as workers:
        parts = list(workers.map(differences, queries, seeds))
    print(f"{CHUNKS * CHUNK} splits of {PAIRS} pairs each, {DRAWS} draws of ten; {perf_counter() - start:.0f} s")
    print(f"{'setting':22}{'mean':>8}{'sd of splits':>14}{'over splits':>13}{'over pairs':>12}")
    for i, name in enumerate(SETTINGS):
        pool = np.concatenate(parts[i * CHUNKS : (i + 1) * CHUNKS])
        results[name] = coverage(pool) | {"mean": float(pool.mean()), "sd": float(pool.mean(1).std(ddof=1))}
        row = results[name]
        print(f"{name:22}{row['mean']:+8.2f}{row['sd']:14.2f}{row['over splits']:13.1%}{row['over pairs']:12.1%}")
    return results
