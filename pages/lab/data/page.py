"""Your data: a file becomes a data set that the lab can use, and a link that names it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kd_core.data import DataError, source_of
from kd_core.messages import Message
from kd_core.own.features import feature_count
from kd_core.own.limits import LIMITS, SIDES
from kd_core.own.prepared import held as is_held
from kd_core.own.prepared import save
from kd_core.own.source import digest_in, name_of
from kd_core.own.upload import Preview, preview
from pages.lab.data import figures
from pages.lab.data.reading import ROWS, Choices, Made, Seen, file_name, is_name, kept, make, see, whole
from pages.run.session import meet
from pages.ui.address import Field, held, hold, set_widget
from pages.ui.heading import heading
from pages.ui.layout import stage
from pages.ui.links import to_page
from pages.ui.messages import markdown, plain
from pages.ui.numbers import count
from pages.ui.style import style_of
from pages.ui.words import language, words

NAMED = 12  # columns
w = words("data")
state = st.session_state


def read_name(text: str) -> str:
    if not is_name(text):
        raise ValueError(f"{name_of('')}…")
    return text


DATASET = Field("data_dataset", "dataset", "", read_name)


def complain(message: str) -> None:
    st.error(markdown(message, language()), icon=":material/error:")


# The file


def limits() -> str:
    return w(
        "limits",
        megabytes=LIMITS.file // 10**6,
        rows=count(LIMITS.rows),
        columns=LIMITS.columns,
        examples=LIMITS.least_examples,
        least=LIMITS.least_of_class,
        classes=LIMITS.classes,
    )


def begin(file: UploadedFile, seen: Seen) -> None:
    """Another file begins with its own suggestions."""
    if state.get("data_file_id") != file.file_id:
        state.data_file_id = file.file_id
        chosen = Choices(seen.label)
        for name in Choices._fields:
            set_widget(f"data_{name}", getattr(chosen, name))
    for name, value in Choices(seen.label)._asdict().items():
        state.setdefault(f"data_{name}", value)
    if seen.columns and state.data_label not in seen.columns:
        state.data_label = seen.label or seen.columns[-1]
    if state.data_side not in SIDES:
        state.data_side = Choices().side


def choose(seen: Seen) -> Choices:
    """What is to be chosen of a table or of images; of prepared data nothing is."""
    if seen.kind == "table":
        at = seen.columns.index(state.data_label)
        st.selectbox(w("label"), seen.columns, at, key="data_label", help=w("label_help"))
        return Choices(state.data_label)
    if seen.kind == "images":
        st.radio(
            w("side"),
            SIDES,
            SIDES.index(state.data_side),
            key="data_side",
            horizontal=True,
            format_func=lambda side: f"{side} × {side}",
            help=w("side_help"),
        )
        st.toggle(w("colour"), state.data_colour, key="data_colour")
        return Choices(side=state.data_side, colour=state.data_colour)
    return Choices()


# What it holds


def show_rows(rows: figures.Rows) -> None:
    config = {
        str(place): st.column_config.TextColumn(name, alignment="right" if place in rows.numbers else "left")
        for place, name in enumerate(rows.names)
    }
    with st.container(key="data_rows"):
        st.dataframe(rows.cells, hide_index=True, column_config=config)


def show(shown: Preview) -> None:
    st.html(figures.balance(w, shown))
    if shown.about.kind == "table":
        st.caption(w("rows", count=len(shown.rows)))
        show_rows(figures.used_rows(w, shown))


def tell(shown: Preview) -> None:
    """What the data is, and what was left out of it."""
    about = shown.about
    st.markdown(
        w(
            "facts",
            title=plain(about.title),
            examples=count(about.examples),
            classes=len(about.class_names),
            inputs=count(feature_count(about)),
        )
    )
    if about.kind == "table":
        first = len(about.columns) - len(about.values)
        for kind, names in (("numbers", about.columns[:first]), ("categories", about.columns[first:])):
            if names:
                st.markdown(w(f"columns.{kind}", count=len(names), names=in_a_row(names)))
    else:
        side, _, channels = about.shape
        st.markdown(w("images.grey" if channels == 1 else "images.colour", side=side))
    if shown.dropped:
        reasons = "\n".join(f"- {markdown(reason, language())}" for reason in shown.dropped)
        st.markdown(f"{w('dropped')}\n\n{reasons}")


def in_a_row(names: tuple[str, ...]) -> str:
    more = f", {w('more', count=len(names) - NAMED)}" if len(names) > NAMED else ""
    return ", ".join(map(plain, names[:NAMED])) + more


# Kept


def use(made: Made) -> None:
    """Keep the data, and let the page's link name it."""
    try:
        save(made.prepared)
    except DataError as problem:
        state.data_not_kept = problem.args[0]
        return
    set_widget(DATASET.key, made.name)


def offer(made: Made) -> None:
    """To be kept, which nothing is before one says so."""
    st.button(w("use"), key="data_use", type="primary", icon=":material/check:", on_click=use, args=(made,))
    st.caption(w("public"))
    if message := state.pop("data_not_kept", None):
        complain(message)


def show_kept(made: Made) -> None:
    """Where it can be used, and the whole of it as one file."""
    source = source_of(made.name)
    meet(made.name)
    st.markdown(w("kept", train=count(source.train_size), test=count(source.test_size)))
    with st.container(horizontal=True, vertical_alignment="center", key="data_open"):
        to_page("playground", w("open.playground"), icon=":material/play_arrow:", dataset=made.name)
        to_page("sweep", w("open.sweep"), icon=":material/grid_on:", dataset=made.name)
    content, kind = whole(made.name, made.prepared), "application/octet-stream"
    st.download_button(
        w("download"), content, file_name(source.title), kind, icon=":material/download:", on_click="ignore"
    )
    st.caption(f"{w('public')} {w('again')}")


st.html(style_of(Path(__file__).with_suffix(".css")))
heading("data")
file = st.file_uploader(w("file"), key="data_file")
st.caption(limits())
complaints = st.container()
asked = held(DATASET)
is_here = is_held(digest_in(asked))
seen: Seen | Message | None = None
made: Made | Message | None = None
if file is not None:
    with st.spinner(w("reading")):
        seen = see(file.file_id, file.name, file.getvalue())
if isinstance(seen, Message):
    with complaints:
        complain(seen)
if file is not None and isinstance(seen, Seen):
    begin(file, seen)
    figure, choices = stage("data")
    with choices:
        chosen = choose(seen)
        with st.spinner(w("reading")):
            made = make(file.file_id, file.name, chosen, file.getvalue())
        if isinstance(made, Message):
            complain(made)
    if isinstance(made, Message) and seen.rows:
        with figure:
            st.caption(w("file_rows", count=len(seen.rows)))
            show_rows(figures.file_rows(seen.columns, seen.rows))
elif is_here:
    figure, choices = stage("data")
    with suppress(DataError):  # taken away at this moment, or damaged and so taken away
        made = kept(asked)
is_here = is_held(digest_in(asked))
if isinstance(made, Made):
    if is_here and made.name != asked:
        set_widget(DATASET.key, "")  # the link is of what is on the page
    shown = preview(made.prepared, ROWS)
    with figure:
        show(shown)
    with choices:
        tell(shown)
        if is_here and made.name == asked:
            show_kept(made)
        else:
            offer(made)
if asked and not is_here and not (isinstance(made, Made) and made.name == asked):
    with complaints:  # the link stays as it is: the right file can still come
        complain(Message("own_not_held"))
        if isinstance(made, Made):
            st.caption(w("other"))
hold(DATASET)
