"""The table of teachers: what each kind is called, which settings it reads and where it is looked at as it grows.

A teacher can be anything that gives logits. Networks are trained by `kd_core.teaching`; other kinds stand in a module
outside of the engine, which is loaded when one of them is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MAX_MEMBERS = 40
APART = 1_000_003  # seeds of several forests: those of neighbouring splits don't meet
_NETWORK = ("teacher", "teacher_epochs", "teacher_dropout", "teacher_label_smoothing", "teacher_shift")


class Kind(NamedTuple):
    """One row of the table.

    `settings`: the fields of an experiment that it reads, beside its data. `is_drawn`: whether another seed gives
    another teacher. `grows`: whether it has a curve, over trees or rounds. `module` trains it; "" is the engine.
    `knows_any`: whether it answers rows that it is given afterwards.
    """

    title: str
    settings: tuple[str, ...]
    is_drawn: bool = False
    grows: bool = False
    module: str = "kd_core.teachers.fitting"
    knows_any: bool = True


KINDS: dict[str, Kind] = {
    "network": Kind("neural network", _NETWORK, is_drawn=True, grows=True, module=""),
    "forest": Kind("random forest", ("teacher_trees", "teacher_depth"), is_drawn=True, grows=True),
    "boosting": Kind("gradient boosting", ("teacher_trees", "teacher_depth", "teacher_clip"), grows=True),
    "histogram": Kind("histogram gradient boosting", ("teacher_trees", "teacher_depth", "teacher_clip"), grows=True),
    "knn": Kind("k nearest neighbours", ("teacher_neighbours", "teacher_clip")),
    "svm": Kind("support vector machine", ("teacher_c", "teacher_clip")),
    "logistic": Kind("logistic regression", ("teacher_c",)),
    "file": Kind("answers from a file", ("teacher_file", "teacher_clip"), knows_any=False),
}
PIPELINES = tuple(name for name in KINDS if name not in ("network", "file"))


class Member(NamedTuple):
    """One of a teacher's members: its kind, and which of that kind it is."""

    kind: str
    number: int


def read_kinds(text: str) -> tuple[str, ...]:
    """The kinds of a teacher, such as `network+forest`; ValueError if one is unknown, twice there, or there is none.

    A space is a plus: it is what a plus in a link that was typed by hand is read as.
    """
    kinds = tuple(text.replace(" ", "+").split("+"))
    if not set(kinds) <= KINDS.keys() or len(set(kinds)) < len(kinds):
        raise ValueError
    return kinds


def members_of(kinds: Sequence[str], teachers: int) -> tuple[Member, ...]:
    """So many of each kind that is drawn, and one of every other."""
    return tuple(Member(kind, number) for kind in kinds for number in range(teachers if KINDS[kind].is_drawn else 1))


def curve(kind: str, epochs: int, trees: int) -> tuple[int, ...]:
    """When a teacher of that kind is looked at: after which epochs, trees or rounds.

    >>> curve("forest", 30, 30), curve("network", 3, 100), curve("knn", 3, 100)
    ((1, 2, 5, 10, 20, 30), (0, 1, 2, 3), (1,))
    """
    if kind == "network":
        return tuple(range(epochs + 1))
    return stages(trees) if KINDS[kind].grows else (1,)


def stages(trees: int) -> tuple[int, ...]:
    """1, 2, 5, 10, ... and the last: as many on every scale."""
    steps = [step * 10**power for power in range(4) for step in (1, 2, 5)]
    return (*(step for step in steps if step < trees), trees)


def read_weights(text: str) -> tuple[float, ...]:
    """Weights of members, such as `1:0:0.5`, to three decimals; ValueError for one below 0, or if all are 0."""
    weights = tuple(round(float(weight), 3) for weight in text.split(":")) if text else ()
    if weights and (not all(0 <= weight <= 1000 for weight in weights) or not any(weights)):
        raise ValueError
    return weights
