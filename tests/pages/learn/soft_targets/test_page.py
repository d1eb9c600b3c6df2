"""Soft targets: what the browser is sent is what the run says, and the far end of T waits for a guess."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from kd_core.experiment import Experiment
from kd_core.jobs import Jobs, Run
from kd_core.jobs.cost import of_run, seconds
from kd_core.messages import Message
from pages.learn.soft_targets.figures import clear_example, experiment_of, picture
from pages.ui.datasets import OFFERED
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, settle


def sent(page: AppTest) -> dict[str, Any]:
    """What the component is given."""
    (data,) = data_of(page, "kd_soft_targets")
    return dict(data)


def default_run(service: Jobs) -> Run:
    return service.call(service.open(Experiment()))


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_page_speaks_the_readers_language(learn: Learn, lang: str) -> None:
    page = learn("soft_targets", lang=lang)
    words = Words("soft_targets", lang)
    assert page.title[0].value == Words("frame", lang)("pages.soft_targets")
    assert sent(page)["words"] == words.get("view")
    assert sent(page)["actors"] == Words("frame", lang).get("actors")


def test_the_browser_gets_the_runs_digits_and_the_last_logits_of_all_three_networks(
    learn: Learn, service: Jobs
) -> None:
    data, run = sent(learn("soft_targets")), default_run(service)
    assert run.held_out is not None
    teacher = [snapshot for snapshot in run.snapshots if snapshot.phase == "teacher"][-1]
    actors = {**teacher.actors, **run.snapshots[-1].actors}
    assert set(data["logits"]) == set(actors) == {"teacher", "alone", "distilled"}
    for name, measures in actors.items():
        np.testing.assert_allclose(data["logits"][name], measures.example_logits, atol=1e-5)
    assert [example["label"] for example in data["examples"]] == run.held_out.labels.tolist()
    np.testing.assert_allclose([example["input"] for example in data["examples"]], run.held_out.inputs, atol=1e-3)
    assert data["complete"]
    assert data["status"] == ""


def test_the_digit_to_begin_with_is_one_that_all_three_get_right(learn: Learn) -> None:
    data = sent(learn("soft_targets"))
    start, label = data["start"], data["examples"][data["start"]]["label"]
    assert [int(np.argmax(logits[start])) for logits in data["logits"].values()] == [label] * 3


def test_the_far_end_of_t_and_the_answer_wait_for_the_guess(learn: Learn) -> None:
    words = Words("soft_targets", "en")
    page = learn("soft_targets")
    data = sent(page)
    assert (data["revealed"], data["low"], data["high"]) == (False, 1, Experiment().temperature)
    assert words("take_header") not in [expander.label for expander in page.expander]
    page.button(key="guess_soft_targets_swap").click().run()
    data = sent(page)
    assert (data["revealed"], data["low"], data["high"]) == (True, 1, 20)
    assert words("take_header") in [expander.label for expander in page.expander]
    assert words("verdict.swap") in [text.value for text in page.markdown]


@pytest.mark.parametrize("guess", ["same", "swap", "equal", ""])
def test_every_guess_has_its_verdict(learn: Learn, guess: str) -> None:
    page = learn("soft_targets", guesses={"soft_targets": guess})
    words = Words("soft_targets", "en")
    verdicts = {words(f"verdict.{name}") for name in ("same", "swap", "equal", "none")}
    assert verdicts & {text.value for text in page.markdown} == {words(f"verdict.{guess or 'none'}")}


def test_the_page_ends_in_links_to_both_ends_of_t_and_to_the_sweep_between(learn: Learn) -> None:
    links = {link.proto.label: parse_qs(link.proto.query_string) for link in learn("soft_targets").get("page_link")}
    words = Words("soft_targets", "en")
    assert links[words("to_one")] == {"temperature": ["1"]}
    assert links[words("to_twenty")] == {"temperature": ["20"]}
    assert links[words("to_sweep")]["over"] == ["temperature=1,2,4,8,20"]


def test_while_it_trains_the_page_shows_what_there_is(learn: Learn, service: Jobs) -> None:
    learn("soft_targets")
    done, words = default_run(service), Words("soft_targets", "en")
    early = Run(experiment=done.experiment, status="running", held_out=done.held_out, snapshots=done.snapshots[:4])
    data = picture(early, words, revealed=False, guessed=False)
    assert set(data["logits"]) == {"teacher"}
    assert data["status"] == words("status.teacher", epoch=3, epochs=done.experiment.teacher_epochs)
    assert not data["complete"]
    late = Run(experiment=done.experiment, status="running", held_out=done.held_out, snapshots=done.snapshots[:-1])
    data = picture(late, words, revealed=False, guessed=False)
    assert set(data["logits"]) == {"teacher", "alone", "distilled"}
    assert data["status"] == words("status.students", epoch=99, epochs=done.experiment.epochs)


def test_a_link_holds_digit_temperature_class_and_own_logits(learn: Learn) -> None:
    own = "1 2 3 4 5 6 7 8 9 -10.5"
    page = learn("soft_targets", digit="3", temperature="2", logits=own, **{"class": "7"})
    numbers = [*range(1, 10), -10.5]
    assert sent(page)["chosen"] == {"digit": 3, "temperature": 2, "of": 7, "logits": numbers}
    kept = {"digit": "3", "temperature": "2", "class": "7", "logits": own}
    assert {name: page.query_params[name] for name in kept} == kept


def test_nothing_chosen_leaves_the_address_alone(learn: Learn) -> None:
    page = learn("soft_targets")
    assert sent(page)["chosen"] == {"digit": None, "temperature": 4, "of": None, "logits": []}
    assert not dict(page.query_params)


def test_a_links_temperature_beyond_the_lock_is_shown_without_the_answer(learn: Learn) -> None:
    data = sent(learn("soft_targets", temperature="8"))
    assert (data["chosen"]["temperature"], data["high"], data["revealed"], data["guessed"]) == (8, 20, True, False)
    assert sent(learn("soft_targets", temperature="4"))["high"] == 4


@pytest.mark.parametrize(
    "field",
    [{"temperature": "21"}, {"temperature": "nan"}, {"digit": "20"}, {"class": "ten"}, {"logits": "1 2 3"}],
)
def test_what_is_not_allowed_in_a_link_is_told_of(learn: Learn, field: dict[str, str]) -> None:
    page = learn("soft_targets", **field)
    assert sent(page)["chosen"] == {"digit": None, "temperature": 4, "of": None, "logits": []}
    assert next(iter(field)) in page.warning[0].value


# Other data


def test_a_link_opens_the_page_on_another_data_set(learn: Learn, service: Jobs) -> None:
    page = learn("soft_targets", dataset="iris", digit="5")
    data, experiment = sent(page), experiment_of("iris")
    run = service.call(service.open(experiment))
    assert (experiment.splits, experiment.seeds, experiment.teacher) == (1, 5, "32-32")
    assert data["classes"] == list(experiment.source.class_names)
    assert run.held_out is not None
    assert [example["label"] for example in data["examples"]] == run.held_out.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert data["image"] is None
    assert [len(example["input"]) for example in data["examples"]] == [4] * 6
    assert np.shape(data["logits"]["teacher"]) == (6, 3)
    assert data["chosen"]["digit"] == 5
    assert Experiment.read(data["query"]) == (experiment, {})
    assert {name: page.query_params[name] for name in ("dataset", "digit")} == {"dataset": "iris", "digit": "5"}
    links = {link.proto.label: link.proto.query_string for link in page.get("page_link")}
    assert Experiment.from_query(links[Words("soft_targets", "en")("to_one")]) == experiment.replace(temperature=1)


def test_on_another_data_set_everything_begins_anew(learn: Learn, service: Jobs) -> None:
    own = "1 2 3 4 5 6 7 8 9 -10.5"
    page = learn("soft_targets", digit="3", temperature="2", logits=own, **{"class": "7"})
    page.selectbox(key="soft_targets_dataset").set_value("wine")
    settle(page.run(), service)
    assert sent(page)["dataset"] == "wine"
    assert sent(page)["chosen"] == {"digit": None, "temperature": 4, "of": None, "logits": []}
    assert dict(page.query_params) == {"dataset": "wine"}
    assert not page.warning


@pytest.mark.parametrize("dataset", ["blobs", "breast", "mnist28", "own-0123456789abcdef0123456789abcdef", "x"])
def test_data_without_three_classes_or_pictures_are_told_of_and_digits_stand_in(learn: Learn, dataset: str) -> None:
    page = learn("soft_targets", dataset=dataset)
    assert sent(page)["dataset"] == "digits"
    assert "digits, mnist, fashion, kmnist, wine, iris" in page.warning[0].value


@pytest.mark.parametrize("dataset", OFFERED)
def test_the_teacher_of_every_data_set_that_is_offered_takes_seconds(dataset: str) -> None:
    experiment = experiment_of(dataset)
    assert not experiment.teacher_network.convolutions
    assert seconds(of_run(experiment)) < 10


def test_what_has_failed_is_not_said_to_train(learn: Learn, service: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    learn("soft_targets")
    failed = Run(experiment=Experiment(), status="failed", message=Message("data_not_kept"))
    monkeypatch.setattr(Jobs, "open", returning(failed))
    page = learn("soft_targets")
    assert "the folder cannot be written to" in page.error[0].value
    assert not page.info


def returning(run: Run) -> Any:
    async def opened(*_: Any) -> Run:
        return run

    return opened


def test_the_clear_example_is_the_closest_race_that_all_win() -> None:
    teacher = np.array([[9.0, 0, 0], [3, 2, 0], [5, 1, 3], [0, 1, 0.5]])
    student = np.array([[1.0, 0, 0], [0, 1, 0], [2, 1, 0], [0, 1, 0]])
    # Distances 9, 1, 2 and 0.5; the student errs on the second, and both on the last.
    assert clear_example({"teacher": teacher, "distilled": student}, [0, 0, 0, 2]) == 2
