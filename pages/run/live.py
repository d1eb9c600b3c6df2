"""The live view: a component that draws a run in the browser while it trains, and replays it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kd_core.jobs import Run
from pages.ui.chart import PLOTLY_URL
from pages.ui.component import SHARED_CSS, SHARED_JS, component
from pages.ui.words import language, texts, words

_FILES = Path(__file__).parent
_component = component(
    "kd_live",
    SHARED_CSS,
    SHARED_JS,
    *(_FILES / name for name in ("live.html", "live.css", "live.js", "maps.js")),
    isolate_styles=False,
)


def live_view(
    run: Run,
    *,
    state: str,
    viewer: str,
    temperature: float,
    overlays: list[dict[str, Any]],
    on_state: Callable[[], None],
) -> None:
    """Draw `run`, its softened distributions at `temperature`.

    `on_state` is called when the run is no longer in `state`, the one that the page's buttons were drawn for.
    """
    data = {
        "run": run.id,
        "state": state,
        "viewer": viewer,
        "temperature": temperature,
        "overlays": overlays,
        "plotly": PLOTLY_URL,
        "language": language(),
        "words": texts("live", language()) | {"actors": words("frame").get("actors")},
    }
    _component(key="live", data=data, on_state_change=on_state)
