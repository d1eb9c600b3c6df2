"""What the downloads hold is what the snapshots hold."""

from __future__ import annotations

from kd_core import Experiment
from kd_core.training import run as train
from pages.run.history import history


def test_history_has_a_row_per_snapshot_actor_and_pair() -> None:
    query = "dataset=blobs&teacher=8&teacher_epochs=2&student=4&epochs=3&seeds=3&schedule=2:8:0.5"
    snapshots = list(train(Experiment.from_query(query)))
    rows = history(snapshots)
    assert len(rows) == 3 * 1 + 4 * 2 * 3
    last = rows[-1]
    assert (last["actor"], last["pair"], last["epoch"]) == ("distilled", 2, 3)
    assert (last["split"], last["collapsed"]) == (0, False)
    assert {row["tested"] for row in rows} == {500}  # a set so small is looked at as a whole
    assert {row["collapsed"] for row in rows if row["epoch"] == 1} == {None}  # judged at the end
    assert last["test_accuracy"] == snapshots[-1].actors["distilled"].test_accuracy[2]


def test_every_row_names_its_split() -> None:
    query = "dataset=blobs&teacher=8&teacher_epochs=1&student=4&epochs=1&seeds=5&splits=2"
    rows = history(list(train(Experiment.from_query(query))))
    assert [row["split"] for row in rows if row["actor"] == "teacher" and row["epoch"] == 1] == [0, 1]
    assert [row["split"] for row in rows if row["actor"] == "alone" and row["epoch"] == 1] == [0, 1, 0, 1, 0]


def test_a_forest_is_counted_in_trees_and_who_was_stopped_early_says_when() -> None:
    query = "dataset=blobs&teacher_kind=forest&teacher_trees=5&student=4&epochs=3&seeds=2&labels=40&validation=0.25"
    snapshots = list(train(Experiment.from_query(query)))
    rows = history(snapshots)
    teacher, students = ([row for row in rows if row["phase"] == phase] for phase in ("teacher", "students"))
    assert [(row["epoch"], row["counted_in"]) for row in teacher] == [(1, "trees"), (2, "trees"), (5, "trees")]
    assert {row["counted_in"] for row in students} == {"epochs"}
    kept = snapshots[-1].actors["alone"].kept_epoch
    assert kept is not None
    assert [row["kept_epoch"] for row in students if (row["actor"], row["epoch"]) == ("alone", 3)] == list(kept)
    assert {row["kept_epoch"] for row in students if row["epoch"] == 1} == {None}
