"""Numbers as the reader's language writes them: the one place that knows a decimal comma from a decimal point."""

from __future__ import annotations

from kd_core.experiment import text_of
from kd_core.metrics import Interval
from kd_core.models import byte_count
from pages.ui.words import Words

DECIMAL_COMMA = {"de"}  # the languages that write one
THIN_SPACE = "\u2009"


def number(w: Words, value: float, digits: int = 1, *, sign: bool = False) -> str:
    """A number with that many digits after the decimal point, and a real minus; what rounds to nothing has none."""
    text = f"{0.0 + round(float(value), digits):{'+' if sign else ''}.{digits}f}"  # 0.0 + -0.0 is 0.0
    return localized(w, text)


def short(w: Words, value: float) -> str:
    """A setting's value, such as T or alpha, with no more digits than it has."""
    return localized(w, text_of(float(value)))


def localized(w: Words, text: str) -> str:
    """A number that Python has written, as the reader's language writes it."""
    text = text.replace("-", "−")
    return text.replace(".", ",") if w.language in DECIMAL_COMMA else text


def percent(w: Words, share: float, digits: int = 1) -> str:
    """A share in percent with its sign: 91.6 %."""
    return f"{in_percent(w, share, digits)} %"


def in_percent(w: Words, share: float, digits: int = 1) -> str:
    """A share in percent, for texts that hold the sign themselves: 91.6."""
    return number(w, 100 * float(share), digits)


def points(w: Words, difference: float, digits: int = 1) -> str:
    """A difference of shares in percentage points, signed: +4.8."""
    return number(w, 100 * float(difference), digits, sign=True)


def interval_points(w: Words, difference: Interval, digits: int = 1) -> dict[str, str]:
    """Mean, low and high of a difference of shares, in percentage points."""
    return {name: points(w, getattr(difference, name), digits) for name in ("mean", "low", "high")}


def interval_percent(w: Words, share: Interval, digits: int = 1) -> dict[str, str]:
    """Mean, low and high of a share, in percent without the sign."""
    return {name: in_percent(w, getattr(share, name), digits) for name in ("mean", "low", "high")}


def count(whole: int) -> str:
    """Thousands set apart by a thin space, as in 85 002."""
    return f"{whole:,}".replace(",", THIN_SPACE)


def kilobytes(w: Words, widths: tuple[int, ...]) -> str:
    """The size of a network's parameters in float32."""
    return f"{number(w, byte_count(widths) / 1000)} kB"
