"""The live view: a component that draws a run in the browser while it trains, and replays it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kd_core.jobs import Run
from pages.ui.chart import PLOTLY_URL
from pages.ui.component import SHARED_CSS, SHARED_JS, component
from pages.ui.terms import tips
from pages.ui.words import language, texts, words

TERMS = ("interval", "paired_seeds", "held_out", "calibration")  # that the view names
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
    stale: dict[str, Any] | None,
    overlays: list[dict[str, Any]],
    hint: str,
    view: Mapping[str, str],
    may_split: bool,
    is_fetching: bool,
    on_state: Callable[[], None],
    on_update: Callable[[], None],
    on_view: Callable[[], None],
    on_splits: Callable[[], None],
) -> None:
    """Draw `run`, its softened distributions at `temperature`.

    `stale` says what the results are `of` and what was `changed` since, if the page's settings are others, and whether
    that is `softer`, the temperature alone, which the distributions follow; `on_update` is called when the reader asks
    for results of those. `on_state` is called when the run is no longer in `state`, the one that the page's buttons
    were drawn for. `view` is the example and the measure to begin with; `on_view` is called when others are chosen.
    While data `is_fetching`, which the page says, nothing is said of waiting for a worker.
    If it `may_split`, the reader is offered the same over ten splits; `on_splits` is called when that is wanted.
    """
    data = {
        "run": run.id,
        "state": state,
        "viewer": viewer,
        "temperature": temperature,
        "stale": stale,
        "overlays": overlays,
        "tips": tips(TERMS),
        "hint": hint,
        "view": dict(view),
        "may_split": may_split,
        "fetching": is_fetching,
        "plotly": PLOTLY_URL,
        "language": language(),
        "words": texts("live", language()) | {"actors": words("frame").get("actors")},
    }
    _component(
        key="live",
        data=data,
        on_state_change=on_state,
        on_update_change=on_update,
        on_view_change=on_view,
        on_splits_change=on_splits,
    )
