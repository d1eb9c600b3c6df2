"""Seven questions about noise and overfitting as data: what is trained for each, and what is claimed of it (no torch).

`runs` trains; what it yields, `gather` puts together over splits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kd_core.data import Doubles, Labels
from kd_core.experiment import Experiment, defaults_of
from kd_core.sources import source_of
from kd_core.sweeps.intervals import Interval, interval

ACTORS = ("alone", "distilled")
ALONE, DISTILLED = 0, 1
SPLITS, PAIRS = 5, 10
HELD_BACK = 0.2  # of the labelled sample, for early stopping
SHARES, DROPOUTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5), (0.0, 0.1, 0.2, 0.3, 0.5)
DECAYS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1)
REACHABLE = tuple(round(0.01 * percent, 2) for percent in range(40, 100))  # accuracies that may be reached


class Case(NamedTuple):
    """An experiment to train: one point of a series, at x."""

    series: str
    x: float
    experiment: Experiment


class Reached(NamedTuple):
    """What the P pairs of one split have come to in one case, at X places along x.

    test, train: accuracies (2, P, X) of the students alone and distilled, NaN where one of the pair has collapsed.
    teacher (X,); kept (2, P): the best epoch of each student by its validation examples, where there are any.
    """

    series: str
    x: tuple[float, ...]
    split: int
    teacher: Doubles
    test: Doubles
    train: Doubles
    kept: Labels | None = None


class Teaching(NamedTuple):
    """How far the teachers are that have to be trained first."""

    epoch: int
    epochs: int


class Series(NamedTuple):
    """The same of the splits that are done, n pairs: pair k sits in split k modulo `splits`.

    teacher (splits, X); test, train (2, n, X); kept (2, n).
    """

    x: tuple[float, ...]
    splits: int
    teacher: Doubles
    test: Doubles
    train: Doubles
    kept: Labels | None

    @property
    def gap(self) -> Doubles:
        """The generalisation gap: accuracy on what a student trains on, minus that on the test set."""
        return self.train - self.test

    @property
    def lost(self) -> int:
        """Pairs that take no part somewhere, because a student has collapsed."""
        return int(np.isnan(self.test).any((0, 2)).sum())

    def at(self, x: float) -> int:
        """The position of x."""
        return self.x.index(x)


Known = Mapping[str, Series]


class Claim(NamedTuple):
    """A difference of each pair, or of each split's teacher, given what is known and the level that is asked about."""

    name: str
    of: Callable[[Known, float], Doubles]


class Finding(NamedTuple):
    """What a claim comes to over the splits."""

    claim: str
    interval: Interval


@dataclass(frozen=True)
class View:
    """A question. `along` says what lies along x: "levels" of noise at test time, "values" of a setting, or "epochs".

    The reader guesses about the first claim, at the level `at`; `to_open` is what the playground shows of it,
    `over` what a sweep varies. `wrong` is the share of wrong labels that the page starts from; None where the view
    itself sets it.
    """

    name: str
    along: str
    at: float
    cases: Callable[[Experiment], Sequence[Case]]
    claims: tuple[Claim, ...]
    to_open: Callable[[Experiment], Experiment]
    over: tuple[tuple[str, tuple[float, ...]], ...]
    levels: tuple[float, ...] = ()
    wrong: float | None = 0.0
    needs_image: bool = False


class Chosen(NamedTuple):
    """What the page lets one choose."""

    dataset: str = "digits"
    labels: int = 100
    student: str = "32"
    temperature: float = 4.0
    alpha: float = 0.1
    wrong: float = 0.0


def of_page(settings: Chosen) -> Experiment:
    """The experiment that a view starts from: five splits with two pairs each; all labels if there are no more."""
    source = source_of(settings.dataset)
    chosen = {
        "dataset": settings.dataset,
        "labels": settings.labels if source.classes <= settings.labels < source.train_size else 0,
        "label_noise": settings.wrong,
        "student": settings.student,
        "temperature": settings.temperature,
        "alpha": settings.alpha,
        "splits": SPLITS,
        "seeds": PAIRS,
    }
    return Experiment(**defaults_of(chosen) | chosen)


def gather(cases: Sequence[Case], values: Iterable[object]) -> dict[str, Series]:
    """What is known of each series, over the splits of which all cases are done; nothing before the first one is."""
    by_split: dict[int, list[Reached]] = {}
    for value in values:
        if isinstance(value, Reached):
            by_split.setdefault(value.split, []).append(value)
    done = [parts for _, parts in sorted(by_split.items()) if len(parts) == len(cases)]
    names = dict.fromkeys(case.series for case in cases) if done else {}
    return {name: _joined([[part for part in parts if part.series == name] for parts in done]) for name in names}


def _joined(done: Sequence[Sequence[Reached]]) -> Series:
    def along(name: str, axis: int) -> list[Doubles]:
        return [np.concatenate([getattr(part, name) for part in parts], axis).astype(np.float64) for parts in done]

    def dealt(each: list[Doubles]) -> Doubles:
        """(2, P, X) of each split to (2, P * splits, X), the splits in turn."""
        stacked = np.stack(each, 2)
        return stacked.reshape(2, -1, stacked.shape[-1])

    kept = [parts[-1].kept for parts in done]
    return Series(
        tuple(x for part in done[0] for x in part.x),
        len(done),
        np.stack(along("teacher", 0)),
        dealt(along("test", 2)),
        dealt(along("train", 2)),
        None if any(each is None for each in kept) else np.stack([k for k in kept if k is not None], 2).reshape(2, -1),
    )


def findings(view: View, known: Known, at: float) -> list[Finding]:
    """What every claim comes to at this level, over the splits that are done."""
    splits = next(iter(known.values())).splits
    return [Finding(claim.name, interval(claim.of(known, at), splits=splits)) for claim in view.claims]


def epochs_to_reach(curves: Doubles, level: float) -> Doubles:
    """The first epoch at which each curve (..., epochs + 1) is at this level or above; infinite if it never is.

    >>> epochs_to_reach(np.array([[0.1, 0.6, 0.5, 0.8], [0.1, 0.2, 0.2, 0.3]]), 0.6)
    array([ 1., inf])
    """
    there = curves >= level
    return np.where(there.any(-1), there.argmax(-1), np.inf)


def later(known: Known, level: float) -> Doubles:
    """Epochs to a level, distilled minus alone, (n,); NaN for pairs of which one never reaches it."""
    alone, distilled = epochs_to_reach(known["plain"].test, level)
    both = np.isfinite(alone) & np.isfinite(distilled)
    found: Doubles = np.where(both, np.where(both, distilled, 0) - np.where(both, alone, 0), np.nan)
    return found


def gain(series: Series) -> Doubles:
    """Distilled minus alone of each pair, (n, X)."""
    added: Doubles = series.test[DISTILLED] - series.test[ALONE]
    return added


def _at(series: Series, actor: int, x: float) -> Doubles:
    found: Doubles = series.test[actor][:, series.at(x)]
    return found


def _change(name: str, actor: int) -> Callable[[Known, float], Doubles]:
    """Of an actor: at the level minus at 0."""
    return lambda known, at: _at(known[name], actor, at) - _at(known[name], actor, 0)


def _between(first: str, second: str, actor: int) -> Callable[[Known, float], Doubles]:
    """Of an actor, at the level: one series minus another."""
    return lambda known, at: _at(known[first], actor, at) - _at(known[second], actor, at)


def _without(first: str, second: str, actor: int) -> Callable[[Known, float], Doubles]:
    """The same at 0."""
    return lambda known, at: _between(first, second, actor)(known, 0)


def _gain_at(known: Known, at: float) -> Doubles:
    series = known["plain"]
    return gain(series)[:, series.at(at)]


def _stopping(actor: int) -> Callable[[Known, float], Doubles]:
    """Of an actor: the test accuracy at the epoch that its validation examples chose, minus that at the last one."""

    def of(known: Known, at: float) -> Doubles:
        series = known["stopped"]
        assert series.kept is not None
        curves = series.test[actor]
        added: Doubles = curves[np.arange(len(curves)), series.kept[actor]] - curves[:, -1]
        return added

    return of


def _of_setting(name: str, values: Sequence[float]) -> Callable[[Experiment], list[Case]]:
    """A case for each value of a setting of the students."""
    return lambda plain: [Case("plain", value, plain.replace(**{name: value})) for value in values]


def _wrong_labels(plain: Experiment) -> list[Case]:
    return [
        Case(series, share, plain.replace(label_noise=share, validation=held_back))
        for share in SHARES
        for series, held_back in (("plain", 0.0), ("stopped", HELD_BACK))
    ]


def _shifts(plain: Experiment) -> list[Case]:
    cases = []
    for pixels in (0, 1, 2):
        same = plain.replace(shift=pixels)
        cases.append(Case("plain", pixels, same))
        cases.append(Case("clean", pixels, same.replace(shift_view="clean")))
        cases.append(Case("taught", pixels, same.replace(teacher_shift=pixels)))
    return cases


VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        View(
            "test",
            "levels",
            0.4,
            lambda plain: [Case("plain", 0, plain)],
            (
                Claim("more", lambda known, at: _gain_at(known, at) - _gain_at(known, 0)),
                Claim("gain", _gain_at),
                Claim("plain", lambda known, at: _gain_at(known, 0)),
            ),
            lambda plain: plain.replace(test_noise=0.4),
            (("test_noise", (0.0, 0.2, 0.4, 0.6)),),
            levels=(0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0),
        ),
        View(
            "labels",
            "values",
            0.3,
            _wrong_labels,
            (
                Claim(
                    "whom",
                    lambda known, at: (
                        _between("stopped", "plain", ALONE)(known, at)
                        - _between("stopped", "plain", DISTILLED)(known, at)
                    ),
                ),
                Claim("alone", _between("stopped", "plain", ALONE)),
                Claim("distilled", _between("stopped", "plain", DISTILLED)),
                Claim("alone_clean", _without("stopped", "plain", ALONE)),
                Claim("distilled_clean", _without("stopped", "plain", DISTILLED)),
            ),
            lambda plain: plain.replace(label_noise=0.3, validation=HELD_BACK),
            (("label_noise", SHARES), ("validation", (0.0, HELD_BACK))),
            wrong=None,
        ),
        View(
            "shifts",
            "values",
            1,
            _shifts,
            (
                Claim("mismatch", _between("plain", "clean", DISTILLED)),
                Claim("alone", _change("plain", ALONE)),
                Claim("distilled", _change("plain", DISTILLED)),
                Claim("taught", _between("taught", "plain", DISTILLED)),
                Claim(
                    "teacher",
                    lambda known, at: (
                        known["taught"].teacher[:, known["taught"].at(at)]
                        - known["plain"].teacher[:, known["plain"].at(at)]
                    ),
                ),
            ),
            lambda plain: plain.replace(shift=1),
            (("shift", (0, 1, 2)),),
            needs_image=True,
        ),
        View(
            "dropout",
            "values",
            0.3,
            _of_setting("student_dropout", DROPOUTS),
            (Claim("distilled", _change("plain", DISTILLED)), Claim("alone", _change("plain", ALONE))),
            lambda plain: plain.replace(student_dropout=0.3),
            (("student_dropout", DROPOUTS),),
        ),
        View(
            "decay",
            "values",
            0.01,
            _of_setting("weight_decay", DECAYS),
            (Claim("distilled", _change("plain", DISTILLED)), Claim("alone", _change("plain", ALONE))),
            lambda plain: plain.replace(weight_decay=0.01),
            (("weight_decay", DECAYS),),
        ),
        View(
            "epochs",
            "epochs",
            0,
            lambda plain: [Case("stopped", 0, plain.replace(validation=HELD_BACK))],
            (
                Claim(
                    "gap", lambda known, at: known["stopped"].gap[ALONE, :, -1] - known["stopped"].gap[DISTILLED, :, -1]
                ),
                Claim("alone", _stopping(ALONE)),
                Claim("distilled", _stopping(DISTILLED)),
            ),
            lambda plain: plain.replace(validation=HELD_BACK),
            (("validation", (0.0, 0.1, HELD_BACK, 0.3)),),
            wrong=0.3,
        ),
        View(
            "speed",
            "epochs",
            0.85,
            lambda plain: [Case("plain", 0, plain)],
            (Claim("sooner", later),),
            lambda plain: plain,
            (("temperature", (1.0, 2.0, 4.0, 8.0)),),
        ),
    )
}
