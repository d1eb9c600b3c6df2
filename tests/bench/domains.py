"""Does a student gain by hearing its teacher on unlabelled examples of another domain? By shift, over ten splits.

As the page of that name trains them, with two pairs on each split: right answers on source and target, means, and
paired differences in points with 95 % intervals. `told` are told 50 labels of the target.
"""

from __future__ import annotations

import dataclasses
from typing import Any

SPLITS, PAIRS, TOLD = 10, 20, 50


def of_shift(dataset: str, target: str, teacher: str) -> dict[str, Any]:
    """What all who take part reach on a shift."""
    from pages.learn.domain.analysis import experiment_of, latest
    from pages.learn.domain.runs import train_all

    experiment = experiment_of(dataset, target, teacher, TOLD).replace(splits=SPLITS, seeds=PAIRS)
    reached = latest(train_all(experiment, {}))
    assert reached is not None
    differences = {
        "gain": reached.gain,
        "over_alone": reached.difference("abroad", "alone"),
        "behind_teacher": reached.difference("abroad", "teacher"),
        "on_source": reached.cost,
        "told_gain": reached.difference("told_abroad", "abroad"),
        "told_over_alone": reached.difference("told_abroad", "told_alone"),
    }
    return {
        "right": {
            actor: [100 * reached.right(actor, domain).mean for domain in ("source", "target")]
            for actor in reached.actors
        },
        **{name: dataclasses.asdict(found) | {"side": found.side} for name, found in differences.items()},
    }


def run() -> dict[str, Any]:
    """Every data set and shift of the page, and its other teachers; printed as a table."""
    import torch

    from kd_core.data import DataError
    from pages.learn.domain.analysis import CASES, shifts_of

    torch.set_num_threads(1)
    print(f"{PAIRS} pairs on {SPLITS} splits. Right in %: teacher on source / target, then all on the target; points")
    heads = (
        "teacher",
        "alone",
        "source only",
        "unlabelled",
        "gain [95 %]",
        "over alone",
        "told: T",
        "alone",
        "student",
    )
    print(f"{'data, shift, teacher':32}" + "".join(f"{head:>{21 if '[' in head else 13}}" for head in heads))
    found: dict[str, Any] = {}
    for dataset, case in CASES.items():
        for teacher in case.teachers:
            for target in shifts_of(dataset):
                name = f"{dataset} {target} {teacher}"
                try:
                    found[name] = of_shift(dataset, target, teacher)
                except DataError as problem:
                    print(f"{name:32}  {problem}")
                    continue
                print(_row(name, found[name]), flush=True)
    print("\n* the next split is expected to say so too")
    return found


def _row(name: str, one: dict[str, Any]) -> str:
    right = one["right"]
    cells = [f"{right['teacher'][0]:.1f} / {right['teacher'][1]:.1f}"]
    cells += [f"{right[actor][1]:.1f}" for actor in ("alone", "distilled", "abroad")]
    gain, over = one["gain"], one["over_alone"]
    text = (
        f"{100 * gain['mean']:+.1f} [{100 * gain['low']:+.1f}, {100 * gain['high']:+.1f}]{'*' if gain['side'] else ' '}"
    )
    told = [f"{right[actor][1]:.1f}" for actor in ("told_teacher", "told_alone", "told_abroad")]
    after = [f"{100 * over['mean']:+.1f}{'*' if over['side'] else ' '}", *told]
    return f"{name:32}" + "".join(f"{cell:>13}" for cell in cells) + f"{text:>21}" + "".join(f"{c:>13}" for c in after)
