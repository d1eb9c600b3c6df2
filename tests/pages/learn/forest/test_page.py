"""From forest to network: what is shown belongs to what is chosen, the guess comes first, links say what they do."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kd_core.experiment import Experiment
from kd_core.jobs import Call, Jobs, OnWorker, Study
from kd_core.own.prepared import save
from kd_core.own.source import name_of
from kd_core.own.upload import prepare
from kd_core.sweeps.grid import Sweep
from pages.learn.forest import figures as shown
from pages.learn.forest.analysis import Found, OfSplit, OfTeacher, behind, best_teachers, most_accurate
from pages.learn.forest.cases import start_of
from pages.ui.links import query_of
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, links, settle, study_of, text
from tests.pages.lab.data.files import table

RUNS = OnWorker("pages.learn.forest.runs")
EN, DE = (Words("forest", language) for language in ("en", "de"))
LANGUAGES = pytest.mark.parametrize("w", [EN, DE], ids=["en", "de"])
QUICK = {"dataset": "iris", "teacher_kind": "logistic"}  # a second of one core
EXPERIMENT = start_of("iris", "logistic")


def found_of(service: Jobs, experiment: Experiment = EXPERIMENT) -> Found:
    study = study_of(service, RUNS.compare, experiment)
    assert study.status == "done", study.message
    return Found([value for value in study.values if isinstance(value, OfSplit)])


def charts(page: AppTest) -> list[str]:
    """What the charts of the page say in words."""
    return [data["text"] for data in data_of(page, "kd_chart")]


def boxes(page: AppTest) -> list[str]:
    return [box.value for box in (*page.warning, *page.error)]


@LANGUAGES
def test_what_is_shown_is_what_was_trained(learn: Learn, service: Jobs, w: Words) -> None:
    page = learn("forest", lang=w.language, **QUICK)
    found = found_of(service)
    assert shown.accuracy(w, found, "logistic").text == charts(page)[0]
    assert shown.cost(w, found, "logistic").text == charts(page)[1]
    assert shown.headline(w, found, "logistic") in text(page)
    assert all(line in text(page) for line in shown.differences(w, found, "logistic"))
    assert shown.costs(w, found) in text(page)
    assert page.table[0].value.to_dict("records") == shown.table(w, found, "logistic")
    assert shown.setting(w, EXPERIMENT) in [caption.value for caption in page.caption]


def test_until_the_last_split_there_is_no_verdict(learn: Learn, service: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    learn("forest", **QUICK)
    known = study_of(service, RUNS.compare, EXPERIMENT)
    half = Study[Any](call=Call.of(RUNS.compare, EXPERIMENT), status="running")
    half.values = [value for value in known.values if value.split < 2]
    with monkeypatch.context() as patch:
        patch.setitem(service._shared, (Study, half.key), half)
        page = learn("forest", **QUICK)
        assert charts(page)[0] != EN("accuracy.alt_empty")
        assert "Distilled minus alone" not in text(page)
        half.status = "done"


def test_a_small_table_is_said_to_tell_nothing(learn: Learn) -> None:
    assert any("50 test examples cannot tell" in box for box in boxes(learn("forest", **QUICK)))


def test_a_temperature_above_two_is_warned_of(learn: Learn) -> None:
    assert EN("hot") not in boxes(learn("forest", **QUICK, temperature="2"))
    assert EN("hot") in boxes(learn("forest", **QUICK, temperature="2.5"))


def test_a_link_is_an_experiment_and_holds_what_is_chosen(learn: Learn, service: Jobs) -> None:
    chosen = {
        "labels": "50",
        "temperature": "1.5",
        "alpha": "0.25",
        "student": "8",
        "extra": "1",
        "extra_kind": "mixup",
    }
    page = learn("forest", **QUICK, **chosen)
    assert not boxes(page)[1:]  # of the small table only
    experiment = EXPERIMENT.replace(labels=50, temperature=1.5, alpha=0.25, student="8", extra=1, extra_kind="mixup")
    assert shown.costs(EN, found_of(service, experiment)) in text(page)
    assert all(page.query_params[name] in (value, [value]) for name, value in chosen.items())
    assert links(page)[EN("hinges.playground")] == {name: values[-1] for name, values in query_of(experiment).items()}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("labels", "7"),
        ("labels", "1000"),  # more than iris has
        ("teacher_kind", "network"),
        ("teacher_kind", "oracle"),
        ("temperature", "nan"),
        ("alpha", "2"),
        ("student", "c8"),
        ("splits", "1"),
        ("extra", "-1"),
        ("extra_kind", "rest"),
        ("dataset", "blobs"),
        ("dataset", "own-0123456789abcdef0123456789abcdef"),
    ],
)
def test_what_a_link_may_not_say_is_told_in_one_sentence(learn: Learn, name: str, value: str) -> None:
    page = learn("forest", **{**QUICK, name: value})
    (told,) = [box for box in boxes(page) if "is not allowed here" in box]
    assert name.replace("_", "\\_") in told or name in told
    assert name not in page.query_params or name == "dataset"


def test_the_sweep_is_of_this_student_and_goes_through_what_is_on_screen(learn: Learn) -> None:
    page = learn("forest", **QUICK, learning_rate="0.05")
    (link,) = [link for link in page.get("page_link") if link.proto.label == EN("hinges.sweep")]
    sweep = Sweep.from_query(link.proto.query_string)
    assert sweep.base == EXPERIMENT.replace(learning_rate=0.05, splits=1, seeds=5)
    assert 0.05 in dict(sweep.over)["learning_rate"]


def test_another_pipeline_begins_with_its_own_number_of_trees(learn: Learn, service: Jobs) -> None:
    page = learn("forest", dataset="iris", teacher_kind="logistic", teacher_trees="30")
    page.selectbox(key="forest_teacher_kind").select(shown.kind_name(EN, "histogram")).run()
    settle(page, service)
    assert "teacher_trees" not in page.query_params
    assert found_of(service, start_of("iris", "histogram"))


def test_six_teachers_train_once_one_has_guessed(learn: Learn, service: Jobs) -> None:
    page = learn("forest", **QUICK)
    assert service.asked(Study, Call.of(RUNS.teach, "iris")) is None
    assert EN("teachers.alt_empty") in charts(page)
    page.button(key="guess_forest_teachers_iris_svm").click().run()
    settle(page, service)
    taught = [value for value in study_of(service, RUNS.teach, "iris").values if isinstance(value, OfTeacher)]
    best, first = best_teachers(taught), most_accurate(taught)
    by_kind = {one.kind: one for one in taught}
    assert shown.judged(EN, "svm", best) in text(page)
    assert shown.taught_by(EN, taught, best, first, behind(by_kind[best[0]], first)) in text(page)
    assert shown.teachers(EN, taught, best).text == charts(page)[2]


def test_data_of_ones_own_are_compared_too(learn: Learn, service: Jobs) -> None:
    name = name_of(save(prepare(table(), "trees.csv")))
    page = learn("forest", dataset=name, teacher_kind="logistic")
    assert page.selectbox(key="forest_dataset").value == name
    assert shown.headline(EN, found_of(service, start_of(name, "logistic")), "logistic") in text(page)
