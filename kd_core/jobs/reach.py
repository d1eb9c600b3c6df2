"""Whether a Dask scheduler answers at an address, asked before anything waits for it."""

from __future__ import annotations

import asyncio

from distributed import Security
from distributed.core import rpc

PATIENCE = 5.0  # seconds


class UnreachableError(Exception):
    """No scheduler answers; the argument is a sentence about it."""


async def reach(address: str, patience: float = PATIENCE) -> None:
    """Return as soon as the scheduler has said who it is, by Dask's configuration of TLS.

    Raises:
        UnreachableError: if it does not within so many seconds.
    """
    try:
        async with asyncio.timeout(patience):
            arguments = Security().get_connection_args("client")
            async with rpc(address, timeout=patience, connection_args=arguments) as scheduler:
                await scheduler.identity(n_workers=0)
    except Exception as problem:  # refused, silent, another protocol, no certificate: Dask raises many kinds
        hint = " (tls:// needs Dask's configuration of TLS too)" if address.startswith("tls:") else ""
        raise UnreachableError(
            f"no Dask scheduler answers at KD_SCHEDULER={address} within {patience:g} seconds{hint}."
        ) from problem
