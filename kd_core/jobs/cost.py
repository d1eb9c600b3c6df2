"""What a run or a sweep will cost, from its settings alone: work counted, and seconds of one core that it comes to.

Work is counted in kinds (`Work`); `SECONDS` says what one of each takes. Their ratios were fitted to runs of many
sizes; a machine differs from the one they were taken on by a factor, which is measured when a worker warms up. Neither
torch nor training is needed to count. What a download takes is not counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from math import ceil, log2
from typing import Any, NamedTuple

from kd_core.data import GRID_SIDE
from kd_core.experiment import Experiment, ExperimentError
from kd_core.kinds import KINDS, curve
from kd_core.models import Architecture, multiply_accumulates, parameter_count
from kd_core.recipe import LARGE, Recipe, epoch_of, look_of
from kd_core.sweeps.grid import Sweep, plan

LOOK_BYTES = 2**25  # while examples are looked at, some at a time
LOGIT_COPIES = 6  # of the logits of all, while losses and measures are made of them
REPORTS = 11  # about so often a sweep's students are looked at
CONVOLUTION_STEPS = 5  # what a convolution adds to a step
MOST_FITTED, MOST_EXTRA = 10_000, 20_000  # examples: as `kd_core.teachers` and `kd_core.unlabelled` have it
READING = 6  # splits: one of the digits, which are read from a text every time
LOADING, DRAWING, CHOOSING = 8, 6, 25  # pixels: a number of a collection, of noise, an example to choose a sample from


class Work(NamedTuple):
    """Splits drawn; steps of a cohort, looks at it; multiply-adds; numbers written by layers of units; pixels: those
    written by convolutions, and inputs gathered; logits, of which losses and measures are made; parameters moved;
    seconds that scikit-learn takes.
    """

    splits: float = 0.0
    steps: float = 0.0
    looks: float = 0.0
    multiply_adds: float = 0.0
    units: float = 0.0
    pixels: float = 0.0
    logits: float = 0.0
    parameters: float = 0.0
    fitted: float = 0.0


def total(parts: Iterable[Work]) -> Work:
    """All of these."""
    return Work(*map(sum, zip(*parts, strict=True)))


def times(count: float, work: Work) -> Work:
    """The same so many times."""
    return Work(*(count * amount for amount in work))


class Cohort(NamedTuple):
    """So many networks in groups that see the same examples, trained in batches of that size."""

    network: Architecture
    members: int
    groups: int
    batch: int


def training(cohort: Cohort, examples: int, epochs: int, looks: int, seen: int) -> Work:
    """Epochs over `examples`, and `looks`, each at `seen` examples."""
    network, members = cohort.network, cohort.members
    steps = epochs * ceil(examples / cohort.batch)
    return total(
        [
            passed(cohort, epochs * examples, 3),
            passed(cohort, looks * seen, 1),
            Work(
                steps=steps * (1 + CONVOLUTION_STEPS * network.convolutions),
                looks=looks,
                parameters=members * steps * parameter_count(network),
            ),
        ]
    )


def passed(cohort: Cohort, examples: int, products: int) -> Work:
    """What every member does with so many examples; `products`, of each layer: 1 forward, 3 there and back."""
    network, every = cohort.network, cohort.members * examples
    convolutions, units = network.layers[: network.convolutions], network.layers[network.convolutions :]
    return Work(
        multiply_adds=products * every * multiply_accumulates(network),
        units=every * sum(layer.written for layer in units),
        pixels=every * sum(layer.written for layer in convolutions) + cohort.groups * examples * network.widths[0],
        logits=every * network.widths[-1],
    )


def teaching(experiment: Experiment) -> Work:
    """Training the teachers of all splits, watched; each kind of them."""
    parts = [_networks(experiment) if kind == "network" else _fitted(experiment, kind) for kind in experiment.kinds]
    return total([drawing(experiment), *parts])


def _networks(experiment: Experiment) -> Work:
    source, epochs, count = experiment.source, experiment.teacher_epochs, experiment.teachers * experiment.splits
    seen = look_of(source.train_size) + look_of(source.test_size)
    cohort = Cohort(experiment.teacher_network, count, count, Recipe.of(experiment).batch)
    watched = training(cohort, epoch_of(source.train_size), epochs, epochs + 1, seen + _grid(experiment))
    return total([watched, _last_look(cohort, source.train_size + source.test_size - seen)])


def _fitted(experiment: Experiment, kind: str) -> Work:
    """Pipelines of all splits: each is fitted, and answers for everything at each of its stages."""
    source, looks = experiment.source, len(curve(kind, 0, experiment.teacher_trees))
    count = experiment.splits * (experiment.teachers if KINDS[kind].is_drawn else 1)
    size = Fit(min(source.train_size, MOST_FITTED), source.features, source.classes, experiment.teacher_trees)
    rows = looks * (source.train_size + source.test_size + _grid(experiment))
    return Work(fitted=count * (FITTING[kind](size) + rows * A_ROW[kind](size)), looks=looks)


def asking(experiment: Experiment, seeds: int) -> Work:
    """What a teacher is asked beside its data sets: views of the labelled examples, and unlabelled ones."""
    if not experiment.needs_answers:
        return Work()
    rows = experiment.extra * experiment.sample_size if experiment.extra_kind != "rest" else 0
    if experiment.shift and experiment.shift_view == "same":
        rows += (2 * experiment.shift + 1) ** 2 * experiment.sample_size
    parts, source = [], experiment.source
    for kind in experiment.kinds:
        count = experiment.teachers if KINDS[kind].is_drawn else 1
        if kind == "network":
            parts.append(times(count, passed(Cohort(experiment.teacher_network, 1, 1, 1), seeds * rows, 1)))
        else:
            size = Fit(min(source.train_size, MOST_FITTED), source.features, source.classes, experiment.teacher_trees)
            parts.append(Work(fitted=count * seeds * rows * A_ROW[kind](size)))
    return total(parts)


class Fit(NamedTuple):
    """What a pipeline is fitted on: examples, features, classes; and how many trees or rounds."""

    examples: int
    features: int
    classes: int
    trees: int

    @property
    def grown(self) -> int:
        """Trees of boosting: in every round one a class, of two classes one."""
        return self.trees * (1 if self.classes == 2 else self.classes)


# Seconds to fit, and to answer for a row, on the machine of `SECONDS`: read off fits of 1 297 digits and of 10 000
# images of 14 x 14, so good to a factor of two.
FITTING: dict[str, Callable[[Fit], float]] = {
    "forest": lambda fit: fit.trees * (1e-3 + 2e-8 * fit.examples * log2(fit.examples) * fit.features**0.5),
    "boosting": lambda fit: fit.grown * (5e-4 + 6e-8 * fit.examples * fit.features),
    "histogram": lambda fit: fit.grown * (3e-4 + 2.5e-5 * fit.features + 5e-9 * fit.examples * fit.features),
    "knn": lambda fit: 0.005,
    "svm": lambda fit: 0.01 + 1.6e-9 * fit.examples**2 * fit.features,
    "logistic": lambda fit: 5e-8 * fit.examples * fit.features * fit.classes,
    "file": lambda fit: 0.1,
}
A_ROW: dict[str, Callable[[Fit], float]] = {
    "forest": lambda fit: 2e-7 * fit.trees,
    "boosting": lambda fit: 2e-8 * fit.grown,
    "histogram": lambda fit: 6e-8 * fit.grown,
    "knn": lambda fit: 1e-5 + 5e-11 * fit.examples * fit.features,
    "svm": lambda fit: 2e-10 * fit.examples * fit.features,
    "logistic": lambda fit: 1e-7,
    "file": lambda fit: 1e-6,
}


def learning(experiment: Experiment, seeds: int, conditions: int, looks: int) -> Work:
    """Training students of this experiment: so many pairs' samples, so many students for each."""
    source = experiment.source
    examples = experiment.sample_size + experiment.target_labels - experiment.validated
    members = seeds * conditions
    seen = look_of(examples) + look_of(source.test_size) + _grid(experiment) // max(1, members // 2)
    cohort = Cohort(experiment.student_network, members, seeds, experiment.batch_size)
    watched = training(cohort, epoch_of(examples), experiment.epochs, looks, seen)
    chosen = Work(pixels=CHOOSING * seeds * source.train_size)
    more = min(examples, LARGE) + source.test_size - seen
    extra = passed(cohort, experiment.epochs * experiment.extra * experiment.sample_size, 3)
    judged = passed(cohort, experiment.epochs * experiment.validated, 1)
    asked = asking(experiment, seeds)
    return total([drawing(experiment), watched, extra, judged, asked, chosen, _last_look(cohort, more)])


def loading(experiment: Experiment) -> Work:
    """Reading a collection, which then is there for all in a process."""
    return Work(pixels=LOADING * _numbers(experiment) * is_collection(experiment))


def drawing(experiment: Experiment) -> Work:
    """The splits, which are drawn anew for teachers and for students, with their noise."""
    is_noisy = (experiment.noise > 0) + (experiment.test_noise > 0) + 3 * bool(experiment.target)
    noise = DRAWING * _numbers(experiment) * is_noisy
    return times(experiment.splits, Work(splits=READING if experiment.dataset == "digits" else 1, pixels=noise))


def _numbers(experiment: Experiment) -> int:
    """Those of all examples."""
    source = experiment.source
    return source.features * (source.train_size + source.test_size)


def is_collection(experiment: Experiment) -> bool:
    """Whether its examples are images that are kept as they came, as bytes."""
    return experiment.source.load is not None and experiment.source.image is not None


def _last_look(cohort: Cohort, more: int) -> Work:
    """After the last epoch everything is looked at: so many examples more than before."""
    return passed(cohort, max(0, more), 1)


def _grid(experiment: Experiment) -> int:
    return GRID_SIDE**2 if experiment.source.is_plane else 0


# Seconds that one of each kind takes a core of the machine that this was fitted on: 370 runs of random sizes,
# perceptrons and convolutions, on digits, MNIST, tables and planes, teachers and students apart. Of 199 other runs 85 %
# were within 30 % of the guess, all within a factor of 2.3.
SECONDS = Work(
    splits=3e-3,
    steps=1.1e-4,
    looks=1.6e-3,
    multiply_adds=1.6e-11,
    units=8.5e-10,
    pixels=3.7e-9,
    logits=7.5e-8,
    parameters=2.7e-9,
    fitted=1.0,
)


def seconds(work: Work, slowness: float = 1.0) -> float:
    """Of one core; `slowness` is how much longer this machine takes than the one of `SECONDS`."""
    return slowness * sum(amount * each for amount, each in zip(work, SECONDS, strict=True))


def of_run(experiment: Experiment) -> Work:
    """A run: its teachers, then its pairs, looked at after every epoch."""
    students = learning(experiment, experiment.seeds, 2, experiment.epochs + 1)
    return total([loading(experiment), teaching(experiment), students])


def of_sweep(sweep: Sweep, folds: int = 1) -> Work:
    """A sweep: its students, and a teacher for each that they differ in; in each fold."""
    pieces = plan(sweep)
    taught = {piece.experiment.key("data", "teacher"): piece.experiment for piece in pieces}
    parts = [teaching(experiment) for experiment in taught.values()]
    parts += [learning(piece.experiment, len(piece.seeds), len(piece.conditions), REPORTS) for piece in pieces]
    return total([loading(sweep.base), times(folds, total(parts))])


def memory(cohort: Cohort, seen: int) -> int:
    """Bytes that a cohort needs: parameters, gradients, two moments; what a step writes; logits of all that is seen."""
    network, members = cohort.network, cohort.members
    written = sum((2.7 if layer.is_convolution else 2) * layer.written for layer in network.layers)
    trained = 4 * parameter_count(network) + cohort.batch * (written + 4 * network.widths[-1])
    return round(4 * members * (trained + seen * LOGIT_COPIES * network.widths[-1])) + LOOK_BYTES


def memory_of_run(experiment: Experiment) -> int:
    """Bytes that a run needs at once: its teachers, or its students while the teachers' logits are kept."""
    source, splits, seeds = experiment.source, experiment.splits, experiment.seeds
    seen = source.train_size + source.test_size
    networks = splits * experiment.teachers if "network" in experiment.kinds else 0
    taught = memory(Cohort(experiment.teacher_network, networks, networks, Recipe.of(experiment).batch), seen)
    examples = min(experiment.sample_size, LARGE) + source.test_size
    students = Cohort(experiment.student_network, 2 * seeds, seeds, experiment.batch_size * (1 + experiment.extra))
    # Logits of every member, what was made of examples, and what the teacher answers to all their views.
    kept = 4 * splits * len(experiment.members) * seen * source.classes + _made(experiment)
    return held(experiment) + kept + _fitted_bytes(experiment) + max(taught, memory(students, examples))


def _made(experiment: Experiment) -> int:
    """Bytes of unlabelled examples and of views, with the teacher's answers."""
    source, sample = experiment.source, experiment.sample_size
    extra = min(MOST_EXTRA, experiment.extra * sample)
    width = source.features if experiment.extra_kind in ("noise", "mixup") else 0
    views = (2 * experiment.shift + 1) ** 2 * sample if experiment.shift else 0
    one_look = source.features * views  # of a seed at a time
    return 4 * (experiment.seeds * (extra * (width + source.classes) + views * source.classes) + one_look)


def _fitted_bytes(experiment: Experiment) -> int:
    """Bytes of the pipelines of all splits: trees, by the leaves that they may have; neighbours, by the examples."""
    source, trees = experiment.source, experiment.teacher_trees
    examples = min(source.train_size, MOST_FITTED)
    of_kind = {
        "forest": experiment.teachers * trees * examples * (36 + 2 * source.classes),
        "boosting": Fit(examples, source.features, source.classes, trees).grown * 2000,
        "histogram": Fit(examples, source.features, source.classes, trees).grown * 4000,
        "knn": 4 * examples * source.features,
        "svm": 4 * examples * source.features,
    }
    return experiment.splits * sum(of_kind.get(kind, 0) for kind in experiment.kinds)


def held(experiment: Experiment) -> int:
    """Bytes of the examples: a collection as it came, as bytes, all splits the same.

    With noise, and of other sources, as numbers: those of every split, and where there are several twice more in a row,
    for training and for testing.
    """
    numbers, splits = _numbers(experiment), experiment.splits
    if is_collection(experiment) and not experiment.noise:
        return numbers
    return 4 * numbers * (1 if splits == 1 else 3 * splits)


# What can be made smaller, with the values to try in turn; a larger batch is fewer steps. Networks: `_narrower`.
_TRIES: dict[str, Sequence[Any]] = {
    "epochs": (200, 100, 50, 20, 10, 5),
    "seeds": (10, 5, 3, 1),
    "splits": (10, 5, 3, 1),
    "student": (),
    "labels": (1000, 500, 200, 100, 50),
    "batch_size": (16, 32, 64, 128, 256),
    "teacher": (),
    "teacher_epochs": (100, 50, 30, 10, 5),
    "teacher_trees": (300, 100, 50, 20, 10),
    "extra": (10, 5, 2, 0),
}


def smaller(experiment: Experiment, is_allowed: Callable[[Experiment], bool], most: int = 3) -> list[str]:
    """Up to so many settings, each of which alone makes the experiment small enough: `epochs=20`."""
    found = []
    for name, values in _TRIES.items():
        for value in values or _narrower(getattr(experiment, name)):
            with suppress(ExperimentError):
                other = experiment.replace(schedule="", **{name: value})
                if is_allowed(other):
                    found.append(f"{name}={getattr(other, name)}")
                    break
    return found[:most]


def _narrower(network: str) -> Iterator[str]:
    """The same layers with half as many channels and units, again and again, down to four.

    >>> list(_narrower("c16-c8-32"))
    ['c8-c4-16', 'c4-c4-8', 'c4-c4-4']
    """
    while True:
        narrow = re.sub(r"\d+", lambda size: str(max(min(4, int(size[0])), int(size[0]) // 2)), network)
        if narrow == network:
            return
        yield (network := narrow)
