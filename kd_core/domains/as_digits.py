"""MNIST brought to the 8 x 8 pixels of the digits: other writers, other pens, other scanners.

The digits (Alpaydin & Kaynak 1998) were cut out, brought to one height and counted in 8 x 8 blocks of 4 x 4 dots, and
stand narrow: their outer columns are nearly empty. So of an MNIST image 20 rows and 24 columns around what is written
become 8 x 8 means. The shift that is left is real: nobody took these pictures to be like those.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kd_core.domains import Floats, Labels

MOST = 3000
HEIGHT, WIDTH = 20, 24  # pixels around what is written, which fits 20 x 20
PART = 5000  # images at a time, so that what is between takes little memory


def load(rng: np.random.Generator) -> tuple[Floats, Labels]:
    """3000 examples drawn from all of MNIST: inputs (3000, 64) from 0 to 1, labels (3000,).

    Raises `DataError` as `kd_core.mnist.load` does.
    """
    inputs, labels = small()
    chosen = rng.permutation(len(labels))[:MOST]
    return inputs[chosen], labels[chosen]


@lru_cache(maxsize=1)
def small() -> tuple[Floats, Labels]:
    """All of MNIST at 8 x 8: inputs (70000, 64) and labels, not to be written to."""
    from kd_core.mnist import load as load_collection

    pixels, labels = load_collection("mnist")
    parts = [brought_down(pixels[start : start + PART]) for start in range(0, len(pixels), PART)]
    inputs = np.concatenate(parts)
    inputs.flags.writeable = labels.flags.writeable = False
    return inputs, labels


def brought_down(pixels: NDArray[np.uint8]) -> Floats:
    """Images (n, 28, 28) as (n, 64) from 0 to 1: means of 2.5 x 3 pixels of the window around what is written."""
    top, left = _start(pixels.max(axis=2) > 0, HEIGHT), _start(pixels.max(axis=1) > 0, WIDTH)
    margin = max(HEIGHT, WIDTH)
    padded = np.pad(pixels, ((0, 0), (margin, margin), (margin, margin)))
    rows = (margin + top)[:, None] + np.arange(HEIGHT)
    columns = (margin + left)[:, None] + np.arange(WIDTH)
    window = padded[np.arange(len(pixels))[:, None, None], rows[:, :, None], columns[:, None, :]]
    halves = window.repeat(2, axis=1).reshape(-1, 8, 2 * HEIGHT // 8, 8, WIDTH // 8)
    means: Floats = halves.mean(axis=(2, 4), dtype=np.float32) / np.float32(255)
    return means.reshape(-1, 64)


def _start(is_written: NDArray[np.bool_], size: int) -> Labels:
    """Where a window of this size begins that has the written rows (n, 28), or columns, in its middle."""
    first, after = is_written.argmax(axis=1), is_written.shape[1] - is_written[:, ::-1].argmax(axis=1)
    start: Labels = (first + after - size) // 2
    return start
