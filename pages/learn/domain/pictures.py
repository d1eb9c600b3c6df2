"""Examples of both domains as pictures: digits in two rows, clouds of points over decision maps. HTML, no Streamlit."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from kd_core.data import GRID_EDGE, GRID_SIDE, Floats, Labels
from kd_core.sources import source_of
from pages.learn.domain.analysis import Map, Pair, Reached
from pages.learn.domain.figures import name_of, right_text
from pages.ui.figures import GREY, ink_image
from pages.ui.words import Words

# As the playground's maps are drawn: a class has a colour and a shape; the surer the answer, the more colour.
COLOURS = ((230, 159, 0), (86, 180, 233), (204, 121, 167), (153, 153, 153))
IN_SMALL = 120  # points of a small map
_INK = "#1b2430"
_R = 0.03  # of a point's mark, where the plane is 2.5 wide
_SHAPES = (
    '<circle cx="{x}" cy="{y}" r="{r}"/>',
    '<rect x="{left}" y="{top}" width="{side}" height="{side}"/>',
    '<path d="M{x} {top}L{right} {bottom}L{left} {bottom}Z"/>',
    '<path d="M{x} {top}L{right} {y}L{x} {bottom}L{left} {y}Z"/>',
)


def strips(w: Words, dataset: str, pair: Pair) -> str:
    """A row of digits of the source above a row of the target's."""
    image = source_of(dataset).image
    assert image is not None
    names = source_of(dataset).class_names
    rows = []
    for domain, inputs, labels in _both(pair):
        shown = "".join(
            ink_image(features.reshape(image), w("pictures.example", label=names[label]), width="100%")
            for features, label in zip(inputs, labels, strict=True)
        )
        title = escape(w(f"domains.{domain}"))
        rows.append(f'<div class="kd-strip"><b class="kd-{domain}">{title}</b><div>{shown}</div></div>')
    return f'<div class="kd-strips">{"".join(rows)}</div>'


def clouds(w: Words, pair: Pair, reached: Reached | None) -> str:
    """Both clouds, each over what the source's teacher answers there."""
    known = reached.maps.get("teacher") if reached else None
    panels = []
    for domain, points, labels in _both(pair):
        title = w(f"domains.{domain}")
        below = right_text(w, reached, "teacher", domain) if reached and known else ""
        alt = w("pictures.cloud_alt", domain=title, right=below)
        panels.append(_panel(_svg(known, points, labels), alt, title, below, f"kd-{domain}"))
    return f'<div class="kd-planes kd-two">{"".join(panels)}</div>'


def maps(w: Words, pair: Pair, reached: Reached, actors: Sequence[str]) -> str:
    """The decision maps of these actors with the target's points."""
    panels = []
    for actor in actors:
        if actor in reached.maps:
            title, below = name_of(w, actor), right_text(w, reached, actor, "target")
            drawn = _svg(reached.maps[actor], pair.target[:IN_SMALL], pair.target_labels[:IN_SMALL])
            panels.append(_panel(drawn, w("pictures.map_alt", actor=title, right=below), title, below, ""))
    return f'<div class="kd-planes">{"".join(panels)}</div>'


def _both(pair: Pair) -> tuple[tuple[str, Floats, Labels], ...]:
    return ("source", pair.source, pair.source_labels), ("target", pair.target, pair.target_labels)


def _panel(svg: str, alt: str, title: str, below: str, kind: str) -> str:
    address = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    caption = f'<b class="{kind}">{escape(title)}</b><span>{escape(below)}</span>'
    return f'<figure><img src="{address}" alt="{escape(alt)}"><figcaption>{caption}</figcaption></figure>'


def _svg(known: Map | None, points: Floats, labels: Labels) -> str:
    """A plane with its points, on white paper in both themes."""
    edge, wide = GRID_EDGE, 2 * GRID_EDGE
    paper = f'<rect x="{-edge}" y="{-edge}" width="{wide}" height="{wide}" fill="#fff"/>'
    answers = (
        f'<image href="{_map_image(known)}" x="{-edge}" y="{-edge}" width="{wide}" height="{wide}"/>' if known else ""
    )
    marks = "".join(_mark(float(x), float(-y), int(label)) for (x, y), label in zip(points, labels, strict=True))
    frame = f'<rect x="{-edge}" y="{-edge}" width="{wide}" height="{wide}" fill="none" stroke="{GREY}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-edge} {-edge} {wide} {wide}" width="480" height="480">'
        f'{paper}{answers}<g stroke="{_INK}" stroke-width=".008" fill-opacity=".9">{marks}</g>'
        f'<g stroke-width=".02">{frame}</g></svg>'
    )


def _mark(x: float, y: float, label: int) -> str:
    red, green, blue = COLOURS[label]
    values = {"x": x, "y": y, "r": _R, "side": 2 * _R, "left": x - _R, "right": x + _R, "top": y - _R, "bottom": y + _R}
    shape = _SHAPES[label].format(**{name: f"{value:.3f}" for name, value in values.items()})
    return shape.replace("/>", f' fill="rgb({red},{green},{blue})"/>')


def _map_image(known: Map) -> str:
    """The grid as the address of an image, seen from above: its rows come from low y."""
    least = 100 / max(2, int(known.answer.max()) + 1)
    strength = (known.confidence.astype(float) - least).clip(0) / (100 - least)
    pixels = np.empty((GRID_SIDE * GRID_SIDE, 4), np.uint8)
    pixels[:, :3] = np.array(COLOURS, np.uint8)[known.answer]
    pixels[:, 3] = 25 + 205 * strength
    file = io.BytesIO()
    Image.fromarray(pixels.reshape(GRID_SIDE, GRID_SIDE, 4)[::-1]).save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
