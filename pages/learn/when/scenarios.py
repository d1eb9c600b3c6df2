"""When distillation helps and when it does not: scenarios as data, and what their results say (no torch here).

A scenario compares a few cases on the same pairs. Each of its claims is a difference of accuracies, taken pair by pair,
with the sign that a paper leads one to expect; the verdict is computed, over ten splits with a teacher each. `runs`
plays a scenario.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kd_core.data import Doubles, Floats
from kd_core.experiment import Experiment
from kd_core.sweeps.intervals import Interval, interval
from pages.run.claims import CLAIMS, over_splits

ACTORS = ("teacher", "alone", "distilled")
HOLDS, FAILS, OPEN = "holds", "fails", "open"


@dataclass(frozen=True)
class Case:
    """An experiment under a name; with an `assistant`, a chain.

    Then the teacher teaches the distilled students of the experiment `assistant`, one for each seed, and each of them
    teaches the students of its seed (Mirzadeh et al. 2020).
    """

    name: str
    experiment: Experiment
    assistant: Experiment | None = None


class Term(NamedTuple):
    """The test accuracy of an actor (one of `ACTORS`) in a case, to be added (+1) or subtracted (-1)."""

    sign: int
    case: str
    actor: str


class Claim(NamedTuple):
    """That a sum of terms, over pairs, has the sign `expected`.

    `papers` lead one to expect it; without any, only the loss itself does.
    """

    name: str
    terms: tuple[Term, ...]
    expected: int
    papers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """Cases to compare on the same seeds, and what is claimed of them; the reader guesses about the first claim."""

    name: str
    cases: tuple[Case, ...]
    claims: tuple[Claim, ...]
    to_open: str

    @property
    def playground(self) -> Experiment:
        """The experiment of the case `to_open`, which the playground can run as it is."""
        return next(case.experiment for case in self.cases if case.name == self.to_open)


def gain(case: str) -> tuple[Term, ...]:
    """Distilled minus alone."""
    return Term(+1, case, "distilled"), Term(-1, case, "alone")


def between(first: str, second: str, actor: str = "distilled") -> tuple[Term, ...]:
    """The actor in the first case minus the same actor in the second."""
    return Term(+1, first, actor), Term(-1, second, actor)


def less(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms, subtracted."""
    return tuple(term._replace(sign=-term.sign) for term in terms)


# What scenarios vary. All other fields are the playground's defaults: 100 labels, 16 hidden units, T = 4, alpha = 0.1.
# What other pages ask too is run as they run it (`claims`), here over ten splits.
_RUN = {name: over_splits(experiment) for name, experiment in CLAIMS.items()}
_PLAIN = over_splits(Experiment())
_PATIENCE = _PLAIN.replace(labels=0, learning_rate=0.005)
_SMOOTHED = _PLAIN.replace(labels=50)
_BIG = _PLAIN.replace(teacher="512-512", teacher_epochs=20)
# The student's recipe is its teacher's: the students alone are more networks like the teacher.
_BORN = _PLAIN.replace(
    labels=0, teacher="32", student="32", teacher_epochs=100, epochs=100, learning_rate=0.002, temperature=1, alpha=0.5
)

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("few", (Case("few", _RUN["few"]),), (Claim("gain", gain("few"), +1, ("hinton",)),), "few"),
        Scenario(
            "plenty", (Case("plenty", _RUN["plenty"]),), (Claim("gain", gain("plenty"), +1, ("hinton",)),), "plenty"
        ),
        Scenario(
            "tiny",
            (Case("t3", _RUN["tiny_cool"]), Case("t20", _RUN["tiny_hot"])),
            (Claim("cool", between("t3", "t20"), +1, ("hinton",)),),
            "t20",
        ),
        Scenario(
            "patience",
            (Case("short", _PATIENCE.replace(epochs=5)), Case("long", _PATIENCE.replace(epochs=200))),
            (
                Claim("grows", (*gain("long"), *less(gain("short"))), +1, ("beyer",)),
                Claim("long", gain("long"), +1, ("beyer",)),
            ),
            "long",
        ),
        Scenario(
            "weak",
            (
                Case("weak", _RUN["weak"]),
                Case("early", _RUN["weak"].replace(teacher_epochs=10)),
                Case("full", _RUN["plenty"]),
            ),
            (Claim("weak", gain("weak"), -1), Claim("early", between("early", "full"), +1, ("cho",))),
            "weak",
        ),
        Scenario(
            "smoothed",
            (
                Case("plain_cool", _SMOOTHED.replace(temperature=2)),
                Case("smoothed_cool", _SMOOTHED.replace(temperature=2, teacher_label_smoothing=0.1)),
                Case("plain_hot", _SMOOTHED.replace(temperature=20)),
                Case("smoothed_hot", _SMOOTHED.replace(temperature=20, teacher_label_smoothing=0.1)),
            ),
            (
                Claim("hot", between("smoothed_hot", "plain_hot"), -1, ("mueller", "chandrasegaran")),
                Claim(
                    "hotter",
                    (*between("smoothed_hot", "plain_hot"), *less(between("smoothed_cool", "plain_cool"))),
                    -1,
                    ("chandrasegaran",),
                ),
            ),
            "smoothed_hot",
        ),
        Scenario(
            "noisy",
            (Case("clean", _RUN["few"]), Case("noisy", _RUN["noisy"])),
            (
                Claim("more", (*gain("noisy"), *less(gain("clean"))), +1),
                Claim("gain", gain("noisy"), +1),
            ),
            "noisy",
        ),
        Scenario(
            "assistant",
            (
                Case("big", _BIG),
                Case("chain", _BIG, assistant=_BIG.replace(labels=0, student="64", epochs=20, learning_rate=0.005)),
                Case("small", _BIG.replace(teacher="64")),
            ),
            (
                Claim("chain", between("chain", "big"), +1, ("mirzadeh",)),
                Claim("small", between("small", "big"), +1, ("cho", "mirzadeh")),
            ),
            "big",
        ),
        Scenario(
            "born",
            (Case("born", _BORN),),
            (
                Claim("teacher", (Term(+1, "born", "distilled"), Term(-1, "born", "teacher")), +1, ("furlanello",)),
                Claim("gain", gain("born"), +1, ("furlanello",)),
            ),
            "born",
        ),
    )
}


class Reached(NamedTuple):
    """What a case has reached: `stage` is "teacher", "assistant" or "students", after `epoch` of its `epochs`.

    Test accuracies: the teachers', one a split; those of the assistants, the students alone and distilled, one a pair,
    (S,), and whether one of the pair has collapsed; None for those that are not there yet.
    """

    case: str
    stage: str
    epoch: int
    epochs: int
    teacher: Floats
    assistant: Floats | None = None
    alone: Floats | None = None
    distilled: Floats | None = None
    collapsed: NDArray[np.bool_] | None = None

    def of(self, actor: str) -> Doubles:
        """The actor's accuracies, one a pair; a teacher's is the same for every pair of its split."""
        values = {"alone": self.alone, "distilled": self.distilled}
        if actor == "teacher" and self.alone is not None:
            values[actor] = np.resize(self.teacher, len(self.alone))
        return np.asarray(values[actor], dtype=np.float64)

    @property
    def gain(self) -> Interval:
        """Distilled minus alone in the same pairs."""
        return interval(self.sound(self.of("distilled") - self.of("alone")), splits=self.splits)

    @property
    def splits(self) -> int:
        return len(self.teacher)

    def sound(self, values: Doubles) -> Doubles:
        """Values of the pairs, NaN where a student has collapsed: it says nothing about distillation."""
        return values if self.collapsed is None else np.where(self.collapsed, np.nan, values)

    @property
    def ahead(self) -> int:
        """In how many pairs the distilled student is ahead."""
        return int((self.sound(self.of("distilled") - self.of("alone")) > 0).sum())

    @property
    def assistants(self) -> Interval | None:
        """The assistants' mean accuracy with its interval, if there are any."""
        return None if self.assistant is None else interval(self.assistant, splits=self.splits)

    def mean(self, actor: str) -> Interval:
        """The actor's mean accuracy with its interval; of the teachers, one a split."""
        if actor == "teacher":
            return interval(self.teacher)
        return interval(self.of(actor), splits=self.splits)


Latest = dict[str, Reached]


def latest(values: Iterable[Reached]) -> Latest:
    """The newest that has been heard of each case."""
    return {reached.case: reached for reached in values}


class Finding(NamedTuple):
    """What a played scenario says of a claim: the difference of each pair, and their mean with its interval.

    A claim *holds* where the next split is expected to say so too (`Interval.holds`), and *fails* where the interval of
    the mean lies on the other side of 0. All else is *open*: this data can't tell.
    """

    claim: Claim
    differences: Doubles
    interval: Interval

    @property
    def sign(self) -> int:
        """Which way the difference goes on the next split too; 0 if that can't be told."""
        return self.interval.side

    @property
    def can_flip(self) -> bool:
        """Whether the mean is on one side and the next split may be on the other: a question without one answer."""
        return self.interval.is_clear and self.sign == 0

    @property
    def verdict(self) -> str:
        if self.sign == self.claim.expected:
            return HOLDS
        return FAILS if self.interval.is_clear and self.interval.mean * self.claim.expected < 0 else OPEN

    @property
    def lost(self) -> int:
        """Pairs that take no part, because a student has collapsed."""
        return int(np.isnan(self.differences).sum())


def findings(scenario: Scenario, reached: Latest) -> list[Finding]:
    """What is found of every claim of which all students have been heard from; those of all cases belong together."""
    ready = [
        claim
        for claim in scenario.claims
        if all(term.case in reached and reached[term.case].distilled is not None for term in claim.terms)
    ]
    return [_finding(claim, reached) for claim in ready]


def _finding(claim: Claim, reached: Latest) -> Finding:
    parts = [term.sign * reached[term.case].sound(reached[term.case].of(term.actor)) for term in claim.terms]
    differences = np.sum(parts, axis=0)
    return Finding(claim, differences, interval(differences, splits=reached[claim.terms[0].case].splits))
