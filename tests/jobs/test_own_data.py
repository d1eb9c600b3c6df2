"""Data of one's own on a cluster elsewhere: workers that keep data in another folder are given it."""

import socket
from contextlib import ExitStack

import pytest

import kd_core
from kd_core import Experiment, jobs
from kd_core.answers import store, upload
from kd_core.own.prepared import save
from kd_core.own.source import name_of
from kd_core.own.upload import prepare
from kd_core.sweeps.grid import Sweep
from tests.answers.helpers import as_csv, logits_for
from tests.core.helpers import assert_same_snapshots
from tests.jobs.test_cluster import assert_same_table, here
from tests.jobs.test_faults import Cluster, workers_are_there
from tests.jobs.test_jobs import finish
from tests.pages.lab.data.files import table


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A service on a cluster whose worker keeps data in a folder of its own, and that folder."""
    far, near = tmp_path / "far", tmp_path / "near"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    cluster = Cluster(tmp_path, port)
    with ExitStack() as at_the_end:
        at_the_end.callback(cluster.end)
        monkeypatch.setenv("KD_DATA", str(far))
        cluster.start()
        monkeypatch.setenv("KD_DATA", str(near))
        monkeypatch.setenv("KD_SCHEDULER", cluster.address)
        service = at_the_end.enter_context(jobs.serve_in_thread())
        workers_are_there(service, 1)
        yield service, far


@pytest.fixture
def experiment():
    name = name_of(save(prepare(table(), "trees.csv")))
    return Experiment(
        dataset=name, labels=20, teacher="8", teacher_epochs=2, student="4", epochs=3, seeds=2, splits=2, seed=7
    )


def test_a_run_gives_the_same_numbers_as_here_though_the_worker_has_never_seen_the_data(elsewhere, experiment):
    service, far = elsewhere
    assert not list(far.glob("**/*.npz"))
    run = finish(service, service.call(service.open(experiment), timeout=120))
    assert (run.status, run.message) == ("done", "")
    assert_same_snapshots(run.snapshots, list(kd_core.run(experiment)))
    assert [f"own-{file.stem}" for file in far.glob("**/*.npz")] == [experiment.dataset]


def test_a_sweep_gives_the_same_numbers_as_here(elsewhere, experiment):
    service, _ = elsewhere
    sweep = Sweep.parse(experiment, ["temperature=1,4"])
    run = service.call(service.open_sweep(sweep), timeout=120)
    service.call(service.ended(run), timeout=120)
    assert (run.status, run.message) == ("done", "")
    assert_same_table(run.progress[0].table(), here(sweep))


def test_a_teacher_that_is_a_file_travels_too(elsewhere):
    service, far = elsewhere
    experiment = Experiment(dataset="iris", labels=20, student="4", epochs=3, seeds=2)
    answers = upload.read(as_csv(logits_for(experiment)), "model.csv", experiment).answers
    experiment = experiment.replace(teacher_kind="file", teacher_file=store.save(answers))
    run = finish(service, service.call(service.open(experiment), timeout=120))
    assert (run.status, run.message) == ("done", "")
    assert_same_snapshots(run.snapshots, list(kd_core.run(experiment)))
    assert [f"answers-{file.stem}" for file in far.glob("**/*.npz")] == [experiment.teacher_file]
