"""Noise, shifts, brakes and speed over ten splits: the page's claims, and whether they go as they are expected to.

The page shows five splits of these same experiments; here are ten, two pairs on each, on digits with 100 labels.
"""

from __future__ import annotations

from time import thread_time
from typing import Any

import numpy as np

SPLITS = 10
LEVELS = (0.8, 0.85, 0.9)
# What prototypes found: a sign, or that something was no help, or no worse. None: nothing was tried.
EXPECTED: dict[tuple[str, str, float], int | str | None] = {
    ("test", "plain", 0.4): +1,
    ("test", "gain", 0.2): +1,
    ("test", "more", 0.2): -1,
    ("test", "gain", 0.4): None,
    ("test", "more", 0.4): -1,
    ("shifts", "alone", 1): -1,
    ("shifts", "distilled", 1): +1,
    ("shifts", "mismatch", 1): +1,
    ("shifts", "taught", 1): -1,
    ("shifts", "teacher", 1): "no worse",
    ("labels", "alone", 0.3): +1,
    ("labels", "distilled", 0.3): +1,
    ("labels", "alone_clean", 0.3): "no help",
    ("labels", "distilled_clean", 0.3): "no help",
    ("dropout", "alone", 0.3): None,
    ("dropout", "distilled", 0.3): None,
    ("decay", "alone", 0.01): None,
    ("decay", "distilled", 0.01): None,
}


def run() -> dict[str, Any]:
    """All views, printed as a table."""
    import torch

    from pages.learn.noise.figures import quantile
    from pages.learn.noise.runs import play
    from pages.learn.noise.views import ACTORS, VIEWS, Chosen, epochs_to_reach, findings, gather, of_page

    torch.set_num_threads(1)
    start, rows, known = thread_time(), [], {}
    for name, view in VIEWS.items():
        plain = of_page(Chosen(wrong=view.wrong or 0.0)).replace(splits=SPLITS, seeds=2 * SPLITS)
        cases = view.cases(plain)
        known[name] = gather(cases, play(view.along, cases, view.levels))
    print(f"{'claim':26}{'points, mean [95 %]':>28}{'n':>4}{'next split':>12}  as expected")
    asked = dict.fromkeys(EXPECTED) | dict.fromkeys(("epochs", claim.name, 0.0) for claim in VIEWS["epochs"].claims)
    for view_name, claim, at in asked:
        found = next(each for each in findings(VIEWS[view_name], known[view_name], at) if each.claim == claim).interval
        row = _row(f"{view_name} {claim} {at:g}", found, EXPECTED.get((view_name, claim, at)))
        rows.append(row)
        ends = f"{row['mean']:+.1f} [{row['low']:+.1f}, {row['high']:+.1f}]"
        print(f"{row['claim']:26}{ends:>28}{row['n']:>4}{('-', '?', '+')[row['side'] + 1]:>12}  {row['verdict']}")
    speed, speeds = known["speed"]["plain"], []
    for level in LEVELS:
        later = findings(VIEWS["speed"], known["speed"], level)[0].interval
        told = []
        for actor, student in enumerate(ACTORS):
            reached = epochs_to_reach(speed.test[actor], level)
            half = float(quantile(reached[:, None], 0.5)[0])
            told.append(f"{student} {np.isfinite(reached).sum()} of {len(reached)}, half by {half:g}")
        speeds.append({"level": level, "told": told, "later": later.mean, "low": later.low, "high": later.high})
        print(
            f"to {100 * level:g} %: {'; '.join(told)}; "
            f"distilled minus alone {later.mean:+.1f} [{later.low:+.1f}, {later.high:+.1f}] epochs (n = {later.n})"
        )
    print(f"{thread_time() - start:.0f} s of one core")
    return {"claims": rows, "speed": speeds}


def _row(claim: str, found: Any, expected: int | str | None) -> dict[str, Any]:
    """A claim in points, and whether it is as expected: the sign alone where the interval holds 0."""
    sign, is_clear = int(np.sign(found.mean)), found.is_clear
    if expected is None:
        verdict = ""
    elif isinstance(expected, str):
        against = +1 if expected == "no help" else -1
        verdict = "no" if is_clear and sign == against else "yes"
    else:
        verdict = ("yes" if sign == expected else "no") if is_clear else "sign only" if sign == expected else "unclear"
    ends = {name: 100 * getattr(found, name) for name in ("mean", "low", "high")}
    return {"claim": claim, **ends, "n": found.n, "side": found.side, "verdict": verdict}
