"""Who computes: one at a time, whoever has computed least, and nobody for ever."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from kd_core.jobs import turns
from kd_core.jobs.turns import HALF_LIFE, QUANTUM, Turn, Turns


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "OVERDUE", 0.01)  # real seconds between two looks; the clock stands meanwhile


def wait_for(shared: Turns, turn: Turn, threads: ThreadPoolExecutor) -> None:
    """Let it ask for its turn in a thread of its own; return when it stands in line."""
    waiting = len(shared._waiting)
    threads.submit(shared.take, turn)
    while len(shared._waiting) == waiting:
        Event().wait(0.001)


def test_who_asks_first_computes_and_the_next_when_it_leaves(clock: Clock, threads: ThreadPoolExecutor) -> None:
    shared, one, other = Turns(clock), Turn("one"), Turn("other")
    shared.take(one)
    wait_for(shared, other, threads)
    assert (one.computes, other.computes) == (True, False)
    shared.leave(one)
    assert other.may_go.wait(10)
    assert (one.computes, other.computes) == (False, True)
    shared.leave(other)


def test_asked_for_twice_a_turn_is_one_and_left_twice_counts_once(clock: Clock) -> None:
    shared, one = Turns(clock), Turn("one")
    shared.take(one)
    shared.take(one)
    clock.now += 2
    shared.leave(one)
    shared.leave(one)
    assert shared._recent("one", clock.now) == 2


def test_within_a_quantum_nobody_gives_way(clock: Clock, threads: ThreadPoolExecutor) -> None:
    shared, one, other = Turns(clock), Turn("one"), Turn("other")
    shared.take(one)
    wait_for(shared, other, threads)
    clock.now += QUANTUM / 2
    shared.give_way(one)
    assert one.computes
    shared.leave(one)


def test_who_has_computed_more_gives_way_and_comes_back_when_the_other_leaves(
    clock: Clock, threads: ThreadPoolExecutor
) -> None:
    shared, one, other = Turns(clock), Turn("one"), Turn("other")
    shared.take(one)
    wait_for(shared, other, threads)
    clock.now += 2 * QUANTUM
    gone = threads.submit(shared.give_way, one)
    assert other.may_go.wait(10)
    clock.now += QUANTUM / 2
    shared.leave(other)
    gone.result(10)
    assert one.computes


def test_a_newcomer_goes_on_until_it_has_computed_as_much(clock: Clock, threads: ThreadPoolExecutor) -> None:
    shared, old, new = Turns(clock), Turn("old"), Turn("new")
    shared.take(old)
    clock.now += 1.0
    shared.leave(old)
    shared.take(new)
    wait_for(shared, old, threads)
    clock.now += 0.5
    shared.give_way(new)
    assert new.computes  # 0.5 s against 0.9: a short run overtakes
    clock.now += 0.45
    threads.submit(shared.give_way, new)
    assert old.may_go.wait(10)
    shared.leave(old)


def test_two_tasks_of_one_owner_have_one_share(clock: Clock, threads: ThreadPoolExecutor) -> None:
    shared, first, second, other = Turns(clock), Turn("ann"), Turn("ann"), Turn("bob")
    shared.take(first)
    clock.now += 1.0
    wait_for(shared, second, threads)
    wait_for(shared, other, threads)
    shared.leave(first)
    assert other.computes
    shared.leave(other)
    assert second.may_go.wait(10)
    shared.leave(second)


def test_who_is_hurried_comes_before_who_has_computed_less(clock: Clock, threads: ThreadPoolExecutor) -> None:
    shared, one, eager, other = Turns(clock), Turn("one"), Turn("eager"), Turn("other")
    for turn, seconds in ((eager, 5.0), (other, 1.0)):
        shared.take(turn)
        clock.now += seconds
        shared.leave(turn)
    shared.take(one)
    wait_for(shared, other, threads)
    wait_for(shared, eager, threads)
    shared.hurry(eager)
    shared.leave(one)
    assert eager.computes
    shared.leave(eager)
    assert other.may_go.wait(10)
    shared.leave(other)


def test_what_was_computed_counts_half_after_a_while(clock: Clock) -> None:
    shared, one = Turns(clock), Turn("one")
    shared.take(one)
    clock.now += 3.0
    shared.leave(one)
    assert shared._recent("one", clock.now + HALF_LIFE) == pytest.approx(1.5)


def test_nobody_waits_for_a_step_that_goes_on_for_ever(clock: Clock, threads: ThreadPoolExecutor) -> None:
    shared, stuck, other = Turns(clock), Turn("stuck"), Turn("other")
    shared.take(stuck)
    wait_for(shared, other, threads)
    clock.now += 100
    assert other.may_go.wait(10)
    assert (stuck.computes, other.computes) == (True, True)  # the system shares the core between them
    back = threads.submit(shared.give_way, stuck)  # at its next step it stands in line again
    shared.leave(other)
    back.result(10)
    shared.leave(stuck)


def test_many_threads_that_take_turns_all_come_to_their_end() -> None:
    shared, active, most = Turns(), [0], [0]

    def work(number: int) -> int:
        turn = Turn(f"owner {number % 5}")
        shared.take(turn)
        for _ in range(200):
            active[0] += 1
            most[0] = max(most[0], active[0])
            active[0] -= 1
            shared.give_way(turn)
        shared.leave(turn)
        return number

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(work, range(20))) == list(range(20))
    assert shared._current is None
    assert shared._waiting == []
