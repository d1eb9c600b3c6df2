"""Logits or probabilities: by what the numbers are, and by what their columns are called."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kd_core.answers.meaning import meaning_of
from kd_core.data import DataError

IDS = np.arange(100, 200)


def shares(seed=0, classes=4):
    return np.random.default_rng(seed).dirichlet(np.full(classes, 0.5), len(IDS))


def meaning(values, says=""):
    kind, warnings = meaning_of(np.array(values, float), IDS, says)
    return kind, [warning.kind for warning in warnings]


def refusal(values, says=""):
    with pytest.raises(DataError) as problem:
        meaning_of(np.array(values, float), IDS, says)
    return str(problem.value)


@given(st.integers(0, 50), st.integers(2, 12))
def test_shares_that_sum_to_one_are_probabilities_and_nothing_is_odd(seed, classes):
    assert meaning(shares(seed, classes)) == ("probabilities", [])


@given(st.integers(0, 50), st.floats(0.1, 20))
def test_numbers_on_both_sides_of_zero_are_logits(seed, scale):
    assert meaning(np.random.default_rng(seed).normal(0, scale, (100, 4))) == ("logits", [])


def test_logarithms_of_probabilities_are_logits():
    assert meaning(np.log(shares() + 1e-12)) == ("logits", [])


@pytest.mark.parametrize("total", [100, 500, 7.5])
def test_votes_and_percentages_are_probabilities(total):
    assert meaning(shares() * total) == ("probabilities", ["answers_normalised"])


def test_numbers_from_0_to_1_are_probabilities_unless_their_columns_are_called_logits():
    scores = np.random.default_rng(0).uniform(0, 1, (100, 4))
    assert meaning(scores)[0] == "probabilities"
    assert meaning(scores, "logits") == ("logits", [])
    assert meaning(shares(), "logits") == ("probabilities", [])


def test_numbers_above_1_are_probabilities_where_their_columns_are_called_so():
    weights = np.random.default_rng(0).uniform(0, 9, (100, 4))
    assert meaning(weights) == ("logits", [])
    assert meaning(weights, "probabilities") == ("probabilities", ["answers_normalised"])


def test_rows_that_do_not_sum_to_one_are_counted():
    values = shares()
    values[:7] *= 0.9
    _, (warning,) = meaning_of(values, IDS, "")
    assert warning == "7 of 100 rows do not sum to 1, but to 0.9 to 0.9: they are taken as shares of their sum."


@pytest.mark.parametrize("decimals", [1, 2, 3, 4])
def test_rounded_probabilities_are_told_by_their_decimals_and_zeros(decimals):
    values = shares().round(decimals)
    _, warnings = meaning_of(values, IDS, "")
    assert warnings[-1].kind == "answers_rounded"
    assert warnings[-1].values == {"decimals": decimals, "zeros": int((values == 0).sum()), "cells": 400}


def test_zeros_among_exact_probabilities_are_told():
    values = np.where(np.arange(4) == 0, 0, shares())
    values /= values.sum(axis=1, keepdims=True)
    assert meaning(values) == ("probabilities", ["answers_zeros"])


def test_answers_of_one_class_each_are_called_hard():
    assert meaning(np.eye(4)[np.arange(100) % 4]) == ("probabilities", ["answers_hard"])


def test_a_negative_number_that_is_a_rounding_becomes_zero():
    values = shares()
    values[3, 1] = -1e-12
    kind, _ = meaning_of(values, IDS, "")
    assert (kind, values[3, 1]) == ("probabilities", 0)


def test_a_few_rows_that_are_no_probabilities_are_named():
    values = shares()
    values[[5, 8], 0] = -0.5
    assert refusal(values) == "2 of 100 rows are no probabilities, though all others are: 105, 108."
    assert refusal(values, "probabilities") == "2 of 100 rows have a negative probability: 105, 108."


def test_rows_of_zeros_are_named():
    values = shares()
    values[10:30] = 0
    assert refusal(values) == "In 20 of 100 rows all probabilities are 0: 110, 111, 112, 113, 114 …."
