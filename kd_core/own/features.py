"""Data as inputs of networks: what has to be learned of the data for that is learned of the training part alone."""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from kd_core.own.prepared import About, Prepared

LARGEST = 10.0  # standard deviations
COLUMNS = 16  # at a time: on the way, numbers take many bytes


def feature_count(about: About) -> int:
    """How many inputs a network has: one a number, one a value of a category; of an image one a pixel and channel."""
    if about.kind == "image":
        return prod(about.shape)
    return len(about.columns) - len(about.values) + sum(about.values)


def fit_features(prepared: Prepared, train_ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Features (n, features), finite, of all examples; what is learned for them is learned of the training ones.

    A missing number is the median, and numbers are in standard deviations from the mean, at most 10; a column that does
    not vary in training is 0. A category is 1 for its value and 0 for others, all 0 where it is missing. Pixels are in
    [0, 1], and nothing is learned for them.
    """
    about = prepared.about
    features = np.zeros((about.examples, feature_count(about)), np.float32)
    if about.kind == "image":
        np.divide(prepared.pixels.reshape(features.shape), np.float32(255), out=features)
        return features
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    width = prepared.numbers.shape[1]
    scale = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    for start in range(0, width, COLUMNS):
        block = slice(start, min(start + COLUMNS, width))
        numbers = prepared.numbers[:, block].astype(np.float64)  # squares of the largest are beyond float32
        scale.fit(numbers[train_ids])
        scaled = scale.transform(numbers).clip(-LARGEST, LARGEST)
        features[:, block] = np.where(scale[-1].var_ > 0, scaled, 0)
    for column, values in enumerate(about.values):
        # The values are known: which of them are in the training part decides nothing.
        encode = OneHotEncoder(categories=[np.arange(values)], handle_unknown="ignore", sparse_output=False)
        codes = prepared.categories[:, [column]]
        features[:, width : width + values] = encode.fit(codes[train_ids]).transform(codes)
        width += values
    return features
