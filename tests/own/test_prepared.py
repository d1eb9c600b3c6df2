import dataclasses
import io
import json
import os
import zipfile

import numpy as np
import pytest
from hypothesis import given

from kd_core.data import DataError
from kd_core.own import prepared as module
from kd_core.own.prepared import (
    ARRAYS,
    About,
    Prepared,
    about,
    digest_of,
    from_bytes,
    held,
    make_room,
    own_folder,
    read,
    save,
    to_bytes,
)
from tests.own.malformed import good
from tests.own.strategies import prepared_data


def with_about(**changes):
    return dataclasses.replace(good(), about=dataclasses.replace(good().about, **changes))


def assert_same(one, other):
    assert one.about == other.about
    for name, (kind, _) in ARRAYS.items():
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert getattr(other, name).dtype == kind


def kind_of_problem(call, *arguments):
    with pytest.raises(DataError) as problem:
        call(*arguments)
    return problem.value.args[0].kind


# One file


@given(prepared_data())
def test_data_comes_back_from_its_file_with_the_same_digest_and_bytes(data):
    back = from_bytes(to_bytes(data))
    assert_same(data, back)
    assert digest_of(back) == digest_of(data)
    assert to_bytes(back) == to_bytes(data)


def test_numpy_reads_the_file_without_pickles_and_json_what_is_known():
    with np.load(io.BytesIO(to_bytes(good())), allow_pickle=False) as arrays:
        assert set(arrays) == {"about", *ARRAYS}
        np.testing.assert_array_equal(arrays["numbers"], good().numbers)
        assert json.loads(arrays["about"].item())["columns"] == ["a", "b"]


def test_the_digest_is_of_all_that_is_learned_from_and_not_of_the_title():
    assert digest_of(with_about(title="other")) == digest_of(good())
    others = [
        with_about(class_names=("no", "maybe")),
        with_about(columns=("a", "c")),
        with_about(values=(4,), value_names=()),
        dataclasses.replace(good(), labels=1 - good().labels),
        dataclasses.replace(good(), numbers=good().numbers + 1),
        dataclasses.replace(good(), categories=good().categories[::-1]),
    ]
    assert len({digest_of(other) for other in [*others, good()]}) == 7


def test_every_not_a_number_and_every_layout_has_the_same_digest():
    nan = np.frombuffer(b"\x01\x00\xc0\xff", np.float32)[0]
    missing = [np.where(good().numbers == 3, value, good().numbers) for value in (np.float32(np.nan), nan)]
    one, other = (dataclasses.replace(good(), numbers=numbers) for numbers in missing)
    assert digest_of(one) == digest_of(other)
    turned = dataclasses.replace(good(), categories=np.asfortranarray(good().categories))
    assert digest_of(turned) == digest_of(good())


def test_what_would_not_be_read_is_not_written():
    for wrong in (with_about(examples=3), with_about(class_names=("a" * 50, "b")), with_about(values=(2,))):
        with pytest.raises(ValueError, match=r"^(not what|another|labels|infinite)"):
            to_bytes(wrong)


def test_the_largest_table_fits_into_a_file_that_can_be_sent():
    limits = module.LIMITS
    assert 4 * limits.cells + 8 * limits.rows + module.MOST_ABOUT < limits.file


# What this machine holds


def test_saved_data_is_held_and_read_and_known(tmp_path):
    digest = save(good(), tmp_path)
    assert len(digest) == 32
    assert digest == digest_of(good())
    assert held(digest, tmp_path)
    assert_same(read(digest, tmp_path), good())
    assert about(digest, tmp_path) == good().about
    assert [place.name for place in tmp_path.iterdir()] == [f"{digest}.npz"]


def test_data_that_is_there_stays_with_its_title(tmp_path):
    digest = save(good(), tmp_path)
    assert save(with_about(title="other"), tmp_path) == digest
    assert about(digest, tmp_path).title == "x"


def test_what_is_known_is_read_without_the_examples(tmp_path):
    digest = save(good(), tmp_path)
    place = tmp_path / f"{digest}.npz"
    with zipfile.ZipFile(place) as members:
        info = members.getinfo("numbers.npy")
    data = bytearray(place.read_bytes())
    begin = info.header_offset + 60
    data[begin : begin + 20] = b"\xff" * 20
    place.write_bytes(data)
    assert about(digest, tmp_path) == good().about
    assert kind_of_problem(read, digest, tmp_path) == "own_not_held"


@pytest.mark.parametrize("content", [b"", b"PK", to_bytes(good())[:-9]])
def test_a_damaged_file_is_not_held_so_that_the_data_can_be_put_back(content, tmp_path):
    digest = digest_of(good())
    (tmp_path / f"{digest}.npz").write_bytes(content)
    assert kind_of_problem(about, digest, tmp_path) == "own_not_held"
    assert not held(digest, tmp_path)
    save(good(), tmp_path)
    assert_same(read(digest, tmp_path), good())


def test_data_under_the_digest_of_other_data_is_not_held(tmp_path):
    (tmp_path / f"{'0' * 32}.npz").write_bytes(to_bytes(good()))
    assert kind_of_problem(read, "0" * 32, tmp_path) == "own_not_held"


@pytest.mark.parametrize(
    "digest",
    [
        "",
        "0" * 31,
        "0" * 33,
        "0" * 32 + "\n",
        "G" * 32,
        "A" * 32,
        "../" + "0" * 29,
        "/etc/passwd",
        "0" * 31 + "\0",
        "*" * 32,
    ],
)
def test_what_is_no_digest_is_not_held_and_becomes_no_path(digest, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_place", lambda *_: pytest.fail("a path was made"))
    assert not held(digest, tmp_path)
    for call in (read, about):
        assert kind_of_problem(call, digest, tmp_path) == "own_not_held"


def test_a_server_without_the_data_says_who_can_put_it_back(tmp_path):
    with pytest.raises(
        DataError, match=r"^This server does not hold the data of this link: whoever has the file can put"
    ):
        read("0" * 32, tmp_path / "nowhere")


def test_a_server_that_cannot_write_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    assert kind_of_problem(save, good(), tmp_path / "file" / "below") == "own_no_room"


def write(folder, name, size, used):
    place = folder / f"{name}.npz"
    place.write_bytes(bytes(size))
    os.utime(place, (used, used))
    return place


def left(folder):
    return sorted(place.stem for place in folder.glob("*.npz"))


def test_what_was_used_last_stays_when_there_is_too_much(tmp_path):
    for used, name in enumerate("dbca"):
        write(tmp_path, name, 10, used)
    make_room(tmp_path, tmp_path / "a.npz", most_bytes=40, most_files=4)
    assert left(tmp_path) == ["a", "b", "c", "d"]
    make_room(tmp_path, tmp_path / "a.npz", most_bytes=39)
    assert left(tmp_path) == ["a", "b", "c"]
    make_room(tmp_path, tmp_path / "a.npz", most_files=2)
    assert left(tmp_path) == ["a", "c"]


def test_new_data_stays_even_if_it_is_too_much_alone(tmp_path):
    write(tmp_path, "old", 10, 5)
    new = write(tmp_path, "new", 50, 1)
    make_room(tmp_path, new, most_bytes=40)
    assert left(tmp_path) == ["new"]


def test_reading_counts_as_use(tmp_path):
    digest = save(good(), tmp_path)
    place = tmp_path / f"{digest}.npz"
    for use in (lambda: read(digest, tmp_path), lambda: save(good(), tmp_path)):
        os.utime(place, (5, 5))
        use()
        assert place.stat().st_mtime > 5


def test_data_is_kept_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("KD_DATA", str(tmp_path))
    assert own_folder() == tmp_path / "own"
    digest = save(good())
    assert held(digest)
    monkeypatch.delenv("KD_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert own_folder() == tmp_path / "kd-lab" / "own"


def test_the_form_is_that_of_its_description():
    assert [field.name for field in dataclasses.fields(Prepared)] == ["about", *ARRAYS]
    assert [field.name for field in dataclasses.fields(About)][:3] == ["title", "kind", "class_names"]
