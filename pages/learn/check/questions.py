"""The questions of "Check yourself" as data: what is asked, what is run for it, and the rule that finds the answer.

No answer is written down here. `runs` runs a question's computation, and the question's rule reads the
answer off the evidence that it brings. The module imports no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite, log
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kd_core.data import Doubles, Floats, Labels
from kd_core.experiment import Experiment
from kd_core.jobs import OnWorker
from kd_core.sweeps.grid import Sweep
from kd_core.sweeps.intervals import Interval
from pages.run.claims import CLAIMS, SGD_RATE, over_splits

if TYPE_CHECKING:
    from pages.learn.check import runs
else:
    runs = OnWorker("pages.learn.check.runs")


@dataclass(frozen=True)
class Chart:
    """One or more named series over the same places `x`.

    `kind` is "bars", "lines", or "pairs": one place for each pair of students. `log` names axes that are logarithmic.
    """

    kind: Literal["bars", "lines", "pairs"]
    x: tuple[float, ...]
    series: dict[str, Doubles]
    log: Literal["", "x", "xy"] = ""


@dataclass(frozen=True)
class Given:
    """What a question shows with it: pictures (n, rows, columns) in [0, 1] with their labels, and a chart."""

    images: Floats
    labels: Labels
    chart: Chart | None = None


@dataclass(frozen=True)
class Evidence:
    """What a computation has found so far.

    Attributes:
        numbers: by name; shares and accuracies are in percent.
        chart: the run that was made.
        differences: paired differences over pairs and splits, in percentage points.
        means: means over them with their intervals, in percent.
        collapsed: how many pairs take no part, because a student of theirs has learned nothing.
        done: share of the work that is done, in [0, 1]; rules are for evidence that is complete.
    """

    numbers: Mapping[str, float]
    chart: Chart
    differences: Mapping[str, Interval] = field(default_factory=dict)
    means: Mapping[str, Interval] = field(default_factory=dict)
    collapsed: int = 0
    done: float = 1.0


Rule = Callable[[Evidence], str | None]


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question, its computation `compute(experiment, *settings)`, and the rule for its answer.

    Attributes:
        given: the generator of `runs` that makes what is shown with the question, from the experiment and `seen`.
        compute: the generator of `runs` that brings the evidence.
        experiment: what is run; the link behind the answer opens it.
        settings: what the question fixes beyond the experiment, by the names of the computation's parameters.
        options: names of the answers to choose from; empty if the answer is a number.
        rule: the option that the evidence speaks for, None where the next split may say another; for a number, the name
            of it in the evidence.
        tolerance: how far from the number an answer may be, as a share of it.
        trains: whether it compares students trained as the experiment says; the page then says how.
        page: where the link leads: "playground", "sweep" or an explaining page.
        learn: the page to read again after a wrong answer.
        over: axes of the sweep that the link opens.
    """

    id: str
    given: Callable[..., Iterator[Given]]
    seen: tuple[Any, ...] = ()
    compute: Callable[..., Iterator[Evidence]]
    experiment: Experiment
    settings: Mapping[str, float] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    rule: Rule | str
    tolerance: float = 0.0
    trains: bool = False
    page: str = "playground"
    learn: str
    over: tuple[str, ...] = ()

    @property
    def kind(self) -> Literal["choice", "number"]:
        return "choice" if self.options else "number"

    @property
    def computation(self) -> tuple[Any, ...]:
        """The generator that brings the evidence, kept from an earlier time or computed; and its arguments."""
        return (runs.find, self.id)

    @property
    def scene(self) -> tuple[Any, ...]:
        """The generator that makes what is given, and its arguments."""
        return (self.given, self.experiment, *self.seen)

    @property
    def sweep(self) -> Sweep:
        """The sweep that the link opens."""
        return Sweep.parse(self.experiment, self.over)

    def answer(self, evidence: Evidence) -> str | float | None:
        """The right answer, read off complete evidence: an option, or a number; None if there isn't a single one."""
        return self.rule(evidence) if callable(self.rule) else evidence.numbers[self.rule]

    def read(self, text: str) -> str | float:
        """An answer that was kept or sent as text; "" where it is none, or none of the allowed."""
        if self.kind == "choice":
            return text if text in self.options else ""
        try:
            number = float(text)
        except ValueError:
            return ""
        return number if isfinite(number) else ""

    def is_right(self, answer: str | float, evidence: Evidence) -> bool:
        """Whether an answer is the right one; a number may be off by the tolerance, an empty answer never is."""
        right = self.answer(evidence)
        if right is None:
            return False
        if isinstance(answer, str) or isinstance(right, str):
            return answer == right
        return abs(answer - right) <= self.tolerance * abs(right)


# Rules ---------------------------------------------------------------------------------------------------------------


def what_moved(evidence: Evidence) -> str:
    """Soft targets before and after: "same" up to rounding, else "flatter" or "sharper" by their entropy."""
    if evidence.numbers["change"] < 1e-6:
        return "same"
    return "flatter" if evidence.numbers["entropy_after"] > evidence.numbers["entropy_before"] else "sharper"


def which_order(evidence: Evidence) -> str:
    """Classes by probability, before and after: the "same" order, "reversed", or "mixed"."""
    before, after = (np.argsort(values, kind="stable") for values in evidence.chart.series.values())
    if np.array_equal(before, after):
        return "same"
    return "reversed" if np.array_equal(before, after[::-1]) else "mixed"


def which_kl(evidence: Evidence) -> str:
    """Which KL divergence is larger; "same" if they differ by less than one part in a hundred."""
    forward, backward = evidence.numbers["forward"], evidence.numbers["backward"]
    if abs(forward - backward) <= 0.01 * max(forward, backward):
        return "same"
    return "forward" if forward > backward else "backward"


SHRINKS = {"same": 1, "half": 2, "quarter": 4, "sixteenth": 16}


def which_shrink(evidence: Evidence) -> str:
    """The option whose factor is nearest to the measured one, as ratios go."""
    ratio = evidence.numbers["ratio"]
    return min(SHRINKS, key=lambda name: abs(log(ratio / SHRINKS[name])))


ALPHAS = {"zero": 0.0, "half": 0.5, "one": 1.0}


def which_alpha(evidence: Evidence) -> str:
    """The one alpha whose students have exactly the weights of students without a teacher, or "none"."""
    deaf = [name for name in ALPHAS if evidence.numbers[f"distance_{name}"] == 0]
    return deaf[0] if len(deaf) == 1 else "none"


def which_leads(evidence: Evidence) -> str | None:
    """Who leads by accuracy: "first" or "second" where the next split is expected to agree, else "unclear" or None."""
    return _side(evidence.differences["gain"])


def which_ranking(evidence: Evidence) -> str | None:
    """Whether accuracy ranks two students as agreement does: "same", "opposite", or one of them is "unclear"."""
    sides = {_side(evidence.differences[name]) for name in ("agreement", "accuracy")}
    if "unclear" in sides:
        return "unclear"
    if None in sides:
        return None
    return "same" if len(sides) == 1 else "opposite"


def how_soft(evidence: Evidence) -> str | None:
    """Entropy of the targets in percent of the largest possible: "labels" below 2, "some" up to 20, "much" above."""
    return _band(evidence.means["share"], lambda share: "labels" if share < 2 else "some" if share <= 20 else "much")


def how_many(evidence: Evidence) -> str | None:
    """Percent recognised, on average: "few" below 10, "some" up to 40, "many" above."""
    return _band(evidence.means["recall"], lambda mean: "few" if mean < 10 else "some" if mean <= 40 else "many")


def _side(difference: Interval) -> str | None:
    """ "unclear" if the mean may be 0; None if it is clear, but the next split may have it the other way."""
    if not difference.is_clear:
        return "unclear"
    return {1: "first", -1: "second"}.get(difference.side)


def _band(found: Interval, name_of: Callable[[float], str]) -> str | None:
    """The band that the mean lies in; None if the next split's may lie in another."""
    reached = (found.mean,) if found.splits == 1 else (found.next_low, found.mean, found.next_high)
    names = {name_of(value) for value in reached}
    return names.pop() if len(names) == 1 else None


# Questions -----------------------------------------------------------------------------------------------------------

_LEADS = ("first", "second", "unclear")

_QUESTIONS = (
    Question(
        id="shift",
        learn="soft_targets",
        given=runs.digit,
        compute=runs.shift,
        experiment=Experiment(),
        settings={"constant": 5.0},
        options=("flatter", "sharper", "same"),
        rule=what_moved,
        page="soft_targets",
    ),
    Question(
        id="uniform",
        learn="soft_targets",
        given=runs.digit,
        compute=runs.uniform,
        experiment=Experiment(),
        settings={"hot": 1000.0},
        rule="entropy",
        tolerance=0.01,
        page="soft_targets",
    ),
    Question(
        id="order",
        learn="soft_targets",
        given=runs.digit,
        compute=runs.order,
        experiment=Experiment(temperature=20.0),
        options=("same", "reversed", "mixed"),
        rule=which_order,
        page="soft_targets",
    ),
    Question(
        id="symmetric",
        learn="soft_targets",
        given=runs.opinions,
        compute=runs.symmetric,
        experiment=CLAIMS["sure"],
        options=("same", "forward", "backward"),
        rule=which_kl,
        page="soft_targets",
    ),
    Question(
        id="smaller",
        learn="home",
        given=runs.layers,
        compute=runs.smaller,
        experiment=Experiment(),
        rule="times",
        tolerance=0.03,
    ),
    Question(
        id="alpha",
        learn="two_losses",
        given=runs.sample,
        compute=runs.alpha,
        experiment=Experiment(alpha=1.0, epochs=30, seeds=3),
        options=("zero", "half", "one", "none"),
        rule=which_alpha,
    ),
    Question(
        id="shrink",
        learn="two_losses",
        given=runs.sample,
        compute=runs.shrink,
        experiment=Experiment(t_squared=False),
        settings={"low": 4.0, "high": 8.0},
        options=tuple(SHRINKS),
        rule=which_shrink,
        page="two_losses",
    ),
    Question(
        id="few",
        learn="when",
        given=runs.sample,
        compute=runs.few,
        experiment=over_splits(CLAIMS["few"]),
        options=_LEADS,
        rule=which_leads,
        trains=True,
    ),
    Question(
        id="plenty",
        learn="when",
        given=runs.sample,
        compute=runs.few,
        experiment=over_splits(CLAIMS["plenty"]),
        options=_LEADS,
        rule=which_leads,
        page="sweep",
        over=("labels=50,100,200,400,0",),
        trains=True,
    ),
    Question(
        id="sure",
        learn="soft_targets",
        given=runs.sample,
        compute=runs.sure,
        experiment=over_splits(CLAIMS["sure"]),
        settings={"warm": 4.0},
        options=("labels", "some", "much"),
        rule=how_soft,
        page="sweep",
        over=("temperature=1,2,4,8,20",),
        trains=True,
    ),
    Question(
        id="ranking",
        learn="when",
        given=runs.sample,
        compute=runs.ranking,
        experiment=over_splits(CLAIMS["weak"]),
        options=("same", "opposite", "unclear"),
        rule=which_ranking,
        trains=True,
    ),
    Question(
        id="adam",
        learn="two_losses",
        given=runs.sample,
        compute=runs.adam,
        experiment=over_splits(CLAIMS["t_squared"]).replace(alpha=0.0, t_squared=False),
        settings={"sgd_rate": SGD_RATE},
        options=_LEADS,
        rule=which_leads,
        trains=True,
    ),
    Question(
        id="missing",
        learn="dark_knowledge",
        given=runs.sample,
        seen=(3,),
        compute=runs.missing,
        settings={"absent": 3},
        experiment=over_splits(CLAIMS["missing"]),
        options=("few", "some", "many"),
        rule=how_many,
        page="dark_knowledge",
        trains=True,
    ),
)

QUESTIONS: dict[str, Question] = {question.id: question for question in _QUESTIONS}
