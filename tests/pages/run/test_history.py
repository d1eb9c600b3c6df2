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
