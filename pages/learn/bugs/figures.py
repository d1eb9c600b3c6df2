"""Code panels, charts and tables of the lab of bugs; their words are in `pages/words/<language>/bugs.toml`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from kd_core.sweeps.intervals import Interval
from pages.learn.bugs.bugs import (
    BUGS,
    CHECKS,
    STUDENTS,
    Examination,
    Line,
    Point,
    Verdict,
    failed,
    lines,
    side_by_side,
    smallest_set,
)
from pages.ui.figures import COLOURS, Picture, band
from pages.ui.numbers import in_percent, interval_points, short, significant
from pages.ui.style import style_of
from pages.ui.words import Words

COLOUR = {"alone": COLOURS["alone"], "correct": COLOURS["distilled"], "buggy": "#a8409a"}
DASH = {"alone": "dash", "correct": "solid", "buggy": "dot"}
MARKS = {"buggy": "✗", "correct": "✓"}

STYLE = style_of(Path(__file__).with_name("bugs.css"))


def options(w: Words) -> dict[str, str]:
    """The guesses that can be made, by outcome."""
    return {outcome: w(f"options.{outcome}") for outcome in ("below", "between", "same")}


def setting(w: Words, bug: str) -> str:
    """What is trained, and at which alpha."""
    experiment = BUGS[bug].experiment
    alpha = w("mix", alpha=short(w, experiment.alpha)) if experiment.alpha else w("soft_only")
    return w(
        "setting",
        labels=experiment.labels,
        student=experiment.student,
        seeds=experiment.seeds,
        alpha=alpha,
        temperature=short(w, experiment.temperature),
    )


def seen(w: Words, bug: str) -> str:
    return w(f"seen.{BUGS[bug].seen}", threads=", ".join(BUGS[bug].threads))


# Code


def code(w: Words, bug: str) -> str:
    """The function with the bug beside the correct one, as HTML; lines that differ bear a mark and a border."""
    rows, panels = side_by_side(bug), []
    for side in ("buggy", "correct"):
        shown = []
        for row in rows:
            line, differs = getattr(row, side), row.differs
            marked = f"kd-bugs-line kd-bugs-{side}" if differs else "kd-bugs-line"
            mark = MARKS[side] if differs else " "
            hidden = f'<span class="kd-bugs-hidden">{escape(w("code.differs"))}</span>' if differs else ""
            text = f"<i>{escape(w('code.nothing'))}</i>" if line is None else escape(line)
            shown.append(f'<span class="{marked}"><span class="kd-bugs-mark">{mark}</span>{hidden}{text}</span>')
        title = escape(w(f"code.{side}"))
        panels.append(
            f'<figure><figcaption>{title}</figcaption><pre tabindex="0" role="region" aria-label="{title}">'
            f"<code>{''.join(shown)}</code></pre></figure>"
        )
    return f'<div class="kd-bugs-code">{"".join(panels)}</div>'


# Curves


def accuracy(w: Words, points: Sequence[Point], bug: str, *, with_bug: bool) -> Picture:
    """Mean test accuracy of each student with the 95 % interval of the mean."""
    figure, told = go.Figure(), []
    for student, line in _shown(points, with_bug).items():
        name, colour = w(f"students.{student}"), COLOUR[student]
        band(figure, line.epochs, (100 * line.low).tolist(), (100 * line.high).tolist(), colour)
        figure.add_scatter(
            x=line.epochs,
            y=100 * line.accuracy,
            mode="lines",
            name=name,
            line={"color": colour, "width": 3, "dash": DASH[student]},
            hovertemplate="%{y:.1f} %<extra>%{fullData.name}</extra>",
        )
        first, last, low, high = (
            in_percent(w, share) for share in (line.accuracy[0], line.accuracy[-1], line.low[-1], line.high[-1])
        )
        told.append(
            w("curves.alt_student", student=name, first=first, last=last, low=low, high=high, epoch=line.epochs[-1])
        )
    epochs = BUGS[bug].experiment.epochs
    figure.update_layout(
        height=380,
        margin={"l": 8, "r": 12, "t": 10, "b": 40},
        xaxis={"title": w("curves.epoch"), "range": [0, epochs], "fixedrange": True},
        yaxis={"title": w("curves.accuracy"), "range": [0, 101], "fixedrange": True},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        hovermode="x unified",
        uirevision=bug,
    )
    return Picture(figure, w("curves.alt", students=" ".join(told) or w("curves.alt_waiting")))


def loss(w: Words, points: Sequence[Point], bug: str, *, with_bug: bool) -> Picture:
    """Mean training loss of the correct step above that of the step with the bug, each at its own scale."""
    names = {student: w(f"students.{student}") for student in ("correct", "buggy")}
    figure = make_subplots(2, 1, vertical_spacing=0.25, subplot_titles=list(names.values()))
    found, told = lines(points) if points else {}, []
    for row, (student, name) in enumerate(names.items(), 1):
        axis = {"row": row, "col": 1}
        figure.update_xaxes(range=[0, BUGS[bug].experiment.epochs], fixedrange=True, **axis)
        figure.update_yaxes(title=w("curves.loss"), fixedrange=True, **axis)
        if student == "buggy" and not with_bug:
            _write(figure, w("curves.hidden"), bug, row)
            continue
        if len(points) > 1:
            first, last = (significant(w, found[student].loss[i]) for i in (1, -1))
            told.append(w("curves.alt_loss_student", student=name, first=first, last=last))
        if len(points) > 1 and not any(math.isfinite(value) for value in found[student].loss[1:]):
            _write(figure, w("curves.nan"), bug, row)
        elif points:
            figure.add_scatter(
                x=found[student].epochs,
                y=found[student].loss,
                mode="lines",
                showlegend=False,
                name=name,
                line={"color": COLOUR[student], "width": 3, "dash": DASH[student]},
                hovertemplate="%{y:.4g}<extra></extra>",
                **axis,
            )
    figure.update_xaxes(title=w("curves.epoch"), row=2, col=1)
    margin = {"l": 8, "r": 12, "t": 30, "b": 40}
    figure.update_layout(height=380, margin=margin, uirevision=bug)
    return Picture(figure, w("curves.alt_loss", students=" ".join(told) or w("curves.alt_waiting")))


def _write(figure: go.Figure, text: str, bug: str, row: int) -> None:
    """Words where there is no curve."""
    figure.update_yaxes(showticklabels=False, range=[0, 1], row=row, col=1)
    middle = BUGS[bug].experiment.epochs / 2
    figure.add_scatter(
        x=[middle], y=[0.5], text=[text], mode="text", hoverinfo="skip", showlegend=False, row=row, col=1
    )


def _shown(points: Sequence[Point], with_bug: bool) -> dict[str, Line]:
    found = lines(points) if points else {}
    return {student: line for student, line in found.items() if with_bug or student != "buggy"}


# Verdict


def verdict(w: Words, found: Verdict, guess: str) -> str:
    """How it ended, whether that was guessed, and the numbers."""
    told = [w(f"verdict.{found.outcome}")]
    if guess:
        told.append(w("verdict.right") if guess == found.outcome else w("verdict.wrong", guess=options(w)[guess]))
    shares = {student: in_percent(w, getattr(found, student).mean) for student in STUDENTS}
    differences = {name: difference(w, getattr(found, name)) for name in ("to_correct", "to_alone")}
    return " ".join(told) + "\n\n" + w("verdict.numbers", n=found.buggy.n, **shares, **differences)


def difference(w: Words, found: Interval) -> str:
    """A paired difference in points with its interval, and whether it is one at all."""
    clear = w("verdict.clear" if found.is_clear else "verdict.unclear")
    return w("verdict.difference", **interval_points(w, found), clear=clear)


# Checks


def wanted(w: Words, check: str) -> str:
    """What a check's value should be."""
    low, high = (significant(w, limit) for limit in (CHECKS[check].low, CHECKS[check].high))
    return w(f"check.{check}.want", low="0" if check == "not_negative" else low, high=high)


def result(w: Words, check: str, value: float) -> str:
    """A check's value, and whether it passes, in words."""
    return f"{significant(w, value)} – {w('checks.passes' if CHECKS[check].passes(value) else 'checks.fails')}"


def checks_table(w: Words, bug: str, examination: Examination) -> list[dict[str, str]]:
    """The check that gives a bug away, of the correct step and of the one with the bug."""
    check = BUGS[bug].gives_away
    return [
        {
            w("checks.check"): f"**{w(f'check.{check}.name')}.** {w(f'check.{check}.question')}",
            w("checks.want"): wanted(w, check),
            w("checks.correct"): result(w, check, examination[""][check]),
            w("checks.buggy"): f"**{result(w, check, examination[bug][check])}**",
        }
    ]


def other_checks(w: Words, bug: str, examination: Examination) -> str:
    """Which other checks find the bug."""
    names = [w(f"check.{name}.name") for name in failed(examination[bug]) if name != BUGS[bug].gives_away]
    return w("checks.others", names=", ".join(names)) if names else w("checks.no_others")


def matrix(w: Words, examination: Examination, now: str) -> str:
    """Every check of every step, as HTML: "fails" is a word and a mark; the bug on the page is underlined."""
    head = "".join(f'<th scope="col">{escape(w(f"check.{name}.name"))}</th>' for name in CHECKS)
    body = ""
    for bug, values in examination.items():
        name = w(f"{bug}.name") if bug else w("matrix.correct_step")
        found = failed(values)
        cells = "".join(
            f'<td class="kd-bugs-fails">{MARKS["buggy"]} {w("matrix.fails")}</td>'
            if check in found
            else f"<td>{w('matrix.ok')}</td>"
            for check in CHECKS
        )
        body += f'<tr class="{"kd-bugs-now" if bug == now else ""}"><th scope="row">{escape(name)}</th>{cells}</tr>'
    return _table(w("matrix.label"), f"<th>{escape(w('summary.bug'))}</th>{head}", body, "kd-bugs-matrix")


def cover(w: Words, examination: Examination) -> str:
    """The fewest checks that find all bugs."""
    names = smallest_set(examination)
    told = ", ".join(f"*{w(f'check.{name}.name')}*" for name in names)
    return w("matrix.cover", count=len(names), checks=len(CHECKS), bugs=len(BUGS), names=told)


def _table(label: str, head: str, body: str, kind: str = "") -> str:
    return (
        f'<div class="kd-bugs-table {kind}" tabindex="0" role="region" aria-label="{escape(label)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


# Summary


def summary(w: Words, verdicts: Mapping[str, Verdict | None], guesses: Mapping[str, str | None]) -> str:
    """A row for every bug that has been run, as HTML; None is still being trained."""
    names = ("bug", "accuracy", "to_correct", "to_alone", "curve", "guess")
    head = "".join(f'<th scope="col">{escape(w(f"summary.{name}"))}</th>' for name in names)
    body = ""
    for bug, found in verdicts.items():
        cells = _summary_cells(w, found, guesses.get(bug)) if found else [w("summary.training"), "", "", "", ""]
        told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        body += f'<tr><th scope="row">{escape(w(f"{bug}.name"))}</th>{told}</tr>'
    return _table(w("summary.title"), head, body)


def _summary_cells(w: Words, found: Verdict, guess: str | None) -> list[str]:
    differences = [
        w("summary.points", **interval_points(w, each)) + ("" if each.is_clear else w("summary.unclear"))
        for each in (found.to_correct, found.to_alone)
    ]
    told = w("summary.no_guess")
    if guess:
        told = w("summary.guess_right" if guess == found.outcome else "summary.guess_wrong")
    curve = w("summary.plausible" if found.is_plausible else "summary.suspicious")
    return [w("summary.share", mean=in_percent(w, found.buggy.mean)), *differences, curve, told]


def count(w: Words, verdicts: Mapping[str, Verdict | None]) -> str:
    """How many of those that have ended leave a plausible curve."""
    ended = [found for found in verdicts.values() if found]
    return w("summary.count", plausible=sum(found.is_plausible for found in ended), n=len(ended))
