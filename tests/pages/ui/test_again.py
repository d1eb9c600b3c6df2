"""Parts of a page that draw themselves again: when the beat goes on, and when the whole page is drawn once more."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from pages.ui import again


class State(dict[str, Any]):
    """A session's state: names as items and as attributes."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


class RerunError(Exception):
    """What `st.rerun` raises."""


class Page:
    """A page of one part, with a clock of its own instead of Streamlit's."""

    def __init__(self, every: float | None) -> None:
        self.every, self.now, self.beats, self.drawn = every, 100.0, list[dict[str, Any]](), 0
        self.st = SimpleNamespace(session_state=State(), fragment=self.keep, rerun=self.rerun)
        self.part: Callable[[], None] = self.draw

    def keep(self, part: Callable[[], None]) -> Callable[[], None]:
        self.part = part
        return part

    def rerun(self) -> None:
        raise RerunError

    def draw(self) -> None:
        self.drawn += 1

    def run(self) -> Page:
        again.page_begins()
        again.draw_again(self.draw, self.every)
        again.page_ends()
        return self

    def beat_after(self, seconds: float) -> None:
        self.now += seconds
        self.part()


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[[float | None], Page]:
    def open_page(every: float | None) -> Page:
        page = Page(every)
        monkeypatch.setattr(again, "st", page.st)
        monkeypatch.setattr(again, "time", SimpleNamespace(monotonic=lambda: page.now))
        monkeypatch.setattr(again, "_component", lambda **given: page.beats.append(given))
        return page.run()

    return open_page


Open = Callable[[float | None], Page]


def test_a_part_that_goes_on_beats_with_every_drawing(open_page: Open) -> None:
    page = open_page(0.1)
    page.beat_after(1)
    page.beat_after(0.1)
    assert page.drawn == len(page.beats) == 3
    assert {beat["key"] for beat in page.beats} == {"beat_0"}
    assert [beat["data"]["turn"] for beat in page.beats] == [0, 1, 2]  # what differs is what the browser is told anew


def test_the_first_beat_does_not_come_soon_enough_to_be_taken_for_a_stray_one(open_page: Open) -> None:
    page = open_page(0.1)
    page.beat_after(page.beats[0]["data"]["after"])
    assert page.drawn == 2


def test_a_part_that_has_ended_does_not_beat(open_page: Open) -> None:
    page = open_page(None)
    page.beat_after(1)
    assert page.drawn == 2
    assert page.beats == []


@pytest.mark.parametrize("every", [0.1, None])
def test_what_comes_right_after_the_page_has_it_drawn_again_once(open_page: Open, every: float | None) -> None:
    page = open_page(every)
    with pytest.raises(RerunError):
        page.beat_after(0.01)
    page.run()
    page.beat_after(0.01)
    page.run()
    with pytest.raises(RerunError):
        page.beat_after(0.01)


def test_two_parts_of_a_page_have_beats_of_their_own(open_page: Open) -> None:
    page = open_page(0.1)
    again.draw_again(page.draw, 0.1)
    assert [beat["key"] for beat in page.beats] == ["beat_0", "beat_1"]
