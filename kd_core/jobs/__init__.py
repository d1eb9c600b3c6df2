"""Runs on Dask workers: submit, follow, steer, stop. The only folder that knows Dask, and it never imports torch."""

from __future__ import annotations

from kd_core.jobs.service import Jobs, Orders, Run, Study, SweepRun, current, serve, serve_in_thread

__all__ = ["Jobs", "Orders", "Run", "Study", "SweepRun", "current", "serve", "serve_in_thread"]
