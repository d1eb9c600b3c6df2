"""Which columns of a file are what: `id`, `part`, and one for each class, by its name or its number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from kd_core.data import DataError
from kd_core.messages import Message

ID = ("id", "row_id", "rowid")
PART = "part"
LABEL = "label"  # of the rows' file; whoever leaves it in is not told of a column too many
SHOWN = 5
_PREFIX = re.compile(r"(logits?|log_p|probability|proba|probs?|p|score|class)[ _.:-]?(?=.)", re.IGNORECASE)
_AGAIN = re.compile(r"(.+) \(\d+\)")  # what `names_of` makes of a name that was there before


class Columns(NamedTuple):
    """Names of columns: of ids, of parts if there is one, of every class in order, and of what is of no use."""

    id: str
    part: str
    classes: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def says(self) -> str:
        """What the names say that the numbers are, "" if nothing."""
        found = {(_PREFIX.match(name) or [""])[0].strip(" _.:-").casefold() for name in self.classes}
        if found <= {"p", "prob", "probs", "proba", "probability"}:
            return "probabilities"
        return "logits" if found <= {"logit", "logits", "log_p"} else ""


def some(names: Iterable[object]) -> str:
    """The first of these, and an ellipsis if there are more."""
    first = [str(name) for name in islice(names, SHOWN + 1)]
    return ", ".join(first[:SHOWN]) + (" …" if len(first) > SHOWN else "")


def columns_of(names: Sequence[str], class_names: Sequence[str]) -> Columns:
    """The columns that there are for these classes.

    A class is meant by its name or its number from 0, alone or after logit_, p_, class_ and the like; all classes in
    the same way. Raises `DataError` if there is no id, or not one column for each class.

    >>> columns_of(["id", "p_no", "p_yes", "model"], ["no", "yes"])
    Columns(id='id', part='', classes=('p_no', 'p_yes'), ignored=('model',))
    """
    ids = [name for name in names if name.casefold() in ID]
    if not ids:
        raise DataError(Message("answers_no_id", columns=some(names)))
    part = next((name for name in names if name.casefold() == PART), "")
    known = {*ids, part, *(name for name in names if name.casefold() == LABEL)}
    if LABEL in map(str.casefold, class_names):
        known = {*ids, part}
    rest = [name for name in names if name not in known]
    is_told_apart = len({name.casefold() for name in class_names}) == len(class_names)
    fold = str.casefold if is_told_apart else str
    by_name = _found(rest, {fold(name): place for place, name in enumerate(class_names)}, fold)
    by_number = _found(rest, {str(place): place for place in range(len(class_names))}, fold)
    found = by_number if len(by_number) > len(by_name) else by_name
    others = [name for name in rest if all(name not in of_class for of_class in found.values())]
    beyond = [name for name in others if _bare(name).isdecimal() and int(_bare(name)) >= len(class_names)]
    if len(found) < len(class_names) and len(found) + len(others) == 1:
        raise DataError(Message("answers_one_column", column=rest[0], classes=len(class_names)))
    if len(found) and beyond:
        raise DataError(Message("answers_more_classes", columns=some(beyond), classes=len(class_names)))
    absent = [name for place, name in enumerate(class_names) if place not in found]
    if absent:
        counts = {"count": len(absent), "classes": len(class_names)}
        raise DataError(Message("answers_no_class", names=some(absent), **counts))
    again = [name for name in others if (match := _AGAIN.fullmatch(name)) and match[1] in rest]
    twice = [*again, *(of_class[1] for of_class in found.values() if len(of_class) > 1)]
    if twice or len(ids) > 1:
        raise DataError(Message("answers_twice", columns=some(twice or ids)))
    return Columns(ids[0], part, tuple(found[place][0] for place in range(len(class_names))), tuple(others))


def _found(names: Sequence[str], places: dict[str, int], fold: Callable[[str], str]) -> dict[int, list[str]]:
    """The columns of each class that has any."""
    found: dict[int, list[str]] = {}
    for name in names:
        for form in (fold(name), fold(_bare(name))):
            if form in places:
                found.setdefault(places[form], []).append(name)
                break
    return found


def _bare(name: str) -> str:
    return _PREFIX.sub("", name, count=1) if _PREFIX.match(name) else name
