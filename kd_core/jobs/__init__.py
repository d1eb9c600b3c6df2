"""Jobs on Dask workers: runs, sweeps and studies. The only folder that knows Dask; it never imports torch here.

Read `tasks` (what a worker is asked), `worker` (how it works), `turns` (who computes), `records` (what followers see),
`cost` and `seats` (who may begin), `service` (`Jobs`: how it is submitted, followed, stopped), `cluster` (where workers
come from) and `serving` (who begins it) in that order.
"""

from __future__ import annotations

from kd_core.jobs.records import Job, Run, Study, SweepRun
from kd_core.jobs.service import UNBOUNDED, Jobs, Limits
from kd_core.jobs.serving import current, serve, serve_in_thread
from kd_core.jobs.tasks import Call, OnWorker, Orders, Remote

__all__ = [
    "UNBOUNDED",
    "Call",
    "Job",
    "Jobs",
    "Limits",
    "OnWorker",
    "Orders",
    "Remote",
    "Run",
    "Study",
    "SweepRun",
    "current",
    "serve",
    "serve_in_thread",
]
