"""The shelf: finished runs of this session, to overlay, compare, remove and download."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from kd_core.experiment import DEFAULTS, SETTINGS, Experiment, text_of
from kd_core.jobs import Run
from kd_core.metrics import interval, paired_difference
from kd_core.snapshot import Snapshot
from pages.ui.frames import history
from pages.ui.session import Session


@dataclass(frozen=True)
class Kept:
    """A finished run on the shelf."""

    number: int
    id: str
    experiment: Experiment
    snapshots: tuple[Snapshot, ...]

    @property
    def label(self) -> str:
        return f"run {self.number}"

    def curve(self, actor: str) -> tuple[list[int], list[float]]:
        """Epochs and mean test accuracy of an actor."""
        seen = [snapshot for snapshot in self.snapshots if actor in snapshot.actors]
        return [s.epoch for s in seen], [round(float(s.actors[actor].test_accuracy.mean()), 4) for s in seen]

    @cached_property
    def csv(self) -> str:
        """Its history, one row per snapshot, actor and pair of students; without the header."""
        rows = pd.DataFrame(history(list(self.snapshots)))
        return str(rows.assign(run=self.label, link=self.link).to_csv(index=False, header=False))

    @cached_property
    def json(self) -> str:
        """One object with its link and its history; what does not exist is null."""
        rows = history(list(self.snapshots))
        return json.dumps({"run": self.label, "link": self.link, "history": rows}).replace("NaN", "null")

    @property
    def link(self) -> str:
        return "?" + self.experiment.to_query()


def keep(run: Run) -> None:
    """Put a run that is done on the shelf, once."""
    kept: list[Kept] = st.session_state.shelf
    if run.status == "done" and all(one.id != run.id for one in kept):
        number = st.session_state.get("shelf_count", 0) + 1
        st.session_state.shelf_count = number
        kept.append(Kept(number, run.id, run.experiment, tuple(run.snapshots)))


def overlays(run: Run) -> list[dict[str, Any]]:
    """Curves of the runs that are ticked on the shelf, for the chart of the run on screen."""
    keep(run)
    ticked = [one for one in st.session_state.shelf if st.session_state.get(f"overlay_{one.id}") and one.id != run.id]
    return [
        {"label": f"{one.label} {actor}", "actor": actor, "epochs": epochs, actor: values}
        for one in ticked
        for actor in ("alone", "distilled")
        for epochs, values in [one.curve(actor)]
    ]


def show(session: Session) -> None:
    """The table of finished runs."""
    kept: list[Kept] = st.session_state.shelf
    st.subheader("Shelf", help="Finished runs of this session. A refresh empties it; links and downloads last.")
    if not kept:
        st.caption("A run that finishes is kept here, to lay over the next one and to compare.")
        return
    table = comparison(kept)
    differing: list[Hashable] = [name for name in SETTINGS if name in table and table[name].nunique() > 1]
    shares: dict[Any, Any] = dict.fromkeys(("teacher right", "alone right", "distilled right", "agreement"), "{:.1%}")
    st.dataframe(table.style.apply(_mark, subset=differing).format(shares), hide_index=True)
    st.caption(
        "Right: share of the test answered right, means over seeds; the interval is that of the paired difference. "
        "Settings that differ between runs are marked; settings that are all at their defaults are left out."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for one in kept:
            with st.popover(one.label):
                if one.id != session.run.id:
                    st.checkbox("Lay over the chart", key=f"overlay_{one.id}")
                st.button("Open", key=f"open_{one.id}", on_click=session.open, args=(one.experiment,))
                st.button("Remove", key=f"remove_{one.id}", on_click=_remove, args=(one,))
        # Files rather than callables: a callable's address changes with every script run, and a click that
        # meets one is lost.
        header = ",".join([*history(list(kept[0].snapshots[:1]))[0], "run", "link"]) + "\n"
        st.download_button(
            "All as CSV", header + "".join(one.csv for one in kept), "kd-lab.csv", "text/csv", on_click="ignore"
        )
        st.download_button(
            "All as JSON",
            f"[{', '.join(one.json for one in kept)}]",
            "kd-lab.json",
            "application/json",
            on_click="ignore",
        )


def _mark(column: pd.Series[str]) -> list[str]:
    return ["font-weight: bold; background-color: #e69f0033"] * len(column)


def _remove(one: Kept) -> None:
    st.session_state.shelf = [kept for kept in st.session_state.shelf if kept.id != one.id]


def comparison(kept: list[Kept]) -> pd.DataFrame:
    """One row a run: its settings that are not all at their defaults, and its results."""
    rows: list[dict[str, Any]] = []
    for one in kept:
        alone, distilled = (one.snapshots[-1].actors[name] for name in ("alone", "distilled"))
        gain = paired_difference(distilled.test_accuracy, alone.test_accuracy)
        teacher = next(s for s in reversed(one.snapshots) if s.phase == "teacher").actors["teacher"]
        rows.append(
            {"run": one.label}
            | {name: text_of(getattr(one.experiment, name)) for name in SETTINGS}
            | {
                "teacher right": float(teacher.test_accuracy[0]),
                "alone right": interval(alone.test_accuracy).mean,
                "distilled right": interval(distilled.test_accuracy).mean,
                "gain (points)": f"{100 * gain.mean:+.2f}",
                "95 % interval": f"{100 * gain.low:+.2f} to {100 * gain.high:+.2f}" if gain.n > 1 else "one seed",
                "clear": "yes" if gain.is_clear else "no",
                "n": gain.n,
                "agreement": float(distilled.agreement.mean()),
            }
        )
    table = pd.DataFrame(rows)
    default = [name for name in SETTINGS if (table[name] == text_of(DEFAULTS[name])).all()]
    return table.drop(columns=default)
