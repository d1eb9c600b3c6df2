"""The playground's widgets, links, messages and shelf."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kd_core import Experiment
from kd_core.data import source_of
from kd_core.experiment import SETTINGS
from kd_core.jobs import Jobs
from pages.run.reading import reading
from pages.run.settings import has_meaning
from pages.ui.messages import plain
from pages.ui.words import Words
from tests.pages.conftest import of_another_default, settle
from tests.pages.explaining import data_of

Open = Callable[[str], AppTest]
QUICK = "dataset=blobs&teacher=8&teacher_epochs=2&student=4&epochs=3&seeds=2"


def test_first_visit_shows_the_default_experiment(playground: Open) -> None:
    page = playground("")
    assert not page.exception
    assert page.session_state.run.experiment == Experiment()
    assert page.session_state.run.status == "done"
    assert page.query_params == {}


def test_the_default_reading_says_that_distillation_clearly_helps_on_its_split(playground: Open) -> None:
    run = playground("").session_state.run
    says = reading(run.snapshots[30], run.snapshots[-1], Words("reading", "en"))
    assert says.headline.startswith("With the teacher +")
    assert "clear on this split" in says.sure


def test_a_link_fills_every_widget(playground: Open) -> None:
    page = playground(
        "dataset=spirals&noise=0.1&labels=60&label_noise=0.25&teacher=32-32&teacher_epochs=3&teacher_dropout=0.1"
        "&teacher_label_smoothing=0.2&student=8-8-8&temperature=7.5&alpha=0.35&t_squared=0&epochs=4&batch_size=32"
        "&learning_rate=0.1&optimizer=sgd&seeds=4&splits=2&seed=5"
    )
    assert page.selectbox(key="dataset").value == "spirals"
    assert page.text_input(key="teacher").value == "32-32"
    assert page.text_input(key="student").value == "8-8-8"
    assert [page.selectbox(key=f"student_layer_{number}").value for number in (1, 2, 3)] == ["8", "8", "8"]
    assert page.selectbox(key="optimizer").value == "sgd"
    assert page.selectbox(key="labels").value == 60
    assert page.slider(key="temperature").value == 7.5
    assert page.slider(key="alpha").value == 0.35
    assert page.slider(key="label_noise").value == 0.25
    assert page.slider(key="teacher_dropout").value == 0.1
    assert page.slider(key="teacher_label_smoothing").value == 0.2
    assert page.toggle(key="t_squared").value is False
    numbers = {
        "noise": 0.1,
        "teacher_epochs": 3,
        "epochs": 4,
        "batch_size": 32,
        "learning_rate": 0.1,
        "seeds": 4,
        "splits": 2,
        "seed": 5,
    }
    assert {name: page.number_input(key=name).value for name in numbers} == numbers
    assert of_another_default(page) == []


def test_a_setting_that_a_link_hides_is_said_if_it_has_a_meaning(playground: Open) -> None:
    page = playground(QUICK)
    page.session_state["hide"] = ",".join(SETTINGS)
    fixed, setting = Words("frame", "en")("fixed"), Words("settings", "en")
    (said,) = (caption.value for caption in page.run().caption if caption.value.startswith(fixed))
    entries = said.removeprefix(fixed).split("·")
    names = [name for name in SETTINGS if has_meaning(Experiment.from_query(QUICK), name)]
    assert [entry.split()[0] for entry in entries] == [setting(f"{name}.name") for name in names]


def test_the_url_says_what_the_widgets_show(playground: Open) -> None:
    page = playground(QUICK)
    page.slider(key="temperature").set_value(8.0).run()
    assert page.query_params["temperature"] == "8"
    assert page.session_state.run.experiment.temperature == 4  # the run on screen is still the one that ran


def test_start_runs_what_the_widgets_show(playground: Open, service: Jobs) -> None:
    page = playground(QUICK)
    page.slider(key="alpha").set_value(0.5).run()
    page = settle(page.button(key="start").click().run(), service)
    assert page.session_state.run.experiment == Experiment.from_query(QUICK + "&alpha=0.5")
    assert page.session_state.run.status == "done"


def test_step_trains_one_epoch_at_a_time(playground: Open, service: Jobs) -> None:
    page = playground(QUICK)
    page = settle(page.button(key="reset").click().run(), service)
    assert (page.session_state.run.snapshots[-1].phase, page.session_state.run.snapshots[-1].epoch) == ("students", 0)
    page = settle(page.button(key="step").click().run(), service)
    assert page.session_state.run.snapshots[-1].epoch == 1
    page = settle(page.button(key="start").click().run(), service)  # it says Resume now
    assert page.session_state.run.snapshots[-1].epoch == 3


def test_moving_temperature_on_a_held_run_steers_it(playground: Open, service: Jobs) -> None:
    page = playground(QUICK)
    page = settle(page.button(key="reset").click().run(), service)
    page = settle(page.button(key="step").click().run(), service)
    page.slider(key="temperature").set_value(9.0).run()
    assert page.session_state.run.experiment.schedule == "1:9:0.1"
    assert page.query_params["schedule"] == "1:9:0.1"
    page.button(key="stop").click().run()
    assert page.session_state.run.status == "stopped"


@pytest.mark.parametrize(
    ("query", "field", "allowed"),
    [
        ("temperature=0", "temperature=0", "a number from 1 to 20"),
        ("student=banana", "student=banana", "up to 3 convolutions of 1 to 64 channels"),
        ("alpha=2", "alpha=2", "a number from 0 to 1"),
        ("seeds=10000", "seeds=10000", "a whole number from 1 to 20"),
        ("banana=1", "banana=1", "there is no field banana"),
    ],
)
def test_a_wrong_link_gives_one_message_and_the_default(playground: Open, query: str, field: str, allowed: str) -> None:
    page = playground(f"{QUICK.replace('student=4&', '').replace('&seeds=2', '')}&{query}")
    assert len(page.error) == 1
    assert field in page.error[0].value
    assert allowed in page.error[0].value
    name = query.split("=")[0]
    if name != "banana":
        assert getattr(page.session_state.run.experiment, name) == getattr(Experiment(), name)
    assert page.session_state.run.experiment.dataset == "blobs"
    assert page.session_state.run.status == "done"


@pytest.mark.parametrize("text", ["[x](http://e)", "![t](http://e)"])
def test_what_a_wrong_link_says_is_shown_as_characters(playground: Open, text: str) -> None:
    error = playground(f"{QUICK}&alpha={text}").error[0].value
    assert f"alpha={plain(text)} is not allowed: alpha is a number from 0 to 1." in error
    error = playground(f"{QUICK}&{text}=1").error[0].value
    assert error.startswith(f"{plain(text)}=1 is not allowed")
    assert f"there is no field {plain(text)}" in error


def test_a_size_that_is_no_number_leaves_a_message_and_the_last_good_network(playground: Open) -> None:
    page = playground(QUICK)
    units = page.selectbox(key="student_layer_1")
    units.options.append("wide")  # as if typed
    units.set_value("wide").run()
    assert [error.value.startswith("student=wide is not allowed") for error in page.error] == [True, True]
    assert page.query_params["student"] == "4"
    assert page.selectbox(key="student_layer_1").value == "4"
    page.text_input(key="student").set_value("6").run()
    assert not page.error
    assert page.query_params["student"] == "6"


def test_a_diverging_run_ends_with_its_message_and_the_shelf_stays(playground: Open, service: Jobs) -> None:
    page = playground(QUICK)
    assert len(page.session_state.shelf) == 1
    page.number_input(key="learning_rate").set_value(1000.0)
    page.selectbox(key="optimizer").set_value("sgd")
    page.text_input(key="student").set_value("64-64-64").run()
    page = settle(page.button(key="start").click().run(), service)
    assert page.session_state.run.status == "failed"
    assert "diverged at step" in page.session_state.run.message
    assert "smaller learning rate" in page.session_state.run.message
    assert len(page.session_state.shelf) == 1


def test_finished_runs_are_kept_compared_and_removed(playground: Open, service: Jobs) -> None:
    page = playground(QUICK)
    page.slider(key="alpha").set_value(0.5).run()
    page = settle(page.button(key="start").click().run(), service)
    table = page.dataframe[0].value
    assert list(table["run"]) == ["run 1", "run 2"]
    assert list(table["alpha"]) == ["0.1", "0.5"]
    assert "batch_size" not in table  # at its default in both
    first = page.session_state.shelf[0]
    page.button(key=f"remove_{first.id}").click().run()
    assert list(page.dataframe[0].value["run"]) == ["run 2"]
    page.run()
    assert list(page.dataframe[0].value["run"]) == ["run 2"]


def test_a_removed_run_stays_away_though_it_is_on_screen(playground: Open) -> None:
    page = playground(QUICK)
    (kept,) = page.session_state.shelf
    page.button(key=f"remove_{kept.id}").click().run()
    assert page.session_state.shelf == []
    page.run()
    assert page.session_state.shelf == []


def test_presets_open_their_run(playground: Open, service: Jobs) -> None:
    page = playground(QUICK)
    page = settle(page.button(key="preset_all_labels").click().run(), service)
    assert page.session_state.run.experiment == Experiment(labels=0)
    assert page.query_params == {"labels": "0"}


def test_another_data_set_keeps_labels_within_its_bounds(playground: Open) -> None:
    page = playground("labels=1200&teacher=8&teacher_epochs=1&student=4&epochs=1&seeds=1")
    page.selectbox(key="dataset").set_value("rings").run()
    assert page.selectbox(key="labels").value == 500
    assert not page.error


def press(page: AppTest, key: str) -> str:
    """Press a button; what the student is then."""
    page.button(key=key).click().run()
    assert not page.exception
    student: str = page.session_state.draft.student
    assert page.text_input(key="student").value == student
    return student


def test_a_network_is_built_of_blocks_and_its_text_keeps_in_step(playground: Open) -> None:
    page = playground("teacher=16&teacher_epochs=1&student=16&epochs=1&seeds=1")
    assert press(page, "student_add_convolution") == "c8-16"
    assert press(page, "student_add_convolution") == "c8-c16-16"
    page.selectbox(key="student_layer_1").set_value("32").run()
    assert page.query_params["student"] == "c8-c16-32"
    assert press(page, "student_add_layer") == "c8-c16-32-32"
    assert press(page, "student_convolution_1_remove") == "c16-32-32"
    assert page.selectbox(key="student_convolution_1").value == "16"
    assert press(page, "student_layer_2_remove") == "c16-32"
    page.text_input(key="student").set_value("c4").run()
    assert page.button(key="student_convolution_1_remove").disabled  # the last layer there is
    assert "student_layer_1" not in {box.key for box in page.selectbox}
    drawn = next(element.proto.body for element in page.get("html") if "kd-net-student" in element.proto.body)
    assert "c4: 4 × 4 × 4, 40 parameters" in drawn


def test_there_is_no_convolution_to_add_where_data_are_no_images_or_nothing_would_be_left(playground: Open) -> None:
    page = playground(QUICK)
    assert page.button(key="student_add_convolution").disabled
    page.text_input(key="student").set_value("c8").run()
    assert page.error[0].value.startswith("student=c8 is not allowed with dataset=blobs")
    assert page.query_params["student"] == "4"
    page = playground("teacher=16&teacher_epochs=1&student=c4-c4&epochs=1&seeds=1")
    assert not page.button(key="student_add_convolution").disabled
    assert press(page, "student_add_convolution") == "c4-c4-c8"
    assert page.button(key="student_add_convolution").disabled


def test_a_network_that_a_link_hides_has_no_builder_and_keeps_its_value(playground: Open) -> None:
    page = playground(QUICK)
    page.session_state["hide"] = "student"
    page.run()
    assert {box.key for box in page.text_input} == {"teacher"}
    page.slider(key="temperature").set_value(8.0).run()
    assert page.query_params["student"] == "4"
    assert any("kd-net-student" in element.proto.body for element in page.get("html"))


def test_a_data_set_with_suggested_settings_brings_them_and_so_does_leaving_it(playground: Open) -> None:
    page = playground(QUICK)
    page.selectbox(key="dataset").set_value("iris").run()
    assert page.session_state.draft == Experiment.read({"dataset": "iris"})[0]
    assert page.query_params == {"dataset": "iris"}
    assert any("only 50 examples" in caption.value for caption in page.caption)
    page.selectbox(key="dataset").set_value("rings").run()
    assert page.session_state.draft == Experiment(dataset="rings")


def test_a_network_that_does_not_fit_the_data_chosen_gives_way_to_the_default_and_that_is_said(
    playground: Open,
) -> None:
    page = playground("teacher=16&teacher_epochs=1&student=c8-c16&epochs=1&seeds=1&labels=50")
    page.selectbox(key="dataset").set_value("spirals").run()
    assert not page.error
    assert (page.session_state.draft.student, page.session_state.draft.teacher) == (Experiment().student, "16")
    said = "c8-c16 does not fit these data; 16 stands in its place."
    assert [caption.value for caption in page.caption].count(said) == 1
    page.text_input(key="student").set_value("8").run()
    assert said not in [caption.value for caption in page.caption]


@pytest.mark.parametrize(("dataset", "counts"), [("iris", ["10", "20", "50"]), ("mnist", ["10", "100", "5000"])])
def test_labels_to_pick_from_suit_the_size_of_the_data(dataset: str, counts: list[str]) -> None:
    page = AppTest.from_function(choose_labels_of, kwargs={"dataset": dataset}).run()
    options = page.selectbox(key="labels").options
    assert set(counts) <= set(options)
    assert options[-1] == "all"
    assert all(int(option) < source_of(dataset).train_size for option in options[:-1])


def choose_labels_of(dataset: str) -> None:
    """A page of one select box."""
    import streamlit as st

    from kd_core.data import source_of
    from pages.run.session import choose_labels

    st.session_state.setdefault("labels", 20)
    choose_labels(st.container(), "labels", source_of(dataset))


def live(page: AppTest) -> dict[str, Any]:
    (data,) = data_of(page, "kd_live")
    return dict(data)


def test_results_of_other_settings_are_named_and_those_shown_are_not(playground: Open, service: Jobs) -> None:
    page = playground(QUICK)
    assert live(page)["stale"] is None
    page.selectbox(key="labels").set_value(200)
    page.slider(key="temperature").set_value(8.0).run()
    assert live(page)["stale"] == {"of": "blobs, 100 labels, T 4", "changed": "labels, temperature", "softer": False}
    assert data_of(page, "kd_share")[0]["label"] == "of_run"
    assert data_of(page, "kd_share")[0]["query"] == page.session_state.run.experiment.to_query()
    page.selectbox(key="labels").set_value(100)
    page.slider(key="temperature").set_value(4.0).run()
    assert live(page)["stale"] is None
    assert data_of(page, "kd_share")[0]["label"] == "link"


def test_the_code_is_of_the_run_on_screen_and_says_which(playground: Open) -> None:
    page = playground(QUICK)
    page.slider(key="temperature").set_value(8.0).run()
    page.button(key="code").click().run()
    assert "Of the results on screen: blobs, 100 labels, T 4." in "\n".join(caption.value for caption in page.caption)
    assert "temperature" not in page.code[0].value or "temperature=8" not in page.code[0].value


def test_resume_goes_on_with_what_is_paused_though_a_setting_was_changed(playground: Open, service: Jobs) -> None:
    page = settle(playground(QUICK).button(key="reset").click().run(), service)
    held = page.session_state.run
    page.selectbox(key="labels").set_value(200).run()
    page = settle(page.button(key="start").click().run(), service)  # it says Resume
    assert page.session_state.run.id == held.id
    assert page.session_state.run.experiment.labels == 100
    assert page.session_state.run.snapshots[-1].epoch == 3


@pytest.mark.parametrize("typed", ["all", "alle", "ALL"])
def test_all_labels_can_be_typed_in_words(playground: Open, typed: str) -> None:
    page = playground(QUICK)
    box = page.selectbox(key="labels")
    box.options.append(typed)
    box.set_value(typed).run()
    assert page.query_params["labels"] == "0"
    assert not page.error


def test_a_message_goes_when_what_it_names_has_been_corrected(playground: Open) -> None:
    page = playground(QUICK.replace("student=4", "student=banana"))
    assert "student=banana" in page.error[0].value
    page.slider(key="temperature").set_value(5.0).run()
    assert "student=banana" in page.error[0].value  # another field
    page.text_input(key="student").set_value("8").run()
    assert not page.error


def test_a_link_holds_the_pace_and_one_that_does_not_exist_is_told_of(playground: Open) -> None:
    assert playground(f"{QUICK}&pace=full").session_state.pace == "full"
    page = playground(f"{QUICK}&pace=warp")
    assert page.session_state.pace == "10"
    assert page.session_state.misread["pace"][0] == "warp"


def test_seeds_and_splits_follow_one_another_so_that_every_split_holds_a_pair(playground: Open) -> None:
    page = playground(QUICK)
    page.number_input(key="splits").set_value(4).run()
    assert (page.number_input(key="seeds").value, page.query_params["splits"]) == (4, "4")
    page.number_input(key="seeds").set_value(3).run()
    assert (page.number_input(key="splits").value, page.session_state.draft.splits) == (3, 3)
    page.number_input(key="seeds").set_value(9).run()
    assert page.number_input(key="splits").value == 3


def test_ten_splits_are_offered_where_there_is_one(playground: Open) -> None:
    assert live(playground(QUICK))["may_split"]
    assert not live(playground(f"{QUICK}&splits=2"))["may_split"]
    page = playground(QUICK)
    page.session_state["hide"] = "splits"
    assert not live(page.run())["may_split"]


def ask_for_ten_splits() -> None:
    """A page of a session and one button, as the live view's is."""
    import streamlit as st

    from pages.run.session import Session

    session = Session()
    session.read_widgets()
    st.button("over ten splits", key="over", on_click=session.over_splits)
    session.sync_url()


@pytest.mark.parametrize(("seeds", "over"), [(2, 10), (12, 12)])
def test_one_click_gives_the_same_over_ten_splits(service: Jobs, seeds: int, over: int) -> None:
    page = AppTest.from_function(ask_for_ten_splits, default_timeout=60)
    query = f"{QUICK}&temperature=8".replace("seeds=2", f"seeds={seeds}")
    for pair in query.split("&"):
        name, value = pair.split("=")
        page.query_params[name] = value
    page = settle(page.run(), service)
    page = settle(page.button(key="over").click().run(), service)
    assert page.session_state.run.experiment == Experiment.from_query(query).replace(splits=10, seeds=over)
    assert page.session_state.run.status == "done"
    assert (page.query_params["splits"], page.query_params["seeds"]) == ("10", str(over))


def test_dead_students_get_no_verdict_on_the_shelf(playground: Open) -> None:
    page = playground("optimizer=sgd&learning_rate=30&labels=50&teacher=8&teacher_epochs=2&student=8&epochs=3&seeds=2")
    row = page.dataframe[0].value.iloc[0]
    assert "collapsed" in row["clear"]
    assert row["interval"] == "–"


def test_the_shelf_tells_the_splits_of_every_run(playground: Open, service: Jobs) -> None:
    page = playground("dataset=blobs&teacher=8&teacher_epochs=20&student=8&epochs=20&seeds=2")
    page.number_input(key="splits").set_value(3).run()
    page = settle(page.button(key="start").click().run(), service)
    table = page.dataframe[0].value
    assert list(table["splits"]) == ["1", "3"]
    assert list(table["n"]) == [2, 3]
