"""A scenario's card: its tiny chart, the stamp of its verdict, the guess; HTML, their words in `when.toml`."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path

from pages.learn.when.figures import SIGNS, found_text, tell
from pages.learn.when.scenarios import Finding, Reached, Scenario
from pages.ui.component import component
from pages.ui.numbers import number, points
from pages.ui.words import Words

_FOLDER = Path(__file__).parent
show = component("kd_card", _FOLDER / "card.js", html='<figure class="kd-card"></figure>\n', isolate_styles=False)
MARKS = {"up": "▲", "none": "◆", "down": "▼"}
_DOTS, _BAR, _AXIS, _TICKS, _SIDES, _HEIGHT = 10, 46, 58, 71, 87, 92  # rows of a chart, in pixels from its top
_EDGE = 6.0  # percent of a chart's width that its scale leaves free on each side


def chart(w: Words, scenario: Scenario, finding: Finding | None, now: Reached | None = None) -> str:
    """The first claim: a dot for each pair and the interval, or a question mark; `now` is what is being trained."""
    parts = [_sides(w, scenario), _line("kd-axis", 0, _AXIS, 100, _AXIS)]
    if finding is None:
        zero, told = 50.0, w("card.empty")
        unknown = f'<text class="kd-unknown" x="50%" y="{_BAR - 6}" text-anchor="middle">?</text>'
        parts += [_line("kd-zero", zero, 4, zero, _AXIS), unknown]
    else:
        zero, drawn = _drawn(w, finding)
        parts, told = [*parts, _line("kd-zero", zero, 4, zero, _AXIS), *drawn], f"{found_text(w, finding)}."
    if now is not None:
        told = f"{w('card.so_far')} {told}"
        parts.append(f'<rect class="kd-done" x="0" y="0" height="3" width="{100 * now.epoch / now.epochs:.0f}%"/>')
    text = f"{tell(w, scenario, f'claims.{scenario.claims[0].name}')}: {told}"
    return f'<svg role="img" aria-label="{escape(text)}" width="100%" height="{_HEIGHT}">{"".join(parts)}</svg>'


def _drawn(w: Words, finding: Finding) -> tuple[float, list[str]]:
    """Where 0 is, in percent of the width; and a finding's dots, interval and scale, which holds 0."""
    values = [100 * float(difference) for difference in finding.differences]
    mean, low, high = (100 * end for end in (finding.interval.mean, finding.interval.low, finding.interval.high))
    sound = [value for value in (low, high, *values) if not math.isnan(value)]
    least, most = min(0.0, *sound), max(0.0, *sound)
    step = _step(most - least)
    first = math.floor(least / step) * step
    last = max(math.ceil(most / step), 1 + round(first / step)) * step

    def x(value: float) -> float:
        return _EDGE + (100 - 2 * _EDGE) * (value - first) / (last - first)

    dots = [
        f'<circle class="kd-pair" cx="{x(value):.2f}%" cy="{_DOTS + 8 * (seed % 3)}" r="4"/>'
        for seed, value in enumerate(values)
        if not math.isnan(value)
    ]
    diamond = f'<svg class="kd-mean" x="{x(mean):.2f}%" y="{_BAR}"><path d="M-7 0L0 -7L7 0L0 7Z"/></svg>'
    ticks = [first + step * i for i in range(round((last - first) / step) + 1)]
    digits = max(0, -math.floor(math.log10(step)))
    scale = [
        f'<text class="kd-tick" x="{x(tick):.2f}%" y="{_TICKS}" text-anchor="middle">'
        f"{number(w, tick, digits, sign=abs(tick) > step / 2)}</text>"
        for tick in ticks
    ]
    return x(0), [*dots, _line("kd-interval", x(low), _BAR, x(high), _BAR), diamond, *scale]


def _step(span: float) -> float:
    """A round step that divides a span into two to five."""
    raw = max(span, 0.1) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    return float(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw))


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.2f}%" y1="{y1}" x2="{x2:.2f}%" y2="{y2}"/>'


def _sides(w: Words, scenario: Scenario) -> str:
    """What it would mean to lie left or right of 0."""
    return (
        f'<text class="kd-side" x="0" y="{_SIDES}">← {escape(tell(w, scenario, "down"))}</text>'
        f'<text class="kd-side" x="100%" y="{_SIDES}" text-anchor="end">{escape(tell(w, scenario, "up"))} →</text>'
    )


def stamp(w: Words, scenario: Scenario, finding: Finding) -> str:
    """The verdict on a card: mark, word and points."""
    sign = SIGNS[finding.sign]
    word = (
        w("card.flips" if finding.can_flip else "card.none") if sign == "none" else tell(w, scenario, f"stamp.{sign}")
    )
    mean = points(w, finding.interval.mean)
    return f'<span class="kd-stamp kd-{sign}">{MARKS[sign]} {escape(word)} {mean}</span>'


def guessed(w: Words, scenario: Scenario, guess: str, finding: Finding | None, now: Reached | None = None) -> str:
    """The row of a card that shows guess and finding; without a finding, how far the training is."""
    training = w(f"card.{now.stage}", epoch=now.epoch, epochs=now.epochs) if now else w("waiting")
    text = w("card.guess", guess=tell(w, scenario, guess)) if guess else w("card.shown")
    is_scored = finding is not None and guess and not finding.can_flip
    mark = w("card.right" if guess == SIGNS[finding.sign] else "card.wrong") if finding and is_scored else ""
    end = stamp(w, scenario, finding) if finding else f'<span class="kd-wait">{escape(training)}</span>'
    return f'<p class="kd-row"><span class="kd-guess">{escape(text)} {escape(mark)}</span>{end}</p>'
