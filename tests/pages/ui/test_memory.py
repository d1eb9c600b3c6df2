"""What a tab hands back after a refresh is looked at: names and texts, short and few."""

from __future__ import annotations

from typing import Any

import pytest

from pages.ui.memory import LONGEST, MOST, sound


def test_guesses_come_back_as_they_were() -> None:
    assert sound({"home": "distilled", "check_1": ""}) == {"home": "distilled", "check_1": ""}


@pytest.mark.parametrize("strange", [None, [], "home", 3, {1: "a"}, {"a": 1}, {"a": ["b"]}, {"a": "b" * (LONGEST + 1)}])
def test_what_cannot_be_ours_is_dropped(strange: Any) -> None:
    assert sound(strange) == {}


def test_there_is_an_end_to_it() -> None:
    assert len(sound({str(i): "x" for i in range(10 * MOST)})) == MOST
