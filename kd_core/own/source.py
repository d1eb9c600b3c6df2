"""Data of one's own as a data set like any other: `kd_core.sources` asks here for names that begin with own-."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import numpy as np

from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.own import prepared
from kd_core.own.features import feature_count, fit_features
from kd_core.sources import Pool, Source, standardised

PREFIX = "own-"
SMALL = 200  # examples of a test set that can't tell much
MOST_TESTED = 10_000


def name_of(digest: str) -> str:
    """The data set's name in links."""
    return PREFIX + digest


def digest_in(name: str) -> str:
    return name.removeprefix(PREFIX)


def source(name: str) -> Source:
    """What is known of the data set of that name.

    Raises `DataError` if this machine does not hold it; what has been asked for once is known as long as the process
    lives, so that a run that is on screen can still be told of.
    """
    return _source(digest_in(name))


def require(name: str) -> None:
    """Raise `DataError` unless this machine holds the data now."""
    if not prepared.held(digest_in(name)):
        raise DataError(Message("own_not_held"))


@lru_cache(maxsize=200)
def _source(digest: str) -> Source:
    about = prepared.about(digest)
    tested = min(round(0.3 * about.examples), MOST_TESTED)
    height, width, channels = about.shape
    trained = about.examples - tested
    return Source(
        about.title,
        (channels, height, width) if about.kind == "image" else (feature_count(about),),
        about.class_names,
        trained,
        tested,
        load=partial(load, digest),
        is_small=tested < SMALL,
        suggested=_suggested(about, trained),
    )


def _suggested(about: prepared.About, trained: int) -> dict[str, Any]:
    """Settings to begin with: a run of seconds, over several splits where the data are few."""
    labels = min(trained, max(100 if trained > 300 else 20, 5 * len(about.class_names)))
    several = {"splits": 5, "seeds": 10} if trained < 2000 else {}
    if about.kind == "image":
        networks = {"teacher": "c16-c32", "student": "c4-c8", "epochs": 50, "learning_rate": 0.01}
    else:
        networks = {"teacher": "64-64", "student": "8", "teacher_epochs": 30 if trained > 1000 else 60}
    return {**networks, **several, "labels": labels}


@lru_cache(maxsize=4)
def load(digest: str) -> Pool:
    """All examples, once in this process."""
    data = prepared.read(digest)
    if data.about.kind == "image":
        pixels = np.ascontiguousarray(data.pixels.transpose(0, 3, 1, 2))  # channel by channel
        return standardised(pixels.reshape(len(pixels), -1), data.labels)
    return Pool(data.numbers, data.labels, fit=partial(fit_features, data))
