"""Numbers by hand, as English and German write them."""

from __future__ import annotations

from typing import Any

import pytest

from kd_core.models import Architecture
from kd_core.sweeps.intervals import Interval
from pages.ui import numbers
from pages.ui.words import Words

EN, DE = Words("frame", "en"), Words("frame", "de")


@pytest.mark.parametrize(
    ("value", "digits", "sign", "english", "german"),
    [
        (91.64, 1, False, "91.6", "91,6"),
        (0.5, 3, False, "0.500", "0,500"),
        (70.4, 0, False, "70", "70"),
        (-1.25, 2, False, "−1.25", "−1,25"),
        (4.8, 1, True, "+4.8", "+4,8"),
        (-4.8, 1, True, "−4.8", "−4,8"),
        (-0.04, 1, False, "0.0", "0,0"),  # what rounds to nothing has no minus
        (-0.04, 1, True, "0.0", "0,0"),  # nor a plus
        (1234.5, 1, False, "1234.5", "1234,5"),
    ],
)
def test_a_number_has_its_digits_and_a_real_minus(
    value: float, digits: int, sign: bool, english: str, german: str
) -> None:
    assert numbers.number(EN, value, digits, sign=sign) == english
    assert numbers.number(DE, value, digits, sign=sign) == german


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        (4.0, "4", "4"),
        (20, "20", "20"),
        (0.3, "0.3", "0,3"),
        (0.005, "0.005", "0,005"),
        (1 - 0.9, "0.1", "0,1"),
        (-0.5, "−0.5", "−0,5"),
    ],
)
def test_a_setting_has_no_more_digits_than_it_needs(value: float, english: str, german: str) -> None:
    assert numbers.short(EN, value) == english
    assert numbers.short(DE, value) == german


def test_shares_are_percent_and_differences_of_them_points() -> None:
    assert (numbers.percent(EN, 0.9164), numbers.percent(DE, 0.9164)) == ("91.6 %", "91,6 %")
    assert (numbers.percent(EN, 0.9, 0), numbers.percent(DE, 1)) == ("90 %", "100,0 %")
    assert (numbers.in_percent(EN, 0.9164), numbers.in_percent(DE, 0.9164, 2)) == ("91.6", "91,64")
    assert (numbers.points(EN, 0.048), numbers.points(DE, -0.0481, 2)) == ("+4.8", "−4,81")


def test_an_interval_is_written_by_its_mean_and_ends() -> None:
    found = Interval(n=5, mean=0.012, std=0.02, low=-0.004, high=0.028)
    assert numbers.interval_points(EN, found) == {"mean": "+1.2", "low": "−0.4", "high": "+2.8"}
    assert numbers.interval_percent(DE, found) == {"mean": "1,2", "low": "−0,4", "high": "2,8"}


def test_thousands_are_set_apart_by_a_thin_space() -> None:
    assert [numbers.count(whole) for whole in (0, 999, 1000, 85002, 1234567)] == [
        "0",
        "999",
        "1\u2009000",
        "85\u2009002",
        "1\u2009234\u2009567",
    ]


def test_a_networks_size_is_four_bytes_a_parameter() -> None:
    network = Architecture.of("16", (64,), 10)  # 65 * 16 + 17 * 10 = 1210 parameters
    assert (numbers.kilobytes(EN, network), numbers.kilobytes(DE, network)) == ("4.8 kB", "4,8 kB")


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [(0.5, "0.5", "0,5"), (4.0, "4", "4"), (100, "100", "100"), (True, "1", "1"), ("64-32", "64-32", "64-32")],
)
def test_a_settings_value_has_no_more_digits_than_it_has_and_widths_keep_their_hyphen(
    value: Any, english: str, german: str
) -> None:
    assert (numbers.setting_value(EN, value), numbers.setting_value(DE, value)) == (english, german)


def test_a_comma_in_a_formula_has_braces() -> None:
    assert numbers.in_formula(numbers.number(DE, 0.25, 2)) == "0{,}25"
