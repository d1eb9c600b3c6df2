"""Out of step: chance is recognised, and by how many rows answers are shifted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kd_core.answers.alignment import alignment_of, warning_of


def case(seed, *, classes=10, n=500, right=0.9, known=0.7):
    """Answers, of which so many are right, and labels, of which so many are known."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    answered = np.where(rng.uniform(size=n) < right, labels, rng.integers(0, classes, n))
    return answered, np.where(rng.uniform(size=n) < known, labels, -1)


@given(st.integers(0, 100), st.integers(-200, 200).filter(bool))
def test_answers_that_are_shifted_are_found_with_their_offset(seed, offset):
    answered, labels = case(seed)
    found = alignment_of(np.roll(answered, offset), labels, 10)
    assert found.offset == offset
    assert found.shifted == pytest.approx((answered == labels)[labels >= 0].mean())
    if found.is_chance:  # once in a thousand times chance does better
        (warning,) = warning_of(found)
        assert warning.kind == "answers_out_of_step"
        assert f"from {offset} rows further on" in warning


@given(st.integers(0, 100))
def test_answers_in_step_are_not_warned_of(seed):
    found = alignment_of(*case(seed), 10)
    assert (found.offset, found.is_chance) == (0, False)
    assert found.accuracy == pytest.approx(found.shifted)
    assert warning_of(found) == []


@given(st.integers(0, 100), st.integers(2, 10))
def test_the_best_offset_is_that_of_trying_them_all(seed, classes):
    answered, labels = case(seed, classes=classes, n=60, right=0.4)
    known = labels >= 0
    shares = [(np.roll(answered, -offset) == labels)[known].mean() for offset in range(60)]
    assert alignment_of(answered, labels, classes).shifted == pytest.approx(max(shares))


def test_shuffled_answers_are_like_chance_at_every_offset():
    answered, labels = case(0)
    found = alignment_of(np.random.default_rng(1).permutation(answered), labels, 10)
    (warning,) = warning_of(found)
    assert warning.kind == "answers_by_chance"
    assert f"{100 * found.accuracy:.1f} %" in warning


def test_the_same_answer_everywhere_is_chance():
    _, labels = case(0)
    found = alignment_of(np.full(500, 3), labels, 10)
    assert found.accuracy == pytest.approx(found.chance)
    assert [warning.kind for warning in warning_of(found)] == ["answers_by_chance"]


def test_of_two_classes_half_of_the_way_to_always_is_enough():
    answered, labels = case(0, classes=2)
    assert [warning.kind for warning in warning_of(alignment_of(np.roll(answered, 9), labels, 2))] == [
        "answers_out_of_step"
    ]


@given(st.integers(0, 100), st.permutations(range(10)).filter(lambda order: order != sorted(order)))
def test_classes_in_another_order_are_found_with_it(seed, order):
    answered, labels = case(seed)
    found = alignment_of(np.array(order)[answered], labels, 10)
    assert found.order == tuple(order)
    assert found.ordered == pytest.approx((answered == labels)[labels >= 0].mean())
    if found.is_chance:
        assert [warning.kind for warning in warning_of(found)] == ["answers_other_order"]
