"""A sweep's map and curves, its table, and what they say in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kd_core.experiment import text_of
from kd_core.sweeps.grid import Cell, Sweep
from pages.ui.words import words

# Worse to better, told apart by colour-blind eyes; a cell that is not clear has no colour at all.
SCALE = [[0, "#b2500f"], [0.5, "#d9d9d9"], [1, "#00795c"]]
LINES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8f7a00", "#56b4e9", "#777777", "#e69f00"]
DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"]


def axes(sweep: Sweep) -> tuple[tuple[str, list[str]], tuple[str, list[str]]]:
    """(name, values as text) of the axis across and of the axis up; with one axis, the second has a single row."""
    (first, values), *rest = [(name, [text_of(value) for value in values]) for name, values in sweep.over]
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
        "text": [[_label(cell) for cell in row] for row in cells],
        "texttemplate": "%{text}",
        "hovertext": [[_hover(cell) for cell in row] for row in cells],
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
        distilled=f"{100 * best.distilled:.1f}",
        alone=f"{100 * best.alone:.1f}",
        gain=f"{_points(best):+.1f}",
        spread=f" ({w('map.spread', **_interval(best))})" if n > 1 else "",
        cell=settings(best),
        alike=sum(cell.is_best for cell in known) - 1,
        cells=len(known),
        better=better,
        worse=worse,
        unclear=len(known) - better - worse,
        n=n,
    )


def settings(cell: Cell) -> str:
    seen = cell.experiment
    return words("sweep")(
        "map.cell", temperature=text_of(seen.temperature), alpha=text_of(seen.alpha), student=seen.student
    )


def headers(sweep: Sweep) -> dict[str, str]:
    """What the columns of `rows` are called on the page."""
    setting = words("settings")
    return {**{name: setting(f"{name}.name") for name, _ in sweep.over}, **words("sweep").get("columns")}


def rows(table: list[Cell | None], sweep: Sweep) -> pd.DataFrame:
    """One row a finished cell: what the downloads hold, and the map's text alternative."""
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


def _points(cell: Cell) -> float:
    return 100 * cell.gain.mean


def _label(cell: Cell | None) -> str:
    if cell is None:
        return ""
    error = f"<br>±{100 * cell.standard_error:.1f}" if cell.gain.n > 1 else ""
    return f"{_points(cell):+.1f}{'★' if cell.is_best else ''}{error}"


def _hover(cell: Cell | None) -> str:
    if cell is None:
        return ""
    w = words("sweep")
    evidence = "one_seed" if cell.gain.n == 1 else "clear" if cell.gain.is_clear else "unclear"
    return "<br>".join(
        [
            settings(cell),
            w("map.scores", distilled=f"{100 * cell.distilled:.1f}", alone=f"{100 * cell.alone:.1f}"),
            w(f"map.{evidence}", n=cell.gain.n, **_interval(cell)),
            w("map.click"),
        ]
    )


def _interval(cell: Cell) -> dict[str, str]:
    return {"low": f"{100 * cell.gain.low:+.1f}", "high": f"{100 * cell.gain.high:+.1f}"}
