"""Who may train: shares, and the order of the queue."""

from __future__ import annotations

import asyncio

import pytest

from kd_core.jobs.seats import LONG, Seat, Seats

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def sit(seats: Seats, owner: str, seconds: float = 1.0) -> Seat:
    return await asyncio.wait_for(seats.take(owner, owner, seconds), 10)


async def ask(seats: Seats, owner: str, seconds: float = 1.0) -> asyncio.Future[Seat]:
    """A wish for a seat that stands in the queue, or has been granted."""
    wish = asyncio.ensure_future(seats.take(owner, owner, seconds))
    await asyncio.sleep(0)
    return wish


def waiting(seats: Seats) -> list[str]:
    return [seat.owner for seat in seats.in_order()]


async def test_there_are_so_many_seats_for_every_worker_and_the_rest_waits() -> None:
    seats = Seats(lambda: 2, per_worker=2)
    taken = [await sit(seats, str(number)) for number in range(4)]
    wish = await ask(seats, "late")
    assert waiting(seats) == ["late"]
    seats.leave(taken[1])
    assert (await asyncio.wait_for(wish, 10)).owner == "late"


async def test_one_owner_holds_a_quarter_of_the_seats_at_most() -> None:
    seats = Seats(lambda: 1, per_worker=8)
    wishes = [await ask(seats, "greedy") for _ in range(5)]
    assert len(seats.taken) == 2
    assert (await sit(seats, "modest")).owner == "modest"
    for wish in wishes:
        wish.cancel()


async def test_what_is_short_comes_before_what_is_long_and_who_has_nothing_before_who_has_something() -> None:
    seats = Seats(lambda: 1, per_worker=1)
    first = await sit(seats, "ann")
    wishes = [await ask(seats, owner, seconds) for owner, seconds in (("long", 20.0), ("short", 1.0), ("ann", 0.1))]
    assert waiting(seats) == ["short", "long", "ann"]
    seats.leave(first)  # now ann has nothing either, and hers is the shortest
    assert (await asyncio.wait_for(wishes[2], 10)).owner == "ann"
    for wish in wishes:
        wish.cancel()


async def test_long_ones_leave_half_of_the_seats_to_short_ones() -> None:
    seats = Seats(lambda: 1, per_worker=4)
    wishes = [await ask(seats, f"long {number}", 2 * LONG) for number in range(4)]
    assert len(seats.taken) == 2
    assert (await sit(seats, "short")).owner == "short"
    for wish in wishes:
        wish.cancel()


async def test_who_waits_long_enough_comes_before_what_is_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("kd_core.jobs.seats.monotonic", lambda: now[0])
    seats = Seats(lambda: 1, per_worker=1)
    await sit(seats, "first")
    wishes = [await ask(seats, "long", 20.0)]
    now[0] += 200
    wishes += [await ask(seats, "short", 1.0)]
    assert waiting(seats) == ["long", "short"]
    for wish in wishes:
        wish.cancel()


async def test_workers_that_have_come_bring_seats() -> None:
    workers = [0]
    seats = Seats(lambda: workers[0], per_worker=1)
    wish = await ask(seats, "one")
    assert waiting(seats) == ["one"]
    workers[0] = 1
    seats.assign()
    assert (await asyncio.wait_for(wish, 10)).owner == "one"


async def test_who_pauses_takes_nobodys_place() -> None:
    seats = Seats(lambda: 1, per_worker=1)
    paused = await sit(seats, "one")
    wish = await ask(seats, "two")
    paused.idle = True
    seats.assign()
    assert (await wish).owner == "two"


async def test_a_wish_that_is_taken_back_holds_nothing() -> None:
    seats = Seats(lambda: 1, per_worker=1)
    first = await sit(seats, "one")
    wish = await ask(seats, "two")
    wish.cancel()
    await asyncio.gather(wish, return_exceptions=True)
    assert seats.queue == []
    seats.leave(first)
    assert seats.taken == []


async def test_the_wait_is_what_those_before_need_and_the_first_seat_that_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kd_core.jobs.seats.monotonic", lambda: 0.0)
    seats = Seats(lambda: 1, per_worker=1)
    await sit(seats, "sits", 6.0)
    wishes = [await ask(seats, "short", 2.0), await ask(seats, "long", 9.0)]
    short, long = seats.in_order()
    assert (seats.wait(short), seats.wait(long)) == (6.0, 8.0)
    for wish in wishes:
        wish.cancel()
