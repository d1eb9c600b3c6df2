"""The sweep page's widgets, links, messages, choice and downloads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from kd_core import Experiment
from kd_core.jobs import Jobs, SweepRun
from kd_core.messages import Message
from kd_core.sweeps.grid import Fold, Sweep
from pages.lab.sweep.starts import start_of
from pages.ui.messages import plain
from tests.pages.conftest import of_another_default

Open = Callable[..., AppTest]
BASE = "dataset=blobs&teacher=8&teacher_epochs=2&student=4&epochs=40&seeds=3&labels=40"
QUICK = f"{BASE}&over=temperature=1,4&over=alpha=0,0.5,1"
FIELDS = ("dataset", "labels", "epochs", "teacher", "student", "seeds", "splits")


@pytest.fixture
def sweep_page(service: Jobs) -> Iterator[Open]:
    """Opens the sweep page with a query string and waits until its sweep has ended."""

    def open_page(query: str, *, wait: bool = True) -> AppTest:
        page = AppTest.from_file(Path("pages/lab/sweep/page.py").resolve(), default_timeout=60)
        for name, values in parse_qs(query).items():
            page.query_params[name] = values
        return settle(page.run(), service) if wait else page.run()

    st.cache_resource.clear()
    yield open_page
    st.cache_resource.clear()


def settle(page: AppTest, service: Jobs) -> AppTest:
    """Wait until the sweep on screen, and the choice if there is one, have ended; draw the page once more."""
    assert not page.exception, page.exception
    for name in ("sweep_run", "choice_run"):
        if name in page.session_state:
            service.call(service.ended(page.session_state[name]), timeout=120)
    page.run()
    assert not page.exception, page.exception
    return page


def link_of(page: AppTest) -> dict[str, list[str]]:
    """The page's query parameters, each as a list of its values."""
    return {name: values if isinstance(values, list) else [values] for name, values in page.query_params.items()}


def type_values(page: AppTest, position: int, *values: str) -> AppTest:
    """Have these chips as the values of an axis, as if they had been typed one after the other."""
    chips = page.multiselect(key=f"sweep_values_{position}")
    chips.options.extend(value for value in values if value not in chips.options)
    chips.set_value(list(values))
    return page


def shown(page: AppTest) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.caption))


def test_first_visit_shows_the_default_sweep_without_a_click(sweep_page: Open) -> None:
    page = sweep_page("")
    run = page.session_state.sweep_run
    assert run.status == "done"
    assert run.sweep.base == Experiment()
    assert run.sweep.shape == (8, 6)
    assert [name for name, _ in run.sweep.over] == ["temperature", "alpha"]
    assert all(run.progress[0].table())
    assert len(page.dataframe[0].value) == 48
    assert "Of 48 cells" in shown(page)
    assert page.query_params == {}
    assert not page.error


def test_a_link_fills_the_widgets_and_the_url_stays_as_it_was(sweep_page: Open) -> None:
    page = sweep_page(QUICK)
    run = page.session_state.sweep_run
    assert run.sweep == Sweep.from_query(QUICK)
    assert {name: page.session_state[f"sweep_{name}"] for name in FIELDS} == {
        name: getattr(run.sweep.base, name) for name in FIELDS
    }
    assert [page.selectbox(key=f"sweep_axis_{i}").value for i in range(2)] == ["temperature", "alpha"]
    assert [page.multiselect(key=f"sweep_values_{i}").value for i in range(2)] == [["1", "4"], ["0", "0.5", "1"]]
    assert link_of(page) == parse_qs(QUICK)
    assert of_another_default(page) == []


def test_a_link_of_one_axis_leaves_the_other_empty(sweep_page: Open) -> None:
    page = sweep_page(f"{BASE}&over=student=4..12..4")
    assert page.selectbox(key="sweep_axis_1").value == ""
    assert page.multiselect(key="sweep_values_0").value == ["4", "8", "12"]
    assert len(page.dataframe[0].value) == 3


def test_the_url_says_what_the_widgets_show_and_the_map_what_has_run(sweep_page: Open) -> None:
    page = sweep_page(QUICK)
    type_values(page, 1, "0..1..0.25")
    page.number_input(key="sweep_epochs").set_value(4).run()
    assert page.query_params["over"] == ["temperature=1,4", "alpha=0,0.25,0.5,0.75,1"]
    assert link_of(page)["epochs"] == ["4"]
    assert page.session_state.sweep_run.sweep == Sweep.from_query(QUICK)
    assert len(page.dataframe[0].value) == 6


def test_start_runs_what_the_widgets_show(sweep_page: Open, service: Jobs) -> None:
    page = sweep_page(QUICK)
    page.selectbox(key="sweep_axis_1").set_value("").run()
    type_values(page, 0, "1", "2", "3").run()
    page = settle(page.button(key="sweep_start").click().run(), service)
    assert page.session_state.sweep_run.sweep == Sweep.from_query(f"{BASE}&over=temperature=1,2,3")
    assert page.session_state.sweep_run.status == "done"
    assert list(page.dataframe[0].value["temperature"]) == ["1", "2", "3"]


def test_a_new_axis_begins_with_values_of_its_own(sweep_page: Open) -> None:
    page = sweep_page(QUICK)
    page.selectbox(key="sweep_axis_1").set_value("label_noise").run()
    assert page.multiselect(key="sweep_values_1").value == ["0", "0.2", "0.4", "0.6"]
    assert page.query_params["over"][1] == "label_noise=0,0.2,0.4,0.6"
    assert not page.error


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("over=temperature=0,1", ["over=temperature=0,1 is not allowed", "a number from 1 to 20"]),
        ("over=banana=1", ["over=banana is not allowed", "temperature, alpha"]),
        ("over=alpha=0&over=alpha=1", ["over=alpha,alpha is not allowed", "one or two of"]),
        ("over=alpha=0,1&batch_size=1", ["batch_size=1 is not allowed", "8 to 512"]),
        ("over=labels=3", ["labels=3 is not allowed with dataset=blobs", "4 (one a class)"]),
    ],
)
def test_a_wrong_link_gives_one_message_and_the_page_works(
    sweep_page: Open, service: Jobs, wrong: str, said: list[str]
) -> None:
    page = sweep_page(f"{BASE}&{wrong}")
    assert len(page.error) == 1
    for part in said:
        assert part in page.error[0].value
    assert page.session_state.sweep_run.status == "done"
    assert page.session_state.sweep_run.sweep.base == Experiment.from_query(BASE)
    page.selectbox(key="sweep_axis_0").set_value("temperature")
    page.selectbox(key="sweep_axis_1").set_value("").run()
    type_values(page, 0, "1", "5").run()
    assert not page.error
    page = settle(page.button(key="sweep_start").click().run(), service)
    assert page.session_state.sweep_run.sweep == Sweep.from_query(f"{BASE}&over=temperature=1,5")


@pytest.mark.parametrize("text", ["[x](http://e)", "![t](http://e)"])
def test_what_a_wrong_link_says_is_shown_as_characters(sweep_page: Open, text: str) -> None:
    page = sweep_page(f"{BASE}&over=temperature={text}")
    assert f"over=temperature={plain(text)} is not allowed: temperature is a number" in page.error[0].value


def test_another_data_set_keeps_labels_within_its_bounds(sweep_page: Open) -> None:
    page = sweep_page("labels=1200&teacher=8&teacher_epochs=1&student=4&epochs=1&seeds=1&over=alpha=0,1")
    page.selectbox(key="sweep_dataset").set_value("rings").run()
    assert page.selectbox(key="sweep_labels").value == 500
    assert not page.error


def test_choosing_a_data_set_begins_with_what_it_suggests_and_the_way_back_with_the_defaults(sweep_page: Open) -> None:
    page = sweep_page(QUICK)
    page.selectbox(key="sweep_axis_1").set_value("student").run()
    page.selectbox(key="sweep_dataset").set_value("iris").run()
    base = Experiment.from_query("dataset=iris")
    assert page.session_state.sweep == Sweep.parse(base, ["temperature=1,2,3,4,6,8,12,20", "student=2,4,8,16"])
    assert link_of(page)["dataset"] == ["iris"]
    assert {name: page.session_state[f"sweep_{name}"] for name in FIELDS} == {n: getattr(base, n) for n in FIELDS}
    assert "only 50 examples" in shown(page)
    page.selectbox(key="sweep_dataset").set_value("digits").run()
    assert page.session_state.sweep.base == Experiment()
    assert page.multiselect(key="sweep_values_1").value == ["4", "8", "16", "32", "64"]
    assert "examples: differences" not in shown(page)


def test_a_data_set_alone_is_a_link_to_its_own_sweep(sweep_page: Open) -> None:
    page = sweep_page("dataset=wine")
    run = page.session_state.sweep_run
    assert run.status == "done"
    assert run.sweep == start_of("wine")
    assert link_of(page) == {"dataset": ["wine"]}


def test_teacher_and_student_are_texts_and_convolutions_are_allowed(sweep_page: Open, service: Jobs) -> None:
    page = sweep_page("teacher=16&teacher_epochs=1&epochs=2&seeds=2&over=student=4,c2-8")
    page.text_input(key="sweep_teacher").set_value(" c4-8 ").run()
    assert link_of(page)["teacher"] == ["c4-8"]
    page = settle(page.button(key="sweep_start").click().run(), service)
    run = page.session_state.sweep_run
    assert (run.status, run.sweep.base.teacher) == ("done", "c4-8")
    assert list(page.dataframe[0].value["student"]) == ["4", "c2-8"]
    assert page.text_input(key="sweep_student").disabled


@pytest.mark.parametrize("wrong", ["over=student=4,c4,c8", "over=teacher=c4-c8,16", "student=c4&over=alpha=0,1"])
def test_networks_that_do_not_fit_their_data_get_one_sentence(sweep_page: Open, wrong: str) -> None:
    query = BASE.replace("&student=4", "") if wrong.startswith("student") else BASE
    page = sweep_page(f"{query}&{wrong}")
    (error,) = page.error
    assert error.value.count("a convolution needs images") == 1
    assert page.session_state.sweep_run.status == "done"


def test_a_network_of_the_last_data_set_that_does_not_fit_is_told_of_and_can_be_mended(sweep_page: Open) -> None:
    page = sweep_page("teacher=8&teacher_epochs=1&student=c2&epochs=1&seeds=2&over=alpha=0,1")
    page.selectbox(key="sweep_dataset").set_value("rings").run()
    (error,) = page.error
    assert error.value.count("a convolution needs images") == 1
    page.text_input(key="sweep_student").set_value("4").run()
    assert not page.error
    page.selectbox(key="sweep_dataset").set_value("digits").run()
    page.text_input(key="sweep_student").set_value("c2").run()
    page.selectbox(key="sweep_axis_0").set_value("student").run()
    page.selectbox(key="sweep_dataset").set_value("rings").run()
    assert not page.error  # what is swept over has no other value, and no field to mend it


def test_data_of_ones_own_that_the_server_does_not_hold_are_told_of(sweep_page: Open) -> None:
    quick = "teacher=8&teacher_epochs=1&student=4&epochs=1&seeds=1&over=alpha=0,1"
    page = sweep_page(f"dataset=own-{32 * '0'}&{quick}")
    (error,) = page.error
    assert "does not hold the data of this link" in error.value
    assert page.session_state.sweep_run.sweep == Sweep.from_query(quick)


def test_why_a_sweep_failed_stands_there_as_a_sentence(sweep_page: Open) -> None:
    page = sweep_page(QUICK)
    run = page.session_state.sweep_run
    failed = SweepRun(sweep=run.sweep, status="failed", message=Message("data_not_kept"))
    page.session_state.sweep_run = failed
    page.run()
    assert [error.value for error in page.error] == ["the folder cannot be written to"]
    assert "first cells" not in shown(page)


def test_wrong_values_leave_a_message_and_the_last_good_ones_in_the_url(sweep_page: Open) -> None:
    page = sweep_page(QUICK)
    type_values(page, 0, "hot").run()
    assert "over=temperature=hot is not allowed" in page.error[0].value
    assert link_of(page) == parse_qs(QUICK)
    type_values(page, 0, "1", "4").run()
    assert not page.error


@pytest.mark.parametrize(
    ("cell", "query"),
    [(Experiment(), {"dataset": ["digits"]}), (Experiment(alpha=0.5), {"alpha": ["0.5"]})],
)
def test_a_cell_that_was_clicked_opens_the_playground_with_it(
    sweep_page: Open, monkeypatch: pytest.MonkeyPatch, cell: Experiment, query: dict[str, list[str]]
) -> None:
    opened: list[tuple[str, dict[str, list[str]]]] = []
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: opened.append((page, query_params)))
    page = sweep_page(QUICK)
    page.session_state.open_cell = cell  # what a click on the map leaves
    page.run()
    assert opened == [("lab/playground/page.py", query)]


def test_a_schedule_of_a_link_is_dropped(sweep_page: Open) -> None:
    page = sweep_page(f"{BASE}&over=alpha=0,1&schedule=1:9:0.5")
    assert page.session_state.sweep_run.sweep == Sweep.from_query(f"{BASE}&over=alpha=0,1")
    assert "schedule" not in page.query_params


def test_choose_for_me_says_a_choice_with_its_uncertainty_and_one_test_score(sweep_page: Open, service: Jobs) -> None:
    page = sweep_page(QUICK)
    page = settle(page.button(key="sweep_choose").click().run(), service)
    run = page.session_state.choice_run
    assert (run.status, run.folds, run.sweep) == ("done", 5, Sweep.from_query(QUICK))
    text = shown(page)
    assert "**Choice: T " in text
    assert "Within one standard error of the best" in text
    assert "Best in cross-validation: T " in text
    assert "over 5 folds" in text
    assert "On the test set,** which the choice has not seen: " in text
    assert "3 paired seeds on this split" in text.split("**On the test set,**")[1]


def test_choose_for_me_says_how_many_labels_it_took(sweep_page: Open, service: Jobs) -> None:
    page = sweep_page(QUICK)
    page = settle(page.button(key="sweep_choose").click().run(), service)
    run = page.session_state.choice_run
    (held,) = {len(run.sweep.base.load_data(Fold(number, run.folds)).test_labels) for number in range(run.folds)}
    said = f"the labels of all {held} held-out examples in each of 5 folds, while a student had 40 labels"
    assert said in shown(page)


def test_where_all_students_have_collapsed_there_is_no_choice(sweep_page: Open, service: Jobs) -> None:
    page = sweep_page(f"{BASE}&learning_rate=1000&over=alpha=0,1")
    assert "Marked ⊘ and no finding: 2 of 2 cells" in shown(page)
    page = settle(page.button(key="sweep_choose").click().run(), service)
    assert "Cross-validation found no cell to choose" in shown(page)


def test_one_click_asks_for_the_same_sweep_over_ten_splits(sweep_page: Open, service: Jobs) -> None:
    page = sweep_page(QUICK)
    assert "on this split" in shown(page)
    page = settle(page.button(key="over_splits").click().run(), service)
    run, asked = page.session_state.sweep_run, Sweep.from_query(QUICK)
    assert run.sweep == Sweep(asked.base.replace(splits=10, seeds=10), asked.over)
    assert (page.number_input(key="sweep_splits").value, page.number_input(key="sweep_seeds").value) == (10, 10)
    assert link_of(page)["splits"] == ["10"]
    assert "on this split" not in shown(page)
    assert all(button.key != "over_splits" for button in page.button)
    assert list(page.dataframe[0].value["splits"]) == [10] * 6


def test_every_split_holds_a_pair(sweep_page: Open) -> None:
    page = sweep_page(QUICK)
    page.number_input(key="sweep_splits").set_value(6).run()
    assert page.number_input(key="sweep_seeds").value == 6
    page.number_input(key="sweep_seeds").set_value(4).run()
    assert page.number_input(key="sweep_splits").value == 4
    assert (link_of(page)["splits"], "seeds" in link_of(page)) == (["4"], True)


def test_over_splits_a_choice_does_not_call_its_test_unseen(sweep_page: Open, service: Jobs) -> None:
    page = sweep_page(QUICK.replace("seeds=3", "seeds=3&splits=3"))
    page = settle(page.button(key="sweep_choose").click().run(), service)
    text = shown(page)
    assert "On the test sets** of all splits: " in text
    assert "so this is not unseen" in text
    assert "which the choice has not seen" not in text


def test_the_page_says_what_not_told_from_the_best_means(sweep_page: Open) -> None:
    page = sweep_page(QUICK)
    assert "equally good on this split, chance would tell one of them from the best in about 5 %" in shown(page)


def test_stop_ends_the_sweep_and_the_choice_and_neither_begins_again(sweep_page: Open) -> None:
    page = sweep_page("labels=0&teacher=8&teacher_epochs=1&student=64-64&epochs=500&seeds=3&over=alpha=0,1", wait=False)
    assert page.button(key="sweep_start").disabled
    page.button(key="sweep_choose").click().run()
    runs = [page.session_state.sweep_run, page.session_state.choice_run]
    page.button(key="sweep_stop").click().run()
    page.run()
    assert [run.status for run in runs] == ["stopped", "stopped"]
    assert [page.session_state.sweep_run, page.session_state.choice_run] == runs
    assert page.button(key="sweep_stop").disabled
    assert not page.button(key="sweep_start").disabled


def test_the_score_of_a_choice_from_one_seed_claims_nothing(sweep_page: Open, service: Jobs) -> None:
    page = sweep_page(QUICK.replace("seeds=3", "seeds=1"))
    page = settle(page.button(key="sweep_choose").click().run(), service)
    text = shown(page)
    assert "On the test set" in text
    assert "one seed, no evidence" in text
    assert "nan" not in text


def test_what_is_half_trained_is_in_no_download(
    sweep_page: Open, service: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: dict[str, tuple[str, bool]] = {}
    monkeypatch.setattr(
        st, "download_button", lambda label, data, *_, disabled, **__: offered.update({label: (data, disabled)})
    )
    page = sweep_page("labels=0&teacher=8&teacher_epochs=1&student=64-64&epochs=500&seeds=3&over=alpha=0,1", wait=False)
    run = page.session_state.sweep_run
    service.call(service.until(run, lambda: all(run.progress[0].table())), timeout=120)
    page.run()
    assert run.is_live
    assert all(run.progress[0].table())  # the map has them
    assert json.loads(offered["JSON"][0])["cells"] == []
    assert offered["JSON"][1]
    assert offered["CSV"][1]
    page.button(key="sweep_stop").click().run()
    settle(page, service)
    assert len(json.loads(offered["JSON"][0])["cells"]) == 2
    assert not offered["JSON"][1]


def test_csv_and_json_hold_a_row_for_each_cell(sweep_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, Any] = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, *_, **__: files.update({label: data}))
    sweep_page(QUICK)
    sweep = Sweep.from_query(QUICK)
    table, whole = pd.read_csv(StringIO(files["CSV"])), json.loads(files["JSON"])
    assert Sweep.from_query(whole["sweep"]) == sweep
    assert len(table) == len(whole["cells"]) == 6
    assert list(table["temperature"]) == [1, 1, 1, 4, 4, 4]
    for (_, row), entry, cell in zip(table.iterrows(), whole["cells"], sweep.cells, strict=True):
        assert row.keys().tolist() == list(entry)
        assert Experiment.from_query(row["link"]) == Experiment.from_query(entry["link"]) == cell
        assert row["gain"] == pytest.approx(entry["gain"])
        assert row["gain"] == pytest.approx(row["distilled"] - row["alone"], abs=3e-5)
        assert row["n"] == 3
