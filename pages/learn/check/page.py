"""Check yourself: questions whose answers are computed when they are asked for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import streamlit as st

from kd_core.data import DATASETS
from kd_core.jobs import Study
from pages.learn.check import figures as shown
from pages.learn.check.questions import QUESTIONS, Chart, Evidence, Given, Question
from pages.run.study import ask, watch
from pages.ui.address import is_seen, page_fields, remember, write_page_fields
from pages.ui.chart import live_chart
from pages.ui.links import to_page, to_playground, to_sweep
from pages.ui.numbers import in_percent
from pages.ui.words import words

w, frame, state = words("check"), words("frame"), st.session_state
WIDTH = 760


def read_address() -> Question:
    """The question of the link, or the one that was on screen last, or the first."""
    fields = page_fields()
    linked = fields.get("question", [""])[-1]
    arrived = "check_reset" not in state  # Streamlit forgets the widgets of a page that was left
    if linked in QUESTIONS and (arrived or not is_seen("check", fields)):
        state.check_at = linked
    state.setdefault("check_at", next(iter(QUESTIONS)))
    # Apart from widgets: what was answered ("" is "show me"), and whether that was right, once the run has said so.
    state.setdefault("check_answers", {})
    state.setdefault("check_outcomes", {})
    fields = {} if state.check_at == next(iter(QUESTIONS)) else {"question": [state.check_at]}
    remember("check", fields)
    write_page_fields(fields)
    return QUESTIONS[state.check_at]


def computed(question: Question) -> Study[Evidence]:
    """The computation that brings a question's evidence."""
    return ask(question.compute, question.experiment, *question.settings.values())


def settle() -> None:
    """Mark the answers whose runs have ended."""
    for name, answer in state.check_answers.items():
        if name not in state.check_outcomes:
            study = computed(QUESTIONS[name])
            if study.status == "done":
                state.check_outcomes[name] = QUESTIONS[name].is_right(answer, study.values[-1])


def small(text: str) -> None:
    """As a caption, but dark enough to read."""
    st.markdown(f":small[{text}]")


def status(name: str) -> str:
    if name not in state.check_answers:
        return "open"
    if name not in state.check_outcomes:
        return "running"
    if state.check_answers[name] == "":
        return "shown"
    return "right" if state.check_outcomes[name] else "wrong"


def go_to(name: str) -> None:
    state.check_at = name


def give(name: str, answer: str | float) -> None:
    state.check_answers[name] = answer


def start_over() -> None:
    state.check_answers, state.check_outcomes = {}, {}
    state.check_at = next(iter(QUESTIONS))


def score() -> None:
    all_status = [status(name) for name in QUESTIONS]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            w(
                "score",
                right=all_status.count("right"),
                answered=len(QUESTIONS) - all_status.count("open"),
                left=all_status.count("open"),
            )
        )
        st.button(w("reset"), key="check_reset", on_click=start_over, disabled=not state.check_answers)


def overview() -> None:
    small(w("overview"))
    with st.container(horizontal=True, key="check_overview"):
        for number, name in enumerate(QUESTIONS, 1):
            mark = w(f"status.{status(name)}")
            st.button(
                f"{number} {mark[:1]}".strip(),
                key=f"check_to_{name}",
                on_click=go_to,
                args=(name,),
                type="primary" if name == question.id else "secondary",
                help=w("go_to", number=number, title=w(f"questions.{name}.title"), status=mark and f" ({mark})"),
            )


def values_of(question: Question) -> dict[str, Any]:
    """What the texts of a question can name."""
    experiment, source = question.experiment, DATASETS[question.experiment.dataset]
    settings = asdict(experiment) | {"labels": experiment.labels or source.train_size}
    widths = {"teacher_widths": experiment.teacher_widths, "student_widths": experiment.student_widths}
    settings |= {name: " - ".join(map(str, units)) for name, units in widths.items()}
    settings |= {"classes": source.classes, "train_size": source.train_size, **question.settings}
    return shown.written_settings(w, settings)


def draw_chart(chart: Chart, place: str, key: str) -> None:
    picture = shown.picture(w, chart, place)
    live_chart(picture.figure, text=picture.text, key=key)


def draw_given(study: Study[Given]) -> None:
    if not study.values:
        st.info(frame("waiting"))
        return
    given: Given = study.values[-1]
    scene = question.given.__name__
    if len(given.labels):
        st.html(shown.pictures(w, given))
    small(w(f"given.{scene}.caption", **values, label=given.labels[0] if len(given.labels) else ""))
    if given.chart:
        draw_chart(given.chart, f"given.{scene}", "check_given")


def take(name: str, widget: str) -> None:
    """The answer that the form holds; one without any is told so."""
    if state[widget] is None:
        state.check_unchosen = name
    else:
        give(name, state[widget])


def choose() -> None:
    """The options, or a field for a number, and the buttons that answer. A form: Enter answers."""
    name = question.id
    widget = f"check_{'option' if question.kind == 'choice' else 'number'}_{name}"
    with st.form(f"check_form_{name}", border=False):
        if question.kind == "choice":
            st.radio(
                w("choose"),
                question.options,
                index=None,
                key=widget,
                format_func=lambda option: w(f"questions.{name}.options.{option}"),
            )
        else:
            st.number_input(
                w("number", unit=w(f"questions.{name}.unit")),
                value=None,
                min_value=0.0,
                step=None,
                format="%g",
                key=widget,
                width=260,
            )
            small(w("tolerance", percent=in_percent(w, question.tolerance, 0)))
        with st.container(horizontal=True):
            st.form_submit_button(
                w("answer"), key=f"check_answer_{name}", type="primary", on_click=take, args=(name, widget)
            )
            st.form_submit_button(
                w("show"),
                key=f"check_show_{name}",
                type="tertiary",
                on_click=give,
                args=(name, ""),
            )
    if state.pop("check_unchosen", None) == name:
        st.warning(w("choose_first"))


def text_of(answer: str | float) -> str:
    if isinstance(answer, str):
        return w(f"questions.{question.id}.options.{answer}")
    return w(f"questions.{question.id}.value", value=shown.written(w, str(question.rule), answer))


def draw_verdict(evidence: Evidence) -> None:
    """Right or not, in words and with a sign; what the run says, its numbers, and why."""
    answer, found = state.check_answers[question.id], question.answer(evidence)
    outcome = status(question.id)
    box = {"right": st.success, "wrong": st.warning}.get(outcome, st.info)
    lines = [f"**{w(f'verdict.{outcome}')}** {w('found', answer=text_of(found))}"]
    if outcome == "wrong":
        lines.append(w("yours", answer=text_of(answer)))
    box("\n\n".join(lines))
    place = f"questions.{question.id}"
    st.markdown(w(f"{place}.numbers", **{**values, **shown.written_numbers(w, evidence.numbers)}))
    for name, gap in evidence.differences.items():
        verdict = w("clear") if gap.is_clear else w("unclear")
        what = w(f"{place}.differences.{name}", **values)
        st.markdown("- " + w("difference", what=what, verdict=verdict, **shown.difference(w, gap)))
    for name, mean in evidence.means.items():
        st.markdown("- " + w("mean", what=w(f"{place}.means.{name}", **values), **shown.mean(w, mean)))
    why = w.get(f"{place}.why")
    st.markdown(w("why", what=why if isinstance(why, str) else why[found]))


def draw_run(study: Study[Evidence]) -> None:
    """The run on its way, and when it has ended what it says."""
    evidence: Evidence | None = study.values[-1] if study.values else None
    if status(question.id) != "running" and evidence:
        draw_verdict(evidence)
    else:
        st.info(w("running", percent=in_percent(w, evidence.done if evidence else 0, 0)))
    if evidence:
        draw_chart(evidence.chart, f"questions.{question.id}.chart", f"check_run_{question.id}")
        st.markdown(w("look", what=w(f"questions.{question.id}.look")))


def link() -> None:
    label = w(f"questions.{question.id}.link", **values)
    if question.page == "playground":
        to_playground(question.experiment, label)
    elif question.page == "sweep":
        to_sweep(question.sweep, label)
    else:
        to_page(question.page, label, icon=":material/menu_book:")


def steps() -> None:
    names = list(QUESTIONS)
    at = names.index(question.id)
    with st.container(horizontal=True):
        before, after = names[max(at - 1, 0)], names[min(at + 1, len(names) - 1)]
        st.button(w("previous"), key="check_previous", on_click=go_to, args=(before,), disabled=before == question.id)
        st.button(
            w("next"),
            key="check_next",
            on_click=go_to,
            args=(after,),
            disabled=after == question.id,
            type="primary" if question.id in state.check_outcomes else "secondary",
        )


question = read_address()
values = values_of(question)
settle()
with st.container(width=WIDTH):
    st.title(w("title"))
    st.markdown(w("intro", count=len(QUESTIONS)))
    score()
    overview()
    number = list(QUESTIONS).index(question.id) + 1
    st.header(w("heading", number=number, count=len(QUESTIONS), title=w(f"questions.{question.id}.title")))
    watch(ask(question.given, question.experiment, *question.seen), draw_given)
    st.markdown(f"**{w(f'questions.{question.id}.ask', **values)}**")
    if question.trains:
        small(w("setting_without" if "absent" in values else "setting", **values))
    if question.id in state.check_answers:
        watch(computed(question), draw_run)
        link()
    else:
        choose()
    steps()
    small(w("leaves_out"))
