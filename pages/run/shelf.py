"""The shelf: finished runs of this session, to overlay, compare, remove and download."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
import pandas as pd
import streamlit as st

from kd_core.experiment import DEFAULTS, SETTINGS, Experiment
from kd_core.jobs import Run
from kd_core.snapshot import Snapshot
from pages.run.history import history
from pages.run.outcome import Outcome, mean_of, outcome
from pages.run.reading import who_collapsed
from pages.run.session import Session
from pages.run.settings import describe, value_said
from pages.ui.downloads import csv_of
from pages.ui.numbers import in_percent, points
from pages.ui.words import Words, words


@dataclass(frozen=True)
class Kept:
    """A finished run on the shelf."""

    number: int
    id: str
    experiment: Experiment
    snapshots: tuple[Snapshot, ...]
    outcome: Outcome

    @property
    def name(self) -> str:
        """What the downloads call it."""
        return f"run {self.number}"

    def curve(self, actor: str) -> tuple[list[int], list[float]]:
        """Epochs and mean test accuracy of an actor."""
        seen = [snapshot for snapshot in self.snapshots if actor in snapshot.actors]
        means = [mean_of(snapshot.actors[actor].test_accuracy, self.experiment.splits) for snapshot in seen]
        return [snapshot.epoch for snapshot in seen], [round(mean, 4) for mean in means]

    @cached_property
    def csv(self) -> str:
        """Its history, one row per snapshot, actor and pair of students; without the header."""
        rows = pd.DataFrame(history(self.snapshots))
        return csv_of(rows.assign(run=self.name, link=self.link), header=False)

    @cached_property
    def json(self) -> bytes:
        """One object with its link and its history; what does not exist is null."""
        return orjson.dumps({"run": self.name, "link": self.link, "history": history(self.snapshots)})

    @property
    def link(self) -> str:
        return "?" + self.experiment.to_query()


def keep(run: Run) -> None:
    """Put a run that is done on the shelf, once."""
    kept: list[Kept] = st.session_state.shelf
    known = {one.id for one in kept} | st.session_state.get("shelf_removed", set())
    if run.id not in known and (found := outcome(run)):
        number = st.session_state.get("shelf_count", 0) + 1
        st.session_state.shelf_count = number
        kept.append(Kept(number, run.id, run.experiment, tuple(run.snapshots), found))


def overlays(run: Run) -> list[dict[str, Any]]:
    """Curves of the runs that are ticked on the shelf, for the chart of the run on screen."""
    keep(run)
    w = words("playground")
    ticked = [one for one in st.session_state.shelf if st.session_state.get(f"overlay_{one.id}") and one.id != run.id]
    return [
        {
            "label": w(f"shelf.{actor}", number=one.number),
            "of": w("shelf.of", number=one.number, settings=describe(one.experiment)),
            "actor": actor,
            "epochs": epochs,
            actor: values,
        }
        for one in ticked
        for actor in ("alone", "distilled")
        for epochs, values in [one.curve(actor)]
    ]


def show(session: Session) -> None:
    """The table of finished runs."""
    w, setting = words("playground"), words("settings")
    kept: list[Kept] = st.session_state.shelf
    st.subheader(w("shelf.title"), help=w("shelf.title_help"))
    if not kept:
        st.caption(w("shelf.empty"))
        return
    table = comparison(kept)
    differing: list[Hashable] = [name for name in SETTINGS if name in table and table[name].nunique() > 1]

    def share(value: float) -> str:
        return w("shelf.share", share=in_percent(w, value))

    shares: dict[Any, Any] = dict.fromkeys(("teacher_right", "alone_right", "distilled_right", "agreement"), share)
    headers: dict[str, str] = {name: setting(f"{name}.name") for name in SETTINGS} | w.get("shelf.columns")
    st.dataframe(
        table.style.apply(_mark, subset=differing).format(shares),
        hide_index=True,
        column_config=headers,
    )
    st.caption(w("shelf.caption"))
    with st.container(horizontal=True, vertical_alignment="center"):
        for one in kept:
            with st.popover(w("shelf.run", number=one.number), key=f"kept_{one.id}"):  # of its own, not of its place
                if one.id != session.run.id:
                    st.checkbox(w("shelf.overlay"), key=f"overlay_{one.id}")
                st.button(w("shelf.open"), key=f"open_{one.id}", on_click=session.open, args=(one.experiment,))
                st.button(w("shelf.remove"), key=f"remove_{one.id}", on_click=_remove, args=(one,))
        downloads(kept, w)


def downloads(kept: Sequence[Kept], w: Words) -> None:
    """The histories of all runs as files, once somebody has asked for these.

    Written at every rerun they were a third of what pages took where a class ends together. As callables they would not
    do: a callable's address changes with every script run, and a click that meets one is lost.
    """
    ids = [one.id for one in kept]
    if st.session_state.get("shelf_files") != ids:
        asked = {"shelf_files": ids}
        st.button(w("shelf.download"), key="shelf_download", on_click=st.session_state.update, args=(asked,))
        return
    header = ",".join([*history(kept[0].snapshots[:1])[0], "run", "link"]) + "\n"
    table = header + "".join(one.csv for one in kept)
    st.download_button(w("shelf.csv"), table, "kd-lab.csv", "text/csv", on_click="ignore")
    whole = orjson.dumps([orjson.Fragment(one.json) for one in kept])
    st.download_button(w("shelf.json"), whole, "kd-lab.json", "application/json", on_click="ignore")


def _mark(column: pd.Series[str]) -> list[str]:
    return ["font-weight: bold; background-color: #e69f0033"] * len(column)


def _remove(one: Kept) -> None:
    state = st.session_state
    state.shelf = [kept for kept in state.shelf if kept.id != one.id]
    state.shelf_removed = {*state.get("shelf_removed", set()), one.id}  # it may still be the run on screen


def comparison(kept: list[Kept]) -> pd.DataFrame:
    """One row a run: its settings that are not all at their defaults, and its results."""
    w = words("playground")
    rows: list[dict[str, Any]] = []
    for one in kept:
        found, gain = one.outcome, one.outcome.gain
        rows.append(
            {"run": w("shelf.run", number=one.number)}
            | {name: value_said(name, getattr(one.experiment, name), w.language) for name in SETTINGS}
            | {
                "teacher_right": found.teacher,
                "alone_right": found.alone.mean,
                "distilled_right": found.distilled.mean,
                "gain": points(w, gain.mean, 2) if gain.n else w("shelf.nothing"),
                "interval": _interval(found, w),
                "clear": _clear(one, w),
                "n": gain.n,
                "agreement": mean_of(one.snapshots[-1].actors["distilled"].agreement, one.experiment.splits),
            }
        )
    table = pd.DataFrame(rows)
    # How many splits a difference was seen on is part of every claim.
    may_go = [name for name in SETTINGS if name != "splits"]
    default = [name for name in may_go if (table[name] == value_said(name, DEFAULTS[name], w.language)).all()]
    return table.drop(columns=default)


def _interval(found: Outcome, w: Words) -> str:
    """The interval of the gain; where a network has collapsed there is a number left, but nothing to be sure of."""
    if found.leader == "collapsed":
        return w("shelf.nothing")
    low, high = (points(w, end, 2) for end in (found.gain.low, found.gain.high))
    return w("shelf.interval", low=low, high=high) if found.gain.n > 1 else w("shelf.one_seed")


def _clear(one: Kept, w: Words) -> str:
    """Whether the gain is clear, and of what that is said."""
    found = one.outcome
    if found.leader == "collapsed":
        return w("shelf.collapsed", who=who_collapsed(found, one.experiment, Words("reading", w.language)))
    if found.is_on_average:
        return w("shelf.on_average")
    if found.leader == "same":
        return w("shelf.unclear")
    return w("shelf.here" if one.experiment.splits == 1 else "shelf.holds")
