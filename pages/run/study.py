"""Computations of explanations on a page: asked for by name, drawn while they go on."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import ParamSpec, TypeVar, cast

import streamlit as st

from kd_core import jobs
from kd_core.jobs import Call, Job, Remote, Study
from pages.ui.again import draw_again
from pages.ui.messages import markdown
from pages.ui.words import language, words

P = ParamSpec("P")
T = TypeVar("T")
J = TypeVar("J", bound=Job)


def ask(function: Callable[P, Iterator[T]], *arguments: P.args, **options: P.kwargs) -> Study[T]:
    """The study of a generator function of an `OnWorker` module; begun if nobody has asked for it yet."""
    service = jobs.current()
    call = Call.of(cast(Remote[P, T], function), *arguments, **options)
    return met(service.call(service.ask(call, viewer())))


def asked(function: Callable[P, Iterator[T]], *arguments: P.args, **options: P.kwargs) -> Study[T] | None:
    """The same, if somebody has asked for it."""
    study = jobs.current().asked(Study, Call.of(cast(Remote[P, T], function), *arguments, **options))
    return met(study) if study else None


def met(work: J) -> J:
    """The work, which the page may draw as unfinished: if it was on its way when the page met it, `follow` knows."""
    work.look()
    if work.is_live:
        st.session_state.setdefault("met_live", set()).add(work.id)
    return work


def viewer() -> str:
    """A name for this session: whose share of the workers its computations use. Nobody else can guess it."""
    return str(st.session_state.setdefault("viewer", secrets.token_hex(16)))


def watch(study: Study[T], draw: Callable[[Study[T]], None]) -> None:
    """`follow` for one study, which is drawn unless it has failed."""
    follow([study], lambda: None if study.status == "failed" else draw(study))


def follow(works: Sequence[Job], draw: Callable[[], None]) -> None:
    """Draw now, and every so often until all have ended; the rest of the page stands still meanwhile.

    Then the whole page runs once more, so that what depends on the results appears, also where a work has ended since
    the page met it; not after a failure, which the page would only begin again.
    """
    met_live: set[str] = st.session_state.get("met_live", set())
    live = any(work.is_live or work.id in met_live for work in works)

    def draw_works() -> None:
        ended = not any(work.is_live for work in works)  # looked at first: what is drawn below is then complete
        for work in works:
            work.look()
        failure = jobs.current().failure or next((work.message for work in works if work.status == "failed"), "")
        if failure:
            st.error(words("frame")("study_failed", message=markdown(failure, language())), icon=":material/error:")
        draw()
        if live and ended and not failure:
            st.rerun()

    draw_again(draw_works, every=0.4 if live else None)
