"""A Plotly figure that is drawn in place: charts that change while one looks at them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import plotly
import plotly.graph_objects as go
import streamlit as st

PLOTLY_URL = f"/assets/plotly-{plotly.__version__}.js"

_component = st.components.v2.component(
    "kd_chart",
    html='<div class="kd-chart" role="img" aria-label="…"></div>\n',
    css=".kd-chart { width: 100%; color: var(--st-text-color); }\n.kd-chart .nsewdrag { cursor: pointer; }\n",
    js=(Path(__file__).parent / "chart.js").read_text(),
    isolate_styles=False,  # plotly.js puts its styles in the document's head
)


def live_chart(figure: go.Figure, *, text: str, key: str, on_clicked: Callable[[], None] | None = None) -> Any:
    """Draw `figure`; `text` says in words what it shows. Returns the customdata of a point just clicked, or None."""
    data = {"figure": figure.to_json(), "text": text, "plotly": PLOTLY_URL}
    return _component(key=key, data=data, on_clicked_change=on_clicked or (lambda: None)).clicked
