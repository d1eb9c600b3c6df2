"""Computations of explanations on a page: asked for by name, drawn while they go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from kd_core import jobs
from kd_core.jobs import Study
from pages.ui.words import words


def ask(function: str, *arguments: Any) -> Study:
    """The study "kd_core.module.generator" with these arguments; begun if nobody has asked for it yet."""
    service = jobs.current()
    return service.call(service.study(function, *arguments))


def watch(study: Study, draw: Callable[[Study], None]) -> None:
    """Draw a study now, and twice a second until it has ended; the rest of the page stands still meanwhile.

    When it ends the whole page runs once more, so that what depends on the result appears.
    """
    live = study.is_live

    @st.fragment(run_every=0.5 if live else None)
    def fragment() -> None:
        ended = not study.is_live  # looked at first: what is drawn below is then complete
        if study.status == "failed":
            st.error(words("frame")("study_failed", message=study.message), icon=":material/error:")
        else:
            draw(study)
        if live and ended:
            st.rerun()

    fragment()
