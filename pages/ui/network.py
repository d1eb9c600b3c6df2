"""A network as one builds it: a strip that draws its layers, and a popover in which they come, change and go.

`st.session_state[key]` holds the network's text, the value of the popover's text field, and everything else follows
from that: whatever adds, changes or removes a layer writes the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from math import log2, prod
from pathlib import Path

import streamlit as st

from kd_core.models import (
    MAX_CHANNELS,
    MAX_CONVOLUTIONS,
    MAX_LAYERS,
    POOL,
    Architecture,
    Layer,
    Shape,
)
from pages.ui.address import keep_widgets, set_widget
from pages.ui.numbers import count
from pages.ui.style import style_of
from pages.ui.words import Words

CHANNELS = (4, 8, 16, 32, 64)  # to pick from
UNITS = (4, 8, 16, 32, 64, 128, 256, 512, 1024)
WIDE = 305  # pixels: of what the popover holds
FIRST_CHANNELS, FIRST_UNITS = 8, 32
_STYLE = style_of(Path(__file__).with_suffix(".css"))


def network_style() -> None:
    """To be called once on a page that draws networks."""
    st.html(_STYLE)


# The text


def with_convolution(parts: Sequence[str]) -> list[str]:
    """One convolution more, after those that there are, of twice as many channels as the last.

    >>> with_convolution(["c8", "32"]), with_convolution(["32"])
    (['c8', 'c16', '32'], ['c8', '32'])
    """
    place = sum(part[0] == "c" for part in parts)
    channels = min(MAX_CHANNELS, 2 * int(parts[place - 1][1:])) if place else FIRST_CHANNELS
    return [*parts[:place], f"c{channels}", *parts[place:]]


def with_layer(parts: Sequence[str]) -> list[str]:
    """One layer of units more, at the end, as wide as the last.

    >>> with_layer(["64"]), with_layer(["c8"])
    (['64', '64'], ['c8', '32'])
    """
    units = parts[-1] if parts and parts[-1][0] != "c" else str(FIRST_UNITS)
    return [*parts, units]


def with_size(parts: Sequence[str], place: int, size: str) -> list[str]:
    """Another number of channels or units for one layer; `size` is what was picked or typed, whatever it is."""
    kind = "c" if parts[place][0] == "c" else ""
    return [*parts[:place], kind + size.strip().removeprefix(kind), *parts[place + 1 :]]


def without(parts: Sequence[str], place: int) -> list[str]:
    """All but one layer."""
    return [*parts[:place], *parts[place + 1 :]]


# The popover


def builder(key: str, network: Architecture, *, wrong: str, allowed: str, w: Words) -> None:
    """A button with the network's text, which opens what it is built with; `w` has these words under `network`.

    `network` is the last one that was allowed; `wrong` says what is wrong with what was typed since, as Markdown.
    """
    label = f"{w(f'network.{key}')}: **{network.text}**"
    with st.container(key=f"{key}_network"), st.popover(label, width="stretch"):
        blocks(key, network, wrong, allowed, w)


def blocks(key: str, network: Architecture, wrong: str, allowed: str, w: Words) -> None:
    """What the popover holds: the layers, buttons that add some, and the text. Arguments are those of `builder`."""
    last = network.layers[-1]
    st.caption(w("network.in", shape=shape_of(network.shape, w)))
    with st.container():  # of its own, so that what stands below stays what it is, and keeps the focus
        for place in range(len(network.layers) - 1):
            _layer(key, network, place, w)
    st.caption(w("network.out", classes=last.kernels, parameters=count(last.parameters)))
    with st.container(horizontal=True, gap="small"):
        for kind, add, taken in (
            ("convolution", with_convolution, _no_convolution(network, w)),
            ("layer", with_layer, _no_layer(network, w)),
        ):
            st.button(
                w(f"network.add_{kind}"),
                icon=":material/add:",
                on_click=_write,
                args=(key, add, network),
                disabled=bool(taken),
                help=taken or None,
                key=f"{key}_add_{kind}",
            )
    st.text_input(w(f"network.{key}_text"), st.session_state[key], key=key, help=allowed, width=WIDE)
    if wrong:
        st.error(wrong, width=WIDE)


def _no_convolution(network: Architecture, w: Words) -> str:
    """Why there can't be one more; "" if there can."""
    if len(network.shape) < 3:
        return w("network.no_images")
    if network.convolutions >= MAX_CONVOLUTIONS:
        return w("network.most_convolutions", most=MAX_CONVOLUTIONS)
    if min([network.shape, *(layer.outputs for layer in network.layers)][network.convolutions][1:]) < POOL:
        return w("network.pooled_away")
    return ""


def _no_layer(network: Architecture, w: Words) -> str:
    """As `_no_convolution`, of a layer of units."""
    full = len(network.layers) - 1 - network.convolutions >= MAX_LAYERS
    return w("network.most_layers", most=MAX_LAYERS) if full else ""


def _layer(key: str, network: Architecture, place: int, w: Words) -> None:
    """A layer's size, what follows from it, and a button that removes it."""
    layer, size = network.layers[place], network.text.split("-")[place].removeprefix("c")
    kind, before, sizes = (
        ("convolution", 0, CHANNELS) if layer.is_convolution else ("layer", network.convolutions, UNITS)
    )
    number = place - before + 1
    name, at = w(f"network.{kind}", number=number), f"{key}_{kind}_{number}"
    usual = [str(one) for one in sizes]
    options = usual if size in usual else [size, *usual]
    set_widget(at, size)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            name,
            options,
            options.index(size),
            key=at,
            accept_new_options=True,
            on_change=_resize,
            args=(key, place, at, network),
            width=100,
        )
        st.caption(_what_it_gives(layer, w), width=125)
        is_last = len(network.layers) == 2
        st.button(
            w("network.remove", layer=name),
            icon=":material/close:",
            on_click=_write,
            args=(key, lambda parts: without(parts, place), network),
            disabled=is_last,
            help=w("network.last") if is_last else w("network.remove", layer=name),
            key=f"{at}_remove",
        )


def _write(key: str, change: Callable[[list[str]], list[str]], drawn: Architecture) -> None:
    keep_widgets()
    set_widget(key, "-".join(change(_now(key, drawn))))


def _resize(key: str, place: int, at: str, drawn: Architecture) -> None:
    keep_widgets()
    parts = _now(key, drawn)
    if place < len(parts):
        set_widget(key, "-".join(with_size(parts, place, str(st.session_state[at]))))


def _now(key: str, drawn: Architecture) -> list[str]:
    """The layers that the text field holds, which a quick hand may have changed since; those drawn if it holds none."""
    text = str(st.session_state[key]).strip()
    try:
        return Architecture.of(text, drawn.shape, drawn.layers[-1].kernels).text.split("-")
    except ValueError:
        return drawn.text.split("-")


# What is drawn and said of it


def shape_of(shape: Shape, w: Words) -> str:
    """The shape of an example, as in "14 × 14 pixels"."""
    if len(shape) < 3:
        return w("network.features", count=count(prod(shape)))
    channels, height, width = shape
    return w("network.pixels" if channels == 1 else "network.colours", height=height, width=width, channels=channels)


def _outputs(layer: Layer, w: Words) -> str:
    if not layer.is_convolution:
        return w("network.units", count=count(layer.kernels))
    return " × ".join(map(str, layer.outputs))


def _what_it_gives(layer: Layer, w: Words) -> str:
    return w("network.gives", shape=_outputs(layer, w), parameters=count(layer.parameters))


def strip(network: Architecture, actor: str, w: Words) -> str:
    """The network as HTML, from left to right: the example, what every layer gives, the classes.

    Squares are maps, as large as the image is there; bars are units, the taller the more of them. Below stand the
    layer's name and the shape that it gives. It shrinks where there is less room than it has to have.
    """
    shapes = [network.shape, *(layer.outputs for layer in network.layers)]
    names = [_short(network.shape), *network.text.split("-"), str(network.layers[-1].kernels)]
    below = ["", *(_short(layer.outputs) if layer.is_convolution else "" for layer in network.layers)]
    layers = zip(names[1:], network.layers, strict=True)
    said = [shape_of(network.shape, w), *(_said(name, layer, w) for name, layer in layers)]
    side = max(network.shape[1:], default=1)
    line = "<small>{}</small>" if any(below) else ""
    blocks = [
        f'<span title="{escape(title)}">{_picture(shape, side)}<b>{name}</b>{line.format(small)}</span>'
        for shape, name, small, title in zip(shapes, names, below, said, strict=True)
    ]
    widths = [max(LETTER * len(name), SMALL * len(small), LEAST) for name, small in zip(names, below, strict=True)]
    wide = sum(widths) + APART * (len(widths) - 1)
    return (
        f'<div class="kd-net kd-net-{actor}" role="img" aria-label="{escape("; ".join(said))}">'
        f'<div style="--wide: {wide:.1f}">{"<i></i>".join(blocks)}</div></div>'
    )


LETTER, SMALL, LEAST, APART = 0.56, 0.5, 1.4, 1.0  # em: widths of characters, of a block, between two


def _short(shape: Shape) -> str:
    """14×14, 8×7×7, or a number of units."""
    return "×".join(map(str, shape[1:] if len(shape) == 3 and shape[0] == 1 else shape))


def _said(name: str, layer: Layer, w: Words) -> str:
    return f"{name}: {_outputs(layer, w)}, {w('network.size', parameters=count(layer.parameters))}"


def _picture(shape: Shape, side: int) -> str:
    """A few squares for maps, a bar for units; sizes are shares of the highest."""
    if len(shape) < 3:
        return f'<u class="kd-net-units" style="--size: {min(1.0, 0.2 + 0.08 * log2(shape[0] + 1)):.2f}"></u>'
    kind = "kd-net-map" if shape[0] == 1 else "kd-net-maps"
    return f'<u class="{kind}" style="--size: {0.25 + 0.6 * max(shape[1:]) / side:.2f}"></u>'
