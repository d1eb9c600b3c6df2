"""What people brought and a task needs, data and answers, as files: workers on other machines are given them."""

from __future__ import annotations

from kd_core.answers import store
from kd_core.own import prepared
from kd_core.own.source import digest_in
from kd_core.sources import provider_of


def is_brought(name: str) -> bool:
    """Whether it names something that somebody brought."""
    return provider_of(name) is not None or store.is_name(name)


def content_of(name: str) -> bytes:
    """It as one file. `DataError` if this machine does not hold it."""
    if store.is_name(name):
        return store.to_bytes(store.read(name))
    return prepared.to_bytes(prepared.read(digest_in(name)))


def keep(name: str, content: bytes) -> None:
    """Keep such a file on this machine."""
    if store.is_name(name):
        store.save(store.from_bytes(content))
    else:
        prepared.save(prepared.from_bytes(content))
