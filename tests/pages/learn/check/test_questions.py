"""The questions: their rules on made-up evidence, and what every question must have."""

import inspect

import numpy as np
import pytest

from kd_core.sweeps.grid import Sweep
from kd_core.sweeps.intervals import interval
from pages.learn.check.questions import QUESTIONS, Chart, Evidence

NO_CHART = Chart("bars", (), {})
FLIPS = interval(np.linspace(-2, 4, 20), splits=10)  # clear, though two of its splits are on the other side
AHEAD = interval(np.linspace(2, 4, 20), splits=10)
CLEAR, BEHIND, UNCLEAR = interval([1.0, 2.0, 3.0, 2.0]), interval([-1.0, -2.0, -3.0, -2.0]), interval([-1.0, 1.0, 0.0])


def evidence(chart=NO_CHART, differences=None, means=None, **numbers):
    return Evidence(numbers, chart, differences or {}, means or {})


def bars(before, after):
    return evidence(Chart("bars", (0, 1, 2), {"plain": np.array(before), "soft": np.array(after)}))


def ranks(agreement, accuracy):
    return evidence(differences={"agreement": agreement, "accuracy": accuracy})


def distances(zero, half, one):
    return evidence(distance_zero=zero, distance_half=half, distance_one=one)


def recall(*values):
    return evidence(means={"recall": interval(values)})


def share(*values):
    return evidence(means={"share": interval(values, splits=len(values))})


FOUND = [
    ("shift", evidence(change=1e-9, entropy_before=1.0, entropy_after=1.1), "same"),
    ("shift", evidence(change=0.1, entropy_before=1.0, entropy_after=1.1), "flatter"),
    ("shift", evidence(change=0.1, entropy_before=1.0, entropy_after=0.9), "sharper"),
    ("order", bars([0.7, 0.1, 0.2], [0.4, 0.29, 0.31]), "same"),
    ("order", bars([0.7, 0.1, 0.2], [0.1, 0.6, 0.3]), "reversed"),
    ("order", bars([0.7, 0.1, 0.2], [0.4, 0.31, 0.29]), "mixed"),
    ("symmetric", evidence(forward=1.0, backward=1.009), "same"),
    ("symmetric", evidence(forward=1.0, backward=0.9), "forward"),
    ("symmetric", evidence(forward=0.9, backward=1.0), "backward"),
    ("alpha", distances(0.0, 1.0, 1.0), "zero"),
    ("alpha", distances(1.0, 0.0, 1.0), "half"),
    ("alpha", distances(1.0, 1.0, 0.0), "one"),
    ("alpha", distances(1.0, 1e-7, 1e-9), "none"),
    ("alpha", distances(0.0, 0.0, 1.0), "none"),
    ("shrink", evidence(ratio=1.3), "same"),
    ("shrink", evidence(ratio=1.5), "half"),  # sqrt(1 * 2) = 1.41 is the border
    ("shrink", evidence(ratio=2.9), "quarter"),  # sqrt(2 * 4) = 2.83
    ("shrink", evidence(ratio=8.1), "sixteenth"),  # sqrt(4 * 16) = 8
    ("few", evidence(differences={"gain": CLEAR}), "first"),
    ("plenty", evidence(differences={"gain": BEHIND}), "second"),
    ("adam", evidence(differences={"gain": UNCLEAR}), "unclear"),
    ("adam", evidence(differences={"gain": interval([0.0, 0.0, 0.0])}), "unclear"),
    ("few", evidence(differences={"gain": AHEAD}), "first"),
    ("few", evidence(differences={"gain": FLIPS}), None),
    ("sure", share(1.99), "labels"),
    ("sure", share(2.0), "some"),
    ("sure", share(20.1), "much"),
    ("sure", share(1.5, 1.6, 1.4), "labels"),
    ("sure", share(1.8, 1.9, 2.0), None),  # a mean of 1.9, but the next teacher may have more than 2
    ("ranking", ranks(FLIPS, CLEAR), None),
    ("ranking", ranks(FLIPS, UNCLEAR), "unclear"),
    ("ranking", ranks(CLEAR, CLEAR), "same"),
    ("ranking", ranks(BEHIND, BEHIND), "same"),
    ("ranking", ranks(CLEAR, BEHIND), "opposite"),
    ("ranking", ranks(CLEAR, UNCLEAR), "unclear"),
    ("ranking", ranks(UNCLEAR, BEHIND), "unclear"),
    ("missing", recall(9.0, 9.5), "few"),
    ("missing", recall(9.0, 11.0), "some"),
    ("missing", recall(40.0, 41.0), "many"),
]


@pytest.mark.parametrize(("name", "found", "answer"), FOUND)
def test_the_rule_reads_the_answer_off_the_evidence(name, found, answer):
    assert QUESTIONS[name].answer(found) == answer


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_option_is_the_answer_for_some_evidence(name):
    shares_rule = {other for other in QUESTIONS if QUESTIONS[other].rule == QUESTIONS[name].rule}
    assert {answer for other, _, answer in FOUND if other in shares_rule} - {None} == set(QUESTIONS[name].options)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_has_two_to_four_options_or_a_number(name):
    question = QUESTIONS[name]
    if question.kind == "choice":
        assert 2 <= len(question.options) <= 4
        assert question.tolerance == 0
    else:
        assert 0 < question.tolerance < 0.1


def test_there_are_choices_and_numbers():
    assert len(QUESTIONS) >= 12
    assert {question.kind for question in QUESTIONS.values()} == {"choice", "number"}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_names_a_computation_that_takes_its_arguments(name):
    question = QUESTIONS[name]
    computation = (question.compute, question.experiment, *question.settings.values())
    for function, *arguments in (computation, question.computation, question.scene):
        bound = inspect.signature(function.resolve()).bind(*arguments)
        if function == question.compute:
            assert list(bound.arguments) == ["experiment", *question.settings]
        hash(tuple(arguments))  # studies are found again by their arguments


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_link_opens_the_experiment_that_was_run(name):
    question = QUESTIONS[name]
    assert bool(question.over) == (question.page == "sweep")
    if question.page == "sweep":
        assert Sweep.from_query(question.sweep.to_query()).base == question.experiment


def test_a_number_may_be_off_by_the_tolerance_and_no_more():
    question = QUESTIONS["smaller"]
    found = evidence(times=100.0)
    off = 100 * question.tolerance
    assert question.is_right(100.0 + 0.99 * off, found)
    assert question.is_right(100.0 - 0.99 * off, found)
    assert not question.is_right(100.0 + 1.01 * off, found)


@pytest.mark.parametrize("name", ["shift", "smaller"])
def test_an_empty_answer_is_not_right(name):
    assert not QUESTIONS[name].is_right("", evidence(change=0.0, times=70.0))


def test_a_choice_is_right_only_if_it_is_what_was_found():
    found = evidence(differences={"gain": UNCLEAR})
    assert [option for option in QUESTIONS["few"].options if QUESTIONS["few"].is_right(option, found)] == ["unclear"]


def test_where_a_split_can_flip_the_answer_none_is_right():
    found = evidence(differences={"gain": FLIPS})
    assert FLIPS.is_clear
    assert not any(QUESTIONS["few"].is_right(option, found) for option in QUESTIONS["few"].options)


@pytest.mark.parametrize("name", [name for name, question in QUESTIONS.items() if question.trains])
def test_students_are_compared_over_ten_splits(name):
    assert (QUESTIONS[name].experiment.splits, QUESTIONS[name].experiment.seeds) == (10, 20)
