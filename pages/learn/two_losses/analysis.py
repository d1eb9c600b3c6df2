"""What a student hears, and how hard: the two terms of the distillation loss taken apart.

Here z are a student's logits, v the teacher's, p_T = softmax(v / T), q_T = softmax(z / T), and y is the label's one-hot
row. `kd_core.losses` is what trains; the functions here are the same formulas in NumPy (float64), so that the web
process can draw them without torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kd_core.data import Dataset, choose_examples
from kd_core.experiment import Experiment
from kd_core.metrics import Interval, paired_difference
from kd_core.snapshot import Snapshot
from kd_core.sweeps.grid import Report

Reals = NDArray[np.float64]


def soften(logits: ArrayLike, temperature: ArrayLike) -> Reals:
    """p = softmax(z / T) over the last axis; T broadcasts against the leading axes."""
    return np.exp(_log_soften(logits, temperature))


def entropy(logits: ArrayLike, temperature: ArrayLike) -> Reals:
    """H(p_T) = -sum_c p_c ln p_c in nats: (..., C) to (...)."""
    return cross_entropy(logits, logits, temperature)


def cross_entropy(teacher: ArrayLike, student: ArrayLike, temperature: ArrayLike) -> Reals:
    """CE(p_T, q_T) = -sum_c p_c ln q_c = KL(p_T || q_T) + H(p_T) in nats: (..., C) to (...)."""
    return np.asarray(-(soften(teacher, temperature) * _log_soften(student, temperature)).sum(-1))


def kl(teacher: ArrayLike, student: ArrayLike, temperature: ArrayLike) -> Reals:
    """KL(p_T || q_T) in nats, without T^2: (..., C) to (...)."""
    log_p, log_q = _log_soften(teacher, temperature), _log_soften(student, temperature)
    return np.asarray((np.exp(log_p) * (log_p - log_q)).sum(-1))


def kl_gradient(teacher: ArrayLike, student: ArrayLike, temperature: ArrayLike) -> Reals:
    """d KL(p_T || q_T) / d z = (q_T - p_T) / T, (..., C) (Hinton, Vinyals & Dean 2015, equation 2)."""
    difference = soften(student, temperature) - soften(teacher, temperature)
    return difference / np.asarray(temperature, dtype=np.float64)[..., None]


# What is heard -------------------------------------------------------------------------------------------------------

CORNERS = np.array([[0, 0], [1, 0], [0.5, 0.75**0.5]])  # (x, y) of the label, the top class and the rest


class Shares(NamedTuple):
    """Who says what of the mixture alpha * y + (1 - alpha) * p_T: three shares that add up to 1."""

    label: Reals
    top: Reals
    rest: Reals

    @property
    def position(self) -> Reals:
        """The point (..., 2) of the triangle `CORNERS` that lies at these barycentric coordinates."""
        return np.asarray(np.stack(self, axis=-1) @ CORNERS)


def heard(teacher: ArrayLike, temperature: ArrayLike, alpha: ArrayLike) -> Shares:
    """The label's share alpha, that of the teacher's most likely class, and that of all its other classes.

    `teacher` (C,) are the logits of one example; temperature and alpha broadcast against one another.
    """
    temperature, alpha = np.broadcast_arrays(np.asarray(temperature, float), np.asarray(alpha, float))
    top = soften(teacher, temperature).max(-1)
    return Shares(alpha.copy(), (1 - alpha) * top, (1 - alpha) * (1 - top))


class Mixture(NamedTuple):
    """alpha * y + (1 - alpha) * p_T class by class, (C,): what the label gives and what the teacher gives."""

    label: Reals
    teacher: Reals


def mixture(teacher: ArrayLike, label: int, temperature: float, alpha: float) -> Mixture:
    """The two parts of what one example's student hears; together they sum to 1."""
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
    hard_push: Reals
    soft_push: Reals
    push: Reals


def terms(teacher: ArrayLike, student: ArrayLike, label: int, temperature: float, alpha: float) -> Terms:
    """alpha * CE(y, q_1) + (1 - alpha) * T^2 * KL(p_T || q_T) of one example, logits (C,), taken apart."""
    hard = -float(_log_soften(student, 1.0)[label])
    divergence = float(kl(teacher, student, temperature))
    soft = temperature**2 * divergence
    hard_push = alpha * (np.eye(len(np.asarray(student)))[label] - soften(student, 1.0))
    soft_push = -(1 - alpha) * temperature**2 * kl_gradient(teacher, student, temperature)
    total = alpha * hard + (1 - alpha) * soft
    return Terms(hard, divergence, soft, total, hard_push, soft_push, hard_push + soft_push)


def push_reach(teacher: Reals, students: Sequence[Reals], temperatures: Sequence[float]) -> float:
    """The largest push on any logit of one example at any alpha, of these students at these temperatures."""
    heat = np.asarray(temperatures, float)[:, None]
    soft = heat[..., None] ** 2 * kl_gradient(teacher, np.asarray(students), heat)
    return max(1.0, float(np.abs(soft).max()))


# Why T^2, and the limit of high T ------------------------------------------------------------------------------------


class Norms(NamedTuple):
    """Length of the gradient with respect to z, a mean over examples, at K temperatures: (K,); `hard` has no T."""

    temperatures: Reals
    without: Reals
    with_factor: Reals
    hard: float


def gradient_norms(teacher: Reals, student: Reals, labels: NDArray[np.int64], temperatures: Sequence[float]) -> Norms:
    """|d KL / d z| and T^2 |d KL / d z| against T, beside |d CE / d z|; logits (E, C), labels (E,)."""
    heat = np.asarray(temperatures, float)
    without = np.linalg.norm(kl_gradient(teacher, student, heat[:, None]), axis=-1).mean(-1)
    hard = np.linalg.norm(np.subtract(soften(student, 1.0), np.eye(teacher.shape[-1])[labels]), axis=-1).mean()
    return Norms(heat, without, heat**2 * without, float(hard))


class Limit(NamedTuple):
    """How near N T^2 * d KL / d z is to the centred z - v: `direction` and `size` are (K, E), one each T and example.

    Both go to 1: direction is the cosine between the two, size the ratio of their lengths.
    """

    temperatures: Reals
    direction: Reals
    size: Reals


def centred(teacher: Reals, student: Reals) -> Reals:
    """z - v with the mean over classes taken from each: (E, C)."""
    difference = np.asarray(student, np.float64) - teacher
    return np.asarray(difference - difference.mean(-1, keepdims=True))


def scaled_gradient(teacher: Reals, student: Reals, temperature: ArrayLike) -> Reals:
    """N T^2 * d KL / d z with N classes, which is about z - v for T large against the logits (2015, equation 4)."""
    heat = np.asarray(temperature, float)[..., None]
    return np.asarray(teacher.shape[-1] * heat**2 * kl_gradient(teacher, student, temperature))


def matching_limit(teacher: Reals, student: Reals, temperatures: Sequence[float]) -> Limit:
    """Direction and size of the scaled gradient against the centred z - v; logits (E, C)."""
    heat = np.asarray(temperatures, float)
    gradient, target = scaled_gradient(teacher, student, heat[:, None]), centred(teacher, student)
    length, wanted = np.linalg.norm(gradient, axis=-1), np.linalg.norm(target, axis=-1)
    return Limit(heat, (gradient * target).sum(-1) / (length * wanted), length / wanted)


class Floors(NamedTuple):
    """Both soft losses on the way z = v + s * (u - v) from the teacher (s = 0) to the student (s = 1): (K,) each.

    `entropy` is H(p_T), `slope_gap` the largest difference between the slopes of the two curves.
    """

    s: Reals
    cross_entropy: Reals
    kl: Reals
    entropy: float
    slope_gap: float

    @property
    def at_teacher(self) -> tuple[float, float]:
        """(cross-entropy, KL) of a student that equals its teacher."""
        index = int(np.abs(self.s).argmin())
        return float(self.cross_entropy[index]), float(self.kl[index])

    @property
    def zeros(self) -> str:
        """Which of the two is 0 there: "kl", "ce", "both" or "neither"."""
        ce, divergence = (abs(value) < 1e-9 for value in self.at_teacher)
        return {(True, True): "both", (True, False): "ce", (False, True): "kl"}.get((ce, divergence), "neither")


def floors(teacher: Reals, student: Reals, temperature: float) -> Floors:
    """CE(p_T, q_T) and KL(p_T || q_T) along that way, means over examples; logits (E, C)."""
    s = np.linspace(-0.5, 1.5, 81)
    between = teacher + s[:, None, None] * (np.asarray(student, np.float64) - teacher)
    ce, divergence = (f(teacher, between, temperature).mean(-1) for f in (cross_entropy, kl))
    gap = np.abs(np.gradient(ce, s) - np.gradient(divergence, s)).max()
    return Floors(s, ce, divergence, float(entropy(teacher, temperature).mean()), float(gap))


# Real logits ---------------------------------------------------------------------------------------------------------

EPOCHS = (0, 2, 5, 10, 20, 50, 100)
EARLY = 5  # epochs after which a student is called "early in training"


class ExampleLogits(NamedTuple):
    """E held-out examples and the logits (E, C) on them: the teacher's, and the first distilled student's by epoch."""

    inputs: NDArray[np.float32]
    labels: NDArray[np.int64]
    teacher: Reals
    students: Mapping[int, Reals]

    def answer(self, index: int) -> tuple[int, float]:
        """The class that the teacher finds most likely for an example, and its probability at T = 1."""
        soft = soften(self.teacher[index], 1.0)
        return int(soft.argmax()), float(soft.max())

    @property
    def hesitant(self) -> int:
        """The example on which the teacher is least sure."""
        return min(range(len(self.labels)), key=lambda index: self.answer(index)[1])


def example_logits(data: Dataset, snapshots: Sequence[Snapshot]) -> ExampleLogits | None:
    """What a run's snapshots tell of its held-out examples at the `EPOCHS`; None before its students' epoch 0."""
    students = {
        snapshot.epoch: snapshot.actors["distilled"].example_logits.astype(np.float64)
        for snapshot in snapshots
        if snapshot.phase == "students" and snapshot.epoch in EPOCHS
    }
    if not students:
        return None
    teacher = [snapshot for snapshot in snapshots if snapshot.phase == "teacher"][-1].actors["teacher"]
    chosen = choose_examples(data.test_labels, data.classes)
    return ExampleLogits(
        data.test_inputs[chosen], data.test_labels[chosen], teacher.example_logits.astype(np.float64), students
    )


# What T^2 does to training -------------------------------------------------------------------------------------------

SCALING = Experiment(labels=50, student="64", temperature=20.0, epochs=60, seeds=10)
SGD_LEARNING_RATE = 0.1
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

    `rescaled`: the students without T^2 have the larger learning rate instead. `alone` never hear the teacher.
    """

    optimizer: str
    alpha: float
    rescaled: bool
    epochs: tuple[int, ...]
    with_factor: NDArray[np.float32]
    without: NDArray[np.float32]
    alone: NDArray[np.float32]

    @property
    def difference(self) -> Interval:
        """With T^2 minus without, seed by seed, at the last epoch."""
        return paired_difference(self.with_factor[-1], self.without[-1])


def scaling_effects(experiment: Experiment, reports: Sequence[Report]) -> list[Effect]:
    """The effects so far; none before every arm has reported once."""
    by_arm = [[report for report in reports if report.piece == number] for number in range(len(arms(experiment)))]
    rounds = min(map(len, by_arm))
    if not rounds:
        return []
    epochs = tuple(report.epoch for report in by_arm[0][:rounds])
    accuracy = [np.stack([report.accuracy for report in of_arm[:rounds]], axis=1) for of_arm in by_arm]  # (3, R, S)
    pairs = [("adam", 0, 1, False), ("sgd", 2, 3, False), ("sgd", 2, 4, True)]
    return [
        Effect(name, alpha, rescaled, epochs, accuracy[on][row], accuracy[off][row], accuracy[on][-1])
        for name, on, off, rescaled in pairs
        for row, alpha in enumerate(ALPHAS[:2])
        if not (rescaled and alpha)  # a larger step makes the hard term louder too: not the same training any more
    ]


def who_notices(effects: Sequence[Effect]) -> str:
    """Whose soft-only students clearly lose accuracy when T^2 is left out: "adam", "sgd", "both" or "neither"."""
    names = [
        effect.optimizer
        for effect in effects
        if effect.alpha == 0 and not effect.rescaled and effect.difference.is_clear and effect.difference.mean > 0
    ]
    return "both" if len(names) == 2 else "".join(names) or "neither"


def _log_soften(logits: ArrayLike, temperature: ArrayLike) -> Reals:
    scaled = np.asarray(logits, np.float64) / np.asarray(temperature, np.float64)[..., None]
    scaled = scaled - scaled.max(-1, keepdims=True)
    return np.asarray(scaled - np.log(np.exp(scaled).sum(-1, keepdims=True)))
