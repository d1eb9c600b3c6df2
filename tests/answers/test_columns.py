"""Which columns are what: names and numbers of classes, with and without a prefix."""

import pytest

from kd_core.answers.columns import columns_of, some
from kd_core.data import DataError

KINDS = ("setosa", "versicolor", "virginica")


@pytest.mark.parametrize(
    "names",
    [
        ("setosa", "versicolor", "virginica"),
        ("p_setosa", "p_versicolor", "p_virginica"),
        ("0", "1", "2"),
        ("p_0", "p_1", "p_2"),
        ("p0", "p1", "p2"),
        ("logit_0", "logit_1", "logit_2"),
        ("Logits 0", "Logits 1", "Logits 2"),
        ("class 0", "class-1", "class:2"),
        ("proba_0", "proba_1", "proba_2"),
        ("Setosa", "VERSICOLOR", "virginica"),
    ],
)
def test_a_class_is_meant_by_its_name_or_its_number(names):
    for order in (slice(None), slice(None, None, -1)):
        assert columns_of(["id", *names[order]], KINDS).classes == names


def test_names_come_before_numbers():
    found = columns_of(["id", "0", "1", "2"], ["2", "1", "0"])
    assert found.classes == ("2", "1", "0")
    assert columns_of(["id", "0", "1"], ["1", "2"]).classes == ("0", "1")


def test_classes_that_differ_in_capitals_only_are_told_apart():
    assert columns_of(["id", "a", "A"], ["A", "a"]).classes == ("A", "a")


def test_a_class_that_is_called_like_a_prefix_or_a_column_of_rows_is_a_class():
    assert columns_of(["id", "label", "p"], ["label", "p"]).classes == ("label", "p")
    assert columns_of(["id", "label", "part", "no", "yes"], ["no", "yes"])[1:] == ("part", ("no", "yes"), ())


def test_what_is_of_no_class_is_ignored_and_named():
    assert columns_of(["id", "no", "model", "yes", "x"], ["no", "yes"]).ignored == ("model", "x")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("p_no", "p_yes"), "probabilities"),
        (("prob_0", "prob_1"), "probabilities"),
        (("logit_0", "logit_1"), "logits"),
        (("log_p_0", "log_p_1"), "logits"),
        (("0", "1"), ""),
        (("no", "yes"), ""),
        (("class_0", "class_1"), ""),
    ],
)
def test_names_can_say_what_numbers_are(names, says):
    assert columns_of(["id", *names], ["no", "yes"]).says == says


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ((), "There is no column id"),
        (("id",), "no column for 3 of 3 classes: setosa, versicolor, virginica"),
        (("id", "answer"), "one column, answer: it gives answers, not probabilities"),
        (("id", "p_1"), "one column, p_1: it gives answers"),
        (("id", "0", "2"), "no column for 1 of 3 classes: versicolor"),
        (("id", "0", "1", "2", "3"), "columns of other classes: 3; this data has 3"),
        (("id", "1", "2", "3"), "columns of other classes: 3; this data has 3"),
        (("id", "0", "1", "2", "p_1"), "says the same: p_1"),
        (("id", "rowid", "0", "1", "2"), "says the same: id, rowid"),
        (("id", *(f"x{place}" for place in range(9))), "no column for 3 of 3"),
    ],
)
def test_what_is_wrong_with_columns_is_said_with_their_names(names, sentence):
    with pytest.raises(DataError, match=sentence):
        columns_of(names, KINDS)


def test_of_many_names_the_first_are_shown():
    assert some(range(5)) == "0, 1, 2, 3, 4"
    assert some(range(6)) == "0, 1, 2, 3, 4 …"
