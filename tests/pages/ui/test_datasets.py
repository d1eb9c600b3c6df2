"""Which data sets explaining pages offer."""

from __future__ import annotations

import pytest

from kd_core.data import DATASETS
from pages.ui.datasets import OFFERED, dataset_field, suits


def test_images_and_tables_of_three_classes_and_more_are_offered() -> None:
    assert OFFERED == ("digits", "mnist", "fashion", "kmnist", "wine", "iris", "terrain")
    assert not any(suits(DATASETS[name]) for name in ("blobs", "breast"))


def test_a_link_may_name_what_is_offered_only() -> None:
    field = dataset_field("page")
    assert (field.default, field.read("wine"), field.write("wine")) == ("digits", "wine", "wine")
    for text in ("", "rings", "mnist28", "own-", "own-" + 32 * "0", "../x"):
        with pytest.raises(ValueError, match=r"^digits, mnist"):
            field.read(text)


def test_a_page_may_offer_others() -> None:
    field = dataset_field("page", ("breast", "rings"), lambda source: source.is_plane)
    assert (field.default, field.read("rings")) == ("breast", "rings")
    with pytest.raises(ValueError, match=r"^breast, rings$"):
        field.read("digits")
