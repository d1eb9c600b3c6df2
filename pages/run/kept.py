"""Results of studies kept on disk: what has been trained once is not trained again when the app starts anew.

A file is named by all that its content depends on: the settings, the source of what computes it, torch's version. It
holds JSON, so nothing in it is run. `KD_CACHE` names the folder; where it can't be written, everything is computed.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache, wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import orjson

P = ParamSpec("P")
T = TypeVar("T")
ROOT = Path(__file__).parents[2]


def folder() -> Path:
    """Where results are kept."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("KD_CACHE") or caches / "kd-lab")


def kept(
    read: Callable[[Any], T],
    *,
    about: Callable[P, Any],
    result: Callable[[Sequence[T]], Sequence[T]] = lambda values: values[-1:],
) -> Callable[[Callable[P, Iterator[T]]], Callable[P, Iterator[T]]]:
    """For generators whose result is worth keeping: if it is known, they yield that and nothing else.

    Args:
        read: makes a value out of its JSON.
        about: all that the values depend on beside the source, given the generator's arguments; its `repr` counts.
        result: which of the values remain.
    """

    def keep(generate: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
        @wraps(generate)
        def known_or_generated(*arguments: P.args, **options: P.kwargs) -> Iterator[T]:
            place = folder() / f"{generate.__name__}-{_digest(generate, about(*arguments, **options))}.json"
            if known := _read(place, read):
                yield from known
                return
            values = []
            for value in generate(*arguments, **options):
                values.append(value)
                yield value
            _write(place, orjson.dumps(list(result(values)), default=_plain, option=orjson.OPT_SERIALIZE_NUMPY))

        return known_or_generated

    return keep


def _read(place: Path, read: Callable[[Any], T]) -> list[T]:
    """What a file holds; nothing where there is none, or it is damaged."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        return [read(value) for value in orjson.loads(place.read_bytes())]
    return []


def _plain(value: Any) -> Any:
    """Named tuples as lists, what is like a mapping as a dict."""
    return dict(value) if hasattr(value, "keys") else list(value)


def _write(place: Path, content: bytes) -> None:
    """All or nothing: another process may be reading, or writing the same."""
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
            file.write(content)
        Path(file.name).replace(place)


def _digest(generate: Callable[..., Any], about: Any) -> str:
    return hashlib.sha256(f"{generate.__module__} {about!r} {_source(generate.__module__)}".encode()).hexdigest()[:24]


@cache
def _source(module: str) -> str:
    """What computes: the engine, the module's own folder, the claims, and the libraries."""
    page = (ROOT / Path(*module.split("."))).parent
    files = [*(ROOT / "kd_core").rglob("*.py"), *page.rglob("*.py"), Path(__file__).with_name("claims.py")]
    text = b"".join(file.read_bytes() for file in sorted(files))
    return hashlib.sha256(text).hexdigest() + "".join(version(name) for name in ("torch", "numpy", "scikit-learn"))
