"""A sweep's map and curves, its table, and what they say in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from kd_core.experiment import SETTINGS, Experiment, text_of
from kd_core.sweeps.grid import Cell, Sweep
from pages.run.settings import said
from pages.ui.figures import GREY, ink_on
from pages.ui.numbers import in_percent, interval_points, points, setting_value, short
from pages.ui.words import Words, words

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

# Worse to better, told apart by colour-blind eyes; a cell that is not clear has no colour at all.
CLEAR_GLASS = [[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]]
RING = "#d18f00"
SCALE = [[0, "#b2500f"], [0.5, "#d9d9d9"], [1, "#00795c"]]
LINES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8f7a00", "#56b4e9", "#777777", "#e69f00"]
DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"]
COLLAPSED = "⊘"  # in place of a gain, so that such a cell is not told by its outline alone
SHARES = ("distilled", "alone", "gain", "standard_error", "low", "high", "agreement")  # columns of the table


def axes(sweep: Sweep) -> tuple[tuple[str, list[str]], tuple[str, list[str]]]:
    """(name, values as text) of the axis across and of the axis up; with one axis, the second has a single row."""
    (first, values), *rest = [(name, [axis_value(name, value) for value in values]) for name, values in sweep.over]
    return ((first, values), rest[0]) if rest else ((first, values), ("", [""]))


def axis_value(name: str, value: Any) -> str:
    """A value on an axis."""
    w = words("settings")
    return w("all") if name == "labels" and value == 0 else setting_value(w, value)


def map_figure(sweep: Sweep, table: list[Cell | None]) -> go.Figure:
    """Gain over the student alone, in points. Every cell is there from the start: empty, then filled where there is a
    gain or a loss (on several splits, one that holds), else hollow; a ring marks the largest gain. Where students have
    collapsed, a sign of its own stands in a dotted outline.
    """
    w = words("sweep")
    (across, columns), (up, rows) = axes(sweep)
    cells = np.array([*table, None], dtype=object)[:-1].reshape(len(columns), len(rows)).T
    gain = np.array([[_points(cell) if cell and cell.side else np.nan for cell in row] for row in cells])
    number = np.arange(len(table)).reshape(len(columns), len(rows)).T.tolist()
    reach = max(1.0, float(np.nanmax(np.abs(gain)))) if not np.isnan(gain).all() else 1.0
    label = [[_label(cell, w) for cell in row] for row in cells]
    hover = {
        "x": columns,
        "y": rows,
        "customdata": number,
        "hovertext": [[_hover(sweep, cell, w) for cell in row] for row in cells],
        "hoverinfo": "text",
        "xgap": 4,
        "ygap": 4,
    }
    known = [(x, y, cell) for y, row in enumerate(cells) for x, cell in enumerate(row) if cell]
    filled = [(x, y) for x, y, cell in known if cell.side]
    inks = [ink_on(sample_colorscale(SCALE, (1 + gain[y][x] / reach) / 2)[0]) for x, y in filled]
    hollow = [(x, y) for x, y, cell in known if not cell.side and not cell.collapsed]
    marked = [(x, y) for x, y, cell in known if cell.collapsed]
    best = most_gain(table)
    place = (best // len(rows), best % len(rows)) if best is not None else None
    bar = {"title": {"text": w("map.points")}, "thickness": 12}
    figure = go.Figure(
        [
            go.Heatmap(z=np.zeros(gain.shape), text=label, colorscale=CLEAR_GLASS, showscale=False, **hover),
            go.Heatmap(
                z=gain,
                zmin=-reach,
                zmax=reach,
                colorscale=SCALE,
                colorbar=bar,
                **hover,
            ),
            *(
                go.Scatter(
                    x=[columns[x] for x, _ in places],
                    y=[rows[y] for _, y in places],
                    text=[label[y][x] for x, y in places],
                    textfont={"color": ink},
                    mode="text",
                    hoverinfo="skip",
                    showlegend=False,
                )
                for places, ink in ((hollow, None), (filled, inks), (marked, None))
            ),
        ]
    )
    figure.update_layout(
        height=80 + 46 * max(3, len(rows)),
        margin={"l": 60, "r": 10, "t": 10, "b": 50},
        shapes=[
            *(
                _cell_shape(x, y, {"color": GREY, "width": 1} | ({"dash": "dot"} if (x, y) in marked else {}))
                for x in range(len(columns))
                for y in range(len(rows))
                if (x, y) not in filled
            ),
            *([_cell_shape(*place, {"color": RING, "width": 4})] if place else []),
        ],
        # Ranges from the start: the map fills, it does not grow.
        xaxis={
            "type": "category",
            "title": w(f"axes.{across}"),
            "range": [-0.5, len(columns) - 0.5],
            "showgrid": False,
        },
        yaxis={
            "type": "category",
            "title": w(f"axes.{up}") if up else "",
            "range": [-0.5, len(rows) - 0.5],
            "showgrid": False,
            "automargin": True,  # networks have long names
        },
        uirevision=sweep.to_query(),
    )
    return figure


def _cell_shape(x: int, y: int, line: dict[str, Any]) -> dict[str, Any]:
    """The outline of the cell in that column and row; the ring lies a little inside."""
    half = 0.46 if line["width"] == 1 else 0.43
    return {"type": "rect", "x0": x - half, "x1": x + half, "y0": y - half, "y1": y + half, "line": line}


def most_gain(table: Sequence[Cell | None]) -> int | None:
    """The number of the cell with the largest gain, if it is a gain; where students have collapsed, there is none."""
    gains = {number: cell.gain.mean for number, cell in enumerate(table) if cell and not cell.collapsed}
    best = max(gains, key=gains.__getitem__, default=None)
    return best if best is not None and gains[best] > 0 else None


def curves_figure(sweep: Sweep, table: list[Cell | None]) -> go.Figure:
    """Gain against the first axis, a line for each value of the second, with standard errors; gaps where students have
    collapsed.
    """
    w, setting = words("sweep"), words("settings")
    (across, columns), (up, rows) = axes(sweep)
    figure = go.Figure()
    for r, row in enumerate(rows):
        cells = [(columns[c], table[c * len(rows) + r]) for c in range(len(columns))]
        known = [(value, cell) for value, cell in cells if cell]
        figure.add_scatter(
            x=[value for value, _ in known],
            y=[None if cell.collapsed else _points(cell) for _, cell in known],
            error_y={
                "array": [None if cell.collapsed else 100 * cell.standard_error for _, cell in known],
                "thickness": 1,
                "width": 3,
            },
            name=f"{setting(f'{up}.name')} {row}" if up else w("map.gain"),
            line={"color": LINES[r % len(LINES)], "dash": DASHES[r % len(DASHES)]},
        )
    figure.update_layout(
        height=250,
        margin={"l": 50, "r": 10, "t": 10, "b": 50},
        xaxis={
            "type": "category",
            "title": w(f"axes.{across}"),
            "categoryorder": "array",
            "categoryarray": columns,
            "range": [-0.3, len(columns) - 0.7],
        },
        yaxis={"title": w("map.gain_axis")},
        legend={"font": {"size": 11}},
        uirevision=sweep.to_query(),
    )
    return figure


def headline(sweep: Sweep, table: Sequence[Cell | None], *, live: bool) -> str:
    """What the ring is around; "so far" while cells are still missing."""
    w, best = words("sweep"), most_gain(table)
    cell = table[best] if best is not None else None
    if cell is None:
        return w("map.no_gain" if any(table) else "map.nothing_yet")
    key = "map.most_gain" if sweep.base.splits > 1 else "map.most_gain_here"
    said = w(key, gain=points(w, cell.gain.mean), cell=settings(sweep, cell.experiment))
    return w("map.so_far", said=said) if live else said


def summary(sweep: Sweep, table: Sequence[Cell | None], *, live: bool = False) -> str:
    """What the map says, in words: how sure the largest gain is, how many cells are clear, the best accuracy, and which
    cells say nothing because students have collapsed.
    """
    w = words("sweep")
    known = [cell for cell in table if cell]
    if not known:
        return ""
    if live:
        return w("map.known", cells=len(known), all=len(table))
    sound = [cell for cell in known if not cell.collapsed]
    number = most_gain(table)
    most = table[number] if number is not None else None
    said = []
    if most:
        scores = {"distilled": in_percent(w, most.distilled), "alone": in_percent(w, most.alone)}
        said.append(w("map.sure", **scores, evidence=evidence(w, most)))
    if sound:
        better, worse = (sum(cell.side == sign for cell in sound) for sign in (1, -1))
        counts = {"cells": len(sound), "better": better, "worse": worse, "unclear": len(sound) - better - worse}
        said.append(w("map.counts" if sweep.base.splits > 1 else "map.counts_here", **counts, where=where(w, sound[0])))
        said.append(_most_accurate(sweep, sound, w))
    if len(sound) < len(known):
        said.append(w("map.collapsed", sign=COLLAPSED, cells=len(known) - len(sound), all=len(known)))
    return " ".join(said)


def _most_accurate(sweep: Sweep, sound: Sequence[Cell], w: Words) -> str:
    """The best accuracy, and how many cells can't be told from it: which is said where all have been looked at."""
    best = max(sound, key=lambda cell: cell.distilled)
    shown = {"distilled": in_percent(w, best.distilled), "cell": settings(sweep, best.experiment)}
    if not best.is_best:
        return w("map.accurate_open", **shown)
    key = "map.accurate" if sweep.base.splits > 1 else "map.accurate_here"
    return w(key, **shown, alike=sum(cell.is_best for cell in sound) - 1)


def where(w: Words, cell: Cell) -> str:
    """Over how many pairs and splits a cell's numbers are."""
    splits = cell.experiment.splits
    return w("where.splits" if splits > 1 else "where.one_split", n=cell.gain.n, splits=splits)


def evidence(w: Words, cell: Cell) -> str:
    """The interval of a cell's gain, over what, and what follows: on one split of this split only."""
    gain = cell.gain
    if gain.n == 1:
        return w("evidence.one_seed")
    if cell.experiment.splits == 1:
        grade = "clear" if cell.is_clear else "unclear"
    else:
        grade = "holds" if cell.holds else "on_average" if cell.is_clear else "open"
    return w(f"evidence.{grade}", where=where(w, cell), **interval_points(w, gain))


def collapse(w: Words, cell: Cell) -> str:
    """Which of a cell's students have collapsed, and what that means."""
    parts = {"distilled": cell.collapsed_distilled, "alone": cell.collapsed_alone}
    who = [w(f"collapsed.{name}", n=n, of=cell.experiment.seeds) for name, n in parts.items() if n]
    return w("collapsed.said", who=w("collapsed.and").join(who))


def settings(sweep: Sweep, cell: Experiment) -> str:
    """Which cell that is: its values on the axes."""
    return ", ".join(said(cell, name) for name, _ in sweep.over)


def headers(sweep: Sweep) -> dict[str, str]:
    """What the columns of `rows` are called on the page."""
    setting = words("settings")
    return {**{name: setting(f"{name}.name") for name, _ in sweep.over}, **words("sweep").get("columns")}


def rows(table: list[Cell | None], sweep: Sweep) -> pd.DataFrame:
    """One row a finished cell: what the downloads hold."""
    names = [name for name, _ in sweep.over]
    return pd.DataFrame(
        [
            {name: text_of(getattr(cell.experiment, name)) for name in names}
            | {
                "distilled": round(cell.distilled, 5),
                "alone": round(cell.alone, 5),
                "gain": round(cell.gain.mean, 5),
                "standard_error": round(cell.standard_error, 5),
                "low": round(cell.gain.low, 5),
                "high": round(cell.gain.high, 5),
                "n": cell.gain.n,
                "splits": cell.experiment.splits,
                "clear": cell.is_clear,
                "holds": cell.holds,
                "not_told_from_best": cell.is_best,
                "collapsed": cell.collapsed,
                "agreement": round(cell.agreement, 5),
                "link": "?" + cell.experiment.to_query(),
            }
            for cell in table
            if cell
        ]
    )


def written(frame: pd.DataFrame, sweep: Sweep) -> pd.DataFrame | Styler:
    """`rows` with numbers as the reader's language writes them: the map's text alternative."""
    if frame.empty:
        return frame
    w = words("settings")

    def share(value: float) -> str:
        return short(w, round(value, 4))

    def setting(name: str) -> Callable[[str], str]:
        return lambda text: setting_value(w, SETTINGS[name].parse(text))

    shares: dict[Any, Any] = dict.fromkeys(SHARES, share)
    return frame.style.format(shares | {name: setting(name) for name, _ in sweep.over}, na_rep="")


def _points(cell: Cell) -> float:
    return 100 * cell.gain.mean


def _label(cell: Cell | None, w: Words) -> str:
    if cell is None:
        return ""
    if cell.collapsed:
        return COLLAPSED
    error = f"<br>±{in_percent(w, cell.standard_error)}" if cell.gain.n > 1 else ""
    return f"{points(w, cell.gain.mean)}{error}"


def _hover(sweep: Sweep, cell: Cell | None, w: Words) -> str:
    if cell is None:
        return ""
    lines = [settings(sweep, cell.experiment)]
    if cell.collapsed:
        lines += wrap(collapse(w, cell), 60)
    else:
        lines.append(w("map.scores", distilled=in_percent(w, cell.distilled), alone=in_percent(w, cell.alone)))
        lines.append(evidence(w, cell))
    return "<br>".join([*lines, w("map.click")])
