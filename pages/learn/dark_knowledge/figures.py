"""Figures of dark knowledge: the map of likeness, the curves of a left-out class, the nudge, and digits as pictures."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from kd_core.metrics import Interval, interval
from pages.learn.dark_knowledge.analysis import (
    ALONE,
    CONDITIONS,
    NUDGES,
    Floats,
    Numbers,
    Result,
    Shares,
    Stage,
    closest_pairs,
)
from pages.ui.figures import COLOURS, faint, image_uri
from pages.ui.numbers import number
from pages.ui.words import Words, words

# One colour for what is distilled; its temperatures differ in dash and mark.
_STYLES = (("dot", "x"), ("solid", "circle-open"), ("dash", "square"), ("dashdot", "diamond"), ("solid", "circle"))
# Three quantities of one student.
_SHARES = {"missing": ("#aa3377", "solid"), "others": ("#7f7f7f", "dash"), "overall": ("#4477aa", "dashdot")}
_SCALE = [[0, "#eef4fa"], [0.5, "#9cc9ea"], [1, "#2f8fcf"]]  # dark figures can be read on all of it
_DIGIT = "width:{size}px;height:{size}px;image-rendering:pixelated;border:1px solid #8d949c;border-radius:4px"


def percent(w: Words, share: float) -> str:
    """A share in percent, to one digit; to two or three significant ones where it is small."""
    value = 100 * float(share)
    return number(w, value, 1 if value >= 1 or value == 0 else 2 if value >= 0.1 else 3)


def mean_percent(w: Words, shares: ArrayLike) -> str:
    return percent(w, interval(np.atleast_1d(shares)).mean)


def claim(w: Words, difference: Interval) -> str:
    """A paired difference in points with its interval, and whether it is one at all."""
    kind = "always" if difference.std < 1e-9 and difference.is_clear else "clear" if difference.is_clear else "unclear"
    low, high = (number(w, value, sign=True) for value in (difference.low, difference.high))
    shown = {"mean": number(w, difference.mean, sign=True), "n": difference.n}
    return w(f"claim.{kind}", **shown) if kind == "always" else w(f"claim.{kind}", **shown, low=low, high=high)


def degrees(w: Words, temperature: float) -> str:
    """A temperature: 4, or 4.5."""
    return number(w, temperature, 0 if temperature == int(temperature) else 1)


def listed(w: Words, missing: Sequence[int]) -> str:
    """3, or 3 and 5, or 1, 3 and 5."""
    *most, last = map(str, missing)
    return ", ".join(most) + w("names.and") + last if most else last


def named(w: Words, missing: Sequence[int]) -> str:
    """As `listed`, but many are only counted."""
    return listed(w, missing) if len(missing) <= 3 else w("names.many", n=len(missing))


def who(w: Words, condition: int) -> str:
    """The student of that condition."""
    if condition == ALONE:
        return words("frame")("actors.alone")
    return w("names.distilled", temperature=degrees(w, CONDITIONS[condition][0]))


def map_figure(w: Words, similarity: Numbers) -> go.Figure:
    """Mean soft targets in percent, a row for each true class; the diagonal has no colour of the scale."""
    labels = [str(label) for label in range(len(similarity))]
    diagonal = np.eye(len(labels), dtype=bool)
    values = 100 * similarity
    text = [[number(w, value, 0 if value >= 9.95 else 1 if value >= 0.05 else 2) for value in row] for row in values]
    hover = [
        [w("map.hover", true=true, other=other, probability=percent(w, similarity[true, other])) for other in range(10)]
        for true in range(10)
    ]
    cells = np.arange(diagonal.size).reshape(diagonal.shape).tolist()
    shared = {
        "x": labels,
        "y": labels,
        "text": text,
        "texttemplate": "%{text}",
        "textfont": {"color": "#111"},
        "xgap": 2,
        "ygap": 2,
    }
    shared |= {"hovertext": hover, "hoverinfo": "text", "customdata": cells}
    figure = go.Figure(
        [
            go.Heatmap(
                z=_or_none(diagonal * 1.0, diagonal),
                colorscale=[[0, "#b4bac1"], [1, "#b4bac1"]],
                showscale=False,
                **shared,
            ),
            go.Heatmap(
                z=_or_none(values, ~diagonal),
                zmin=0,
                zmax=float(values[~diagonal].max()),
                colorscale=_SCALE,
                colorbar={"thickness": 10, "ticksuffix": " %"},
                **shared,
            ),
        ]
    )
    axis = {"type": "category", "showgrid": False, "fixedrange": True, "zeroline": False}
    figure.update_layout(
        height=440,
        margin={"l": 45, "r": 5, "t": 5, "b": 45},
        xaxis={**axis, "title": w("map.across")},
        yaxis={**axis, "title": w("map.down"), "autorange": "reversed"},
        uirevision="map",
    )
    return figure


def map_text(w: Words, similarity: Numbers, temperature: float) -> str:
    """For each true class the class it looks most like."""
    nearest = {pair.true: pair for pair in reversed(closest_pairs(similarity, similarity.size - len(similarity)))}
    rows = [
        w("map.alt_row", true=true, other=pair.other, probability=percent(w, pair.probability))
        for true, pair in sorted(nearest.items())
    ]
    return w("map.alt", temperature=degrees(w, temperature), rows="; ".join(rows))


def curves_figure(w: Words, stages: Sequence[Stage], missing: Sequence[int]) -> go.Figure:
    """Accuracy on the left-out classes during training, a line and a band for each condition."""
    figure, steps = go.Figure(), [stage.step for stage in stages]
    for condition, (dash, mark) in enumerate(_STYLES):
        colour = COLOURS["alone" if condition == ALONE else "distilled"]
        spread = [interval(100 * stage.shares.missing[condition]) for stage in stages]
        _band(figure, steps, spread, colour)
        figure.add_scatter(
            x=steps,
            y=[each.mean for each in spread],
            name=who(w, condition),
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2},
            marker={"symbol": mark, "size": 7, "color": colour},
            hovertemplate="%{y:.1f} %<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        height=360,
        margin={"l": 50, "r": 10, "t": 10, "b": 45},
        xaxis={"title": w("missing.step"), "range": [0, stages[-1].steps]},
        yaxis={"title": w("missing.chart", names=named(w, missing)), "range": [-3, 103]},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        uirevision="curves",
    )
    return figure


def curves_text(w: Words, stages: Sequence[Stage], missing: Sequence[int]) -> str:
    """Where every condition stands now."""
    rows = [f"{who(w, c)} {mean_percent(w, stages[-1].shares.missing[c])} %" for c in range(len(CONDITIONS))]
    return w("missing.alt", names=listed(w, missing), step=stages[-1].step, rows="; ".join(rows))


def nudge_figure(w: Words, result: Result, condition: int) -> go.Figure:
    """Test accuracy of a condition's students against the nudge, and the mean of the nudges they chose."""
    figure, sizes, chosen = go.Figure(), NUDGES.tolist(), result.nudge(condition).mean
    for share, (colour, dash) in _SHARES.items():
        spread = [interval(100 * values) for values in getattr(result.shares, share)[:, condition]]
        _band(figure, sizes, spread, colour)
        figure.add_scatter(
            x=sizes,
            y=[each.mean for each in spread],
            name=_share_name(w, share, result),
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2.5},
            hovertemplate="%{x}: %{y:.1f} %<extra>%{fullData.name}</extra>",
        )
    figure.add_vline(
        x=chosen,
        line={"width": 1.5, "dash": "dot", "color": "#8d949c"},
        annotation_position="bottom right",
        annotation_text=w("nudge.chosen", size=number(w, chosen)),
    )
    figure.update_layout(
        height=340,
        margin={"l": 50, "r": 10, "t": 10, "b": 45},
        xaxis={"title": w("nudge.size"), "range": [0, sizes[-1]]},
        yaxis={"title": w("nudge.chart"), "range": [-3, 103]},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        uirevision="nudge",
    )
    return figure


def nudge_text(w: Words, result: Result, condition: int) -> str:
    """The three shares without a nudge and with the chosen one."""
    rows = [
        w(
            "nudge.alt_row",
            share=_share_name(w, share, result),
            before=mean_percent(w, before),
            after=mean_percent(w, after),
        )
        for share, before, after in zip(Shares._fields, result.before(condition), result.after(condition), strict=True)
    ]
    size = number(w, result.nudge(condition).mean)
    return w("nudge.alt", student=who(w, condition), rows="; ".join(rows), size=size)


def table(w: Words, result: Result) -> str:
    """A Markdown table: teacher and every condition, before and after the nudge."""
    lines = [[w(f"table.{head}") for head in ("who", *Shares._fields, "nudge")], [":--", *["--:"] * 4]]
    lines.append([w("table.teacher"), *(mean_percent(w, share) for share in result.teacher), ""])
    for condition, (temperature, _) in enumerate(CONDITIONS):
        pairs = zip(result.before(condition), result.after(condition), strict=True)
        shares = [f"{mean_percent(w, before)} → {mean_percent(w, after)}" for before, after in pairs]
        short = w("table.alone") if condition == ALONE else w("table.distilled", temperature=degrees(w, temperature))
        lines.append([short, *shares, number(w, result.nudge(condition).mean)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def examples(w: Words, result: Result, condition: int) -> tuple[str, dict[str, int]]:
    """Left-out digits as pictures, what the first seed's students say of each, and how often each is right."""
    says = {
        "alone": result.answers(ALONE, nudged=False),
        "distilled": result.answers(condition, nudged=False),
        "nudged": result.answers(condition, nudged=True),
    }
    alts, captions = [], []
    for i, label in enumerate(result.labels):
        alts.append(w("examples.alt", label=label, **{name: answers[i] for name, answers in says.items()}))
        captions.append(
            [
                f"{w(f'examples.{name}')} {answers[i]} {'✓' if answers[i] == label else '✗'}"
                for name, answers in says.items()
            ]
        )
    right = {name: int((answers == result.labels).sum()) for name, answers in says.items()}
    return pictures(result.inputs, alts, captions), right


def pictures(inputs: Floats, alts: Sequence[str], captions: Sequence[Sequence[str]], size: int = 72) -> str:
    """Digits (n, 64), dark ink on white paper, in a row that wraps, each with a text alternative and lines below."""
    figures = []
    for pixels, alt, lines in zip(inputs, alts, captions, strict=True):
        below = "".join(f"<div>{html.escape(line)}</div>" for line in lines)
        figures.append(
            f'<figure style="margin:0"><img src="{image_uri(1 - pixels.reshape(8, 8))}" alt="{html.escape(alt)}" '
            f'style="{_DIGIT.format(size=size)}"><figcaption style="font-size:.8rem;line-height:1.35">{below}'
            "</figcaption></figure>"
        )
    return f'<div style="display:flex;flex-wrap:wrap;gap:.9rem">{"".join(figures)}</div>'


def _share_name(w: Words, share: str, result: Result) -> str:
    return w("nudge.missing", names=listed(w, result.missing)) if share == "missing" else w(f"nudge.{share}")


def _band(figure: go.Figure, x: Sequence[float], spread: Sequence[Interval], colour: str) -> None:
    """The 95 % interval behind a line."""
    figure.add_scatter(
        x=[*x, *reversed(x)],
        y=[*(each.high for each in spread), *(each.low for each in reversed(spread))],
        fill="toself",
        fillcolor=faint(colour),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )


def _or_none(values: Numbers, shown: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[list[float | None]]:
    """Rows of the values, None where not shown."""
    return [
        [float(value) if yes else None for value, yes in zip(*row, strict=True)]
        for row in zip(values, shown, strict=True)
    ]
