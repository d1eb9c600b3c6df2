"""KD Lab: `streamlit run app.py` starts the app and its training workers."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st

from kd_core import Experiment, jobs
from pages.run.stream import routes


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Start the workers in the background, and the default run, so that the first visitor finds it trained."""
    async with jobs.serve() as service:
        await service.open(Experiment())
        # With the collection after every rerun switched off (.streamlit/config.toml), what is imported by now
        # need never be looked at again: 59 ms less a rerun.
        gc.collect()
        gc.freeze()
        yield {}


app = st.App("pages/navigation.py", lifespan=lifespan, routes=routes)
