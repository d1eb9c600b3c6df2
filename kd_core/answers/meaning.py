"""Whether numbers are logits or probabilities, and what is odd about them.

Probabilities: columns that are called so (p_0, ...); numbers that are all from 0 to 1, unless columns are called logits
and rows do not sum to 1; numbers of 0 or more with the same sum in every row, such as votes or percentages. Everything
else is logits, logarithms of probabilities among them: softmax does not mind what is added to a row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kd_core.answers.columns import some
from kd_core.answers.table import Kind
from kd_core.data import DataError, Doubles
from kd_core.messages import Message

TINY = 1e-6  # below 0: a sum's rounding
NEAR = 0.02  # of 1: a sum of rounded probabilities
SAME = 1e-3  # of a sum: how much rows may differ from one another, or from 1, until it is told
MOST_DECIMALS = 4  # that are told as rounded


def meaning_of(values: Doubles, ids: NDArray[np.int64], says: str) -> tuple[Kind, list[Message]]:
    """What the values (n, C) of these rows are, and warnings; `says`: what their columns' names say, "" if nothing.

    Negative numbers that are a sum's rounding become 0. Raises `DataError` for probabilities that are negative, for
    rows that are all 0, and for a few rows that are not what most are.
    """
    is_negative = (values < -TINY).any(axis=1)
    sums = values.sum(axis=1)
    is_within = (values >= -TINY).all(axis=1) & (values <= 1 + TINY).all(axis=1)
    is_one = np.abs(sums - 1) <= NEAR
    same_sum = not is_negative.any() and sums.min() > 0 and float(np.ptp(sums)) <= SAME * float(sums.mean())
    certain = bool(is_within.all()) and (says != "logits" or bool(is_one.mean() > 0.5))
    if says == "probabilities" or certain or same_sum:
        if is_negative.any():
            raise DataError(_of_rows("answers_negative", ids[is_negative], len(ids)))
        values[values < 0] = 0
        if (empty := sums <= 0).any():
            raise DataError(_of_rows("answers_all_zero", ids[empty], len(ids)))
        return "probabilities", _oddities(values, ids, sums)
    others = ~(is_within & is_one)
    if says != "logits" and others.mean() <= 0.1:
        raise DataError(_of_rows("answers_mixed", ids[others], len(ids)))
    return "logits", []


def _of_rows(kind: str, ids: NDArray[np.int64], rows: int) -> Message:
    return Message(kind, count=len(ids), rows=rows, ids=some(ids))


def _oddities(values: Doubles, ids: NDArray[np.int64], sums: Doubles) -> list[Message]:
    """What is odd about probabilities, but can be used."""
    found = []
    if (unlike := np.abs(sums - 1) > SAME).any():
        low, high = f"{sums[unlike].min():.4g}", f"{sums[unlike].max():.4g}"
        counts = {"count": int(unlike.sum()), "rows": len(ids)}
        found.append(Message("answers_normalised", **counts, low=low, high=high))
    zeros, cells = int((values == 0).sum()), values.size
    decimals = _decimals(values)
    if zeros == cells - len(ids):  # one number in every row
        found.append(Message("answers_hard", rows=len(ids)))
    elif decimals <= MOST_DECIMALS:
        found.append(Message("answers_rounded", decimals=decimals, zeros=zeros, cells=cells))
    elif zeros:
        found.append(Message("answers_zeros", zeros=zeros, cells=cells))
    return found


def _decimals(values: Doubles) -> int:
    """Digits after the point that all of these numbers get by with; one more than matter if they are many."""
    for decimals in range(MOST_DECIMALS + 1):
        scaled = values * 10**decimals
        if (np.abs(scaled - np.rint(scaled)) < 10**decimals * TINY).all():
            return decimals
    return MOST_DECIMALS + 1
