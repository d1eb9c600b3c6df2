"""Names of files and of data."""

from __future__ import annotations

import pytest

from pages.lab.data.reading import file_name, is_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("trees.csv", "trees.kdlab.npz"),
        ("trees.kdlab.npz", "trees.kdlab.npz"),
        ("Bäume 2.csv", "Bäume-2.kdlab.npz"),
        ('../"x":y', "x--y.kdlab.npz"),
        ("?", "data.kdlab.npz"),
    ],
)
def test_a_file_is_called_by_its_title_in_characters_that_every_system_takes(title: str, name: str) -> None:
    assert file_name(title) == name


def test_a_name_is_own_and_32_hexadecimal_digits() -> None:
    assert is_name("own-" + "0a" * 16)
    assert not any(map(is_name, ("", "own-", "digits", "0a" * 16, "own-" + "0g" * 16, "own-" + "٣" * 32, "own-own-")))
