"""What those who look after the server can ask."""

import asyncio
import re
from types import SimpleNamespace

import pytest

from kd_core import Experiment, jobs
from pages.serve import health
from pages.serve.health import exposition


def asked(service, answer):
    return service.call(answer(None))


def test_a_server_that_can_train_is_healthy(service):
    response = asked(service, health.health)
    assert (response.status_code, response.body) == (200, b"ok, 1 worker\n")


def without_workers(problem=None):
    """Of a scheduler that has no workers, or does not answer."""

    async def ask_for_workers():
        if problem:
            raise problem
        return {}

    return ask_for_workers


@pytest.mark.parametrize("problem", [None, OSError("gone"), TimeoutError()])
def test_a_server_without_workers_is_not_and_says_so_in_a_sentence(monkeypatch, problem):
    ready = asyncio.Event()
    ready.set()
    fake = SimpleNamespace(ready=ready, failure="", ask_for_workers=without_workers(problem))
    monkeypatch.setattr(jobs, "current", lambda: fake)
    response = asyncio.run(health.health(None))
    assert (response.status_code, response.body) == (503, b"No training worker answers.\n")


def test_a_server_whose_workers_are_on_their_way_or_failed_to_come_is_not(monkeypatch):
    for failure, sentence in (("", b"The training workers are starting.\n"), ("No space left.", b"No space left.\n")):
        fake = SimpleNamespace(ready=asyncio.Event(), failure=failure, ask_for_workers=without_workers(OSError()))
        monkeypatch.setattr(jobs, "current", lambda fake=fake: fake)
        response = asyncio.run(health.health(None))
        assert (response.status_code, response.body) == (503, sentence)


def test_numbers_are_in_prometheus_format_and_name_nobody(service):
    run = service.call(service.open(Experiment(dataset="blobs", seed=77_777, epochs=1, teacher_epochs=1), "visitor-7"))
    service.add_viewer(run, "visitor-7")
    service.call(service.ended(run))
    response = asked(service, health.metrics)
    service.forget_viewer(run, "visitor-7")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = response.body.decode()
    assert "77777" not in text
    assert "visitor" not in text
    assert run.id not in text
    values = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = re.fullmatch(r'([a-z_]+(?:\{(?:[a-z]+="[a-z]+",?)+\})?) ([0-9]+)', line)
            values[match[1]] = int(match[2])
    assert text.endswith("\n")
    assert values['kd_jobs{kind="run",status="done"}'] >= 1
    assert values["kd_workers"] == 1
    assert values["kd_viewers"] >= 1
    assert values["kd_queue"] == 0
    assert values["kd_web_memory_bytes"] > 10_000_000
    assert values["kd_worker_memory_bytes"] > 10_000_000


def test_every_metric_has_its_meaning_and_kind_before_its_values():
    assert exposition({"kd_a": ("How many.", {'{x="1"}': 2, '{x="2"}': 3})}) == (
        '# HELP kd_a How many.\n# TYPE kd_a gauge\nkd_a{x="1"} 2\nkd_a{x="2"} 3\n'
    )
