"""Streams of random numbers: a generator of its own for everything that is drawn, so that none disturbs another."""

from __future__ import annotations

import numpy as np
import torch

TEACHER_INIT, TEACHER_ORDER, TEACHER_DROPOUT, SAMPLE, INIT, ORDER = range(6)
TEACHER_SHIFT, SHIFT, EXTRA, EXTRA_ORDER, DROPOUT = range(6, 11)


def generator(*key: int) -> torch.Generator:
    """A generator of its own for each key, such as (seed, stream, pair): streams never meet."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> 1))
