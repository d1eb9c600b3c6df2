"""Faults under a page that is open: the server dies, the network does, the page does. It comes back by itself."""

import socket
from contextlib import suppress
from threading import Thread
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil
import pytest

from tests.e2e.playground import Playground
from tests.e2e.server import PATIENCE, ServerDiedError, free_port, serving

LENGTH = 3 + 121  # frames of `long`: the teacher's epochs 0 to 2, the students' 0 to 120


@pytest.fixture
def long(seed):
    """A run of some ten seconds, at full speed as every link is opened."""
    students = "student=32-32&epochs=120&seeds=10&batch_size=8"
    return f"dataset=blobs&labels=0&teacher=16&teacher_epochs=2&{students}&seed={seed}"


def is_complete(visitor):
    """Whether the page has heard of every epoch of the run on screen once, in order."""
    heard = [(frame["phase"], frame["epoch"]) for frame in visitor.run["frames"]]
    every = {"teacher": range(3), "students": range(LENGTH - 3)}
    return heard == [(phase, epoch) for phase, epochs in every.items() for epoch in epochs]


def test_two_servers_on_one_machine_train_one_link_to_the_same_numbers_and_one_that_is_killed_comes_back_to_its_page(
    visit, server, plane
):
    port = free_port()
    with suppress(ServerDiedError), serving(port=port) as first:
        visitor, neighbour = visit(plane, server=first), visit(plane)
        visitor.wait_for_end(), neighbour.wait_for_end()
        end = visitor.actors
        assert neighbour.actors == end
        before = visitor.run_id
        family = first.process.children(recursive=True)
        workers, theirs = first.workers(), server.workers()
        assert workers
        first.process.kill()
        _, left = psutil.wait_procs(family, timeout=PATIENCE)
        assert left == []
    assert server.workers() == theirs
    neighbour.press_for_new_run("start").wait_for_end()
    assert neighbour.actors == end
    with serving(port=port):
        visitor.wait_for("run.id !== argument", before)
        visitor.wait_for_end().wait_for_script()
        assert visitor.actors == end
        visitor.press_for_new_run("start").wait_for_end()  # and its buttons work
        assert visitor.actors == end


def test_plotly_that_could_not_be_fetched_is_fetched_again(come, plane):
    visitor, asked = come(Playground), []

    def fail_once(route):
        asked.append(route.request.url)
        route.abort() if len(asked) == 1 else route.continue_()

    visitor.page.route("**/assets/plotly-*", fail_once)
    visitor.open(plane).wait_for_end()  # drawn
    assert asked


class Network:
    """What lies between a browser and the server: a port that passes all on, and can be cut."""

    def __init__(self, server):
        self._server = urlsplit(server.url).port
        self._port, self._threads, self._ends = free_port(), [], []
        self.url = f"http://127.0.0.1:{self._port}"

    def mend(self):
        self._door = socket.create_server(("127.0.0.1", self._port))
        self._accepting = Thread(target=self._accept)
        self._accepting.start()

    def cut(self):
        """Every connection ends, and no other one is made."""
        if self._door.fileno() < 0:
            return
        self._door.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        for end in self._ends:
            _shut(end)
        for thread in self._threads:
            thread.join()
        self._threads, self._ends = [], []

    def _accept(self):
        with self._door, suppress(OSError):
            while True:
                browser = self._door.accept()[0]
                self._ends += (ends := (browser, socket.create_connection(("127.0.0.1", self._server))))
                for one, other in (ends, ends[::-1]):
                    self._threads.append(Thread(target=_pass_on, args=[one, other]))
                    self._threads[-1].start()


def _pass_on(one, other):
    with one, suppress(OSError):
        while data := one.recv(2**16):
            other.sendall(data)
    _shut(other)


def _shut(end):
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def network(server):
    network = Network(server)
    network.mend()
    yield network
    network.cut()


def test_a_browser_that_is_offline_while_a_run_goes_on_has_the_whole_curve_afterwards(visit, server, network, long):
    visitor = visit(long, server=network).wait_for_position(5)
    visitor.page.wait_for_selector(".js-plotly-plot.kd-plot-measure")
    run = visitor.run_id
    network.cut()
    wait_until_nothing_runs(server)
    assert len(visitor.run["frames"]) < LENGTH  # it has not heard of all that has happened
    network.mend()
    visitor.wait_for("run.frames.length === argument", LENGTH).wait_for_end()
    assert visitor.run_id == run
    assert is_complete(visitor)
    visitor.press_for_new_run("start").wait_for_position(2)  # and its buttons work
    visitor.press("stop").wait_for_end("stopped")


def wait_until_nothing_runs(server):
    """Ask the server's own numbers, beside the browser, until no run is on its way."""
    while True:
        with urlopen(f"{server.url}/metrics") as answer:
            numbers = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line[0] != "#")
        if numbers['kd_jobs{kind="run",status="running"}'] == numbers['kd_jobs{kind="run",status="waiting"}'] == "0":
            return


def test_a_page_that_is_closed_and_opened_again_by_its_link_meets_the_same_run_on_its_way(visit, long):
    visitor = visit(long).wait_for_position(5)
    run = visitor.run_id
    visitor.page.goto("about:blank")
    visitor.open(long)
    assert visitor.run_id == run
    visitor.wait_for("run.frames.length === argument", LENGTH).wait_for_end()
    assert is_complete(visitor)
