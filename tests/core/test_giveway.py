from threading import Thread

import pytest

from kd_core import giveway
from kd_core.giveway import before_steps, give_way, own_time


def test_without_a_hook_nothing_happens() -> None:
    give_way()


def test_a_hook_is_called_until_its_block_ends_and_the_one_before_is_back() -> None:
    called: list[str] = []
    with before_steps(lambda: called.append("outer")):
        give_way()
        with before_steps(lambda: called.append("inner")):
            give_way()
        give_way()
    give_way()
    assert called == ["outer", "inner", "outer"]


def test_what_a_hook_raises_reaches_who_trains() -> None:
    def stop() -> None:
        raise KeyError("stop")

    with before_steps(stop), pytest.raises(KeyError):
        give_way()
    give_way()


def test_a_hook_is_that_of_its_thread() -> None:
    called: list[int] = []
    with before_steps(lambda: called.append(1)):
        thread = Thread(target=give_way)
        thread.start()
        thread.join()
    assert called == []


def test_own_time_stands_while_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(giveway, "perf_counter", lambda: now[0])

    def others() -> None:
        now[0] += 5.0

    start = own_time()
    now[0] += 1.0
    with before_steps(others):
        give_way()
    now[0] += 2.0
    assert own_time() - start == 3.0
