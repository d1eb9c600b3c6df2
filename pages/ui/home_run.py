"""Runs on an explaining page: opened by their link, followed until they have ended; and what they found."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from kd_core import Experiment, Snapshot, jobs
from kd_core.jobs import Run
from kd_core.metrics import Interval, interval, paired_difference
from pages.ui.address import page_fields, write_page_fields
from pages.ui.words import words


def open_run(experiment: Experiment) -> Run:
    """The run of this experiment, on its way to its end: the one there is, or a new one if a visitor holds that."""
    service = jobs.current()
    run = service.call(service.open(experiment))
    return service.call(service.start(experiment)) if run.is_held else run


def follow(runs: Sequence[Run], draw: Callable[[], None]) -> None:
    """Draw now, and twice a second until all runs have ended; then the whole page runs once more."""
    live = any(run.is_live for run in runs)

    @st.fragment(run_every=0.5 if live else None)
    def fragment() -> None:
        ended = not any(run.is_live for run in runs)  # looked at first: what is drawn below is then complete
        failure = jobs.current().failure or next((run.message for run in runs if run.status == "failed"), "")
        if failure:
            st.error(words("frame")("study_failed", message=failure), icon=":material/error:")
        draw()
        if live and ended and not failure:
            st.rerun()

    fragment()


def newest(run: Run, phase: str) -> Snapshot | None:
    """The last snapshot of the "teacher" or of the "students"."""
    return next((snapshot for snapshot in reversed(run.snapshots) if snapshot.phase == phase), None)


LATE = 2.0  # seconds after a choice in which a browser may still send the address from before it


@dataclass(frozen=True)
class Outcome:
    """Test accuracies at the end of a run; `gain` is distilled - alone on the same seeds."""

    teacher: float
    alone: Interval
    distilled: Interval
    gain: Interval

    @property
    def leader(self) -> str:
        """ "distilled", "alone", or "same" where the interval of the difference holds zero."""
        if not self.gain.is_clear:
            return "same"
        return "distilled" if self.gain.mean > 0 else "alone"


def outcome(run: Run) -> Outcome | None:
    """What a run has found, once it is done."""
    teacher, students = newest(run, "teacher"), newest(run, "students")
    if run.status != "done" or teacher is None or students is None:
        return None
    alone, distilled = (students.actors[actor].test_accuracy for actor in ("alone", "distilled"))
    return Outcome(
        float(teacher.actors["teacher"].test_accuracy[0]),
        interval(alone),
        interval(distilled),
        paired_difference(distilled, alone),
    )


def chosen(name: str, options: Sequence[str]) -> str:
    """Which option the widget `chosen_<name>` is to show; the first is what an address without `name` asks for.

    On entering the page the address decides, or else the reader's last choice, which is kept apart from the widget,
    because Streamlit drops a widget's value on another page. Later, the widget decides; an address that changes while
    the widget stays is the browser's Back or Forward, or one that it sent before it had heard of the latest choice.
    """
    state, widget = st.session_state, f"chosen_{name}"
    asked = page_fields().get(name, [""])[-1]
    if widget not in state:
        last = state.get(name)
        state[widget] = asked if asked in options else last if last in options else options[0]
    elif state[widget] == state[name] and time.monotonic() > state[f"{name}_since"] + LATE:
        state[widget] = asked if asked in options else options[0]
    if state[widget] != state.get(name) or f"{name}_since" not in state:
        state[name], state[f"{name}_since"] = state[widget], time.monotonic()
    return str(state[name])


def write_choice(name: str, value: str, options: Sequence[str]) -> None:
    """Let the address say what is chosen, the first option by leaving it out; the page's other fields stay."""
    others = {field: values for field, values in page_fields().items() if field != name}
    write_page_fields(others if value == options[0] else {**others, name: [value]})
