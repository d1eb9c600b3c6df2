"""Explaining pages without a browser, inside the frame that visitors see."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from kd_core import Experiment, Snapshot
from kd_core.jobs import Call, Jobs, Run, Study
from pages.ui.links import SCRIPTS

Learn = Callable[..., AppTest]


@pytest.fixture
def learn(service: Jobs) -> Learn:
    """Opens an explaining page by its file's name, in a language, with predictions made; waits for its studies."""

    def open_page(name: str, *, lang: str = "", guesses: dict[str, str] | None = None, **query: str) -> AppTest:
        page = AppTest.from_file(Path("pages/navigation.py").resolve(), default_timeout=60)
        if lang:
            query["lang"] = lang
        for field, value in query.items():
            page.query_params[field] = value
        if guesses:
            page.session_state["guesses"] = dict(guesses)
        return settle(page.run().switch_page(SCRIPTS[name]).run(), service)

    return open_page


def data_of(page: AppTest, component: str) -> list[Any]:
    """What every component of that name on the page was given to show, in the page's order."""
    found = [element.proto for element in page.get("bidi_component")]
    return [json.loads(proto.json) for proto in found if proto.component_name == component]


def text(page: AppTest) -> str:
    """All Markdown of the page."""
    return "\n".join(element.value for element in page.markdown)


def links(page: AppTest) -> dict[str, dict[str, str]]:
    """Label of every link to a page -> the query that it opens."""
    return {link.proto.label: dict(parse_qsl(link.proto.query_string)) for link in page.get("page_link")}


def default_run(service: Jobs) -> Run:
    """The run of the default experiment, which most pages show."""
    return service.call(service.open(Experiment()))


def ends(run: Run) -> dict[str, Snapshot]:
    """The last snapshot of each phase."""
    return {snapshot.phase: snapshot for snapshot in run.snapshots}


def study_of(service: Jobs, function: Any, *arguments: Any) -> Study[Any]:
    """The study of this function of an `OnWorker` module, which somebody must have asked for."""
    study = service.asked(Study, Call.of(function, *arguments))
    assert study is not None
    return study


def settle(page: AppTest, service: Jobs) -> AppTest:
    """Wait until all studies and runs that anybody has asked for have ended; draw the page once more."""
    assert not page.exception, page.exception
    for study in service.all(Study):
        service.call(service.ended(study), timeout=120)
    for run in service.all(Run):
        service.call(service.until(run, lambda run=run: not run.is_live or run.is_paused), timeout=60)
    page.run()
    assert not page.exception, page.exception
    return page
