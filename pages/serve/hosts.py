"""Names of hosts, as they stand in a Host header, in an Origin and in settings."""

from __future__ import annotations

import re
import socket
from ipaddress import IPv6Address

import psutil  # type: ignore[import-untyped]

EVERYWHERE = (None, "", "0.0.0.0", "::")
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?\.?)(:(?P<port>[0-9]{1,5}))?", re.ASCII)


def name_of(host: str) -> str | None:
    """The name in `name` or `name:port`, written in one way only; None if that is no name of a host."""
    match = _HOST.fullmatch(host.lower())
    if match is None or int(match["port"] or 0) > 65535:
        return None
    name = match["name"]
    if not name.startswith("["):
        return name.removesuffix(".")
    try:
        return f"[{IPv6Address(name[1:-1]).compressed}]"
    except ValueError:
        return None


def in_brackets(address: str) -> str:
    """An IP address as it stands in a link."""
    return f"[{address.partition('%')[0]}]" if ":" in address else address


def own_names(listens_at: str | None) -> set[str]:
    """What this machine is called by those who can reach a server that listens at this address."""
    names = {"localhost", "127.0.0.1", "[::1]"}
    if listens_at in EVERYWHERE:
        host = socket.gethostname()
        families = (socket.AF_INET, socket.AF_INET6)
        found = [entry for entries in psutil.net_if_addrs().values() for entry in entries if entry.family in families]
        names |= {host, f"{host}.local", *(in_brackets(entry.address) for entry in found)}
    elif listens_at:
        names.add(in_brackets(listens_at))
    return {name for name in map(name_of, names) if name}
