"""One visitor's session: URL <-> widgets <-> experiment <-> run.

Widgets hold text and numbers; `Experiment` says what is allowed. The URL always holds the experiment that the widgets
show, so that a refresh, or somebody else, comes back to the same run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from kd_core import Experiment, jobs
from kd_core.data import DATASETS, source_of
from kd_core.experiment import DEFAULTS, SETTINGS, ExperimentError, defaults_of, text_of
from kd_core.jobs import Orders, Run
from kd_core.kinds import KINDS
from kd_core.models import Architecture, MisfitError
from kd_core.sources import Source
from pages.run.following import Fields, fitted, followed
from pages.run.settings import CHOICES, choice_select, data_name, is_known
from pages.run.study import viewer
from pages.ui.address import is_seen, keep_widgets, misread, page_fields, remember, set_widget, write_page_fields
from pages.ui.select import Select
from pages.ui.words import LANGUAGES, Words, words

PACES = {"10": 10.0, "full": 0.0, "20": 20.0, "5": 5.0, "1": 1.0}  # the first is slow enough to move T meanwhile
PACE = Select("pace", tuple(PACES), lambda name, language: Words("playground", language)(f"speeds.{name}"))
LABELS = (10, 20, 50, 100, 200, 500, 1000, 5000, 0)  # to pick from; 0 is all
SPLITS = 10  # what one click asks for
NETWORKS = ("teacher", "student")


def dataset_select() -> Select:
    """The select box of data sets: those that everybody has, then those of one's own that this session has met."""
    own = [name for name in st.session_state.get("own_sets", ()) if is_known(name)]
    return Select("dataset", (*DATASETS, *own), data_name)


def meet(dataset: str) -> None:
    """From now on the session knows this data set, if it is one of one's own: `own_sets` holds their names."""
    known: list[str] = st.session_state.setdefault("own_sets", [])
    if dataset not in DATASETS and dataset not in known:
        known.append(dataset)


def meet_answers(file: str) -> None:
    """From now on the session knows this file of a teacher's answers: `own_answers` holds their names."""
    known: list[str] = st.session_state.setdefault("own_answers", [])
    if file:
        st.session_state.own_answers = [*(one for one in known if one != file), file]


def _kind_of(experiment: Experiment) -> dict[str, str]:
    """What kind of teacher it has, which another data set leaves; a file is of one data set."""
    if "file" in experiment.kinds:
        return {}
    own = [name for name, one in SETTINGS.items() if one.part == "teacher" and name not in KINDS["network"].settings]
    return {name: text_of(getattr(experiment, name)) for name in own if getattr(experiment, name) != DEFAULTS[name]}


def labels_of(held: int | str) -> int | str:
    """The number of labels that the widget holds: one picked, or a text typed, or "all" in any language."""
    text = str(held).strip()
    if text.lower() in {Words("settings", language)("all") for language in LANGUAGES}:
        return 0
    return int(text) if text.isdecimal() and len(text) < 10 else text


def choose_labels(place: DeltaGenerator, key: str, source: Source, *, taken: str = "") -> None:
    """A select box for how many labels: some to pick from, all, or any number typed. If `taken` says why, it is off."""
    setting, held = words("settings"), labels_of(st.session_state[key])
    options: list[int | str] = [count for count in LABELS if count == 0 or source.classes <= count < source.train_size]
    if held not in options:
        options.insert(0, held)
    place.selectbox(
        setting("labels.label"),
        options,
        options.index(held),
        key=key,
        format_func=lambda count: setting("all") if count == 0 else str(count),
        accept_new_options=True,
        disabled=bool(taken),
        help=taken or setting("labels.how"),
    )


MEASURES = ("accuracy.test", "accuracy.train", "agreement", "calibration")


def view_of(said: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """What a link or the browser says of how a run is looked at, and what of it is not allowed, with what is.

    `pace`: epochs a second; `example`: number of the held-out example in the middle, from 1; `measure`: the chart's.
    """
    known = {"pace": PACES, "example": [str(number) for number in range(1, 101)], "measure": MEASURES}
    texts = {name: str(said[name])[:20] for name in known if name in said}
    wrong = {name: (text, shortly(known[name])) for name, text in texts.items() if text not in known[name]}
    return {name: text for name, text in texts.items() if name not in wrong}, wrong


def shortly(allowed: Iterable[str]) -> str:
    first, *rest = allowed
    return ", ".join([first, *rest]) if len(rest) < 10 else f"{first} … {rest[-1]}"


class Session:
    """What `st.session_state` holds for the playground, by name."""

    def __init__(self) -> None:
        state = st.session_state
        state.setdefault("shelf", [])
        state.setdefault("link_errors", {})
        state.setdefault("widget_errors", {})
        state.setdefault("replaced", {})
        state.setdefault("view", {})
        query = {name: values[-1] for name, values in page_fields().items()}
        stale = "dataset" in state and is_seen("playground", query)
        if "query" not in state or (query and query != state.query and not stale):
            view, wrong = view_of(query)
            state.view = {name: text for name, text in view.items() if name != "pace"}
            state.pace = view.get("pace", state.get("pace", next(iter(PACES))))
            misread().update(wrong)
            fields = {name: text for name, text in query.items() if name not in ("pace", "example", "measure")}
            experiment, state.link_errors = Experiment.read(fields)
            remember("playground", query)
            self.show(experiment)
            self.run = self.jobs.call(self.jobs.open(experiment, self.viewer))
        elif "dataset" not in state:  # back from another page: Streamlit has dropped the widgets' values
            self._fill_widgets(state.draft)
        if not is_known(state.draft.dataset):  # one of one's own, and it has been taken away since
            self.show(Experiment())
        PACE.settle()

    @property
    def jobs(self) -> jobs.Jobs:
        return jobs.current()

    @property
    def viewer(self) -> str:
        return viewer()

    @property
    def run(self) -> Run:
        """The run on screen."""
        run: Run = st.session_state.run
        return run

    @run.setter
    def run(self, run: Run) -> None:
        st.session_state.run = run

    @property
    def pace(self) -> float:
        """Epochs a second that the visitor wants to see; 0 is as fast as the machine can."""
        PACE.settle()
        return PACES[st.session_state.pace]

    @property
    def changed(self) -> list[str]:
        """Settings that the widgets show otherwise than the run on screen has them."""
        shown, draft = self.run.experiment.settled, st.session_state.draft
        return [name for name in SETTINGS if getattr(shown, name) != getattr(draft, name)]

    # Widgets

    def show(self, experiment: Experiment) -> None:
        """Set the widgets to this experiment."""
        meet(experiment.dataset)
        meet_answers(experiment.teacher_file)
        st.session_state.draft = experiment.settled
        self._fill_widgets(experiment.settled)

    def _fill_widgets(self, experiment: Experiment) -> None:
        state = st.session_state
        for name in SETTINGS:
            set_widget(name, getattr(experiment, name))
        state.setdefault("pace", next(iter(PACES)))

    def read_widgets(self) -> Experiment:
        """The experiment that the widgets show; a value that is not allowed leaves a message and the last good one."""
        dataset_select().settle()
        keep_widgets()
        for name in CHOICES:
            choice_select(name).settle()
        state = st.session_state
        fields, before = self._fields(), state.draft
        for name in SETTINGS:  # Streamlit drops the value of a widget that was not drawn
            state.setdefault(name, getattr(state.draft, name))
        try:
            state.draft, state.widget_errors = Experiment(**fields), {}
            for name in NETWORKS:  # as links write it
                set_widget(name, getattr(state.draft, name))
        except ExperimentError as problem:
            state.widget_errors = problem.errors
        corrected = [name for name in SETTINGS if getattr(before, name) != getattr(state.draft, name)]
        if corrected:  # what was wrong with the link has been read; a field that is no setting has no widget to mend it
            state.link_errors = {
                name: error for name, error in state.link_errors.items() if name in SETTINGS and name not in corrected
            }
        return state.draft  # type: ignore[no-any-return]

    def _fields(self) -> Fields:
        """What the widgets hold."""
        state = st.session_state
        fields = {name: state.get(name, getattr(state.draft, name)) for name in SETTINGS}
        fields["schedule"], fields["labels"] = "", labels_of(fields["labels"])
        return fields | {name: str(fields[name]).strip() for name in NETWORKS}

    def choose_dataset(self) -> None:
        """Another data set was chosen. Its suggested settings come with it, where it has some or the one before had.

        Else everything stays, as far as it fits: it may have fewer examples or more classes than labels are asked for,
        and a network that needs images finds none; what was put in the place of a network, `replaced` holds.
        """
        state, name = st.session_state, str(st.session_state.dataset)
        if defaults_of({"dataset": name}) or defaults_of({"dataset": state.draft.dataset}):
            self.show(Experiment.read({"dataset": name, **_kind_of(state.draft)})[0])
            return
        source = source_of(name)
        if isinstance(held := labels_of(state.get("labels", state.draft.labels)), int) and held:
            set_widget("labels", min(max(held, source.classes), source.train_size))
        for actor in NETWORKS:
            text, usual = getattr(state.draft, actor), str(DEFAULTS[actor])
            try:
                Architecture.of(text, source.shape, source.classes)
            except MisfitError:
                set_widget(actor, usual)
                state.replaced[actor] = (name, text, usual)
        self._set(fitted(self._fields(), {"dataset"}))

    def choose(self, **changes: Any) -> None:
        """Something was chosen that others follow: a kind of teacher, another domain."""
        draft = st.session_state.draft
        try:
            before = Experiment(**self._fields() | {name: getattr(draft, name) for name in changes})
        except ExperimentError:  # something else that was typed is not allowed
            before = draft
        self._set(followed(before, changes))

    def choose_kind(self) -> None:
        """Another kind of teacher was chosen; "several" adds one to the kind that there is."""
        state, kind = st.session_state, str(st.session_state.teacher_is)
        if kind == "file":
            self.choose(teacher_kind=kind, teacher_file=state.own_answers[-1], splits=1)
        elif kind == "several":
            one = state.draft.kinds[0]
            self.choose(teacher_kind=f"{one}+network" if one != "network" else "network+forest")
        else:
            self.choose(teacher_kind=kind)

    def _set(self, fields: Fields) -> None:
        for name, value in fields.items():
            set_widget(name, value)

    def replaced(self, actor: str) -> str:
        """The network in whose place the default stands because it did not fit the data chosen; "" if there is none."""
        draft = st.session_state.draft
        dataset, before, usual = st.session_state.replaced.get(actor, ("", "", ""))
        return before if (dataset, usual) == (draft.dataset, getattr(draft, actor)) else ""

    def sync_url(self) -> None:
        """Let the URL say what the widgets show: the run on screen with all that was steered, or the next one."""
        state = st.session_state
        experiment = self.run.experiment if self.run.experiment.settled == state.draft else state.draft
        query, _ = Experiment.read(experiment.to_query())
        fields = dict(parse_qsl(query.to_query(), keep_blank_values=True))
        fields |= {name: text for name, text in state.view.items() if text != MEASURES[0]}
        if state.pace != next(iter(PACES)):
            fields["pace"] = state.pace
        remember("playground", fields)
        state.query = fields
        write_page_fields(fields)

    def refresh(self) -> None:
        """The run has changed its state by itself; a run that the server no longer knows is opened again."""
        if self.jobs.find(self.run.id) is None:
            self.run = self.jobs.call(self.jobs.open(self.run.experiment, self.viewer))

    def look(self) -> None:
        """Another example or measure was chosen in the live view."""
        chosen = st.session_state.live.view
        view, _ = view_of(chosen if isinstance(chosen, dict) else {})
        st.session_state.view = view

    # Orders

    def start(self) -> None:
        """Go on with what is paused, or run what the widgets show."""
        if self.run.is_paused:
            self.run = self.jobs.call(self.jobs.order(self.run, self.viewer, limit=None, pace=self.pace), timeout=40)
        else:
            self.update()

    def update(self) -> None:
        """Run what the widgets show."""
        work = self.jobs.start(self.read_widgets(), self.viewer, Orders(pace=self.pace))
        self._change_to(self.jobs.call(work))

    def pause(self) -> None:
        self.run = self.jobs.call(self.jobs.order(self.run, self.viewer, limit=-1), timeout=40)

    def step(self) -> None:
        """One epoch further; where nothing is under way, a new run from its start."""
        if not self.run.is_live:
            self.reset()
        self.run = self.jobs.call(self.jobs.order(self.run, self.viewer, limit=self.run.position + 1), timeout=40)

    def stop(self) -> None:
        self.run = self.jobs.call(self.jobs.order(self.run, self.viewer, stop=True))

    def reset(self) -> None:
        """Back to the students' start: the same teacher, the same initial weights, held before the first step."""
        experiment = self.read_widgets()
        orders = Orders(limit=len(experiment.teacher_curve))
        self._change_to(self.jobs.call(self.jobs.start(experiment, self.viewer, orders)))

    def steer(self) -> None:
        """Temperature or alpha was moved: a run under way hears it at once."""
        keep_widgets()
        if self.run.is_live:
            heard = (float(st.session_state.temperature), float(st.session_state.alpha))
            self.run = self.jobs.call(self.jobs.order(self.run, self.viewer, steer=heard), timeout=40)

    def set_pace(self) -> None:
        if self.run.is_live:
            self.run = self.jobs.call(self.jobs.order(self.run, self.viewer, pace=self.pace), timeout=40)

    def open(self, experiment: Experiment) -> None:
        """Show another experiment and its run."""
        self.show(experiment)
        self._change_to(self.jobs.call(self.jobs.open(experiment, self.viewer)))

    def over_splits(self) -> None:
        """The experiment on screen over ten divisions of the data, with a teacher and a pair or more on each."""
        experiment = self.run.experiment
        self.open(experiment.replace(splits=SPLITS, seeds=max(experiment.seeds, SPLITS)))

    def _change_to(self, run: Run) -> None:
        """Show another run; the one before, if it is ours alone and held, is not left waiting.

        It is stopped last: the browser hears of it at once and asks for a rerun, which cuts a callback short.
        """
        before, self.run = self.run, run
        st.session_state.link_errors, st.session_state.widget_errors = {}, {}
        if before is not run and before.is_live and before.is_held and not before.seen_by_others(self.viewer):
            self.jobs.call(self.jobs.order(before, self.viewer, stop=True))
