"""Answers of a teacher: logits or probabilities of every row of one data set, as one seed splits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import numpy as np
from numpy.typing import NDArray

from kd_core.data import Doubles, Floats
from kd_core.experiment import DEFAULTS, SETTINGS, Experiment, text_of

Kind = Literal["logits", "probabilities"]
KINDS: tuple[Kind, ...] = ("logits", "probabilities")


@dataclass(frozen=True)
class About:
    """What is known of answers: a title, the settings of the data they are for, as a query, and what they are.

    Logarithms of probabilities are logits.
    """

    title: str
    data: str
    kind: Kind
    class_names: tuple[str, ...]
    rows: int

    @property
    def dataset(self) -> str:
        return self.settings["dataset"]

    @property
    def settings(self) -> dict[str, str]:
        """The settings of the data as a link holds them, those that are not as usual."""
        return dict(parse_qsl(self.data))


@dataclass(frozen=True, eq=False)
class Answers:
    """Row ids (n,), rising, and for each of them values (n, C): logits, or probabilities as they came."""

    about: About
    ids: NDArray[np.int64]
    values: Floats

    def probabilities(self) -> Doubles:
        """q (n, C), each row of which sums to 1: softmax of logits; of probabilities, what they are of their sum."""
        values = self.values.astype(np.float64)
        if self.about.kind == "logits":
            values = np.exp(values - values.max(axis=1, keepdims=True))
        found: Doubles = values / values.sum(axis=1, keepdims=True)
        return found

    def logits(self, clip: float) -> Floats:
        """z (n, C): logits to the bit as they came; of probabilities q, z = log((1 - e) q + e / C) with e = `clip`.

        Without the e a probability of 0 would be a logit of minus infinity, and it would stay 0 at every temperature.
        """
        if self.about.kind == "logits":
            return self.values
        found: Floats = np.log((1 - clip) * self.probabilities() + clip / self.values.shape[1]).astype(np.float32)
        return found


def data_of(experiment: Experiment) -> str:
    """The settings that decide which rows there are and how one seed splits them, as a query: answers belong to these.

    >>> data_of(Experiment(seed=3, student="8"))
    'dataset=digits&seed=3'
    """
    settings = {name: getattr(experiment, name) for name, setting in SETTINGS.items() if setting.part == "data"}
    told: list[tuple[str, Any]] = [
        (name, text_of(value))
        for name, value in settings.items()
        if name == "dataset" or (name != "splits" and value != DEFAULTS[name])
    ]
    return urlencode(told)
