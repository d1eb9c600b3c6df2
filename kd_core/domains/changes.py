"""What other domains do to examples as people see them: (n, features) float32 in, the same out.

Images are (n, channels, height, width) while they are changed. Every example is changed alone, but for noise, which
is drawn in their order, and for where a class of a table moves.
"""

from __future__ import annotations

from math import prod

import numpy as np
from scipy import ndimage

from kd_core.domains import Floats, Labels
from kd_core.sources import Source

PIXEL_NOISE, FEATURE_NOISE, PLANE_NOISE = 0.3, 0.5, 0.1
THICKER = 0.5  # of the way to the brightest neighbour
DEGREES = 20.0
MOVE = (0.45, 0.3)  # in a plane


def noisy(seen: Floats, labels: Labels, source: Source, rng: np.random.Generator) -> Floats:
    """Gaussian noise on every value: deviation 0.3 of pixels, which may leave 0 to 1, 0.1 in a plane, 0.5 of features.

    Features of tables are in standard deviations.
    """
    deviation = PIXEL_NOISE if source.image else PLANE_NOISE if source.is_plane else FEATURE_NOISE
    noise = rng.standard_normal(seen.shape, np.float32)
    noise *= np.float32(deviation)
    noise += seen
    return noise


def thick(seen: Floats, labels: Labels, source: Source, rng: np.random.Generator) -> Floats:
    """Every pixel goes half of the way to the brightest of the 3 x 3 around it (a grey dilation)."""
    images = _images(seen, source)
    brightest = ndimage.maximum_filter(images, size=(1, 1, 3, 3), mode="nearest")
    return _rows(images + np.float32(THICKER) * (brightest - images))


def turned(seen: Floats, labels: Labels, source: Source, rng: np.random.Generator, degrees: float = DEGREES) -> Floats:
    """Turned by 20 degrees, against the clock as it is drawn; zeros come in at the corners of images."""
    if source.is_plane:
        angle = np.deg2rad(degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
        return seen @ turn.T
    images = _images(seen, source)
    return _rows(ndimage.rotate(images, degrees, axes=(3, 2), reshape=False, order=1).clip(0, 1))


def inverted(seen: Floats, labels: Labels, source: Source, rng: np.random.Generator) -> Floats:
    """1 minus each pixel."""
    return 1 - seen


def shifted(seen: Floats, labels: Labels, source: Source, rng: np.random.Generator) -> Floats:
    """To the right by an eighth of the width, rounded down, but by one pixel at least; zeros come in."""
    images = _images(seen, source)
    by = max(1, images.shape[-1] // 8)
    moved = np.zeros_like(images)
    moved[..., by:] = images[..., :-by]
    return _rows(moved)


def moved(seen: Floats, labels: Labels, source: Source, rng: np.random.Generator) -> Floats:
    """The last class moved, all of it alike: in a plane by (0.45, 0.3), else by 1 in every second feature.

    1 is a deviation of a column in deviations. Each of these features goes toward the mean of all examples given, for
    a class that moves away from the others would be told apart all the more easily.
    """
    is_last = labels == source.classes - 1
    if not is_last.any():
        return seen.copy()
    by = np.array(MOVE, np.float32)
    if not source.is_plane:
        by = np.sign(seen.mean(axis=0) - seen[is_last].mean(axis=0))
        by[1::2] = 0
    return np.where(is_last[:, None], seen + by, seen)


def _images(seen: Floats, source: Source) -> Floats:
    return seen.reshape(len(seen), *source.shape)


def _rows(images: Floats) -> Floats:
    return images.reshape(len(images), prod(images.shape[1:]))
