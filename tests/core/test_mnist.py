"""MNIST and the like: fetched once, checked, and put in place whole or not at all. All servers here are on loopback."""

from __future__ import annotations

import gzip
import hashlib
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from kd_core import mnist
from kd_core.data import DataError
from kd_core.messages import LONGEST, Message
from pages.ui.messages import say

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "mnist"
SHAPES = dict(zip(mnist.SHAPES, [(6, 28, 28), (6,), (2, 28, 28), (2,)], strict=True))
FIRST, *OTHERS = SHAPES


def packed(values):
    """An IDX file of unsigned bytes, written as its definition says."""
    header = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    return gzip.compress(header + values.tobytes(), 1)


def known(content, **more):
    return mnist.File(len(content), hashlib.sha256(content).hexdigest(), **more)


class Server:
    """A mirror on loopback. `files` are what it has, by path; `paths` what it was asked for; `way` how it answers."""

    def __init__(self):
        self.files, self.paths, self.way, self.released = {}, [], "whole", threading.Event()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                mirror.paths.append(self.path)
                content = mirror.files.get(self.path)
                if content is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content if mirror.way == "whole" else content[: len(content) // 2])
                if mirror.way == "stalls":
                    self.wfile.flush()
                    mirror.released.wait(20)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def values():
    rng = np.random.default_rng(0)
    return {file: rng.integers(0, 10, shape, np.uint8) for file, shape in SHAPES.items()}


@pytest.fixture
def contents(values):
    return {file: packed(each) for file, each in values.items()}


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    monkeypatch.setenv("KD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "*")
    return tmp_path / "data" / "kmnist"


@pytest.fixture
def small(monkeypatch, server, contents):
    """A mirror of a small collection under the name of a large one."""
    collection = mnist.Collection("Little", ("https://nowhere.invalid",), {f: known(c) for f, c in contents.items()})
    monkeypatch.setitem(mnist.COLLECTIONS, "kmnist", collection)
    monkeypatch.setattr(mnist, "SHAPES", SHAPES)
    monkeypatch.setenv("KD_DATA_MIRROR", f"http://{server.host}")
    server.files = {f"/kmnist/{file}": content for file, content in contents.items()}
    return collection


def refusal(name="kmnist"):
    with pytest.raises(DataError) as refused:
        mnist.fetch(name)
    (message,) = refused.value.args
    assert isinstance(message, Message)
    return message


def assert_nothing_is_left(place):
    assert list(place.glob("*")) == []
    assert list(place.glob(".*")) == []


@pytest.mark.usefixtures("small")
def test_images_and_labels_are_those_of_train_then_those_of_test(values):
    images, labels = mnist.load("kmnist")
    assert (images.shape, images.dtype) == ((8, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((8,), np.int64)
    np.testing.assert_array_equal(images, np.concatenate([values[FIRST], values[OTHERS[1]]]))
    np.testing.assert_array_equal(labels, np.concatenate([values[OTHERS[0]], values[OTHERS[2]]]))


@pytest.mark.usefixtures("small")
def test_what_is_here_is_not_fetched_again(server, place, contents):
    assert not mnist.is_here("kmnist")
    mnist.fetch("kmnist")
    assert mnist.is_here("kmnist")
    assert server.paths == [f"/kmnist/{file}" for file in SHAPES]
    mnist.load("kmnist")
    assert len(server.paths) == 4
    assert {path.name: path.read_bytes() for path in place.iterdir()} == contents


@pytest.mark.usefixtures("small")
def test_only_what_is_missing_is_fetched(server, place):
    mnist.fetch("kmnist")
    (place / FIRST).unlink()
    assert not mnist.is_here("kmnist")
    mnist.fetch("kmnist")
    assert server.paths[4:] == [f"/kmnist/{FIRST}"]


@pytest.mark.usefixtures("small")
def test_a_kept_file_with_a_wrong_checksum_is_fetched_again(server, place, contents):
    mnist.fetch("kmnist")
    (place / FIRST).write_bytes(contents[FIRST][:-1])
    assert mnist.is_here("kmnist")
    mnist.load("kmnist")
    assert server.paths[4:] == [f"/kmnist/{FIRST}"]
    assert (place / FIRST).read_bytes() == contents[FIRST]


def test_the_same_bytes_packed_in_another_way_are_right_where_they_are_known(server, small, place, contents):
    unpacked = {file: hashlib.sha256(gzip.decompress(content)).hexdigest() for file, content in contents.items()}
    for file, content in contents.items():
        small.files[file] = known(content, unpacked=unpacked[file])
    server.files[f"/kmnist/{FIRST}"] = gzip.compress(gzip.decompress(contents[FIRST]), 9)
    mnist.fetch("kmnist")
    mnist.fetch("kmnist")
    assert len(server.paths) == 4
    assert (place / FIRST).read_bytes() != contents[FIRST]


def test_progress_rises_over_all_four_files_and_ends_with_all_bytes(small, place, contents):
    told = []
    mnist.fetch("kmnist", lambda done, total: told.append((done, total)))
    size = sum(map(len, contents.values()))
    assert told[0] == (0, size)
    assert told[-1] == (size, size)
    assert told == sorted(told)
    (place / FIRST).unlink()
    told.clear()
    mnist.fetch("kmnist", lambda done, total: told.append((done, total)))
    assert told[0] == (size - len(contents[FIRST]), size)


@pytest.mark.usefixtures("small")
def test_what_progress_raises_ends_the_download_and_leaves_nothing(place):
    def enough(done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mnist.fetch("kmnist", enough)
    assert_nothing_is_left(place)


@pytest.mark.usefixtures("small")
def test_a_terminal_sees_a_bar_and_a_file_does_not(monkeypatch, capfd, place):
    mnist.fetch("kmnist")
    assert capfd.readouterr().err == ""
    (place / FIRST).unlink()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    mnist.fetch("kmnist")
    assert "Little: 100%" in capfd.readouterr().err


@pytest.mark.parametrize(("way", "patience"), [("is cut off", 10.0), ("stalls", 0.5)])
@pytest.mark.usefixtures("small")
def test_a_download_that_does_not_come_to_its_end_is_none(server, place, monkeypatch, way, patience):
    monkeypatch.setattr(mnist, "PATIENCE", patience)
    server.way = way
    assert refusal().values["reason"] == f"{server.host} sent only a part"
    assert_nothing_is_left(place)


@pytest.mark.usefixtures("small")
def test_what_has_a_wrong_checksum_is_not_kept(server, place, contents):
    server.files[f"/kmnist/{FIRST}"] = contents[FIRST][:-1] + b"!"
    assert refusal().values["reason"] == f"what {server.host} sent has a wrong checksum"
    assert_nothing_is_left(place)


@pytest.mark.usefixtures("small")
def test_what_a_mirror_lacks_is_said_with_its_status(server, place):
    server.files.clear()
    assert refusal() == (
        f"Little could not be fetched ({server.host} answers with status 404); put these into {place} by hand: "
        f"{', '.join(SHAPES)}."
    )


@pytest.mark.usefixtures("small")
def test_without_a_network_it_is_said_who_does_not_answer(monkeypatch):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and does not listen
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("KD_DATA_MIRROR", f"http://somebody:secret@{host}")
        assert refusal().values["reason"] == f"{host} does not answer"


@pytest.mark.parametrize("address", ["nonsense", "http://[nonsense", "ftp://nonsense"])
@pytest.mark.usefixtures("small")
def test_what_is_no_address_does_not_answer(monkeypatch, address):
    monkeypatch.setenv("KD_DATA_MIRROR", address)
    assert refusal().values["reason"] == f"{address.rpartition('/')[2]} does not answer"


@pytest.mark.usefixtures("small")
def test_a_wrong_file_that_cannot_be_fetched_anew_is_named(server, place):
    mnist.fetch("kmnist")
    (place / OTHERS[0]).write_bytes(b"no gzip")
    server.files.clear()
    assert refusal() == (
        f"{OTHERS[0]} in {place} is not the published one and could not be fetched anew ({server.host} answers "
        "with status 404); put it there by hand."
    )
    assert (place / OTHERS[0]).read_bytes() == b"no gzip"


@pytest.mark.usefixtures("small")
def test_a_folder_that_cannot_be_written_to_is_said_to_be_so(place):
    place.parent.write_text("a file")
    assert refusal().values["reason"] == "the folder cannot be written to"


def test_mirrors_are_asked_in_turn_and_the_first_one_s_failure_is_told(monkeypatch, server, small, place):
    monkeypatch.delenv("KD_DATA_MIRROR")
    gone, here = f"http://{server.host}/gone", f"http://{server.host}/kmnist"
    monkeypatch.setitem(mnist.COLLECTIONS, "kmnist", small._replace(mirrors=(gone, here)))
    mnist.fetch("kmnist")
    assert server.paths == [f"/{way}/{file}" for file in SHAPES for way in ("gone", "kmnist")]
    (place / FIRST).unlink()
    monkeypatch.setitem(mnist.COLLECTIONS, "kmnist", small._replace(mirrors=(gone, "nonsense")))
    assert refusal().values["reason"] == f"{server.host} answers with status 404"


@pytest.mark.usefixtures("small")
def test_two_at_once_end_with_the_right_files(place, contents):
    failures = []

    def fetch():
        try:
            mnist.load("kmnist")
        except Exception as failure:
            failures.append(failure)

    both = [threading.Thread(target=fetch) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert failures == []
    assert {path.name: path.read_bytes() for path in place.iterdir()} == contents


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"\0\0\x08\x01"), packed(np.zeros(7, np.uint8)), packed(np.zeros((6, 1)))],
    ids=["empty", "no gzip", "header", "vector", "matrix"],  # the bytes hold the second they were packed in
)
def test_a_file_that_is_no_idx_file_of_its_shape_is_refused(server, small, content):
    small.files[OTHERS[0]] = known(content)  # as if it had been published
    server.files[f"/kmnist/{OTHERS[0]}"] = content
    with pytest.raises(DataError, match=f"^{OTHERS[0]} in .* does not hold 6 bytes as an IDX file"):
        mnist.load("kmnist")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", mnist.NAMES)
def test_what_to_do_is_said_whole_for_every_collection_and_reason(name, language):
    collection, place = mnist.COLLECTIONS[name], Path("/srv/a-long-folder/.cache/kd-lab") / name
    host = collection.mirrors[0].split("/")[2]
    reasons = [Message(kind, host=host) for kind in ("data_silent", "data_broke_off", "data_checksum")]
    for reason in (*reasons, Message("data_refused", host=host, status=404), Message("data_not_kept")):
        said = say(mnist._what_to_do(collection, place, FIRST, reason), language)
        assert len(said) < LONGEST
        assert all(part in said for part in (*mnist.SHAPES, str(place), say(reason, language)))


def test_files_are_kept_where_kd_data_says_or_in_the_system_s_cache(monkeypatch, tmp_path):
    assert mnist.folder() == tmp_path / "data"
    monkeypatch.setenv("KD_DATA", "~/somewhere")
    assert mnist.folder() == Path.home() / "somewhere"
    monkeypatch.setenv("KD_DATA", "")
    assert mnist.folder().name == "kd-lab"


def test_importing_it_imports_nothing_that_downloads():
    code = "import sys, kd_core.mnist; print({'pooch', 'requests', 'tqdm', 'torch'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_the_real_mnist_is_what_it_is(monkeypatch, server, tmp_path):
    if not REAL.exists():
        pytest.skip(f"no {REAL}")
    monkeypatch.setenv("KD_DATA_MIRROR", f"http://{server.host}/")
    server.files = {f"/mnist/{file}": (REAL / file).read_bytes() for file in mnist.SHAPES}
    images, labels = mnist.load("mnist")
    assert images.shape == (70_000, 28, 28)
    assert labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert labels[60_000:60_005].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(labels[60_000:])[3] == 1010
    assert images[:60_000].mean() / 255 == pytest.approx(0.1307, abs=5e-5)  # the mean that everybody uses
