"""A Plotly figure that is drawn in place: charts that change while one looks at them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import plotly
import plotly.graph_objects as go

from pages.ui.component import SHARED_JS, component
from pages.ui.numbers import separators
from pages.ui.words import words

PLOTLY_URL = f"/assets/plotly-{plotly.__version__}.js"

_FOLDER = Path(__file__).parent
_component = component(
    "kd_chart",
    SHARED_JS,
    *(_FOLDER / name for name in ("chart.html", "chart.css", "chart.js")),
    isolate_styles=False,
)


def live_chart(figure: go.Figure, *, text: str, key: str, on_clicked: Callable[[], None] | None = None) -> Any:
    """Draw `figure`, its numbers in the reader's language; `text` says in words what it shows.

    Returns the customdata of a point just clicked, or None.
    """
    figure.update_layout(separators=separators(words("frame")))
    data = {"figure": figure.to_json(), "text": text, "plotly": PLOTLY_URL}
    return _component(key=key, data=data, on_clicked_change=on_clicked or (lambda: None)).clicked
