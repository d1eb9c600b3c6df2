"""What a view has found, in sentences; their words are in `pages/words/<language>/noise.toml`."""

from __future__ import annotations

from collections.abc import Sequence

from pages.learn.noise.figures import reached_text
from pages.learn.noise.views import ALONE, DISTILLED, Finding, Known, View
from pages.ui.numbers import in_percent, interval_points, number, short
from pages.ui.words import Words

SIGNS = {1: "up", 0: "none", -1: "down"}  # how a difference ends, as guesses are named


def level_text(w: Words, view: View, level: float) -> str:
    """The level that is asked about, as sentences name it."""
    return in_percent(w, level, 0) if view.name in ("labels", "speed") else short(w, level)


def question(w: Words, view: View, level: float) -> str:
    return w(f"questions.{view.name}", at=level_text(w, view, level))


def options(w: Words, view: View) -> dict[str, str]:
    """How the first claim can end."""
    return {sign: w(f"options.{view.name}.{sign}") for sign in SIGNS.values()}


def judged(w: Words, view: View, guess: str, first: Finding) -> str:
    """How a guess about the first claim came out; "" is no guess."""
    found = first.interval
    if not found.n:
        return w("guess.unknown")
    if found.is_clear and not found.side:
        return w("guess.flips", truth=w(f"options.{view.name}.{'up' if found.mean > 0 else 'down'}"))
    truth = w(f"options.{view.name}.{SIGNS[found.side]}")
    if not guess:
        return w("guess.shown", truth=truth)
    kind = "right" if guess == SIGNS[found.side] else "wrong"
    return w(f"guess.{kind}", guess=w(f"options.{view.name}.{guess}"), truth=truth)


def sentence(w: Words, view: View, finding: Finding, level: float) -> str:
    """A claim, its interval, how many it rests on, and the verdict."""
    found, claim = finding.interval, w(f"claims.{view.name}.{finding.claim}", at=level_text(w, view, level))
    if not found.n:
        return w("found.nothing", claim=claim)
    ends = (
        {name: number(w, getattr(found, name), 1, sign=True) for name in ("mean", "low", "high")}
        if view.name == "speed"
        else interval_points(w, found)
    )
    return w(
        "found.epochs" if view.name == "speed" else "found.points",
        claim=claim,
        n=found.n,
        splits=found.splits,
        verdict=w(f"verdicts.{verdict(finding)}"),
        **ends,
    )


def verdict(finding: Finding) -> str:
    """Up, down, none, or "flips": clear here, and the next split may say otherwise."""
    found = finding.interval
    return "flips" if found.is_clear and not found.side else SIGNS[found.side]


def reaching(w: Words, known: Known, level: float, finding: Finding) -> list[str]:
    """Who reaches a level, and how many pairs can't be compared because one of them does not."""
    series = known["plain"]
    told = [reached_text(w, series, actor, level) for actor in (ALONE, DISTILLED)]
    left_out = series.test.shape[1] - finding.interval.n
    return [*told, w("speed.left_out", count=left_out, n=series.test.shape[1])] if left_out else told


def lost(w: Words, known: Known) -> str:
    """Pairs that take no part, if there are any."""
    count = max(series.lost for series in known.values())
    return w("found.lost", count=count) if count else ""


def bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
