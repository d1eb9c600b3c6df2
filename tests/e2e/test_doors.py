"""Doors of the server: who gets in, what a page may load, what a wrong start says, what a dead server leaves."""

import os
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from pages.ui.links import PATH
from tests.e2e.server import ROOT, free_port
from tests.e2e.test_accessibility import PAGES
from tests.e2e.visitor import Visitor


def test_every_page_is_opened_in_light_and_dark_somewhere():
    """There, as wherever a visitor comes, what a page wants beyond its policy or from elsewhere is a problem."""
    assert set(PAGES) == {"" if name == "home" else name.replace("_", "-") for name in PATH}


# What somebody who can smuggle text into a page would try; elsewhere is another port of this machine.
ATTEMPTS = {
    "img-src": "document.body.append(Object.assign(new Image(), { src: elsewhere }))",
    "script-src-elem": "add('script', { src: elsewhere })",
    "script-src-attr": "add('div', { innerHTML: '<img src=data:, onerror=ran = 1>' })",
    "script-src": "setTimeout('ran = 1')",
    "style-src-elem": "add('link', { rel: 'stylesheet', href: elsewhere })",
    "connect-src": "fetch(elsewhere).catch(() => {})",
    "frame-src": "add('iframe', { src: elsewhere })",
    "object-src": "add('object', { data: elsewhere })",
    "media-src": "add('video', { src: elsewhere })",
    "base-uri": "document.head.append(Object.assign(document.createElement('base'), { href: elsewhere }))",
    "form-action": "add('form', { action: elsewhere }).submit()",
}


def test_nothing_from_elsewhere_is_loaded_sent_or_run(come, server):
    visitor = come(Visitor)
    page = visitor.page
    page.goto(f"{server.url}/when")
    visitor.wait_for_script()
    assert visitor.problems == []
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        page.evaluate(
            """([attempts, elsewhere]) => {
              Object.assign(window, { elsewhere, heard: [], ran: 0 });
              addEventListener("securitypolicyviolation", (event) => heard.push(event.effectiveDirective));
              window.add = (tag, values) => {
                const element = Object.assign(document.createElement(tag), values);
                document.body.append(element);
                return element;
              };
              for (const attempt of attempts) try { (0, eval)(attempt); } catch {}
            }""",
            [list(ATTEMPTS.values()), f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"],
        )
        page.wait_for_function("(count) => new Set(heard).size === count", arg=len(ATTEMPTS))
        assert set(page.evaluate("heard")) == set(ATTEMPTS)
        assert page.evaluate("ran") == 0
        elsewhere.setblocking(False)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    assert urlsplit(page.url).path == "/when"
    visitor.forbidden.clear(), visitor.elsewhere.clear()


STRANGERS = {
    "a name that somebody else has answered by this address": ["Host: evil", "Origin: http://evil"],
    "another host": ["Host: evil", "Origin: http://{host}"],
    "another origin": ["Host: {host}", "Origin: http://evil"],
    "another port of this machine": ["Host: {host}", "Origin: http://127.0.0.1:1"],
    "no origin": ["Host: {host}"],
    "no host": ["Origin: http://{host}"],
    "two hosts": ["Host: {host}", "Host: evil", "Origin: http://{host}"],
}


def upgraded(url, path, lines, version="1.1"):
    """The status of the answer to a WebSocket's handshake of these headers."""
    host = urlsplit(url).netloc
    handshake = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    request = [f"GET {path} HTTP/{version}", *(line.format(host=host) for line in lines), *handshake, key, "", ""]
    with socket.create_connection(("127.0.0.1", urlsplit(url).port)) as connection:
        connection.sendall("\r\n".join(request).encode())
        return int(connection.recv(4096).split()[1])


def test_what_was_refused_stands_in_the_log(server):
    assert upgraded(server.url, "/live/abc", ["Host: evil", "Origin: http://evil"]) == 403
    lines = [line for line in server.printed().splitlines() if "refused" in line]
    assert any("host=evil origin=http://evil path=/live/abc address=127.0.0.1" in line for line in lines)


@pytest.mark.parametrize("path", ["/_stcore/stream", "/live/abc"])
def test_both_sockets_open_to_the_apps_own_pages_only(server, path):
    assert upgraded(server.url, path, ["Host: {host}", "Origin: http://{host}"]) == 101
    for version in ("1.0", "1.1"):
        found = {why: upgraded(server.url, path, lines, version) for why, lines in STRANGERS.items()}
        assert set(found.values()) <= {400, 403}, found


def start(port, **settings):
    """Begin to start the app; nobody waits for it."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, stderr=subprocess.PIPE, text=True)


def test_a_start_that_goes_wrong_ends_with_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        starts = [
            start(free_port(), KD_WORKERS="many"),
            start(free_port(), KD_SCHEDULER=address),
        ]  # the second is accepted and never answered
        said = [process.communicate()[1] for process in starts]
    assert [process.returncode for process in starts] == [1, 1]
    assert said[0] == "KD Lab does not start: KD_WORKERS is 'many', but has to be a whole number from 1 to 64.\n"
    assert said[1] == f"KD Lab does not start: no Dask scheduler answers at KD_SCHEDULER={address} within 5 seconds.\n"


def test_a_port_that_is_taken_ends_the_start_with_a_sentence():
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(port)
        _, said = process.communicate()
    assert process.returncode == 1
    assert said.endswith(f"Port {port} is not available\n")
