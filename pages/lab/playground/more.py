"""Settings that one changes less often, and the other domain that all can be tested on."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kd_core.experiment import OPTIMIZERS, Experiment
from kd_core.kinds import KINDS
from kd_core.sources import domains
from pages.lab.playground import fields
from pages.run.session import Session
from pages.run.settings import choice_said, has_meaning
from pages.ui.address import set_widget
from pages.ui.words import language, words


def more_settings(experiment: Experiment) -> None:
    """How the students train, what else they hear, and what is random; only what has a meaning can be moved."""
    shown, w, setting = st.session_state, words("playground"), words("settings")
    students, hears, drawn = st.columns(3)
    with students:
        st.caption(w("more.students"))
        fields.whole("epochs")
        fields.whole("batch_size")
        fields.real("learning_rate", 0.005)
        st.selectbox(
            setting("optimizer.label"),
            OPTIMIZERS,
            OPTIMIZERS.index(shown["optimizer"]),
            key="optimizer",
            help=setting("optimizer.help"),
        )
        fields.real("weight_decay", 0.01)
        fields.slider("student_dropout")
    with hears:
        st.caption(w("more.hears"))
        st.toggle(setting("t_squared.label"), shown["t_squared"], key="t_squared", help=setting("t_squared.help"))
        fields.whole("extra", lambda: _fit_extra(experiment))
        fields.choice("extra_kind", extra_kinds(experiment), disabled=not has_meaning(experiment, "extra_kind"))
        if has_meaning(experiment, "shift"):
            fields.whole("shift")
            views = ("same", "clean") if _knows_any(experiment) else ("clean",)
            fields.choice("shift_view", views, disabled=not has_meaning(experiment, "shift_view"))
        fields.slider("validation")
    with drawn:
        st.caption(w("more.drawn"))
        fields.slider("label_noise")
        fields.whole("seeds", lambda: _fit_splits("seeds"))
        fields.whole("splits", lambda: _fit_splits("splits"), help=setting("splits.how"))
        fields.whole("seed")


def _fit_splits(moved: str) -> None:
    """Every split holds a pair of students: the number that was not moved follows."""
    shown = st.session_state
    if shown["splits"] > shown["seeds"]:
        set_widget(*(("seeds", shown["splits"]) if moved == "splits" else ("splits", shown["seeds"])))


def extra_kinds(experiment: Experiment) -> tuple[str, ...]:
    """Where unlabelled examples can come from: another domain only if there is one, the rest only if there is any."""
    copies = ("noise", "mixup") if _knows_any(experiment) else ()
    rest = ("rest",) if experiment.sample_size < experiment.source.train_size else ()
    target = ("target",) if experiment.target and _knows_any(experiment) else ()
    return (*copies, *rest, *target) or ("noise",)


def _knows_any(experiment: Experiment) -> bool:
    """Whether the teacher answers more than its own rows."""
    return all(KINDS[kind].knows_any for kind in experiment.kinds)


def _fit_extra(experiment: Experiment) -> None:
    """Unlabelled examples are asked for: of a kind that there is."""
    offered = extra_kinds(experiment)
    if st.session_state["extra_kind"] not in offered:
        set_widget("extra_kind", offered[0])


def domain(session: Session, experiment: Experiment) -> None:
    """What all are tested on: the data as they are, noisier ones, or another domain."""
    w, shown = words("playground"), st.session_state
    label = w("domain.same")
    if experiment.target:
        label = w("domain.other", domain=choice_said("target", experiment.target, language()))
    elif experiment.test_noise:
        label = w("domain.noisier")
    with st.container(key="domain", width="content"), st.popover(label, type="tertiary"):
        fields.real("test_noise", 0.1)
        fields.choice(
            "target",
            ("", *domains(experiment.source)),
            help=words("settings")("target.how"),
            on_change=_follow(session),
        )
        fields.whole("target_labels", disabled=not has_meaning(experiment, "target_labels"))
        if shown["target"]:
            st.caption(w("domain.caption"), width=305)


def _follow(session: Session) -> Callable[[], None]:
    return lambda: session.choose(target=st.session_state["target"])
