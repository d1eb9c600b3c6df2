"""Results on disk: found again for the same settings, not for others; a damaged file is as none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pages.learn.when.scenarios import Reached
from pages.run.kept import folder, kept

BEGUN: list[int] = []


@kept(lambda plain: int(plain), about=lambda number: ("count", number))
def count(number: int) -> Iterator[int]:
    BEGUN.append(number)
    yield from range(number)


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KD_CACHE", str(tmp_path))
    BEGUN.clear()
    return tmp_path


def test_what_was_computed_once_is_read_and_only_its_result() -> None:
    assert list(count(4)) == [0, 1, 2, 3]
    assert list(count(4)) == [3]
    assert list(count(5)) == [0, 1, 2, 3, 4]
    assert BEGUN == [4, 5]


def test_what_was_broken_off_is_not_kept() -> None:
    generator = count(4)
    next(generator)
    generator.close()
    assert list(count(4)) == [0, 1, 2, 3]


@pytest.mark.parametrize("content", [b"", b"[", b"{}", b"[null]", b'["x"]'])
def test_a_damaged_file_is_as_none(empty: Path, content: bytes) -> None:
    list(count(4))
    (file,) = empty.iterdir()
    file.write_bytes(content)
    assert list(count(4)) == [0, 1, 2, 3]
    assert BEGUN == [4, 4]


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty / "file").write_text("")
    monkeypatch.setenv("KD_CACHE", str(empty / "file" / "below"))
    assert list(count(3)) == list(count(3)) == [0, 1, 2]


def test_another_engine_has_other_results(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list(count(2))
    monkeypatch.setattr("pages.run.kept._source", lambda module: "changed")
    list(count(2))
    assert BEGUN == [2, 2]


def test_the_folder_is_the_users_cache_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KD_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert folder() == Path("/somewhere/kd-lab")


@kept(Reached.read, about=lambda: "reached")
def reach() -> Iterator[Reached]:
    values = np.float32([0.1, 0.7])
    yield Reached("a", "students", 3, 3, values, None, values, values + np.float32(0.1), np.array([True, False]))


def test_what_a_case_has_reached_comes_back_to_the_last_bit() -> None:
    (first,), (again,) = list(reach()), list(reach())
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
        assert type(one) is type(other)
        assert getattr(one, "dtype", None) == getattr(other, "dtype", None)
