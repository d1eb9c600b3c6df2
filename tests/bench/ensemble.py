"""What *Several teachers* shows, over ten splits: when an ensemble is worth something, and whether the mean matters.

Each ensemble minus its members and minus its first one, students and teachers; the mean of logits against log mean p;
and the time that as many teachers as a setting allows take as one cohort, in seconds of this thread alone.
"""

from __future__ import annotations

from time import thread_time
from typing import Any

from kd_core.sweeps.intervals import Interval

SPLITS, MOST = 10, 20


def told(found: Interval) -> dict[str, Any]:
    """A difference in points, with all that a claim needs."""
    ends = {name: 100 * getattr(found, name) for name in ("mean", "low", "high")}
    return ends | {"n": found.n, "splits": found.splits, "side": found.side, "clear": found.is_clear}


def measured(name: str) -> dict[str, dict[str, Any] | float]:
    """One ensemble of the page's table."""
    from kd_core.sweeps.intervals import paired_difference
    from pages.learn.ensemble.cases import CASES, USUAL, weighed
    from pages.learn.ensemble.results import WHOLE, Mean, Panel, against, findings, last, lessons_of, mean_agreement
    from pages.learn.ensemble.runs import combine, introduce

    case = CASES[name]
    by_mean = [case.of(USUAL, mean, SPLITS) for mean in ("logits", "probabilities")]
    usual = case.weights or (1.0,) * len(by_mean[0].members)
    members = [member for member, weight in enumerate(usual) if weight]
    values = list(introduce(weighed(by_mean[0], usual)))
    panel, mean, lessons = last(values, Panel), last(values, Mean), lessons_of(values)
    other = list(combine(weighed(by_mean[1], usual)))
    other_mean, other_lesson = last(other, Mean), lessons_of(other)[WHOLE]
    assert panel is not None
    assert mean is not None
    assert other_mean is not None
    found, one, agreed = (
        findings(panel, mean, lessons, members),
        against(lessons, 0, SPLITS),
        mean_agreement(panel, members),
    )
    assert found is not None
    assert one is not None
    assert agreed is not None
    return {
        "accuracy of a member": 100 * float(panel.accuracy[members].mean()),
        "accuracy of the ensemble": 100 * float(mean.accuracy.mean()),
        "agreement of two": 100 * agreed.mean,
        "ensemble - its members": told(found.teachers),
        "ensemble - the first": told(paired_difference(mean.accuracy, panel.accuracy[0], splits=SPLITS)),
        "its student - their students": told(found.students),
        "its student - the first's": told(one),
        "its student - alone": told(found.gain),
        "log mean p - mean of logits": told(
            paired_difference(other_mean.accuracy, mean.accuracy, splits=SPLITS),
        ),
        "student of log mean p - of logits": told(
            paired_difference(other_lesson.sound, lessons[WHOLE].sound, splits=SPLITS),
        ),
    }


def seconds(teachers: int, network: str) -> float:
    """Of training so many teachers of one split as one cohort."""
    from kd_core.experiment import Experiment
    from kd_core.teaching import teacher_of

    start = thread_time()
    teacher_of(Experiment(teacher=network, teachers=teachers), {})
    return thread_time() - start


def run() -> dict[str, Any]:
    """All of it, printed as a table an ensemble."""
    import torch

    from pages.learn.ensemble.cases import CASES

    torch.set_num_threads(1)
    results: dict[str, Any] = {}
    for name in CASES:
        results[name] = measured(name)
        print(f"\n{name}, {SPLITS} splits; points, 95 % intervals")
        for row, value in results[name].items():
            if isinstance(value, float):
                print(f"  {row:36}{value:7.2f} %")
                continue
            verdict = {1: "better", -1: "worse"}.get(value["side"], "next split may differ" if value["clear"] else "?")
            print(
                f"  {row:36}{value['mean']:+7.2f} [{value['low']:+6.2f}, {value['high']:+6.2f}]"
                f"  n = {value['n']:2}  {verdict}"
            )
    results["seconds"] = {f"{count} of {net}": seconds(count, net) for net in ("16", "256-256") for count in (1, MOST)}
    print("\nteachers as one cohort, seconds of one thread")
    for row, value in results["seconds"].items():
        print(f"  {row:36}{value:7.2f}")
    return results
