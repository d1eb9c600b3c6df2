"""Figures, tables and sentences of another domain; their words are in `pages/words/<language>/domain.toml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, isnan
from typing import Any

import plotly.graph_objects as go

from kd_core.sources import source_of
from kd_core.sweeps.intervals import Interval
from pages.learn.domain.analysis import ACTORS, TEACHERS, Reached, best_of, gain_between, verdict_of
from pages.ui.figures import COLOURS, GREY, Picture
from pages.ui.numbers import in_percent, interval_percent, interval_points, percent
from pages.ui.words import Words

MARKS = {"source": "circle-open", "target": "diamond"}
_ROW = 46  # pixels of an actor
_SHIFT = 58  # and of a shift


def name_of(w: Words, actor: str) -> str:
    return w(f"actors.{actor}")


def right_text(w: Words, reached: Reached, actor: str, domain: str) -> str:
    """91.6 % right."""
    return w("right", share=in_percent(w, reached.right(actor, domain).mean))


def both_domains(w: Words, dataset: str, reached: Reached, actors: Sequence[str]) -> Picture:
    """Every actor's accuracy on source and target, means with their intervals, a row each."""
    figure, told = go.Figure(), []
    guessing = 100 / source_of(dataset).classes
    start = _start(reached, actors)
    for row, actor in enumerate(actors):
        colour = COLOURS[ACTORS[actor]]
        means = {domain: reached.right(actor, domain) for domain in ("source", "target")}
        _name_row(figure, name_of(w, actor), row)
        figure.add_scatter(
            x=[100 * mean.mean for mean in means.values()],
            y=[row, row],
            mode="lines",
            line={"color": GREY, "width": 1.5},
            hoverinfo="skip",
            showlegend=False,
        )
        for domain, mean in means.items():
            _add_mean(figure, w, mean, row, domain, colour, f"{name_of(w, actor)}, {w(f'domains.{domain}')}", actor)
        shares = {domain: in_percent(w, mean.mean) for domain, mean in means.items()}
        told.append(w("both.alt_row", actor=name_of(w, actor), **shares))
    for domain, mark in MARKS.items():
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={"symbol": mark, "size": 11, "color": GREY, "line": {"width": 2, "color": GREY}},
            name=w(f"domains.{domain}"),
        )
    if guessing > start:
        figure.add_scatter(
            x=[guessing, guessing],
            y=[-0.75, len(actors)],
            mode="lines",
            line={"dash": "dot", "width": 1.5, "color": GREY},
            name=w("both.guessing"),
            hoverinfo="name",
        )
    _lay_out(figure, w("both.axis"), len(actors), _ROW, [start, 102])
    return Picture(figure, w("both.alt", rows="; ".join(told)))


def _start(reached: Reached, actors: Sequence[str]) -> float:
    """Where the axis begins: a round number below everything that is drawn."""
    means = [reached.right(actor, domain) for actor in actors for domain in ("source", "target")]
    least = min(mean.mean if isnan(mean.low) else mean.low for mean in means)
    return max(-2.0, 10 * floor(10 * least - 0.5))


def all_shifts(w: Words, found: Mapping[str, Reached | None]) -> Picture:
    """The gain of unlabelled target examples on the target, a row for each shift; of some nothing is known yet."""
    figure, told = go.Figure(), []
    for row, (target, reached) in enumerate(found.items()):
        shift = w(f"shifts.{target}")
        if reached is None or "abroad" not in reached.target:
            _name_row(figure, w("all.waiting", shift=shift), row)
            told.append(w("all.waiting", shift=shift))
            continue
        gain = reached.gain
        teacher = in_percent(w, reached.right("teacher", "target").mean, 0)
        text = w("all.row", shift=shift, teacher=teacher, word=w(f"all.{verdict_of(gain)}"))
        _name_row(figure, text, row)
        _add_mean(figure, w, gain, row, "target", COLOURS["distilled"], shift, "", as_points=True)
        told.append(f"{text}: {claim(w, gain)}")
    figure.add_vline(0, line={"dash": "dash", "width": 1.5, "color": GREY})
    _lay_out(figure, w("all.axis"), len(found), _SHIFT, None)
    figure.update_layout(showlegend=False)
    return Picture(figure, w("all.alt", rows="; ".join(told)))


def _name_row(figure: go.Figure, text: str, row: int) -> None:
    """A row's name stands above it: so there is room for it on a phone."""
    figure.add_annotation(
        text=text, x=0, xref="paper", xanchor="left", y=row - 0.18, yanchor="bottom", showarrow=False, align="left"
    )


def _add_mean(
    figure: go.Figure,
    w: Words,
    mean: Interval,
    row: int,
    domain: str,
    colour: str,
    name: str,
    actor: str,
    *,
    as_points: bool = False,
) -> None:
    """A mean with its interval."""
    shown = interval_points(w, mean) if as_points else interval_percent(w, mean)
    hover = "hover_points" if as_points else "hover_teacher" if actor in TEACHERS else "hover"
    figure.add_scatter(
        x=[100 * mean.mean],
        y=[row],
        error_x={"array": [100 * (mean.high - mean.mean)], "thickness": 2, "width": 4, "color": colour},
        mode="markers",
        marker={"symbol": MARKS[domain], "size": 12, "color": colour, "line": {"width": 2.5, "color": colour}},
        hovertext=w(hover, who=name, n=mean.n, splits=mean.splits, **shown),
        hoverinfo="text",
        showlegend=False,
    )


def _lay_out(figure: go.Figure, axis: str, rows: int, height: int, span: list[float] | None) -> None:
    figure.update_layout(
        height=rows * height + 90,
        margin={"l": 8, "r": 12, "t": 34, "b": 46},
        xaxis={"title": axis, "fixedrange": True, "zeroline": False, **({"range": span} if span else {})},
        yaxis={
            "range": [rows - 0.3, -0.75],
            "showgrid": False,
            "showticklabels": False,
            "zeroline": False,
            "fixedrange": True,
        },
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        hovermode="closest",
    )


# Words


def claim(w: Words, difference: Interval) -> str:
    """A paired difference in points with its interval, and whether it is one at all."""
    kind = "clear" if difference.holds else "flips" if difference.is_clear else "unclear"
    return w(f"claim.{kind}", n=difference.n, splits=difference.splits, **interval_points(w, difference))


def judge(w: Words, guess: str, difference: Interval) -> str:
    """How a guess came out; "" is no guess."""
    verdict, told = verdict_of(difference), {"guess": w(f"guesses.{guess}")} if guess else {}
    if verdict == "flips":
        mean = w("guesses.up" if difference.mean > 0 else "guesses.down")
        return w("judged.flips" if guess else "judged.flips_shown", truth=mean, **told)
    kind = "shown" if not guess else "right" if guess == verdict else "wrong"
    return w(f"judged.{kind}", truth=w(f"guesses.{verdict}"), **told)


def judge_best(w: Words, guess: str, found: Mapping[str, Reached]) -> str:
    """Which shift gained most, and whether the guess can be told from it; "" is no guess."""
    best = best_of(found)
    truth = w("all.best", shift=w(f"shifts.{best}"), claim=claim(w, found[best].gain))
    if not found[best].gain.side > 0:
        return w("all.best_none")
    if guess not in found:
        return truth
    ahead = gain_between(found[best], found[guess])
    kind = "right" if guess == best else "wrong" if ahead.side > 0 else "open"
    return f"{w(f'all.guess_{kind}', shift=w(f'shifts.{guess}'))} {truth}"


def fall(w: Words, reached: Reached) -> str:
    """How far the teacher and the student alone fall from the source to the target."""
    values = {
        f"{actor}_{domain}": in_percent(w, reached.right(actor, domain).mean)
        for actor in ("teacher", "alone")
        for domain in ("source", "target")
    }
    return w("fall", **values)


def verdicts(w: Words, reached: Reached) -> list[str]:
    """What the differences say, a sentence each."""
    alone = claim(w, reached.difference("abroad", "alone"))
    told = [
        f"{w(f'found.gain_{verdict_of(reached.gain)}', claim=claim(w, reached.gain))} {w('found.alone', claim=alone)}"
    ]
    teacher = percent(w, reached.right("teacher", "target").mean)
    student = percent(w, reached.right("abroad", "target").mean)
    behind = claim(w, reached.difference("abroad", "teacher"))
    told.append(w("found.fails" if reached.teacher_fails else "found.knows", teacher=teacher, student=student))
    told[-1] += " " + w("found.behind", claim=behind)
    told.append(w("found.cost", claim=claim(w, reached.cost)))
    return told


def told_verdicts(w: Words, reached: Reached, labels: int) -> list[str]:
    """The same of those who are told some labels of the target."""
    adapted = {
        "before": percent(w, reached.right("teacher", "target").mean),
        "after": percent(w, reached.right("told_teacher", "target").mean),
    }
    pairs = {
        "adapted": claim(w, reached.difference("told_abroad", "abroad")),
        "against": claim(w, reached.difference("told_abroad", "told_alone")),
        "free": claim(w, reached.difference("abroad", "told_alone")),
    }
    return [w(f"told.{name}", labels=labels, **adapted, claim=text) for name, text in pairs.items()]


def table(w: Words, reached: Reached, actors: Sequence[str]) -> list[dict[str, str]]:
    """A row for each actor, means with their intervals."""
    rows = []
    for actor in actors:
        row: dict[str, Any] = {w("table.who"): name_of(w, actor)}
        for domain in ("source", "target"):
            row[w(f"table.{domain}")] = w("table.share", **interval_percent(w, reached.right(actor, domain)))
        rows.append(row)
    return rows
