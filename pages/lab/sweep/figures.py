"""A sweep's map and curves, its table, and what they say in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kd_core.experiment import SETTINGS, text_of
from kd_core.sweeps.grid import Cell, Sweep
from pages.ui.numbers import in_percent, interval_points, points, setting_value, short
from pages.ui.words import Words, words

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

# Worse to better, told apart by colour-blind eyes; a cell that is not clear has no colour at all.
SCALE = [[0, "#b2500f"], [0.5, "#d9d9d9"], [1, "#00795c"]]
LINES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8f7a00", "#56b4e9", "#777777", "#e69f00"]
DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"]
SHARES = ("distilled", "alone", "gain", "standard_error", "low", "high", "agreement")  # columns of the table


def axes(sweep: Sweep) -> tuple[tuple[str, list[str]], tuple[str, list[str]]]:
    """(name, values as text) of the axis across and of the axis up; with one axis, the second has a single row."""
    w = words("settings")
    (first, values), *rest = [(name, [setting_value(w, value) for value in values]) for name, values in sweep.over]
    return ((first, values), rest[0]) if rest else ((first, values), ("", [""]))


def map_figure(sweep: Sweep, table: list[Cell | None]) -> go.Figure:
    """Gain over the student alone, in points: coloured where clear, grey where the interval includes zero."""
    w = words("sweep")
    (across, columns), (up, rows) = axes(sweep)
    cells = np.array([*table, None], dtype=object)[:-1].reshape(len(columns), len(rows)).T
    gain = np.array([[_points(cell) if cell and cell.gain.is_clear else np.nan for cell in row] for row in cells])
    unclear = np.array([[0.0 if cell and not cell.gain.is_clear else np.nan for cell in row] for row in cells])
    number = np.arange(len(table)).reshape(len(columns), len(rows)).T.tolist()
    reach = max(1.0, float(np.nanmax(np.abs(gain)))) if not np.isnan(gain).all() else 1.0
    shared: dict[str, Any] = {
        "x": columns,
        "y": rows,
        "customdata": number,
        "text": [[_label(cell, w) for cell in row] for row in cells],
        "texttemplate": "%{text}",
        "hovertext": [[_hover(cell, w) for cell in row] for row in cells],
        "hoverinfo": "text",
        "xgap": 2,
        "ygap": 2,
    }
    figure = go.Figure(
        [
            go.Heatmap(z=unclear, colorscale=[[0, "#8d949c"], [1, "#8d949c"]], showscale=False, **shared),
            go.Heatmap(
                z=gain,
                zmin=-reach,
                zmax=reach,
                colorscale=SCALE,
                colorbar={"title": w("map.points"), "thickness": 12},
                **shared,
            ),
        ]
    )
    figure.update_layout(
        height=90 + 52 * max(3, len(rows)),
        margin={"l": 60, "r": 10, "t": 10, "b": 50},
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
        },
        uirevision=sweep.to_query(),
    )
    return figure


def curves_figure(sweep: Sweep, table: list[Cell | None]) -> go.Figure:
    """Gain against the first axis, a line for each value of the second, with standard errors."""
    w, setting = words("sweep"), words("settings")
    (across, columns), (up, rows) = axes(sweep)
    figure = go.Figure()
    for r, row in enumerate(rows):
        cells = [(columns[c], table[c * len(rows) + r]) for c in range(len(columns))]
        known = [(value, cell) for value, cell in cells if cell]
        figure.add_scatter(
            x=[value for value, _ in known],
            y=[_points(cell) for _, cell in known],
            error_y={"array": [100 * cell.standard_error for _, cell in known], "thickness": 1, "width": 3},
            name=f"{setting(f'{up}.name')} {row}" if up else w("map.gain"),
            line={"color": LINES[r % len(LINES)], "dash": DASHES[r % len(DASHES)]},
        )
    figure.update_layout(
        height=90 + 52 * max(3, len(rows)),
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


def summary(table: list[Cell | None]) -> str:
    """What the map says, in words: the best cell, those not told from it, and how many are clear."""
    w = words("sweep")
    known = [cell for cell in table if cell]
    if not known:
        return w("map.nothing_yet")
    best = max(known, key=lambda cell: cell.distilled)
    n = best.gain.n
    better, worse = (sum(cell.gain.is_clear and sign * cell.gain.mean > 0 for cell in known) for sign in (1, -1))
    return w(
        "map.summary",
        distilled=in_percent(w, best.distilled),
        alone=in_percent(w, best.alone),
        gain=points(w, best.gain.mean),
        spread=f" ({w('map.spread', **interval_points(w, best.gain))})" if n > 1 else "",
        cell=settings(best),
        alike=sum(cell.is_best for cell in known) - 1,
        cells=len(known),
        better=better,
        worse=worse,
        unclear=len(known) - better - worse,
        n=n,
    )


def settings(cell: Cell) -> str:
    w, seen = words("sweep"), cell.experiment
    return w("map.cell", temperature=short(w, seen.temperature), alpha=short(w, seen.alpha), student=seen.student)


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
                "clear": cell.gain.is_clear,
                "not_told_from_best": cell.is_best,
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
    error = f"<br>±{in_percent(w, cell.standard_error)}" if cell.gain.n > 1 else ""
    return f"{points(w, cell.gain.mean)}{'★' if cell.is_best else ''}{error}"


def _hover(cell: Cell | None, w: Words) -> str:
    if cell is None:
        return ""
    evidence = "one_seed" if cell.gain.n == 1 else "clear" if cell.gain.is_clear else "unclear"
    return "<br>".join(
        [
            settings(cell),
            w("map.scores", distilled=in_percent(w, cell.distilled), alone=in_percent(w, cell.alone)),
            w(f"map.{evidence}", n=cell.gain.n, **interval_points(w, cell.gain)),
            w("map.click"),
        ]
    )
