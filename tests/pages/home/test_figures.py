"""The picture: the digit that tells most, what the browser is sent, and what the race has shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kd_core.jobs import Jobs, Run
from kd_core.sweeps.intervals import interval, paired_difference
from pages.home.figures import GUESSES, picture, verdict
from pages.home.values import DIGIT, SHOWN, example
from pages.run.outcome import Outcome
from pages.ui.words import Words
from tests.pages.explaining import default_run, ends

W = Words("home", "en")


@pytest.fixture
def run(service: Jobs) -> Run:
    run = default_run(service)
    service.call(service.until(run, lambda: not run.is_live), timeout=60)
    return run


def test_the_digit_is_the_one_that_the_teacher_gets_right_with_the_least_probability(run: Run) -> None:
    found = example(run)
    assert found is not None
    assert run.held_out is not None
    logits = ends(run)["teacher"].actors["teacher"].example_logits.astype(float)
    powers = np.exp(logits / run.experiment.temperature)
    soft = powers / powers.sum(axis=1, keepdims=True)
    labels = run.held_out.labels
    least = min((i for i in range(len(labels)) if soft[i].argmax() == labels[i]), key=lambda i: soft[i].max())
    assert (found.place, found.label) == (least, labels[least])
    np.testing.assert_allclose(found.soft, soft[least], rtol=1e-9)
    assert found.ranked[0] == found.label


def test_another_digit_at_another_temperature_is_what_it_is_asked_for(run: Run) -> None:
    found = example(run, 14, 20.0)
    assert found is not None
    assert run.held_out is not None
    assert (found.place, found.label) == (14, run.held_out.labels[14])
    powers = np.exp(ends(run)["teacher"].actors["teacher"].example_logits[14].astype(float) / 20)
    np.testing.assert_allclose(found.soft, powers / powers.sum(), rtol=1e-9)


def test_a_link_can_name_every_digit_that_is_shown_and_no_other(run: Run) -> None:
    assert run.held_out is not None
    assert len(run.held_out.labels) == SHOWN
    assert DIGIT.read(str(SHOWN - 1)) == SHOWN - 1
    with pytest.raises(ValueError, match=f"0 … {SHOWN - 1}"):
        DIGIT.read(str(SHOWN))


def test_before_a_guess_the_browser_is_not_sent_what_the_students_reach(run: Run) -> None:
    sent = picture(run, W, digit=None, temperature=4.0, guess=None)
    assert (sent["race"], sent["verdict"]) == (None, None)
    assert sent["teacher"]["score"].endswith(" %")
    assert [name for name, _ in sent["answers"]] == [*GUESSES, ""]


def test_the_race_is_the_run_s_own_snapshots(run: Run) -> None:
    race = picture(run, W, digit=None, temperature=4.0, guess="")["race"]
    students = [snapshot for snapshot in run.snapshots if snapshot.phase == "students"]
    assert race["epochs"] == list(range(run.experiment.epochs + 1))
    for actor in ("distilled", "alone"):
        accuracies = np.array([snapshot.actors[actor].test_accuracy for snapshot in students], dtype=float)
        np.testing.assert_allclose(np.transpose(race[actor]["pairs"]), accuracies, atol=6e-5)
        np.testing.assert_allclose(race[actor]["mean"], accuracies.mean(axis=1), atol=6e-6)
        assert race[actor]["score"] == f"{100 * accuracies[-1].mean():.1f} %"


@pytest.mark.parametrize(
    ("alone", "headline"),
    [
        ((0.80, 0.81, 0.82), "With the teacher +10.0 points"),
        ((0.95, 0.96, 0.97), "The teacher costs: −5.0 points"),
        ((0.85, 0.91, 0.94), "No clear difference: +1.0 points"),
    ],
)
def test_the_headline_says_who_leads_and_whether_it_is_clear(alone: Sequence[float], headline: str) -> None:
    distilled = np.array([0.90, 0.91, 0.92]) if alone[0] != 0.85 else np.array([0.91, 0.91, 0.91])
    found = Outcome(0.98, interval(alone), interval(distilled), paired_difference(distilled, alone))
    said = verdict(found, W, guess=found.leader)
    assert said["headline"] == headline
    assert "95 % interval " in said["sure"]
    assert "3 pairs, on this split" in said["sure"]
    assert said["guess"] == W("guess.right")
    assert verdict(found, W, guess="")["guess"] == ""
