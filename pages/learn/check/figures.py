"""Check yourself: figures and numbers of what is given and of what a run has found; their words are in `check.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, NamedTuple

import plotly.graph_objects as go

from kd_core.sweeps.intervals import Interval
from pages.learn.check.questions import Chart, Given
from pages.ui.figures import COLOURS, GREY, Picture, ink_image
from pages.ui.numbers import localized, number, scientific, short, significant
from pages.ui.words import Words


class Look(NamedTuple):
    """What tells a series from its neighbours; colour is never alone."""

    colour: str
    dash: str
    symbol: str
    pattern: str


_TEACHER = Look(COLOURS["teacher"], "solid", "circle", "")
_ALONE = Look(COLOURS["alone"], "dash", "circle-open", "/")
_DISTILLED = Look(COLOURS["distilled"], "solid", "diamond", ".")
_PLAIN = Look(GREY, "dot", "square-open", "x")
LOOKS = {
    "teacher": _TEACHER,
    "alone": _ALONE,
    "distilled": _DISTILLED,
    "limit": Look(GREY, "dash", "line-ew", ""),
    "before": _PLAIN,
    "after": _TEACHER,
    "plain": _PLAIN,
    "soft": _DISTILLED,
    "examples": _TEACHER,
    "forward": _TEACHER,
    "backward": _ALONE,
    "distance": _TEACHER,
    "with": _DISTILLED,
    "without": _ALONE,
    "agreement_alone": _ALONE,
    "agreement_distilled": _DISTILLED,
    "accuracy_alone": Look(COLOURS["alone"], "dot", "square-open", "x"),
    "accuracy_distilled": Look(COLOURS["distilled"], "dot", "square", "x"),
    "adam_with": _DISTILLED,
    "adam_without": Look(COLOURS["alone"], "dash", "circle-open", "/"),
    "sgd_with": Look(COLOURS["distilled"], "dot", "square", "x"),
    "sgd_without": Look(COLOURS["alone"], "dot", "square-open", "x"),
}


# Digits after the decimal point of a number of an `Evidence`, by its name; others have one.
DIGITS = {
    **dict.fromkeys(("teacher_parameters", "student_parameters"), 0),
    **dict.fromkeys(("share", "ratio", "adam_with", "adam_without", "sgd_with", "sgd_without"), 2),
    **dict.fromkeys(("entropy_before", "entropy_after", "forward", "backward"), 3),
    **dict.fromkeys(("entropy", "limit", "size_low", "size_high"), 4),
}


def written(w: Words, name: str, value: float) -> str:
    """A number of an `Evidence` as the texts show it."""
    if name == "change":
        return scientific(w, value)
    return significant(w, value) if name.startswith("distance_") else number(w, value, DIGITS.get(name, 1))


def written_numbers(w: Words, numbers: Mapping[str, float]) -> dict[str, str]:
    """The numbers of an `Evidence` as the texts show them."""
    return {name: written(w, name, value) for name, value in numbers.items()}


def written_settings(w: Words, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a question fixes as the texts show it: T, alpha and the like with no more digits than they have."""
    return {name: short(w, value) if isinstance(value, float) else value for name, value in settings.items()}


def difference(w: Words, found: Interval) -> dict[str, Any]:
    """A difference in points with its interval, signed, and how many pairs on how many splits it is of."""
    return _interval(w, found, 2, sign=True)


def mean(w: Words, name: str, found: Interval) -> dict[str, Any]:
    """A mean in percent with its interval, and how many values on how many splits it is of."""
    return _interval(w, found, DIGITS.get(name, 1))


def _interval(w: Words, found: Interval, digits: int, *, sign: bool = False) -> dict[str, Any]:
    ends = {name: number(w, getattr(found, name), digits, sign=sign) for name in ("mean", "low", "high")}
    return {**ends, "n": found.n, "splits": found.splits}


def picture(w: Words, chart: Chart, place: str) -> Picture:
    """A chart of `questions`; `place` is where the words hold the titles of its axes."""
    across, up = w(f"{place}.x"), w(f"{place}.y")
    told = ". ".join(_told(w, series, chart) for series in chart.series)
    return Picture(_figure(w, chart, across, up), f"{up} / {across}. {told}.")


def _told(w: Words, series: str, chart: Chart) -> str:
    """A series with all its values, in words; without students that have collapsed."""
    points = [(x, y) for x, y in zip(chart.x, chart.series[series], strict=True) if isfinite(y)]
    return w(f"series.{series}") + ": " + ", ".join(f"{significant(w, x)}: {significant(w, y)}" for x, y in points)


def _figure(w: Words, chart: Chart, across: str, up: str) -> go.Figure:
    drawn = go.Figure()
    for series, values in chart.series.items():
        look, label = LOOKS[series], w(f"series.{series}")
        if chart.kind == "bars":
            pattern = {"shape": look.pattern, "fillmode": "overlay", "fgcolor": "rgba(255,255,255,.8)", "size": 6}
            marker = {"color": look.colour, "pattern": pattern}
            drawn.add_bar(x=[localized(w, str(x)) for x in chart.x], y=values.tolist(), name=label, marker=marker)
        else:
            drawn.add_scatter(
                x=chart.x,
                y=values.tolist(),
                name=label,
                mode="markers" if chart.kind == "pairs" else "lines+markers",
                line={"color": look.colour, "dash": look.dash, "width": 2},
                marker={"color": look.colour, "symbol": look.symbol, "size": 9 if chart.kind == "pairs" else 6},
            )
    drawn.update_layout(
        height=360,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        barmode="group",
        dragmode=False,
        showlegend=len(chart.series) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={"title": across, "fixedrange": True, **_kind_of_axis(chart)},
        yaxis={"title": up, "fixedrange": True, "type": "log" if "y" in chart.log else "linear"},
    )
    return drawn


def _kind_of_axis(chart: Chart) -> dict[str, object]:
    if chart.kind == "bars":
        return {"type": "category", "showgrid": False}
    if chart.kind == "pairs":
        return {"dtick": 1 if len(chart.x) <= 10 else 5, "range": [0.5, len(chart.x) + 0.5]}
    return {"type": "log" if "x" in chart.log else "linear", "dtick": "D2"} if chart.log else {}


def pictures(w: Words, given: Given) -> str:
    """The given pictures as HTML, large if there is one."""
    alone = len(given.labels) == 1
    images = [
        ink_image(image, w("picture", label=label), width="150px" if alone else "40px")
        for image, label in zip(given.images, given.labels, strict=True)
    ]
    return "".join(images) if alone else f'<div class="kd-sample">{"".join(images)}</div>'


def empty(w: Words, place: str) -> Picture:
    """The axes of a chart that there is nothing on yet."""
    across, up = w(f"{place}.x"), w(f"{place}.y")
    drawn = go.Figure()
    drawn.add_annotation(text="?", x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"size": 64})
    drawn.update_layout(
        height=300,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis={"title": across, "fixedrange": True, "showticklabels": False, "zeroline": False, "range": [0, 1]},
        yaxis={"title": up, "fixedrange": True, "showticklabels": False, "zeroline": False, "range": [0, 1]},
    )
    return Picture(drawn, f"{up} / {across}. {w('not_yet')}")


def tally(w: Words, stands: Mapping[str, str]) -> str:
    """Every question with its mark, as HTML."""
    rows = [
        f'<li class="kd-{mark}"><b>{w(f"status.{mark}")[:1] or "–"}</b>{number}. {w(f"questions.{name}.title")}</li>'
        for number, (name, mark) in enumerate(stands.items(), 1)
    ]
    return f'<ol class="kd-tally">{"".join(rows)}</ol>'
