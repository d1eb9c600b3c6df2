"""Runs on real Dask workers: what they yield, how they are steered, and what happens when workers die."""

import asyncio
import os
import pickle
import signal
import socket
import ssl

import psutil
import pytest
from distributed import Client, LocalCluster

import kd_core
from kd_core import Experiment, jobs
from kd_core.jobs import Limits, Orders, Run
from kd_core.jobs.worker import VALUES, Event, deliver
from tests.core.helpers import assert_same_snapshots

QUICK = Experiment(dataset="blobs", labels=12, teacher="16", teacher_epochs=2, student="8", epochs=10, seeds=2)
LENGTH = 3 + 11  # its snapshots: the teacher's epochs 0 to 2, the students' 0 to 10


@pytest.fixture
def experiment(request):
    """An experiment that no other test runs."""
    return QUICK.replace(seed=1 + sum(map(ord, request.node.name)))


@pytest.fixture
def watch(service):
    """Lets somebody watch a run, until the end of the test."""
    watched = []

    def watch(run, viewer):
        service.add_viewer(run, viewer)
        watched.append((run, viewer))

    yield watch
    for run, viewer in watched:
        if viewer in run.viewers:
            service.forget_viewer(run, viewer)


def wait(service, run, true):
    """Wait until `true()`; the run tells when it changes."""
    service.call(service.until(run, true, timeout=120), timeout=130)
    assert true()
    return run


def finish(service, run):
    return wait(service, run, lambda: run.is_at_rest)


def hold(service, experiment, position, viewer=""):
    """A run that is held at a position."""
    run = service.call(service.start(experiment, viewer, Orders(limit=position)))
    return wait(service, run, lambda: run.is_paused)


def both_workers(service):
    """Both are there: one may still be following one that was killed."""

    async def wait_for_them():
        await service._client.wait_for_workers(2)

    service.call(wait_for_them(), timeout=120)


def order(service, run, viewer="", **orders):
    return service.call(service.order(run, viewer, **orders), timeout=120)


def kill_worker_of(service, run):
    """Kill the process that trains this run, as the kernel does when memory is short."""

    async def processing():
        return await service._client.processing()

    (address,) = [a for a, keys in service.call(processing()).items() if any(run.id in str(key) for key in keys)]
    os.kill(service.call(service.worker_pids())[address], signal.SIGKILL)


# What a run yields


@pytest.mark.parametrize(
    "setup", [QUICK, Experiment(teacher="32", teacher_epochs=2, epochs=3, seeds=3)], ids=["plane", "digits"]
)
def test_a_run_on_a_worker_yields_what_it_yields_here_bit_by_bit(service, setup):
    run = finish(service, service.call(service.open(setup)))
    assert (run.status, run.message) == ("done", "")
    assert_same_snapshots(run.snapshots, list(kd_core.run(setup)))


def test_the_same_experiment_opened_twice_is_one_run(service, experiment):
    first = service.call(service.open(experiment, "ann"))
    assert service.call(service.open(experiment, "bob")) is first
    finish(service, first)
    assert service.call(service.open(experiment, "eve")) is first


def test_started_again_a_finished_run_is_trained_anew_to_the_same_numbers(service, experiment):
    first = finish(service, service.call(service.open(experiment)))
    second = finish(service, service.call(service.start(experiment)))
    assert second is not first
    assert_same_snapshots(second.snapshots, first.snapshots)


def test_a_run_that_diverges_fails_with_a_sentence_that_says_where_and_what_to_try(service):
    setup = Experiment(
        teacher="32", teacher_epochs=3, student="64-64-64", optimizer="sgd", learning_rate=1000.0, seeds=3
    )
    run = finish(service, service.call(service.open(setup)))
    assert run.status == "failed"
    assert "diverged at step" in run.message
    assert "Try a smaller learning rate" in run.message
    assert service.call(service.open(setup)) is not run  # the link tries again


# Orders


def test_orders_hold_step_and_let_go(service, experiment):
    run = hold(service, experiment, 5)
    for position in (6, 7):
        assert order(service, run, limit=run.position + 1) is run
        assert (run.position, run.is_paused) == (position, True)
    finish(service, order(service, run, limit=None))
    assert run.status == "done"
    assert_same_snapshots(run.snapshots, list(kd_core.run(experiment)))


def test_orders_wait_for_no_other_worker_than_the_one_that_trains(service, experiment):
    run = hold(service, experiment, 5)
    both_workers(service)
    (other,) = (pid for address, pid in service.call(service.worker_pids()).items() if address != run.parts[0].worker)
    other = psutil.Process(other)
    other.suspend()
    try:
        for position in (6, 7):
            order(service, run, limit=position)
            assert (run.position, run.is_paused) == (position, True)
        order(service, run, stop=True)
        wait(service, run, lambda: run.is_at_rest)
        assert other.status() == psutil.STATUS_STOPPED
    finally:
        other.resume()
    assert (run.status, len(run.snapshots)) == ("stopped", 8)


def test_paused_means_that_nothing_more_is_on_its_way(service, experiment):
    run = service.call(service.start(experiment.replace(epochs=400)))
    wait(service, run, lambda: run.position >= 5)
    order(service, run, limit=-1)
    assert run.is_paused

    async def ask_workers():
        return await service._client.run(deliver, run.parts[0].attempt, run.orders)

    assert run.position in service.call(ask_workers()).values()  # the newest that the training loop has let out
    order(service, run, stop=True)


def test_orders_given_before_training_has_begun_are_heard(service, experiment):
    async def start_and_move():
        return await service.order(await service.start(experiment, orders=Orders(limit=2)), limit=4)

    run = service.call(start_and_move(), timeout=120)
    wait(service, run, lambda: run.is_paused)
    assert run.position == 4
    finish(service, order(service, run, limit=None))
    assert len(run.snapshots) == LENGTH


def test_a_run_held_at_its_teachers_last_epoch_outlives_more_teachers_than_a_worker_keeps(service, experiment):
    setups = [experiment.replace(epochs=10 + number) for number in range(2)]  # one for each worker
    held = [hold(service, setup, setup.teacher_epochs) for setup in setups]
    tiny = Experiment(dataset="blobs", labels=12, teacher="2", student="2", teacher_epochs=1, epochs=1, seeds=1)
    others = [service.call(service.open(tiny.replace(seed=experiment.seed + number))) for number in range(40)]
    assert {finish(service, other).status for other in others} == {"done"}
    for run, setup in zip(held, setups, strict=True):
        assert run.is_paused
        finish(service, order(service, run, limit=None))
        assert (run.status, run.message) == ("done", "")
        assert_same_snapshots(run.snapshots, list(kd_core.run(setup)))


def test_what_a_follower_has_read_is_never_changed(service, experiment):
    run = hold(service, experiment, 5)
    read, kept = run.snapshots, list(run.snapshots)
    finish(service, order(service, run, limit=None))
    assert len(run.snapshots) == LENGTH
    assert read == kept


def test_a_stopped_run_ends_and_ignores_what_still_arrives(service, experiment):
    run = hold(service, experiment, 5)
    order(service, run, stop=True)
    assert run.status == "stopped"
    part = run.parts[0]
    late = Event(part.submission, part.attempt, VALUES, part.received, [run.snapshots[-1]])

    async def arrive():
        service._on_event((0.0, pickle.dumps(late)))

    service.call(arrive())
    finish(service, run)
    assert (run.status, len(run.snapshots)) == ("stopped", 6)


def test_a_run_stopped_while_it_waits_never_trains(service, experiment):
    async def start_and_stop():
        return await service.order(await service.open(experiment), stop=True)

    run = service.call(start_and_stop())
    assert (run.status, run.snapshots) == ("stopped", [])
    finish(service, service.call(service.open(experiment.replace(epochs=11))))  # a whole other run later
    assert (run.status, run.snapshots) == ("stopped", [])


def test_a_stopped_link_opens_a_new_run(service, experiment):
    run = hold(service, experiment, 4)
    order(service, run, stop=True)
    again = service.call(service.open(experiment))
    assert again is not run
    assert len(finish(service, again).snapshots) == LENGTH


@pytest.mark.parametrize("position", [1, 2, 3, 6], ids=["teacher", "teacher's end", "students' start", "students"])
def test_a_steered_run_is_the_run_of_the_link_that_it_becomes(service, experiment, position):
    run = hold(service, experiment, position)
    order(service, run, steer=(9.0, 0.6))
    epoch = max(position - 3, 0)
    assert run.experiment == experiment.steered(epoch, temperature=9.0, alpha=0.6)
    finish(service, order(service, run, limit=None))
    assert service.call(service.open(run.experiment)) is run  # it answers to that link
    again = list(kd_core.run(Experiment.from_query(run.experiment.to_query())))
    assert run.snapshots[-1].experiment == again[-1].experiment == run.experiment
    # What was seen before the change was weighed with the old T and alpha; training is the same throughout.
    weighed = [f"{part}_loss.{term}" for part in ("train", "test") for term in ("soft", "total")]
    seen = slice(0, position + 1)
    assert_same_snapshots(run.snapshots[seen], again[seen], same_experiment=False, without=weighed)
    assert_same_snapshots(run.snapshots[position + 1 :], again[position + 1 :])


def test_a_slider_that_passes_many_values_leaves_the_run_at_the_last(service, experiment):
    run = service.call(service.start(experiment.replace(epochs=300), "", Orders(pace=100.0)))
    wait(service, run, lambda: run.position >= 5)
    for temperature in (5.0, 6.0, 7.0, 8.0, 9.0):
        order(service, run, steer=(temperature, 0.3))
        assert run.experiment.heard_at(300) == (temperature, 0.3)
    finish(service, order(service, run, pace=0.0))
    assert run.experiment.settled == experiment.replace(epochs=300, temperature=9.0, alpha=0.3)
    assert_same_snapshots(run.snapshots, list(kd_core.run(run.experiment)), same_experiment=False)


# Several viewers


def test_who_gives_orders_to_a_run_that_others_watch_gets_a_copy_and_leaves_theirs_alone(service, experiment, watch):
    shared = service.call(service.start(experiment.replace(epochs=200), "ann", Orders(pace=50.0)))
    watch(shared, "ann")
    watch(shared, "bob")
    wait(service, shared, lambda: shared.position >= 4)
    copy = order(service, shared, "bob", limit=-1)
    assert copy is not shared
    assert copy.is_paused
    assert not shared.is_paused
    seen = copy.position
    order(service, copy, "bob", steer=(12.0, 0.5))
    assert copy.experiment != shared.experiment == experiment.replace(epochs=200)
    finish(service, order(service, copy, "bob", limit=None, pace=0.0))
    service.forget_viewer(shared, "bob")
    finish(service, order(service, shared, "ann", pace=0.0))  # ann is alone with it: it obeys
    assert (shared.status, copy.status) == ("done", "done")
    assert_same_snapshots(copy.snapshots[: seen + 1], shared.snapshots[: seen + 1])
    assert_same_snapshots(copy.snapshots, list(kd_core.run(copy.experiment)), same_experiment=False)


def test_who_stops_a_run_that_others_watch_keeps_what_has_been_seen(service, experiment, watch):
    shared = hold(service, experiment, 5, "ann")
    watch(shared, "ann")
    watch(shared, "bob")
    kept = order(service, shared, "bob", stop=True)
    assert (kept.status, len(kept.snapshots)) == ("stopped", 6)
    assert shared.is_live
    service.forget_viewer(shared, "bob")
    order(service, shared, "ann", stop=True)


def test_a_run_in_hand_is_joined_by_its_owner_after_a_refresh_but_by_nobody_else(service, experiment, watch):
    run = hold(service, experiment, 5, "ann")
    watch(run, "ann")
    other = service.call(service.open(experiment, "bob"))
    assert other is not run
    assert finish(service, other).status == "done"
    assert run.is_paused
    order(service, run, stop=True)

    again = hold(service, experiment.replace(epochs=12), 5, "ann")
    watch(again, "ann")
    service.forget_viewer(again, "ann")  # the page is closed and comes back under another name
    assert service.call(service.open(experiment.replace(epochs=12), "ann's next page")) is again
    order(service, again, stop=True)


# Lost workers, old runs


def test_a_run_whose_worker_is_killed_begins_again_and_ends_with_the_same_numbers(service, experiment):
    run = hold(service, experiment, 6)
    assert run.revision == 0
    kill_worker_of(service, run)
    wait(service, run, lambda: run.revision == 1 and run.is_paused)  # it is held where it was
    assert run.position == 6
    assert "began again" in run.message
    finish(service, order(service, run, limit=None))
    assert run.status == "done"
    assert_same_snapshots(run.snapshots, list(kd_core.run(experiment)))


def test_a_steered_run_whose_worker_is_killed_ends_as_its_link_does(service, experiment):
    run = hold(service, experiment, 6)
    order(service, run, steer=(9.0, 0.6))
    order(service, run, limit=8)
    kill_worker_of(service, run)
    wait(service, run, lambda: run.revision >= 1 and run.is_paused)
    assert run.position == 8
    assert run.experiment.schedule == "3:9:0.6"
    order(service, run, steer=(2.0, 0.2))  # and it can be steered on
    finish(service, order(service, run, limit=None))
    assert (run.status, run.experiment.schedule) == ("done", "3:9:0.6,5:2:0.2")
    assert_same_snapshots(run.snapshots, list(kd_core.run(run.experiment)), same_experiment=False)


def test_old_runs_are_forgotten_unless_somebody_watches_or_they_still_train(service, experiment, watch, monkeypatch):
    held = hold(service, experiment.replace(epochs=40), 3)
    watched = finish(service, service.call(service.open(experiment)))
    watch(watched, "ann")
    monkeypatch.setattr(service, "limits", Limits(kept={Run: 5}))
    old = [finish(service, service.call(service.open(experiment.replace(epochs=20 + k)))) for k in range(6)]
    assert len(service.all(Run)) == 5
    assert all(run in service.all(Run) for run in (held, watched, old[-1]))
    assert service.find(old[0].id) is None
    assert service.call(service.open(old[0].experiment)) is not old[0]  # its link trains again
    order(service, held, stop=True)


def test_a_held_run_that_nobody_comes_back_to_is_stopped(service, experiment, watch, monkeypatch):
    left, watched = (hold(service, experiment.replace(epochs=30 + k), 3) for k in range(2))
    watch(watched, "ann")
    monkeypatch.setattr(service, "limits", Limits(abandoned_seconds=0.1))

    async def reap():
        reaping = asyncio.ensure_future(service._reap())
        await service.until(left, lambda: not left.is_live)
        reaping.cancel()

    service.call(reap(), timeout=120)
    assert (left.status, watched.is_live) == ("stopped", True)
    order(service, watched, stop=True)


# The door


def test_workers_and_scheduler_speak_tls_and_listen_on_loopback_only(service):
    both_workers(service)
    addresses = [service._client.scheduler.address, *service.call(service.worker_pids())]
    assert len(addresses) == 3
    assert all(address.startswith("tls://127.0.0.1:") for address in addresses)
    me = psutil.Process()
    listening = {
        connection.laddr.ip
        for process in (me, *me.children(recursive=True))
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_a_plain_client_is_refused(service):
    address = service._client.scheduler.address

    async def connect(address, security=None):
        async with Client(address, security=security, asynchronous=True, timeout=5):
            pass

    service.call(connect(address, service._cluster.security), timeout=120)  # the right one comes in
    with pytest.raises(OSError, match="TCP"):
        service.call(connect(address.replace("tls://", "tcp://")), timeout=120)


def test_a_client_without_a_certificate_is_refused_even_if_it_trusts_the_scheduler_blindly(service):
    host, port = service._client.scheduler.address.removeprefix("tls://").split(":")
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((host, int(port))) as plain,
        pytest.raises(ssl.SSLError, match="certificate required"),
        blind.wrap_socket(plain) as stranger,
    ):
        stranger.recv(1)


def test_kd_scheduler_names_a_cluster_that_already_stands(monkeypatch, experiment):
    with LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None, host="127.0.0.1") as cluster:
        monkeypatch.setenv("KD_SCHEDULER", cluster.scheduler_address)
        with jobs.serve_in_thread() as service:
            run = finish(service, service.call(service.open(experiment)))
            assert run.status == "done"
            assert_same_snapshots(run.snapshots, list(kd_core.run(experiment)))
        assert len(cluster.workers) == 1  # it was there before, and stays
