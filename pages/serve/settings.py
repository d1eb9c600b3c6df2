"""What the environment says about the server, read once at its start: a table, and one sentence for what is wrong."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from streamlit import config

from kd_core.jobs.reach import UnreachableError, reach
from kd_core.messages import SHOWN, cut
from pages.serve.hosts import name_of, own_names
from pages.serve.logs import escaped

_SOURCE = re.compile(r"https?://(\*\.)?[a-z0-9.-]+(:[0-9]{1,5})?", re.ASCII)


class SettingError(Exception):
    """A setting is wrong; the argument is a sentence about it."""


def _hosts(text: str) -> frozenset[str]:
    names = {host.strip(): name_of(host.strip()) for host in text.split(",") if host.strip()}
    if not names or any(name is None or host.lower().rstrip(".") != name for host, name in names.items()):
        raise ValueError
    return frozenset(name for name in names.values() if name)


def _ancestors(text: str) -> tuple[str, ...]:
    sources = [source.strip("'") for source in text.lower().replace(",", " ").split()]
    if not sources or any(source not in ("self", "none") and not _SOURCE.fullmatch(source) for source in sources):
        raise ValueError
    if "none" in sources and len(sources) > 1:
        raise ValueError
    return tuple(f"'{source}'" if source in ("self", "none") else source for source in sources)


def _scheduler(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or not parts.port or parts.path or parts.username:
        raise ValueError
    return text


def _within(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return read


def _folder(text: str) -> Path:
    path = Path(text)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError:
        raise ValueError from None


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", text):
        raise ValueError
    return text


class Variable(NamedTuple):
    """An environment variable: what it means, what it is if it is unset or empty, what is allowed, how it is read."""

    meaning: str
    default: str
    allowed: str
    read: Callable[[str], Any]


VARIABLES = {
    "KD_HOSTS": Variable(
        "names by which visitors and probes may call the server",
        "this machine's, as far as it listens",
        "host names and addresses without port, separated by commas",
        _hosts,
    ),
    "KD_FRAME_ANCESTORS": Variable(
        "who may show the app in a frame",
        "self",
        "self, none, or origins such as https://moodle.example, separated by commas",
        _ancestors,
    ),
    "KD_SCHEDULER": Variable(
        "the Dask cluster that trains",
        "workers of the app's own",
        "tcp:// or tls://, host and port of a scheduler that answers",
        _scheduler,
    ),
    "KD_WORKERS": Variable("training workers of the app's own", "2", "a whole number from 1 to 64", _within(1, 64)),
    "KD_MAX_SECONDS": Variable(
        "the longest job, in seconds of computing", "600", "a whole number from 1 to 86400", _within(1, 86400)
    ),
    "KD_MAX_SOCKETS": Variable(
        "open WebSockets of one address; a page has one or two",
        "200",
        "a whole number from 1 to 100000",
        _within(1, 100_000),
    ),
    "KD_CACHE": Variable(
        "where results of studies are kept", "~/.cache/kd-lab", "a folder that can be written, or made", _folder
    ),
    "KD_DATA": Variable(
        "where image collections and uploaded data are kept",
        "~/.cache/kd-lab",
        "a folder that can be written, or made",
        _folder,
    ),
    "KD_DATA_MIRROR": Variable(
        "where image collections are fetched from: ADDRESS/mnist, ADDRESS/fashion, ADDRESS/kmnist",
        "their public mirrors",
        "an address that begins with http:// or https://",
        _address,
    ),
}


@dataclass(frozen=True)
class Settings:
    """All of it; a field is named as its variable, without KD_ and in small letters. Defaults are in `VARIABLES`."""

    hosts: frozenset[str]
    frame_ancestors: tuple[str, ...] = ("'self'",)
    scheduler: str = ""
    workers: int = 2
    max_seconds: int = 600
    max_sockets: int = 200
    cache: Path | None = None
    data: Path | None = None
    data_mirror: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """The settings of this environment.

        Raises:
            SettingError: for the first that is wrong.
        """
        given = {name: text for name in VARIABLES if (text := environment.get(name, "").strip())}
        values: dict[str, Any] = {}
        for name, text in given.items():
            try:
                values[name.removeprefix("KD_").lower()] = VARIABLES[name].read(text)
            except ValueError:
                raise SettingError(
                    f"{name} is '{escaped(cut(text, SHOWN))}', but has to be {VARIABLES[name].allowed}."
                ) from None
        return cls(**({"hosts": _hosts_of_streamlit()} | values))

    def told(self) -> dict[str, str]:
        """For the log: every setting as text."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        many = {name: ",".join(sorted(value)) for name, value in values.items() if isinstance(value, tuple | frozenset)}
        return {name: str(value or "") for name, value in (values | many).items()}


def _hosts_of_streamlit() -> frozenset[str]:
    """Names of the machine, and the one that Streamlit has been told to print."""
    printed = name_of(config.get_option("browser.serverAddress") or "localhost")
    return frozenset(own_names(config.get_option("server.address")) | ({printed} if printed else set()))


def settings_at_start(environment: Mapping[str, str]) -> Settings:
    """The settings, if the server can work with them; else the process ends with one sentence on stderr."""
    try:
        settings = Settings.read(environment)
        if settings.scheduler:
            with ThreadPoolExecutor() as beside:  # another thread: in this one an event loop is running already
                beside.submit(asyncio.run, reach(settings.scheduler)).result()
    except (SettingError, UnreachableError) as problem:
        raise SystemExit(f"KD Lab does not start: {problem}") from None
    return settings


def table() -> str:
    """All variables in Markdown, as README shows them."""
    rows = [f"| `{name}` | {one.meaning} | {one.default} | {one.allowed} |" for name, one in VARIABLES.items()]
    return "\n".join(["| variable | what it says | default | allowed |", "|---|---|---|---|", *rows])
