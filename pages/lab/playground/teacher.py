"""The teacher's card: its kind, what that kind reads, and who else teaches with it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from kd_core.experiment import DEFAULTS, Experiment, text_of
from kd_core.kinds import KINDS, members_of, read_kinds
from kd_core.models import parameter_count
from pages.lab.playground import fields
from pages.run.session import Session
from pages.run.settings import allowed, has_meaning
from pages.run.teachers import is_network, kind_name, teacher_name
from pages.ui.address import keep_widgets, set_widget
from pages.ui.messages import markdown
from pages.ui.network import blocks, strip
from pages.ui.numbers import count as written
from pages.ui.select import Select
from pages.ui.words import Words, language, words

WIDE = 305  # pixels: as the blocks of a network
FEW = 8  # members that have a row each; the weights of more are written as text


def card(session: Session, experiment: Experiment, *, is_fixed: bool) -> None:
    """What the teacher is, and the popover in which it is set; `is_fixed` without widgets."""
    if not is_fixed:
        kind, more = st.columns([1.1, 1], vertical_alignment="bottom", gap="small")
        with kind:
            choose_kind(session)
        button = f"**{short_name(experiment)}**"
        with more, st.container(key="teacher_network"), st.popover(button, width="stretch"):
            settings(session, experiment)
    w = words("playground")
    if is_network(experiment):
        st.html(strip(experiment.teacher_network, "teacher", w))
        st.caption(w("network.size", parameters=written(parameter_count(experiment.teacher_network))))
    else:
        said = words("teachers")(f"is.{experiment.kinds[0]}") if len(experiment.kinds) == 1 else ""
        st.html(f'<p class="kd-teacher"><b>{escape(teacher_name(experiment, language()))}</b> {escape(said)}</p>')
    if before := session.replaced("teacher"):
        st.caption(w("network.replaced", before=before, now=experiment.teacher_network.text))


def short_name(experiment: Experiment) -> str:
    """What the popover's button says: what is set most often, in few letters."""
    w = words("playground")
    if len(experiment.kinds) > 1:
        return w("teacher.members", count=len(experiment.members))
    (kind,) = experiment.kinds
    values = {"network": experiment.teacher, "trees": experiment.teacher_trees, "c": text_of(experiment.teacher_c)}
    one = w(f"teacher.short.{kind}", **values, neighbours=experiment.teacher_neighbours)
    return one if len(experiment.members) == 1 else f"{len(experiment.members)} × {one}"


def choose_kind(session: Session) -> None:
    """The select box of kinds, "several" among them, and "a file" for who has brought one."""
    setting, kinds = words("settings"), _kinds()
    has_file = bool(st.session_state.own_answers)
    options = (*(kind for kind in KINDS if kind != "file" or has_file), "several")
    set_widget("teacher_is", kinds[0] if len(kinds) == 1 else "several")
    select = Select(
        "teacher_is", options, lambda kind, spoken: Words("settings", spoken)(f"choices.teacher_kind.{kind}")
    )
    with st.container(key="teacher_kind"):
        select.settle()
        select.show(setting("teacher_kind.label"), on_change=session.choose_kind, help=setting("teacher_kind.how"))


def settings(session: Session, experiment: Experiment) -> None:
    """What the chosen kinds read; of several, which they are and what each weighs."""
    w, kinds, shown = words("playground"), _kinds(), st.session_state
    read = {name for kind in kinds for name in KINDS[kind].settings}
    if len(kinds) > 1:
        _members(session, kinds)
    if any(KINDS[kind].is_drawn for kind in kinds):
        fields.whole("teachers", lambda: session.choose(teachers=shown.teachers), width=WIDE)
    if len(kinds) > 1 or len(experiment.members) > 1:
        _weights(experiment, w)
    if "teacher" in read:
        wrong = shown.widget_errors.get("teacher", "")
        blocks("teacher", experiment.teacher_network, markdown(wrong, language()), allowed("teacher"), w)
        left, right = st.columns(2)
        with left:
            fields.whole("teacher_epochs")
            fields.slider("teacher_dropout")
        with right:
            if has_meaning(experiment, "teacher_shift"):
                fields.whole("teacher_shift")
            fields.slider("teacher_label_smoothing")
    for name in ("teacher_trees", "teacher_depth", "teacher_neighbours"):
        if name in read:
            fields.whole(name, width=WIDE)
    if "teacher_c" in read:
        fields.real("teacher_c", 0.5, width=WIDE)
    if "teacher_clip" in read:
        fields.real("teacher_clip", 0.01, width=WIDE)
    if "teacher_file" in read:
        st.caption(w("teacher.file", file=experiment.teacher_file[:16]))


def _kinds() -> tuple[str, ...]:
    return read_kinds(st.session_state.teacher_kind)


def _members(session: Session, kinds: tuple[str, ...]) -> None:
    """A box for every kind: one click takes one in, or out."""
    setting, has_file = words("settings"), bool(st.session_state.own_answers)
    left, right = st.columns(2)
    for number, kind in enumerate(one for one in KINDS if one != "file" or has_file):
        set_widget(key := f"teacher_has_{kind}", kind in kinds)
        (right if number % 2 else left).checkbox(
            setting(f"choices.teacher_kind.{kind}"),
            kind in kinds,
            key=key,
            help=words("teachers")(f"is.{kind}"),
            on_change=_take(session, kind),
        )


def _take(session: Session, kind: str) -> Callable[[], None]:
    def act() -> None:
        keep_widgets()
        chosen = {*_kinds(), kind} if st.session_state[f"teacher_has_{kind}"] else {*_kinds()} - {kind}
        named = (
            {"teacher_file": st.session_state.own_answers[-1], "splits": 1} if kind == "file" and kind in chosen else {}
        )
        session.choose(teacher_kind="+".join(one for one in KINDS if one in chosen), **named)

    return act


def _weights(experiment: Experiment, w: Words) -> None:
    """How members are averaged, and what each weighs."""
    fields.choice("teacher_mean", width=WIDE)
    members = members_of(_kinds(), st.session_state.teachers)
    held = _held(len(members))
    if len(members) > FEW:
        setting = words("settings")
        st.text_input(
            setting("teacher_weights.label"),
            st.session_state.teacher_weights,
            key="teacher_weights",
            help=setting("teacher_weights.help"),
            width=WIDE,
        )
        return
    st.caption(w("teacher.weights"))
    for place, (member, weight) in enumerate(zip(members, held, strict=True)):
        key, name = f"teacher_weight_{place}", kind_name(experiment, member.kind, w.language)
        set_widget(key, weight)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.number_input(
                f"{place + 1}. {name}",
                0.0,
                100.0,
                weight,
                0.5,
                "%g",
                key=key,
                on_change=_weigh(place, len(held)),
                width=240,
            )
            st.button(
                w("teacher.out", number=place + 1),
                icon=":material/close:",
                on_click=_weigh(place, len(held), 0.0),
                disabled=weight == 0,
                help=w("teacher.out", number=place + 1),
                key=f"{key}_remove",
            )


def _held(count: int) -> list[float]:
    """The weights as they are written now, though they may not be allowed; 1 each where none are."""
    try:
        given = [float(weight) for weight in str(st.session_state.teacher_weights).split(":")]
    except ValueError:
        given = []
    return given if len(given) == count else [1.0] * count


def _weigh(place: int, count: int, weight: float | None = None) -> Callable[[], None]:
    """Write the weights anew with another one at this place: the widget's, or the one given."""

    def act() -> None:
        keep_widgets()
        weights = _held(count)
        weights[place] = float(st.session_state[f"teacher_weight_{place}"]) if weight is None else weight
        alike = len(set(weights)) == 1 and weights[0] > 0
        set_widget("teacher_weights", DEFAULTS["teacher_weights"] if alike else ":".join(map(text_of, weights)))

    return act
