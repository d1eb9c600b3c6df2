"""A server of one's own: `streamlit run app.py` in a fresh process, as somebody who tries the app starts it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds until a server that does not answer counts as broken


class ServerDiedError(RuntimeError):
    """The server has ended though nobody told it to."""


class Server:
    """A running server: its address, its process, what it has printed."""

    def __init__(self, port, process, log):
        self.url = f"http://127.0.0.1:{port}"
        self.process = psutil.Process(process.pid)
        self._log = log

    def printed(self):
        """What the server has printed so far."""
        return Path(self._log.name).read_text()

    def workers(self):
        """The processes that train."""
        return [child for child in self.process.children(recursive=True) if "spawn_main" in " ".join(child.cmdline())]


def has_torch(process):
    """Whether a process has loaded torch: the kernel knows which libraries are mapped into it."""
    return "libtorch" in Path(f"/proc/{process.pid}/maps").read_text()


@contextmanager
def serving(*options, port=None, **settings):
    """A fresh server that answers on this port or a free one, and has not served anything; ended with all its workers.

    Options are those of `streamlit run`, settings variables of its environment.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), *options]
    environment = {name: value for name, value in os.environ.items() if name != "KD_SCHEDULER"} | settings
    with (
        tempfile.NamedTemporaryFile("w", suffix=".log") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        server = Server(port, process, log)
        try:
            if not wait_until_it_answers(port, process):
                raise RuntimeError(f"The server did not start. It printed:\n{server.printed()}")
            yield server
            if process.poll() is not None:
                raise ServerDiedError(f"The server died with status {process.returncode}.\n{server.printed()}")
        finally:
            _end(process)


def _end(process):
    """End the server as one does with Ctrl-C or `kill`; its workers have to go with it."""
    if process.poll() is not None:
        return
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    process.terminate()
    _, left = psutil.wait_procs(family, timeout=PATIENCE)
    for survivor in left:
        survivor.kill()
    if left:
        raise RuntimeError(f"The server was told to end, and these processes of it did not: {left}.")


def wait_until_it_answers(port, process):
    """Whether somebody listens at this port of loopback before the process ends, or patience."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with socket.socket() as probe:  # only a connection: nothing is asked of the server, it stays fresh
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.01)
    return False


def free_port():
    """A port on loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
