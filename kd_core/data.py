"""Data sets as they are used: split into train and test, labelled, shown (NumPy only).

What there is before the split, and under which names, `kd_core.sources` knows. Randomness is always an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kd_core.sources import SOURCES, Source
from kd_core.sources import source_of as source_of

DATASETS = SOURCES
TARGET, TEST_NOISE = 11, 12  # streams of random numbers, beside the split's own

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Labels = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class DataError(RuntimeError):
    """What is wrong with data; its one argument is the `Message` that says so."""


@dataclass(frozen=True)
class Dataset:
    """All inputs and labels of a data set, and which of them are for training and which for testing.

    inputs (n, features), float32 or, of images, bytes, shared by all splits; labels (n,) int64; train_ids, test_ids.
    What a network is given is (inputs - shift) * scale; `unit` is what people see as 1.

    With another domain the test set is of that, and source_test_ids are the same examples as they were. adapting_ids
    are training examples of the other domain whose labels teacher and students are told; target_ids are those without.
    """

    name: str
    inputs: Floats | Bytes
    labels: Labels
    train_ids: Labels
    test_ids: Labels
    shift: float = 0.0
    scale: float = 1.0
    unit: float = 1.0
    target_ids: Labels = field(default_factory=lambda: np.zeros(0, np.int64))
    adapting_ids: Labels = field(default_factory=lambda: np.zeros(0, np.int64))
    source_test_ids: Labels = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def source(self) -> Source:
        """What is known of it: title, sizes, shape."""
        return source_of(self.name)

    @property
    def classes(self) -> int:
        return self.source.classes

    def rows(self, ids: Labels) -> Floats:
        """What networks are given of these examples: (..., features) float32."""
        found: Floats = self.inputs[ids].astype(np.float32, copy=False)
        return (
            found if (self.shift, self.scale) == (0, 1) else (found - np.float32(self.shift)) * np.float32(self.scale)
        )

    @property
    def train_inputs(self) -> Floats:
        """Made anew, as the next three are: (train size, features)."""
        return self.rows(self.train_ids)

    @property
    def train_labels(self) -> Labels:
        return self.labels[self.train_ids]

    @property
    def taught_ids(self) -> Labels:
        """What a teacher learns from: the training set, and what it is adapted by."""
        return np.concatenate([self.train_ids, self.adapting_ids])

    @property
    def test_inputs(self) -> Floats:
        return self.rows(self.test_ids)

    @property
    def test_labels(self) -> Labels:
        return self.labels[self.test_ids]

    def seen(self, ids: Labels) -> Floats:
        """As people see these examples: pixels from 0 to 1, or the features."""
        return self.inputs[ids].astype(np.float32) / np.float32(self.unit)

    @property
    def shown(self) -> HeldOut:
        """The part that pages show."""
        ids, spots = choose_examples(self.test_labels, self.classes), slice(POINTS_SHOWN if self.source.is_plane else 0)
        points = self.test_ids[spots]
        return HeldOut(
            self.source, self.seen(self.test_ids[ids]), self.test_labels[ids], self.rows(points), self.labels[points]
        )


POINTS_SHOWN = 250


class HeldOut(NamedTuple):
    """What pages show of a test set: E examples, two a class, and of a plane P points; inputs (., features), labels."""

    source: Source
    inputs: Floats
    labels: Labels
    points: Floats
    point_labels: Labels


def load_dataset(
    name: str,
    *,
    noise: float = 0.0,
    seed: int = 0,
    test_noise: float = 0.0,
    target: str = "",
    target_labels: int = 0,
) -> Dataset:
    """The data set `name`, with Gaussian noise of that standard deviation (of pixels from 0 to 1), split by `seed`.

    `test_noise` comes on top of it in what is tested on. A `target` is another domain, which the test set is of then;
    so many labels of it are told. Collected examples without any of these are there once in this process, whatever the
    split. Raises ValueError that lists the names if there is no such data set, `DataError` if its examples cannot be
    had.

    >>> data = load_dataset("digits")
    >>> data.train_inputs.shape, data.test_labels.shape
    ((1297, 64), (500,))
    """
    data = _load(name, noise, seed)
    if target:
        data = _moved(data, target, target_labels, np.random.default_rng((seed, TARGET)))
    if test_noise:
        rng, ids = np.random.default_rng((seed, TEST_NOISE)), data.test_ids
        inputs = data.inputs.astype(np.float32)
        inputs[ids] += np.float32(test_noise * data.unit) * rng.standard_normal(inputs[ids].shape, np.float32)
        data = replace(data, inputs=inputs)
    return data


def _load(name: str, noise: float, seed: int) -> Dataset:
    source, rng = source_of(name), np.random.default_rng((seed, 1))
    if source.draw is not None:
        clean, labels = source.draw(rng)
        inputs = (clean + noise * rng.normal(size=clean.shape)).astype(np.float32)
        train, test = np.split(rng.permutation(len(labels)), [source.train_size])
        return Dataset(name, inputs, labels, train, test)
    assert source.load is not None
    pool = source.load()
    train, test = np.split(rng.permutation(len(pool.labels)), [source.train_size])
    features = pool.inputs if pool.fit is None else pool.fit(train)
    unit = 255.0 if features.dtype == np.uint8 else 1.0
    if noise:
        features = features.astype(np.float32)
        features += np.float32(noise * unit) * rng.standard_normal(features.shape, np.float32)
    return Dataset(name, features, pool.labels, train, test, pool.shift, pool.scale, unit)


def _moved(data: Dataset, target: str, target_labels: int, rng: np.random.Generator) -> Dataset:
    """The data with another domain beside it: behind the examples lie those of the other domain."""
    domain, count = import_module("kd_core.domains").DOMAINS[target], len(data.labels)
    seen = data.seen(np.arange(count))
    if domain.load is None:
        others, labels = domain.apply(seen, data.labels, data.source, rng), data.labels
        train, test = data.train_ids + count, data.test_ids + count
    else:
        others, labels = domain.load(rng)
        train, test = np.split(np.arange(count, count + len(labels)), [2 * len(labels) // 3])
    every = np.concatenate([data.labels, labels])
    told = choose_labelled(every[train], target_labels, rng)[:target_labels]
    return replace(
        data,
        inputs=np.concatenate([seen, others.astype(np.float32)]),
        labels=every,
        test_ids=test,
        shift=data.shift / data.unit,
        scale=data.scale * data.unit,
        unit=1.0,
        target_ids=np.delete(train, told),
        adapting_ids=train[told],
        source_test_ids=data.test_ids,
    )


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
    return replace(data, train_ids=data.train_ids[kept]), kept
