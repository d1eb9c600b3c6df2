"""The data sets: one table of names, and the functions that draw, split and label them (NumPy only).

A source returns inputs `(n, features)` and labels `(n,)`. Randomness is always an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Labels = NDArray[np.int64]
Examples = tuple[NDArray[np.float64], NDArray[np.int64]]


def digits(rng: np.random.Generator) -> Examples:
    """1797 handwritten digits of 8 x 8 pixels in [0, 1] (Alpaydin & Kaynak 1998, UCI; shipped with scikit-learn)."""
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    return inputs / 16.0, labels.astype(np.int64)


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


@dataclass(frozen=True)
class Source:
    """What is known of a data set before it is loaded."""

    title: str
    features: int
    classes: int
    train_size: int
    test_size: int
    draw: Callable[[np.random.Generator], Examples]
    image: tuple[int, int] | None = None

    @property
    def is_plane(self) -> bool:
        """Whether inputs are points of the plane, so that decision maps can be drawn."""
        return self.features == 2


DATASETS: dict[str, Source] = {
    "digits": Source("handwritten digits, 8 x 8", 64, 10, 1297, 500, digits, image=(8, 8)),
    "blobs": Source("four blobs (2-D)", 2, 4, 500, 500, blobs),
    "crescents": Source("three crescents (2-D)", 2, 3, 500, 500, crescents),
    "spirals": Source("three spirals (2-D)", 2, 3, 500, 500, spirals),
    "rings": Source("three rings (2-D)", 2, 3, 500, 500, rings),
}


@dataclass(frozen=True)
class Dataset:
    """Inputs `(n, features)` float32 and labels `(n,)` int64, split into train and test."""

    name: str
    train_inputs: Floats
    train_labels: Labels
    test_inputs: Floats
    test_labels: Labels

    @property
    def source(self) -> Source:
        """What is known of it: title, sizes, shape."""
        return DATASETS[self.name]

    @property
    def classes(self) -> int:
        return self.source.classes

    @property
    def shown(self) -> HeldOut:
        """The part that pages show."""
        ids, spots = choose_examples(self.test_labels, self.classes), slice(POINTS_SHOWN if self.source.is_plane else 0)
        examples = self.test_inputs[ids], self.test_labels[ids]
        return HeldOut(self.source, *examples, self.test_inputs[spots], self.test_labels[spots])


POINTS_SHOWN = 250


class HeldOut(NamedTuple):
    """What pages show of a test set: E examples, two a class, and of a plane P points; inputs (., features), labels."""

    source: Source
    inputs: Floats
    labels: Labels
    points: Floats
    point_labels: Labels


def load_dataset(name: str, *, noise: float = 0.0, seed: int = 0) -> Dataset:
    """The data set `name` of `DATASETS`, with Gaussian noise of that standard deviation, split by `seed`.

    Raises ValueError that lists the names if there is no such data set.

    >>> data = load_dataset("digits")
    >>> data.train_inputs.shape, data.test_labels.shape
    ((1297, 64), (500,))
    """
    if name not in DATASETS:
        raise ValueError(f"dataset={name} is not allowed: dataset is one of {', '.join(DATASETS)}.")
    rng = np.random.default_rng((seed, 1))
    clean, labels = DATASETS[name].draw(rng)
    inputs = (clean + noise * rng.normal(size=clean.shape)).astype(np.float32)
    order = rng.permutation(len(labels))
    train, test = np.split(order, [DATASETS[name].train_size])
    return Dataset(name, inputs[train], labels[train], inputs[test], labels[test])


def choose_labelled(labels: Labels, count: int, rng: np.random.Generator) -> Labels:
    """Positions `(count,)` of a class-balanced sample of the labels; 0 takes all.

    Every class gets its first example before any class gets its second, so class counts differ by one at most
    while examples last.
    """
    shuffled = rng.permutation(len(labels))
    rank = np.empty(len(labels))
    for label in np.unique(labels):
        of_class = shuffled[labels[shuffled] == label]
        rank[of_class] = np.arange(len(of_class)) + rng.uniform(0, 0.5)
    return np.argsort(rank, kind="stable")[: count or len(labels)]


def flip_labels(labels: Labels, share: float, classes: int, rng: np.random.Generator) -> Labels:
    """The labels with that share of them, rounded, moved to another class, each wrong class equally likely."""
    flipped = labels.copy()
    chosen = rng.permutation(len(labels))[: round(share * len(labels))]
    flipped[chosen] = (labels[chosen] + rng.integers(1, classes, len(chosen))) % classes
    return flipped


def choose_examples(labels: Labels, classes: int) -> Labels:
    """Positions of the held-out examples that pages show: the first two of each class, class by class."""
    return np.concatenate([np.flatnonzero(labels == label)[:2] for label in range(classes)])


GRID_SIDE, GRID_EDGE = 48, 1.25


def grid_points() -> Floats:
    """Points (48 * 48, 2) of the square from -1.25 to 1.25, row by row from low y, on which 2-D maps are drawn."""
    ticks = np.linspace(-GRID_EDGE, GRID_EDGE, GRID_SIDE, dtype=np.float32)
    x, y = np.meshgrid(ticks, ticks)
    return np.stack([x.ravel(), y.ravel()], axis=1)


View = Callable[
    [Dataset], Dataset
]  # of a data set: another one made of it, such as a fold; hashable, for it is part of keys


def without_classes(data: Dataset, absent: Sequence[int]) -> tuple[Dataset, Labels]:
    """The data with no training example of these classes, and the positions (n,) of those kept; the test set stays."""
    kept = np.flatnonzero(~np.isin(data.train_labels, absent))
    return replace(data, train_inputs=data.train_inputs[kept], train_labels=data.train_labels[kept]), kept
