"""A table in the shape of Covertype (Blackard & Dean 1999, UCI): which trees cover a hillside. No real data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def terrain(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """4500 patches: inputs (4500, 22) and labels (4500,) of seven covers, the rarest of about 3 %.

    Ten numbers, standardised by all that is drawn: elevation, aspect, slope, distance to water and height above it,
    distances to roads and to places where fires began, and the light in the morning, at noon and in the evening, which
    follows from slope and aspect (a Lambertian hillside). Then one of four areas, which differ in elevation, and one of
    eight soils, which go with elevation and area, as 0 and 1.

    The cover follows from rules on single columns, the first that holds; what they read is blurred by 7 % of a standard
    deviation, so that near a border nobody can tell.
    """
    n = 4500
    area = rng.choice(4, n, p=(0.4, 0.1, 0.3, 0.2))
    elevation = rng.normal(np.array([3000, 3250, 2900, 2450])[area], 230)  # metres, as distances are
    aspect, slope = rng.uniform(0, 360, n), rng.gamma(4, 4, n).clip(0, 60)  # degrees
    water, road, fire = (rng.gamma(2, mean / 2, n) for mean in (260, 2000, 1900))
    above = rng.normal(0.15, 0.15, n) * water
    toward, steep = np.deg2rad(aspect), np.deg2rad(slope)
    suns = np.deg2rad([(105, 45), (180, 60), (255, 45)])  # azimuth and height
    light = [
        np.sin(height) * np.cos(steep) + np.cos(height) * np.sin(steep) * np.cos(azimuth - toward)
        for azimuth, height in suns
    ]
    step = ((elevation + rng.normal(0, 120, n) - 2200) // 350).clip(0, 3).astype(np.int64)
    stony = rng.random(n) < np.array([0.2, 0.8, 0.5, 0.3])[area]
    numbers = np.stack([elevation, aspect, slope, water, above, road, fire, *light], axis=1)
    blurred = numbers + 0.07 * numbers.std(axis=0) * rng.normal(size=numbers.shape)
    high, _, tilt, wet, _, way, burnt, dawn, _, _ = blurred.T
    rules = [
        ((high > 3320) & ((tilt > 12) | stony), 6),  # krummholz
        ((high < 2520) & (wet < 110), 3),  # cottonwood
        ((high < 2700) & (dawn < 0.6), 5),  # Douglas fir
        (high < 2700, 2),  # ponderosa pine
        ((high < 2980) & (way < 1300) & (tilt < 20) & (dawn > 0.65), 4),  # aspen
        ((high > 3050) & ((burnt > 1200) | (area == 2)), 0),  # spruce
        ((high > 2850) & (wet < 160) & ~stony, 0),
    ]
    labels = np.ones(n, np.int64)  # lodgepole pine
    for holds, cover in reversed(rules):
        labels[holds] = cover
    scaled = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    return np.concatenate([scaled, np.eye(4)[area], np.eye(8)[4 * stony + step]], axis=1), labels
