"""Check yourself: figures of what is given and of what a run has found, with their text alternatives."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import NamedTuple

import plotly.graph_objects as go

from pages.learn.check.questions import Chart, Given
from pages.ui.figures import COLOURS, image_uri

GREY = "#737b85"


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


def figure(chart: Chart, name: Callable[[str], str], across: str, up: str) -> go.Figure:
    """A chart of `questions`; `name` says what a series is called, `across` and `up` are the axes' titles."""
    drawn = go.Figure()
    for series, values in chart.series.items():
        look, label = LOOKS[series], name(series)
        if chart.kind == "bars":
            pattern = {"shape": look.pattern, "fillmode": "overlay", "fgcolor": "rgba(255,255,255,.8)", "size": 6}
            marker = {"color": look.colour, "pattern": pattern}
            drawn.add_bar(x=list(map(str, chart.x)), y=values.tolist(), name=label, marker=marker)
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
        height=300,
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


def alternative(chart: Chart, name: Callable[[str], str], across: str, up: str) -> str:
    """What the chart shows, in words: every series with its values."""
    rows = [
        f"{name(series)}: " + ", ".join(f"{_number(x)}: {_number(y)}" for x, y in zip(chart.x, values, strict=True))
        for series, values in chart.series.items()
    ]
    return f"{up} / {across}. " + ". ".join(rows) + "."


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{float(value):.3g}"


def pictures(given: Given, name: Callable[[int], str]) -> str:
    """The given pictures as HTML, large if there is one; `name` says what a picture of a label is called."""
    size = 112 if len(given.labels) == 1 else 40
    style = "image-rendering:pixelated;border:1px solid var(--st-border-color)"
    images = [
        f'<img src="{image_uri(image)}" style="{style}" width="{size}" height="{size}" '
        f'alt="{html.escape(name(int(label)))}">'
        for image, label in zip(given.images, given.labels, strict=True)
    ]
    return f'<div style="display:flex;flex-wrap:wrap;gap:4px">{"".join(images)}</div>'
