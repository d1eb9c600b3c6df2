"""Figures' furniture."""

from __future__ import annotations

import plotly.graph_objects as go

from pages.ui.figures import band, layout


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
