"""Figures' furniture."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from pages.ui.figures import band, ink_on, layout


def test_a_band_is_one_trace_there_and_back_that_nobody_points_at() -> None:
    figure = go.Figure()
    band(figure, [0, 1, 2], [1, 2, 3], [4, 5, 6], "#ff8001")
    (trace,) = figure.data
    assert (list(trace.x), list(trace.y)) == ([0, 1, 2, 2, 1, 0], [4, 5, 6, 3, 2, 1])
    assert (trace.fill, trace.fillcolor) == ("toself", "rgba(255,128,1,.18)")
    assert (trace.hoverinfo, trace.showlegend) == ("skip", False)


def test_layouts_share_their_legend_and_have_a_height_of_their_own() -> None:
    assert layout(300)["height"] == 300
    assert layout(300)["legend"] == layout(400)["legend"]


@pytest.mark.parametrize("grey", range(0, 256, 5))
def test_ink_reads_on_any_ground(grey: int) -> None:
    ink = ink_on(f"rgb({grey}, {grey}, {grey})")
    ground = grey / 255
    luminance = ground / 12.92 if ground <= 0.04045 else ((ground + 0.055) / 1.055) ** 2.4
    dark, light = sorted([luminance, {"#000000": 0.0, "#ffffff": 1.0}[ink]])
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_ink_takes_both_ways_to_write_a_colour() -> None:
    assert (ink_on("#b2500f"), ink_on("rgb(178, 80, 15)"), ink_on("#d9d9d9")) == ("#ffffff", "#ffffff", "#000000")
