"""Computations of explanations on a page: asked for by name, drawn while they go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from kd_core import jobs
from kd_core.jobs import Run, Study
from pages.ui.again import draw_again
from pages.ui.words import words


def ask(function: str, *arguments: Any) -> Study:
    """The study "kd_core.module.generator" with these arguments; begun if nobody has asked for it yet."""
    service = jobs.current()
    return service.call(service.study(function, *arguments))


def watch(study: Study, draw: Callable[[Study], None]) -> None:
    """`follow` for one study, which is drawn unless it has failed."""
    follow([study], lambda: None if study.status == "failed" else draw(study))


def follow(works: Sequence[Run] | Sequence[Study], draw: Callable[[], None]) -> None:
    """Draw now, and every so often until all have ended; the rest of the page stands still meanwhile.

    Then the whole page runs once more, so that what depends on the results appears; not after a failure, which the
    page would only begin again.
    """
    live = any(work.is_live for work in works)

    def draw_works() -> None:
        ended = not any(work.is_live for work in works)  # looked at first: what is drawn below is then complete
        failure = jobs.current().failure or next((work.message for work in works if work.status == "failed"), "")
        if failure:
            st.error(words("frame")("study_failed", message=failure), icon=":material/error:")
        draw()
        if live and ended and not failure:
            st.rerun()

    draw_again(draw_works, every=0.4 if live else None)
