"""What a run or a sweep will cost, what it has cost, and its place in the queue, in words."""

from __future__ import annotations

from kd_core import jobs
from kd_core.jobs import Job
from pages.ui.messages import markdown
from pages.ui.numbers import number
from pages.ui.words import Words

SHOWN = 8.0  # seconds of computing from which on it is worth a word


def note(shown: Job, planned: Job, w: Words) -> str:
    """Markdown: why what is planned is too large for this server, else what it will cost, or what it has cost.

    `shown` is the job on screen; nothing is said of what costs little.
    """
    if shown.key != planned.key or shown.status == "stopped":
        if refusal := jobs.current().refusal(planned):
            return markdown(refusal, w.language)
        guess = jobs.current().guess(planned) or 0.0
        return w("about", time=duration(guess, w)) if guess >= SHOWN else ""
    if shown.guess is None or max(shown.guess, shown.computed) < SHOWN or shown.status == "failed":
        return ""
    if shown.is_live:
        return w("about", time=duration(shown.guess, w))
    return w("took", took=duration(shown.computed, w), guess=duration(shown.guess, w))


def queue(job: Job, w: Words) -> str:
    """Where it waits, if it does."""
    if job.place is None:
        return ""
    before, seconds = job.place
    return w("queue", before=before, time=duration(seconds, w))


def duration(seconds: float, w: Words) -> str:
    """Two digits: 40 s, 3.5 min."""
    if seconds < 90:
        return w("seconds", n=number(w, seconds, 0 if seconds >= 9.5 else 1))
    return w("minutes", n=number(w, seconds / 60, 0 if seconds >= 570 else 1))
