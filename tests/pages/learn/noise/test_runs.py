"""What the views train is what a run of the same experiment trains, and what they measure is what the run measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kd_core.experiment import Experiment
from kd_core.snapshot import Snapshot
from kd_core.training import run
from pages.learn.noise import runs
from pages.learn.noise.views import ALONE, DISTILLED, Case, Chosen, Reached, Series, Teaching, gather, of_page

SMALL = Experiment(teacher="16", teacher_epochs=3, student="8", labels=30, label_noise=0.2, epochs=6, splits=2, seeds=4)
ACTORS = {"alone": ALONE, "distilled": DISTILLED}


def played(along: str, cases: list[Case], levels: tuple[float, ...] = ()) -> tuple[list[Any], dict[str, Series]]:
    values = list(runs.play(along, cases, levels, {}))
    return values, gather(cases, values)


def last_of(experiment: Experiment) -> tuple[Snapshot, Snapshot]:
    """The last snapshots of teachers and students."""
    phases = {snapshot.phase: snapshot for snapshot in run(experiment)}
    return phases["teacher"], phases["students"]


def assert_same(series: Series, position: int, snapshot: Snapshot) -> None:
    for name, actor in ACTORS.items():
        np.testing.assert_allclose(series.test[actor][:, position], snapshot.actors[name].test_accuracy, atol=0.003)


def test_noise_0_is_the_plain_test_accuracy_and_a_level_is_that_of_the_setting() -> None:
    levels = (0.0, 0.4)
    _, known = played("levels", [Case("plain", 0, SMALL)], levels)
    for position, level in enumerate(levels):
        teacher, students = last_of(SMALL.replace(test_noise=level))
        assert_same(known["plain"], position, students)
        found = known["plain"].teacher[:, position]
        np.testing.assert_allclose(found, teacher.actors["teacher"].test_accuracy, atol=0.003)
    assert known["plain"].test[:, :, 1].mean() < known["plain"].test[:, :, 0].mean()


def test_a_value_is_a_run_with_that_setting() -> None:
    stopped = SMALL.replace(validation=0.3)
    _, known = played("values", [Case("plain", 0, SMALL), Case("stopped", 0, stopped)])
    for name, experiment in (("plain", SMALL), ("stopped", stopped)):
        _, students = last_of(experiment)
        assert_same(known[name], 0, students)
        for actor, place in ACTORS.items():
            measured = students.actors[actor].train_accuracy
            np.testing.assert_allclose(known[name].train[place][:, 0], measured, atol=0.03)


def test_curves_begin_before_the_first_epoch_and_end_where_a_run_ends() -> None:
    _, known = played("epochs", [Case("plain", 0, SMALL)])
    series = known["plain"]
    assert series.x == tuple(range(SMALL.epochs + 1))
    assert series.kept is None
    snapshots = [snapshot for snapshot in run(SMALL) if snapshot.phase == "students"]
    for position in (0, 3, SMALL.epochs):
        assert_same(series, position, snapshots[position])


def test_the_epoch_that_is_marked_is_the_one_that_a_run_keeps() -> None:
    experiment = SMALL.replace(validation=0.3)
    _, known = played("epochs", [Case("stopped", 0, experiment)])
    _, students = last_of(experiment)
    series = known["stopped"]
    assert series.kept is not None
    for name, actor in ACTORS.items():
        kept = students.actors[name].kept_epoch
        assert kept is not None
        assert series.kept[actor].tolist() == kept.tolist()
        at_kept = series.test[actor][np.arange(len(kept)), kept]
        np.testing.assert_allclose(at_kept, students.actors[name].test_accuracy, atol=0.003)


def test_teachers_come_first_then_one_split_after_another() -> None:
    shifted = SMALL.replace(shift=1, teacher_shift=1)
    values, _ = played("values", [Case("plain", 0, SMALL), Case("taught", 1, shifted)])
    kinds = [type(value) for value in values]
    first = kinds.index(Reached)
    assert set(kinds[:first]) == {Teaching}
    assert sum(value.epoch == value.epochs for value in values[:first]) == 2  # two teachers
    assert [(value.split, value.series) for value in values[first:]] == [
        (split, name) for split in (0, 1) for name in ("plain", "taught")
    ]


def test_students_that_diverge_are_told_of_and_take_no_part() -> None:
    _, known = played("values", [Case("plain", 0, SMALL.replace(learning_rate=1000.0, optimizer="sgd"))])
    assert known["plain"].lost == SMALL.seeds
    assert np.isnan(known["plain"].test).all()


def test_a_measured_view_is_kept(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KD_CACHE", str(tmp_path))
    small = of_page(Chosen()).replace(teacher="8", teacher_epochs=1, epochs=2, splits=1, seeds=1)
    monkeypatch.setattr(runs, "of_page", lambda settings: small)
    first = [value for value in runs.measure("speed", Chosen()) if isinstance(value, Reached)]
    again = [value for value in runs.measure("speed", Chosen()) if isinstance(value, Reached)]
    assert len(first) == len(again) == 1
    np.testing.assert_array_equal(again[0].test, first[0].test)
    assert again[0].kept is None
