"""Figures and sentences of the page from forest to network; their words are in `pages/words/<language>/forest.toml`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from kd_core.experiment import Experiment
from kd_core.sweeps.intervals import Interval
from pages.learn.forest.analysis import ACTORS, Cost, Found, Lesson, OfTeacher, lesson, ratio
from pages.ui.figures import COLOURS, GREY, Picture, layout
from pages.ui.numbers import count, in_percent, interval_points, number, significant
from pages.ui.words import Words

MARKS = {"alone": "circle-open", "distilled": "diamond", "teacher": "square"}
DIGITS = 2  # of a difference in points
COSTS = ("size", "row", "thousand")


def kind_name(w: Words, kind: str) -> str:
    return str(Words("settings", w.language)(f"choices.teacher_kind.{kind}"))


# Accuracy


def accuracy(w: Words, found: Found | None, kind: str) -> Picture:
    """Every pair from alone over distilled to the pipeline of its split, and the means with their intervals."""
    figure, names = go.Figure(), [w(f"accuracy.{actor}", kind=kind_name(w, kind)) for actor in ACTORS]
    told = []
    if found:
        ways = 100 * np.stack([found.of(actor) for actor in ACTORS], axis=-1).reshape(-1, len(ACTORS))
        for way in ways:
            figure.add_scatter(
                x=[0, 1, 2], y=way, mode="lines", line={"color": GREY, "width": 1}, opacity=0.5, hoverinfo="skip"
            )
        for x, actor in enumerate(ACTORS):
            mean, colour = found.mean(actor), COLOURS[actor]
            text = in_percent(w, mean.mean)
            figure.add_scatter(
                x=[x],
                y=[100 * mean.mean],
                error_y={"array": [100 * (mean.high - mean.mean)], "thickness": 2.5, "width": 6, "color": colour},
                mode="markers",
                marker={"symbol": MARKS[actor], "size": 13, "color": colour, "line": {"width": 2.5, "color": colour}},
                hovertext=w("accuracy.hover", who=names[x], **_share(w, mean)),
                hoverinfo="text",
            )
            figure.add_annotation(
                x=x, y=100 * mean.mean, text=f"<b>{text} %</b>", showarrow=False, xshift=12, xanchor="left"
            )
            told.append(w("accuracy.told", who=names[x], accuracy=text))
    figure.update_layout(
        **layout(380),
        showlegend=False,
        xaxis={"tickvals": [0, 1, 2], "ticktext": names, "range": [-0.35, 2.6], "fixedrange": True, "showgrid": False},
        yaxis={"title": w("accuracy.axis"), "fixedrange": True} | ({} if found else {"range": [0, 100]}),
        uirevision="accuracy",
    )
    said = w("accuracy.alt", actors=" ".join(told)) if told else w("accuracy.alt_empty")
    return Picture(figure, said)


def _share(w: Words, mean: Interval) -> dict[str, str]:
    return {name: in_percent(w, getattr(mean, name)) for name in ("mean", "low", "high")}


# Cost


def cost(w: Words, found: Found | None, kind: str) -> Picture:
    """Size and time of the pipeline as a multiple of the network's, on a logarithmic axis; the values beside them."""
    figure, told = go.Figure(), []
    name = kind_name(w, kind)
    if found:
        pipeline, network = found.pipeline_cost, found.network_cost
        times = ratio(pipeline, network)
        for y, which in enumerate(COSTS):
            more = times[which]
            figure.add_scatter(x=[1, more], y=[y, y], mode="lines", line={"color": GREY, "width": 3}, hoverinfo="skip")
            for actor, x, value in (("distilled", 1.0, network), ("teacher", more, pipeline)):
                said = _cost_text(w, value, which)
                figure.add_scatter(
                    x=[x],
                    y=[y],
                    mode="markers",
                    marker={"symbol": MARKS[actor], "size": 13, "color": COLOURS[actor]},
                    hovertext=w("cost.hover", who=w(f"accuracy.{actor}", kind=name), value=said),
                    hoverinfo="text",
                )
                is_right = (x == max(1.0, more)) if more != 1 else actor == "teacher"
                figure.add_annotation(
                    x=float(np.log10(x)),
                    y=y,
                    text=said,
                    showarrow=False,
                    yshift=-17,
                    xanchor="right" if is_right else "left",
                )
            title = w("cost.row_title", who=w(f"cost.{which}"), times=times_text(w, which, more))
            figure.add_annotation(x=0, xref="paper", xanchor="left", y=y, yshift=20, text=title, showarrow=False)
            told.append(
                w(
                    "cost.told",
                    who=w(f"cost.{which}"),
                    pipeline=_cost_text(w, pipeline, which),
                    network=_cost_text(w, network, which),
                )
            )
        ends = np.log10([1.0, *times.values()])
        left, right = float(ends.min()), float(ends.max())
        room = 0.06 * max(right - left, 0.5)
        figure.update_xaxes(range=[left - room, right + room])
    figure.update_layout(
        **layout(380) | {"margin": {"l": 12, "r": 12, "t": 10, "b": 45}},
        showlegend=False,
        xaxis={"type": "log", "title": w("cost.axis"), "dtick": 1, "fixedrange": True, "exponentformat": "none"},
        yaxis={"range": [2.6, -0.55], "visible": False, "fixedrange": True},
        uirevision="cost",
    )
    return Picture(figure, w("cost.alt", kind=name, costs=" ".join(told)) if told else w("cost.alt_empty"))


def _cost_text(w: Words, cost: Cost, which: str) -> str:
    return size_text(w, cost.size) if which == "size" else time_text(w, getattr(cost, which))


def size_text(w: Words, size: float) -> str:
    """Bytes as people write them: 13.9 MB, 9.6 kB."""
    unit, value = ("MB", size / 1e6) if size >= 1e6 else ("kB", size / 1e3)
    return f"{significant(w, value)} {unit}"


def time_text(w: Words, milliseconds: float) -> str:
    """Three digits, with the unit."""
    return f"{significant(w, milliseconds)} ms"


def times_text(w: Words, which: str, more: float) -> str:
    """700 times smaller, or 1.5 times larger: the network beside the pipeline."""
    if round(more, 1) == 1:
        return w("times.same")
    word = ("smaller" if more > 1 else "larger") if which == "size" else ("faster" if more > 1 else "slower")
    factor = max(more, 1 / more)
    if factor < 10:
        return w(f"times.{word}", times=number(w, factor))
    two_digits = round(factor, 1 - math.floor(math.log10(factor)))  # a time is no surer than that
    return w(f"times.{word}", times=count(int(two_digits)))


# Verdicts


def verdict_word(difference: Interval) -> str:
    """Which word a difference gets: better, worse, on_average, or same, where there is no clear difference."""
    if difference.side:
        return "better" if difference.side > 0 else "worse"
    return "on_average" if difference.is_clear else "same"


def headline(w: Words, found: Found, kind: str) -> str:
    """What one reads first: against the same network alone, then against the pipeline."""
    name = kind_name(w, kind)
    return (
        f"{w(f'verdict.alone.{verdict_word(found.gain)}')} {w(f'verdict.teacher.{verdict_word(found.gap)}', kind=name)}"
    )


def differences(w: Words, found: Found, kind: str) -> list[str]:
    """Both differences with their intervals, over how many pairs and splits, and how sure that is."""
    told = []
    for name, difference in (("alone", found.gain), ("teacher", found.gap)):
        word = verdict_word(difference)
        told.append(
            w(
                f"verdict.minus_{name}",
                kind=kind_name(w, kind),
                n=difference.n,
                splits=difference.splits,
                word=w(f"verdict.words.{word}"),
                **interval_points(w, difference, DIGITS),
            )
        )
    return told


def agreement(w: Words, found: Found) -> str:
    values = {name: in_percent(w, found.agreement(name).mean) for name in ("alone", "distilled")}
    return w("verdict.agreement", **values)


def costs(w: Words, found: Found) -> str:
    """Size and times in a sentence."""
    pipeline, network = found.pipeline_cost, found.network_cost
    times = ratio(pipeline, network)
    return w(
        "verdict.costs",
        **{which: times_text(w, which, times[which]) for which in COSTS},
        pipeline_size=size_text(w, pipeline.size),
        network_size=size_text(w, network.size),
    )


def table(w: Words, found: Found, kind: str) -> list[dict[str, str]]:
    """A row for each of the three."""
    rows = []
    for actor in ACTORS:
        costing = found.pipeline_cost if actor == "teacher" else found.network_cost
        agrees = "–" if actor == "teacher" else f"{in_percent(w, found.agreement(actor).mean)} %"
        rows.append(
            {
                w("table.who"): w(f"accuracy.{actor}", kind=kind_name(w, kind)).replace("<br>", " "),
                w("table.accuracy"): w("table.share", **_share(w, found.mean(actor))),
                w("table.agreement"): agrees,
                w("table.size"): size_text(w, costing.size),
                w("table.row"): time_text(w, costing.row),
                w("table.thousand"): time_text(w, costing.thousand),
            }
        )
    return rows


# Six teachers


def teachers(w: Words, taught: Sequence[OfTeacher], best: Sequence[str] = ()) -> Picture:
    """What students gain against how often their teacher is right: a point for each teacher, with both intervals."""
    figure, told = go.Figure(), []
    figure.add_hline(y=0, line={"color": GREY, "width": 1.5, "dash": "dash"})
    for one in map(lesson, taught):
        name, is_best = kind_name(w, one.kind), one.kind in best
        colour = COLOURS["distilled" if is_best else "teacher"]
        figure.add_scatter(
            x=[100 * one.accuracy.mean],
            y=[100 * one.gain.mean],
            error_x=_error(one.accuracy, colour),
            error_y=_error(one.gain, colour),
            mode="markers",
            marker={"symbol": MARKS["distilled" if is_best else "teacher"], "size": 12, "color": colour},
            hovertext=w("teachers.hover", **_lesson(w, one)),
            hoverinfo="text",
        )
        figure.add_annotation(
            x=100 * one.accuracy.mean,
            y=100 * one.gain.mean,
            text=f"<b>{name}</b>",
            showarrow=False,
            xshift=9,
            yshift=11,
            xanchor="left",
        )
        told.append(w("teachers.told", **_lesson(w, one)))
    if not told:
        figure.add_annotation(x=0.5, y=0.5, xref="paper", yref="paper", text="<b>?</b>", showarrow=False, font_size=48)
    unknown = {} if told else {"showticklabels": False, "showgrid": False, "range": [-1, 1]}
    figure.update_layout(
        **layout(400 if told else 260),
        showlegend=False,
        xaxis={"title": w("teachers.x"), "fixedrange": True, **unknown},
        yaxis={"title": w("teachers.y"), "fixedrange": True, **unknown},
        uirevision="teachers",
    )
    return Picture(figure, w("teachers.alt", teachers=" ".join(told)) if told else w("teachers.alt_empty"))


def _error(found: Interval, colour: str) -> dict[str, object]:
    return {"array": [100 * (found.high - found.mean)], "thickness": 1.5, "width": 4, "color": colour}


def _lesson(w: Words, one: Lesson) -> dict[str, str]:
    return {
        "kind": kind_name(w, one.kind),
        "accuracy": in_percent(w, one.accuracy.mean),
        **interval_points(w, one.gain, DIGITS),
    }


def taught_by(w: Words, taught: Sequence[OfTeacher], best: Sequence[str], first: OfTeacher, ahead: Interval) -> str:
    """Who teaches best, and what the most accurate teacher is worth beside; `ahead` is the one minus the other."""
    by_kind = {one.kind: lesson(one) for one in taught}
    told = [w("teachers.best", **_lesson(w, by_kind[best[0]]))]
    if len(best) > 1:
        told.append(w("teachers.near", kinds=", ".join(kind_name(w, kind) for kind in best[1:])))
    if first.kind == best[0]:
        told.append(w("teachers.most_accurate_too"))
    else:
        told.append(w("teachers.most_accurate", **_lesson(w, by_kind[first.kind])))
        word = w(f"teachers.ahead_{'clear' if ahead.side > 0 else 'unclear'}")
        told.append(
            w(
                "teachers.ahead",
                best=kind_name(w, best[0]),
                other=kind_name(w, first.kind),
                n=ahead.n,
                splits=ahead.splits,
                word=word,
                **interval_points(w, ahead, DIGITS),
            )
        )
    return " ".join(told)


def judged(w: Words, guess: str, best: Sequence[str]) -> str:
    """How a guess came out; "" is none."""
    if not guess:
        return ""
    return w(f"teachers.{'right' if guess in best else 'wrong'}", guess=kind_name(w, guess))


def setting(w: Words, experiment: Experiment) -> str:
    """What is on screen, in one line."""
    labels = experiment.labels or experiment.source.train_size
    return w(
        "setting",
        labels=w("labels_all" if not experiment.labels else "labels_some", count=count(labels)),
        student=experiment.student_network.label,
        temperature=number(w, experiment.temperature, 0 if experiment.temperature.is_integer() else 1),
        alpha=significant(w, experiment.alpha),
        n=experiment.seeds,
        splits=experiment.splits,
        test=count(experiment.source.test_size),
    )
