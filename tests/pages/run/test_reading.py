"""The reading says what the numbers say, in every case."""

from __future__ import annotations

import numpy as np
import pytest

from kd_core import Experiment, LossTerms, Measures, Snapshot
from pages.run.reading import ratio, reading
from pages.ui.words import Words

ENGLISH, GERMAN = Words("reading", "en"), Words("reading", "de")


def measures(accuracy: list[float], agreement: float = 0.9) -> Measures:
    """An actor of whom only accuracy and agreement matter."""
    zeros = np.zeros(len(accuracy), np.float32)
    terms = LossTerms(zeros, zeros, zeros)
    return Measures(
        train_accuracy=zeros,
        test_accuracy=np.array(accuracy, np.float32),
        train_loss=terms,
        test_loss=terms,
        agreement=zeros + np.float32(agreement),
        calibration=zeros,
        confusion=np.zeros((10, 10), np.int64),
        example_logits=np.zeros((2, 10), np.float32),
        grid=None,
    )


def say(
    alone: list[float],
    distilled: list[float],
    experiment: Experiment = Experiment(),  # noqa: B008
    epoch: int = 100,
    words: Words = ENGLISH,
) -> str:
    teacher = Snapshot("teacher", 30, 30, 630, experiment, {"teacher": measures([0.98])}, 1.0)
    actors = {"alone": measures(alone, 0.8), "distilled": measures(distilled, 0.95)}
    return reading(teacher, Snapshot("students", epoch, 100, 2 * epoch, experiment, actors, 2.0), words)


def test_a_clear_gain_is_called_clear_with_its_interval_and_n() -> None:
    text = say([0.80, 0.81, 0.82, 0.83], [0.90, 0.91, 0.92, 0.94])
    # differences .10 .10 .10 .11: mean .1025, sd .005, t(3) = 3.182, half width .00796
    assert "the distilled student leads: 91.8 % distilled, 81.5 % alone (+10.3 points" in text
    assert "95 % interval +9.5 to +11.0, 4 paired seeds): a clear difference" in text


def test_distillation_is_allowed_to_lose() -> None:
    assert "the student alone leads, so distillation costs here" in say([0.9, 0.91, 0.9], [0.8, 0.81, 0.79])


def test_an_interval_around_zero_is_no_clear_difference() -> None:
    assert "there is no clear difference" in say([0.90, 0.92, 0.91], [0.91, 0.91, 0.92])


def test_one_seed_is_no_evidence() -> None:
    assert "which is no evidence" in say([0.8], [0.9])


def test_two_seeds_are_too_few_however_large_the_gain() -> None:
    assert "no clear difference" in say([0.8, 0.8], [0.9, 0.9])


def test_at_alpha_one_both_students_are_the_same() -> None:
    assert "neither hears the teacher" in say([0.8] * 5, [0.8] * 5, Experiment(alpha=1.0))


def test_agreement_and_sizes_are_told() -> None:
    text = say([0.8] * 3, [0.9] * 3)
    assert "on 95.0 % of the test, alone on 80.0 %" in text
    assert "1\u2009210 parameters (70 times fewer than the teacher)" in text  # 65 * 16 + 17 * 10, of 85 002
    assert "4.8 kB" in text


def test_before_the_end_it_says_how_far_the_run_is() -> None:
    assert say([0.8] * 3, [0.9] * 3, epoch=37).startswith("After 37 of 100 epochs")


def test_while_the_teacher_trains_it_speaks_of_the_teacher_only() -> None:
    text = reading(Snapshot("teacher", 3, 30, 63, Experiment(), {"teacher": measures([0.7])}, 0.1), None, ENGLISH)
    assert text.startswith("The teacher gets 70.0 % of the test right after 3 of 30 epochs")


@pytest.mark.parametrize(
    ("teacher", "student", "words"),
    [
        ((64, 256, 10), (64, 16, 10), "16 times fewer than the teacher"),
        ((64, 16, 10), (64, 16, 10), "as many as the teacher"),
        ((64, 16, 10), (64, 32, 10), "2.0 times more than the teacher"),
    ],
)
def test_ratios_say_which_way(teacher: tuple[int, ...], student: tuple[int, ...], words: str) -> None:
    assert ratio(teacher, student, lambda widths: widths[1], ENGLISH) == words


def test_the_whole_paragraph_in_english() -> None:
    assert say([0.80, 0.81, 0.82, 0.83], [0.90, 0.91, 0.92, 0.94], epoch=37) == (
        "After 37 of 100 epochs, the distilled student leads: 91.8 % distilled, 81.5 % alone (+10.3 points, 95 % "
        "interval +9.5 to +11.0, 4 paired seeds): a clear difference. The teacher gets 98.0 % of the test right. "
        "Distilled gives the teacher's answer on 95.0 % of the test, alone on 80.0 %. The student has 1\u2009210 "
        "parameters (70 times fewer than the teacher), needs 1\u2009184 multiply-adds an example (71 times fewer than "
        "the teacher) and 4.8 kB."
    )


def test_the_whole_paragraph_in_german() -> None:
    assert say([0.80, 0.81, 0.82, 0.83], [0.90, 0.91, 0.92, 0.94], epoch=37, words=GERMAN) == (
        "Nach 37 von 100 Epochen liegt der destillierte Schüler vorn: 91,8 % destilliert, 81,5 % allein (+10,3 Punkte, "
        "95-%-Intervall +9,5 bis +11,0, 4 gepaarte Seeds): ein klarer Unterschied. Der Lehrer beantwortet 98,0 % des "
        "Tests richtig. Destilliert gibt der Schüler auf 95,0 % des Tests die Antwort des Lehrers, allein auf 80,0 %. "
        "Der Schüler hat 1\u2009210 Parameter (70-mal weniger als der Lehrer), braucht 1\u2009184 Mult.-Additionen je "
        "Beispiel (71-mal weniger als der Lehrer) und 4,8 kB."
    )


@pytest.mark.parametrize(
    ("alone", "distilled", "experiment", "says"),
    [
        ([0.9, 0.91, 0.9], [0.8, 0.81, 0.79], Experiment(), "Am Ende liegt der Schüler allein vorn, die Destillation"),
        ([0.90, 0.92, 0.91], [0.91, 0.91, 0.92], Experiment(), "Am Ende gibt es keinen klaren Unterschied: 91,3 %"),
        ([0.8], [0.9], Experiment(), "Am Ende sagt ein einziger Seed 90,0 % destilliert, 80,0 % allein (+10,0 Punkte)"),
        ([0.8, 0.8], [0.9, 0.9], Experiment(), "Zwei Seeds sind zu wenig für eine Aussage. Der Lehrer"),
        ([0.8] * 5, [0.8] * 5, Experiment(alpha=1.0), "Am Ende sind beide Schüler gleich (80,0 % destilliert, 80,0 %"),
    ],
)
def test_german_has_a_sentence_for_every_verdict(
    alone: list[float], distilled: list[float], experiment: Experiment, says: str
) -> None:
    assert says in say(alone, distilled, experiment, words=GERMAN)
