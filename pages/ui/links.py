"""Which pages there are, and links to them: a page's name is its folder, its words and, with hyphens, its address."""

from __future__ import annotations

from urllib.parse import parse_qs

import streamlit as st

from kd_core.experiment import Experiment
from kd_core.sweeps.grid import Sweep

LEARN = (
    "soft_targets",
    "two_losses",
    "dark_knowledge",
    "when",
    "forest",
    "ensemble",
    "domain",
    "noise",
    "bugs",
    "read_code",
    "check",
)
LAB = ("playground", "sweep", "data", "answers")
PATH = ("home", *LEARN, *LAB)  # the one order of the pages: menu, dots, next
# Each page's script, from the folder `pages`.
SCRIPTS = {
    "home": "home/page.py",
    **{name: f"learn/{name}/page.py" for name in LEARN},
    **{name: f"lab/{name}/page.py" for name in LAB},
}


def to_page(name: str, label: str, *, icon: str | None = None, **query: str) -> None:
    """A link to the page of that name."""
    st.page_link(SCRIPTS[name], label=label, icon=icon, query_params=query or None)


def to_playground(experiment: Experiment, label: str) -> None:
    """A link that opens the playground with exactly this experiment."""
    st.page_link(SCRIPTS["playground"], label=label, icon=":material/play_arrow:", query_params=query_of(experiment))


def to_sweep(sweep: Sweep, label: str) -> None:
    """A link that opens the sweep page with exactly this sweep."""
    st.page_link(SCRIPTS["sweep"], label=label, icon=":material/grid_on:", query_params=query_of(sweep))


def open_playground(experiment: Experiment) -> None:
    """Turn to the playground with this experiment, now."""
    st.switch_page(SCRIPTS["playground"], query_params=query_of(experiment))


def query_of(asked: Experiment | Sweep) -> dict[str, list[str]]:
    """The fields of the address of this experiment or sweep; never none, which would show what was there last."""
    return parse_qs(asked.to_query()) or {"dataset": [Experiment().dataset]}
