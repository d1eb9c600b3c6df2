"""Studies: what a generator yields on a worker reaches whoever asked, once for all who ask."""


def squares(count):
    """For the workers."""
    for number in range(count):
        yield number**2


def broken(count):
    """For the workers."""
    yield 0
    raise ValueError(f"{count} is not allowed: count is even.")


HERE = "tests.jobs.test_studies"


def ended(service, function, *arguments):
    study = service.call(service.study(f"{HERE}.{function}", *arguments))
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
    assert (study.status, study.message) == ("failed", "3 is not allowed: count is even.")
    assert ended(service, "broken", 3) is study
