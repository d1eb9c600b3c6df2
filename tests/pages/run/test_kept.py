"""Results on disk: found again for the same settings, not for others; a damaged file is as none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pytest

from kd_core.data import Doubles, Labels
from pages.learn.when.scenarios import Reached
from pages.run.kept import folder, kept, read_as

BEGUN: list[int] = []


@kept(int, about=lambda number: ("count", number), only=lambda values: values[-1:])
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


@pytest.mark.parametrize("content", [b"", b"[", b"{}", b"[null]", b"[[0, null]]", b'[[0, "x"]]', b"[[1, 3]]", b"[[0]]"])
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


@kept(Reached, about=lambda: "reached")
def reach() -> Iterator[Reached]:
    values = np.float32([0.1, 0.7])
    yield Reached("a", "students", 3, 3, values, None, values, values + np.float32(0.1), np.array([True, False]))


def test_what_a_case_has_reached_comes_back_to_the_last_bit() -> None:
    (first,), (again,) = list(reach()), list(reach())
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
        assert type(one) is type(other)
        assert getattr(one, "dtype", None) == getattr(other, "dtype", None)


class Row(NamedTuple):
    kind: Literal["a", "b"]
    values: Doubles
    labels: Labels | None


@dataclass(frozen=True)
class Table:
    rows: tuple[Row, ...]
    by_name: Mapping[str, Row]
    share: float


def tables() -> list[Any]:
    row = Row("a", np.array([[0.1, math.nan], [math.inf, -1.0]]), None)
    return ["first", Table((row, row._replace(labels=np.arange(3))), {"one": row}, math.nan), {"x": {"y": 1e-300}}, 7]


@kept(Table, dict[str, dict[str, float]], about=lambda: "tables")
def tell() -> Iterator[Any]:
    yield from tables()


def test_values_of_several_types_come_back_as_they_were_and_no_others() -> None:
    assert len(list(tell())) == 4
    table, names = tell()
    _, expected, expected_names, _ = tables()
    assert names == expected_names
    assert isinstance(table, Table)
    assert math.isnan(table.share)
    assert table.by_name.keys() == {"one"}
    for row, known in zip((*table.rows, table.by_name["one"]), (*expected.rows, expected.by_name["one"]), strict=True):
        assert isinstance(row, Row)
        assert row.kind == known.kind
        np.testing.assert_array_equal(row.values, known.values)
        assert row.values.dtype == np.float64
        assert (row.labels is None) == (known.labels is None)
    assert table.rows[1].labels.dtype == np.int64  # type: ignore[union-attr]


def test_fields_too_few_or_too_many_are_no_value() -> None:
    with pytest.raises(ValueError, match="zip"):
        read_as(Row, ["a", []])
    with pytest.raises(ValueError, match="zip"):
        read_as(Row, ["a", [], None, 1])
