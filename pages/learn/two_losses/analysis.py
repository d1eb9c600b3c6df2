"""The targets of a student and the gradients they give: the two terms of the distillation loss taken apart.

Here z are a student's logits, v the teacher's, p_T = softmax(v / T), q_T = softmax(z / T), and y is the label's one-hot
row. `kd_core.losses` is what trains; the functions here are the same formulas in NumPy (float64), so that the web
process can draw them without torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax, softmax

from kd_core.data import Doubles, Floats, HeldOut, Labels
from kd_core.experiment import Experiment
from kd_core.snapshot import Snapshot
from kd_core.sweeps.grid import Report
from kd_core.sweeps.intervals import Interval, paired_difference
from pages.run.claims import CLAIMS, SGD_RATE, over_splits


def soften(logits: ArrayLike, temperature: ArrayLike) -> Doubles:
    """p = softmax(z / T) over the last axis; T broadcasts against the leading axes."""
    return np.asarray(softmax(_scaled(logits, temperature), axis=-1))


def log_soften(logits: ArrayLike, temperature: ArrayLike) -> Doubles:
    """ln softmax(z / T), without the rounding of a logarithm of it."""
    return np.asarray(log_softmax(_scaled(logits, temperature), axis=-1))


def entropy(logits: ArrayLike, temperature: ArrayLike) -> Doubles:
    """H(p_T) = -sum_c p_c ln p_c in nats: (..., C) to (...)."""
    return soft_cross_entropy(logits, logits, temperature)


def soft_cross_entropy(teacher: ArrayLike, student: ArrayLike, temperature: ArrayLike) -> Doubles:
    """CE(p_T, q_T) = -sum_c p_c ln q_c = KL(p_T || q_T) + H(p_T) in nats: (..., C) to (...)."""
    return np.asarray(-(soften(teacher, temperature) * log_soften(student, temperature)).sum(-1))


def soft_kl(teacher: ArrayLike, student: ArrayLike, temperature: ArrayLike) -> Doubles:
    """KL(p_T || q_T) in nats, without T^2: (..., C) to (...)."""
    log_p, log_q = log_soften(teacher, temperature), log_soften(student, temperature)
    return np.asarray((np.exp(log_p) * (log_p - log_q)).sum(-1))


def soft_kl_gradient(teacher: ArrayLike, student: ArrayLike, temperature: ArrayLike) -> Doubles:
    """d KL(p_T || q_T) / d z = (q_T - p_T) / T, (..., C) (Hinton, Vinyals & Dean 2015, equation 2)."""
    difference = soften(student, temperature) - soften(teacher, temperature)
    return difference / np.asarray(temperature, dtype=np.float64)[..., None]


# The mixture of label and teacher ------------------------------------------------------------------------------------

CORNERS = np.array([[0, 0], [1, 0], [0.5, 0.75**0.5]])  # (x, y) of the label, the top class and the rest


class MixtureShares(NamedTuple):
    """Who says what of the mixture alpha * y + (1 - alpha) * p_T: three shares that add up to 1."""

    label: Doubles
    top: Doubles
    rest: Doubles

    @property
    def position(self) -> Doubles:
        """The point (..., 2) of the triangle `CORNERS` that lies at these barycentric coordinates."""
        return np.asarray(np.stack(self, axis=-1) @ CORNERS)


def mixture_shares(teacher: ArrayLike, temperature: ArrayLike, alpha: ArrayLike) -> MixtureShares:
    """The label's share alpha, that of the teacher's most likely class, and that of all its other classes.

    `teacher` (C,) are the logits of one example; temperature and alpha broadcast against one another.
    """
    temperature, alpha = np.broadcast_arrays(np.asarray(temperature, float), np.asarray(alpha, float))
    top = soften(teacher, temperature).max(-1)
    return MixtureShares(alpha.copy(), (1 - alpha) * top, (1 - alpha) * (1 - top))


class Mixture(NamedTuple):
    """alpha * y + (1 - alpha) * p_T class by class, (C,): what the label gives and what the teacher gives."""

    label: Doubles
    teacher: Doubles


def mixture(teacher: ArrayLike, label: int, temperature: float, alpha: float) -> Mixture:
    """The two parts of one example's mixture; together they sum to 1."""
    soft = soften(teacher, temperature)
    return Mixture(alpha * np.eye(len(soft))[label], (1 - alpha) * soft)


class Terms(NamedTuple):
    """The loss of one example by term, and what each term does to the logits.

    `soft` already holds T^2, `kl` does not. A push is minus the gradient with respect to z, (C,), weights included: a
    step raises the logits whose push is positive. `push` is the sum of the other two.
    """

    hard: float
    kl: float
    soft: float
    total: float
    hard_push: Doubles
    soft_push: Doubles
    push: Doubles


def terms(teacher: ArrayLike, student: ArrayLike, label: int, temperature: float, alpha: float) -> Terms:
    """alpha * CE(y, q_1) + (1 - alpha) * T^2 * KL(p_T || q_T) of one example, logits (C,), taken apart."""
    hard = -float(log_soften(student, 1.0)[label])
    divergence = float(soft_kl(teacher, student, temperature))
    soft = temperature**2 * divergence
    hard_push = alpha * (np.eye(len(np.asarray(student)))[label] - soften(student, 1.0))
    soft_push = -(1 - alpha) * temperature**2 * soft_kl_gradient(teacher, student, temperature)
    total = alpha * hard + (1 - alpha) * soft
    return Terms(hard, divergence, soft, total, hard_push, soft_push, hard_push + soft_push)


# Why T^2, and the limit of high T ------------------------------------------------------------------------------------


class Norms(NamedTuple):
    """Length of the gradient with respect to z, a mean over examples, at K temperatures: (K,); `hard` has no T."""

    temperatures: Doubles
    without: Doubles
    with_factor: Doubles
    hard: float


def gradient_norms(teacher: Doubles, student: Doubles, labels: Labels, temperatures: Sequence[float]) -> Norms:
    """|d KL / d z| and T^2 |d KL / d z| against T, beside |d CE / d z|; logits (E, C), labels (E,)."""
    heat = np.asarray(temperatures, float)
    without = np.linalg.norm(soft_kl_gradient(teacher, student, heat[:, None]), axis=-1).mean(-1)
    hard = np.linalg.norm(np.subtract(soften(student, 1.0), np.eye(teacher.shape[-1])[labels]), axis=-1).mean()
    return Norms(heat, without, heat**2 * without, float(hard))


class Limit(NamedTuple):
    """How near N T^2 * d KL / d z is to the centred z - v: `direction` and `size` are (K, E), one each T and example.

    Both go to 1: direction is the cosine between the two, size the ratio of their lengths.
    """

    temperatures: Doubles
    direction: Doubles
    size: Doubles


def centred(teacher: Doubles, student: Doubles) -> Doubles:
    """z - v with the mean over classes taken from each: (E, C)."""
    difference = np.asarray(student, np.float64) - teacher
    return np.asarray(difference - difference.mean(-1, keepdims=True))


def scaled_gradient(teacher: Doubles, student: Doubles, temperature: ArrayLike) -> Doubles:
    """N T^2 * d KL / d z with N classes, which is about z - v for T large against the logits (2015, equation 4)."""
    heat = np.asarray(temperature, float)[..., None]
    return np.asarray(teacher.shape[-1] * heat**2 * soft_kl_gradient(teacher, student, temperature))


def matching_limit(teacher: Doubles, student: Doubles, temperatures: Sequence[float]) -> Limit:
    """Direction and size of the scaled gradient against the centred z - v; logits (E, C)."""
    heat = np.asarray(temperatures, float)
    gradient, target = scaled_gradient(teacher, student, heat[:, None]), centred(teacher, student)
    length, wanted = np.linalg.norm(gradient, axis=-1), np.linalg.norm(target, axis=-1)
    return Limit(heat, (gradient * target).sum(-1) / (length * wanted), length / wanted)


class Floors(NamedTuple):
    """Both soft losses on the way z = v + s * (u - v) from the teacher (s = 0) to the student (s = 1): (K,) each.

    `entropy` is H(p_T), `slope_gap` the largest difference between the slopes of the two curves.
    """

    s: Doubles
    cross_entropy: Doubles
    kl: Doubles
    entropy: float
    slope_gap: float

    @property
    def at_teacher(self) -> tuple[float, float]:
        """(cross-entropy, KL) of a student that equals its teacher."""
        index = int(np.abs(self.s).argmin())
        return float(self.cross_entropy[index]), float(self.kl[index])

    @property
    def zeros(self) -> str:
        """Which of the two is 0 there: "kl", "ce", "both_zero" or "none_zero"."""
        ce, divergence = (abs(value) < 1e-9 for value in self.at_teacher)
        return {(True, True): "both_zero", (True, False): "ce", (False, True): "kl"}.get((ce, divergence), "none_zero")


def floors(teacher: Doubles, student: Doubles, temperature: float) -> Floors:
    """CE(p_T, q_T) and KL(p_T || q_T) along that way, means over examples; logits (E, C)."""
    s = np.linspace(-0.5, 1.5, 81)
    between = teacher + s[:, None, None] * (np.asarray(student, np.float64) - teacher)
    ce, divergence = (f(teacher, between, temperature).mean(-1) for f in (soft_cross_entropy, soft_kl))
    gap = np.abs(np.gradient(ce, s) - np.gradient(divergence, s)).max()
    return Floors(s, ce, divergence, float(entropy(teacher, temperature).mean()), float(gap))


# Real logits ---------------------------------------------------------------------------------------------------------

EPOCHS = (0, 2, 5, 10, 20, 50, 100)
EARLY = 5  # epochs after which a student is called "early in training"


class ExampleLogits(NamedTuple):
    """E held-out examples and the logits (E, C) on them: the teacher's, and the first distilled student's by epoch.

    images (E, rows, columns) are ink in [0, 1].
    """

    images: Floats
    labels: Labels
    teacher: Doubles
    students: Mapping[int, Doubles]

    def answer(self, index: int) -> tuple[int, float]:
        """The class that the teacher finds most likely for an example, and its probability at T = 1."""
        soft = soften(self.teacher[index], 1.0)
        return int(soft.argmax()), float(soft.max())

    @property
    def hesitant(self) -> int:
        """The example on which the teacher is least sure."""
        return min(range(len(self.labels)), key=lambda index: self.answer(index)[1])


def example_logits(held_out: HeldOut, snapshots: Sequence[Snapshot]) -> ExampleLogits | None:
    """What a run's snapshots tell of its held-out examples at the `EPOCHS`; None before its students' epoch 0."""
    students = {
        snapshot.epoch: snapshot.actors["distilled"].example_logits.astype(np.float64)
        for snapshot in snapshots
        if snapshot.phase == "students" and snapshot.epoch in EPOCHS
    }
    if not students:
        return None
    teacher = [snapshot for snapshot in snapshots if snapshot.phase == "teacher"][-1].actors["teacher"]
    images = held_out.inputs.reshape(len(held_out.labels), *(held_out.source.image or (1, -1)))
    return ExampleLogits(images, held_out.labels, teacher.example_logits.astype(np.float64), students)


# What T^2 does to training -------------------------------------------------------------------------------------------

SCALING, SGD_LEARNING_RATE = over_splits(CLAIMS["t_squared"]), SGD_RATE
MIX = 0.5
ALPHAS = (0.0, MIX, 1.0)


def arms(experiment: Experiment) -> tuple[Experiment, ...]:
    """With and without T^2: under Adam, under SGD; last, SGD without it but with T^2 times the learning rate."""
    adam = experiment.replace(optimizer="adam", t_squared=True)
    sgd = adam.replace(optimizer="sgd", learning_rate=SGD_LEARNING_RATE)
    bare = sgd.replace(t_squared=False)
    larger = bare.replace(learning_rate=SGD_LEARNING_RATE * experiment.temperature**2)
    return (adam, adam.replace(t_squared=False), sgd, bare, larger)


class Effect(NamedTuple):
    """What T^2 does to the test accuracy under one optimizer at one alpha: S seeds at R epochs, (R, S) each.

    `rescaled`: the students without T^2 have the larger learning rate instead. `alone` are students without a teacher.
    `collapsed` are the pairs, (S,), of which a student had learned nothing at the end: no part of the difference.
    """

    optimizer: str
    alpha: float
    rescaled: bool
    epochs: tuple[int, ...]
    with_factor: Floats
    without: Floats
    alone: Floats
    collapsed: NDArray[np.bool_]
    splits: int = 1

    @property
    def difference(self) -> Interval:
        """With T^2 minus without, seed by seed, at the last epoch."""
        sound = np.where(self.collapsed, np.nan, self.with_factor[-1])
        return paired_difference(sound, self.without[-1], splits=self.splits)

    @property
    def lost(self) -> int:
        """How many pairs take no part, because a student has collapsed."""
        return int(self.collapsed.sum())


def scaling_effects(rounds: Sequence[Sequence[Report]], splits: int = SCALING.splits) -> list[Effect]:
    """The effects so far, from R rounds of reports, each of all `arms`; none before the first."""
    if not rounds:
        return []
    by_arm = list(zip(*rounds, strict=True))
    epochs = tuple(report.epoch for report in by_arm[0])
    accuracy = [np.stack([report.accuracy for report in of_arm], axis=1) for of_arm in by_arm]  # (3, R, S)
    lost = [of_arm[-1].collapsed for of_arm in by_arm]  # (3, S)
    pairs = [("adam", 0, 1, False), ("sgd", 2, 3, False), ("sgd", 2, 4, True)]
    return [
        Effect(
            name,
            alpha,
            rescaled,
            epochs,
            accuracy[on][row],
            accuracy[off][row],
            accuracy[on][-1],
            lost[on][row] | lost[off][row],
            splits,
        )
        for name, on, off, rescaled in pairs
        for row, alpha in enumerate(ALPHAS[:2])
        if not (rescaled and alpha)  # a larger step scales the hard term up too: not the same training any more
    ]


def who_notices(effects: Sequence[Effect]) -> str:
    """Whose soft-only students clearly lose accuracy when T^2 is left out: "adam", "sgd", "both" or "neither".

    Clearly: on the next split too.
    """
    soft_only = [effect for effect in effects if effect.alpha == 0 and not effect.rescaled]
    names = [effect.optimizer for effect in soft_only if effect.difference.side > 0]
    return "both" if len(names) == 2 else "".join(names) or "neither"


def _scaled(logits: ArrayLike, temperature: ArrayLike) -> Doubles:
    """z / T in float64."""
    return np.asarray(logits, np.float64) / np.asarray(temperature, np.float64)[..., None]
