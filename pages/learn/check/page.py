"""Check yourself: questions whose answers are computed when they are asked for, and what to read again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from kd_core.data import DATASETS
from kd_core.jobs import Study
from pages.learn.check import figures as shown
from pages.learn.check.questions import QUESTIONS, Chart, Evidence, Given, Question
from pages.run.study import ask, watch
from pages.ui.address import held, hold, option, page_fields
from pages.ui.chart import live_chart
from pages.ui.heading import heading
from pages.ui.links import PATH, to_page, to_playground, to_sweep
from pages.ui.memory import remembered
from pages.ui.numbers import in_percent
from pages.ui.style import style_of
from pages.ui.terms import prose
from pages.ui.words import words

STYLE = style_of(Path(__file__).with_name("page.css"))
RESULT = "result"  # what stands behind the last question
PLACES = (*QUESTIONS, RESULT)
AT = option("check", "question", PLACES)

w, frame, state = words("check"), words("frame"), st.session_state


def key_of(name: str) -> str:
    """Under which an answer is remembered: what was answered, as text; "" is "show me"."""
    return f"check_{name}"


def computed(question: Question) -> Study[Evidence]:
    """The computation that brings a question's evidence."""
    return ask(*question.computation)


def status(name: str) -> str:
    """How a question stands: an answer is judged by its run whenever somebody looks, and not before that has ended."""
    question, text = QUESTIONS[name], remembered().get(key_of(name))
    if text is None:
        return "open"
    study = computed(question)
    if study.status != "done":
        return "running"
    answer = question.read(text)
    if answer == "":
        return "shown"
    if question.answer(study.values[-1]) is None:
        return "moot"
    return "right" if question.is_right(answer, study.values[-1]) else "wrong"


def take_sent() -> None:
    """The sender of the link may have let an answer go along: it is about the question of the link."""
    fields, name = page_fields(), held(AT)
    sent, about = fields.get("guess", [""])[-1], fields.get(AT.name, [PLACES[0]])[-1]
    is_news = about == name and name in QUESTIONS and key_of(name) not in remembered()
    if is_news and QUESTIONS[name].read(sent) != "":
        remembered()[key_of(name)] = sent


def go_to(name: str) -> None:
    state[AT.key] = name


def give(name: str, answer: str | float) -> None:
    remembered()[key_of(name)] = str(answer)


def take(name: str, widget: str) -> None:
    """The answer that the form holds; one without any is told so."""
    if state[widget] is None:
        state.check_unchosen = name
    else:
        give(name, state[widget])


def start_over() -> None:
    for name in QUESTIONS:
        remembered().pop(key_of(name), None)
    go_to(PLACES[0])


def overview() -> None:
    """A button for every question, with its mark, and the score."""
    with st.container(horizontal=True, key="check_overview", vertical_alignment="center"):
        for number, name in enumerate(QUESTIONS, 1):
            mark = w(f"status.{stands[name]}")
            st.button(
                f"{number} {mark[:1]}".strip(),
                key=f"check_to_{name}",
                on_click=go_to,
                args=(name,),
                type="primary" if name == at else "secondary",
                help=w("go_to", number=number, title=w(f"questions.{name}.title"), status=mark and f" ({mark})"),
            )
        st.button(
            w("result.button"),
            key=f"check_to_{RESULT}",
            on_click=go_to,
            args=(RESULT,),
            type="primary" if at == RESULT else "secondary",
        )
        st.markdown(score(), width="content")


def score() -> str:
    marks = list(stands.values())
    right, left, moot = (marks.count(mark) for mark in ("right", "open", "moot"))
    told = w("score", right=right, answered=len(marks) - left - moot, left=left)
    return f"{told} {w('moot', count=moot)}" if moot else told


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


def draw_given(question: Question, study: Study[Given]) -> None:
    """What the question shows; where that is no chart, the empty one of its run, until there is an answer."""
    answered, scene = key_of(question.id) in remembered(), question.given.__name__
    if not study.values:
        empty = shown.empty(w, f"given.{scene}")
        live_chart(empty.figure, text=empty.text, key="check_waiting")
        st.caption(frame("waiting"))
        return
    given = study.values[-1]
    with st.container(horizontal=len(given.labels) == 1, key="check_given"):
        if len(given.labels):
            st.html(shown.pictures(w, given), width="content" if len(given.labels) == 1 else "stretch")
        if given.chart:
            draw_chart(given.chart, f"given.{scene}", "check_given_chart")
    label = given.labels[0] if len(given.labels) else ""
    st.caption(w(f"given.{scene}.caption", **values_of(question), label=label))
    if not given.chart and not answered:
        empty = shown.empty(w, f"questions.{question.id}.chart")
        live_chart(empty.figure, text=empty.text, key="check_empty")


def draw_run(question: Question, study: Study[Evidence]) -> None:
    """The run on its way, or done."""
    if study.values:
        draw_chart(study.values[-1].chart, f"questions.{question.id}.chart", f"check_run_{question.id}")
        st.caption(w("look", what=w(f"questions.{question.id}.look")))


def choose(question: Question) -> None:
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
            st.caption(w("tolerance", percent=in_percent(w, question.tolerance, 0)))
        with st.container(horizontal=True):
            st.form_submit_button(
                w("answer"), key=f"check_answer_{name}", type="primary", on_click=take, args=(name, widget)
            )
            st.form_submit_button(w("show"), key=f"check_show_{name}", type="tertiary", on_click=give, args=(name, ""))
    if state.pop("check_unchosen", None) == name:
        st.warning(w("choose_first"))


def draw_verdict(question: Question, study: Study[Evidence]) -> None:
    """Right or not, in words and with a sign; what the run says, its numbers, and why; no verdict before its end."""
    outcome = status(question.id)
    if outcome == "running":
        st.info(w("running", percent=in_percent(w, study.values[-1].done if study.values else 0, 0)))
        return
    evidence, values, place = study.values[-1], values_of(question), f"questions.{question.id}"

    def text_of(answer: str | float | None) -> str:
        if answer is None:
            return w("flips.answer")
        if isinstance(answer, str):
            return w(f"{place}.options.{answer}")
        return w(f"{place}.value", value=shown.written(w, str(question.rule), answer))

    found = question.answer(evidence)
    box = {"right": st.success, "wrong": st.warning}.get(outcome, st.info)
    lines = [f"**{w(f'verdict.{outcome}')}** {w('found', answer=text_of(found))}"]
    if outcome in ("wrong", "moot"):
        lines.append(w("yours", answer=text_of(question.read(remembered()[key_of(question.id)]))))
    box("\n\n".join(lines))
    st.markdown(w(f"{place}.numbers", **{**values, **shown.written_numbers(w, evidence.numbers)}))
    for name, gap in evidence.differences.items():
        verdict = w("clear" if gap.holds else "flips.difference" if gap.is_clear else "unclear")
        what = w(f"{place}.differences.{name}", **values)
        st.markdown("- " + w("difference", what=what, verdict=verdict, **shown.difference(w, gap)))
    for name, mean in evidence.means.items():
        st.markdown("- " + w("mean", what=w(f"{place}.means.{name}", **values), **shown.mean(w, name, mean)))
    if evidence.collapsed:
        st.markdown(w("collapsed", count=evidence.collapsed))
    why = w.get(f"{place}.why")
    st.markdown(w("why", what=w("flips.why") if found is None else why if isinstance(why, str) else why[found]))


def link(question: Question) -> None:
    label = w(f"questions.{question.id}.link", **values_of(question))
    if question.page == "playground":
        to_playground(question.experiment, label)
    elif question.page == "sweep":
        to_sweep(question.sweep, label)
    else:
        to_page(question.page, label, icon=":material/menu_book:")


def steps() -> None:
    place = PLACES.index(at)
    before, after = PLACES[max(place - 1, 0)], PLACES[min(place + 1, len(PLACES) - 1)]
    answered = at != RESULT and stands[at] not in ("open", "running")
    with st.container(horizontal=True, key="check_steps"):
        st.button(w("previous"), key="check_previous", on_click=go_to, args=(before,), disabled=before == at)
        st.button(
            w("next"),
            key="check_next",
            on_click=go_to,
            args=(after,),
            disabled=after == at,
            type="primary" if answered else "secondary",
        )


def card(question: Question) -> None:
    """The figure at the left, the question and its answer beside it."""
    answered, values = key_of(question.id) in remembered(), values_of(question)
    with st.container(border=True, key="check_card"):
        figure, answer = st.columns([1.35, 1], gap="large")
        with figure:
            if answered:
                watch(computed(question), lambda study: draw_run(question, study))
            given = ask(question.given, question.experiment, *question.seen)
            watch(given, lambda study: draw_given(question, study))
        with answer:
            number = list(QUESTIONS).index(question.id) + 1
            title = w(f"questions.{question.id}.title")
            st.header(w("heading", number=number, count=len(QUESTIONS), title=title), anchor=False)
            with st.container(key="check_ask"):
                st.markdown(f"**{w(f'questions.{question.id}.ask', **values)}**")
            if question.trains:
                prose(w("setting_without" if "absent" in values else "setting", **values), small=True)
            if answered:
                watch(computed(question), lambda study: draw_verdict(question, study))
                link(question)
            else:
                choose(question)
            steps()


def result() -> None:
    """The score, every question's mark, and the pages to read again."""
    again = {name for name, mark in stands.items() if mark in ("wrong", "shown")}
    with st.container(border=True, key="check_card"):
        marks, pages = st.columns([1, 1], gap="large")
        with marks:
            st.html(shown.tally(w, stands))
        with pages:
            st.header(w("result.title"), anchor=False)
            st.markdown(score())
            unanswered = [name for name, mark in stands.items() if mark in ("open", "running")]
            st.markdown(w("result.again") if again else w("result.left") if unanswered else w("result.all_right"))
            for page in PATH:
                titles = [w(f"questions.{name}.title") for name in again if QUESTIONS[name].learn == page]
                if titles:
                    to_page(page, f"**{frame(f'pages.{page}')}**: {', '.join(titles)}", icon=":material/menu_book:")
            answered = any(key_of(name) in remembered() for name in QUESTIONS)
            st.button(w("reset"), key="check_reset", on_click=start_over, disabled=not answered)
            steps()


take_sent()
at = held(AT)
stands = {name: status(name) for name in QUESTIONS}
st.html(STYLE)
heading("check", guess=key_of(at))
overview()
if at == RESULT:
    result()
else:
    card(QUESTIONS[at])
prose(w("intro", count=len(QUESTIONS)), small=True)
st.caption(w("leaves_out"))
hold(AT)
