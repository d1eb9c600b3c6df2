"""Figures of dark knowledge: the map of likeness, the curves of a left-out class, the nudge, examples as pictures."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kd_core.data import DATASETS, Doubles, Floats, source_of
from kd_core.sweeps.intervals import Interval, interval
from pages.learn.dark_knowledge.analysis import (
    ALONE,
    CONDITIONS,
    Accuracies,
    Result,
    Stage,
    closest_pairs,
)
from pages.ui.figures import COLOURS, Picture, band, ink_image, layout
from pages.ui.numbers import fine_percent, interval_points, number, short
from pages.ui.words import Words, words

# One colour for what is distilled; its temperatures differ in dash and mark.
_STYLES = (("dot", "x"), ("solid", "circle-open"), ("dash", "square"), ("dashdot", "diamond"), ("solid", "circle"))
_SCALE = [[0, "#eef4fa"], [0.5, "#9cc9ea"], [1, "#2f8fcf"]]  # dark figures can be read on all of it,
_DIAGONAL = "#b4bac1"  # and on this
MOST_NUMBERED = 12
STUDENTS = ("alone", "1", "4", "8", "20")  # the conditions' names in a link: alone, or the temperature
BARS, REACH, SIDE = 64, 3.0, 96  # of a row of a table: features that are drawn, deviations, pixels; as in maps.js


def claim(w: Words, difference: Interval) -> str:
    """A paired difference in points with its interval, and whether it is one at all."""
    kind = "clear" if difference.holds else "flips" if difference.is_clear else "unclear"
    kind = "always" if difference.std < 1e-9 and difference.holds else kind
    return w(f"claim.{kind}", n=difference.n, splits=difference.splits, **interval_points(w, difference))


def listed(w: Words, names: Sequence[str]) -> str:
    """3, or 3 and 5, or 1, 3 and 5."""
    *most, last = names
    return ", ".join(most) + w("names.and") + last if most else last


def named(w: Words, names: Sequence[str]) -> str:
    """As `listed`, but many are only counted."""
    return listed(w, names) if len(names) <= 3 else w("names.many", n=len(names))


def names_of(dataset: str, classes: Iterable[int]) -> list[str]:
    """What classes of a data set are called."""
    names = source_of(dataset).class_names
    return [names[label] for label in classes]


def who(w: Words, condition: int) -> str:
    """The student of that condition."""
    if condition == ALONE:
        return words("frame")("actors.alone")
    return w("names.distilled", temperature=short(w, CONDITIONS[condition][0]))


def map_figure(w: Words, similarity: Doubles, temperature: float, names: Sequence[str]) -> Picture:
    """Mean soft targets in percent, a row for each true class; the diagonal has no colour of the scale.

    Of more classes than numbers are readable in, the numbers are in the hover text only; so are those of a class
    without an example.
    """
    diagonal, labels = np.eye(len(names), dtype=bool), [html.escape(name) for name in names]  # plotly reads HTML
    values = 100 * np.nan_to_num(similarity)
    text = [[number(w, value, 0 if value >= 9.95 else 1 if value >= 0.05 else 2) for value in row] for row in values]
    hover = [
        [
            w("map.hover", true=true, other=other, probability=fine_percent(w, share))
            for other, share in zip(labels, row, strict=True)
        ]
        for true, row in zip(labels, values / 100, strict=True)
    ]
    cells = np.arange(diagonal.size).reshape(diagonal.shape).tolist()
    shared = {
        "x": labels,
        "y": labels,
        "text": text,
        "texttemplate": "%{text}" if len(names) <= MOST_NUMBERED else "",
        "textfont": {"color": "#111"},
        "xgap": 2,
        "ygap": 2,
    }
    shared |= {"hovertext": hover, "hoverinfo": "text", "customdata": cells}
    figure = go.Figure(
        [
            go.Heatmap(
                z=_or_none(diagonal * 1.0, diagonal),
                colorscale=[[0, _DIAGONAL], [1, _DIAGONAL]],
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
    axis = {"type": "category", "showgrid": False, "fixedrange": True, "zeroline": False, "automargin": True}
    figure.update_layout(
        **layout(440) | {"margin": {"l": 45, "r": 5, "t": 5, "b": 45}},
        xaxis={**axis, "title": w("map.across")},
        yaxis={**axis, "title": w("map.down"), "autorange": "reversed"},
        uirevision="map",
    )
    return Picture(figure, _map_text(w, similarity, temperature, names))


def _map_text(w: Words, similarity: Doubles, temperature: float, names: Sequence[str]) -> str:
    """For each true class the class it looks most like."""
    nearest = {pair.true: pair for pair in reversed(closest_pairs(similarity, similarity.size - len(similarity)))}
    rows = [
        w("map.alt_row", true=names[true], other=names[pair.other], probability=fine_percent(w, pair.probability))
        for true, pair in sorted(nearest.items())
    ]
    return w("map.alt", temperature=short(w, temperature), rows="; ".join(rows))


def curves_figure(w: Words, stages: Sequence[Stage], names: Sequence[str], splits: int) -> Picture:
    """Accuracy on the left-out classes of these names during training, a line and a band for each condition."""
    figure, steps = go.Figure(), [stage.step for stage in stages]
    for condition, (dash, mark) in enumerate(_STYLES):
        colour = COLOURS["alone" if condition == ALONE else "distilled"]
        spread = [interval(100 * stage.accuracies.missing[condition], splits=splits) for stage in stages]
        band(figure, steps, [each.low for each in spread], [each.high for each in spread], colour)
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
        **layout(360),
        xaxis={"title": w("missing.step"), "range": [0, stages[-1].steps]},
        yaxis={"title": w("missing.chart", names=html.escape(named(w, names))), "range": [-3, 103]},
        uirevision="curves",
    )
    return Picture(figure, _curves_text(w, stages, names))


def _curves_text(w: Words, stages: Sequence[Stage], names: Sequence[str]) -> str:
    """Where every condition stands now."""
    reached = stages[-1].accuracies.mean.missing
    rows = [f"{who(w, c)} {fine_percent(w, reached[c])} %" for c in range(len(CONDITIONS))]
    return w("missing.alt", names=listed(w, names), step=stages[-1].step, rows="; ".join(rows))


def nudge_text(w: Words, result: Result, condition: int, names: Sequence[str]) -> str:
    """The three accuracies without a nudge and with the chosen one."""
    before, after = result.before(condition).mean, result.after(condition).mean
    rows = [
        w(
            "nudge.alt_row",
            share=w(f"nudge.{kind}", names=listed(w, names)) if kind == "missing" else w(f"nudge.{kind}"),
            before=fine_percent(w, getattr(before, kind)),
            after=fine_percent(w, getattr(after, kind)),
        )
        for kind in Accuracies._fields
    ]
    size = number(w, result.nudge(condition).mean)
    return w("nudge.alt", student=who(w, condition), rows="; ".join(rows), size=size)


def table(w: Words, result: Result) -> str:
    """A Markdown table: teacher and every condition, before and after the nudge."""
    lines = [[w(f"table.{head}") for head in ("who", *Accuracies._fields, "nudge")], [":--", *["--:"] * 4]]
    lines.append([w("table.teacher"), *(fine_percent(w, accuracy) for accuracy in result.teacher), ""])
    for condition, (temperature, _) in enumerate(CONDITIONS):
        pairs = zip(result.before(condition).mean, result.after(condition).mean, strict=True)
        shown = [f"{fine_percent(w, before)} → {fine_percent(w, after)}" for before, after in pairs]
        name = w("table.alone") if condition == ALONE else w("table.distilled", temperature=short(w, temperature))
        lines.append([name, *shown, number(w, result.nudge(condition).mean)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def pictures(
    dataset: str, inputs: Floats, alts: Sequence[str], captions: Sequence[Sequence[str]], size: int = 72
) -> str:
    """Examples (n, features) in a row that wraps, `size` pixels wide, each with a text alternative and lines below."""
    figures = []
    for features, alt, lines in zip(inputs, alts, captions, strict=True):
        below = "".join(f"<div>{html.escape(line)}</div>" for line in lines)
        image = example_image(dataset, features, alt, width=f"{size}px")
        figures.append(f"<figure>{image}<figcaption>{below}</figcaption></figure>")
    return f'<div class="kd-digits">{"".join(figures)}</div>'


def example_image(dataset: str, features: Floats, text: str, *, width: str) -> str:
    """An example as HTML: ink on paper, another image as it is, or a row of a table as bars."""
    source = source_of(dataset)
    if source.image is None:
        return ink_image(bars(features), text, width=width)
    if is_ink(dataset):
        return ink_image(features.reshape(source.image), text, width=width)
    light = features.reshape(source.shape).transpose(1, 2, 0).reshape(source.image)
    return ink_image(1 - light, text, width=width)


def is_ink(dataset: str) -> bool:
    """Whether a pixel of 1 is ink on paper, as of digits; else it is light."""
    image = source_of(dataset).image
    return image is not None and len(image) == 2 and dataset in DATASETS


def bars(features: Floats) -> Floats:
    """The ink of a row of a table: a bar for each feature, up from the middle where it is above the mean."""
    values = np.clip(features[:BARS] / REACH, -1, 1)
    column = np.arange(SIDE) * len(values) // SIDE
    height = values[column] * SIDE / 2
    row = SIDE / 2 - 0.5 - np.arange(SIDE)[:, None]  # above the middle
    inside = (row * np.sign(height) >= 0) & (np.abs(row) <= np.abs(height))
    gap = np.append(np.diff(column) > 0, False) & (len(values) < SIDE // 3)
    return np.where((inside & ~gap) | (np.abs(row) < 1), 0.87, 0).astype(np.float32)


def _or_none(values: Doubles, shown: NDArray[np.bool_]) -> list[list[float | None]]:
    """Rows of the values, None where not shown."""
    return [
        [float(value) if yes else None for value, yes in zip(*row, strict=True)]
        for row in zip(values, shown, strict=True)
    ]
