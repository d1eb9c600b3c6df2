"""Answers are kept whole, by a name that tells them apart, and read with nothing believed."""

import dataclasses
import io
import zipfile

import numpy as np
import pytest

from kd_core.answers import store
from kd_core.answers.table import About, Answers
from kd_core.data import DataError
from kd_core.own.npz import npz_of
from tests.answers.helpers import checked, logits_for, probabilities_for


def good():
    return checked(logits_for()).answers


def with_about(**changes):
    return dataclasses.replace(good(), about=dataclasses.replace(good().about, **changes))


def kind_of_problem(call, *arguments):
    with pytest.raises(DataError) as problem:
        call(*arguments)
    return problem.value.args[0].kind


def test_saved_answers_are_held_read_and_known(folder):
    name = store.save(good())
    assert name == store.name_of(good())
    assert store.is_name(name)
    assert store.held(name)
    store.require(name)
    assert store.about(name) == good().about
    back = store.read(name)
    assert back.values.tobytes() == good().values.tobytes()
    np.testing.assert_array_equal(back.ids, good().ids)
    assert [place.name for place in folder.iterdir()] == [f"{name.removeprefix('answers-')}.npz"]


def test_answers_that_are_there_stay_with_their_title():
    name = store.save(good())
    assert store.save(with_about(title="other.csv")) == name
    assert store.about(name).title == "model.csv"


def test_the_name_is_of_all_that_a_student_hears():
    others = [
        with_about(data="dataset=iris&seed=3"),
        with_about(kind="probabilities"),
        with_about(class_names=("a", "b", "c")),
        dataclasses.replace(good(), values=np.nextafter(good().values, np.float32(np.inf))),
        dataclasses.replace(good(), ids=good().ids + 1),
    ]
    assert len({store.name_of(other) for other in [*others, good()]}) == 6


@pytest.mark.parametrize(
    "name",
    [
        "",
        "answers-",
        "own-" + "0" * 32,
        "0" * 32,
        "answers-" + "0" * 31,
        "answers-" + "G" * 32,
        "answers-../" + "0" * 29,
    ],
)
def test_what_is_no_name_is_not_held_and_becomes_no_path(name, monkeypatch):
    monkeypatch.setattr(store, "_place", lambda _: pytest.fail("a path was made"))
    assert not store.held(name)
    assert not store.is_name(name)
    for call in (store.require, store.read, store.about):
        assert kind_of_problem(call, name) == "answers_not_held"


@pytest.mark.parametrize("content", [b"", b"PK", store.PREFIX.encode(), b"\x93NUMPY"])
def test_a_damaged_file_is_not_held_so_that_the_answers_can_be_put_back(content, folder):
    name = store.name_of(good())
    folder.mkdir()
    place = folder / f"{name.removeprefix('answers-')}.npz"
    place.write_bytes(content)
    assert kind_of_problem(store.read, name) == "answers_not_held"
    assert not store.held(name)
    store.save(good())
    assert store.read(name).about == good().about


def test_answers_under_the_name_of_others_are_not_held(folder):
    folder.mkdir()
    (folder / f"{'0' * 32}.npz").write_bytes(store.to_bytes(good()))
    assert kind_of_problem(store.read, "answers-" + "0" * 32) == "answers_not_held"


def test_a_file_travels_and_is_the_same():
    for frame in (logits_for(), probabilities_for()):
        answers = checked(frame).answers
        back = store.from_bytes(store.to_bytes(answers))
        assert (back.about, store.name_of(back)) == (answers.about, store.name_of(answers))


@pytest.mark.parametrize(
    "changes",
    [
        {"ids": np.arange(150)[::-1].copy()},
        {"ids": np.zeros(150, np.int64)},
        {"ids": np.arange(-1, 149)},
        {"ids": np.arange(151)},
        {"values": np.full((150, 3), np.nan, np.float32)},
        {"values": np.zeros((150, 2), np.float32)},
        {"about": About("x", "dataset=iris", "probabilities", ("a", "b", "c"), 150)},
        {"about": About("x", "seed=3", "logits", ("a", "b", "c"), 150)},
        {"about": About("x", "dataset=iris", "code", ("a", "b", "c"), 150)},
        {"about": About("x", "dataset=iris", "logits", ("a", "a", "c"), 150)},
        {"about": About("x" * 99, "dataset=iris", "logits", ("a", "b", "c"), 150)},
        {"about": About("x", "dataset=iris&x=" + "1" * 999, "logits", ("a", "b", "c"), 150)},
        {"about": About(3, "dataset=iris", "logits", ("a", "b", "c"), 150)},
        {"about": About("x", "dataset=iris", "logits", ("a", "b", "c"), 150.0)},
        {"about": About("x", "dataset=iris", "logits", 3, 150)},
    ],
)
def test_what_no_one_may_expect_of_answers_is_neither_written_nor_read(changes):
    wrong: Answers = dataclasses.replace(good(), **changes)
    with pytest.raises((ValueError, TypeError)):
        store.to_bytes(wrong)
    content = npz_of(wrong.about, {"ids": wrong.ids, "values": wrong.values})
    assert kind_of_problem(store.from_bytes, content) == "own_not_ours"


@pytest.mark.parametrize("keep", [("about", "ids"), ("about", "values"), ("ids", "values")])
def test_a_file_that_lacks_a_member_is_not_ours(keep):
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(store.to_bytes(good()))) as whole, zipfile.ZipFile(file, "w") as part:
        for name in keep:
            part.writestr(f"{name}.npy", whole.read(f"{name}.npy"))
    assert kind_of_problem(store.from_bytes, file.getvalue()) == "own_not_ours"


def test_where_nothing_can_be_kept_that_is_said(folder):
    folder.write_text("no folder")
    assert kind_of_problem(store.save, good()) == "own_no_room"
