"""What a run costs, counted by hand, and what would be small enough."""

from __future__ import annotations

import pytest

from kd_core import Experiment
from kd_core.jobs import cost
from kd_core.jobs.cost import Cohort, Work, memory, of_run, of_sweep, seconds, smaller, times, total, training
from kd_core.sweeps.grid import Sweep

# 2 inputs, 3 hidden units, 2 classes: 12 multiply-adds an example, 17 parameters.
TINY = Cohort((2, 3, 2), members=5, batch=4)


def test_training_is_counted_by_hand() -> None:
    work = training(1, TINY, examples=10, epochs=6, looks=7, seen=20)
    assert work.steps == 6 * 3  # batches of 4, 4 and 2
    assert work.looks == 7
    assert work.multiply_adds == 3 * 5 * 6 * 10 * 12 + 5 * 7 * 20 * 12
    assert work.numbers == (5 * 6 * 10 + 5 * 7 * 20) * (5 + 8)
    assert work.parameters == 5 * 18 * 17


def test_work_adds_up_and_multiplies() -> None:
    one, other = Work(1, 2, 3, 4, 5, 6), Work(10, 20, 30, 40, 50, 60)
    assert total([one, other]) == Work(11, 22, 33, 44, 55, 66)
    assert times(3, one) == Work(3, 6, 9, 12, 15, 18)


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
    ],
    ids=str,
)
def test_more_of_anything_costs_more(more: dict[str, object]) -> None:
    assert seconds(of_run(Experiment(**more))) > seconds(of_run(Experiment()))  # type: ignore[arg-type]


def test_twice_the_epochs_are_about_twice_the_students_work() -> None:
    once, twice = (cost.learning(Experiment(epochs=epochs), 10, 10) for epochs in (50, 100))
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


def test_memory_grows_with_members_and_with_what_is_seen() -> None:
    # 5 members: 4 values for each of 17 parameters; 13 numbers for each of 2 * 4 + 20 examples; 4 bytes each.
    assert memory(TINY, seen=20) == 4 * 5 * (4 * 17 + 28 * 13)
    largest = Experiment(teacher="1024-1024-1024", student="1024-1024-1024", seeds=20, labels=0, batch_size=512)
    assert cost.memory_of_run(largest) > 2**30 > cost.memory_of_run(Experiment())


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


def test_where_no_single_setting_is_enough_none_is_named() -> None:
    assert smaller(Experiment(), lambda other: False) == []
