"""The playground: pick, run, watch, read, keep."""

from __future__ import annotations

import streamlit as st

from kd_core.data import DATASETS
from kd_core.experiment import OPTIMIZERS, SETTINGS, Experiment
from kd_core.models import multiply_accumulates, parameter_count
from pages.ui import shelf
from pages.ui.export import code_dialog
from pages.ui.live import live_view
from pages.ui.presets import PRESETS
from pages.ui.reading import count, kilobytes, ratio
from pages.ui.session import PACES, WIDTHS, Session
from pages.ui.style import page_style

session = Session()
experiment = session.read_widgets()
run = session.run
state = run.state  # looked at once: the live view asks for new buttons when it sees another


def transport() -> None:
    """Start, pause, step, stop, reset; speed; presets; code."""
    live, paused = state in ("waiting", "running", "paused"), state == "paused"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="transport"):
        if live and not paused:
            st.button(
                "Pause", icon=":material/pause:", on_click=session.pause, help="Hold the run where it is.", key="pause"
            )
        else:
            help = "Go on." if paused else "Train a teacher, students alone and distilled students with these settings."
            st.button(
                "Resume" if paused else "Start", icon=":material/play_arrow:", type="primary", on_click=session.start,
                help=help, key="start",
            )  # fmt: skip
        st.button(
            "Step",
            icon=":material/skip_next:",
            on_click=session.step,
            disabled=live and not paused,
            help="Train one epoch.",
            key="step",
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            on_click=session.stop,
            disabled=not live,
            help="End the run here.",
            key="stop",
        )
        st.button(
            "Reset", icon=":material/restart_alt:", on_click=session.reset, key="reset",
            help="Back to the students' start: the same teacher and initial weights, before the first step.",
        )  # fmt: skip
        st.selectbox(
            "Speed", list(PACES), key="pace", on_change=session.set_pace, width=140, label_visibility="collapsed",
            help="How many epochs a second.",
        )  # fmt: skip
        st.session_state.preset = next((name for name, (preset, _) in PRESETS.items() if preset == experiment), None)
        st.pills(
            "Try", list(PRESETS), key="preset", on_change=_open_preset, label_visibility="collapsed",
            help="Experiments to begin with.",
        )  # fmt: skip
        with st.popover("More settings"):
            more_settings()
        st.button("Code", on_click=lambda: st.session_state.update(show_code=True), help="This experiment as a script.")


def _open_preset() -> None:
    chosen = st.session_state.preset
    if chosen:
        session.open(PRESETS[chosen][0])


def more_settings() -> None:
    """What one changes less often."""
    left, right = st.columns(2)
    with left:
        _slider("label_noise", "Wrong labels (share)", 0.05)
        _slider("teacher_dropout", "Teacher dropout", 0.05)
        _slider("teacher_label_smoothing", "Teacher label smoothing", 0.05)
        _number("teacher_epochs", "Teacher epochs")
        st.toggle("T squared in the soft loss", key="t_squared", help=SETTINGS["t_squared"].help)
    with right:
        _number("epochs", "Student epochs")
        _number("batch_size", "Batch size")
        st.number_input(
            "Learning rate", 1e-5, 1000.0, key="learning_rate", format="%.5g", step=0.005,
            help=SETTINGS["learning_rate"].help,
        )  # fmt: skip
        st.selectbox("Optimizer", OPTIMIZERS, key="optimizer", help=SETTINGS["optimizer"].help)
        _number("seeds", "Seeds (pairs of students)")
        _number("seed", "First seed")


def _slider(name: str, label: str, step: float) -> None:
    setting = SETTINGS[name]
    st.slider(label, setting.low, setting.high, step=step, key=name, help=setting.help)


def _number(name: str, label: str) -> None:
    setting = SETTINGS[name]
    st.number_input(label, int(setting.low), int(setting.high), key=name, help=setting.help)


def controls() -> None:
    """Data, teacher, student, and what the student hears."""
    data, teacher, student, hears = st.columns([1, 0.9, 0.9, 1.5], border=True, gap="small")
    with data:
        source = DATASETS[experiment.dataset]
        st.selectbox(
            "Data", list(DATASETS), key="dataset", format_func=lambda name: DATASETS[name].title,
            help=SETTINGS["dataset"].help, on_change=_fit_labels,
        )  # fmt: skip
        labels, noise = st.columns(2)
        labels.number_input(
            "Labels (0 = all)", 0, source.train_size, key="labels", help=SETTINGS["labels"].help,
        )  # fmt: skip
        noise.number_input("Input noise", 0.0, 1.0, step=0.05, key="noise", help=SETTINGS["noise"].help)
    with teacher:
        network("teacher", "Teacher")
    with student:
        network("student", "Student")
    with hears:
        st.slider(
            "Temperature T", 1.0, 20.0, step=0.5, key="temperature", on_change=session.steer, format="%g",
            help=f"{SETTINGS['temperature'].help} Move it while it trains.",
        )  # fmt: skip
        st.slider(
            "Alpha: 0 = teacher only, 1 = labels only", 0.0, 1.0, step=0.05, key="alpha", on_change=session.steer,
            format="%g", help=f"{SETTINGS['alpha'].help} Move it while it trains.",
        )  # fmt: skip
        st.markdown(
            formula(experiment),
            help="CE: cross-entropy with the labels; KL: divergence from the teacher's soft targets.",
        )


def _fit_labels() -> None:
    """Another data set may have fewer examples or more classes than labels are asked for."""
    source, state = DATASETS[st.session_state.dataset], st.session_state
    if state.labels:
        state.labels = min(max(state.labels, source.classes), source.train_size)


def network(actor: str, title: str) -> None:
    """Depth and width of a network, with what follows from them."""
    depth, width = st.columns([1, 1.1])
    shown = str(st.session_state[f"{actor}_width"])
    options = list(WIDTHS) if shown in WIDTHS else [*WIDTHS, shown]
    depth.selectbox(
        f"{title} layers", [1, 2, 3], key=f"{actor}_depth", disabled="-" in shown, help="Hidden layers of equal width.",
    )  # fmt: skip
    width.selectbox(
        "Width", options, key=f"{actor}_width", accept_new_options=True,
        help=f"Units of a hidden layer; or type {SETTINGS[actor].allowed}.",
    )  # fmt: skip
    widths = experiment.teacher_widths if actor == "teacher" else experiment.student_widths
    st.markdown(f"**{'-'.join(map(str, widths))}**  \n{count(parameter_count(widths))} parameters, {kilobytes(widths)}")
    if actor == "student":
        st.caption(ratio(experiment.teacher_widths, widths, parameter_count))
    else:
        st.caption(f"{count(multiply_accumulates(widths))} multiply-adds an example")


def formula(now: Experiment) -> str:
    """The loss with the current numbers in it."""
    square = f"\\cdot {now.temperature:g}^2" if now.t_squared else ""
    return (
        f"$\\mathrm{{loss}} = {now.alpha:g}\\,\\mathrm{{CE}} + {1 - now.alpha:.2g} {square} \\cdot "
        f"\\mathrm{{KL}}_{{T={now.temperature:g}}}$ :small[labels {now.alpha:.0%}, teacher {1 - now.alpha:.0%}]"
    )


def messages() -> None:
    """What is wrong with the link or a widget, and what the page did about it."""
    if errors := list(st.session_state.errors.values()):
        kept = "Nothing else is lost: a field that is wrong has its default or the value it had."
        st.error("\n\n".join([*errors, kept]), icon=":material/error:")


page_style()
st.html("<h1 class='kd-page-title'>Playground</h1>")
transport()
messages()
controls()
for name, (preset, hint) in PRESETS.items():
    if preset == run.experiment:
        st.caption(f"**{name}.** {hint}")
live_view(
    run,
    state=state,
    viewer=session.viewer,
    temperature=experiment.temperature,
    overlays=shelf.overlays(run),
    on_state=session.refresh,
)
shelf.show(session)
session.sync_url()
if st.session_state.pop("show_code", False):
    code_dialog(run.experiment if run.experiment.settled == experiment else experiment)
