"""Pictures of the two losses: each function returns a figure and the same thing in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kd_core.experiment import text_of
from kd_core.metrics import interval
from pages.learn.two_losses.analysis import CORNERS, Effect, Floors, Limit, Mixture, Norms, Shares, Terms
from pages.ui.figures import COLOURS, faint
from pages.ui.words import Words

Picture = tuple[go.Figure, str]
# Who hears only the label is the student alone; what the teacher says has the teacher's colour; the sum is distilled.
LABEL, TEACHER, SUM = COLOURS["alone"], COLOURS["teacher"], COLOURS["distilled"]
GREY = "#7f8790"


def digit(pixels: NDArray[np.float32], text: str) -> str:
    """A picture of 8 x 8 pixels in [0, 1], read out as `text`: an SVG within an image, dark ink on white paper."""
    cells = "".join(
        f'<rect x="{i % 8}" y="{i // 8}" width="1.02" height="1.02" fill-opacity="{pixel:.2f}"/>'
        for i, pixel in enumerate(pixels)
    )
    paper = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#fff"/>'
    style = "width:5.5rem;border:1px solid #7f8790;border-radius:.3rem"
    return f'<img src="data:image/svg+xml,{quote(paper + cells)}%3C/svg%3E" alt="{escape(text)}" style="{style}">'


def triangle(
    w: Words, now: Shares, along: Sequence[tuple[float, Shares]], marks: Shares, label: int, top: int
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
            hovertemplate=f"α = {text_of(alpha)}<extra></extra>",
        )
        figure.add_annotation(
            x=x[0],
            y=y[0],
            text=f"α {text_of(alpha)}",
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
        **_layout(380) | {"margin": {"l": 10, "r": 10, "t": 5, "b": 5}},
        showlegend=False,
        xaxis=hidden | {"range": [-0.06, 1.1]},
        yaxis=hidden | {"range": [-0.12, 0.96], "scaleanchor": "x"},
    )
    return figure, w("triangle.text", label=label, top=top, **_shares(now))


def shares_line(w: Words, now: Shares, label: int, top: int) -> str:
    """The three shares as one line."""
    return w("triangle.shares", label=label, top=top, **_shares(now))


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
        **_layout(330),
        barmode="stack",
        legend=_LEGEND,
        xaxis={"title": w("axes.class"), "type": "category", "fixedrange": True},
        yaxis={"title": w("axes.target"), "range": [0, 1], "fixedrange": True},
    )
    return figure, w("target.text", values=_listed(parts.label + parts.teacher, 3))


def push_bars(w: Words, seen: Terms, reach: float) -> Picture:
    """What each term does to every logit, and both together; the axis goes to `reach` so that epochs compare."""
    classes = [str(c) for c in range(len(seen.push))]
    figure = go.Figure()
    for values, name, colour, pattern in (
        (seen.hard_push, w("names.hard"), LABEL, "/"),
        (seen.soft_push, w("names.soft"), TEACHER, "."),
        (seen.push, w("names.sum"), SUM, ""),
    ):
        figure.add_bar(
            x=classes, y=values, name=name, marker=_pattern(colour, pattern), hovertemplate="%{x}: %{y:+.3f}"
        )
    figure.update_layout(
        **_layout(330),
        barmode="group",
        legend=_LEGEND,
        xaxis={"title": w("axes.class"), "type": "category", "fixedrange": True},
        yaxis={"title": w("axes.push"), "range": [-reach, reach], "fixedrange": True},
    )
    listed = {name: _listed(getattr(seen, name), 2) for name in ("hard_push", "soft_push", "push")}
    return figure, w("push.text", **listed)


def value_formula(seen: Terms, temperature: float, alpha: float) -> str:
    """The loss of this example with its numbers: lines of LaTeX in Markdown."""
    weight, square = 1 - alpha, f"{temperature**2:g}"
    lines = (
        r"$L = \alpha\,\mathrm{CE} + (1-\alpha)\,T^2\,\mathrm{KL}$",
        rf"$\phantom{{L}} = {alpha:.2f}\cdot {seen.hard:.3f} + {weight:.2f}\cdot {square}\cdot {seen.kl:.4f}$",
        rf"$\phantom{{L}} = {alpha * seen.hard:.3f} + {weight * seen.soft:.3f} = {seen.total:.3f}$",
    )
    return "  \n".join(lines)


def norms_figure(w: Words, norms: Norms) -> Picture:
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
    figure.update_layout(
        **_layout(340),
        legend=_LEGEND,
        xaxis={"title": "T", "tickvals": [1, 2, 4, 8, 12, 16, 20], "fixedrange": True},
        yaxis={"title": w("axes.norm"), "type": "log", "dtick": 1, "fixedrange": True},
        hovermode="x unified",
    )
    return figure, w("norms.text", **norm_values(norms))


def norm_values(norms: Norms) -> dict[str, str]:
    """The two curves at both ends and in between, and the hard gradient, as text."""
    at = [int(np.abs(norms.temperatures - t).argmin()) for t in (1, 4, 20)]
    names = [
        (f"{kind}_{t}", values[i])
        for kind, values in (("bare", norms.without), ("scaled", norms.with_factor))
        for t, i in zip((1, 4, 20), at, strict=True)
    ]
    return {name: f"{value:.3g}" for name, value in [*names, ("hard", norms.hard)]}


def learning_figure(w: Words, effect: Effect, reach: int) -> Picture:
    """Test accuracy over epochs with and without T^2, bands of 95 % of the mean over seeds; `reach` epochs wide."""
    figure = go.Figure()
    curves = [
        (effect.with_factor, w("names.with_run"), SUM, "solid"),
        (effect.without, w("names.rescaled" if effect.rescaled else "names.without_run"), TEACHER, "dash"),
    ]
    for accuracy, name, colour, dash in curves:
        bands = [interval(100 * row) for row in accuracy]
        low, high = [band.low for band in bands], [band.high for band in bands]
        figure.add_scatter(
            x=[*effect.epochs, *effect.epochs[::-1]],
            y=[*high, *low[::-1]],
            fill="toself",
            mode="none",
            fillcolor=faint(colour),
            showlegend=False,
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=effect.epochs,
            y=[band.mean for band in bands],
            name=name,
            mode="lines+markers",
            marker={"symbol": "circle" if dash == "solid" else "square-open", "size": 6},
            line={"color": colour, "width": 2, "dash": dash},
            hovertemplate="%{y:.1f} %",
        )
    figure.update_layout(
        **_layout(250),
        legend=_LEGEND,
        xaxis={"title": w("axes.epoch"), "range": [0, reach + 2], "fixedrange": True},
        yaxis={"title": w("axes.accuracy"), "range": [0, 100], "fixedrange": True},
        hovermode="x unified",
    )
    return figure, verdict(w, effect)


def effect_title(w: Words, effect: Effect) -> str:
    kind = "rescaled" if effect.rescaled else "soft_only" if effect.alpha == 0 else "mix"
    return w(f"effects.{kind}", optimizer=w(f"optimizers.{effect.optimizer}"), alpha=text_of(effect.alpha))


def verdict(w: Words, effect: Effect) -> str:
    """What the seeds say of one effect: accuracies, the paired difference with its interval, clear or not."""
    gap = effect.difference
    clear = "unclear" if not gap.is_clear else "better" if gap.mean > 0 else "worse"
    return w(
        "effects.verdict",
        title=effect_title(w, effect),
        on=f"{100 * effect.with_factor[-1].mean():.1f}",
        off=f"{100 * effect.without[-1].mean():.1f}",
        gain=_points(gap.mean),
        low=_points(gap.low),
        high=_points(gap.high),
        n=gap.n,
        clear=w(f"effects.{clear}"),
    )


def _points(share: float) -> str:
    return f"{100 * share:+.2f}".replace("-", "−")


def cosine_figure(w: Words, limit: Limit, temperature: float) -> Picture:
    """Direction and size against T, means with the range over examples."""
    figure = go.Figure()
    heat = limit.temperatures
    for values, name, colour, dash in (
        (limit.direction, w("names.direction"), TEACHER, "solid"),
        (limit.size, w("names.size"), LABEL, "dash"),
    ):
        figure.add_scatter(
            x=[*heat, *heat[::-1]],
            y=[*values.max(1), *values.min(1)[::-1]],
            fill="toself",
            mode="none",
            fillcolor=faint(colour),
            showlegend=False,
            hoverinfo="skip",
        )
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
        **_layout(340),
        legend=_LEGEND,
        xaxis={"title": w("axes.log_t"), "type": "log", "tickvals": list(TICKS), "fixedrange": True},
        yaxis={"title": w("axes.ratio"), "rangemode": "tozero", "fixedrange": True},
        hovermode="x unified",
    )
    at = int(np.abs(heat - temperature).argmin())
    return figure, w("limit.text", **limit_values(limit, at))


TICKS = (1, 2, 4, 8, 20, 50, 100)


def limit_values(limit: Limit, at: int) -> dict[str, Any]:
    """Mean direction and size at one of the temperatures, as text."""
    return {
        "t": text_of(float(limit.temperatures[at])),
        "direction": f"{limit.direction[at].mean():.3f}",
        "size": f"{limit.size[at].mean():.2f}",
        "n": limit.direction.shape[1],
    }


def match_figure(w: Words, wanted: NDArray[np.float64], scaled: NDArray[np.float64], text: str) -> Picture:
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
        hovertemplate="(%{x:.2f}, %{y:.2f})<extra></extra>",
    )
    figure.update_layout(
        **_layout(340),
        legend=_LEGEND,
        xaxis={"title": w("axes.centred"), "range": [-reach, reach], "fixedrange": True},
        yaxis={"title": w("axes.scaled"), "range": [-reach, reach], "fixedrange": True},
    )
    return figure, text


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
        **_layout(340),
        legend=_LEGEND,
        xaxis={"title": w("axes.s"), "fixedrange": True},
        yaxis={"title": w("axes.nats"), "rangemode": "tozero", "fixedrange": True},
        hovermode="x unified",
    )
    return figure, w("floors.text", **floor_values(seen))


def floor_values(seen: Floors) -> dict[str, str]:
    """Where both curves end, as text."""
    ce, divergence = seen.at_teacher
    values = {"ce": ce, "kl": divergence, "entropy": seen.entropy}
    return {name: f"{value:.3f}" for name, value in values.items()} | {"gap": f"{seen.slope_gap:.1g}"}


_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}


def _layout(height: int) -> dict[str, Any]:
    return {"height": height, "margin": {"l": 55, "r": 10, "t": 10, "b": 45}, "template": "none"}


def _pattern(colour: str, shape: str) -> dict[str, Any]:
    return {
        "color": colour,
        "pattern": {"shape": shape, "fillmode": "overlay", "fgcolor": "white", "fgopacity": 0.7, "size": 6},
    }


def _shares(now: Shares) -> dict[str, str]:
    return {f"{name}_share": f"{100 * float(value):.1f}" for name, value in now._asdict().items()}


def _listed(values: Iterable[float], digits: int) -> str:
    return ", ".join(f"{c}: {value:.{digits}f}" for c, value in enumerate(values))
