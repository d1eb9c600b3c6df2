"""Sweeps on workers: on a cluster that the app did not start, one of whose workers dies, and stopped half-way."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kd_core import Experiment, jobs
from kd_core.sweeps.grid import Sweep
from kd_core.sweeps.pieces import run_sweep

ROOT = Path(__file__).parents[2]
BASE = Experiment(labels=400, teacher="16", teacher_epochs=3, student="16", epochs=60, seeds=4)


def sweep_of(*over, **fields):
    return Sweep.parse(BASE.replace(**fields), over)


def open_sweep(service, sweep, folds=0):
    return service.call(service.open_sweep(sweep, folds), timeout=120)


def wait(service, true):
    """Wait until `true()`, which the service's own loop changes."""

    async def until():
        while not true():
            await asyncio.sleep(0.005)

    service.call(asyncio.wait_for(until(), 120), timeout=130)


def finish(service, run):
    service.call(service.ended(run), timeout=120)
    return run


def here(sweep):
    *_, progress = run_sweep(sweep)
    return progress.table()


def assert_same_table(actual, expected):
    """Cell by cell; one or two of 500 answers may be rounded the other way on another machine's processor."""
    for one, other in zip(actual, expected, strict=True):
        assert one.experiment == other.experiment
        assert (one.distilled, one.alone, one.agreement) == pytest.approx(
            (other.distilled, other.alone, other.agreement), abs=2.5 / 500
        )


@pytest.fixture
def cluster(tmp_path):
    """`dask scheduler` and two `dask worker` processes on loopback, and the scheduler's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    log = (tmp_path / "cluster.log").open("w")

    def dask(*arguments):
        command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        return subprocess.Popen(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, stdout=log, stderr=log)

    processes = [dask("scheduler", "--port", address.rpartition(":")[2])]
    processes += [dask("worker", address, "--nthreads", "2", "--no-nanny") for _ in range(2)]
    yield address
    for process in reversed(processes):
        process.kill()
        process.wait()
    log.close()


def test_a_sweep_on_a_cluster_that_loses_a_worker_half_way_is_complete_and_equal_to_the_local_one(cluster, monkeypatch):
    sweep = sweep_of("temperature=1,2,4,8", "label_noise=0,0.1,0.2,0.3,0.4,0.5", labels=0, epochs=20)
    monkeypatch.setenv("KD_SCHEDULER", cluster)
    with jobs.serve_in_thread() as service:

        async def both_are_there():
            await service._client.wait_for_workers(2)

        service.call(both_are_there(), timeout=120)
        pids = service.call(service.worker_pids(), timeout=120)
        assert len(pids) == 2
        run = open_sweep(service, sweep)
        assert len(run.progress[0].pieces) == 6

        async def workers_busy():
            return await service._client.processing()

        wait(service, lambda: run.done > 0.4)
        busy = service.call(workers_busy(), timeout=120)
        lost = max(pids, key=lambda address: len(busy.get(address, ())))
        os.kill(pids[lost], signal.SIGKILL)
        assert run.is_live
        finish(service, run)
        assert (run.status, run.message, run.done) == ("done", "", 1)
        assert service.call(service.worker_pids(), timeout=120).keys() == pids.keys() - {lost}
    assert_same_table(run.progress[0].table(), here(sweep))


def has_run_a_main():
    """For the workers."""
    return sys.modules["__main__"].__name__ == "__mp_main__"


def test_workers_do_not_run_the_script_that_runs_here(service):
    async def ask():
        return await service._client.run(has_run_a_main)

    assert set(service.call(ask(), timeout=120).values()) == {False}


def test_a_sweep_on_the_apps_own_workers_is_the_local_one(service):
    sweep = sweep_of("student=4,8", "alpha=0,0.5", epochs=5)
    run = finish(service, open_sweep(service, sweep))
    assert (run.status, run.done) == ("done", 1)
    assert_same_table(run.progress[0].table(), here(sweep))


def test_a_stopped_sweep_keeps_what_was_done_and_its_link_begins_anew(service):
    sweep = sweep_of("label_noise=0,0.1,0.2,0.3,0.4,0.5,0.6,0.7", "alpha=0,0.5", labels=0, epochs=100)
    run = open_sweep(service, sweep)
    wait(service, lambda: any(run.progress[0].table()))
    service.call(service.order(run, stop=True), timeout=120)
    assert run.status == "stopped"
    kept = run.progress[0].table()
    assert any(kept)
    assert not all(kept)
    again = open_sweep(service, sweep)
    assert again is not run
    wait(service, lambda: any(again.progress[0].table()))
    service.call(service.order(again, stop=True), timeout=120)
    assert run.progress[0].table() == kept  # what still arrived from its workers is not its own any more
    assert run.status == "stopped"


def test_a_sweep_can_be_read_from_another_thread_while_it_goes_on(service):
    sweep = sweep_of("label_noise=0,0.1,0.2,0.3,0.4,0.5,0.6,0.7", teacher="2", student="2", labels=20, seed=8)
    run = open_sweep(service, sweep)
    assert len(run.progress[0].pieces) == 8
    read = run.progress[0].reports, dict(run.progress[0].reports)
    for _ in range(5000):  # here: another thread than the one that receives reports
        if not run.is_live:
            break
        assert len(run.progress[0].table()) == 8
        assert 0 <= run.done <= 1
        if not read[0]:
            read = run.progress[0].reports, dict(run.progress[0].reports)
    finish(service, run)
    assert (run.status, run.done) == ("done", 1)
    assert all(run.progress[0].table())
    assert read[0] == read[1] != run.progress[0].reports


def change_teachers_learning_rate(rate):
    """For the workers: theirs from now on; returns what it was."""
    from kd_core import recipe

    before, recipe.TEACHER_LEARNING_RATE = recipe.TEACHER_LEARNING_RATE, rate
    return before


def test_a_sweep_whose_teacher_diverges_fails_and_says_so(service):
    async def on_workers(rate):
        await service._client.wait_for_workers(2)
        return await service._client.run(change_teachers_learning_rate, rate)

    (usual,) = set(service.call(on_workers(1e30), timeout=120).values())
    try:
        run = finish(service, open_sweep(service, sweep_of("label_noise=0,0.2", "alpha=0,0.5", seed=9)))
    finally:
        service.call(on_workers(usual), timeout=120)
    assert (run.status, run.message.kind) == ("failed", "teacher_diverged")
    assert not any(run.progress[0].table())
    again = finish(service, open_sweep(service, run.sweep))
    assert again is not run
    assert again.status == "done"


def test_the_same_sweep_opened_twice_is_one(service):
    sweep = sweep_of("alpha=0,1", epochs=5, labels=20)
    run = open_sweep(service, sweep)
    assert open_sweep(service, Sweep.from_query(sweep.to_query())) is run
    finish(service, run)
    assert open_sweep(service, sweep) is run
    assert open_sweep(service, sweep, 2) is not run  # its cross-validation is another
    anew = service.call(service.open_sweep(sweep, anew=True))
    assert anew is not run
    assert finish(service, anew).progress[0].table() == run.progress[0].table()


def test_a_cross_validation_has_a_progress_for_each_fold(service):
    run = finish(service, open_sweep(service, sweep_of("alpha=0,1", epochs=3), 3))
    assert (run.status, run.done) == ("done", 1)
    assert len(run.progress) == 3
    assert len({part.scores().tobytes() for part in run.progress}) == 3  # each has seen another part of the data
