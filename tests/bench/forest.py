"""From forest to network on five data sets over ten splits: what the page shows, in one table, and what it costs.

Two pairs a split: student distilled minus alone, and minus its forest, with 95 % intervals over the splits; how many
times larger and slower the forest is. Settings are those that the page begins with. Then six teachers of one student.
"""

from __future__ import annotations

from typing import Any

from kd_core.sweeps.intervals import Interval

SPLITS, PAIRS = 10, 2


def row(found: Any, times: dict[str, float]) -> dict[str, Any]:
    """The numbers of one data set, shares in percent."""
    return {
        **{actor: _told(found.mean(actor)) for actor in ("teacher", "alone", "distilled")},
        "gain": _told(found.gain),
        "gap": _told(found.gap),
        "agreement": {actor: 100 * found.agreement(actor).mean for actor in ("alone", "distilled")},
        "lost": found.lost,
        "pipeline": vars(found.pipeline_cost),
        "network": vars(found.network_cost),
        "times": times,
    }


# What the page begins with on each data set; and unlabelled examples, which it offers.
VARIANTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("digits", {}),
    ("terrain", {}),
    ("breast", {}),
    ("wine", {}),
    ("iris", {}),
    ("digits", {"extra": 10}),
    ("terrain", {"extra": 10}),
)


def run() -> dict[str, Any]:
    """Train everything, printing a line a data set, then a line a teacher."""
    import torch

    torch.set_num_threads(1)
    print(f"forest of 300 and a network distilled from it: {SPLITS} splits, {PAIRS * SPLITS} pairs, points [95 %]\n")
    print(f"{'data':18}{'forest':>7}{'alone':>7}{'dist.':>7}{'minus alone':>24}{'minus forest':>24}", end="")
    print(f"{'agrees':>8}{'size':>16}{'x':>7}{'row x':>7}{'1000 x':>7}")
    compared = [compared_on(dataset, changes) for dataset, changes in VARIANTS]
    print("\nsix teachers of one student, 100 labels, T = 2, clipping at 1e-2\n")
    taught = {dataset: taught_on(dataset) for dataset in ("digits", "terrain")}
    print("\n* holds: the next split is expected to say the same. Times are processor time of one core.")
    return {"compared": compared, "taught": taught}


def compared_on(dataset: str, changes: dict[str, Any]) -> dict[str, Any]:
    """One line of the first table."""
    from pages.learn.forest.analysis import Found, OfSplit, ratio
    from pages.learn.forest.cases import start_of
    from pages.learn.forest.runs import compare

    experiment = start_of(dataset).replace(**changes, splits=SPLITS, seeds=PAIRS * SPLITS)
    found = Found([value for value in compare(experiment) if isinstance(value, OfSplit)])
    times = ratio(found.pipeline_cost, found.network_cost)
    one = row(found, times) | {"experiment": experiment.to_query()}
    name = " ".join([dataset, *(f"{field}={value}" for field, value in changes.items())])
    accuracies = "".join(f"{one[actor]['mean']:7.1f}" for actor in ("teacher", "alone", "distilled"))
    size = f"{found.pipeline_cost.size / 1e6:.2f} MB/{found.network_cost.size / 1e3:.1f} kB"
    print(
        f"{name:18}{accuracies}{_points(one['gain'])}{_points(one['gap'])}{one['agreement']['distilled']:8.1f}{size:>16}"
        f"{times['size']:7.0f}{times['row']:7.0f}{times['thousand']:7.0f}",
        flush=True,
    )
    return one


def taught_on(dataset: str) -> list[dict[str, Any]]:
    """The lines of a data set in the second table."""
    from pages.learn.forest.analysis import best_teachers, lesson
    from pages.learn.forest.cases import six_teachers
    from pages.learn.forest.runs import teach_with

    asked = {
        kind: one.replace(splits=SPLITS, seeds=PAIRS * SPLITS, teacher_kind=kind)
        for kind, one in six_teachers(dataset).items()
    }
    taught, rows = list(teach_with(asked)), []
    for one in map(lesson, taught):
        gain = _told(one.gain)
        rows.append({"kind": one.kind, "accuracy": 100 * one.accuracy.mean, "gain": gain})
        print(f"{dataset:9}{one.kind:12}{100 * one.accuracy.mean:7.1f}{_points(gain)}", flush=True)
    print(f"{dataset:9}not told from the best: {', '.join(best_teachers(taught))}")
    return rows


def _told(one: Interval) -> dict[str, Any]:
    values = {name: 100 * getattr(one, name) for name in ("mean", "low", "high")}
    return values | {"side": one.side, "n": one.n, "splits": one.splits}


def _points(told: dict[str, Any]) -> str:
    return f"{told['mean']:+8.2f} [{told['low']:+5.2f}, {told['high']:+5.2f}]{'*' if told['side'] else ' '}"
