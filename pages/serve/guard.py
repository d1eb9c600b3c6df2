"""Who is let in, and what a browser may do with what it gets: before every request and both kinds of WebSocket.

A page of a stranger can have its name answered by this machine's address (DNS rebinding); the browser then takes the
app for that stranger's own. Host still says the stranger's name, so only names that are served pass. An Origin has to
be the Host, port and all: other servers on the same machine are other origins. So a proxy has to pass Host on.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kd_core.messages import SHOWN, cut
from pages.serve.hosts import name_of
from pages.serve.logs import Sparing
from pages.serve.settings import Settings

sockets: Counter[str] = Counter()  # open WebSockets by address
_refused = Sparing("refused")


def inline_scripts() -> list[str]:
    """Hashes of the scripts that stand in Streamlit's page itself, as a policy names them."""
    page = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts]


def security_headers(frame_ancestors: tuple[str, ...]) -> dict[str, str]:
    """What every response carries: nothing comes from elsewhere, nothing goes there, nobody else frames it."""
    policy = {
        "default-src": "'self'",
        # Streamlit imports a component's script from a blob, and its numbers of 64 bits are WebAssembly.
        "script-src": " ".join(["'self'", "blob:", "'wasm-unsafe-eval'", *inline_scripts()]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(frame_ancestors),
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # links hold settings
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    options = {("'self'",): "SAMEORIGIN", ("'none'",): "DENY"}  # for browsers that know no frame-ancestors
    return headers | ({"X-Frame-Options": options[frame_ancestors]} if frame_ancestors in options else {})


class Guard:
    """The middleware."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.headers = security_headers(settings.frame_ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._open(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        if refusal := self.refusal(scope):
            status, sentence = refusal
            await PlainTextResponse(sentence, status)(scope, receive, send_with_headers)
        else:
            await self.app(scope, receive, send_with_headers)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = _address(scope)
        if self.refusal(scope):
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: HTTP status 403
            return
        sockets[address] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            sockets[address] -= 1
            if not sockets[address]:
                del sockets[address]

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and sentence, if this request is not let in."""
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        name = name_of(hosts[0]) if len(hosts) == 1 else None
        if name is None:
            found = 400, "A request has to name one host."
        elif name not in self.settings.hosts:
            found = 403, "This host is not served here. Whoever runs the server can add it to KD_HOSTS."
        elif not origins and scope["type"] == "websocket":
            found = 403, "A WebSocket has to say from which origin it comes."
        elif len(origins) > 1 or any(not _is_of(origin, hosts[0]) for origin in origins):
            found = 403, "A page of another origin may not ask here. A proxy has to pass on the Host of its visitors."
        elif scope["type"] == "websocket" and sockets[_address(scope)] >= self.settings.max_sockets:
            found = 403, "Too many connections are open from this address."
        else:
            return None
        said = {"host": ",".join(hosts), "origin": ",".join(origins), "path": scope["path"], "address": _address(scope)}
        _refused.log(why=found[1], **{name: cut(text, SHOWN) for name, text in said.items()})
        return found


def _is_of(origin: str, host: str) -> bool:
    return origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0].removeprefix("::ffff:") if client else ""
