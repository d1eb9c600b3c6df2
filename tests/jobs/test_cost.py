"""What a run costs, counted by hand, and what would be small enough."""

from __future__ import annotations

import pytest

from kd_core import Experiment
from kd_core.jobs import cost
from kd_core.jobs.cost import Cohort, Work, memory, of_run, of_sweep, seconds, smaller, times, total, training
from kd_core.models import Architecture, read_network
from kd_core.sweeps.grid import Sweep

# 2 inputs, 3 hidden units, 2 classes: 12 multiply-adds an example, 17 parameters.
TINY = Cohort(Architecture.of("3", (2,), 2), members=5, groups=2, batch=4)
# 4 x 4 pixels, 2 channels of as many, of which 2 x 2 are left, 3 classes: 2 * 9 * 16 + 8 * 3 multiply-adds an example.
CONVOLUTION = Cohort(Architecture.of("c2", (1, 4, 4), 3), members=5, groups=1, batch=4)


def test_training_is_counted_by_hand() -> None:
    work = training(TINY, examples=10, epochs=6, looks=7, seen=20)
    trained, looked = 6 * 10, 7 * 20
    assert work.steps == 6 * 3  # batches of 4, 4 and 2
    assert work.looks == 7
    assert work.multiply_adds == 5 * (3 * trained + looked) * 12
    assert work.units == 5 * (trained + looked) * (3 + 2)
    assert work.pixels == 2 * (trained + looked) * 2
    assert work.logits == 5 * (trained + looked) * 2
    assert work.parameters == 5 * 18 * 17


def test_training_convolutions_is_counted_by_hand() -> None:
    work = training(CONVOLUTION, examples=10, epochs=6, looks=7, seen=20)
    trained, looked = 6 * 10, 7 * 20
    assert work.steps == 6 * 3 * (1 + cost.CONVOLUTION_STEPS)
    assert work.multiply_adds == 5 * (3 * trained + looked) * (2 * 9 * 16 + 8 * 3)
    assert work.units == 5 * (trained + looked) * 3
    assert work.pixels == (trained + looked) * (5 * 2 * 16 + 16)  # before pooling, and the images once for all


def test_work_adds_up_and_multiplies() -> None:
    one, other = Work(1, 2, 3, 4, 5, 6, 7, 8), Work(10, 20, 30, 40, 50, 60, 70, 80)
    assert total([one, other]) == Work(11, 22, 33, 44, 55, 66, 77, 88)
    assert times(3, one) == Work(3, 6, 9, 12, 15, 18, 21, 24)


def test_a_machine_twice_as_slow_takes_twice_the_seconds() -> None:
    work = of_run(Experiment())
    assert seconds(work, 2.0) == pytest.approx(2 * seconds(work))


@pytest.mark.parametrize(
    "more",
    [
        {"epochs": 200},
        {"seeds": 10},
        {"splits": 5},
        {"teacher_epochs": 60},
        {"student": "128"},
        {"teacher": "512-512"},
        {"labels": 0},
        {"batch_size": 16},
        {"student": "c4-16"},
        {"teacher": "c8-256-256"},
        {"dataset": "mnist", "noise": 0.1},
    ],
    ids=str,
)
def test_more_of_anything_costs_more(more: dict[str, object]) -> None:
    assert seconds(of_run(Experiment(**more))) > seconds(of_run(Experiment()))  # type: ignore[arg-type]


def test_a_large_set_costs_a_round_an_epoch_and_is_looked_at_in_part() -> None:
    teachers = [cost.teaching(Experiment(dataset="mnist", teacher_epochs=epochs)) for epochs in (10, 11)]
    steps, looks = teachers[1].steps - teachers[0].steps, teachers[1].looks - teachers[0].looks
    assert (steps, looks) == (6_400 / 128, 1)
    assert teachers[1].logits - teachers[0].logits == (6_400 + 2 * 1_000) * 10
    assert teachers[0].logits > 70_000 * 10  # after the last epoch all are


def test_a_collection_is_loaded_once_whatever_the_splits() -> None:
    assert cost.loading(Experiment()) == cost.loading(Experiment(dataset="wine")) == Work()
    mnist = Experiment(dataset="mnist")
    assert cost.loading(mnist) == cost.loading(mnist.replace(splits=5)) == Work(pixels=cost.LOADING * 70_000 * 196)
    assert cost.drawing(mnist).pixels == 0
    noisy = cost.drawing(mnist.replace(noise=0.1, splits=5))  # every split has noise of its own
    assert noisy == Work(splits=5, pixels=5 * cost.DRAWING * 70_000 * 196)


def test_twice_the_epochs_are_about_twice_the_students_work() -> None:
    once, twice = (cost.learning(Experiment(epochs=epochs), 5, 2, 10) for epochs in (50, 100))
    assert twice.steps == 2 * once.steps
    assert twice.parameters == 2 * once.parameters


def test_a_sweep_costs_its_students_and_each_teacher_once() -> None:
    base = Experiment(seeds=2)
    one, four = (of_sweep(Sweep.parse(base, [f"temperature={values}"])) for values in ("1", "1,2,4,8"))
    assert four.multiply_adds > one.multiply_adds
    assert four.multiply_adds < 2 * one.multiply_adds  # one teacher for all, and the students alone are shared
    teachers = of_sweep(Sweep.parse(base, ["teacher=16,64"]))
    assert teachers.splits > one.splits
    folded = of_sweep(Sweep.parse(base, ["temperature=1"]), 5)
    assert folded == times(5, one)


def test_a_sweep_loads_its_collection_once() -> None:
    base = Experiment.from_query("dataset=mnist&seeds=2&epochs=2")
    sweep = Sweep.parse(base, ["temperature=1,2"])
    loaded = cost.loading(base)
    once, folded = (of_sweep(sweep, folds).pixels - loaded.pixels for folds in (1, 5))
    assert folded == 5 * once


def test_memory_grows_with_members_and_with_what_is_seen() -> None:
    # 5 members: 4 values for each of 17 parameters; of each of 4 examples 5 numbers, there and back, and 4 for each
    # class; 6 for each logit of 20 examples; 4 bytes each.
    assert memory(TINY, seen=20) - cost.LOOK_BYTES == 4 * 5 * (4 * 17 + 4 * (2 * 5 + 4 * 2) + 20 * 6 * 2)
    largest = Experiment(teacher="1024-1024-1024", student="1024-1024-1024", seeds=20, labels=0, batch_size=512)
    assert cost.memory_of_run(largest) > 2**30 > cost.memory_of_run(Experiment())


def test_a_collection_is_held_once_as_bytes_and_with_noise_as_numbers_of_every_split() -> None:
    mnist = Experiment(dataset="mnist", splits=5)
    assert cost.held(mnist) == 70_000 * 196
    assert cost.held(mnist.replace(noise=0.1)) == 4 * 70_000 * 196 * 3 * 5
    assert cost.held(mnist.replace(noise=0.1, splits=1)) == 4 * 70_000 * 196
    assert cost.held(Experiment(dataset="iris")) == 4 * 150 * 4


def test_what_would_be_small_enough_is_one_setting_each_and_is_small_enough() -> None:
    large = Experiment(epochs=500, seeds=20, student="256", labels=0)
    limit = seconds(of_run(large)) / 3

    def is_allowed(other: Experiment) -> bool:
        return seconds(of_run(other)) <= limit

    found = smaller(large, is_allowed)
    assert 1 <= len(found) <= 3
    for text in found:
        name, value = text.split("=")
        assert is_allowed(Experiment.from_query(large.replace(**{name: value}).to_query()))


@pytest.mark.parametrize("student", ["c32-c64", "c16-64", "512-256-128"])
def test_of_a_network_the_same_layers_are_offered_with_fewer_channels_or_units(student: str) -> None:
    large = Experiment(epochs=10, seeds=20, student=student, labels=0)
    limit = seconds(of_run(large)) / 2
    found = smaller(large, lambda other: other.student != student and seconds(of_run(other)) <= limit, most=20)
    (offered,) = (text.removeprefix("student=") for text in found if text.startswith("student="))
    before, after = read_network(student), read_network(offered)
    assert len(before) == len(after)
    for (channels, units), (fewer_channels, fewer_units) in zip(before, after, strict=True):
        assert (channels > 0, units > 0) == (fewer_channels > 0, fewer_units > 0)
        assert fewer_channels + fewer_units < channels + units


@pytest.mark.parametrize("network", ["4", "c4-4", "2", "c1"])
def test_networks_of_four_or_less_are_not_made_smaller(network: str) -> None:
    assert smaller(Experiment(student=network), lambda other: other.student != network) == []


def test_where_no_single_setting_is_enough_none_is_named() -> None:
    assert smaller(Experiment(), lambda other: False) == []
