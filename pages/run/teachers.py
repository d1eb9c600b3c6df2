"""What a teacher is, in words, and in what its progress is counted."""

from __future__ import annotations

from collections import Counter

from kd_core.experiment import Experiment
from pages.ui.numbers import short
from pages.ui.words import Words

_UNITS = {"network": "epochs", "forest": "trees", "boosting": "rounds", "histogram": "rounds"}


def is_network(experiment: Experiment) -> bool:
    """Whether the teacher is one network and no more, which can be drawn and counted."""
    return experiment.kinds == ("network",) and len(experiment.members) == 1


def unit_of(experiment: Experiment) -> str:
    """What the teacher's curve goes over: "epochs", "trees", "rounds"; "kinds" of an ensemble, one after the other;
    "fit" where there is no curve.
    """
    kind, *others = experiment.kinds
    return "kinds" if others else _UNITS.get(kind, "fit")


def teacher_name(experiment: Experiment, language: str) -> str:
    """As in "random forest of 100 trees"; of an ensemble, the members that have a weight.

    >>> teacher_name(Experiment(teacher_kind="network+forest", teachers=2), "en")
    'ensemble of 2 × network 256-256 and 2 × random forest of 100 trees'
    """
    w = Words("teachers", language)
    heard = zip(experiment.members, experiment.weights, strict=True)
    counts = Counter(member.kind for member, weight in heard if weight)
    names = [_counted(experiment, kind, count, w) for kind, count in counts.items()]
    if len(names) == 1:
        return names[0]
    return w("ensemble", members=f"{', '.join(names[:-1])} {w('and')} {names[-1]}")


def kind_name(experiment: Experiment, kind: str, language: str) -> str:
    """One kind with the setting that says most of it."""
    w = Words("teachers", language)
    return w(
        f"names.{kind}",
        network=experiment.teacher,
        trees=experiment.teacher_trees,
        neighbours=experiment.teacher_neighbours,
        c=short(w, experiment.teacher_c),
    )


def _counted(experiment: Experiment, kind: str, count: int, w: Words) -> str:
    name = kind_name(experiment, kind, w.language)
    return name if count == 1 else w("several", count=count, kind=name)
