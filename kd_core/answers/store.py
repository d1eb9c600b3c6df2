"""Where answers are kept: one .npz file each, named answers- and a digest of all that a student hears of them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from kd_core.answers.table import KINDS, About, Answers
from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.own.classes import are_names
from kd_core.own.limits import LIMITS
from kd_core.own.npz import NOT_OURS, array_in, json_of, known_in, npz_of
from kd_core.own.shelf import is_digest, keep, kept_in, taken, touch
from kd_core.own.zips import open_zip

T = TypeVar("T")
PREFIX = "answers-"
ARRAYS = {"ids": ("<i8", 1), "values": ("<f4", 2)}  # dimensions
MEMBERS = {"about.npy", *(f"{name}.npy" for name in ARRAYS)}
MOST_QUERY = 1000  # characters: of the settings of data


def name_of(answers: Answers) -> str:
    """The name that links have for them: everything counts but the title, for a file may be renamed."""
    seen = hashlib.sha256(json_of(replace(answers.about, title="")))
    for array in _arrays(answers).values():
        seen.update(array.tobytes())
    return PREFIX + seen.hexdigest()[:32]


def is_name(text: str) -> bool:
    """Whether it is how links name answers, held here or not."""
    return text.startswith(PREFIX) and is_digest(text.removeprefix(PREFIX))


def folder() -> Path:
    """Where answers are kept."""
    return kept_in("answers")


def save(answers: Answers) -> str:
    """Keep answers, and return their name; a file that is there stays. `DataError` if nothing can be written."""
    name = name_of(answers)
    if held(name):
        touch(_place(name))
    else:
        keep(_place(name), to_bytes(answers))
    return name


def held(name: str) -> bool:
    """Whether answers of that name are kept here. Anything else than a name is not, and never becomes a path."""
    return is_name(name) and _place(name).is_file()


def require(name: str) -> None:
    """Raise `DataError` unless this machine holds the answers now."""
    if not held(name):
        raise DataError(Message("answers_not_held"))


@lru_cache(maxsize=200)
def about(name: str) -> About:
    """What is known of the answers of that name, without reading them; as long as the process lives, once asked for.

    `DataError` if they are not held.
    """
    return _of_held(name, _about_alone)


@lru_cache(maxsize=4)
def read(name: str) -> Answers:
    """The answers of that name. `DataError` if they are not held, or the file is not what it was."""

    def whole(file: BinaryIO) -> Answers:
        answers = _read(file)
        if name_of(answers) != name:
            raise DataError(Message("own_not_ours"))
        return answers

    answers = _of_held(name, whole)
    touch(_place(name))
    return answers


def to_bytes(answers: Answers) -> bytes:
    """The answers as one .npz file. ValueError for what `from_bytes` would not read."""
    _check(answers)
    return npz_of(answers.about, _arrays(answers))


def from_bytes(content: bytes) -> Answers:
    """The answers of such a file. `DataError` for any other: it may come from anywhere."""
    if len(content) > LIMITS.file:
        raise DataError(Message("own_large_file", most=LIMITS.file // 10**6))
    return _read(io.BytesIO(content))


def _read(file: BinaryIO) -> Answers:
    try:
        with open_zip(file) as members:
            answers = Answers(
                _about(members), **{name: array_in(members, name, *form) for name, form in ARRAYS.items()}
            )
        _check(answers)
    except NOT_OURS as problem:
        raise DataError(Message("own_not_ours")) from problem
    return answers


def _arrays(answers: Answers) -> dict[str, NDArray[Any]]:
    return {name: np.ascontiguousarray(getattr(answers, name), kind) for name, (kind, _) in ARRAYS.items()}


def _about(members: zipfile.ZipFile) -> About:
    about = About(**known_in(members, MEMBERS, [field.name for field in fields(About)]))
    _check_about(about)
    return about


def _about_alone(file: BinaryIO) -> About:
    try:
        with open_zip(file) as members:
            return _about(members)
    except NOT_OURS as problem:
        raise DataError(Message("own_not_ours")) from problem


def _check(answers: Answers) -> None:
    """ValueError if anything is not as everyone who uses answers may expect."""
    _check_about(answers.about)
    n, classes = answers.about.rows, len(answers.about.class_names)
    values = answers.values
    if answers.ids.shape != (n,) or values.shape != (n, classes):
        raise ValueError("another shape")
    if answers.ids[0] < 0 or (np.diff(answers.ids) <= 0).any() or not np.isfinite(values).all():
        raise ValueError("no ids in order, or numbers that are none")
    if answers.about.kind == "probabilities" and (values.min() < 0 or values.max(axis=1).min() <= 0):
        raise ValueError("no probabilities")


def _check_about(about: About) -> None:
    """ValueError if what is known of answers is of another type, or can't be true."""
    texts = (about.title, about.data, about.kind)
    if not (
        all(isinstance(text, str) for text in texts)
        and are_names((about.title,))
        and len(about.data) <= MOST_QUERY
        and about.data.isascii()
        and "dataset" in about.settings
        and about.kind in KINDS
        and isinstance(about.class_names, tuple)
        and 2 <= len(about.class_names) <= LIMITS.classes
        and are_names(about.class_names)
        and type(about.rows) is int
        and 0 < about.rows <= LIMITS.rows
    ):
        raise ValueError("not what is known of any answers")


def _place(name: str) -> Path:
    return folder() / f"{name.removeprefix(PREFIX)}.npz"


def _of_held(name: str, take: Callable[[BinaryIO], T]) -> T:
    found = taken(_place(name), take) if is_name(name) else None
    if found is None:
        raise DataError(Message("answers_not_held"))
    return found
