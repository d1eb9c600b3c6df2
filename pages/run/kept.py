"""Results of studies kept on disk: what has been trained once is not trained again when the app starts anew.

A file is named by all that its content depends on: the settings, the source of what computes it, torch's version. It
holds JSON, so nothing in it is run; the types of what was kept say how to read it. `KD_CACHE` names the folder; where
it can't be written, everything is computed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache, wraps
from importlib.metadata import version
from pathlib import Path
from types import UnionType
from typing import Any, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

from kd_core.own.shelf import write

P = ParamSpec("P")
T = TypeVar("T")
ROOT = Path(__file__).parents[2]


def folder() -> Path:
    """Where results are kept."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("KD_CACHE") or caches / "kd-lab")


def kept(
    *kinds: Any, about: Callable[P, Any], only: Callable[[list[T]], list[T]] = list
) -> Callable[[Callable[P, Iterator[T]]], Callable[P, Iterator[T]]]:
    """For generators whose values are worth keeping: if they are known, nothing else is yielded.

    Args:
        kinds: the types of the values that remain, see `read_as`.
        about: all that the values depend on beside the source, given the generator's arguments; its `repr` counts.
        only: which of these values remain.
    """

    def keep(generate: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
        @wraps(generate)
        def known_or_generated(*arguments: P.args, **options: P.kwargs) -> Iterator[T]:
            place = folder() / f"{generate.__name__}-{_digest(generate, about(*arguments, **options))}.json"
            if known := _read(place, kinds):
                yield from known
                return
            values = []
            for value in generate(*arguments, **options):
                values.append(value)
                yield value
            _write(place, _written(only([value for value in values if _kind_of(value, kinds) is not None]), kinds))

        return known_or_generated

    return keep


def read_as(kind: Any, plain: Any) -> Any:
    """A value of that type out of JSON, in which a named tuple or a dataclass is the list of its fields.

    Types: numbers and texts, arrays, tuples and lists of one type each, mappings by name, named tuples and dataclasses
    of these, and any of them or None. Numbers keep their last bit, arrays their dtype.

    >>> read_as(tuple[float, ...], [1, 2]), read_as(dict[str, int | None], {"a": None})
    ((1.0, 2.0), {'a': None})
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if plain is None else read_as(inner[0], plain)
    if origin is np.ndarray:
        return np.array(plain, dtype=get_args(inner[1])[0])
    if origin in (tuple, list):
        return origin(read_as(inner[0], value) for value in plain)
    if origin in (dict, Mapping):
        return {name: read_as(inner[1], value) for name, value in plain.items()}
    if is_dataclass(kind) or hasattr(kind, "_fields"):
        types = get_type_hints(kind).values()
        return kind(*(read_as(each, value) for each, value in zip(types, plain, strict=True)))
    return kind(plain) if kind in (bool, int, float, str) else plain


def _kind_of(value: Any, kinds: Sequence[Any]) -> int | None:
    """Which of the types it is of."""
    return next((i for i, kind in enumerate(kinds) if isinstance(value, get_origin(kind) or kind)), None)


def _written(values: Sequence[Any], kinds: Sequence[Any]) -> bytes:
    """A pair for each value: the number of its type, and itself."""
    return json.dumps([(_kind_of(value, kinds), value) for value in values], default=_plain).encode()


def _read(place: Path, kinds: Sequence[Any]) -> list[Any]:
    """What a file holds; nothing where there is none, or it is damaged."""
    with suppress(OSError, ValueError, TypeError, LookupError, AttributeError):
        return [read_as(kinds[kind], value) for kind, value in json.loads(place.read_bytes())]
    return []


def _plain(value: Any) -> Any:
    """What JSON does not know: arrays and dataclasses as lists, other mappings as dicts."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    return dict(value)


def _write(place: Path, content: bytes) -> None:
    with suppress(OSError):  # what can't be kept is computed again
        write(place, content)


def _digest(generate: Callable[..., Any], about: Any) -> str:
    return hashlib.sha256(f"{generate.__module__} {about!r} {_source(generate.__module__)}".encode()).hexdigest()[:24]


@cache
def _source(module: str) -> str:
    """What computes: the engine, the page's folder, the claims, and the libraries."""
    page = ROOT / Path(*module.split(".")[:3])
    files = [*(ROOT / "kd_core").rglob("*.py"), *page.rglob("*.py"), Path(__file__).with_name("claims.py")]
    text = b"".join(file.read_bytes() for file in sorted(files))
    return hashlib.sha256(text).hexdigest() + "".join(version(name) for name in ("torch", "numpy", "scikit-learn"))
