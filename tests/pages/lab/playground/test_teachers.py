"""Any teacher and any domain in the playground: what is offered, what comes along, what is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from kd_core import Experiment
from kd_core.experiment import SETTINGS
from kd_core.jobs import Jobs
from kd_core.kinds import KINDS, PIPELINES
from pages.run.reading import reading
from pages.run.settings import has_meaning
from pages.ui.words import Words
from tests.pages.conftest import of_another_default, settle

Open = Callable[[str], AppTest]
QUICK = "dataset=blobs&teacher=8&teacher_epochs=2&student=4&epochs=3&seeds=2"
PIXELS = "labels=40&teacher=8&teacher_epochs=1&teacher_trees=5&student=4&epochs=1&seeds=2"
ELSEWHERE = {"schedule": "", "teacher_kind": "teacher_is", "teacher_weights": "teacher_weight_0"}
OF_TEACHERS = {name for kind in KINDS.values() for name in kind.settings}


def widgets(page: AppTest, *, enabled: bool = False) -> set[str]:
    kinds = (page.selectbox, page.slider, page.number_input, page.toggle, page.text_input)
    return {str(widget.key) for kind in kinds for widget in kind if not (enabled and widget.disabled)}


def choose(page: AppTest, key: str, option: str) -> AppTest:
    page.selectbox(key=key).set_value(option).run()
    assert not page.exception, page.exception
    return page


def teacher_line(page: AppTest) -> str:
    return next(one.proto.body for one in page.get("html") if "kd-teacher" in one.proto.body and "<p" in one.proto.body)


@pytest.mark.parametrize(
    "query",
    [
        QUICK,
        f"{QUICK}&target=moved",
        PIXELS,
        f"{PIXELS}&target=thick&extra=1&extra_kind=mixup&shift=1",
        f"{PIXELS}&teacher_kind=network%2Bforest&teacher_weights=1:2&validation=0.2",
        *(f"{PIXELS}&teacher_kind={kind}" for kind in PIPELINES),
    ],
)
def test_every_setting_that_has_a_meaning_has_a_widget_and_no_other_can_be_moved(playground: Open, query: str) -> None:
    page = playground(query.replace("%2B", "+"))
    shown = widgets(page, enabled=True)
    experiment = page.session_state.draft
    for name in SETTINGS:
        if key := ELSEWHERE.get(name, name):
            assert (key in shown) == has_meaning(experiment, name), name
    assert of_another_default(page) == []


def test_another_kind_brings_its_temperature_unless_it_was_moved(playground: Open) -> None:
    page = choose(playground(QUICK), "teacher_is", "forest")
    assert page.slider(key="temperature").value == 1
    assert page.query_params["teacher_kind"] == "forest"
    assert "temperature" not in page.query_params  # it is what such a link starts from
    assert choose(page, "teacher_is", "network").slider(key="temperature").value == 4
    page.slider(key="temperature").set_value(6.0).run()
    assert choose(page, "teacher_is", "svm").slider(key="temperature").value == 6
    assert page.query_params["temperature"] == "6"


def test_a_forest_trains_and_the_reading_names_it(playground: Open, service: Jobs) -> None:
    page = choose(playground(QUICK), "teacher_is", "forest")
    page.number_input(key="teacher_trees").set_value(20).run()
    page = settle(page.button(key="start").click().run(), service)
    run = page.session_state.run
    assert run.experiment == Experiment.from_query(f"{QUICK}&teacher_kind=forest&teacher_trees=20")
    assert run.status == "done"
    assert "random forest of 20 trees" in teacher_line(page)
    assert not any("kd-net kd-net-teacher" in one.proto.body for one in page.get("html"))
    teacher = run.snapshots[len(run.experiment.teacher_curve) - 1]
    says = reading(teacher, run.snapshots[-1], Words("reading", "en")).more
    assert says.startswith("The teacher (random forest of 20 trees) gets")


def test_reset_holds_before_the_first_step_of_the_students_whatever_teaches(playground: Open, service: Jobs) -> None:
    page = playground(f"{QUICK}&teacher_kind=forest&teacher_trees=20")
    page = settle(page.button(key="reset").click().run(), service)
    last = page.session_state.run.snapshots[-1]
    assert (last.phase, last.epoch) == ("students", 0)
    page = settle(page.button(key="step").click().run(), service)
    assert page.session_state.run.snapshots[-1].epoch == 1


def test_several_are_ticked_and_one_is_taken_out_by_its_weight(playground: Open) -> None:
    page = choose(playground(QUICK), "teacher_is", "several")
    assert page.query_params["teacher_kind"] == "network+forest"
    page.checkbox(key="teacher_has_knn").check().run()
    assert page.session_state.draft.kinds == ("network", "forest", "knn")
    page.number_input(key="teachers").set_value(2).run()
    assert len(page.session_state.draft.members) == 5
    page.button(key="teacher_weight_1_remove").click().run()
    assert page.query_params["teacher_weights"] == "1:0:1:1:1"
    assert page.button(key="teacher_weight_1_remove").disabled
    page.number_input(key="teacher_weight_1").set_value(1.0).run()
    assert "teacher_weights" not in page.query_params  # all alike again
    page.number_input(key="teacher_weight_4").set_value(0.5).run()
    page.number_input(key="teachers").set_value(1).run()
    assert page.session_state.draft.teacher_weights == ""  # those were weights of others
    page.checkbox(key="teacher_has_network").uncheck().run()
    page.checkbox(key="teacher_has_knn").uncheck().run()
    assert page.selectbox(key="teacher_is").value == "forest"  # one is no ensemble
    assert not page.error


def test_an_ensemble_of_none_gives_one_sentence_and_keeps_the_last_weights(playground: Open) -> None:
    page = playground(f"{QUICK}&teacher_kind=network+knn&teacher_weights=1:0")
    page.number_input(key="teacher_weight_0").set_value(0.0).run()
    (error,) = page.error
    assert "an ensemble of none teaches nothing" in error.value
    assert page.query_params["teacher_weights"] == "1:0"
    page.number_input(key="teacher_weight_1").set_value(2.0).run()
    assert not page.error
    assert page.session_state.draft.weights == (0, 1)


def test_a_hot_pipeline_is_warned_of_and_a_hot_network_is_not(playground: Open) -> None:
    warning = Words("playground", "en")("hears.log_probabilities")
    page = playground(f"{QUICK}&teacher_kind=knn&temperature=2")
    assert warning not in [caption.value for caption in page.caption]
    page.slider(key="temperature").set_value(2.5).run()
    assert warning in [caption.value for caption in page.caption]
    choose(page, "teacher_is", "network")
    assert warning not in [caption.value for caption in page.caption]


def test_another_domain_brings_its_unlabelled_examples_and_takes_them_away_again(playground: Open) -> None:
    page = choose(playground(PIXELS), "target", "thick")
    assert (page.number_input(key="extra").value, page.selectbox(key="extra_kind").value) == (5, "target")
    assert page.query_params["target"] == "thick"
    assert "extra" not in page.query_params
    choose(page, "target", "")
    assert (page.number_input(key="extra").value, page.selectbox(key="extra_kind").value) == (0, "noise")


def test_domains_and_unlabelled_examples_that_there_are_not_are_not_offered(playground: Open) -> None:
    points = playground(QUICK)
    said = Words("settings", "en").get("choices")
    assert said["target"]["thick"] not in points.selectbox(key="target").options
    assert said["target"]["moved"] in points.selectbox(key="target").options
    assert points.selectbox(key="extra_kind").options == [
        said["extra_kind"][kind] for kind in ("noise", "mixup", "rest")
    ]
    pixels = playground(f"{PIXELS}&target=thick&labels=0")
    assert said["extra_kind"]["target"] in pixels.selectbox(key="extra_kind").options
    assert said["extra_kind"]["rest"] not in pixels.selectbox(key="extra_kind").options


def test_a_bad_combination_gives_one_sentence_and_nothing_else_is_lost(playground: Open) -> None:
    page = playground(f"{PIXELS}&target=thick&alpha=0.3")
    page.number_input(key="target_labels").set_value(3).run()
    (error,) = page.error
    assert "target_labels is 0, or with a target 10 (one a class) or more" in error.value
    assert page.query_params["alpha"] == "0.3"
    assert "target_labels" not in page.query_params
    page.number_input(key="target_labels").set_value(20).run()
    assert not page.error
    assert page.session_state.draft == Experiment.from_query(f"{PIXELS}&target=thick&alpha=0.3&target_labels=20")


def test_other_data_keep_the_kind_of_teacher_and_leave_what_does_not_fit(playground: Open) -> None:
    page = playground(f"{PIXELS}&teacher_kind=forest&shift=1&target=thick")
    choose(page, "dataset", "rings")
    assert not page.error
    draft = page.session_state.draft
    assert (draft.teacher_kind, draft.teacher_trees, draft.shift, draft.target) == ("forest", 5, 0, "")
    choose(page, "dataset", "iris")  # which brings settings of its own
    assert (
        page.session_state.draft
        == Experiment.read({"dataset": "iris", "teacher_kind": "forest", "teacher_trees": "5"})[0]
    )
    choose(page, "dataset", "digits")
    assert page.session_state.draft == Experiment.read({"teacher_kind": "forest", "teacher_trees": "5"})[0]


def test_a_link_that_can_not_be_is_told_of_and_the_rest_of_it_holds(playground: Open) -> None:
    page = playground(f"{QUICK}&teacher_kind=knn&teachers=4")
    (error,) = page.error
    assert "teachers=4 is not allowed with teacher_kind=knn" in error.value
    assert page.session_state.run.experiment == Experiment.from_query(f"{QUICK}&teacher_kind=knn")


def test_a_file_is_offered_only_to_who_has_brought_one(playground: Open) -> None:
    page = playground(QUICK)
    file = Words("settings", "en")("choices.teacher_kind.file")
    assert file not in page.selectbox(key="teacher_is").options
    page.session_state["own_answers"] = ["answers-" + "0" * 32]
    page.run()
    assert file in page.selectbox(key="teacher_is").options
    choose(page, "teacher_is", "file")
    assert len(page.error) == 1  # this server has no such file
    assert page.session_state.draft == Experiment.from_query(QUICK)
    choose(page, "teacher_is", "knn")
    assert not page.error
    assert page.session_state.draft == Experiment.read(f"{QUICK}&teacher_kind=knn")[0]
