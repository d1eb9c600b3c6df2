"""Bring the teacher's answers: rows to be scored go out, a table of answers comes in, and students learn from it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from kd_core.answers import store
from kd_core.answers.preview import Preview
from kd_core.answers.table import data_of
from kd_core.data import DATASETS, DataError
from kd_core.experiment import SETTINGS, Experiment
from kd_core.messages import Message
from kd_core.own.limits import LIMITS
from kd_core.sweeps.grid import Sweep
from pages.lab.answers import figures
from pages.lab.answers.reading import SNIPPETS, Read, check, is_here, kept, look, rows_name, rows_of, snippet
from pages.run.session import meet
from pages.run.settings import data_name, is_known
from pages.ui.address import Field, held, hold, measure, place, set_widget
from pages.ui.chart import live_chart
from pages.ui.figures import Picture
from pages.ui.heading import heading
from pages.ui.layout import stage
from pages.ui.links import to_playground, to_sweep
from pages.ui.messages import markdown, plain
from pages.ui.numbers import count, in_percent
from pages.ui.select import Select
from pages.ui.style import style_of
from pages.ui.words import language, words

TEMPERATURES = (1.0, 2.0, 4.0, 8.0)  # of the sweep
w = words("answers")
state = st.session_state


def read_dataset(text: str) -> str:
    if not is_known(text):
        raise ValueError(", ".join(DATASETS))
    return text


def read_seed(text: str) -> int:
    try:
        return int(SETTINGS["seed"].parse(text))
    except ValueError:
        raise ValueError(f"0 … {SETTINGS['seed'].high:.0f}") from None


def read_name(text: str) -> str:
    if not store.is_name(text):
        raise ValueError(f"{store.PREFIX}…")
    return text


DATASET = Field("answers_dataset", "dataset", Experiment().dataset, read_dataset)
SEED = Field("answers_seed", "seed", 0, read_seed)
FILE = Field("answers_file", "teacher_file", "", read_name)
LOW, HIGH = SETTINGS["temperature"].low, SETTINGS["temperature"].high
TEMPERATURE = measure("answers", "temperature", 1.0, LOW, HIGH)


def complain(message: str) -> None:
    st.error(markdown(message, language()), icon=":material/error:")


# The data


def data_select() -> Select:
    known = dict.fromkeys((*DATASETS, *state.get("own_sets", ()), held(DATASET)))
    return Select(DATASET.key, tuple(name for name in known if is_known(name)), data_name)


def forget_file() -> None:
    """Answers are for the rows of one data set and seed."""
    set_widget(FILE.key, "")
    set_widget(TEMPERATURE.key, TEMPERATURE.default)


def choose_data() -> None:
    seed = held(SEED)
    with st.container(horizontal=True, vertical_alignment="bottom", key="answers_data"):
        data_select().show(w("dataset"), on_change=forget_file, width=260)
        st.number_input(
            w("seed"), 0, 2**31 - 1, seed, 1, key=SEED.key, help=w("seed_help"), width=140, on_change=forget_file
        )


def offer_rows(experiment: Experiment) -> None:
    """The file of rows, which is made when it is asked for, and programs that score it."""
    source, name = experiment.source, rows_name(experiment)
    if not is_here(experiment.dataset):
        st.info(w("not_fetched"))
        to_playground(experiment, w("open.fetch"))
        return

    def made() -> bytes:
        return rows_of(query_of(experiment))

    st.markdown(
        w("rows", train=count(source.train_size), test=count(source.test_size), features=count(source.features))
    )
    st.download_button(
        w("download", file=name), made, name, "application/octet-stream", icon=":material/download:", on_click="ignore"
    )
    for tab, which in zip(st.tabs([w(f"snippets.{which}") for which in SNIPPETS]), SNIPPETS, strict=True):
        tab.code(snippet(which, experiment), language=None, wrap_lines=True)  # colours of its own are too pale
    st.caption(w("no_code"))


# The answers


def draw(shown: Picture, key: str) -> None:
    live_chart(shown.figure, text=shown.text, key=f"answers_chart_{key}")


def example_field(examples: int) -> Field[int]:
    return place("answers", "example", 0, examples)


def show(seen: Preview, experiment: Experiment) -> None:
    """Figures: sure and right, one row, and class by class."""
    names = experiment.source.class_names
    st.markdown(w("reliability.title"))
    draw(figures.reliability(w, seen), "reliability")
    example = example_field(len(seen.examples))
    st.markdown(w("one.title"))
    with st.container(horizontal=True, key="answers_one"):
        st.slider(w("one.example"), 0, len(seen.examples) - 1, held(example), key=example.key, width=220)
        st.slider(w("one.temperature"), LOW, HIGH, held(TEMPERATURE), 0.5, key=TEMPERATURE.key)
    at = held(example)
    label = names[int(seen.labels[at])]
    if image := figures.picture_of(seen, experiment.source, at, ink=experiment.dataset in DATASETS):
        st.html(f'<img class="kd-answers-row" src="{image}" alt="{escape(w("one.label", label=label))}">')
    st.caption(
        w("one.label", label=plain(label))
        if experiment.source.image
        else w("one.label_of", label=plain(label), numbers=figures.numbers_of(w, seen, at))
    )
    draw(figures.one_row(w, seen, names, at, held(TEMPERATURE)), "one")
    st.markdown(w("classes.title"))
    draw(figures.classes(w, seen, names), "classes")


def tell(read: Read, seen: Preview) -> None:
    """What the answers are, and what is odd about them."""
    about = read.answers.about
    st.markdown(
        w(
            "facts",
            title=plain(about.title),
            rows=count(about.rows),
            classes=len(about.class_names),
            kind=w(f"kinds.{about.kind}"),
            train=in_percent(w, seen.train_accuracy),
            test=in_percent(w, seen.test_accuracy),
        )
    )
    st.caption(w(f"rule.{about.kind}"))
    for warning in read.warnings:
        st.warning(markdown(warning, language()), icon=":material/warning:")


def use(read: Read) -> None:
    """Keep the answers, and let the page's link name them."""
    try:
        store.save(read.answers)
    except DataError as problem:
        state.answers_not_kept = problem.args[0]
        return
    set_widget(FILE.key, read.name)


def offer(read: Read) -> None:
    """To be kept, which nothing is before one says so."""
    st.button(w("use"), key="answers_use", type="primary", icon=":material/check:", on_click=use, args=(read,))
    st.caption(w("public"))
    if message := state.pop("answers_not_kept", None):
        complain(message)


def show_kept(read: Read, experiment: Experiment) -> None:
    """Where students can learn from them."""
    asked = experiment.replace(teacher_kind="file", teacher_file=read.name)
    if read.answers.about.kind == "probabilities":
        asked = asked.replace(temperature=1.0)  # their logits are logarithms, of which a high T makes much
    st.markdown(w("kept"))
    with st.container(horizontal=True, vertical_alignment="center", key="answers_open"):
        to_playground(asked, w("open.playground"))
        to_sweep(Sweep(asked, (("temperature", TEMPERATURES),)), w("open.sweep"))
    st.caption(f"{w('public')} {w('again')}")


def query_of(experiment: Experiment) -> str:
    """Of the data alone: whatever else a link says, rows and answers are the same."""
    return f"{data_of(experiment)}&splits=1"


def experiment_of() -> Experiment:
    """What a link to this data starts from, on one split, with this seed."""
    found, _ = Experiment.read({"dataset": held(DATASET), "seed": str(held(SEED)), "splits": "1"})
    return found


def read_file(experiment: Experiment) -> Read | Message | None:
    """What was uploaded, or else what the link names; nothing where the rows themselves are not here yet."""
    if not is_here(experiment.dataset):
        return None
    if file is not None:
        with st.spinner(w("reading")):
            return check(file.file_id, file.name, query_of(experiment), file.getvalue())
    return kept(held(FILE)) if held(FILE) else None


st.html(style_of(Path(__file__).with_suffix(".css")))
heading("answers")
data_select().settle()
if not is_known(held(DATASET)):  # data of one's own can be taken away at any time
    set_widget(DATASET.key, DATASET.default)
meet(held(DATASET))
choose_data()
experiment = experiment_of()
figure, text = stage("answers")
with text:
    file = st.file_uploader(w("file"), key="answers_upload")
    st.caption(w("limits", megabytes=LIMITS.file // 10**6, classes=experiment.source.classes))
    found, asked = read_file(experiment), held(FILE)
    if isinstance(found, Read) and found.answers.about.data != data_of(experiment):
        found = Message("answers_other_data", data=found.answers.about.data, wanted=data_of(experiment))
    if isinstance(found, Message):
        complain(found)
fields: tuple[Field[Any], ...] = (DATASET, SEED, FILE)
if isinstance(found, Read):
    if asked != found.name and store.held(asked):
        set_widget(FILE.key, "")  # the link is of what is on the page
        asked = ""
    seen = look(found.name, query_of(experiment), found.answers)
    with text:
        tell(found, seen)
        if asked == found.name and store.held(asked):
            show_kept(found, experiment)
        else:
            offer(found)
            if asked and asked != found.name:
                complain(Message("answers_not_held"))
                st.caption(w("other"))
        with st.expander(w("rows_header")):
            offer_rows(experiment)
    with figure:
        show(seen, experiment)
    fields = (*fields, TEMPERATURE, example_field(len(seen.examples)))
else:
    with figure:
        offer_rows(experiment)
hold(*fields)
