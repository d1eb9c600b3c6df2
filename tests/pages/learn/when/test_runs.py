"""Playing scenarios: the chain of small ones, and what every real one comes to at its own settings and seeds."""

from functools import cache

import numpy as np
import pytest

from kd_core import run
from kd_core.experiment import Experiment
from pages.learn.when.runs import play, play_cases
from pages.learn.when.scenarios import AGREES, DISAGREES, SCENARIOS, UNCLEAR, Case, findings, latest
from tests.core.helpers import global_seed

SMALL = Experiment(teacher="16", teacher_epochs=3, student="6", labels=40, epochs=12, seeds=3)
ASSISTANT = SMALL.replace(student="10", labels=0, epochs=2)

# Verdicts are of these settings, these seeds and this teacher; the page computes them anew and says so.
VERDICTS = {
    ("few", "gain"): AGREES,
    ("plenty", "gain"): UNCLEAR,
    ("tiny", "cool"): AGREES,
    ("patience", "grows"): AGREES,
    ("patience", "long"): AGREES,
    ("weak", "weak"): AGREES,
    ("weak", "early"): DISAGREES,
    ("smoothed", "hot"): AGREES,
    ("smoothed", "hotter"): AGREES,
    ("noisy", "more"): AGREES,
    ("noisy", "gain"): AGREES,
    ("assistant", "chain"): AGREES,
    ("assistant", "small"): AGREES,
    ("born", "teacher"): AGREES,
    ("born", "gain"): DISAGREES,
}


@cache
def played(name):
    return latest(play(name))


def finding(name, claim):
    return next(found for found in findings(SCENARIOS[name], played(name)) if found.claim.name == claim)


def test_a_case_is_what_the_playground_would_have_shown():
    (reached,) = latest(play_cases([Case("a", SMALL)])).values()
    *_, last = run(SMALL)
    np.testing.assert_allclose(reached.of("alone"), last.actors["alone"].test_accuracy, atol=2e-3)
    np.testing.assert_allclose(reached.of("distilled"), last.actors["distilled"].test_accuracy, atol=2e-3)
    teacher = [snapshot for snapshot in run(SMALL) if snapshot.phase == "teacher"][-1].actors["teacher"]
    assert reached.teacher == pytest.approx(float(teacher.test_accuracy[0]))


def test_it_is_told_while_it_goes_on():
    told = list(play_cases([Case("a", SMALL), Case("b", SMALL.replace(temperature=8))], teachers={}))
    assert [(now.stage, now.epoch) for now in told if now.stage == "teacher"] == [("teacher", e) for e in range(4)]
    students = [now for now in told if now.stage == "students"]
    assert [now.case for now in students[:2]] == ["a", "b"]
    assert len(students) >= 2 * 10
    assert [now.epoch for now in students[-2:]] == [12, 12]


def test_cases_that_differ_in_temperature_share_their_students_alone_and_their_teacher():
    told = latest(play_cases([Case("a", SMALL.replace(temperature=1)), Case("b", SMALL.replace(temperature=20))]))
    np.testing.assert_array_equal(told["a"].alone, told["b"].alone)
    assert told["a"].teacher == told["b"].teacher
    assert (told["a"].distilled != told["b"].distilled).any()


def test_in_a_chain_each_seed_learns_from_its_own_assistant():
    told = list(play_cases([Case("chain", SMALL, assistant=ASSISTANT), Case("straight", SMALL)]))
    assert [now.epoch for now in told if now.stage == "assistant"] == [1, 2]
    chain, straight = (latest(told)[name] for name in ("chain", "straight"))
    assert chain.assistant.shape == (3,)
    assert len(set(chain.assistant.tolist())) > 1
    np.testing.assert_allclose(chain.alone, straight.alone, atol=2e-3)  # members of cohorts of different sizes
    assert (chain.distilled != straight.distilled).any()
    assert straight.assistant is None


def test_an_assistant_is_a_distilled_student_of_the_teacher():
    chain = latest(play_cases([Case("chain", SMALL, assistant=ASSISTANT)]))["chain"]
    *_, last = run(ASSISTANT)
    np.testing.assert_allclose(chain.assistant, last.actors["distilled"].test_accuracy, atol=2e-3)


def test_students_of_an_assistant_that_says_nothing_learn_nothing_from_it():
    """At alpha = 0 a student hears its assistant only; one that was never trained knows no digit."""
    silent = ASSISTANT.replace(learning_rate=1e-5, epochs=1)
    chain = latest(play_cases([Case("chain", SMALL.replace(alpha=0.0), assistant=silent)]))["chain"]
    assert chain.mean("distilled").mean < 0.4 < chain.mean("alone").mean
    assert chain.teacher > 0.5


def test_twice_the_same_without_touching_global_randomness():
    with global_seed(0):
        first = latest(play_cases([Case("a", SMALL, assistant=ASSISTANT)]))["a"]
    with global_seed(1):
        second = latest(play_cases([Case("a", SMALL, assistant=ASSISTANT)]))["a"]
    np.testing.assert_array_equal(first.alone, second.alone)
    np.testing.assert_array_equal(first.distilled, second.distilled)
    np.testing.assert_array_equal(first.assistant, second.assistant)


# The real ones


def test_every_claim_has_its_verdict_below():
    assert list(VERDICTS) == [(name, claim.name) for name, each in SCENARIOS.items() for claim in each.claims]


@pytest.mark.parametrize(("name", "claim"), VERDICTS)
def test_verdict(name, claim):
    found = finding(name, claim)
    assert found.interval.n == SCENARIOS[name].playground.seeds
    assert found.verdict == VERDICTS[name, claim]


def test_with_few_labels_distilled_wins_every_pair():
    assert played("few")["few"].ahead == 5


def test_the_tiny_student_is_better_off_alone_than_at_high_t():
    assert played("tiny")["t20"].gain.high < 0


def test_distillation_costs_the_impatient():
    assert played("patience")["short"].gain.high < 0


def test_the_weak_teacher_knows_less_than_the_student_alone():
    weak = played("weak")["weak"]
    assert weak.teacher < weak.mean("alone").low


def test_the_smoothed_teacher_is_the_better_network_and_at_low_t_as_good_a_teacher():
    smoothed = played("smoothed")
    assert smoothed["smoothed_hot"].teacher > smoothed["plain_hot"].teacher
    cool = smoothed["smoothed_cool"].of("distilled") - smoothed["plain_cool"].of("distilled")
    hot = finding("smoothed", "hot")
    assert abs(cool.mean()) < abs(hot.interval.mean) / 2


def test_wrong_labels_hurt_the_student_alone_and_hardly_its_twin():
    clean, noisy = played("noisy")["clean"], played("noisy")["noisy"]
    assert clean.mean("alone").mean - noisy.mean("alone").mean > 0.1
    assert abs(clean.mean("distilled").mean - noisy.mean("distilled").mean) < 0.02


def test_a_small_teacher_that_never_met_the_big_one_does_no_worse_than_the_chain():
    small, chain = (played("assistant")[name].of("distilled") for name in ("small", "chain"))
    assert small.mean() > chain.mean()


def test_students_alone_beat_that_teacher_too():
    born = played("born")["born"]
    assert born.mean("alone").low > born.teacher
