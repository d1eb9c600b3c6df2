"""A reader's hunt for a bug: the lines clicked so far, kept as a short text that a link may hold too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pages.learn.bugs.bugs import riddle

MISSING = 0  # what is clicked for a line that should be there and is not
SHOWN = "shown"


@dataclass(frozen=True)
class Hunt:
    """What a reader has clicked, in that order, and whether the answer was asked for."""

    bug: str
    clicks: tuple[int, ...] = ()
    asked: bool = False

    @classmethod
    def read(cls, bug: str, text: str) -> Hunt:
        """From a text that may come from anywhere: what means nothing is passed over."""
        hunt = cls(bug)
        for word in text.split():
            hunt = hunt.show() if word == SHOWN else hunt.click(int(word)) if word in _WORDS else hunt
        return hunt

    def __str__(self) -> str:
        return " ".join([*map(str, self.clicks), *([SHOWN] if self.asked else [])])

    def click(self, line: int) -> Hunt:
        """One line more; after the end, or a second time, it counts for nothing."""
        if self.is_over or line in self.clicks or line not in choices(self.bug):
            return self
        return Hunt(self.bug, (*self.clicks, line))

    def show(self) -> Hunt:
        return self if self.is_over else Hunt(self.bug, self.clicks, asked=True)

    @property
    def is_found(self) -> bool:
        return bool(answers(self.bug) & set(self.clicks))

    @property
    def is_over(self) -> bool:
        return self.is_found or self.asked

    @property
    def status(self) -> str:
        """ "found", "shown" or "open"."""
        return "found" if self.is_found else "shown" if self.asked else "open"


_WORDS = {str(number) for number in range(100)}


def answers(bug: str) -> set[int]:
    """The numbers of the wrong lines."""
    return {line.number or MISSING for line in riddle(bug) if line.is_wrong}


def choices(bug: str) -> set[int]:
    """All that can be clicked."""
    return {MISSING, *(line.number for line in riddle(bug) if line.number)}


def count(hunts: Iterable[Hunt]) -> dict[str, int]:
    """How many bugs were found, at the first click, and shown."""
    ended: list[Hunt] = list(hunts)
    return {
        "found": sum(hunt.is_found for hunt in ended),
        "at_once": sum(hunt.is_found and len(hunt.clicks) == 1 for hunt in ended),
        "shown": sum(hunt.status == "shown" for hunt in ended),
    }
