"""Following a computation: what a page has drawn of it on its way is drawn once more when it has ended."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from kd_core.jobs import Call, OnWorker, Study
from pages.run import study

FUNCTION = OnWorker("pages.learn.check.runs").few


class RerunError(Exception):
    """What `st.rerun` raises."""


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A page's session, and the one study of its service; `beats` is how often what is followed is asked for again."""
    work = Study[Any](call=Call.of(FUNCTION), status="running")

    async def asked(*_: Any) -> Study[Any]:
        return work

    def call(coroutine: Any) -> Study[Any]:
        coroutine.close()
        return work

    def rerun() -> None:
        raise RerunError

    page = SimpleNamespace(work=work, beats=[], session_state={}, rerun=rerun, error=lambda *_, **__: None)

    def draw_again(draw: Callable[[], None], every: float | None) -> None:
        page.beats.append(every)
        page.look = draw
        draw()

    service = SimpleNamespace(call=call, ask=asked, asked=lambda *_: work, failure="")
    monkeypatch.setattr(study, "st", page)
    monkeypatch.setattr(study.jobs, "current", lambda: service)
    monkeypatch.setattr(study, "draw_again", draw_again)
    return page


def ends(work: Study[Any]) -> None:
    work.status = "done"


@pytest.mark.parametrize("ask", [study.ask, study.asked])
def test_a_study_that_ends_between_two_looks_has_the_page_drawn_once_more(page: Any, ask: Any) -> None:
    work = ask(FUNCTION)
    assert work.is_live  # so the page draws it as unfinished
    ends(work)
    with pytest.raises(RerunError):
        study.follow([work], lambda: None)


def test_a_study_that_ends_while_it_is_drawn_has_the_page_drawn_at_the_next_look(page: Any) -> None:
    work = study.ask(FUNCTION)
    study.follow([work], lambda: ends(work))
    assert page.beats == [0.4]
    with pytest.raises(RerunError):
        page.look()


def test_a_study_that_the_page_met_when_it_had_ended_is_drawn_once(page: Any) -> None:
    ends(page.work)
    drawn: list[int] = []
    study.follow([study.ask(FUNCTION)], lambda: drawn.append(1))
    assert (drawn, page.beats) == ([1], [None])


def test_after_a_failure_the_page_does_not_begin_again(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "words", lambda _: lambda *_, **__: "")
    monkeypatch.setattr(study, "language", lambda: "en")
    work = study.ask(FUNCTION)
    work.status, work.message = "failed", "broken"
    study.follow([work], lambda: None)
