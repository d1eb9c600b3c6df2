"""Whether answers stand beside their rows: how often the likeliest class is the label, by chance, out of step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kd_core.answers.columns import some
from kd_core.data import Labels
from kd_core.messages import Message

DEVIATIONS = 3.0  # standard deviations above chance that chance does not reach


class Alignment(NamedTuple):
    """Shares of training rows whose label is the likeliest class: as they stand, by chance, if every answer is taken
    from `offset` rows further on, and with the columns in the order that fits best, `order` (C,).
    """

    accuracy: float
    chance: float
    offset: int
    shifted: float
    order: tuple[int, ...]
    ordered: float
    is_chance: bool


def alignment_of(answered: Labels, labels: Labels, classes: int) -> Alignment:
    """How likeliest classes (n,) agree with labels (n,), -1 where none is known; both in the order of the file.

    By chance they agree as often as if they were dealt out anew: the sum over classes of the share of answers times the
    share of labels. Offsets are tried all at once, as the correlation of the two sequences closed to a ring; orders of
    columns, as an assignment of them to classes.
    """
    from scipy.optimize import linear_sum_assignment

    known = labels >= 0
    n = int(known.sum())
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels[known], answered[known]), 1)
    accuracy = float(np.trace(counts)) / n
    chance = float(counts.sum(axis=0) @ counts.sum(axis=1)) / n**2
    is_chance = accuracy <= chance + DEVIATIONS * (chance * (1 - chance) / n) ** 0.5
    agreeing = np.sum([_agreeing(answered == place, labels == place) for place in range(classes)], axis=0) / n
    offset = int(np.argmax(agreeing))
    shifted = float(agreeing[offset])
    offset -= len(labels) if offset > len(labels) // 2 else 0
    _, order = linear_sum_assignment(counts, maximize=True)
    ordered = float(counts[range(classes), order].sum()) / n
    return Alignment(accuracy, chance, offset, shifted, tuple(order.tolist()), ordered, is_chance)


def _agreeing(answered: NDArray[np.bool_], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For each k how many rows i have a label whose answer stands at i + k: the correlation theorem."""
    spectrum = np.fft.rfft(answered) * np.conj(np.fft.rfft(labels))
    found: NDArray[np.float64] = np.fft.irfft(spectrum, len(labels))
    return found


def warning_of(found: Alignment) -> list[Message]:
    """What has to be told of it, if anything."""
    if not found.is_chance:
        return []
    figures = {"accuracy": f"{100 * found.accuracy:.1f}", "chance": f"{100 * found.chance:.1f}"}
    # Three times as often, or half of the way to always where there are few classes.
    if max(found.shifted, found.ordered) < min(3 * found.accuracy, (1 + found.accuracy) / 2):
        return [Message("answers_by_chance", **figures)]
    if found.ordered > found.shifted:
        order = some(found.order)
        return [Message("answers_other_order", **figures, order=order, ordered=f"{100 * found.ordered:.1f}")]
    return [Message("answers_out_of_step", **figures, offset=found.offset, shifted=f"{100 * found.shifted:.1f}")]
