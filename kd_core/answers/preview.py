"""What a page shows of answers: how often they are right, how sure they are, and what they say of an example."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kd_core.answers.table import Answers
from kd_core.data import Dataset, Doubles, Floats, Labels, choose_examples

BINS = 10


class Preview(NamedTuple):
    """Accuracy in training and test; of the test rows, by class: mean probability q (C,), how often it is the
    likeliest, how often it is the label (shares).

    By ten bins of the likeliest class's probability: how many test rows, how sure they are on average, how many are
    right (NaN where a bin is empty). `sure`: the mean of that probability. `examples`: ids (E,) of test rows, two a
    class, the most doubtful first, with `inputs` as people see them, `labels` and `logits` (E, C).
    """

    train_accuracy: float
    test_accuracy: float
    mean: Doubles
    answered: Doubles
    labelled: Doubles
    counts: Labels
    confidence: Doubles
    right: Doubles
    sure: float
    examples: Labels
    inputs: Floats
    labels: Labels
    logits: Floats


def preview(answers: Answers, data: Dataset, clip: float) -> Preview:
    """What these answers, which are for this data, look like; examples' logits with that `clip`."""
    q, classes = answers.probabilities(), data.classes
    train, test = (np.searchsorted(answers.ids, ids) for ids in (data.taught_ids, data.test_ids))
    likeliest = q.argmax(axis=1)
    is_right = likeliest[test] == data.test_labels
    top = q[test].max(axis=1)
    bins = np.minimum((top * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(bins, top, BINS) / counts
        right = np.bincount(bins, is_right, BINS) / counts
    spots = choose_examples(data.test_labels, classes)
    spots = spots[np.argsort(top[spots], kind="stable")]
    return Preview(
        float((likeliest[train] == data.labels[data.taught_ids]).mean()),
        float(is_right.mean()),
        q[test].mean(axis=0),
        np.bincount(likeliest[test], minlength=classes) / len(test),
        np.bincount(data.test_labels, minlength=classes) / len(test),
        counts,
        confidence,
        right,
        float(top.mean()),
        data.test_ids[spots],
        data.seen(data.test_ids[spots]),
        data.test_labels[spots],
        answers.logits(clip)[test[spots]],
    )
