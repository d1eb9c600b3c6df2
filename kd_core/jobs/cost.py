"""What a run or a sweep will cost, from its settings alone: work counted, and seconds of one core that it comes to.

Work is counted in five kinds (`Work`); a machine's `Speed` says what each takes. Ratios between the kinds were fitted
to runs of many sizes; a machine differs from the one they were taken on by a factor, which is measured when a worker
warms up. Neither torch nor training is needed to count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from math import ceil
from typing import Any, NamedTuple

from kd_core.data import GRID_SIDE
from kd_core.experiment import Experiment, ExperimentError
from kd_core.models import Architecture, multiply_accumulates, parameter_count
from kd_core.recipe import Recipe, epoch_of, look_of
from kd_core.sweeps.grid import Sweep, plan

LOOK_BYTES = 2**25  # while examples are looked at, some at a time
REPORTS = 11  # about so often a sweep's students are looked at


class Work(NamedTuple):
    """Splits drawn, steps of a cohort, looks at it, multiply-adds, numbers written one by one, parameters moved."""

    splits: float = 0.0
    steps: float = 0.0
    looks: float = 0.0
    multiply_adds: float = 0.0
    numbers: float = 0.0
    parameters: float = 0.0


def total(parts: Iterable[Work]) -> Work:
    """All of these."""
    return Work(*map(sum, zip(*parts, strict=True)))


def times(count: float, work: Work) -> Work:
    """The same so many times."""
    return Work(*(count * amount for amount in work))


class Cohort(NamedTuple):
    """So many networks, trained in batches of that size."""

    network: Architecture
    members: int
    batch: int


def training(splits: int, cohort: Cohort, examples: int, epochs: int, looks: int, seen: int) -> Work:
    """Epochs over `examples`, and `looks`, each at `seen` examples."""
    network, members, batch = cohort
    steps, products = epochs * ceil(examples / batch), multiply_accumulates(network)
    trained, looked = members * epochs * examples, members * looks * seen
    return Work(
        splits,
        steps,
        looks,
        3 * trained * products + looked * products,  # forward, and backward twice that
        (trained + looked) * written(network),
        members * steps * parameter_count(network),
    )


def written(network: Architecture) -> int:
    """Numbers that are written for one example: those of every layer, and of the loss."""
    return sum(layer.written for layer in network.layers) + 4 * network.widths[-1]


def teaching(experiment: Experiment) -> Work:
    """Training the teachers of all splits, watched."""
    source, epochs, splits = experiment.source, experiment.teacher_epochs, experiment.splits
    seen = look_of(source.train_size) + look_of(source.test_size) + _grid(experiment)
    cohort = Cohort(experiment.teacher_network, splits, Recipe.of(experiment).batch)
    watched = training(splits, cohort, epoch_of(source.train_size), epochs, epochs + 1, seen)
    return total([watched, _last_look(cohort, source.train_size + source.test_size - seen)])


def learning(experiment: Experiment, members: int, looks: int) -> Work:
    """Training so many students of this experiment."""
    source = experiment.source
    examples = experiment.labels or source.train_size
    seen = look_of(examples) + look_of(source.test_size) + _grid(experiment) // max(1, members // 2)
    cohort = Cohort(experiment.student_network, members, experiment.batch_size)
    watched = training(experiment.splits, cohort, epoch_of(examples), experiment.epochs, looks, seen)
    return total([watched, _last_look(cohort, examples + source.test_size - seen)])


def _last_look(cohort: Cohort, more: int) -> Work:
    """After the last epoch everything is looked at: so many examples more than before."""
    looked = cohort.members * max(0, more)
    return Work(multiply_adds=looked * multiply_accumulates(cohort.network), numbers=looked * written(cohort.network))


def _grid(experiment: Experiment) -> int:
    return GRID_SIDE**2 if experiment.source.is_plane else 0


# Seconds that one unit of each kind of work takes a core of the machine that this was fitted on: 230 runs of random
# sizes, teachers and students apart; half of the guesses were within 30 %, nine in ten within a factor of 2.5.
SECONDS = Work(splits=1.2e-2, steps=4.3e-4, looks=4e-3, multiply_adds=2.6e-11, numbers=4e-9, parameters=2.5e-9)


def seconds(work: Work, slowness: float = 1.0) -> float:
    """Of one core; `slowness` is how much longer this machine takes than the one of `SECONDS`."""
    return slowness * sum(amount * each for amount, each in zip(work, SECONDS, strict=True))


def of_run(experiment: Experiment) -> Work:
    """A run: its teachers, then its pairs, looked at after every epoch."""
    return total([teaching(experiment), learning(experiment, 2 * experiment.seeds, experiment.epochs + 1)])


def of_sweep(sweep: Sweep, folds: int = 1) -> Work:
    """A sweep: its students, and a teacher for each that they differ in; in each fold."""
    pieces = plan(sweep)
    taught = {piece.experiment.key("data", "teacher"): piece.experiment for piece in pieces}
    parts = [teaching(experiment) for experiment in taught.values()]
    parts += [learning(piece.experiment, piece.students, REPORTS) for piece in pieces]
    return times(folds, total(parts))


def memory(cohort: Cohort, seen: int) -> int:
    """Bytes that a cohort needs: parameters, gradients, two moments; activations of a step and of a look."""
    trained = 4 * parameter_count(cohort.network) + 2 * cohort.batch * written(cohort.network)
    return 4 * cohort.members * (trained + seen * 4 * cohort.network.widths[-1]) + LOOK_BYTES


def memory_of_run(experiment: Experiment) -> int:
    """Bytes that a run needs at once: its teachers, or its students while the teachers' logits are kept."""
    source = experiment.source
    seen = source.train_size + source.test_size
    taught = memory(Cohort(experiment.teacher_network, experiment.splits, Recipe.of(experiment).batch), seen)
    examples = (experiment.labels or source.train_size) + source.test_size
    students = Cohort(experiment.student_network, 2 * experiment.seeds, experiment.batch_size)
    return held(experiment) + max(taught, memory(students, examples))


def held(experiment: Experiment) -> int:
    """Bytes of the examples: of a large collection once, as bytes; with noise, and of others, as numbers a split."""
    source = experiment.source
    examples = source.train_size + source.test_size
    is_shared = source.load is not None and len(source.shape) == 3 and not experiment.noise
    return examples * source.features * (1 if is_shared else 4 * experiment.splits)


# What can be made smaller, with the values to try in turn; a larger batch is fewer steps.
_WIDTHS = ("512", "256", "128", "64", "32", "16", "8")
_TRIES: dict[str, Sequence[Any]] = {
    "epochs": (200, 100, 50, 20, 10, 5),
    "seeds": (10, 5, 3, 1),
    "splits": (10, 5, 3, 1),
    "student": _WIDTHS,
    "labels": (1000, 500, 200, 100, 50),
    "batch_size": (16, 32, 64, 128, 256),
    "teacher": _WIDTHS,
    "teacher_epochs": (100, 50, 30, 10),
}


def smaller(experiment: Experiment, is_allowed: Callable[[Experiment], bool], most: int = 3) -> list[str]:
    """Up to so many settings, each of which alone makes the experiment small enough: `epochs=20`."""
    found = []
    for name, values in _TRIES.items():
        for value in values:
            with suppress(ExperimentError):
                other = experiment.replace(schedule="", **{name: value})
                if is_allowed(other):
                    found.append(f"{name}={getattr(other, name)}")
                    break
    return found[:most]
