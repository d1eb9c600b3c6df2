"""Whatever a link says is an experiment and a sweep, or one short sentence that can be seen."""

import pytest
from hypothesis import HealthCheck, given, settings

from kd_core.experiment import Experiment, ExperimentError
from kd_core.messages import LONGEST, UNSEEN
from kd_core.sweeps.grid import Sweep
from tests.core.strategies import hostile_queries

ILL_MEANT = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


def check(query):
    for kind in (Experiment, Sweep):
        try:
            asked = kind.from_query(query)
        except ExperimentError as problem:
            sentence = str(problem)
            assert 0 < len(sentence) <= LONGEST
            assert all(letter.isprintable() or letter == UNSEEN for letter in sentence)
            assert sentence.endswith((".", "…"))
        else:
            assert kind.from_query(asked.to_query()) == asked
    experiment, errors = Experiment.read(query)
    assert Experiment.from_query(experiment.to_query()) == experiment
    assert all(len(sentence) <= LONGEST for sentence in errors.values())


@settings(max_examples=300, **ILL_MEANT)
@given(hostile_queries())
def test_a_hostile_query_is_an_experiment_or_one_short_sentence(query):
    check(query)


@pytest.mark.slow
@settings(max_examples=20_000, **ILL_MEANT)
@given(hostile_queries())
def test_twenty_thousand_hostile_queries_are(query):
    check(query)
