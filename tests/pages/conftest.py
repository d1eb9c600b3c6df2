"""Pages without a browser: AppTest, on real training workers that all tests of this folder share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from kd_core import jobs
from kd_core.jobs import Jobs
from tests.pages.explaining import learn  # noqa: F401  (a fixture)


@pytest.fixture(scope="session")
def service() -> Iterator[Jobs]:
    with jobs.serve_in_thread(workers=1) as service:  # of two, each would train the teachers that pages share
        yield service


@pytest.fixture
def playground(service: Jobs) -> Iterator[Callable[[str], AppTest]]:
    """Opens the playground with a query string and waits until its run has ended."""

    def open_page(query: str = "") -> AppTest:
        page = AppTest.from_file(Path("pages/lab/playground/page.py").resolve(), default_timeout=60)
        for pair in query.split("&"):
            if pair:
                name, value = pair.split("=", 1)
                page.query_params[name] = value
        return settle(page.run(), service)

    st.cache_resource.clear()
    yield open_page
    st.cache_resource.clear()


def settle(page: AppTest, service: Jobs) -> AppTest:
    """Wait until the run on screen has ended or is held, and draw the page once more."""
    assert not page.exception, page.exception
    run = page.session_state.run
    service.call(service.until(run, lambda: not run.is_live or run.is_paused), timeout=60)
    return page.run()


def of_another_default(page: AppTest) -> list[str]:
    """Widgets that a browser could show, and report, with another value than the session's: see config.toml."""
    single = [*page.number_input, *page.text_input, *page.toggle]
    return [
        *(str(slider.key) for slider in page.slider if list(slider.proto.default) != [slider.value]),
        *(str(box.key) for box in page.selectbox if box.options[box.proto.default] != box.format_func(box.value)),
        *(str(widget.key) for widget in single if widget.proto.default != widget.value),
    ]
