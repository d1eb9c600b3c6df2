from math import inf

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from kd_core.experiment import Experiment
from kd_core.recipe import Recipe
from pages.learn.when.scenarios import (
    ACTORS,
    FAILS,
    HOLDS,
    OPEN,
    SCENARIOS,
    Case,
    Claim,
    Reached,
    Scenario,
    Term,
    between,
    findings,
    gain,
    latest,
    less,
)
from pages.run.claims import CLAIMS, over_splits

EACH = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
ALONE, DISTILLED = np.float32([0.5, 0.6, 0.7, 0.8]), np.float32([0.6, 0.8, 0.8, 1.0])


def reached(case="a", *, alone=ALONE, distilled=DISTILLED, teacher=(0.75,), collapsed=None):
    found = np.float32(alone), np.float32(distilled)
    return Reached(case, "students", 3, 3, np.float32(teacher), None, *found, collapsed)


def one(*claims, cases="ab"):
    experiment = Experiment(seeds=4)
    return Scenario("test", tuple(Case(name, experiment) for name in cases), claims, cases[0])


# The table


def test_there_are_the_scenarios_that_the_page_promises():
    assert list(SCENARIOS) == [
        "few",
        "plenty",
        "tiny",
        "patience",
        "weak",
        "smoothed",
        "noisy",
        "assistant",
        "born",
    ]


@EACH
def test_every_comparison_is_over_ten_splits_and_of_what_other_pages_run(scenario):
    experiments = [case.experiment for case in scenario.cases] + [c.assistant for c in scenario.cases if c.assistant]
    assert {(experiment.splits, experiment.seeds) for experiment in experiments} == {(10, 20)}
    if scenario.name in ("few", "plenty", "tiny", "weak", "noisy"):
        assert set(experiments) & {over_splits(experiment) for experiment in CLAIMS.values()}
    assert len({(experiment.dataset, experiment.seed, experiment.noise) for experiment in experiments}) == 1


@EACH
def test_claims_speak_of_cases_that_there_are_and_compare_as_much_as_they_add(scenario):
    cases = {case.name for case in scenario.cases}
    assert scenario.claims
    for claim in scenario.claims:
        assert {term.case for term in claim.terms} <= cases
        assert {term.actor for term in claim.terms} <= set(ACTORS)
        assert sum(term.sign for term in claim.terms) == 0  # a difference: an offset of all accuracies cancels
        assert claim.expected in (-1, +1)
    assert cases == {term.case for claim in scenario.claims for term in claim.terms}


@EACH
def test_names_are_unique_and_the_playground_opens_a_case(scenario):
    assert len({case.name for case in scenario.cases}) == len(scenario.cases)
    assert len({claim.name for claim in scenario.claims}) == len(scenario.claims)
    assert Experiment.from_query(scenario.playground.to_query()) == scenario.playground
    opened = [case for case in scenario.cases if case.name == scenario.to_open]
    assert [case.assistant for case in opened] == [None]  # a chain is nothing that the playground can run


def test_an_assistant_learns_from_the_teacher_that_the_student_would_have_had():
    chains = [case for scenario in SCENARIOS.values() for case in scenario.cases if case.assistant]
    assert chains
    for case in chains:
        assert case.assistant.key("data", "teacher") == case.experiment.key("data", "teacher")
        assert case.assistant.labels == 0
        sizes = [int(widths.split("-")[0]) for widths in (case.experiment.student, case.assistant.student)]
        assert sizes[0] < sizes[1] < int(case.experiment.teacher.split("-")[0])


def test_cases_differ_in_what_their_scenario_is_about_and_in_nothing_else():
    def varied(name):
        experiments = [case.experiment for case in SCENARIOS[name].cases]
        fields = vars(experiments[0])
        return {field for field in fields if len({getattr(each, field) for each in experiments}) > 1}

    assert {name: varied(name) for name in SCENARIOS} == {
        "few": set(),
        "plenty": set(),
        "tiny": {"temperature"},
        "patience": {"epochs"},
        "weak": {"teacher_epochs"},
        "smoothed": {"temperature", "teacher_label_smoothing"},
        "noisy": {"label_noise"},
        "assistant": {"teacher"},
        "born": set(),
    }


def test_a_born_again_student_is_trained_as_its_teacher_was():
    experiment = SCENARIOS["born"].playground
    assert experiment.student_widths == experiment.teacher_widths
    assert (experiment.epochs, experiment.labels, experiment.optimizer) == (experiment.teacher_epochs, 0, "adam")
    assert (experiment.batch_size, experiment.learning_rate, False) == Recipe.of(experiment)


# What is found


def test_the_newest_of_each_case_counts():
    first, second, other = reached(alone=[0.1] * 4), reached(), reached("b")
    assert latest([first, other, second]) == {"a": second, "b": other}


def test_a_gain_is_worked_out_by_hand():
    (found,) = findings(one(Claim("gain", gain("a"), +1, ("someone",)), cases="a"), {"a": reached()})
    assert found.differences == pytest.approx([0.1, 0.2, 0.1, 0.2])
    # mean .15, standard deviation sqrt(.01 / 3) = .0577, t(3) = 3.182: half width .0919
    assert (found.interval.n, found.interval.mean) == (4, pytest.approx(0.15))
    assert (found.interval.low, found.interval.high) == pytest.approx((0.0581, 0.2419), abs=1e-4)
    assert (found.sign, found.verdict) == (+1, HOLDS)
    assert reached().ahead == 4
    assert reached().gain == found.interval


def test_scipy_finds_the_same_interval():
    (found,) = findings(one(Claim("gain", gain("a"), +1), cases="a"), {"a": reached()})
    theirs = stats.ttest_rel(np.float64(DISTILLED), np.float64(ALONE)).confidence_interval(0.95)
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(theirs))


def test_a_difference_of_gains_and_the_teacher_are_terms_like_others():
    both = {"a": reached(), "b": reached("b", distilled=ALONE, teacher=[0.9])}
    claims = (
        Claim("more", (*gain("a"), *less(gain("b"))), +1),
        Claim("across", between("a", "b"), +1),
        Claim("teacher", (Term(+1, "b", "distilled"), Term(-1, "b", "teacher")), +1),
    )
    more, across, teacher = findings(one(*claims), both)
    assert more.differences == pytest.approx([0.1, 0.2, 0.1, 0.2])
    assert across.differences == pytest.approx([0.1, 0.2, 0.1, 0.2])
    assert teacher.differences == pytest.approx([-0.4, -0.3, -0.2, -0.1])
    assert teacher.verdict == FAILS


def test_claims_wait_until_all_their_students_have_been_heard_from():
    scenario = one(Claim("across", between("a", "b"), +1), Claim("gain", gain("a"), +1))
    teaching = Reached("b", "teacher", 1, 5, np.float32([0.9]))
    assert findings(scenario, {}) == []
    assert [found.claim.name for found in findings(scenario, {"a": reached(), "b": teaching})] == ["gain"]


@given(arrays(np.float64, (10,), elements=st.floats(-0.5, 0.5)), st.sampled_from([-1, +1]))
def test_on_one_split_the_verdict_follows_the_interval_and_turns_with_the_expectation(differences, expected):
    assume(np.ptp(differences) > 1e-3)
    base = np.full(10, 0.5)
    case = Reached("a", "students", 1, 1, np.array([0.5]), None, base, base + differences)
    (found,) = findings(one(Claim("gain", gain("a"), expected), cases="a"), {"a": case})
    (turned,) = findings(one(Claim("gain", gain("a"), -expected), cases="a"), {"a": case})
    low, high = found.interval.low, found.interval.high
    assert found.verdict == (OPEN if low <= 0 <= high else HOLDS if expected * low > 0 else FAILS)
    assert {found.verdict, turned.verdict} in ({OPEN}, {HOLDS, FAILS})
    assert -inf < low <= found.interval.mean <= high < inf


def over_four_splits(*means):
    """Two pairs on each of four splits, both with that gain."""
    base = np.full(8, 0.5, np.float32)
    return reached(alone=base, distilled=base + np.float32([*means, *means]), teacher=[0.7] * 4)


@pytest.mark.parametrize(
    ("means", "verdict", "can_flip"),
    [
        ((0.10, 0.11, 0.10, 0.11), HOLDS, False),
        ((0.04, 0.10, 0.05, 0.13), OPEN, True),  # clear on average; the next may lie below 0
        ((-0.04, -0.10, -0.05, -0.13), FAILS, True),
        ((-0.10, -0.11, -0.10, -0.11), FAILS, False),
        ((-0.10, 0.11, -0.10, 0.12), OPEN, False),
    ],
)
def test_over_splits_a_claim_holds_only_if_the_next_split_is_expected_to_say_so(means, verdict, can_flip):
    (found,) = findings(one(Claim("gain", gain("a"), +1), cases="a"), {"a": over_four_splits(*means)})
    assert (found.interval.n, found.interval.splits) == (8, 4)
    assert (found.verdict, found.can_flip) == (verdict, can_flip)


def test_a_teacher_is_compared_with_the_students_of_its_split():
    base = np.full(4, 0.5)
    case = reached(alone=base, distilled=base, teacher=[0.3, 0.6])
    assert case.of("teacher").tolist() == pytest.approx([0.3, 0.6, 0.3, 0.6])
    assert case.mean("teacher").mean == pytest.approx(0.45)


def test_a_pair_with_a_collapsed_student_takes_no_part_and_is_counted():
    lost = np.array([False, True, False, False])
    (found,) = findings(one(Claim("gain", gain("a"), +1), cases="a"), {"a": reached(collapsed=lost)})
    assert (found.interval.n, found.lost) == (3, 1)
    assert found.interval.mean == pytest.approx(0.4 / 3)
