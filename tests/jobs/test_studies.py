"""Studies: what a generator yields on a worker reaches whoever asked, once for all who ask."""

from itertools import count

from kd_core.jobs import Remote
from kd_core.jobs.worker import deliver
from kd_core.messages import Message


def squares(most):
    """For the workers."""
    for number in range(most):
        yield number**2


def broken(number):
    """For the workers."""
    yield 0
    raise ValueError(f"{number} is not allowed: number is even.")


def endless():
    """For the workers: yields for ever, with a little work before each value."""
    for number in count():
        yield number, sum(range(200_000))


HERE = "tests.jobs.test_studies"


def ended(service, function, *arguments):
    study = service.call(service.study(Remote(HERE, function), *arguments))
    service.call(service.ended(study))
    return study


def test_all_values_arrive_in_their_order(service):
    study = ended(service, "squares", 5)
    assert (study.status, study.values) == ("done", [0, 1, 4, 9, 16])


def test_who_asks_the_same_gets_the_same_study_and_who_asks_another_does_not(service):
    assert ended(service, "squares", 3) is ended(service, "squares", 3)
    assert ended(service, "squares", 3) is not ended(service, "squares", 4)


def test_a_study_that_fails_says_why_and_is_not_tried_again_and_again(service):
    study = ended(service, "broken", 3)
    assert (study.status, study.message) == ("failed", "3 is not allowed: number is even.")
    assert isinstance(study.message, Message)
    assert ended(service, "broken", 3) is study


def test_a_study_can_be_stopped_keeps_what_it_had_and_leaves_its_worker_free(service):
    study = service.call(service.study(Remote(HERE, "endless")))
    service.call(service.until(study, lambda: len(study.values) >= 3))
    read, kept = study.values, list(study.values)
    service.call(service.until(study, lambda: len(study.values) > len(kept)))
    service.call(service.order(study, stop=True))
    seen = study.values
    service.call(service.until(study, lambda: study.is_at_rest))
    assert (study.status, study.is_at_rest) == ("stopped", True)
    assert study.values == seen == [(number, 19_999_900_000) for number in range(len(seen))]
    assert read == kept == seen[: len(kept)]  # what was read before is as it was

    async def at_it_still():
        return await service._client.run(deliver, study.parts[0].attempt, study.orders)

    assert set(service.call(at_it_still()).values()) == {None}
    again = service.call(service.study(Remote(HERE, "endless")))
    assert again is not study
    service.call(service.until(again, lambda: len(again.values) >= 1))
    service.call(service.order(again, stop=True))
    service.call(service.until(again, lambda: again.is_at_rest))
    assert again.is_at_rest
