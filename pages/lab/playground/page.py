"""The playground: pick, run, watch, read, keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from kd_core.experiment import SETTINGS, Experiment
from kd_core.jobs import Run
from kd_core.models import parameter_count
from pages.lab.playground.code import code_dialog
from pages.lab.playground.more import domain, more_settings
from pages.lab.playground.presets import PRESETS
from pages.lab.playground.teacher import card
from pages.lab.playground.tour import tour
from pages.run import costs, fetched, shelf
from pages.run.live import live_view
from pages.run.session import NETWORKS, PACE, Session, choose_labels, dataset_select
from pages.run.settings import allowed, data_name, describe, has_meaning, named, value_said
from pages.run.teachers import is_network
from pages.ui.address import hidden, is_lecture
from pages.ui.heading import progress
from pages.ui.lecture import lecture_keys
from pages.ui.messages import complaint, markdown, plain
from pages.ui.network import builder, network_style, shape_of, strip
from pages.ui.numbers import count, in_formula, in_percent, localized, number
from pages.ui.share import share
from pages.ui.style import style_of
from pages.ui.words import language, words

LECTURE_HIDES = ("dataset", "labels", "teacher", "teacher_kind", "student", "epochs", "seeds", "splits")
HOT = 2.0  # above this temperature, logarithms of probabilities say more of what was clipped than of likeness

_STYLE = style_of(Path(__file__).with_name("cards.css"))

w, setting, frame = words("playground"), words("settings"), words("frame")
session = Session()
shown = st.session_state  # what the widgets show
experiment = session.read_widgets()
run = session.run
state = run.state  # looked at once: the live view asks for new buttons when it sees another


def transport() -> None:
    """Start, pause, step, stop, reset; speed; examples; settings; code."""
    live, paused = state in ("waiting", "running", "paused"), state == "paused"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="transport"):
        st.title(frame("pages.playground"), anchor=False, width="content")
        if live and not paused:
            _button("pause", ":material/pause:", session.pause)
        else:
            name = "resume" if paused else "start"
            st.button(
                w(f"transport.{name}"),
                icon=":material/play_arrow:",
                type="primary",
                on_click=session.start,
                help=w(f"transport.{name}_help"),
                key="start",
            )
        _button("step", ":material/skip_next:", session.step, disabled=live and not paused)
        _button("stop", ":material/stop:", session.stop, disabled=not live)
        _button("reset", ":material/restart_alt:", session.reset)
        PACE.show(
            w("transport.speed"),
            on_change=session.set_pace,
            width=135,
            label_visibility="collapsed",
            help=w("transport.speed_help"),
        )
        with st.container(key="preset", width="content"), st.popover(w("transport.presets")):
            presets()
        with st.container(key="more", width="content"), st.popover(w("transport.more")):
            more_settings(experiment)
        st.button(
            w("transport.code"),
            on_click=lambda: st.session_state.update(ask_code=True),
            help=w("transport.code_help"),
            key="code",
        )
        tour(w.get("tour"), invites=not (is_lecture() or hidden()))
        st.html(progress("playground"), width="content")
        share(query=run.experiment.to_query(), of_run=bool(changed))


def _button(name: str, icon: str, act: Callable[[], None], *, disabled: bool = False) -> None:
    st.button(
        w(f"transport.{name}"), icon=icon, on_click=act, disabled=disabled, help=w(f"transport.{name}_help"), key=name
    )


def presets() -> None:
    """Experiments to begin with; the one on screen has a tick.

    Buttons, not a choice: of a choice the browser also reports what it showed before a slider was moved on.
    """
    for name, preset in PRESETS.items():
        st.button(
            w(f"presets.{name}.name"),
            icon=":material/check:" if preset == experiment else None,
            on_click=session.open,
            args=(preset,),
            key=f"preset_{name}",
            width="stretch",
        )


def controls() -> None:
    """Data, teacher, student, and what the student hears."""
    with st.container(key="controls"):
        data, teacher, hears, student = st.columns([1.3, 0.95, 1.6, 1.05], border=True, gap="small")
    with data:
        source = experiment.source
        kind, labels, noise = st.columns([1.9, 1, 1])
        with kind:
            dataset_select().show(
                setting("dataset.label"), on_change=session.choose_dataset, help=setting("dataset.help")
            )
        choose_labels(labels, "labels", source)
        noise.number_input(
            setting("noise.label"), 0.0, 1.0, shown["noise"], 0.05, key="noise", help=setting("noise.help")
        )
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="about"):
            st.caption(
                w("data_caption", train=count(source.train_size), shape=shape_of(source.shape, w)), width="content"
            )
            domain(session, experiment)
        if to_fetch := fetched.announced(fetched.needed(experiment)):
            st.caption(to_fetch)
        if source.is_small:
            st.caption(w("small_test", count=source.test_size))
    with teacher:
        card(session, experiment, is_fixed="teacher" in gone())
    with student:
        student_card()
    with hears:
        softer, listening = st.columns(2, gap="medium")
        softer.slider(
            setting("temperature.label"),
            1.0,
            20.0,
            shown["temperature"],
            0.5,
            "%g",
            key="temperature",
            on_change=session.steer,
            help=f"{setting('temperature.help')} {w('hears.steer')}",
        )
        listening.slider(
            setting("alpha.label"),
            0.0,
            1.0,
            shown["alpha"],
            0.05,
            "%g",
            key="alpha",
            on_change=session.steer,
            help=f"{setting('alpha.help')} {w('hears.steer')}",
        )
        st.markdown(formula(experiment), help=w("hears.formula_help"))
        if experiment.has_pipeline and experiment.temperature > HOT:
            st.container(key="hot").caption(w("hears.log_probabilities"))


def fixed() -> None:
    """What a link or the lecture hides stays readable."""
    names = [name for name in SETTINGS if name in gone() and has_meaning(experiment, name)]
    if names:
        values = {name: plain(value_said(name, getattr(experiment, name), language())) for name in names}
        if "dataset" in values:
            values["dataset"] = plain(data_name(experiment.dataset, language()))
        told = (f"{setting(f'{name}.name')} {value}" for name, value in values.items())
        st.caption(f"{frame('fixed')} {' · '.join(told)}")


def student_card() -> None:
    """The student's network, what it is built with, and what follows from it."""
    drawn = experiment.student_network
    if "student" not in gone():
        wrong = shown.widget_errors.get("student", "")
        builder("student", drawn, wrong=markdown(wrong, language()), allowed=allowed("student"), w=w)
    st.html(strip(drawn, "student", w))
    size = w("network.size", parameters=count(parameter_count(drawn)))
    st.caption(f"{size}, {smaller(experiment)}" if is_network(experiment) else size)
    if before := session.replaced("student"):
        st.caption(w("network.replaced", before=before, now=drawn.text))


def gone() -> Sequence[str]:
    """Settings without a widget: what a link hides, and what a lecture does."""
    return (*hidden(), *(LECTURE_HIDES if is_lecture() else ()))


def smaller(now: Experiment) -> str:
    """How many times fewer parameters the student has, or how many more."""
    times = parameter_count(now.teacher_network) / parameter_count(now.student_network)
    which, times = ("fewer", times) if times >= 1 else ("more", 1 / times)
    return w(f"network.{which}", times=number(w, times, 0 if times >= 10 else 1))


def cost() -> None:
    """What these settings will cost, where that is worth a word."""
    said = costs.note(run, Run(experiment=experiment), words("cost"))
    if said and not run.is_held:
        st.caption(said)


def formula(now: Experiment) -> str:
    """The loss with the current numbers in it."""
    shares = w("hears.shares", labels=in_percent(w, now.alpha, 0), teacher=in_percent(w, 1 - now.alpha, 0))
    written = (f"{now.temperature:g}", f"{now.alpha:g}", f"{1 - now.alpha:.2g}")
    temperature, labels, teacher = (in_formula(localized(w, text)) for text in written)
    square = f"\\cdot {temperature}^2" if now.t_squared else ""
    return (
        f"$\\mathrm{{loss}} = {labels}\\,\\mathrm{{CE}} + {teacher} {square} \\cdot "
        f"\\mathrm{{KL}}_{{T={temperature}}}$ :small[{shares}]"
    )


def hint() -> str:
    """What to try with the preset on screen, as long as the widgets still show it."""
    names = [name for name, preset in PRESETS.items() if preset == run.experiment and not changed]
    return w(f"presets.{names[0]}.hint") if names else ""


def mark(names: Sequence[str]) -> None:
    """A mark on the widgets of these settings: what they show is not what the results are of."""
    labels = {
        name: f".st-key-{name}_network button" if name in NETWORKS else f".st-key-{name} [data-testid=stWidgetLabel]"
        for name in names
    }
    if labels:
        marked = ", ".join(labels.values())
        st.html(f"<style>:is({marked}) {{ box-shadow: -3px 0 0 var(--kd-mark); padding-left: .35rem; }}</style>")


def messages() -> None:
    """What is wrong with the link or a widget, and what the page did about it.

    It has a place also when there is nothing to say, or else all below would be other elements then: what is open there
    would close.
    """
    place, wrong = st.empty(), st.session_state.link_errors | st.session_state.widget_errors
    if wrong:
        place.error(f"{complaint(wrong.values(), language())}\n\n{w('kept')}", icon=":material/error:")


changed = session.changed
network_style()
st.html(_STYLE)
mark(changed)
transport()
messages()
controls()
fixed()
cost()
is_fetching = fetched.show_arrival(fetched.needed(run.experiment), is_live=lambda: run.is_live)
live_view(
    run,
    state=state,
    viewer=session.viewer,
    temperature=experiment.temperature,
    stale={"of": describe(run.experiment, changed), "changed": named(changed), "softer": changed == ["temperature"]}
    if changed
    else None,
    overlays=shelf.overlays(run),
    hint=hint(),
    view=shown["view"],
    is_fetching=is_fetching,
    may_split=run.experiment.splits == 1 and "splits" not in hidden(),
    on_state=session.refresh,
    on_update=session.update,
    on_view=session.look,
    on_splits=session.over_splits,
)
if is_lecture():
    lecture_keys()
with st.container(key="shelf"):
    shelf.show(session)
session.sync_url()
code_dialog(run.experiment, of=describe(run.experiment, changed))
