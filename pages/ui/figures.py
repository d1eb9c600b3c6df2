"""What figures on all pages have in common: actors' colours, greys, bands, pictures of examples, text beside them."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

# The three actors, everywhere; told apart by name and dash or place too, never by colour alone.
COLOURS = {"teacher": "#0072b2", "alone": "#c14f00", "distilled": "#007a59"}
GREY = "#7d8590"  # what belongs to nobody: 4 : 1 on light and on dark


class Picture(NamedTuple):
    """A figure, and the same in words for those who cannot see it."""

    figure: go.Figure
    text: str


def layout(height: int) -> dict[str, Any]:
    """What the layouts of figures share, for `update_layout`: margins, and a legend above."""
    return {
        "height": height,
        "margin": {"l": 50, "r": 10, "t": 10, "b": 45},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    }


def band(
    figure: go.Figure, x: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str, **place: Any
) -> None:
    """Add the area between `low` and `high` over `x`, thin enough to lie under a line of that colour; one trace."""
    figure.add_scatter(
        x=[*x, *x[::-1]],
        y=[*high, *low[::-1]],
        mode="none",
        fill="toself",
        fillcolor=faint(colour),
        hoverinfo="skip",
        showlegend=False,
        **place,
    )


def faint(colour: str) -> str:
    """A colour "#rrggbb", thin enough to lie under a line of it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},.18)"


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on "rgb(r, g, b)" or "#rrggbb": 4.5 : 1 and more (WCAG 2.1, 1.4.3)."""
    parts = colour.removeprefix("rgb(").removesuffix(")").split(",")
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)] if colour.startswith("#") else [float(p) for p in parts]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (channel / 255 for channel in channels)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "#ffffff"


def image_uri(pixels: NDArray[np.float32]) -> str:
    """Brightness (rows, columns) in [0, 1], from black to white, as the address of an image."""
    file = io.BytesIO()
    Image.fromarray(np.round(255 * np.clip(pixels, 0, 1)).astype(np.uint8)).save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def ink_image(ink: NDArray[np.float32], text: str, *, width: str) -> str:
    """An example (rows, columns) of ink in [0, 1] as HTML: dark on white paper, read out as `text`."""
    style = f"width:{width};image-rendering:pixelated;border:1px solid {GREY};border-radius:.3rem"
    return f'<img src="{image_uri(1 - ink)}" alt="{escape(text)}" style="{style}">'
