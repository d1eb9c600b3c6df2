"""Figures and sentences about an ensemble; their words are in `pages/words/<language>/ensemble.toml`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from scipy.special import softmax

from kd_core.data import Doubles
from kd_core.experiment import Experiment
from kd_core.sweeps.intervals import Interval, interval
from pages.learn.ensemble.results import (
    ALONE,
    WHOLE,
    Findings,
    Lessons,
    Mean,
    Panel,
    against,
    gain_of,
    mean_agreement,
)
from pages.ui.figures import COLOURS, GREY, Picture, ink_image
from pages.ui.numbers import in_percent, interval_percent, interval_points, number, points
from pages.ui.words import Words

SIGNS = {1: "up", 0: "none", -1: "down"}  # how a difference ends, as guesses are named
DIGITS = 2
_SCALE = [[0, "#eef4fa"], [0.5, "#9cc9ea"], [1, "#2f8fcf"]]  # dark figures can be read on all of it
_INK = "#11161c"
_ROW = 28  # pixels
TICK = "<b>{}</b>"


def member_names(w: Words, experiment: Experiment) -> list[str]:
    """What the members are called: by kind, and numbered where there are several of it."""
    kinds = [member.kind for member in experiment.members]
    return [
        w("member", kind=w(f"kinds.{one.kind}"), number=one.number + 1)
        if kinds.count(one.kind) > 1
        else w(f"kinds.{one.kind}")
        for one in experiment.members
    ]


# The members


def accuracies(w: Words, names: Sequence[str], panel: Panel, mean: Mean | None, members: Sequence[int]) -> Picture:
    """A row for each member and one for the ensemble: a dot a split, and the mean with its interval."""
    figure, told = go.Figure(), []
    rows: list[tuple[str, Any, bool]] = [
        (name, panel.accuracy[member], member in members) for member, name in enumerate(names)
    ]
    if mean is not None:
        rows.append((w("whole"), mean.accuracy, True))
    for row, (name, values, is_in) in enumerate(rows):
        is_whole = row == len(names)
        found = interval(values, splits=panel.splits)
        colour = COLOURS["teacher"] if is_in else GREY
        shown = w("accuracies.hover", who=name, n=found.n, **interval_percent(w, found))
        clicked = {"customdata": [row] * (found.n + 1)} if not is_whole else {}
        figure.add_scatter(
            x=(100 * np.asarray(values, np.float64)).tolist(),
            y=[row - 0.22] * found.n,
            mode="markers",
            marker={"symbol": "circle-open", "size": 6, "color": colour},
            hovertext=[w("accuracies.split", who=name, value=in_percent(w, value)) for value in values],
            hoverinfo="text",
            **clicked,
        )
        figure.add_scatter(
            x=[100 * found.mean],
            y=[row + 0.1],
            error_x={"array": [100 * (found.high - found.mean)], "thickness": 2.5, "width": 5, "color": colour},
            mode="markers",
            marker={
                "symbol": "square" if is_whole else "circle" if is_in else "circle-open",
                "size": 13 if is_whole else 11,
                "color": colour,
                "line": {"width": 2, "color": colour},
            },
            hovertext=shown,
            hoverinfo="text",
            **clicked,
        )
        told.append(shown if is_in else f"{shown} ({w('out')})")
    figure.update_layout(
        height=_ROW * len(rows) + 62,
        margin={"l": 8, "r": 12, "t": 6, "b": 44},
        showlegend=False,
        xaxis={"title": w("accuracies.axis"), "fixedrange": True, "nticks": 6},
        yaxis=_rows([TICK.format(name) if row == len(names) else name for row, (name, *_) in enumerate(rows)]),
        hovermode="closest",
    )
    return Picture(figure, w("accuracies.alt", rows=". ".join(told)))


def _rows(labels: Sequence[str]) -> dict[str, Any]:
    """An axis with a label a row, from the top."""
    return {
        "range": [len(labels) - 0.45, -0.6],
        "tickvals": list(range(len(labels))),
        "ticktext": list(labels),
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


def matrix(w: Words, names: Sequence[str], panel: Panel, members: Sequence[int]) -> Picture:
    """How often two members give the same answer, in percent of the test examples; those taken out are pale."""
    shares = 100 * panel.agreement.mean(-1)
    count = len(names)
    digits = 1 if count <= 5 else 0
    text = [["" if a == b else number(w, shares[a, b], digits) for b in range(count)] for a in range(count)]
    hover = [
        [w("matrix.hover", a=names[a], b=names[b], share=text[a][b]) if a != b else names[a] for b in range(count)]
        for a in range(count)
    ]
    known = [shares[a, b] for a in range(count) for b in range(count) if a != b]
    is_in = np.array([[a in members and b in members and a != b for b in range(count)] for a in range(count)])
    figure = _cells(
        np.asarray(shares),
        is_in,
        ~is_in & ~np.eye(count, dtype=bool),
        text,
        (min([*known, 99]) - 1, 100),
        hovertext=hover,
        hoverinfo="text",
        textfont={"size": 13 if count <= 5 else 10},
    )
    short = [_short(name) for name in names]
    figure.update_layout(
        height=max(_ROW * (count + 1) + 62, 34 * count + 60),
        margin={"l": 8, "r": 8, "t": 6, "b": 8},
        xaxis=_cell_axis(short) | {"tickangle": 0},
        yaxis=_cell_axis(short),
    )
    pairs = [
        w("matrix.hover", a=names[a], b=names[b], share=text[a][b]) for a in range(count) for b in range(a + 1, count)
    ]
    return Picture(figure, w("matrix.alt", pairs=". ".join(pairs)))


def _cells(
    z: Doubles,
    is_in: NDArray[np.bool_],
    is_out: NDArray[np.bool_],
    text: list[list[str]],
    ends: tuple[float, float],
    **options: Any,
) -> go.Figure:
    """A map with its numbers; what is out is hollow, its numbers in the page's ink."""
    size = options.pop("textfont", {})
    rows, columns = z.shape
    out = [(x, y) for y in range(rows) for x in range(columns) if is_out[y, x]]
    figure = go.Figure(
        go.Heatmap(
            z=np.where(is_in, z, np.nan),
            text=text,
            texttemplate="%{text}",
            textfont={"color": _INK} | size,
            colorscale=_SCALE,
            zmin=ends[0],
            zmax=ends[1],
            showscale=False,
            xgap=2,
            ygap=2,
            hoverongaps=True,
            **options,
        )
    )
    figure.update_layout(
        xaxis={"range": [-0.5, columns - 0.5]},
        yaxis={"range": [rows - 0.5, -0.5]},
        shapes=[
            {"type": "rect", "x0": x - 0.46, "x1": x + 0.46, "y0": y - 0.44, "y1": y + 0.44}
            | {"line": {"color": GREY, "width": 1, "dash": "dot"}}
            for x, y in out
        ],
    )
    if out:
        figure.add_scatter(
            x=[x for x, _ in out],
            y=[y for _, y in out],
            text=[text[y][x] for x, y in out],
            textfont=size,
            mode="text",
            hoverinfo="skip",
            showlegend=False,
        )
    return figure


def _cell_axis(labels: Sequence[str]) -> dict[str, Any]:
    """An axis of a map, a label a cell."""
    ticks = {"tickvals": list(range(len(labels))), "ticktext": list(labels), "ticks": "", "ticklabelstandoff": 6}
    return ticks | {"automargin": True, "showgrid": False, "zeroline": False, "fixedrange": True}


def _short(name: str) -> str:
    """Its number, or its name a word a line: beside a matrix there is no room."""
    head, _, tail = name.rpartition(" ")
    return tail if tail.isdecimal() and head else name.replace(" ", "<br>")


def agreement_sentence(w: Words, panel: Panel, members: Sequence[int]) -> str:
    """How far two members agree on average, and so how much is left for a mean to change."""
    if not members:
        return ""
    found = mean_agreement(panel, members)
    if found is None:
        return w("matrix.one")
    return w("matrix.sentence", apart=in_percent(w, 1 - found.mean), n=found.splits, **interval_percent(w, found))


# One example


def answers(
    w: Words, names: Sequence[str], panel: Panel, mean: Mean | None, members: Sequence[int], at: int, temperature: float
) -> Picture:
    """What every member and the ensemble say of one example: p at the temperature that the students hear it at."""
    rows = [*panel.logits[:, at], *([mean.logits[at]] if mean is not None else [])]
    labels = [*names, *([TICK.format(w("whole"))] if mean is not None else [])]
    p = softmax(np.asarray(rows, np.float64) / temperature, axis=-1)
    right, classes = int(panel.labels[at]), p.shape[1]
    text = [[in_percent(w, value, 0) if value >= 0.01 else "" for value in row] for row in p]
    ticks = [TICK.format(f"{label} ✓") if label == right else str(label) for label in range(classes)]
    is_in = np.array([[row in members or row == len(names)] * classes for row in range(len(rows))])
    figure = _cells(p, is_in, ~is_in, text, (0, max(0.3, float(p.max()))), hoverinfo="skip")
    figure.update_layout(
        height=26 * len(rows) + 56,
        margin={"l": 8, "r": 8, "t": 6, "b": 40},
        xaxis=_cell_axis(ticks) | {"title": w("answers.axis")},
        yaxis=_cell_axis(labels),
    )
    said = [
        w("answers.row", who=name, top=int(row.argmax()), share=in_percent(w, row.max(), 0))
        for name, row in zip([*names, w("whole")], p, strict=False)
    ]
    return Picture(figure, w("answers.alt", label=right, rows=". ".join(said)))


def digit(w: Words, panel: Panel, at: int) -> str:
    """The example itself, as HTML."""
    return ink_image(panel.pixels[at], w("answers.picture", label=int(panel.labels[at])), width="96px")


# What the students learn


def gains(w: Words, names: Sequence[str], lessons: Lessons, members: Sequence[int], splits: int) -> Picture:
    """Students of each member and of the ensemble minus those alone: a dot a pair, the mean and its interval."""
    figure, told = go.Figure(), []
    rows = [*((str(member), name) for member, name in enumerate(names)), (WHOLE, w("whole"))]
    for row, (key, name) in enumerate(rows):
        values = gain_of(lessons, key)
        if values is None:
            continue
        found, is_in = interval(values, splits=splits), key == WHOLE or int(key) in members
        colour = COLOURS["distilled"] if is_in else GREY
        sound = values[~np.isnan(values)]
        shown = w("gains.hover", who=name, n=found.n, splits=found.splits, **interval_points(w, found, DIGITS))
        figure.add_scatter(
            x=(100 * sound).tolist(),
            y=[row - 0.22] * len(sound),
            mode="markers",
            marker={"symbol": "circle-open", "size": 6, "color": colour},
            hovertext=[w("gains.pair", value=points(w, value, DIGITS)) for value in sound],
            hoverinfo="text",
        )
        figure.add_scatter(
            x=[100 * found.mean],
            y=[row + 0.1],
            error_x={"array": [100 * (found.high - found.mean)], "thickness": 2.5, "width": 5, "color": colour},
            mode="markers",
            marker={"symbol": "diamond" if is_in else "diamond-open", "size": 12, "color": colour},
            hovertext=shown,
            hoverinfo="text",
        )
        told.append(shown if is_in else f"{shown} ({w('out')})")
    figure.update_layout(
        height=_ROW * len(rows) + 62,
        margin={"l": 8, "r": 12, "t": 6, "b": 44},
        showlegend=False,
        shapes=[{"type": "line", "x0": 0, "x1": 0, "y0": -0.6, "y1": len(rows) - 0.45, "line": {"color": GREY}}],
        xaxis={"title": w("gains.axis"), "fixedrange": True, "nticks": 6, "zeroline": False},
        yaxis=_rows([TICK.format(name) if key == WHOLE else name for key, name in rows]),
        hovermode="closest",
    )
    if not told:
        figure.update_xaxes(range=[-5, 5])
    return Picture(figure, w("gains.alt", rows=". ".join(told) or w("gains.none")))


def verdict(w: Words, found: Interval) -> str:
    """The word for a difference: what the next split is expected to say too, what only holds here, or nothing clear."""
    if found.side:
        return w(f"verdicts.{SIGNS[found.side]}")
    return w("verdicts.flips" if found.is_clear else "verdicts.none")


def sentences(w: Words, found: Findings) -> list[str]:
    """Each difference with its interval, its numbers of pairs and splits, and its verdict."""
    rows = (("teachers", found.teachers), ("students", found.students), ("gain", found.gain))
    told = [
        w(
            f"found.{name}",
            found=w("found.interval", **interval_points(w, one, DIGITS)),
            n=one.n,
            splits=one.splits,
            verdict=verdict(w, one),
        )
        for name, one in rows
    ]
    return [*told, w("found.lost", count=found.lost)] if found.lost else told


def judge_guess(w: Words, guess: str, found: Findings) -> str:
    """How a guess about the students came out; "" is no guess."""
    one = found.students
    if one.is_clear and not one.side:
        return w("guess.flips", truth=w(f"options.{SIGNS[1 if one.mean > 0 else -1]}"))
    truth = SIGNS[one.side]
    kind = "shown" if not guess else "right" if guess == truth else "wrong"
    texts = {"guess": w(f"options.{guess}")} if guess else {}
    return w(f"guess.{kind}", truth=w(f"options.{truth}"), **texts)


def alone_sentence(w: Words, lessons: Lessons, splits: int) -> str:
    """What students without a teacher reach."""
    lesson = lessons.get(ALONE)
    if lesson is None or not lesson.is_over:
        return ""
    found = interval(lesson.sound, splits=splits)
    return w("gains.alone", n=found.n, splits=found.splits, **interval_percent(w, found))


def against_table(w: Words, names: Sequence[str], lessons: Lessons, splits: int) -> list[dict[str, str]]:
    """A row for each member: the ensemble's students minus its own."""
    rows = []
    for member, name in enumerate(names):
        found = against(lessons, member, splits)
        if found is not None:
            told = w("found.interval", **interval_points(w, found, DIGITS))
            rows.append({w("against.member"): name, w("against.found"): told, w("against.verdict"): verdict(w, found)})
    return rows
