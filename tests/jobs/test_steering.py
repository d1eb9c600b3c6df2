"""Two visitors of one link press whatever they like, in any order: each sees what they should, only they move it."""

from functools import lru_cache
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

import kd_core
from kd_core import Experiment
from kd_core.jobs import Orders
from tests.core.helpers import assert_same_snapshots

SHORT = Experiment(dataset="blobs", labels=12, teacher="8", teacher_epochs=2, student="4", epochs=6, seeds=2)
LAST = SHORT.teacher_epochs + 1 + SHORT.epochs  # position of the last snapshot
links = (SHORT.replace(seed=number) for number in count(1))
names = (f"visitor {number}" for number in count())
conditions = st.tuples(st.sampled_from([1.0, 4.0]), st.sampled_from([0.0, 0.5, 1.0]))


@lru_cache(maxsize=500)
def alone(experiment):
    return list(kd_core.run(experiment))


class Visitor:
    """As the playground's session: a run on screen, watched under a name, and where it should hold."""

    def __init__(self, service, experiment):
        self.service, self.run = service, None
        self.come(experiment)

    def come(self, experiment):
        self.name = next(names)
        self.show(self.service.call(self.service.open(experiment, self.name)))

    def leave(self):
        self.service.forget_viewer(self.run, self.name)
        self.run = None

    def show(self, run):
        """Watch this run from now on. One that was ours alone and held is not left waiting.

        What is to hold before it has begun holds once there is something to see.
        """
        if before := self.run:
            self.service.forget_viewer(before, self.name)
            if before is not run and before.is_held and not before.viewers:
                self.service.call(self.service.order(before, stop=True))
        self.service.add_viewer(run, self.name)
        self.run = run
        self.until(lambda: (run.is_paused and run.position >= 0) or run.orders.limit is None or not run.is_live)
        self.position = run.position if run.is_paused or not run.is_live else None

    def until(self, true):
        self.service.call(self.service.until(self.run, true, timeout=60), timeout=70)
        assert true()

    def order(self, **orders):
        self.show(self.service.call(self.service.order(self.run, self.name, **orders), timeout=120))


class Steering(RuleBasedStateMachine):
    """What the buttons offer is pressed; the page offers no step and no start while a run goes on."""

    def __init__(self, service):
        super().__init__()
        self.service = service

    @initialize()
    def arrive(self):
        link = next(links)
        self.visitors = [Visitor(self.service, link) for _ in range(2)]

    def teardown(self):
        for visitor in getattr(self, "visitors", []):
            visitor.leave()

    @rule(which=st.integers(0, 1))
    def start(self, which):
        visitor = self.visitors[which]
        if visitor.run.is_paused:
            visitor.order(limit=None)
        else:
            visitor.show(self.service.call(self.service.start(visitor.run.experiment.settled, visitor.name)))
        assert visitor.run.status in ("waiting", "running", "done")
        assert not visitor.run.is_paused

    @rule(which=st.integers(0, 1))
    def pause(self, which):
        visitor = self.visitors[which]
        seen, was_live = visitor.run.position, visitor.run.is_live
        visitor.order(limit=-1)
        assert visitor.run.is_paused or not visitor.run.is_live
        assert visitor.run.is_live <= was_live
        assert visitor.run.position >= seen

    @rule(which=st.integers(0, 1))
    def step(self, which):
        visitor = self.visitors[which]
        if visitor.run.is_paused:
            before = visitor.run.position
            visitor.order(limit=before + 1)
            assert visitor.run.position == min(before + 1, LAST)
        elif not visitor.run.is_live:
            orders = Orders(limit=SHORT.teacher_epochs + 1)
            experiment = visitor.run.experiment.settled
            visitor.show(self.service.call(self.service.start(experiment, visitor.name, orders)))
            assert (visitor.run.is_paused, visitor.run.position) == (True, SHORT.teacher_epochs + 1)

    @rule(which=st.integers(0, 1), condition=conditions)
    def change(self, which, condition):
        visitor = self.visitors[which]
        held = visitor.run.position if visitor.run.is_paused else None
        if not visitor.run.is_live:
            return
        visitor.order(steer=condition)
        run = visitor.run
        if held != LAST:  # where nothing is left to train, nothing hears it
            visitor.until(lambda: not run.is_live or run.experiment.heard_at(SHORT.epochs) == condition)
        if held is not None:
            assert (run.is_paused, run.position) == (True, held)

    @rule(which=st.integers(0, 1))
    def stop(self, which):
        visitor = self.visitors[which]
        before, seen = visitor.run.state, visitor.run.position
        visitor.order(stop=True)
        ends = {"paused": ["stopped"], "done": ["done"]}  # what goes on can end before it is stopped
        assert visitor.run.status in ends.get(before, ["stopped", "done"])
        assert visitor.run.position >= seen

    @rule(which=st.integers(0, 1))
    def refresh(self, which):
        visitor = self.visitors[which]
        experiment, was_held = visitor.run.experiment, visitor.position if visitor.run.is_paused else None
        visitor.leave()
        visitor.come(experiment)
        assert visitor.run.experiment == experiment
        assert visitor.run.status not in ("stopped", "failed")
        if visitor.run.is_paused:  # one's own run in hand, never one that the other holds
            assert visitor.position == was_held
            assert visitor.run is not self.visitors[1 - which].run

    @invariant()
    def nobody_else_has_moved_anything(self):
        for visitor in getattr(self, "visitors", []):
            run = visitor.run
            if visitor.position is None:
                assert run.status in ("waiting", "running", "done")
                assert not run.is_paused
            else:
                assert run.position == visitor.position

    @invariant()
    def numbers_are_those_of_the_link(self):
        """What was seen before a change was weighed with T and alpha of then; training is the same throughout."""
        weighed = [f"{part}_loss.{term}" for part in ("train", "test") for term in ("soft", "total")]
        for visitor in getattr(self, "visitors", []):
            seen, trained = visitor.run.snapshots, alone(visitor.run.experiment)
            assert_same_snapshots(seen, trained[: len(seen)], same_experiment=False, without=weighed)


def test_whatever_two_visitors_press_each_has_what_they_should_and_numbers_are_those_of_their_links(service):
    run_state_machine_as_test(
        lambda: Steering(service),
        settings=settings(
            max_examples=20, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
