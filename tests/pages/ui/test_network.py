"""Networks as text, as blocks and as a strip."""

from __future__ import annotations

import re

import pytest

from kd_core.models import Architecture
from pages.ui.network import UNITS, shape_of, strip, with_convolution, with_layer, with_size, without
from pages.ui.words import Words

EN, DE = Words("playground", "en"), Words("playground", "de")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["16"], ["c8", "16"]),
        (["c8", "16"], ["c8", "c16", "16"]),
        (["c64"], ["c64", "c64"]),  # no more channels than there may be
    ],
)
def test_a_new_convolution_stands_after_the_others_and_has_twice_their_channels(
    before: list[str], after: list[str]
) -> None:
    assert with_convolution(before) == after
    assert Architecture.of("-".join(after), (1, 28, 28), 10).text == "-".join(after)


def test_a_new_layer_is_as_wide_as_the_last_one() -> None:
    assert with_layer(["c8", "64"]) == ["c8", "64", "64"]
    assert with_layer(["c8"])[1] in map(str, UNITS)


@pytest.mark.parametrize(
    ("size", "text"), [("12", "c12-32"), ("c12", "c12-32"), (" 12 ", "c12-32"), ("wide", "cwide-32")]
)
def test_a_size_is_taken_as_it_was_typed(size: str, text: str) -> None:
    assert "-".join(with_size(["c8", "32"], 0, size)) == text


def test_a_layer_can_be_taken_out_anywhere() -> None:
    assert without(["c8", "c16", "32"], 1) == ["c8", "32"]


def test_the_strip_tells_the_shape_and_the_parameters_of_every_layer() -> None:
    drawn = strip(Architecture.of("c8-c16-32", (1, 14, 14), 10), "student", EN)
    (said,) = re.findall('aria-label="([^"]*)"', drawn)
    assert said.replace("\u2009", " ") == (
        "14 × 14 pixels; c8: 8 × 7 × 7, 80 parameters; c16: 16 × 3 × 3, 1 168 parameters; "
        "32: 32 units, 4 640 parameters; 10: 10 units, 330 parameters"
    )
    assert re.findall("<small>([^<]*)</small>", drawn) == ["", "8×7×7", "16×3×3", "", ""]


def test_the_shape_of_an_example_is_told_in_pixels_or_features() -> None:
    assert shape_of((1, 8, 8), EN) == "8 × 8 pixels"
    assert shape_of((3, 28, 28), DE) == "28 × 28 Pixel, 3 Farben"
    assert shape_of((30,), EN) == "30 features"
