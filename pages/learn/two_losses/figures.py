"""Pictures of the two losses: each function returns a figure and the same thing in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from kd_core.data import Doubles
from kd_core.sweeps.intervals import interval
from pages.learn.two_losses.analysis import CORNERS, Effect, Floors, Limit, Mixture, MixtureShares, Norms
from pages.ui.figures import COLOURS, GREY, Picture, band, layout
from pages.ui.numbers import in_percent, interval_points, joined, number, scientific, short, significant
from pages.ui.words import Words

# The label's part has the colour of the student alone, the teacher's that of the teacher, their sum the distilled's.
LABEL, TEACHER, SUM = COLOURS["alone"], COLOURS["teacher"], COLOURS["distilled"]


def triangle(
    w: Words,
    now: MixtureShares,
    along: Sequence[tuple[float, MixtureShares]],
    marks: MixtureShares,
    label: int,
    top: int,
) -> Picture:
    """Where the mixture lies: `along` holds the way over T for some alphas, `marks` the points at the `MARKED` T."""
    figure = go.Figure()
    outline = np.vstack([CORNERS, CORNERS[:1]])
    figure.add_scatter(
        x=outline[:, 0], y=outline[:, 1], mode="lines", line={"color": GREY, "width": 2}, hoverinfo="skip"
    )
    for alpha, shares in along:
        x, y = shares.position.T
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": GREY, "width": 1, "dash": "dot"},
            hovertemplate=f"α = {short(w, alpha)}<extra></extra>",
        )
        figure.add_annotation(
            x=x[0],
            y=y[0],
            text=f"α {short(w, alpha)}",
            showarrow=False,
            xanchor="left",
            yanchor="top",
            xshift=4,
            font={"size": 10},
        )
    x, y = marks.position.T
    ends = [f"T {t}" if t in (MARKED[0], MARKED[-1]) else "" for t in MARKED]
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers+text",
        line={"color": TEACHER, "width": 3},
        marker={"size": 7},
        text=ends,
        textposition=["bottom left", *["top center"] * 4],
        hoverinfo="skip",
    )
    x, y = now.position
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={"size": 17, "color": SUM, "symbol": "diamond", "line": {"width": 2, "color": "white"}},
        hovertemplate=w("triangle.now") + "<extra></extra>",
    )
    corners = [w("triangle.label", label=label), w("triangle.top", top=top), w("triangle.rest")]
    for (x, y), text, anchor, below in zip(CORNERS, corners, ("left", "right", "center"), (1, 1, 0), strict=True):
        figure.add_annotation(
            x=x,
            y=y,
            text=text,
            showarrow=False,
            xanchor=anchor,
            yanchor="top" if below else "bottom",
            yshift=-12 if below else 6,
        )
    hidden = {"visible": False, "fixedrange": True}
    figure.update_layout(
        **_layout(w, 380) | {"margin": {"l": 10, "r": 10, "t": 5, "b": 5}},
        showlegend=False,
        xaxis=hidden | {"range": [-0.06, 1.1]},
        yaxis=hidden | {"range": [-0.12, 0.96], "scaleanchor": "x"},
    )
    return Picture(figure, w("triangle.text", label=label, top=top, **_shares(w, now)))


def shares_line(w: Words, now: MixtureShares, label: int, top: int) -> str:
    """The three shares as one line."""
    return w("triangle.shares", label=label, top=top, **_shares(w, now))


MARKED = (1, 2, 4, 8, 20)


def target_bars(w: Words, parts: Mixture) -> Picture:
    """The mixture class by class, the label's part on the teacher's."""
    classes = [str(c) for c in range(len(parts.teacher))]
    figure = go.Figure()
    for values, name, colour, pattern in (
        (parts.teacher, w("names.teacher_part"), TEACHER, ""),
        (parts.label, w("names.label_part"), LABEL, "/"),
    ):
        figure.add_bar(x=classes, y=values, name=name, marker=_pattern(colour, pattern), hovertemplate="%{x}: %{y:.3f}")
    figure.update_layout(
        **_layout(w, 330),
        barmode="stack",
        xaxis={"title": w("axes.class"), "type": "category", "fixedrange": True},
        yaxis={"title": w("axes.target"), "range": [0, 1], "fixedrange": True},
    )
    return Picture(figure, w("target.text", values=_listed(w, parts.label + parts.teacher, 3)))


def norms_figure(w: Words, norms: Norms, temperature: float) -> Picture:
    """Length of the soft gradient against T with and without T^2, on a log axis, and that of the hard one."""
    figure = go.Figure()
    heat = norms.temperatures
    figure.add_scatter(x=heat, y=norms.with_factor, name=w("names.with"), mode="lines", line={"color": SUM, "width": 3})
    figure.add_scatter(
        x=heat,
        y=norms.without,
        name=w("names.without"),
        mode="lines",
        line={"color": TEACHER, "width": 3, "dash": "dash"},
    )
    figure.add_scatter(
        x=heat[[0, -1]],
        y=[norms.hard] * 2,
        name=w("names.hard_norm"),
        mode="lines",
        line={"color": LABEL, "width": 2, "dash": "dot"},
    )
    figure.add_vline(x=temperature, line={"color": GREY, "width": 1})
    figure.update_layout(
        **_layout(w, 340),
        xaxis={"title": "T", "tickvals": [1, 2, 4, 8, 12, 16, 20], "fixedrange": True},
        yaxis={"title": w("axes.norm"), "type": "log", "dtick": 1, "fixedrange": True},
        hovermode="x unified",
    )
    return Picture(figure, w("norms.text", **norm_values(w, norms)))


def norm_values(w: Words, norms: Norms) -> dict[str, str]:
    """The two curves at both ends and in between, and the hard gradient, as text."""
    at = [int(np.abs(norms.temperatures - t).argmin()) for t in (1, 4, 20)]
    names = [
        (f"{kind}_{t}", values[i])
        for kind, values in (("bare", norms.without), ("scaled", norms.with_factor))
        for t, i in zip((1, 4, 20), at, strict=True)
    ]
    return {name: significant(w, value) for name, value in [*names, ("hard", norms.hard)]}


def learning_figure(w: Words, effect: Effect, reach: int, text: str) -> Picture:
    """Test accuracy over epochs with and without T^2, bands of 95 % of the mean; `reach` epochs wide."""
    figure = go.Figure()
    curves = [
        (effect.with_factor, w("names.with_run"), SUM, "solid"),
        (effect.without, w("names.rescaled" if effect.rescaled else "names.without_run"), TEACHER, "dash"),
    ]
    for accuracy, name, colour, dash in curves:
        means = [interval(100 * row, splits=effect.splits) for row in accuracy]
        band(figure, effect.epochs, [each.low for each in means], [each.high for each in means], colour)
        figure.add_scatter(
            x=effect.epochs,
            y=[each.mean for each in means],
            name=name,
            mode="lines+markers",
            marker={"symbol": "circle" if dash == "solid" else "square-open", "size": 6},
            line={"color": colour, "width": 2, "dash": dash},
            hovertemplate="%{y:.1f} %",
        )
    figure.update_layout(
        **_layout(w, 230),
        xaxis={"title": w("axes.epoch"), "range": [0, reach + 2], "fixedrange": True},
        yaxis={"title": w("axes.accuracy"), "range": [0, 100], "fixedrange": True},
        hovermode="x unified",
    )
    return Picture(figure, text)


def alone_values(w: Words, effects: Iterable[Effect]) -> dict[str, str]:
    """What students without a teacher reach under each optimizer, as text."""
    return {f"{effect.optimizer}_alone": in_percent(w, effect.alone.mean()) for effect in effects}


def effect_title(w: Words, effect: Effect) -> str:
    kind = "rescaled" if effect.rescaled else "soft_only" if effect.alpha == 0 else "mix"
    return w(f"effects.{kind}", optimizer=w(f"optimizers.{effect.optimizer}"), alpha=short(w, effect.alpha))


def verdict(w: Words, effect: Effect) -> str:
    """What the students say of one effect: accuracies, the paired difference with its interval, clear or not."""
    gap = effect.difference
    clear = {1: "better", -1: "worse"}.get(gap.side, "flips" if gap.is_clear else "unclear")
    told = w(
        "effects.verdict",
        title=effect_title(w, effect),
        on=in_percent(w, effect.with_factor[-1].mean()),
        off=in_percent(w, effect.without[-1].mean()),
        **interval_points(w, gap, 2),
        n=gap.n,
        splits=gap.splits,
        clear=w(f"effects.{clear}"),
    )
    return f"{told} {w('effects.lost', count=effect.lost)}" if effect.lost else told


def cosine_figure(w: Words, limit: Limit, temperature: float) -> Picture:
    """Direction and size against T, means with the range over examples."""
    figure = go.Figure()
    heat = limit.temperatures
    for values, name, colour, dash in (
        (limit.direction, w("names.direction"), TEACHER, "solid"),
        (limit.size, w("names.size"), LABEL, "dash"),
    ):
        band(figure, heat.tolist(), values.min(1).tolist(), values.max(1).tolist(), colour)
        figure.add_scatter(
            x=heat,
            y=values.mean(1),
            name=name,
            mode="lines",
            line={"color": colour, "width": 3, "dash": dash},
            hovertemplate="%{y:.3f}",
        )
    figure.add_vline(x=temperature, line={"color": GREY, "width": 1})
    figure.update_layout(
        **_layout(w, 340),
        xaxis={"title": w("axes.log_t"), "type": "log", "tickvals": list(TICKS), "fixedrange": True},
        yaxis={"title": w("axes.ratio"), "rangemode": "tozero", "fixedrange": True},
        hovermode="x unified",
    )
    at = int(np.abs(heat - temperature).argmin())
    return Picture(figure, w("limit.text", **limit_values(w, limit, at)))


TICKS = (1, 2, 4, 8, 20, 50, 100)


def limit_values(w: Words, limit: Limit, at: int) -> dict[str, Any]:
    """Mean direction and size at one of the temperatures, as text."""
    return {
        "t": short(w, limit.temperatures[at]),
        "direction": number(w, limit.direction[at].mean(), 3),
        "size": number(w, limit.size[at].mean(), 2),
        "n": limit.direction.shape[1],
    }


def match_figure(w: Words, wanted: Doubles, scaled: Doubles, text: str) -> Picture:
    """Every class of every example: the scaled gradient against the centred z - v, and the line of equality."""
    reach = 1.1 * float(max(np.abs(wanted).max(), np.abs(scaled).max()))
    figure = go.Figure()
    figure.add_scatter(
        x=[-reach, reach], y=[-reach, reach], mode="lines", name=w("names.equal"), line={"color": GREY, "dash": "dash"}
    )
    figure.add_scatter(
        x=wanted.ravel(),
        y=scaled.ravel(),
        mode="markers",
        name=w("names.one_class"),
        marker={"color": TEACHER, "size": 6, "opacity": 0.7},
        hovertext=[
            f"({joined(w, (number(w, value, 2) for value in pair))})"
            for pair in zip(wanted.ravel(), scaled.ravel(), strict=True)
        ],
        hoverinfo="text",
    )
    figure.update_layout(
        **_layout(w, 340),
        xaxis={"title": w("axes.centred"), "range": [-reach, reach], "fixedrange": True},
        yaxis={"title": w("axes.scaled"), "range": [-reach, reach], "fixedrange": True},
    )
    return Picture(figure, text)


def floors_figure(w: Words, seen: Floors) -> Picture:
    """Cross-entropy and KL on the way from the teacher's logits to the student's."""
    figure = go.Figure()
    for values, name, colour, dash in (
        (seen.cross_entropy, w("names.ce"), LABEL, "solid"),
        (seen.kl, w("names.kl"), TEACHER, "dash"),
        (np.full_like(seen.s, seen.entropy), w("names.entropy"), GREY, "dot"),
    ):
        figure.add_scatter(
            x=seen.s,
            y=values,
            name=name,
            mode="lines",
            line={"color": colour, "width": 3, "dash": dash},
            hovertemplate="%{y:.4f}",
        )
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    figure.update_layout(
        **_layout(w, 340),
        xaxis={"title": w("axes.s"), "fixedrange": True},
        yaxis={"title": w("axes.nats"), "rangemode": "tozero", "fixedrange": True},
        hovermode="x unified",
    )
    return Picture(figure, w("floors.text", **floor_values(w, seen)))


def floor_values(w: Words, seen: Floors) -> dict[str, str]:
    """Where both curves end, as text."""
    ce, divergence = seen.at_teacher
    values = {"ce": ce, "kl": divergence, "entropy": seen.entropy}
    return {name: number(w, value, 3) for name, value in values.items()} | {"gap": scientific(w, seen.slope_gap, 0)}


def _layout(w: Words, height: int) -> dict[str, Any]:
    return layout(height) | {"template": "none"}


def _pattern(colour: str, shape: str) -> dict[str, Any]:
    return {
        "color": colour,
        "pattern": {"shape": shape, "fillmode": "overlay", "fgcolor": "white", "fgopacity": 0.7, "size": 6},
    }


def _shares(w: Words, now: MixtureShares) -> dict[str, str]:
    return {f"{name}_share": in_percent(w, value) for name, value in now._asdict().items()}


def _listed(w: Words, values: Iterable[float], digits: int) -> str:
    return joined(w, (f"{c}: {number(w, value, digits)}" for c, value in enumerate(values)))
