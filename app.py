"""KD Lab: `streamlit run app.py` starts the app and its training workers."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from kd_core import Experiment, jobs
from pages.run import stream
from pages.serve import health, logs
from pages.serve.guard import Guard
from pages.serve.settings import settings_at_start

settings = settings_at_start(os.environ)
logs.configure()
# Seconds until a thread that computes lets another go on, instead of 0.005: an answer takes the event loop some hundred
# turns, and before each it waits for the scripts of other visitors.
sys.setswitchinterval(0.0001)


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Start the workers in the background, and the default run, so that the first visitor finds it trained."""
    logs.log("server_started", **settings.told())
    async with jobs.serve(settings.workers, jobs.Limits(seconds=settings.max_seconds)) as service:
        await service.open(Experiment())
        # With the collection after every rerun switched off (.streamlit/config.toml), what is imported by now
        # need never be looked at again: 59 ms less a rerun.
        gc.collect()
        gc.freeze()
        yield {}
    logs.log("server_ended")


app = st.App(
    "pages/navigation.py",
    lifespan=lifespan,
    routes=[*stream.routes, *health.routes],
    middleware=[Middleware(Guard, settings)],
)
