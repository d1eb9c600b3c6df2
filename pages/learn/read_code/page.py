"""Read the code: a path through the engine as it is on disk, its heart lit; then every file, in reading order."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from kd_core import Experiment
from kd_core.sweeps.grid import Sweep
from pages.learn.read_code.listing import listing
from pages.learn.read_code.stations import STATIONS, lit_lines, signatures
from pages.learn.read_code.values import swap_words
from pages.run.outcome import open_run
from pages.run.study import follow
from pages.ui import source
from pages.ui.address import Field, held, hold, option, page_fields, set_widget
from pages.ui.heading import heading
from pages.ui.layout import stage
from pages.ui.links import to_playground, to_sweep
from pages.ui.numbers import count, percent
from pages.ui.predict import predict
from pages.ui.style import style_of
from pages.ui.terms import prose
from pages.ui.words import words

RIGHT = Experiment(alpha=0)
WRONG = Experiment(alpha=0, label_noise=0.9)
RENAMED = {"exam": "measuring"}  # files under the names that older links hold

w = words("read_code")
state = st.session_state
names, folders, stations = source.files(), source.folders(), list(STATIONS)


def read_file(text: str) -> str:
    name = RENAMED.get(text, text)
    if name not in names:
        raise ValueError(", ".join(names))
    return name


STATION = option("read_code", "station", stations)
FILE: Field[str | None] = Field("read_code_file", "file", None, read_file, str)


def turn_to(station: str) -> None:
    set_widget(STATION.key, station)


def turn_to_file(name: str) -> None:
    set_widget(FILE.key, name)


def label_of(name: str) -> str:
    return f"{name}.py".replace("_", r"\_")  # not Markdown's


def title_of(station: str) -> str:
    return f"{stations.index(station) + 1} · {w(f'stations.{station}.title')}"


def asked_for_a_file() -> bool:
    """Whether this visit came by a link to a file, which then stands first as long as the visit lasts."""
    visit = state.get("visit", 0)
    if state.get("read_code_visit", (None, False))[0] != visit:
        state.read_code_visit = (visit, held(FILE) is not None and "file" in page_fields())
    return bool(state.read_code_visit[1])


# The path


def show_path() -> None:
    picked = st.segmented_control(
        w("path.label"),
        stations,
        default=held(STATION),
        key=STATION.key,
        required=True,
        format_func=title_of,
        label_visibility="collapsed",
    )
    assert picked is not None
    station, position = STATIONS[picked], stations.index(picked)
    code, said = stage("read_code", figure=2.1)
    with code:
        st.html(listing(source.text_of(station.file), lit_lines(station.file), signatures(station), w("path.fold")))
    with said:
        prose(w("path.file", file=station.file, lines=source.line_count(station.file)))
        prose(w(f"stations.{picked}.say"))
        for _, formula in source.HEARTS[station.file][:1]:
            if formula:
                st.latex(formula)
        if picked == "loss":
            show_question()
        with st.container(horizontal=True):
            for step, label in ((-1, "path.before"), (1, "path.after")):
                if 0 <= position + step < len(stations):
                    other = stations[position + step]
                    st.button(
                        w(label, station=title_of(other)),
                        key=f"read_code_path_{step}",
                        on_click=turn_to,
                        args=(other,),
                        type="primary" if step == 1 else "tertiary",
                    )


def show_question() -> None:
    """What the loss does with wrong labels at alpha = 0, predicted and then trained."""
    guess = predict(
        "read_code",
        w("question.ask", share=percent(w, WRONG.label_noise, 0)),
        {name: w(f"question.{name}") for name in ("worse", "little", "nothing")},
    )
    right, wrong = open_run(RIGHT), open_run(WRONG)

    def draw_answer() -> None:
        found = swap_words(right, wrong, w)
        if guess is None:
            st.caption(w("question.ready" if found else "question.training"))
        elif found is None:
            st.caption(words("frame")("waiting"))
        else:
            if guess:
                st.markdown(w("question.you_had_it" if guess == found["answer"] else "question.not_this_time"))
            prose(w(f"question.answer_{found['answer']}", **found))
            st.markdown(w("question.table", **found))

    follow([right, wrong], draw_answer)


# Every file


def show_files(*, unfolded: bool) -> None:
    title = w("contents.header", files=len(names), lines=count(sum(map(source.line_count, names))))
    with st.expander(title, expanded=unfolded):
        st.markdown(w("contents.text"))
        picked = st.pills(w("contents.label"), names, default=held(FILE), key=FILE.key, format_func=label_of)
        if picked is not None:
            show_file(picked)


def show_file(picked: str) -> None:
    position, about = names.index(picked), w.get("files").get(picked)
    code, said = stage("read_code_file", figure=2.1)
    with said:
        st.subheader(f"{position + 1}. `{picked}.py`", anchor=False)
        st.markdown(w("file.size", lines=source.line_count(picked), position=position + 1, files=len(names)))
        st.markdown(about["look"] if about else w("file.says_itself", summary=source.summary(picked)))
        for name, formula in source.HEARTS.get(picked, ()):
            st.markdown(w("file.heart", part=f"`{name}`"))
            if formula:
                st.latex(formula)
        if about and about["papers"]:
            st.markdown("\n".join([w("file.papers"), "", *(f"- {paper}" for paper in about["papers"])]))
        outline = source.outline(picked)
        if outline:
            parts = " · ".join(w("file.part", part=part.name, line=part.first) for part in outline)
            st.markdown(w("file.outline", parts=parts))
        with st.container(horizontal=True):
            for step, label in ((-1, "file.before"), (1, "file.after")):
                if 0 <= position + step < len(names):
                    name = names[position + step]
                    text = w(label, file=label_of(name))
                    st.button(text, key=f"read_code_turn_{step}", on_click=turn_to_file, args=(name,))
    with code:
        st.html(listing(source.text_of(picked), lit_lines(picked), None, ""))


st.html(source.STYLE)
st.html(style_of(Path(__file__).with_name("read_code.css")))
heading("read_code", guess="read_code")
if asked_for_a_file():
    show_files(unfolded=True)
    show_path()
else:
    show_path()
    show_files(unfolded=False)
with st.expander(w("folders.header")):
    st.markdown("\n".join([w("folders.text"), "", *(f"- `{name}`: {w(f'folders.holds.{name}')}" for name in folders)]))
with st.expander(w("end.header")):
    st.markdown(w("end.text"))
    st.code(f'python -m kd_core run "{WRONG.to_query()}"', language="bash", wrap_lines=True)
    st.markdown(w("end.left_out"))
    with st.container(horizontal=True):
        to_playground(WRONG, w("end.playground"))
        to_sweep(Sweep.parse(Experiment(label_noise=0.5), ["alpha=0,0.25,0.5,0.75,1"]), w("end.sweep"))
hold(STATION, FILE)
