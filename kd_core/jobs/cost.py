"""What a run or a sweep will cost, from its settings alone: work counted, and seconds of one core that it comes to.

Work is counted in kinds (`Work`); `SECONDS` says what one of each takes. Their ratios were fitted to runs of many
sizes; a machine differs from the one they were taken on by a factor, which is measured when a worker warms up. Neither
torch nor training is needed to count. What a download takes is not counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from math import ceil
from typing import Any, NamedTuple

from kd_core.data import GRID_SIDE
from kd_core.experiment import Experiment, ExperimentError
from kd_core.models import Architecture, multiply_accumulates, parameter_count
from kd_core.recipe import LARGE, Recipe, epoch_of, look_of
from kd_core.sweeps.grid import Sweep, plan

LOOK_BYTES = 2**25  # while examples are looked at, some at a time
LOGIT_COPIES = 6  # of the logits of all, while losses and measures are made of them
REPORTS = 11  # about so often a sweep's students are looked at
CONVOLUTION_STEPS = 5  # what a convolution adds to a step
READING = 6  # splits: one of the digits, which are read from a text every time
LOADING, DRAWING, CHOOSING = 8, 6, 25  # pixels: a number of a collection, of noise, an example to choose a sample from


class Work(NamedTuple):
    """Splits drawn; steps of a cohort, looks at it; multiply-adds; numbers written by layers of units; pixels: those
    written by convolutions, and inputs gathered; logits, of which losses and measures are made; parameters moved.
    """

    splits: float = 0.0
    steps: float = 0.0
    looks: float = 0.0
    multiply_adds: float = 0.0
    units: float = 0.0
    pixels: float = 0.0
    logits: float = 0.0
    parameters: float = 0.0


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
    """Training the teachers of all splits, watched."""
    source, epochs, splits = experiment.source, experiment.teacher_epochs, experiment.splits
    seen = look_of(source.train_size) + look_of(source.test_size) + _grid(experiment)
    cohort = Cohort(experiment.teacher_network, splits, splits, Recipe.of(experiment).batch)
    watched = training(cohort, epoch_of(source.train_size), epochs, epochs + 1, seen)
    return total([drawing(experiment), watched, _last_look(cohort, source.train_size + source.test_size - seen)])


def learning(experiment: Experiment, seeds: int, conditions: int, looks: int) -> Work:
    """Training students of this experiment: so many pairs' samples, so many students for each."""
    source = experiment.source
    examples = experiment.labels or source.train_size
    members = seeds * conditions
    seen = look_of(examples) + look_of(source.test_size) + _grid(experiment) // max(1, members // 2)
    cohort = Cohort(experiment.student_network, members, seeds, experiment.batch_size)
    watched = training(cohort, epoch_of(examples), experiment.epochs, looks, seen)
    chosen = Work(pixels=CHOOSING * seeds * source.train_size)
    more = min(examples, LARGE) + source.test_size - seen
    return total([drawing(experiment), watched, chosen, _last_look(cohort, more)])


def loading(experiment: Experiment) -> Work:
    """Reading a collection, which then is there for all in a process."""
    return Work(pixels=LOADING * _numbers(experiment) * is_collection(experiment))


def drawing(experiment: Experiment) -> Work:
    """The splits, which are drawn anew for teachers and for students, with their noise."""
    noise = DRAWING * _numbers(experiment) * (experiment.noise > 0)
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
    taught = memory(Cohort(experiment.teacher_network, splits, splits, Recipe.of(experiment).batch), seen)
    examples = min(experiment.labels or source.train_size, LARGE) + source.test_size
    students = Cohort(experiment.student_network, 2 * seeds, seeds, experiment.batch_size)
    return held(experiment) + max(taught, memory(students, examples))


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
