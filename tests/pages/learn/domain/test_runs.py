"""What the page of another domain trains: judged on both domains, as the playground would judge it on one."""

import json
from dataclasses import astuple

import numpy as np
import pytest

from kd_core import Experiment, run
from kd_core.data import DataError
from pages.learn.domain.analysis import Pair, Reached, best_of, gain_between, latest, pair_of, verdict_of
from pages.learn.domain.runs import train_all
from pages.run import kept

SMALL = Experiment(
    teacher="32",
    teacher_epochs=6,
    student="16",
    epochs=20,
    splits=2,
    seeds=4,
    target="thick",
    target_labels=20,
    extra=2,
    extra_kind="target",
)
PLANE = SMALL.replace(dataset="blobs", target="moved", labels=20)


def played(experiment):
    return list(train_all(experiment, {}))


@pytest.fixture(scope="module")
def thick():
    return played(SMALL)


@pytest.fixture(scope="module")
def moved():
    return played(PLANE)


def actors_of(experiment):
    *_, last = run(experiment)
    return last.actors


def test_everybody_is_judged_on_the_target_as_the_playground_judges(thick):
    reached = latest(thick)
    told = actors_of(SMALL)
    plain = actors_of(SMALL.replace(target_labels=0))
    on_source = actors_of(SMALL.replace(target_labels=0, extra=0))
    wanted = {
        "alone": plain["alone"],
        "distilled": on_source["distilled"],
        "abroad": plain["distilled"],
        "told_alone": told["alone"],
        "told_abroad": told["distilled"],
    }
    for actor, measures in wanted.items():
        np.testing.assert_allclose(reached.target[actor], measures.test_accuracy, atol=3e-3)


def test_on_the_source_they_are_judged_as_where_there_is_no_target(thick):
    here = actors_of(SMALL.replace(target="", target_labels=0, extra=0, extra_kind="noise"))
    reached = latest(thick)
    np.testing.assert_allclose(reached.source["alone"], here["alone"].test_accuracy, atol=3e-3)
    np.testing.assert_allclose(reached.source["distilled"], here["distilled"].test_accuracy, atol=3e-3)


def test_the_examples_come_first_and_are_the_same_in_both_domains(thick):
    pair = thick[0]
    assert isinstance(pair, Pair)
    assert pair_of(thick) is pair
    np.testing.assert_array_equal(pair.source_labels, np.arange(10))
    np.testing.assert_array_equal(pair.target_labels, pair.source_labels)
    assert (pair.target >= pair.source - 1e-6).all()  # thicker


def test_it_is_told_while_it_goes_on(thick):
    told = [(value.stage, value.epoch) for value in thick if isinstance(value, Reached)]
    assert {stage for stage, _ in told} == {"teacher", "told_teacher", "students"}
    assert [epoch for stage, epoch in told if stage == "students"] == list(range(2, 21, 2))
    assert latest(thick).is_last
    assert not thick[-2].is_last


def test_without_target_labels_nobody_is_told_any():
    reached = latest(played(SMALL.replace(target_labels=0, epochs=2)))
    assert reached.actors == ["teacher", "alone", "distilled", "abroad"]
    assert not reached.maps


def test_a_plane_has_the_map_of_everybody_and_images_have_none(moved, thick):
    reached = latest(moved)
    assert set(reached.maps) == set(reached.actors)
    for each in reached.maps.values():
        assert each.answer.shape == each.confidence.shape == (48 * 48,)
        assert each.answer.max() < 4
        assert 25 <= each.confidence.min() <= each.confidence.max() <= 100
    assert not latest(thick).maps


def test_a_teacher_that_fails_makes_a_student_that_fails():
    reached = latest(played(SMALL.replace(target="inverted", target_labels=0)))
    assert reached.teacher_fails
    assert reached.right("abroad", "target").mean < 0.3
    assert reached.right("abroad", "source").mean > 0.6


def test_what_is_kept_reads_back(moved):
    values = [moved[0], moved[-1]]
    written = json.loads(kept._written(values, (Pair, Reached)))
    pair, reached = (kept.read_as((Pair, Reached)[kind], value) for kind, value in written)
    np.testing.assert_array_equal(pair.source, moved[0].source)
    assert pair.source.dtype == np.float32
    assert astuple(reached.gain)[:3] == astuple(moved[-1].gain)[:3]
    np.testing.assert_array_equal(reached.maps["told_abroad"].answer, moved[-1].maps["told_abroad"].answer)


def test_mnist_that_cannot_be_fetched_raises_one_sentence(tmp_path, monkeypatch):
    from kd_core.domains import as_digits

    as_digits.small.cache_clear()
    monkeypatch.setenv("KD_DATA", str(tmp_path))
    monkeypatch.setenv("KD_DATA_MIRROR", "http://127.0.0.1:9")
    with pytest.raises(DataError, match="MNIST"):
        next(train_all(SMALL.replace(target="mnist"), {}))


# What is made of it


def made_up(gain, *, spread=0.01, alone=0.6):
    rng = np.random.default_rng(0)
    home = np.full(10, alone, np.float32)
    students = {"alone": home, "distilled": home, "abroad": (home + gain + spread * rng.normal(size=10))}
    values = {"teacher": np.full(5, 0.8, np.float32), **{name: v.astype(np.float32) for name, v in students.items()}}
    return Reached("students", 1, 1, values, values, {})


def test_a_verdict_is_the_interval_s():
    assert verdict_of(made_up(0.1).gain) == "up"
    assert verdict_of(made_up(-0.1).gain) == "down"
    assert verdict_of(made_up(0.0).gain) == "none"
    wide = made_up(0.06, spread=0.06).gain
    assert wide.is_clear
    assert not wide.holds
    assert verdict_of(wide) == "flips"


def test_shifts_are_compared_pair_by_pair():
    found = {"thick": made_up(0.1), "noisy": made_up(0.05)}
    assert best_of(found) == "thick"
    assert gain_between(found["thick"], found["noisy"]).mean == pytest.approx(0.05)
    assert gain_between(found["thick"], found["noisy"]).std < 1e-6  # the same luck in both
    assert made_up(0.1).difference("abroad", "teacher").mean == pytest.approx(-0.1, abs=0.01)
