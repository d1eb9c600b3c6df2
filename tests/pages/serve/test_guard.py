"""Who is let in: over real sockets, since what a Host header may be is settled there; and what responses carry."""

import asyncio
import socket
import threading

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from pages.serve import guard
from pages.serve.guard import Guard, security_headers
from pages.serve.settings import Settings

SETTINGS = Settings(hosts=frozenset({"lab.example", "127.0.0.1"}), max_sockets=2)
SOCKETS = ("/_stcore/stream", "/live/abc")
NAMES = ("lab.example", "lab.example:8443", "LAB.example", "127.0.0.1:8501")
STRANGE_HOSTS = {
    "another name": ["Host: evil"],
    "no name": ["Host:"],
    "a name with ours in it": ["Host: lab.example.evil"],
    "a link": ["Host: http://lab.example"],
    "a user": ["Host: evil@lab.example"],
    "two": ["Host: lab.example", "Host: evil"],
    "two in one": ["Host: lab.example, evil"],
    "a port that is none": ["Host: lab.example:x"],
    "nothing": [],
}
STRANGE_ORIGINS = {
    "another name": ["Origin: http://evil"],
    "another port": ["Origin: http://lab.example:3000"],
    "no web page": ["Origin: chrome-extension://lab.example"],
    "a sandbox": ["Origin: null"],
    "a link": ["Origin: http://lab.example/"],
    "a user": ["Origin: http://lab.example@evil"],
    "two": ["Origin: http://lab.example", "Origin: http://evil"],
    "two of one": ["Origin: http://lab.example", "Origin: http://lab.example"],
}


async def hello(request):
    return PlainTextResponse("hello", headers={"X-Frame-Options": "ALLOWALL"})


async def greet(socket):
    await socket.accept()
    await socket.send_text("hello")
    await socket.receive()


@pytest.fixture(scope="module")
def port():
    app = Starlette(
        routes=[Route("/", hello), *(WebSocketRoute(path, greet) for path in SOCKETS)],
        middleware=[Middleware(Guard, SETTINGS)],
    )
    config = uvicorn.Config(app, ws="websockets-sansio", lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


def asked(port, path, *lines, version="1.1"):
    """Send a request as it is written here: status, lines of headers and text of the answer."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall("\r\n".join([f"GET {path} HTTP/{version}", *lines, "", ""]).encode())
        with connection.makefile("rb") as answer:
            first, *headers = iter(lambda: answer.readline().decode().strip(), "")
            text = answer.read().decode() if "Connection: close" in lines else ""
    return int(first.split()[1]), headers, text


def status(port, path, *lines, **options):
    return asked(port, path, *lines, **options)[0]


def upgrade(port, path, *lines, **options):
    handshake = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    return status(port, path, *lines, *handshake, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", **options)


@pytest.mark.parametrize("name", NAMES)
def test_a_served_name_is_let_in_whatever_its_port(port, name):
    assert status(port, "/", f"Host: {name}") == 200
    assert status(port, "/", f"Host: {name}", f"Origin: https://{name.lower()}") == 200
    for path in SOCKETS:
        assert upgrade(port, path, f"Host: {name}", f"Origin: http://{name}") == 101


@pytest.mark.parametrize("lines", STRANGE_HOSTS.values(), ids=STRANGE_HOSTS)
def test_any_other_host_is_refused_also_where_the_origin_is_the_same(port, lines):
    origins = [f"Origin: http://{line.removeprefix('Host: ')}" for line in lines[:1]] or ["Origin: http://lab.example"]
    for version in ("1.0", "1.1"):
        assert status(port, "/", *lines, version=version) in (400, 403)
    for path in SOCKETS:
        assert upgrade(port, path, *lines, *origins) in (400, 403)


@pytest.mark.parametrize("lines", STRANGE_ORIGINS.values(), ids=STRANGE_ORIGINS)
def test_a_page_of_another_origin_is_refused(port, lines):
    assert status(port, "/", "Host: lab.example", *lines) == 403
    for path in SOCKETS:
        assert upgrade(port, path, "Host: lab.example", *lines) in (400, 403)  # 400 for two: that is the server's own


def test_a_socket_has_to_say_its_origin(port):
    for path in SOCKETS:
        assert upgrade(port, path, "Host: lab.example") == 403


@pytest.mark.parametrize(
    ("path", "host", "status"), [("/", "127.0.0.1", 200), ("/", "evil", 403), ("/x", "lab.example", 404)]
)
def test_every_answer_carries_the_headers_and_each_once(port, path, host, status):
    found, lines, _ = asked(port, path, f"Host: {host}", "Connection: close")
    assert found == status
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    for name, value in security_headers(("'self'",)).items():
        assert headers[name.lower()] == value
        assert sum(line.lower().startswith(f"{name.lower()}:") for line in lines) == 1


def test_a_refusal_is_a_sentence_and_what_to_do(port):
    _, headers, text = asked(port, "/", "Host: evil", "Connection: close")
    assert "content-type: text/plain; charset=utf-8" in headers
    assert text == "This host is not served here. Whoever runs the server can add it to KD_HOSTS."


def scope_of(kind="websocket", address="192.0.2.1", host="lab.example", origin="http://lab.example", path="/live/a"):
    headers = [(b"host", host.encode()), (b"origin", origin.encode())]
    return {"type": kind, "path": path, "headers": headers, "client": (address, 1)}


def test_one_address_has_so_many_sockets_and_gets_others_when_it_has_closed_some():
    async def journey():
        closed, opened = asyncio.Event(), []

        async def app(scope, receive, send):
            opened.append(scope["client"][0])
            await closed.wait()

        async def send(message):
            assert message == {"type": "websocket.close", "code": 1008}
            opened.append("refused")

        guarded = Guard(app, SETTINGS)
        holding = [asyncio.create_task(guarded(scope_of(), None, send)) for _ in range(2)]
        await asyncio.sleep(0)
        await guarded(scope_of(), None, send)
        holding.append(asyncio.create_task(guarded(scope_of(address="192.0.2.2"), None, send)))
        await asyncio.sleep(0)
        assert opened == ["192.0.2.1", "192.0.2.1", "refused", "192.0.2.2"]
        closed.set()
        await asyncio.gather(*holding)
        await guarded(scope_of(), None, send)
        assert opened[4:] == ["192.0.2.1"]

    before = guard.sockets.total()
    asyncio.run(journey())
    assert guard.sockets.total() == before


def test_a_refusal_is_logged_with_what_was_sent_cut_and_escaped(monkeypatch):
    said = []
    monkeypatch.setattr(guard._refused, "log", lambda **fields: said.append(fields))
    assert Guard(None, SETTINGS).refusal(scope_of(host="evil", path="/" + "x" * 200))[0] == 403
    (fields,) = said
    assert (fields["host"], fields["origin"], fields["address"]) == ("evil", "http://lab.example", "192.0.2.1")
    assert len(fields["path"]) == 60


def test_frames_are_for_whom_the_setting_names():
    own, nobody, moodle = (security_headers(who) for who in (("'self'",), ("'none'",), ("'self'", "https://m.example")))
    assert [headers.get("X-Frame-Options") for headers in (own, nobody, moodle)] == ["SAMEORIGIN", "DENY", None]
    assert "frame-ancestors 'self' https://m.example" in moodle["Content-Security-Policy"]


def test_the_policy_allows_no_script_that_is_made_of_text():
    policy = security_headers(("'self'",))["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src "))
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts
    assert scripts.count("'sha256-") == 1  # the one that stands in Streamlit's page
