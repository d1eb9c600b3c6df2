"""What answers look like: how sure and how right, class by class, and one row of them at a temperature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from kd_core.answers.preview import BINS, Preview
from kd_core.data import Doubles
from kd_core.sources import Source
from pages.ui.figures import COLOURS, GREY, Picture, image_uri, layout
from pages.ui.numbers import in_percent, localized, short
from pages.ui.words import Words

TEACHER = COLOURS["teacher"]
NUMBERS = 8  # of a row of a table that are shown


def reliability(w: Words, seen: Preview) -> Picture:
    """For each tenth of confidence the share of test rows, and how often they are right against how sure they are."""
    middles, width = (np.arange(BINS) + 0.5) / BINS, 0.9 / BINS
    figure = go.Figure()
    figure.add_bar(
        x=middles,
        y=seen.counts / seen.counts.sum(),
        width=width,
        name=w("reliability.rows"),
        marker={"color": GREY, "opacity": 0.45},
        hovertemplate="%{y:.1%}<extra></extra>",
    )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": GREY, "dash": "dot"},
        name=w("reliability.fair"),
        hoverinfo="skip",
    )
    there = seen.counts > 0
    figure.add_scatter(
        x=seen.confidence[there],
        y=seen.right[there],
        mode="lines+markers",
        line={"color": TEACHER, "width": 3},
        marker={"size": 8},
        name=w("reliability.right"),
        hovertemplate="%{x:.1%}: %{y:.1%}<extra></extra>",
    )
    figure.update_layout(
        **layout(300),
        xaxis={"title": w("reliability.x"), "range": [0, 1.02], "tickformat": ".0%", "fixedrange": True},
        yaxis={"title": w("reliability.y"), "range": [0, 1.05], "tickformat": ".0%", "fixedrange": True},
    )
    sure, right = in_percent(w, seen.sure), in_percent(w, seen.test_accuracy)
    return Picture(figure, w("reliability.text", sure=sure, right=right))


def classes(w: Words, seen: Preview, names: Sequence[str]) -> Picture:
    """Mean probability of each class on test rows, beside how often it is answered and how often it is the label."""
    figure = go.Figure()
    for values, of, marker in (
        (seen.labelled, "labelled", {"color": GREY, "opacity": 0.45}),
        (seen.mean, "mean", {"color": TEACHER}),
    ):
        figure.add_bar(
            x=list(names),
            y=values,
            name=w(f"classes.{of}"),
            marker=marker,
            hovertemplate="%{x}: %{y:.1%}<extra></extra>",
        )
    figure.add_scatter(
        x=list(names),
        y=seen.answered,
        mode="markers",
        marker={"symbol": "diamond", "size": 9, "color": TEACHER, "line": {"color": "white", "width": 1}},
        name=w("classes.answered"),
        hovertemplate="%{x}: %{y:.1%}<extra></extra>",
    )
    figure.update_layout(
        **layout(260),
        barmode="group",
        xaxis={"type": "category", "fixedrange": True},
        yaxis={"tickformat": ".0%", "rangemode": "tozero", "fixedrange": True},
    )
    means = [f"{name} {in_percent(w, share)} %" for name, share in zip(names, seen.mean, strict=True)]
    return Picture(figure, w("classes.text", means=", ".join(means)))


def one_row(w: Words, seen: Preview, names: Sequence[str], at: int, temperature: float) -> Picture:
    """The distribution of one test row, softened by T; the label's bar has a pattern."""
    shares = softened(seen, at, temperature)
    label = int(seen.labels[at])
    figure = go.Figure()
    figure.add_bar(
        x=list(names),
        y=shares,
        marker={"color": TEACHER, "pattern": {"shape": ["/" if place == label else "" for place in range(len(names))]}},
        hovertemplate="%{x}: %{y:.3f}<extra></extra>",
    )
    figure.update_layout(
        **layout(240),
        xaxis={"type": "category", "fixedrange": True},
        yaxis={"range": [0, 1], "fixedrange": True},
        showlegend=False,
    )
    values = [f"{name} {in_percent(w, share)} %" for name, share in zip(names, shares, strict=True)]
    told = {"label": names[label], "temperature": short(w, temperature), "values": ", ".join(values)}
    return Picture(figure, w("one.text", **told))


def softened(seen: Preview, at: int, temperature: float) -> Doubles:
    """softmax(z / T) (C,) of an example."""
    logits = seen.logits[at].astype(np.float64) / temperature
    powers = np.exp(logits - logits.max())
    found: Doubles = powers / powers.sum()
    return found


def picture_of(seen: Preview, source: Source, at: int, *, ink: bool) -> str:
    """An example's image as the address of one, `ink` dark on paper; "" where examples are no images."""
    if source.image is None:
        return ""
    pixels = seen.inputs[at].reshape(source.shape).transpose(1, 2, 0)
    return image_uri(np.squeeze(1 - pixels if ink else pixels))


def numbers_of(w: Words, seen: Preview, at: int) -> str:
    """The first features of an example that is no image."""
    more = " …" if seen.inputs.shape[1] > NUMBERS else ""
    return "; ".join(localized(w, f"{value:.3g}") for value in seen.inputs[at][:NUMBERS]) + more
