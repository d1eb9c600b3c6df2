"""What a data set is before it is split: one table of names, each with its shape, its classes and how it is loaded.

Loading gives a `Pool`: all examples, those for training and those for testing. A pool of collected examples is there
once in a process, as it came (pixels as bytes); one that is drawn comes from a generator, which is always an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib import import_module
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kd_core.models import Shape

Examples = tuple[NDArray[np.float64], NDArray[np.int64]]


class Pool(NamedTuple):
    """Inputs (n, features) and labels (n,) int64.

    What networks are given is (inputs - shift) * scale. `fit` makes columns of a table into features, (n, features)
    float32, by what it learns of the examples with these ids alone; None where inputs are features already.
    """

    inputs: NDArray[np.float32] | NDArray[np.uint8]
    labels: NDArray[np.int64]
    shift: float = 0.0
    scale: float = 1.0
    fit: Callable[[NDArray[np.int64]], NDArray[np.float32]] | None = None


@dataclass(frozen=True)
class Source:
    """What is known of a data set before it is loaded.

    `shape` is that of an example: (features,), or of images (channels, height, width). `suggested` holds the settings
    that a link to this data set starts from. `is_small`: its test set is too small to tell much.
    """

    title: str
    shape: Shape
    class_names: tuple[str, ...]
    train_size: int
    test_size: int
    draw: Callable[[np.random.Generator], Examples] | None = None
    load: Callable[[], Pool] | None = None
    is_plane: bool = False
    is_small: bool = False
    suggested: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def features(self) -> int:
        return prod(self.shape)

    @property
    def classes(self) -> int:
        return len(self.class_names)

    @property
    def image(self) -> tuple[int, ...] | None:
        """Height and width, and channels if there are several, of images; None for other examples."""
        if len(self.shape) != 3:
            return None
        channels, height, width = self.shape
        return (height, width) if channels == 1 else (height, width, channels)


# Collected


def digits(rng: np.random.Generator) -> Examples:
    """1797 handwritten digits of 8 x 8 pixels in [0, 1] (Alpaydin & Kaynak 1998, UCI; shipped with scikit-learn)."""
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    return inputs / 16.0, labels.astype(np.int64)


@lru_cache(maxsize=3)
def images(name: str, side: int) -> Pool:
    """70 000 images of a collection that `kd_core.mnist` knows, at 28 x 28, or 14 x 14 by means of 2 x 2 pixels.

    Standardised by two numbers of the whole collection, mean and standard deviation of its pixels.
    """
    from kd_core.mnist import load

    pixels, labels = load(name)
    if side == 14:
        pixels = _halved(pixels)
    return standardised(pixels.reshape(len(pixels), -1), labels)


def standardised(pixels: NDArray[np.uint8], labels: NDArray[np.int64]) -> Pool:
    """A pool of images (n, features), standardised by mean and standard deviation of all their pixels."""
    counts, values = np.zeros(256, np.int64), np.arange(256)
    for start in range(0, len(pixels), 5000):  # some at a time: to be counted, a pixel takes eight bytes
        counts += np.bincount(pixels[start : start + 5000].ravel(), minlength=256)
    mean = float(counts @ values / pixels.size)
    deviation = float(counts @ (values - mean) ** 2 / pixels.size) ** 0.5
    return Pool(pixels, labels, mean, 1 / max(deviation, 1.0))


def _halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of 2 x 2 pixels, rounded: (n, 28, 28) to (n, 14, 14); some at a time, for sums take two bytes."""
    halves = np.empty((len(pixels), 14, 14), np.uint8)
    for start in range(0, len(pixels), 5000):
        part = pixels[start : start + 5000].astype(np.uint16)
        sums = part[:, ::2, ::2] + part[:, ::2, 1::2] + part[:, 1::2, ::2] + part[:, 1::2, 1::2]
        halves[start : start + 5000] = (sums + 2) // 4
    return halves


@lru_cache(maxsize=3)
def table(name: str) -> Pool:
    """A table that scikit-learn ships, every column standardised by its training part."""
    from sklearn import datasets
    from sklearn.preprocessing import StandardScaler

    inputs, labels = getattr(datasets, f"load_{name}")(return_X_y=True)

    def fit(train: NDArray[np.int64]) -> NDArray[np.float32]:
        features: NDArray[np.float32] = StandardScaler().fit(inputs[train]).transform(inputs).astype(np.float32)
        return features

    return Pool(inputs.astype(np.float32), labels.astype(np.int64), fit=fit)


# Drawn


def blobs(rng: np.random.Generator) -> Examples:
    """Four round clouds; the first two are neighbours, the last stands apart."""
    labels = np.arange(1000) % 4
    centres = np.array([[-0.5, 0.5], [0.1, 0.6], [0.6, -0.2], [-0.5, -0.6]])
    return centres[labels] + rng.normal(0, 0.16, (1000, 2)), labels


def crescents(rng: np.random.Generator) -> Examples:
    """Three crescent moons, each reaching into the hollow of the next."""
    labels = np.arange(1000) % 3
    angle = rng.uniform(-0.25, np.pi + 0.25, 1000)
    turn = 2 * np.pi / 3 * labels
    x, y = 0.5 * np.cos(angle) + 0.28, 0.5 * np.sin(angle) - 0.02
    points = np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], axis=1)
    return points + rng.normal(0, 0.04, (1000, 2)), labels


def spirals(rng: np.random.Generator) -> Examples:
    """Three spiral arms of one and a quarter turns."""
    labels = np.arange(1000) % 3
    along = np.sqrt(rng.uniform(0.02, 1, 1000))
    angle = 2.5 * np.pi * along + 2 * np.pi / 3 * labels
    points = 0.9 * along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return points + rng.normal(0, 0.03, (1000, 2)), labels


def rings(rng: np.random.Generator) -> Examples:
    """Three rings, one within the other."""
    labels = np.arange(1000) % 3
    radius = np.array([0.25, 0.55, 0.85])[labels] + rng.normal(0, 0.04, 1000)
    angle = rng.uniform(0, 2 * np.pi, 1000)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1), labels


def terrain(rng: np.random.Generator) -> Examples:
    """Seven covers of hillsides: a table that `kd_core.made.terrain` describes."""
    examples: Examples = import_module("kd_core.made.terrain").terrain(rng)
    return examples


def numbered(count: int) -> tuple[str, ...]:
    """Names of classes that have none."""
    return tuple(map(str, range(count)))


_CLOTHES = (
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "boot",
)
_KANA = ("お o", "き ki", "す su", "つ tsu", "な na", "は ha", "ま ma", "や ya", "れ re", "を wo")
_COVERS = ("spruce", "lodgepole", "ponderosa", "cottonwood", "aspen", "fir", "krummholz")
# Measured on MNIST: teachers of 98.3 and 97.6 %, ten students; either in under ten seconds of one core, gains clear.
_LIVE: dict[str, Any] = {
    "teacher": "c16-c32",
    "teacher_epochs": 12,
    "student": "c4-c8",
    "epochs": 50,
    "temperature": 8.0,
    "learning_rate": 0.01,
}
_LARGE: dict[str, Any] = {
    "teacher": "256-256",
    "teacher_epochs": 16,
    "student": "128",
    "epochs": 30,
    "labels": 1000,
    "temperature": 8.0,
    "learning_rate": 0.005,
}
_TABLE: dict[str, Any] = {
    "teacher": "32-32",
    "teacher_epochs": 100,
    "student": "8",
    "labels": 20,
    "splits": 10,
    "seeds": 10,
}
_TERRAIN: dict[str, Any] = {
    "teacher": "64-64",
    "student": "16",
    "labels": 500,
    "epochs": 50,
}


def _collection(name: str, title: str, names: tuple[str, ...], side: int) -> Source:
    return Source(
        f"{title}, {side} x {side}",
        (1, side, side),
        names,
        60_000,
        10_000,
        load=partial(images, name, side),
        suggested=_LIVE if side == 14 else _LARGE,
    )


SOURCES: dict[str, Source] = {
    "digits": Source("handwritten digits, 8 x 8", (1, 8, 8), numbered(10), 1297, 500, digits),
    "mnist": _collection("mnist", "MNIST digits", numbered(10), 14),
    "fashion": _collection("fashion", "Fashion-MNIST", _CLOTHES, 14),
    "kmnist": _collection("kmnist", "Kuzushiji-MNIST", _KANA, 14),
    "mnist28": _collection("mnist", "MNIST digits", numbered(10), 28),
    "fashion28": _collection("fashion", "Fashion-MNIST", _CLOTHES, 28),
    "kmnist28": _collection("kmnist", "Kuzushiji-MNIST", _KANA, 28),
    "blobs": Source("four blobs (2-D)", (2,), numbered(4), 500, 500, blobs, is_plane=True),
    "crescents": Source("three crescents (2-D)", (2,), numbered(3), 500, 500, crescents, is_plane=True),
    "spirals": Source("three spirals (2-D)", (2,), numbered(3), 500, 500, spirals, is_plane=True),
    "rings": Source("three rings (2-D)", (2,), numbered(3), 500, 500, rings, is_plane=True),
    "breast": Source(
        "breast cancer (table)",
        (30,),
        ("malignant", "benign"),
        369,
        200,
        load=partial(table, "breast_cancer"),
        is_small=True,
        suggested=_TABLE,
    ),
    "wine": Source(
        "wine (table)", (13,), numbered(3), 118, 60, load=partial(table, "wine"), is_small=True, suggested=_TABLE
    ),
    "iris": Source(
        "iris (table)",
        (4,),
        ("setosa", "versicolor", "virginica"),
        100,
        50,
        load=partial(table, "iris"),
        is_small=True,
        suggested=_TABLE,
    ),
    "terrain": Source("terrain, made here (table)", (22,), _COVERS, 3000, 1500, terrain, suggested=_TERRAIN),
}
# What names of other data sets begin with, and the module that knows those: it is loaded when it is asked.
PROVIDERS = {"own-": "kd_core.own.source"}


def provider_of(name: str) -> Any:
    """The module that knows a data set of this name; None if there is none."""
    modules = [module for start, module in PROVIDERS.items() if name.startswith(start)]
    return import_module(modules[0]) if modules else None


def source_of(name: str) -> Source:
    """What is known of the data set of this name.

    Raises ValueError that lists the names if there is none, `kd_core.data.DataError` if this machine does not hold it.
    """
    if name in SOURCES:
        return SOURCES[name]
    if provider := provider_of(name):
        found: Source = provider.source(name)
        return found
    raise ValueError(f"dataset={name} is not allowed: dataset is one of {', '.join(SOURCES)}.")


def domains(source: Source | None = None) -> tuple[str, ...]:
    """Names of other domains, of all or of those that these examples can be brought to."""
    known = import_module("kd_core.domains").DOMAINS
    return tuple(name for name, domain in known.items() if source is None or domain.fits(source))
