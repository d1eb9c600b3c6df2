"""What is found of an ensemble: values worked out by hand, and what must hold of any."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon

from pages.learn.ensemble.cases import CASES, weighed
from pages.learn.ensemble.results import (
    ALONE,
    WHOLE,
    Lesson,
    Mean,
    Panel,
    against,
    agreement,
    disagreement,
    findings,
    gain_of,
    last,
    lessons_of,
    mean_agreement,
)

EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def panel(accuracy, shares=None):
    accuracy = np.float32(accuracy)
    count, splits = accuracy.shape
    shares = np.ones((count, count, splits), np.float32) if shares is None else shares
    return Panel(accuracy, shares, np.zeros((1, 8, 8), np.float32), np.array([3]), np.zeros((count, 1, 10), np.float32))


def lesson(of, accuracy, *, lost=None, epoch=3):
    values = np.float32(accuracy)
    return Lesson(of, epoch, 3, values, np.zeros(len(values), bool) if lost is None else np.array(lost))


# Values by hand


def test_agreement_is_the_share_of_equal_answers_on_each_split():
    answers = np.array([[[1, 2, 3, 4], [0, 0, 0, 0]], [[1, 2, 0, 0], [0, 0, 0, 9]], [[9, 9, 9, 9], [0, 0, 0, 0]]])
    shares = agreement(answers)
    assert shares.shape == (3, 3, 2)
    assert shares[0, 1].tolist() == [0.5, 0.75]
    assert shares[0, 2].tolist() == [0.0, 1.0]
    assert shares[1, 2].tolist() == [0.0, 0.75]


@given(arrays(np.int64, (4, 2, 6), elements=st.integers(0, 3)))
def test_agreement_is_symmetric_and_everybody_agrees_with_itself(answers):
    shares = agreement(answers)
    np.testing.assert_array_equal(shares, shares.transpose(1, 0, 2))
    assert (shares[range(4), range(4)] == 1).all()


def test_members_who_say_the_same_do_not_differ_and_two_who_are_sure_of_others_differ_by_ln_2():
    sure = np.eye(3)[[0, 1]]
    assert disagreement(np.stack([sure[:1], sure[:1]])) == pytest.approx([0.0])
    assert disagreement(np.stack([sure[:1], sure[1:]])) == pytest.approx([np.log(2)])


@given(arrays(np.float64, (2, 3, 4), elements=st.floats(0.01, 1)))
def test_scipy_finds_the_same_divergence_of_two(values):
    p = values / values.sum(-1, keepdims=True)
    theirs = [jensenshannon(p[0, i], p[1, i]) ** 2 for i in range(3)]
    np.testing.assert_allclose(disagreement(p), theirs, atol=1e-9)


def test_average_agreement_is_over_the_twos_that_are_in():
    shares = np.ones((3, 3, 2), np.float32)
    shares[0, 1], shares[0, 2], shares[1, 2] = [0.5, 0.7], [0.1, 0.1], [0.3, 0.3]
    found = mean_agreement(panel(np.zeros((3, 2)), shares), [0, 1])
    assert (found.mean, found.n) == (pytest.approx(0.6), 2)
    assert mean_agreement(panel(np.zeros((3, 2)), shares), [0, 1, 2]).mean == pytest.approx((0.6 + 0.1 + 0.3) / 3)
    assert mean_agreement(panel(np.zeros((3, 2)), shares), [1]) is None


LESSONS = lessons_of(
    [
        lesson(ALONE, [0.5, 0.5, 0.6, 0.6]),
        lesson("0", [0.6, 0.6, 0.6, 0.6]),
        lesson("1", [0.4, 0.4, 0.8, 0.8]),
        lesson(WHOLE, [0.7, 0.7, 0.8, 0.8]),
    ]
)


def test_differences_are_worked_out_by_hand():
    # Splits are pair modulo two. The members' students are .5 .5 .7 .7 on average, the ensemble's .2 .2 .1 .1 above.
    found = findings(panel([[0.8, 0.9], [0.6, 0.7]]), Mean(np.float32([0.9, 0.9]), np.zeros((1, 10))), LESSONS, [0, 1])
    assert found.teachers.mean == pytest.approx(((0.9 - 0.7) + (0.9 - 0.8)) / 2)
    assert (found.students.mean, found.students.n, found.students.splits) == (pytest.approx(0.15), 4, 2)
    assert found.gain.mean == pytest.approx(0.2)
    assert found.lost == 0


def test_whoever_is_out_is_no_part_of_the_average():
    found = findings(panel([[0.8, 0.9], [0.6, 0.7]]), Mean(np.float32([0.9, 0.9]), np.zeros((1, 10))), LESSONS, [1])
    assert found.teachers.mean == pytest.approx(0.25)
    assert found.students.mean == pytest.approx((0.3 + 0.3) / 4)


def test_nothing_is_found_before_everybody_has_learned():
    mean = Mean(np.float32([0.9, 0.9]), np.zeros((1, 10)))
    some = panel([[0.8, 0.9], [0.6, 0.7]])
    assert findings(None, mean, LESSONS, [0]) is None
    assert findings(some, None, LESSONS, [0]) is None
    assert findings(some, mean, LESSONS | {"1": lesson("1", [0.1] * 4, epoch=1)}, [0, 1]) is None
    assert findings(some, mean, {ALONE: LESSONS[ALONE]}, [0]) is None
    assert gain_of({WHOLE: LESSONS[WHOLE]}, WHOLE) is None


def test_a_pair_with_a_collapsed_student_takes_no_part_and_is_counted():
    lessons = LESSONS | {"0": lesson("0", [0.6] * 4, lost=[True, False, False, False])}
    some, mean = panel([[0.8, 0.9], [0.6, 0.7]]), Mean(np.float32([0.9, 0.9]), np.zeros((1, 10)))
    found = findings(some, mean, lessons, [0, 1])
    assert (found.students.n, found.lost) == (3, 1)
    assert against(lessons, 0, 2).n == 3


def test_against_one_member_is_the_paired_difference_of_students():
    assert against(LESSONS, 1, 2).mean == pytest.approx((0.3 + 0.3 + 0.0 + 0.0) / 4)
    assert against({}, 1, 2) is None


def test_the_newest_of_each_counts():
    old, new = lesson("0", [0.1], epoch=1), lesson("0", [0.9])
    assert lessons_of([old, "else", new]) == {"0": new}
    assert last([old, "else", new], Lesson) is new
    assert last([old], Panel) is None


# The table


@EACH
def test_every_ensemble_has_several_members_and_is_what_its_link_says(case):
    for count in case.counts or (3,):
        whole = case.of(count, "logits", 5)
        assert len(whole.members) == (count if case.counts else 5)
        assert (whole.splits, whole.seeds) == (5, 10)
        assert type(whole).from_query(whole.to_query()) == whole
        assert len(case.weights) in (0, len(whole.members))


@EACH
def test_equal_weights_are_the_same_experiment_as_none_and_others_are_kept(case):
    whole = case.of(3, "logits", 5)
    count = len(whole.members)
    assert weighed(whole, [2.0] * count) == whole
    some = weighed(whole, [1.0, 0.5] + [0.0] * (count - 2))
    assert some.weights == pytest.approx((2 / 3, 1 / 3) + (0.0,) * (count - 2))
