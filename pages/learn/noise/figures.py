"""Figures about noise and overfitting, two charts one above the other; words: `pages/words/<language>/noise.toml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from kd_core.data import Doubles
from kd_core.sweeps.intervals import Interval, interval
from pages.learn.noise.views import ACTORS, REACHABLE, Series, View, epochs_to_reach, gain
from pages.ui.figures import COLOURS, GREY, Picture, band, layout
from pages.ui.numbers import in_percent, number, short
from pages.ui.words import Words

DASHES = {"plain": "solid", "stopped": "dash", "clean": "dot", "taught": "dashdot"}
MARKS = {"alone": "circle-open", "distilled": "diamond"}
HEIGHT = 500
UPPER, LOWER = (0.42, 1.0), (0.0, 0.3)  # where a figure's two charts lie
WITH_TRAIN = ("dropout", "decay", "epochs")  # views in which the accuracy on the training sample is drawn too


class Line(NamedTuple):
    """Values (n, X) of pairs along x, or (splits, X) of teachers; `name` is what the words call it."""

    name: str
    actor: str
    values: Doubles
    splits: int
    dash: str = "solid"
    has_band: bool = True

    @property
    def intervals(self) -> list[Interval]:
        return [interval(of_x, splits=self.splits) for of_x in self.values.T]


def picture(w: Words, view: View, known: Mapping[str, Series], *, with_distilled: bool, level: float) -> Picture:
    """What a view shows, over the splits that are done; the distilled may be kept back."""
    if view.name == "speed":
        return _speed(w, known.get("plain"), with_distilled=with_distilled, level=level)
    figure = go.Figure()
    x = next(iter(known.values())).x if known else ()
    # Values of weight decay are spaced evenly, as no scale that holds 0 shows them apart; epochs need no marks.
    places = [float(i) for i in range(len(x))] if view.name == "decay" else list(x)
    has_marks, told = view.along != "epochs", []
    for line in _accuracies(view, known, with_distilled):
        _draw(figure, w, line, places, "y", has_marks=has_marks)
        told.append(_told(w, line, x))
    for line in _differences(view, known, with_distilled):
        _draw(figure, w, line, places, "y2", has_marks=has_marks)
    if view.name == "epochs" and known:
        _shade_gaps(figure, known["stopped"], with_distilled)
        _mark_kept(figure, w, known["stopped"], with_distilled)
    _lay_out(figure, w("axes.accuracy"), w(f"under.{view.name}"), w(f"axes.{view.name}"))
    if has_marks:
        figure.update_xaxes(tickvals=places, ticktext=[short(w, value) for value in x])
    return Picture(figure, w("alt.figure", view=w(f"views.{view.name}"), lines=" ".join(told) or w("alt.nothing")))


def _accuracies(view: View, known: Mapping[str, Series], with_distilled: bool) -> list[Line]:
    """The teacher's, then the students' in every series; the student alone hears no teacher, so it is drawn once."""
    lines = (
        [Line("teacher", "teacher", known["plain"].teacher, known["plain"].splits, "dash")] if "plain" in known else []
    )
    for name, series in known.items():
        for actor, student in enumerate(ACTORS):
            if (student == "distilled" and not with_distilled) or (student == "alone" and name in ("clean", "taught")):
                continue
            is_told_apart = len(known) > 1 and not (name == "plain" and (student == "alone" or view.name != "shifts"))
            label = f"{student}_{name}" if is_told_apart else student
            dash = DASHES[name] if len(known) > 1 else "solid"
            lines.append(Line(label, student, series.test[actor], series.splits, dash, view.name != "epochs"))
            if view.name in WITH_TRAIN:
                lines.append(Line(f"{student}_train", student, series.train[actor], series.splits, "dot", False))
    return lines


def _differences(view: View, known: Mapping[str, Series], with_distilled: bool) -> list[Line]:
    """Below: what distilling or early stopping adds, or by how much a student is better on what it trained on."""
    if view.name in ("test", "shifts"):
        shown = known.items() if with_distilled else ()
        return [Line("gain", "distilled", gain(series), series.splits, DASHES[name]) for name, series in shown]
    actors = [(actor, student) for actor, student in enumerate(ACTORS) if student == "alone" or with_distilled]
    if view.name == "labels" and known:
        added = known["stopped"].test - known["plain"].test
        return [Line(student, student, added[actor], known["plain"].splits) for actor, student in actors]
    return [
        Line(student, student, series.gap[actor], series.splits)
        for series in known.values()
        for actor, student in actors
    ]


def _draw(figure: go.Figure, w: Words, line: Line, places: Sequence[float], axis: str, *, has_marks: bool) -> None:
    """A line of means with the band of its intervals, in percent or points."""
    colour, found = COLOURS[line.actor], line.intervals
    place = {"xaxis": "x" if axis == "y" else "x2", "yaxis": axis}
    sound = [(x, each) for x, each in zip(places, found, strict=True) if each.low == each.low]  # not NaN
    if line.has_band and sound:
        xs, low, high = zip(*((x, 100 * each.low, 100 * each.high) for x, each in sound), strict=True)
        band(figure, xs, low, high, colour, **place)
    name = w(f"lines.{line.name}")
    figure.add_scatter(
        x=list(places),
        y=[100 * each.mean for each in found],
        name=name,
        mode="lines+markers" if has_marks and line.actor in MARKS else "lines",
        line={"color": colour, "width": 2.5, "dash": line.dash},
        marker={"symbol": MARKS.get(line.actor), "size": 8},
        hovertemplate=f"{name}: %{{y:.1f}}<extra></extra>",
        showlegend=axis == "y",
        **place,
    )


def _shade_gaps(figure: go.Figure, series: Series, with_distilled: bool) -> None:
    """The area between what a student does on its training sample and on the test set."""
    for actor, student in enumerate(ACTORS[: 1 + with_distilled]):
        ends = [100 * np.nanmean(values[actor], 0) for values in (series.train, series.test)]
        band(figure, series.x, ends[1].tolist(), ends[0].tolist(), COLOURS[student])


def _mark_kept(figure: go.Figure, w: Words, series: Series, with_distilled: bool) -> None:
    """A mark for each student at the epoch that its validation examples chose."""
    assert series.kept is not None
    for actor, student in enumerate(ACTORS[: 1 + with_distilled]):
        kept, curves = series.kept[actor], series.test[actor]
        figure.add_scatter(
            x=kept.tolist(),
            y=(100 * curves[np.arange(len(kept)), kept]).tolist(),
            mode="markers",
            marker={
                "symbol": MARKS[student],
                "size": 10,
                "color": COLOURS[student],
                "line": {"width": 1.5, "color": COLOURS[student]},
            },
            name=w(f"lines.{student}_kept"),
            hovertemplate=f"{w(f'lines.{student}_kept')}: %{{x}}<extra></extra>",
        )


def _speed(w: Words, series: Series | None, *, with_distilled: bool, level: float) -> Picture:
    """Epochs until a quarter, half and three quarters of all pairs have reached each accuracy; below, how many ever do.

    Those that never do count as later than all others: where half of them don't, the line ends.
    """
    figure, told, percents = go.Figure(), [], [100 * each for each in REACHABLE]
    for actor, student in enumerate(ACTORS[: 1 + with_distilled] if series else ()):
        assert series is not None
        name, colour = w(f"lines.{student}"), COLOURS[student]
        reached = np.stack([epochs_to_reach(series.test[actor], each) for each in REACHABLE], 1)
        early, half, late = (quantile(reached, share) for share in (0.25, 0.5, 0.75))
        drawn = np.isfinite(late)
        band(figure, np.array(percents)[drawn].tolist(), early[drawn].tolist(), late[drawn].tolist(), colour)
        line = {"color": colour, "width": 2.5, "dash": "solid" if actor else "dash"}
        half_drawn = [float(epoch) if np.isfinite(epoch) else None for epoch in half]
        hover = {"hovertemplate": f"{name}: %{{y:.0f}}<extra></extra>"}
        figure.add_scatter(x=percents, y=half_drawn, name=name, mode="lines", line=line, **hover)
        shares = (100 * np.isfinite(reached).mean(0)).tolist()
        below = {"xaxis": "x2", "yaxis": "y2", "showlegend": False}
        figure.add_scatter(x=percents, y=shares, name=name, mode="lines", line=line, **hover, **below)
        told.append(reached_text(w, series, actor, level).replace("**", ""))
    figure.add_vline(100 * level, line={"color": GREY, "dash": "dot", "width": 2})
    _lay_out(figure, w("axes.epochs_to"), w("under.speed"), w("axes.speed"))
    figure.update_xaxes(range=[percents[0], 100])
    figure.update_layout(yaxis={"rangemode": "tozero"}, yaxis2={"range": [-4, 104]})
    return Picture(figure, w("alt.figure", view=w("views.speed"), lines=" ".join(told) or w("alt.nothing")))


def quantile(values: Doubles, share: float) -> Doubles:
    """By when that share of all have come, (n, X) to (X,): the least value that so many do not exceed, or infinity.

    >>> quantile(np.array([[3.0], [1.0], [np.inf], [2.0]]), 0.5), quantile(np.array([[1.0], [np.inf]]), 0.75)
    (array([2.]), array([inf]))
    """
    ordered = np.sort(values, 0)
    found: Doubles = ordered[int(np.ceil(share * len(values))) - 1]
    return found


def reached_text(w: Words, series: Series, actor: int, level: float) -> str:
    """How many of an actor's students reach a level, and by which epoch half of all do."""
    reached = epochs_to_reach(series.test[actor], level)
    half = float(quantile(reached[:, None], 0.5)[0])
    told = w("speed.half", epoch=number(w, half, 0)) if np.isfinite(half) else w("speed.never")
    count = int(np.isfinite(reached).sum())
    return w("speed.reach", who=w(f"lines.{ACTORS[actor]}"), count=count, n=len(reached), half=told)


def _told(w: Words, line: Line, x: Sequence[float]) -> str:
    """The ends of a line."""
    first, last = (in_percent(w, each.mean) for each in (line.intervals[0], line.intervals[-1]))
    name, start, end = w(f"lines.{line.name}"), short(w, x[0]), short(w, x[-1])
    return w("alt.line", line=name, first=first, start=start, last=last, end=end)


def _lay_out(figure: go.Figure, upper: str, lower: str, along: str) -> None:
    fixed: dict[str, Any] = {"fixedrange": True}
    empty: dict[str, dict[str, Any]] = {"y": {}, "y2": {}}
    for axis, across in (("y", "x"), ("y2", "x2")):  # Plotly draws no axes without a trace
        if not any((trace.yaxis or "y") == axis for trace in figure.data):
            figure.add_scatter(x=[None], y=[None], xaxis=across, yaxis=axis, showlegend=False)
            empty[axis] = {"range": [0, 100], "showticklabels": False}
    figure.update_layout(
        **layout(HEIGHT),
        xaxis=fixed | {"matches": "x2", "showticklabels": False},
        xaxis2=fixed | {"anchor": "y2", "title": along},
        yaxis=fixed | {"domain": UPPER, "title": upper} | empty["y"],
        yaxis2=fixed
        | {"domain": LOWER, "title": lower, "zeroline": True, "zerolinecolor": GREY, "zerolinewidth": 1.5}
        | empty["y2"],
        hovermode="x",
    )
