"""What becomes of an uploaded file of answers: read once for each data set, one file at a time, a few in memory."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import NamedTuple

import streamlit as st

from kd_core import mnist
from kd_core.answers import store, upload
from kd_core.answers.preview import Preview, preview
from kd_core.answers.rows import is_large, rows_as_csv, rows_as_parquet
from kd_core.answers.table import Answers
from kd_core.data import DataError
from kd_core.experiment import Experiment
from kd_core.messages import Message

SNIPPETS = ("sklearn", "torch", "http")
KEPT = 4  # in memory, of all visitors together: each may be some megabytes
_FOLDER = Path(__file__).with_name("snippets")
_reading = Lock()


class Read(NamedTuple):
    """Answers that can be used, what is odd about them, and the name by which links would know them."""

    answers: Answers
    warnings: tuple[Message, ...]
    name: str


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def check(file_id: str, title: str, query: str, _content: bytes) -> Read | Message:
    """The answers of a file for the data of this experiment, or why it can't be used."""
    try:
        with _reading:
            found = upload.read(_content, title, Experiment.from_query(query))
    except DataError as problem:
        message: Message = problem.args[0]
        return message
    return Read(*found, store.name_of(found.answers))


def kept(name: str) -> Read | Message:
    """Answers that this server holds, or that it does not."""
    try:
        store.require(name)
        return Read(store.read(name), (), name)
    except DataError as problem:
        message: Message = problem.args[0]
        return message


@st.cache_resource(max_entries=4 * KEPT, show_spinner=False)
def look(name: str, query: str, _answers: Answers) -> Preview:
    """What is shown of them."""
    experiment = Experiment.from_query(query)
    return preview(_answers, experiment.load_data(), experiment.teacher_clip)


def is_here(dataset: str) -> bool:
    """Whether nothing has to be fetched: that is done by whoever trains, not by the process that draws pages."""
    name = dataset.removesuffix("28")
    return name not in mnist.NAMES or mnist.is_here(name)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def rows_of(query: str) -> bytes:
    """The file of rows: text, or where they are many Parquet."""
    experiment = Experiment.from_query(query)
    return rows_as_parquet(experiment) if is_large(experiment) else rows_as_csv(experiment)


def rows_name(experiment: Experiment) -> str:
    """What that file is called."""
    return "rows.parquet" if is_large(experiment) else "rows.csv"


def snippet(name: str, experiment: Experiment) -> str:
    """A short program that scores the rows."""
    text = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return text.replace('read_csv("rows.csv")', 'read_parquet("rows.parquet")') if is_large(experiment) else text
