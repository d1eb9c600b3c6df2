"""Other domains: the same examples looking otherwise, or other examples of the same classes. No torch.

changes   what is done to examples, each by a function of its own
as_digits MNIST brought to the 8 x 8 pixels of the digits
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kd_core.sources import Source, digits

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Change = Callable[[Floats, Labels, Source, np.random.Generator], Floats]


@dataclass(frozen=True)
class Domain:
    """What it is called, which data it fits, and how it comes about: one of `apply` and `load` is there.

    `apply(seen, labels, source, rng)` makes of examples as people see them, (n, features), the same ones in this
    domain: pixels stay from 0 to 1 but for the noisy ones, which alone draw random numbers. `load(rng)` draws others,
    inputs (n, features) as people see them and labels (n,).
    """

    title: str
    fits: Callable[[Source], bool]
    apply: Change | None = None
    load: Callable[[np.random.Generator], tuple[Floats, Labels]] | None = None


def _is_any(source: Source) -> bool:
    return True


def _is_image(source: Source) -> bool:
    return source.image is not None


def _is_no_image(source: Source) -> bool:
    return source.image is None


def _is_image_or_plane(source: Source) -> bool:
    return source.image is not None or source.is_plane


def _is_digits(source: Source) -> bool:
    return source.draw is digits


def _late(module: str, name: str) -> Any:
    """A function of a module of this folder, which is loaded when it is called: scipy takes a while."""
    return partial(_call, module, name)


def _call(module: str, name: str, *arguments: Any) -> Any:
    return getattr(import_module(f"kd_core.domains.{module}"), name)(*arguments)


DOMAINS: dict[str, Domain] = {
    "noisy": Domain("noisy", _is_any, _late("changes", "noisy")),
    "thick": Domain("thicker strokes", _is_image, _late("changes", "thick")),
    "turned": Domain("turned by 20 degrees", _is_image_or_plane, _late("changes", "turned")),
    "inverted": Domain("black for white", _is_image, _late("changes", "inverted")),
    "shifted": Domain("shifted to the right", _is_image, _late("changes", "shifted")),
    "moved": Domain("the last class moved", _is_no_image, _late("changes", "moved")),
    "mnist": Domain("MNIST brought to 8 x 8", _is_digits, load=_late("as_digits", "load")),
}
