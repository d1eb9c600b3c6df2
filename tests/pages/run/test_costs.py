"""What is said of what a run costs, and when nothing is."""

from __future__ import annotations

import asyncio

import pytest

from kd_core import Experiment, jobs
from kd_core.jobs import Jobs, Limits, Run, SweepRun
from kd_core.sweeps.grid import Sweep
from pages.run import costs
from pages.ui.words import Words

EN, DE = Words("cost", "en"), Words("cost", "de")
CHEAP, DEAR = Experiment(), Experiment(epochs=500, seeds=20, student="64", labels=0)


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    async def make() -> Jobs:
        return Jobs(Limits(seconds=1000))

    service = asyncio.run(make())
    monkeypatch.setattr(jobs, "current", lambda: service)
    return service


def test_of_what_costs_little_nothing_is_said() -> None:
    run = Run(experiment=CHEAP, guess=1.0, computed=1.2, status="done")
    assert costs.note(run, Run(experiment=CHEAP), EN) == ""
    assert costs.note(run, Run(experiment=CHEAP.replace(temperature=2)), EN) == ""


def test_what_is_planned_and_dear_is_guessed_and_grows_with_the_slowness_of_the_machine(server: Jobs) -> None:
    run = Run(experiment=CHEAP, guess=1.0, status="done")
    assert server.guess(Run(experiment=DEAR)) == pytest.approx(jobs_seconds(DEAR))
    said = costs.note(run, Run(experiment=DEAR), EN)
    assert said.startswith("About ")
    assert costs.duration(jobs_seconds(DEAR), EN) in said
    server.slowness = 3.0
    assert costs.duration(3 * jobs_seconds(DEAR), EN) in costs.note(run, Run(experiment=DEAR), EN)


def jobs_seconds(experiment: Experiment) -> float:
    from kd_core.jobs import cost

    return cost.seconds(cost.of_run(experiment))


def test_what_is_done_says_how_far_the_guess_was_off() -> None:
    run = Run(experiment=DEAR, guess=40.0, computed=52.0, status="done")
    assert costs.note(run, Run(experiment=DEAR), EN) == "Took 52 s of computing; the guess was 40 s."
    assert costs.note(run, Run(experiment=DEAR), DE) == "52 s Rechenzeit; geschätzt waren 40 s."


def test_what_is_too_large_says_what_would_be_small_enough(server: Jobs) -> None:
    server.limits = Limits(seconds=20)
    large = DEAR.replace(epochs=400)
    said = costs.note(Run(experiment=CHEAP, status="done"), Run(experiment=large), EN)
    assert "this server allows 1 min" in said
    setting = said.split("small enough: ")[1].rstrip(".").split(", ")[0].replace("\\", "")
    name, value = setting.split("=")
    assert server.refusal(Run(experiment=large.replace(**{name: value}))) is None


def test_memory_has_a_bound_of_its_own(server: Jobs) -> None:
    server.limits = Limits(seconds=1e9, memory=2**26)
    refusal = server.refusal(Run(experiment=Experiment(student="1024-1024", seeds=20)))
    assert refusal is not None
    assert "this server allows 64 MB" in refusal


def test_a_sweep_is_guessed_too(server: Jobs) -> None:
    sweep = Sweep.parse(DEAR, ["temperature=1,2,4,8"])
    dear = SweepRun(sweep=sweep)
    assert (server.guess(dear) or 0) > (server.guess(Run(experiment=DEAR)) or 0)
    server.limits = Limits(seconds=10)
    assert server.refusal(dear) is not None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.44, "0.4 s"), (9.4, "9.4 s"), (40.2, "40 s"), (89, "89 s"), (150, "2.5 min"), (900, "15 min")],
)
def test_durations_have_two_digits(seconds: float, said: str) -> None:
    assert costs.duration(seconds, EN) == said


def test_who_does_not_wait_is_told_no_place() -> None:
    run = Run(experiment=CHEAP)
    assert costs.queue(run, EN) == ""
    run.place = (3, 130.0)
    assert costs.queue(run, EN) == "Waiting for its turn: 3 before it, about 2.2 min."
