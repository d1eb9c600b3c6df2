"""Do the verdicts of *When it helps* hold on splits they were not made from? And how long do all nine take, cold?

First every scenario as the page plays it, in two fresh processes: claims, intervals, verdicts, time. Then the same over
twenty other splits, ten pairs each: on how many is the difference clear either way, and on how many has it the sign.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

FRESH_SEED, FRESH_SPLITS, PAIRS = 27_112_026, 20, 10
# The longest first, so that both processes end at about the same time.
ORDER = ("assistant", "patience", "smoothed", "weak", "born", "tiny", "plenty", "few", "noisy")


def played(name: str, fresh: bool) -> tuple[str, list[dict[str, Any]], float]:
    """In a worker: what every claim of a scenario comes to, on the page or over fresh splits; and the seconds."""
    import torch

    from kd_core.sweeps.intervals import interval
    from pages.learn.when.runs import play, play_cases
    from pages.learn.when.scenarios import SCENARIOS, findings, latest

    torch.set_num_threads(1)
    start, scenario = perf_counter(), SCENARIOS[name]
    if not fresh:
        found = findings(scenario, latest(play(name)))
        rows = [
            {
                "claim": one.claim.name,
                "mean": 100 * one.interval.mean,
                "low": 100 * one.interval.low,
                "high": 100 * one.interval.high,
                "n": one.interval.n,
                "splits": one.interval.splits,
                "verdict": one.verdict,
                "can_flip": one.can_flip,
                "sign": one.sign,
                "expected": one.claim.expected,
            }
            for one in found
        ]
        return name, rows, perf_counter() - start

    def elsewhere(experiment: Any) -> Any:
        return experiment and experiment.replace(splits=FRESH_SPLITS, seeds=FRESH_SPLITS, seed=FRESH_SEED)

    cases = [
        dataclasses.replace(case, experiment=elsewhere(case.experiment), assistant=elsewhere(case.assistant))
        for case in scenario.cases
    ]
    rows = []
    for one in findings(scenario, latest(play_cases(cases, {}, FRESH_SPLITS * PAIRS))):
        by_split = one.differences.reshape(PAIRS, FRESH_SPLITS).T
        each = [interval(values) for values in by_split]
        clear = [int(np.sign(found.mean)) if found.is_clear else 0 for found in each]
        means = 100 * np.array([found.mean for found in each])
        rows.append(
            {
                "claim": one.claim.name,
                "mean": means.mean(),
                "sd": means.std(ddof=1),
                "means": means.tolist(),
                "clear": clear,
            }
        )
    return name, rows, perf_counter() - start


def all_of(fresh: bool) -> tuple[dict[str, list[dict[str, Any]]], float]:
    """Every scenario in two processes that begin with nothing, not even with what is kept on disk."""
    start = perf_counter()
    with TemporaryDirectory() as empty, ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        os.environ["KD_CACHE"] = empty  # the processes begin with the first task
        done = list(pool.map(played, ORDER, [fresh] * len(ORDER)))
    return {name: rows for name, rows, _ in done}, perf_counter() - start


def run() -> dict[str, Any]:
    """Both, printed as one table."""
    page, seconds = all_of(fresh=False)
    fresh, fresh_seconds = all_of(fresh=True)
    print(f"nine scenarios over ten splits, two processes, from a cold start: {seconds:.0f} s")
    print(f"{FRESH_SPLITS} other splits (seed {FRESH_SEED}), {PAIRS} pairs each: {fresh_seconds:.0f} s; points\n")
    print(f"{'claim':20}{'page, mean [95 %]':>26}{'verdict':>9}{'elsewhere (sd)':>18}{'+ / ? / -':>12}{'sign':>6}")
    wrong = []
    for name in ORDER:
        for here, there in zip(page[name], fresh[name], strict=True):
            counts = [there["clear"].count(side) for side in (here["expected"], 0, -here["expected"])]
            sign = int((np.sign(there["means"]) == np.sign(here["mean"])).sum())
            here |= {"elsewhere": there, "same_sign": sign}
            verdict = here["verdict"] + ("*" if here["can_flip"] else "")
            if here["verdict"] == "holds" and sign < 0.9 * FRESH_SPLITS:
                wrong.append(f"{name}.{here['claim']}")
            print(
                f"{name + ' ' + here['claim']:20}"
                f"{here['mean']:+9.2f} [{here['low']:+6.2f}, {here['high']:+6.2f}]{verdict:>9}"
                f"{there['mean']:+10.2f} ({there['sd']:.2f}){counts[0]:>4} /{counts[1]:>3} /{counts[2]:>2}{sign:>6}"
            )
    print("\n+ / ? / -: splits clear for the claim, unclear, clear against it. sign: splits with the page's sign.")
    print("* clear on average, and the next split may say otherwise")
    print(f"verdicts of 'holds' with fewer than 18 of 20 signs: {', '.join(wrong) or 'none'}")
    return {"seconds": round(seconds, 1), "fresh_seconds": round(fresh_seconds, 1), "claims": page, "wrong": wrong}
