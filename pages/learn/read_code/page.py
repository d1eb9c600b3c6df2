"""Read the code: the engine as it is on disk, a file at a time, in reading order."""

from __future__ import annotations

import streamlit as st

from kd_core import Experiment
from kd_core.export import part_of
from kd_core.sweeps.grid import Sweep
from pages.learn.read_code.values import swap_words
from pages.run.outcome import open_run
from pages.run.study import follow
from pages.ui import source
from pages.ui.address import chosen, write_choice
from pages.ui.links import to_playground, to_sweep
from pages.ui.numbers import percent
from pages.ui.predict import predict
from pages.ui.words import words

COLUMN, CODE = 760, 1240
RIGHT = Experiment(alpha=0)
WRONG = Experiment(alpha=0, label_noise=0.9)
RENAMED = {"exam": "measuring"}  # files under the names that older links hold

w = words("read_code")
names, folders = source.files(), source.folders()

st.html(source.STYLE)
with st.container(width=COLUMN):
    st.title(w("title"))
    st.markdown(w("intro", files=len(names), lines=sum(map(source.line_count, names))))

    st.header(w("question.header"))
    st.markdown(w("question.text"))
    loss = part_of("kd_core.losses", "distillation_loss")
    st.code(loss.text.splitlines()[-1].strip(), wrap_lines=True)
    guess = predict(
        "read_code",
        w("question.ask", share=percent(w, WRONG.label_noise, 0)),
        {name: w(f"question.{name}") for name in ("worse", "little", "nothing")},
    )
    right, wrong = open_run(RIGHT), open_run(WRONG)

    def draw_answer() -> None:
        found = swap_words(right, wrong, w)
        if guess is None:
            st.markdown(w("question.ready" if found else "question.training"))
        elif found is None:
            st.markdown(words("frame")("waiting"))
        else:
            if guess:
                st.markdown(w("question.you_had_it" if guess == found["answer"] else "question.not_this_time"))
            st.markdown(w(f"question.answer_{found['answer']}", **found))
            st.markdown(w("question.table", **found))

    follow([right, wrong], draw_answer)

    st.header(w("contents.header"), anchor="contents")
    st.markdown(w("contents.text"))

    def label_of(name: str) -> str:
        return f"{name}.py".replace("_", r"\_")  # not Markdown's

    def turn_to(name: str) -> None:
        st.session_state.chosen_file = name

    asked = st.query_params.get("file")
    if asked in RENAMED:
        st.query_params["file"] = RENAMED[asked]
    picked = st.pills(
        w("contents.label"),
        names,
        default=chosen("file", names),
        key="chosen_file",
        required=True,
        format_func=label_of,
    )
    assert picked is not None
    write_choice("file", picked, names)
    position = names.index(picked)
    st.header(f"{position + 1}. `{picked}.py`")
    st.markdown(w("file.size", lines=source.line_count(picked), position=position + 1, files=len(names)))
    about = w.get("files").get(picked)
    st.markdown(about["look"] if about else w("file.says_itself", summary=source.summary(picked)))
    if about and about["papers"]:
        st.markdown("\n".join([w("file.papers"), "", *(f"- {paper}" for paper in about["papers"])]))
    outline = source.outline(picked)
    if outline:
        parts = " · ".join(w("file.part", part=part.name, line=part.first) for part in outline)
        st.markdown(w("file.outline", parts=parts))

with st.container(width=CODE):
    for name, formula in source.HEARTS.get(picked, ()):
        part = part_of(f"kd_core.{picked}", name)
        st.subheader(w("file.heart", part=f"`{name}`"))
        st.markdown(w("file.lines", first=part.first, last=part.last))
        if formula:
            formula_column, code_column = st.columns([2, 5])
            formula_column.latex(formula)
            code_column.code(part.text, wrap_lines=True)
        else:
            st.code(part.text, wrap_lines=True)
    st.subheader(w("file.whole", file=f"`{picked}.py`"))
    st.code(source.text_of(picked), line_numbers=True, wrap_lines=True)

with st.container(width=COLUMN):
    with st.container(horizontal=True, vertical_alignment="center"):
        for step, label in ((-1, "file.before"), (1, "file.after")):
            if 0 <= position + step < len(names):
                name = names[position + step]
                st.button(w(label, file=label_of(name)), key=f"read_code_turn_{step}", on_click=turn_to, args=(name,))
        st.markdown(f"[{w('file.up')}](#contents)", width="content")

    st.header(w("folders.header"), anchor="folders")
    st.markdown("\n".join([w("folders.text"), "", *(f"- `{name}`: {w(f'folders.holds.{name}')}" for name in folders)]))

    st.header(w("end.header"))
    st.markdown(w("end.text"))
    st.code(f'python -m kd_core run "{WRONG.to_query()}"', language="bash", wrap_lines=True)
    st.markdown(w("end.left_out"))
    with st.container(horizontal=True):
        to_playground(WRONG, w("end.playground"))
        to_sweep(Sweep.parse(Experiment(label_noise=0.5), ["alpha=0,0.25,0.5,0.75,1"]), w("end.sweep"))
