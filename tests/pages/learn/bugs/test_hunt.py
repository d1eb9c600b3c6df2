"""The hunt for a wrong line: what can be clicked, what counts, and that a text from a link means only that."""

from __future__ import annotations

import pytest

from pages.learn.bugs.bugs import BUGS, CORRECT, ORDER, number_of, pieces, riddle, side_by_side, source
from pages.learn.bugs.hunt import MISSING, SHOWN, Hunt, answers, choices, count
from pages.ui.memory import LONGEST


def test_every_bug_is_set_once() -> None:
    assert sorted(ORDER) == sorted(BUGS)
    assert [number_of(name) for name in ORDER] == list(range(1, len(BUGS) + 1))


@pytest.mark.parametrize("bug", BUGS)
def test_a_riddle_is_the_step_that_runs_and_names_no_bug(bug: str) -> None:
    lines = riddle(bug)
    shown = [line.text for line in lines if line.text is not None]
    assert [line.number for line in lines if line.text is not None] == list(range(1, len(shown) + 1))
    for part in ("forward" if BUGS[bug].part == "forward" else "batch", "loss"):
        head, *body = source(bug if part == BUGS[bug].part else CORRECT[part]).splitlines()
        at = shown.index(head.replace(bug, CORRECT[part]))
        assert shown[at + 1 : at + 1 + len(body)] == body
    assert not any(f"def {name}(" in line for name in BUGS for line in shown)
    assert sum(line.begins for line in lines) == 2


@pytest.mark.parametrize("bug", BUGS)
def test_the_wrong_lines_are_those_that_differ_and_mended_they_are_the_correct_step(bug: str) -> None:
    lines = riddle(bug)
    assert sum(line.is_wrong for line in lines) == sum(row.differs for row in side_by_side(bug))
    mended = [line.text if line.mended is None else line.mended for line in lines]
    parts = ("forward" if BUGS[bug].part == "forward" else "batch", "loss")
    assert mended == [line for part in parts for line in source(CORRECT[part]).splitlines()]
    assert answers(bug) < choices(bug)
    assert (answers(bug) == {MISSING}) == (bug == "train_mode")


@pytest.mark.parametrize("bug", BUGS)
def test_pieces_are_the_whole_line_and_what_differs_is_not_in_the_other(bug: str) -> None:
    for line in riddle(bug):
        for one, other in ((line.text or "", line.mended or ""), (line.mended or "", line.text or "")):
            assert "".join(piece.text for piece in pieces(one, other)) == one
    assert all(not piece.differs for piece in pieces("a = b", "a = b"))


def test_clicks_count_until_the_line_is_found() -> None:
    hunt = Hunt("argmax")
    assert (hunt.status, hunt.is_over) == ("open", False)
    hunt = hunt.click(4).click(4).click(99).click(MISSING)
    assert (hunt.clicks, hunt.status) == ((4, MISSING), "open")
    found = hunt.click(6)
    assert (found.clicks, found.status, found.is_over) == ((4, MISSING, 6), "found", True)
    assert found.click(7) == found.show() == found


def test_any_of_several_wrong_lines_is_right() -> None:
    assert all(Hunt("raw_outputs").click(line).is_found for line in (4, 5, 6))


def test_a_missing_line_is_found_by_saying_so() -> None:
    assert Hunt("train_mode").click(2).click(MISSING).is_found
    assert not Hunt("argmax").click(MISSING).is_found


def test_whoever_asks_is_shown_and_has_not_found() -> None:
    hunt = Hunt("argmax").click(4).show()
    assert (hunt.status, hunt.is_found, hunt.is_over) == ("shown", False, True)
    assert hunt.click(6) == hunt


@pytest.mark.parametrize("bug", BUGS)
def test_a_hunt_is_kept_as_a_short_text(bug: str) -> None:
    longest = Hunt(bug)
    for line in sorted(choices(bug) - answers(bug)):
        longest = longest.click(line)
    for hunt in (Hunt(bug), longest, longest.show(), longest.click(min(answers(bug)))):
        assert Hunt.read(bug, str(hunt)) == hunt
        assert len(str(hunt)) <= LONGEST


@pytest.mark.parametrize("text", ["", "below", "99 -1 4.0 x", "<b>4</b>", "²", "٤"])
def test_what_a_text_does_not_mean_is_passed_over(text: str) -> None:
    assert Hunt.read("argmax", text) == Hunt("argmax")


def test_the_score_counts_what_was_found_at_once_and_shown() -> None:
    hunts = [Hunt("argmax").click(6), Hunt("no_t_squared").click(1).click(8), Hunt("itself").show(), Hunt("batch_axis")]
    assert count(hunts) == {"found": 2, "at_once": 1, "shown": 1}
    assert SHOWN in str(hunts[2])
