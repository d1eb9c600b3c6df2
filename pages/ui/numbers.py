"""Numbers as the reader's language writes them: the one place that knows a decimal comma from a decimal point."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, SupportsFloat

from kd_core.experiment import text_of
from kd_core.models import Architecture, byte_count
from kd_core.sweeps.intervals import Interval
from pages.ui.words import Words

DECIMAL_COMMA = {"de"}  # the languages that write one
THIN_SPACE = "\u2009"


def number(w: Words, value: float, digits: int = 1, *, sign: bool = False) -> str:
    """A number with that many digits after the decimal point, and a real minus; what rounds to nothing has none."""
    rounded = 0.0 + round(float(value), digits)  # 0.0 + -0.0 is 0.0
    text = f"{rounded:{'+' if sign and rounded else ''}.{digits}f}"
    return localized(w, text)


def short(w: Words, value: float) -> str:
    """A setting's value, such as T, alpha or 1 - alpha, with no more digits than it has."""
    return localized(w, text_of(round(float(value), 9)))  # 1 - 0.9 is 0.09999999999999998


def significant(w: Words, value: float) -> str:
    """Three significant digits, no trailing zeros; what is only rounding is 0."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else localized(w, "-∞" if value < 0 else "∞")
    if abs(value) < 1e-9:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = number(w, value, min(digits, 9))
    return text.rstrip("0").rstrip(".,") if digits else text


def scientific(w: Words, value: float, digits: int = 1) -> str:
    """A number of any size with its power of ten: 1.1e−16."""
    return localized(w, f"{float(value):.{digits}e}")


def setting_value(w: Words, value: Any) -> str:
    """The value of any field of an experiment; what is no number stays as links write it."""
    return text_of(value) if isinstance(value, bool | str) else short(w, value)


def localized(w: Words, text: str) -> str:
    """A number that Python has written, as the reader's language writes it."""
    text = text.replace("-", "−")
    return text.replace(".", ",") if w.language in DECIMAL_COMMA else text


def separators(w: Words) -> str:
    """Plotly's setting of that name, for the numbers that a figure writes: the decimal sign, then that of thousands."""
    return ",." if w.language in DECIMAL_COMMA else ".,"


def percent(w: Words, share: float, digits: int = 1) -> str:
    """A share in percent with its sign: 91.6 %."""
    return f"{in_percent(w, share, digits)} %"


def in_percent(w: Words, share: float, digits: int = 1) -> str:
    """A share in percent, for texts that hold the sign themselves: 91.6."""
    return number(w, 100 * float(share), digits)


def fine_percent(w: Words, share: SupportsFloat) -> str:
    """As `in_percent`, with more digits where a share is small: 91.6, 0.42, 0.042."""
    value = 100 * float(share)
    return number(w, value, 1 if value >= 1 or value == 0 else 2 if value >= 0.1 else 3)


def points(w: Words, difference: float, digits: int = 1) -> str:
    """A difference of shares in percentage points, signed: +4.8."""
    return number(w, 100 * float(difference), digits, sign=True)


def interval_points(w: Words, difference: Interval, digits: int = 1) -> dict[str, str]:
    """Mean, low and high of a difference of shares, in percentage points."""
    return {name: points(w, getattr(difference, name), digits) for name in ("mean", "low", "high")}


def interval_percent(w: Words, share: Interval, digits: int = 1) -> dict[str, str]:
    """Mean, low and high of a share, in percent without the sign."""
    return {name: in_percent(w, getattr(share, name), digits) for name in ("mean", "low", "high")}


def joined(w: Words, texts: Iterable[str]) -> str:
    """Numbers in a row; where they have a decimal comma, a semicolon sets them apart."""
    return ("; " if w.language in DECIMAL_COMMA else ", ").join(texts)


def in_formula(text: str) -> str:
    """A written number within LaTeX, which adds a space after a comma unless it is told not to."""
    return text.replace(",", "{,}")


def count(whole: int) -> str:
    """Thousands set apart by a thin space, as in 85 002."""
    return f"{whole:,}".replace(",", THIN_SPACE)


def kilobytes(w: Words, network: Architecture) -> str:
    """The size of a network's parameters in float32."""
    return f"{number(w, byte_count(network) / 1000)} kB"
