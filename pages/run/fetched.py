"""A collection of images that this server fetches once, for the first run that needs it: how far it has come."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import streamlit as st

from kd_core import mnist
from kd_core.experiment import Experiment
from pages.ui.again import draw_again
from pages.ui.words import words

MEGABYTE = 1e6
MNIST = "mnist"  # the data set and the domain


class Arrival(NamedTuple):
    """A collection that is not all here: its title, bytes that are, and bytes in all."""

    title: str
    done: int
    total: int


def arrival(dataset: str) -> Arrival | None:
    """How much of a data set is on this machine; None if nothing is missing, or if the workers are on others."""
    name = dataset.removesuffix("28")
    if name not in mnist.NAMES or os.environ.get("KD_SCHEDULER", "").strip() or mnist.is_here(name):
        return None
    collection, place, done = mnist.COLLECTIONS[name], mnist.folder() / name, 0
    for file, known in collection.files.items():
        # A file has its name when it is complete. Until then it has one beside it, and several processes may fetch it.
        sizes = [known.size] if (place / file).exists() else [0]
        for part in place.glob(f".{file}.*"):
            with suppress(OSError):  # it has been completed meanwhile
                sizes.append(part.stat().st_size)
        done += min(known.size, max(sizes))
    return Arrival(collection.title, done, sum(known.size for known in collection.files.values()))


def needed(experiment: Experiment) -> str:
    """Which data an experiment has to wait for: its own, or those of another domain that are real data too."""
    name = experiment.dataset
    return MNIST if experiment.target == MNIST and arrival(name) is None else name


def show_arrival(dataset: str, *, is_live: Callable[[], bool]) -> bool:
    """A bar for as long as a run, which `is_live`, waits for its data; returns whether there is one."""
    if arrival(dataset) is None or not is_live():
        return False

    def bar() -> None:
        missing = arrival(dataset)
        if missing is None or not is_live():
            st.rerun()
        st.progress(missing.done / missing.total, text=said(missing))

    draw_again(bar, every=0.4)
    return True


def said(missing: Arrival) -> str:
    """In words."""
    done, total = (f"{size / MEGABYTE:.0f}" for size in (missing.done, missing.total))
    return words("playground")("fetching", title=missing.title, done=done, total=total)


def announced(dataset: str) -> str:
    """What is said of data that the next run will fetch; "" if they are here."""
    missing = arrival(dataset)
    if missing is None:
        return ""
    return words("playground")("to_fetch", total=f"{missing.total / MEGABYTE:.0f}")
