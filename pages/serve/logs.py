"""The log: one line an event, on stderr. What comes from outside can neither forge a line nor flood it."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable

LOGGER = logging.getLogger("kd_lab")  # kd_core writes to it too, by this name


def escaped(text: str) -> str:
    """Text in printable characters, so that it stays on its line."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def log(event: str, /, **fields: object) -> None:
    """Write `event key=value ...`; a value with spaces or quotes stands in quotes."""
    LOGGER.info("%s", " ".join([event, *(f"{name}={_quoted(str(value))}" for name, value in fields.items())]))


def _quoted(text: str) -> str:
    return text if re.fullmatch("[A-Za-z0-9_.:/,*+-]+", text) else json.dumps(text)


class OneLine(logging.Formatter):
    """`time level message`, on one line whatever is in it, a traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        return escaped(super().format(record))


def configure() -> None:
    """Send the log to stderr. Calling it again does no harm."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(logging.INFO)


class Sparing:
    """Writes so many lines a minute of one event; then only how many there would have been."""

    def __init__(self, event: str, most: int = 20, clock: Callable[[], float] = time.monotonic) -> None:
        self._event, self._most, self._clock = event, most, clock
        self._begun, self._count = clock(), 0

    def log(self, **fields: object) -> None:
        if self._clock() - self._begun >= 60:
            if self._count > self._most:
                log(f"{self._event}_more", count=self._count - self._most)
            self._begun, self._count = self._clock(), 0
        self._count += 1
        if self._count <= self._most:
            log(self._event, **fields)
