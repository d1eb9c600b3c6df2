"""The reading says what the numbers say, in every case."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kd_core import Experiment, LossTerms, Measures, Snapshot
from pages.run.reading import Reading, ratio, reading
from pages.ui.words import Words

ENGLISH, GERMAN = Words("reading", "en"), Words("reading", "de")


def measures(accuracy: list[float], agreement: float = 0.9, dead: tuple[int, ...] = ()) -> Measures:
    """An actor of whom only accuracy and agreement matter; the networks of these seeds have collapsed."""
    zeros = np.zeros(len(accuracy), np.float32)
    terms = LossTerms(zeros, zeros, zeros)
    return Measures(
        train_accuracy=zeros,
        test_accuracy=np.array(accuracy, np.float32),
        train_loss=terms,
        test_loss=terms,
        agreement=zeros + np.float32(agreement),
        calibration=zeros,
        tested=500,
        collapsed=np.isin(np.arange(len(accuracy)), dead),
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
    dead: tuple[tuple[int, ...], ...] = ((), (), ()),
) -> Reading:
    of_teacher, of_alone, of_distilled = dead
    teachers = measures([0.98] * experiment.splits, dead=of_teacher)
    teacher = Snapshot("teacher", 30, 30, 630, experiment, {"teacher": teachers}, 1.0)
    actors = {"alone": measures(alone, 0.8, of_alone), "distilled": measures(distilled, 0.95, of_distilled)}
    return reading(teacher, Snapshot("students", epoch, 100, 2 * epoch, experiment, actors, 2.0), words)


def over_splits(gains: list[float], words: Words = ENGLISH) -> Reading:
    """What is said of pairs with these gains, one a split."""
    experiment = Experiment(splits=len(gains), seeds=len(gains))
    return say([0.8] * len(gains), [0.8 + gain for gain in gains], experiment, words=words)


def test_a_clear_gain_is_called_clear_with_its_interval_and_n() -> None:
    says = say([0.80, 0.81, 0.82, 0.83], [0.90, 0.91, 0.92, 0.94])
    # differences .10 .10 .10 .11: mean .1025, sd .005, t(3) = 3.182, half width .00796
    assert says.headline == "With the teacher +10.3 points on this split"
    assert says.sure == (
        "91.8 % distilled, 81.5 % alone: clear on this split, 95 % interval +9.5 to +11.0, 4 paired seeds on one "
        "split. Another split may say otherwise."
    )


def test_distillation_is_allowed_to_lose() -> None:
    says = say([0.9, 0.91, 0.9], [0.8, 0.81, 0.79])
    assert says.headline == "With the teacher −10.3 points on this split: a cost"
    assert over_splits([-0.1, -0.11, -0.1, -0.12]).headline == "With the teacher −10.8 points: it costs here"


def test_over_several_splits_a_verdict_says_what_the_next_one_is_expected_to_say() -> None:
    holds = over_splits([0.05, 0.06, 0.055, 0.06])
    assert holds.headline == "With the teacher +5.6 points"
    assert "It holds: the next split is expected to say the same." in holds.sure
    assert holds.sure.endswith("95 % interval +4.9 to +6.4, 4 paired seeds on 4 splits.")
    average = over_splits([0.01, 0.05, 0.04, 0.06])
    assert average.headline == "With the teacher +4.0 points on average"
    assert "clear on average, but the next split may say otherwise" in average.sure
    unclear = over_splits([-0.01, 0.05, -0.04, 0.06])
    assert unclear.headline == "No clear difference"
    assert "4 paired seeds on 4 splits" in unclear.sure
    assert holds.more.startswith("The teachers of 4 splits get 98.0 % of the test right on average.")


def test_two_splits_are_too_few_however_many_seeds() -> None:
    says = say([0.8] * 6, [0.9] * 6, Experiment(splits=2, seeds=6))
    assert says.headline == "No clear difference"
    assert says.sure.endswith("Two splits are too few to say.")


@pytest.mark.parametrize("words", [ENGLISH, GERMAN])
def test_one_split_never_speaks_of_distillation_in_general(words: Words) -> None:
    here = {"en": "on this split", "de": "auf dieser Aufteilung"}[words.language]
    for distilled in ([0.9, 0.91, 0.92], [0.7, 0.71, 0.72], [0.79, 0.81, 0.83]):
        assert here in say([0.8, 0.81, 0.82], distilled, words=words).headline


def test_of_dead_students_it_is_said_that_they_are_and_nothing_of_distillation() -> None:
    says = say([0.86] * 5, [0.1] * 5, dead=((), (), (0, 1, 2, 3, 4)))
    assert says.headline == "5 of 5 distilled students collapsed"
    assert "a learning rate that is too large" in says.sure
    assert says.sure.endswith("Nothing follows about distillation.")


def test_what_living_pairs_did_is_told_with_its_n_and_without_a_verdict() -> None:
    says = say([0.8, 0.1, 0.8, 0.8], [0.9, 0.9, 0.1, 0.9], Experiment(seeds=4), dead=((), (1,), (2,)))
    assert says.headline == "1 of 4 distilled students, 1 of 4 students alone collapsed"
    assert says.sure.endswith("Where nobody collapsed (n = 2): +10.0 points, without a verdict.")
    assert "clear" not in says.sure


def test_a_dead_teacher_takes_its_pairs_with_it() -> None:
    one = say([0.8] * 3, [0.9] * 3, dead=((0,), (), ()))
    assert one.headline == "The teacher collapsed"
    assert "more epochs" in one.sure
    several = say([0.8] * 4, [0.9] * 4, Experiment(splits=2, seeds=4), dead=((1,), (), ()), words=GERMAN)
    assert several.headline == "Kollabiert: 1 von 2 Lehrern"
    assert "(n = 2)" in several.sure


def test_an_interval_around_zero_is_no_clear_difference() -> None:
    says = say([0.90, 0.92, 0.91], [0.91, 0.91, 0.92])
    assert says.headline == "No clear difference on this split"
    assert "3 paired seeds on one split" in says.sure


def test_one_seed_is_no_evidence() -> None:
    assert say([0.8], [0.9]).headline == "One seed: +10.0 points, no evidence"


def test_two_seeds_are_too_few_however_large_the_gain() -> None:
    says = say([0.8, 0.8], [0.9, 0.9])
    assert says.headline == "No clear difference on this split"
    assert says.sure.endswith("Two seeds are too few to say.")


def test_at_alpha_one_both_students_are_the_same() -> None:
    says = say([0.8] * 5, [0.8] * 5, Experiment(alpha=1.0))
    assert says.headline == "Both students are the same"
    assert "neither hears the teacher" in says.sure


def test_agreement_and_sizes_are_told() -> None:
    text = say([0.8] * 3, [0.9] * 3).more
    assert "on 95.0 % of the test, alone on 80.0 %" in text
    assert "1\u2009210 parameters (70 times fewer than the teacher)" in text  # 65 * 16 + 17 * 10, of 85 002
    assert "4.8 kB" in text


@pytest.mark.parametrize(("epoch", "words"), [(0, ENGLISH), (37, ENGLISH), (99, ENGLISH), (37, GERMAN)])
def test_before_the_end_there_are_numbers_of_so_far_and_no_verdict(epoch: int, words: Words) -> None:
    says = say([0.80, 0.81, 0.82, 0.83], [0.90, 0.91, 0.92, 0.94], epoch=epoch, words=words)
    end = say([0.80, 0.81, 0.82, 0.83], [0.90, 0.91, 0.92, 0.94], words=words)
    if words is ENGLISH:
        assert says.headline == "So far: 91.8 % with the teacher, 81.5 % alone"
        assert (
            says.sure == f"After {epoch} of 100 epochs, mean of 4 paired seeds on one split. No verdict before the end."
        )
    else:
        assert says.headline == "Bisher: 91,8 % mit Lehrer, 81,5 % allein"
    assert not {"clear", "klarer", "interval", "Intervall"} & set(says.sure.replace("-", " ").split())
    assert says.headline != end.headline


def test_while_the_teacher_trains_it_speaks_of_the_teacher_only() -> None:
    says = reading(Snapshot("teacher", 3, 30, 63, Experiment(), {"teacher": measures([0.7])}, 0.1), None, ENGLISH)
    assert says.headline == "The teacher so far: 70.0 %"
    assert says.sure.startswith("Epoch 3 of 30")
    assert says.more == ""


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
    assert say([0.80, 0.81, 0.82, 0.83], [0.90, 0.91, 0.92, 0.94]).more == (
        "The teacher gets 98.0 % of the test right. Distilled gives the teacher's answer on 95.0 % of the test, alone "
        "on 80.0 %. The student has 1\u2009210 parameters (70 times fewer than the teacher), needs 1\u2009184 "
        "multiply-adds an example (71 times fewer than the teacher) and 4.8 kB."
    )


def test_the_whole_paragraph_in_german() -> None:
    assert say([0.80, 0.81, 0.82, 0.83], [0.90, 0.91, 0.92, 0.94], words=GERMAN) == Reading(
        "Mit Lehrer +10,3 Punkte auf dieser Aufteilung",
        "91,8 % destilliert, 81,5 % allein: klar auf dieser Aufteilung, 95-%-Intervall +9,5 bis +11,0, 4 gepaarte "
        "Seeds auf einer Aufteilung. Eine andere kann anderes sagen.",
        "Der Lehrer beantwortet 98,0 % des Tests richtig. Destilliert gibt der Schüler auf 95,0 % des Tests die "
        "Antwort des Lehrers, allein auf 80,0 %. Der Schüler hat 1\u2009210 Parameter (70-mal weniger als der Lehrer), "
        "braucht 1\u2009184 Mult.-Additionen je Beispiel (71-mal weniger als der Lehrer) und 4,8 kB.",
    )


@pytest.mark.parametrize(
    ("alone", "distilled", "experiment", "says"),
    [
        ([0.9, 0.91, 0.9], [0.8, 0.81, 0.79], Experiment(), "Mit Lehrer −10,3 Punkte auf dieser Aufteilung: er kostet"),
        ([0.90, 0.92, 0.91], [0.91, 0.91, 0.92], Experiment(), "Kein klarer Unterschied auf dieser Aufteilung"),
        ([0.8], [0.9], Experiment(), "Ein einziger Seed: +10,0 Punkte, kein Beleg"),
        ([0.8, 0.8], [0.9, 0.9], Experiment(), "Kein klarer Unterschied auf dieser Aufteilung"),
        ([0.8] * 5, [0.8] * 5, Experiment(alpha=1.0), "Beide Schüler sind gleich"),
    ],
)
def test_german_has_a_headline_for_every_verdict(
    alone: list[float], distilled: list[float], experiment: Experiment, says: str
) -> None:
    assert say(alone, distilled, experiment, words=GERMAN).headline == says


THREE = [0.80, 0.81, 0.82]


@pytest.mark.parametrize(
    ("query", "words", "says"),
    [
        ("teacher_kind=forest", ENGLISH, "The teacher (random forest of 100 trees) gets 98.0 %"),
        ("teacher_kind=svm&splits=3", ENGLISH, "The teachers of 3 splits (support vector machine, C = 1) get"),
        ("teachers=3", ENGLISH, "The teacher (3 × network 256-256) gets"),
        ("teacher_kind=forest", GERMAN, "Der Lehrer (Random Forest mit 100 Bäumen) beantwortet 98,0 %"),
        ("target=thick", ENGLISH, "The test is of another domain (thicker strokes)"),
        ("target=thick", GERMAN, "Der Test ist aus einer anderen Domäne (dickere Striche)"),
        ("target=thick&target_labels=20", ENGLISH, "The teacher and both students were given 20 labels of it."),
        ("extra=3", ENGLISH, "on 3 unlabelled examples for each labelled one (noisy copies); alone does not."),
        ("test_noise=0.3", GERMAN, "Im Test ist Rauschen von 0,3"),
    ],
)
def test_what_teaches_and_what_else_is_not_as_usual_is_told(query: str, words: Words, says: str) -> None:
    assert says in say(THREE, THREE, Experiment.from_query(query), words=words).more


@pytest.mark.parametrize("query", ["teacher_kind=forest", "teacher_kind=network+knn", "teachers=3"])
def test_only_one_network_is_so_many_times_larger_than_the_student(query: str) -> None:
    more = say(THREE, THREE, Experiment.from_query(query)).more
    assert "The student has 1\u2009210 parameters, needs 1\u2009184 multiply-adds an example and 4.8 kB." in more
    assert "times fewer" not in more


def test_who_is_stopped_early_ends_with_the_weights_of_an_epoch_that_is_told() -> None:
    teacher = Snapshot("teacher", 30, 30, 630, Experiment(), {"teacher": measures([0.98])}, 1.0)
    kept = {"alone": np.array([3, 7, 40]), "distilled": np.array([90, 100, 100])}
    actors = {name: replace(measures(THREE), kept_epoch=epochs) for name, epochs in kept.items()}
    students = Snapshot("students", 100, 100, 200, Experiment(validation=0.2), actors, 2.0)
    assert "weights of epoch 100 distilled, 7 alone (medians)" in reading(teacher, students, ENGLISH).more
    assert "Epoche 100 destilliert, 7 allein (Mediane)" in reading(teacher, students, GERMAN).more


@pytest.mark.parametrize(
    ("kind", "at"), [("forest", "3 of 9 trees, share"), ("boosting", "Round 3 of 9, share"), ("svm", "Fitted, share")]
)
def test_while_it_grows_a_teacher_is_counted_in_what_it_grows_by(kind: str, at: str) -> None:
    experiment = Experiment(teacher_kind=kind)
    says = reading(Snapshot("teacher", 3, 9, 3, experiment, {"teacher": measures([0.7])}, 0.1), None, ENGLISH)
    assert says.sure.startswith(at)


def test_a_pipeline_that_has_learned_nothing_is_not_told_to_train_longer() -> None:
    says = say(THREE, THREE, Experiment(teacher_kind="knn"), dead=((0,), (), ()))
    assert says.headline == "The teacher collapsed"
    assert "other neighbours" in says.sure
    assert "epochs" not in says.sure
