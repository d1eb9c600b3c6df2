"""README's ways to run it for a class, taken from README itself: behind nginx, and on a Dask cluster, both with TLS."""

import asyncio
import json
import re
import shlex
import socket
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import dask
import psutil
import pytest

from kd_core.jobs.reach import UnreachableError, reach
from tests.e2e.playground import Playground
from tests.e2e.proxy import proxying, readme_blocks, with_ours, write_certificate
from tests.e2e.server import PATIENCE, ROOT, free_port, serving


def started_for_a_class():
    """What README sets and passes where it starts the app behind a proxy."""
    (line,) = (block.strip() for block in readme_blocks() if block.startswith("KD_HOSTS="))
    words = shlex.split(line)
    settings = dict(word.split("=", 1) for word in words if re.match("[A-Z_]+=", word))
    options = words[words.index("app.py") + 1 :]
    at = options.index("--server.port")
    assert options[at + 1] == "8501"
    return settings, options[:at] + options[at + 2 :]


class Secure:
    """The server as a visitor sees it."""

    def __init__(self, url):
        self.url = url


@pytest.fixture(scope="module")
def lab():
    """The app behind README's nginx: (the app's own server, the port of the proxy)."""
    settings, options = started_for_a_class()
    with serving(*options, **settings) as server, proxying(urlsplit(server.url).port) as port:
        yield server, port


def test_a_run_is_trained_live_through_nginx_with_tls(lab, browser):
    _, port = lab
    with browser.new_context(ignore_https_errors=True) as context:
        visitor = Playground(context, Secure(f"https://lab.example:{port}"))
        visitor.open("dataset=blobs&labels=12&teacher=16&teacher_epochs=2&student=8&epochs=20&seeds=3").wait_for_end()
        assert visitor.where.startswith("Students: epoch 20 of 20")
        assert {urlsplit(url).netloc for url in visitor.requests if ":" in urlsplit(url).netloc} == {
            f"lab.example:{port}"
        }
        assert {urlsplit(url).scheme for url in visitor.requests} <= {"https", "wss", "data", "blob"}
        assert visitor.problems == []


def ask(port, path, host, tls=False):
    """The status of the answer."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = context.wrap_socket(connection, server_hostname="lab.example")
        with connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return int(connection.makefile("rb").readline().split()[1])


def test_probes_ask_the_apps_own_port_and_strangers_get_no_numbers_nor_in_by_another_name(lab):
    server, port = lab
    own = urlsplit(server.url).port
    assert ask(own, "/metrics", "127.0.0.1") == 200
    assert ask(port, "/metrics", "lab.example", tls=True) == 403
    assert ask(port, "/health", f"lab.example:{port}", tls=True) in (200, 503)  # 503: its workers are on their way
    assert ask(port, "/", "evil", tls=True) == 403
    assert ask(own, "/", "localhost") == 403


@contextmanager
def cluster(folder):
    """README's Dask cluster with TLS, key and log in a folder: (the environment of its commands, its address)."""
    blocks = readme_blocks()
    (key,) = (block for block in blocks if block.startswith("openssl "))
    (exports,) = (block for block in blocks if block.startswith("export "))
    (commands,) = (block for block in blocks if "dask scheduler" in block)
    subprocess.run(["bash", "-euc", key], cwd=folder, check=True, capture_output=True)
    shown = subprocess.run(["bash", "-euc", f"{exports}env -0"], cwd=folder, check=True, capture_output=True, text=True)
    environment = dict(pair.split("=", 1) for pair in shown.stdout.split("\0") if pair)
    port = free_port()
    commands = with_ours(
        commands,
        ("scheduler.example:8786", f"127.0.0.1:{port}"),
        ("--port 8786", f"--port {port}"),
        (".venv/bin/", f"{Path(sys.executable).parent}/"),
    )
    scheduler, worker, app = commands.splitlines()
    assert app.endswith("streamlit run app.py")
    started = []
    with Path(folder, "cluster.log").open("w") as log:
        try:
            for line in (scheduler, worker):
                command = f"exec env {line} --host 127.0.0.1 --no-dashboard"
                started.append(
                    subprocess.Popen(["bash", "-c", command], cwd=ROOT, env=environment, stdout=log, stderr=log)
                )
            yield environment, f"tls://127.0.0.1:{port}"
        finally:
            family = [member for one in started for member in psutil.Process(one.pid).children(recursive=True)]
            for one in reversed(started):
                one.terminate()
                one.wait(PATIENCE)
            _, left = psutil.wait_procs(family, timeout=PATIENCE)
            assert left == []


def test_a_sweep_trains_on_a_cluster_with_tls_and_nobody_without_the_key_is_let_in(tmp_path):
    sweep = ("dataset=blobs&labels=12&teacher=4&teacher_epochs=1&epochs=2", "--over", "temperature=1,4", "--json")
    with cluster(tmp_path) as (environment, address):
        done = subprocess.run(
            [sys.executable, "-m", "kd_core", "sweep", *sweep],
            cwd=ROOT,
            env=environment | {"KD_SCHEDULER": address},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr + (tmp_path / "cluster.log").read_text()
        assert len(json.loads(done.stdout.splitlines()[-1])["cells"]) == 2
        own = tmp_path / "kd.key", tmp_path / "kd.pem"
        other = write_certificate(tmp_path, "stranger")
        ask_for_scheduler(address, tls_of(own, own), patience=60)
        for stranger, tls in (
            (address, {}),
            (address, tls_of(own, other)),  # trusts the scheduler, and is not trusted
            (address, tls_of(other, own)),
            (address.replace("tls:", "tcp:"), {}),
        ):
            with pytest.raises(UnreachableError):
                ask_for_scheduler(stranger, tls, patience=1)


def ask_for_scheduler(address, tls, patience):
    """In a thread of its own: Playwright keeps an event loop in this one for as long as there is a browser."""
    with dask.config.set(tls), ThreadPoolExecutor() as beside:
        beside.submit(lambda: asyncio.run(reach(address, patience))).result()


def tls_of(trusted, shown):
    """Dask's configuration of a client that trusts one pair (key, certificate) and shows another."""
    values = {"ca-file": trusted[1], "client.key": shown[0], "client.cert": shown[1]}
    return {f"distributed.comm.tls.{name}": str(path) for name, path in values.items()}
