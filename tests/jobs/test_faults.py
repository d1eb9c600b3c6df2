"""Faults with real processes: what whoever waits is told, what is kept, and that it mends itself.

A worker that is killed in a run stands in test_jobs, one in a sweep in test_cluster, all under a page in e2e.
"""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import psutil
import pytest
from distributed import LocalCluster

import kd_core
from kd_core import Experiment, jobs
from kd_core.jobs import Limits, Orders, Remote, cluster, worker
from kd_core.jobs.turns import Turn
from kd_core.jobs.worker import deliver
from kd_core.messages import Message
from kd_core.sweeps.grid import Sweep
from pages.run.kept import kept
from tests.core.helpers import assert_same_snapshots
from tests.jobs.test_cluster import ROOT, assert_same_table, here

HERE = "tests.jobs.test_faults"
MEMORY = 1000 * 2**20  # bytes that a worker of `frail` may use; torch and what a small run needs are half of it
QUICK = Experiment(dataset="blobs", labels=12, teacher="16", teacher_epochs=2, student="8", epochs=20, seeds=2)
ENDLESS = QUICK.replace(teacher="4", student="4", epochs=500, seeds=20, labels=0, batch_size=8)  # a minute
SWEEP = Sweep.parse(QUICK.replace(labels=20), ["label_noise=0,0.1,0.2,0.3,0.4,0.5,0.6,0.7", "alpha=0,0.5"])


def counting(most):
    """For the workers: numbers, with a little work before each."""
    for number in range(most):
        sum(range(200_000))
        yield number


def counting_until(path):
    """For the workers: the same until there is that file, and then a last word."""
    for number in count():
        if Path(path).exists():
            yield "end"
            return
        sum(range(200_000))
        yield number


def greedy():
    """For the workers: takes more and more memory."""
    held = []
    for number in count():
        held.append(np.ones(2**22))  # 32 MB
        yield number


@kept(float, about=lambda number: number)
def half(number):
    """For the workers: kept on disk, as the pages' own results are."""
    yield number / 2


def set_limit(name, soft):
    """For the workers: what a process may use, from now on; returns what it might before."""
    kind = getattr(resource, name)
    before, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (hard if soft is None else soft, hard))
    return before


def keep_in(folder):
    """For the workers: where results are kept, from now on; returns where they were."""
    before = os.environ["KD_CACHE"]
    os.environ["KD_CACHE"] = folder
    return before


@pytest.fixture(scope="module")
def frail():
    """One worker that has little memory, and is missed after 5 seconds, the shortest time that Dask knows."""
    local = partial(LocalCluster, memory_limit=MEMORY, scheduler_kwargs={"worker_ttl": "5s"})
    with ExitStack() as services:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cluster, "LocalCluster", local)
            service = services.enter_context(jobs.serve_in_thread(workers=1))
        yield service


@pytest.fixture
def impatient(frail, monkeypatch):
    """The same, but what its worker dies of twice is given up."""
    monkeypatch.setattr(frail._cluster.scheduler, "allowed_failures", 1)
    return frail


@pytest.fixture
def experiment(request):
    """An experiment that no other test runs."""
    return QUICK.replace(seed=1 + sum(map(ord, request.node.name)))


def until(service, job, true):
    """Wait until `true()`; the job tells when it changes."""
    service.call(service.until(job, true, timeout=120), timeout=130)
    assert true()


def at_rest(service, job):
    until(service, job, lambda: job.is_at_rest)
    return job


def order(service, job, **orders):
    return service.call(service.order(job, **orders), timeout=120)


def stop(service, *all_of_them):
    for job in all_of_them:
        at_rest(service, order(service, job, stop=True))


def study(service, function, *arguments):
    return service.call(service.study(Remote(HERE, function), *arguments))


def on_workers(service, function, *arguments):
    async def run():
        return await service._client.run(function, *arguments)

    return service.call(run(), timeout=120)


def workers_are_there(service, number):
    async def wait():
        await service._client.wait_for_workers(number)

    service.call(wait(), timeout=120)


def pids(service):
    return list(service.call(service.worker_pids(), timeout=120).values())


def assert_trains(service, experiment):
    run = at_rest(service, service.call(service.open(experiment)))
    assert (run.status, run.message) == ("done", "")
    assert_same_snapshots(run.snapshots, list(kd_core.run(experiment)))


# Workers


def test_a_worker_that_is_slow_to_warm_up_tells_meanwhile_that_it_lives(monkeypatch):
    twice = threading.Barrier(2)

    class Slow:
        async def heartbeat(self):
            await asyncio.to_thread(twice.wait)

    monkeypatch.setattr(worker, "_warm_up", lambda: (twice.wait(), twice.wait()))
    asyncio.run(worker.WarmUp().setup(Slow()))


def test_an_order_to_pause_that_comes_between_two_looks_holds_back_nothing_that_was_made(monkeypatch):
    inbox = worker.Inbox(Orders(), Turn("ann"))
    monkeypatch.setattr(worker.TURNS, "give_way", lambda turn: inbox.put(Orders(limit=0)))
    told = []

    def on_wait():
        told.append(inbox.turn.computes)
        threading.Thread(target=inbox.put, args=[Orders(stop=True)]).start()

    worker.TURNS.take(inbox.turn)
    with pytest.raises(worker.StoppedError):
        inbox.wait(0, on_wait, lambda steer: None)
    assert told == [False]  # it was told, and nobody waits for its turn


def test_a_worker_that_hangs_under_a_run_a_sweep_and_a_study_is_replaced_and_all_end_as_if_nothing_had_been(
    frail, experiment, tmp_path
):
    workers_are_there(frail, 1)
    run = frail.call(frail.start(experiment, "ann", Orders(limit=5)))
    until(frail, run, lambda: run.is_paused)
    other = study(frail, "counting", 1_000_000)
    told = study(frail, "counting_until", str(tmp_path / "enough"))
    until(frail, told, lambda: told.values)
    sweep = frail.call(frail.open_sweep(SWEEP, viewer="bob"))
    until(frail, sweep, lambda: 0 < sweep.done < 1)
    (hung,) = map(psutil.Process, pids(frail))
    hung.suspend()
    order(frail, run, limit=None)
    order(frail, run, limit=-1)
    order(frail, other, stop=True)
    assert hung.status() == psutil.STATUS_STOPPED  # nobody has waited for it
    assert (run.status, sweep.status, told.status, other.status) == ("running", "running", "running", "stopped")
    until(frail, run, lambda: run.revision >= 1)
    assert run.message == "A training worker was lost, so the run began again."
    until(frail, run, lambda: run.is_paused)  # the new worker has been told
    (tmp_path / "enough").touch()
    order(frail, run, limit=None)
    assert [at_rest(frail, job).status for job in (run, sweep, told)] == ["done", "done", "done"]
    assert_same_snapshots(run.snapshots, list(kd_core.run(experiment)))
    assert_same_table(sweep.progress[0].table(), here(SWEEP))
    assert told.values == [*range(len(told.values) - 1), "end"]
    assert (sweep.message, told.message) == ("", "")
    assert not hung.is_running()


def test_a_worker_that_dask_has_given_up_is_replaced(frail, experiment):
    for nanny in list(frail._cluster.workers.values()):
        frail.call(nanny.close(), timeout=120)
    assert at_rest(frail, frail.call(frail.open(experiment))).status == "done"


def test_a_study_whose_worker_is_killed_begins_again_and_ends_with_all_its_values(frail):
    workers_are_there(frail, 1)
    (pid,) = pids(frail)
    told = study(frail, "counting", 300)
    until(frail, told, lambda: told.values)
    os.kill(pid, signal.SIGKILL)
    at_rest(frail, told)
    assert (told.status, told.message, told.values) == ("done", "", list(range(300)))


def test_a_study_that_uses_up_its_workers_memory_is_given_up_with_a_sentence_and_the_next_one_works(impatient):
    workers_are_there(impatient, 1)
    told = at_rest(impatient, study(impatient, "greedy"))
    assert (told.status, told.message.kind) == ("failed", "workers_died")
    assert told.values  # what it had told before
    assert at_rest(impatient, study(impatient, "counting", 3)).values == [0, 1, 2]


def test_a_run_that_uses_up_its_workers_memory_is_given_up_with_a_sentence_and_the_next_one_trains(
    impatient, experiment
):
    large = experiment.replace(dataset="digits", labels=100, student="1024-1024", seeds=20, epochs=200, batch_size=256)
    assert MEMORY / 2 < jobs.Run(experiment=large).memory < impatient.limits.memory
    run = at_rest(impatient, impatient.call(impatient.open(large)))
    assert (run.status, run.message.kind) == ("failed", "workers_died")
    assert run.message.endswith("try smaller networks.")
    assert_trains(impatient, experiment)


def test_a_disk_that_is_full_costs_nobody_an_answer_and_what_could_not_be_kept_leaves_no_file(frail, tmp_path):
    workers_are_there(frail, 1)
    (before,) = on_workers(frail, keep_in, str(tmp_path)).values()
    on_workers(frail, set_limit, "RLIMIT_FSIZE", 0)
    told = at_rest(frail, study(frail, "half", 1))
    assert (told.status, told.values) == ("done", [0.5])
    assert list(tmp_path.iterdir()) == []
    on_workers(frail, set_limit, "RLIMIT_FSIZE", None)
    assert at_rest(frail, study(frail, "half", 3)).values == [1.5]
    (file,) = tmp_path.iterdir()
    assert file.read_text() == "[[0, 1.5]]"
    on_workers(frail, keep_in, before)


def test_a_sweep_whose_workers_are_all_killed_at_once_is_completed_by_the_next_ones(service):
    workers_are_there(service, 2)
    sweep = Sweep(SWEEP.base.replace(epochs=60), SWEEP.over)
    run = service.call(service.open_sweep(sweep))
    until(service, run, lambda: any(run.progress[0].table()))
    for pid in pids(service):
        os.kill(pid, signal.SIGKILL)
    assert run.is_live
    at_rest(service, run)
    assert (run.status, run.message, run.done) == ("done", "", 1)
    assert_same_table(run.progress[0].table(), here(sweep))
    workers_are_there(service, 2)


# The scheduler


@contextmanager
def dask_process(folder, *arguments):
    """`dask scheduler` or `dask worker` on loopback."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
    with (folder / "dask.log").open("a") as log:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | {"PYTHONPATH": path}, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Cluster:
    """A scheduler at that port, and one worker; both can be ended and begun again."""

    def __init__(self, folder, port):
        self._folder, self._port, self._processes = folder, port, ExitStack()
        self.address = f"tcp://127.0.0.1:{port}"

    def start(self):
        worker = ("worker", self.address, "--nthreads", "4", "--no-nanny")
        self.scheduler = self._processes.enter_context(dask_process(self._folder, "scheduler", "--port", self._port))
        self._processes.enter_context(dask_process(self._folder, *worker))

    def end(self):
        self._processes.close()


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """A cluster that no service has started, and the one that uses it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    standing = Cluster(tmp_path_factory.mktemp("cluster"), port)
    standing.start()
    with ExitStack() as at_the_end:
        at_the_end.callback(standing.end)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KD_SCHEDULER", standing.address)
            service = at_the_end.enter_context(jobs.serve_in_thread())
        workers_are_there(service, 1)
        yield standing, service


@pytest.fixture
def far(standing, monkeypatch):
    """The same, as long as the environment names that cluster."""
    monkeypatch.setenv("KD_SCHEDULER", standing[0].address)
    return standing


def under_way(service, experiment):
    """A run, one that is held, and a study; all have begun."""
    run = service.call(service.start(ENDLESS.replace(seed=experiment.seed)))
    held = service.call(service.start(experiment.replace(epochs=21), "", Orders(limit=6)))
    told = study(service, "counting", 10_000 + experiment.seed)
    until(service, run, lambda: run.position >= 3)
    until(service, told, lambda: told.values)
    until(service, held, lambda: held.is_paused)
    return run, held, told


def assert_lost(service, run, held, told):
    """They say so, and what was seen stays."""
    for job, why in ((run, "connection_lost"), (held, "connection_lost"), (told, "study_lost")):
        at_rest(service, job)
        assert (job.status, job.message) == ("failed", Message(why))
    assert len(run.snapshots) > 3
    assert len(held.snapshots) == 7
    assert told.values


def test_a_connection_to_the_scheduler_that_breaks_for_a_moment_is_made_anew(far, experiment):
    _, service = far
    run, held, told = under_way(service, experiment)

    async def cut():
        service._client.scheduler_comm.comm.abort()

    service.call(cut())
    assert_lost(service, run, held, told)
    until(service, run, lambda: service.failure)
    until(service, run, lambda: not service.failure)
    assert_trains(service, experiment)
    for job in (run, held, told):  # no worker is at it any more, nor holds it
        while set(on_workers(service, deliver, job.parts[0].attempt, job.orders).values()) != {None}:
            pass


def test_a_scheduler_that_is_gone_is_told_of_and_found_again_when_it_is_back(far, experiment):
    standing, service = far
    run, held, told = under_way(service, experiment)
    standing.scheduler.kill()
    assert_lost(service, run, held, told)
    until(service, run, lambda: service.failure)
    assert service.failure == Message("workers_gone")
    asked = service.call(service.open(experiment))  # it waits until somebody can train
    given_up = service.call(service.open(experiment.replace(epochs=22)))
    assert order(service, given_up, stop=True).status == "stopped"
    standing.end()
    standing.start()
    at_rest(service, asked)
    assert (asked.status, asked.message, service.failure) == ("done", "", "")
    assert_same_snapshots(asked.snapshots, list(kd_core.run(experiment)))
    again = service.call(service.open(held.experiment))
    assert again is not held
    assert at_rest(service, again).status == "done"
    assert at_rest(service, study(service, "counting", 3)).values == [0, 1, 2]
    until(service, again, lambda: len(service.workers()) == 1)


# Nobody looks


def test_what_nobody_looks_at_is_stopped_and_what_somebody_looks_at_goes_on(service, monkeypatch):
    workers_are_there(service, 2)
    left, watched = (
        (
            service.call(service.start(ENDLESS.replace(seed=seed))),
            service.call(service.open_sweep(Sweep.parse(ENDLESS.replace(seed=seed), ["temperature=1,2"]))),
            study(service, "counting", 10_000 + seed),
        )
        for seed in (3, 4)
    )
    assert not any(run.is_held for run in (left[0], watched[0]))
    monkeypatch.setattr(service, "limits", Limits(abandoned_seconds=2))

    async def reap():
        service.add_viewer(watched[0], "ann")
        reaping = service.loop.create_task(service._reap())
        while any(job.is_live for job in left):
            for job in watched[1:]:
                job.look()
            await service.until(left[0], lambda: False, timeout=0.1)
        reaping.cancel()

    service.call(reap(), timeout=120)
    assert [job.status for job in left] == ["stopped"] * 3
    assert [job.status for job in watched] == ["running"] * 3
    monkeypatch.undo()
    service.forget_viewer(watched[0], "ann")
    stop(service, *watched)


# What it costs


def dearest(service, experiment):
    """The same with as many epochs as are allowed."""
    few, many = 1, 500
    while many - few > 1:
        middle = (few + many) // 2
        refused = service.refusal(jobs.Run(experiment=experiment.replace(epochs=middle)))
        few, many = (few, middle) if refused else (middle, many)
    return experiment.replace(epochs=few)


def test_what_would_cost_too_much_is_refused_at_once_with_a_setting_that_is_accepted(service):
    slow = Experiment(student="1024-1024", seeds=20, epochs=500, batch_size=8)
    big = Experiment(student="1024-1024-1024", seeds=20, epochs=1)
    for asked, why in ((slow, "too_slow"), (big, "too_big")):
        run = service.call(service.open(asked))
        assert (run.status, run.message.kind, run.is_at_rest) == ("failed", why, True)
        remedies = run.message.values["remedy"].values["settings"]
        assert remedies
        for remedy in remedies:
            name, value = remedy.split("=")
            smaller = service.call(service.open(asked.replace(**{name: value})))
            assert smaller.is_live
            stop(service, smaller)


def test_sixteen_of_the_dearest_runs_that_are_allowed_do_not_keep_a_seventeenth_short_one_from_its_end(
    service, experiment
):
    workers_are_there(service, 2)
    asked = dearest(
        service, Experiment(teacher="64", teacher_epochs=2, student="1024", seeds=20, labels=0, batch_size=8)
    )
    assert service.refusal(jobs.Run(experiment=asked.replace(epochs=asked.epochs + 1))).kind == "too_slow"
    dear = [service.call(service.start(asked.replace(seed=seed), f"visitor {seed}")) for seed in range(1, 17)]
    until(service, dear[-1], lambda: sum(run.status == "running" for run in dear) >= 8)
    run = service.call(service.open(experiment, "the seventeenth"))
    until(service, run, lambda: run.snapshots)
    at_rest(service, run)
    assert run.status == "done"
    assert all(run.is_live for run in dear)
    stop(service, *dear)


def test_a_sweep_of_three_thousand_students_can_be_read_by_a_page_while_it_trains(service):
    temperatures = ",".join(f"{1 + number / 2:g}" for number in range(37))
    sweep = Sweep.parse(
        QUICK.replace(seeds=10, student="4"),
        [f"temperature={temperatures}", "label_noise=0,0.1,0.2,0.3,0.4,0.5,0.6,0.7"],
    )
    assert sweep.students == 3040
    run = service.call(service.open_sweep(sweep))
    cells, done, partial_reads = 0, 0.0, 0
    while run.is_live:  # in another thread than the one that receives reports
        known = sum(cell is not None for cell in run.progress[0].table())
        assert done <= run.done <= 1
        assert cells <= known
        cells, done = known, run.done
        partial_reads += 0 < done < 1
    assert (run.status, run.done) == ("done", 1)
    assert partial_reads > 3
    assert all(run.progress[0].table())
