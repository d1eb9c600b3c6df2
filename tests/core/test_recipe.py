import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kd_core.data import DATASETS
from kd_core.experiment import Experiment
from kd_core.recipe import LARGE, LOOK, LOOKED_AT, ROUND, WARM_UP, Recipe, epoch_of, look_of
from tests.core.strategies import experiments

CYCLE = Recipe(64, 0.1, True)


def test_an_epoch_of_a_small_set_is_all_of_it_and_of_a_large_one_a_round():
    assert [epoch_of(size) for size in (1, 1297, 10_000, 10_001, 60_000)] == [1, 1297, 10_000, 6_400, 6_400]
    assert ROUND <= LARGE  # a round is never more than there is


def test_a_small_set_is_looked_at_whole_and_of_a_large_one_a_part():
    assert [look_of(size) for size in (1, 500, 2_000, 2_001, 10_000)] == [1, 500, 2_000, 1_000, 1_000]
    assert LOOKED_AT <= LOOK


# One cycle


def test_one_cycle_equals_values_worked_by_hand():
    """Ten steps: three up in a line; then seven down along half a cosine, whose middle is at step 6.5."""
    rates = [CYCLE.rate(step, 10) for step in range(10)]
    assert rates[:3] == pytest.approx([0.1 / 3, 0.2 / 3, 0.1])
    assert (rates[5] + rates[6]) / 2 == pytest.approx(0.05)  # the cosine is the same above its middle and below
    assert rates[3:5] == pytest.approx(
        [0.0950484, 0.0811745], rel=1e-5
    )  # (1 + cos(pi / 7)) / 20, (1 + cos(2 pi / 7)) / 20
    assert rates[9] == pytest.approx(0)


def test_a_cycle_begins_at_a_twenty_fifth_of_its_highest_rate_or_above():
    assert CYCLE.rate(0, 1000) == pytest.approx(0.1 / 25)
    assert CYCLE.rate(99, 1000) == pytest.approx(0.1 / 3)
    assert CYCLE.rate(299, 1000) == pytest.approx(0.1)


@given(st.integers(1, 300))
def test_a_cycle_rises_to_its_highest_rate_and_then_falls(steps):
    rates = [CYCLE.rate(step, steps) for step in range(steps)]
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert all(0 <= rate <= 0.1 + 1e-12 for rate in rates)
    assert abs((top + 1) / steps - WARM_UP) <= 1 / steps + 1e-9 or steps < 4


@pytest.mark.parametrize("steps", [10, 70, 1000])
def test_the_way_down_is_torchs_cosine(steps):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], 0.1)
    fall = steps - round(WARM_UP * steps)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, fall)
    for step in range(round(WARM_UP * steps) - 1, steps):
        assert CYCLE.rate(step, steps) == pytest.approx(schedule.get_last_lr()[0], abs=1e-9)
        optimizer.step(), schedule.step()


@given(st.integers(0, 50), st.integers(1, 50))
def test_without_a_cycle_the_rate_stays(step, steps):
    assert Recipe(64, 0.002, False).rate(step, steps) == 0.002


# Who trains how


@pytest.mark.parametrize(
    ("query", "recipe"),
    [
        ("", (64, 0.002, False)),
        ("dataset=wine", (64, 0.002, False)),
        ("teacher=c8-c16", (64, 0.01, True)),
        ("dataset=mnist&teacher=256-256", (128, 0.004, True)),
        ("dataset=mnist", (128, 0.01, True)),
        ("dataset=mnist&student=16", (128, 0.01, True)),
    ],
)
def test_the_recipe_follows_from_the_data_and_the_teacher(query, recipe):
    assert Recipe.of(Experiment.from_query(query)) == recipe


@given(experiments(), st.sampled_from(("4", "c4")))
def test_nothing_of_the_students_changes_how_a_teacher_trains(experiment, student):
    if experiment.source.image or "c" not in student:
        other = experiment.replace(student=student, epochs=500, batch_size=8, learning_rate=1, optimizer="sgd")
        assert Recipe.of(other) == Recipe.of(experiment)


def test_of_large_data_sets_only_is_a_part_of_the_test_set_looked_at():
    assert {name for name, source in DATASETS.items() if look_of(source.test_size) < source.test_size} == {
        name for name, source in DATASETS.items() if source.train_size > LARGE
    }
