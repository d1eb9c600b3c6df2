"""The workers: a cluster of this machine's own, or one that already stands."""

from __future__ import annotations

from multiprocessing import spawn
from typing import Any

import dask
from distributed import Client, LocalCluster, Status

from kd_core.jobs.seats import PER_WORKER
from kd_core.jobs.worker import WarmUp

_prepared = spawn.get_preparation_data


def _without_main(name: str) -> dict[str, Any]:
    """What a process that is begun is told, without the script that runs here.

    Python would run that there too: in a server whichever page a visitor had open just then, with all it imports.
    """
    return {key: value for key, value in _prepared(name).items() if not key.startswith("init_main")}


async def connect(workers: int, address: str | None) -> tuple[Any, Any]:
    """(client, cluster) of so many workers on this machine (TLS, loopback only); the cluster is None for an `address`.

    The address is that of a Dask scheduler, as in `KD_SCHEDULER`.
    """
    dask.config.set(
        {
            # Every event is delivered as it comes; the scheduler's own copy need not hold more than a few.
            "distributed.admin.low-level-log-length": 100,
            "distributed.scheduler.work-stealing": False,
            # Nobody looks at Dask's profile, and it takes half of what an idle worker takes (0.60 to 0.32 s in 8 s).
            "distributed.worker.profile.enabled": False,
            # A worker that hangs is ended and replaced, and what it did begins again elsewhere.
            "distributed.scheduler.worker-ttl": "20s",
            # A worker that is lost comes back. Dask gives up what is not there 15 seconds later, for good: where the
            # machine is busy that is one on its way, or one that was lost twice.
            "distributed.deploy.lost-worker-timeout": "1 week",
        }
    )
    spawn.get_preparation_data = _without_main
    cluster = None
    if address:
        client = await Client(address, asynchronous=True, name="kd-lab")
    else:
        cluster = await LocalCluster(
            n_workers=workers,
            threads_per_worker=PER_WORKER,
            processes=True,
            asynchronous=True,
            dashboard_address="127.0.0.1:0",
            security=True,
            host="127.0.0.1",
        )
        client = await Client(cluster, asynchronous=True)
    await client.register_plugin(WarmUp())
    return client, cluster


def replace_lost(cluster: LocalCluster, workers: int) -> None:
    """Begin anew the workers that nobody looks after any more: each has a nanny here, which can have ended too."""
    for name, nanny in list(cluster.workers.items()):
        if nanny.status in (Status.closed, Status.failed):
            del cluster.workers[name]
    if len(cluster.workers) < workers:
        cluster.scale(workers)
