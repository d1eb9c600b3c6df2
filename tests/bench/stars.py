"""`python -m tests.bench stars`: how often a rule for "not told from the best" is wrong, and how much it sees.

Grids of cells x units are simulated, and all rules look at the same ones. A rule errs where any cell that is as good as
the best is told from it; it sees a cell that is behind by so many standard deviations where it tells that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from kd_core.data import Doubles
from kd_core.experiment import Experiment
from kd_core.sweeps.best import FAMILY_ERROR, range_quantile
from kd_core.sweeps.pieces import train_together
from kd_core.teaching import teacher_of

GRIDS = 2000
CELLS, UNITS, CORRELATIONS = (6, 12, 48), (5, 10), (0.0, 0.5)
SD = 0.015  # of a real student's accuracy
BEHIND = (2.0, 4.0)  # of these standard deviations, that is
REAL = {"digits": Experiment(labels=50, epochs=40), "blobs": Experiment(dataset="blobs", labels=40, epochs=40)}
PAIRS = 300
Stars = NDArray[np.bool_]


def paired_intervals(values: Doubles) -> Stars:
    """A paired 95 % interval against the best, uncorrected."""
    return np.asarray(_paired_p(values) >= FAMILY_ERROR)


def holm(values: Doubles) -> Stars:
    """Paired t tests against the best, corrected step by step (Holm 1979)."""
    p = _paired_p(values)
    cells = p.shape[-1]
    order = p.argsort(-1)
    scaled = np.take_along_axis(p, order, -1) * np.maximum(cells - 1 - np.arange(cells), 1)
    stars = np.empty(p.shape, np.bool_)
    np.put_along_axis(stars, order, np.maximum.accumulate(scaled, -1) >= FAMILY_ERROR, -1)
    return stars


def dunnett(values: Doubles) -> Stars:
    """What `scipy.stats.dunnett` says of values less their unit's mean, with the best cell as the control."""
    cells, units = values.shape[-2:]
    centred = values - values.mean(-2, keepdims=True)
    free = cells * (units - 1)
    mean = centred.mean(-1)
    error = np.sqrt(centred.var(-1, ddof=1).mean(-1) * 2 / units)
    return np.asarray(mean.max(-1, keepdims=True) - mean <= dunnett_quantile(cells - 1, free) * error[..., None])


def tukey(values: Doubles) -> Stars:
    """Tukey's studentized range (1953), residuals of all cells pooled."""
    behind, error = _behind(values)
    cells, units = values.shape[-2:]
    return np.asarray(behind <= range_quantile(cells, (cells - 1) * (units - 1)) * error)


def step_down(values: Doubles) -> Stars:
    """The same from the worst cell upwards, each looked at beside those above it (Newman 1939, Keuls 1952).

    What `kd_core.sweeps.best` does, for many grids at once.
    """
    behind, error = _behind(values)
    cells, units = values.shape[-2:]
    order, free = (-behind).argsort(-1), (cells - 1) * (units - 1)
    quantiles = np.array([*(range_quantile(left, free) for left in range(cells, 1, -1)), 0.0])
    kept = np.take_along_axis(behind, order, -1) <= quantiles * error
    stars = np.empty(behind.shape, np.bool_)
    np.put_along_axis(stars, order, np.logical_or.accumulate(kept, -1), -1)
    return stars


RULES: dict[str, Callable[[Doubles], Stars]] = {
    "paired intervals": paired_intervals,
    "Holm": holm,
    "Dunnett": dunnett,
    "Tukey": tukey,
    "step down": step_down,
}


def _behind(values: Doubles) -> tuple[Doubles, Doubles]:
    """How far every cell is behind the best, and the standard error of a cell's mean."""
    cells, units = values.shape[-2:]
    mean = values.mean(-1)
    residuals = values - mean[..., None] - values.mean(-2, keepdims=True) + mean.mean(-1)[..., None, None]
    square = (residuals**2).sum((-2, -1)) / ((cells - 1) * (units - 1))
    return np.asarray(mean.max(-1, keepdims=True) - mean), np.asarray(np.sqrt(square / units)[..., None])


def _paired_p(values: Doubles) -> Doubles:
    """Two-sided p of every cell's paired t test against the best; 1 for the best itself."""
    units = values.shape[-1]
    best = values.mean(-1).argmax(-1)
    difference = np.take_along_axis(values, best[..., None, None], -2) - values
    with np.errstate(divide="ignore", invalid="ignore"):
        t = difference.mean(-1) / (difference.std(-1, ddof=1) / units**0.5)
    return np.asarray(2 * stats.t.sf(np.nan_to_num(t, nan=0.0), units - 1))


def dunnett_quantile(others: int, free: int) -> float:
    """Two-sided critical value against one control, groups of equal size (Dunnett 1955)."""
    z, z_weight = np.polynomial.hermite_e.hermegauss(80)
    chance = np.linspace(0.0005, 0.9995, 1000)  # of the pooled deviation
    scale = np.sqrt(stats.chi2.ppf(chance, free) / free)

    def inside(critical: float) -> float:
        reach = critical * scale[:, None] * 2**0.5
        each = stats.norm.cdf(z + reach) - stats.norm.cdf(z - reach)
        return float((each**others @ z_weight).mean() / z_weight.sum()) - (1 - FAMILY_ERROR)

    return float(optimize.brentq(inside, 1, 20))


def simulated(cells: int, units: int, correlation: float, generator: np.random.Generator) -> Doubles:
    """Grids of equal cells, normal, with so much of the variance in common within a unit."""
    common = generator.normal(size=(GRIDS, 1, units)) * correlation**0.5
    return np.asarray(0.85 + SD * (common + generator.normal(size=(GRIDS, cells, units)) * (1 - correlation) ** 0.5))


def resampled(dataset: str, cells: int, units: int, generator: np.random.Generator) -> Doubles:
    """Grids of equal cells from real students: all were trained under one condition, each cell's are others."""
    experiment = REAL[dataset]
    *_, last = train_together(experiment, [experiment.heard_at(0)], teacher_of(experiment).logits, seeds=range(PAIRS))
    return np.asarray(generator.choice(last.accuracy[0].astype(np.float64), (GRIDS, cells, units)))


def settings() -> Iterator[tuple[str, Doubles]]:
    """Every kind of grid of equal cells."""
    generator = np.random.default_rng(0)
    for cells in CELLS:
        for units in UNITS:
            for r in CORRELATIONS:
                yield f"{cells} cells, {units} units, r = {r:g}", simulated(cells, units, r, generator)
    wide = simulated(12, 5, 0.0, generator)
    wide[:, 0] = 0.85 + 3 * (wide[:, 0] - 0.85)
    yield "12 cells, 5 units, one varies threefold", wide
    for dataset in REAL:
        for cells in CELLS[1:]:
            yield f"{cells} cells, 5 units, students on {dataset}", resampled(dataset, cells, 5, generator)


def judged(rule: Callable[[Doubles], Stars], values: Doubles) -> dict[str, float]:
    """Shares of grids of equal cells where a rule errs, and of cells behind which it sees, in the lower half."""
    half, deviation = values.shape[1] // 2, float(np.median(values.std(0)))
    found = {"error": float((~rule(values)).any(-1).mean())}
    for behind in BEHIND:
        lower = values.copy()
        lower[:, half:] -= behind * deviation
        stars = rule(lower)
        found |= {
            f"error, half {behind:g} sd behind": float((~stars[:, :half]).any(-1).mean()),
            f"seen {behind:g} sd behind": float((~stars[:, half:]).mean()),
        }
    return found


def run() -> dict[str, dict[str, dict[str, float]]]:
    """Error rates and power of every rule on every kind of grid, as shares."""
    results: dict[str, dict[str, dict[str, float]]] = {}
    for title, values in settings():
        results[title] = {name: judged(rule, values) for name, rule in RULES.items()}
        names = list(results[title]["step down"])
        print(f"\n{title}\n{'':17}" + "".join(f"{name:>27}" for name in names))
        for rule, found in results[title].items():
            print(f"{rule:17}" + "".join(f"{100 * found[name]:25.1f} %" for name in names))
    return results
