"""The lab of bugs: a riddle that does not give itself away, and costs and checks that are those that were computed."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from kd_core import Experiment
from kd_core.jobs import Jobs, OnWorker
from pages.learn.bugs import figures as shown
from pages.learn.bugs.bugs import BUGS, CHECKS, FIRST, Examination, Point, failed, judge, number_of, riddle
from pages.learn.bugs.hunt import MISSING, SHOWN, Hunt, answers, choices
from pages.ui.numbers import interval_points, percent, points, significant
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, settle, study_of

runs, checks = OnWorker("pages.learn.bugs.runs"), OnWorker("pages.learn.bugs.checks.runs")

EN, DE = (Words("bugs", language) for language in ("en", "de"))


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.subheader, *page.header, *page.caption])


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def board(page: AppTest) -> str:
    return next(
        part.proto.body for part in page.get("html") if "kd-bugs-board" in part.proto.body and "<tr" in part.proto.body
    )


def everything(page: AppTest) -> str:
    """All that a reader could see of a page, style sheets aside."""
    shown = [json.dumps(data_of(page, f"kd_bugs_{name}"), ensure_ascii=False) for name in ("picker", "code", "curves")]
    labels = [element.label for element in page.button] + [link.proto.label for link in page.get("page_link")]
    return "\n".join([said(page), html(page), *shown, *labels, str(dict(page.query_params))])


def code(page: AppTest) -> dict[str, Any]:
    (found,) = data_of(page, "kd_bugs_code")
    assert isinstance(found, dict)
    return found


def states(page: AppTest) -> dict[int, str]:
    """How each line that can be clicked stands."""
    found = code(page)
    return {row["number"]: row["state"] for row in [*found["rows"], found["missing"]] if row["number"] is not None}


def found_text(bug: str) -> str:
    return str(Hunt(bug).click(min(answers(bug))))


def points_of(service: Jobs, bug: str) -> list[Point]:
    return study_of(service, runs.study, bug).values


def examination_of(service: Jobs) -> Examination:
    (found,) = study_of(service, checks.examine).values
    return found


@pytest.mark.parametrize("w", [EN, DE], ids=["en", "de"])
def test_the_page_says_everything_in_the_readers_language(learn: Learn, w: Words) -> None:
    page = learn("bugs", lang=w.language, guesses={f"bugs_{FIRST}": SHOWN})
    assert page.title[0].value == Words("frame", w.language)("pages.bugs")
    assert [header.value for header in page.header] == [w("summary.title")]
    assert [part.value for part in page.subheader] == [w(f"{name}.title") for name in ("cost", "checks", "wild")]
    assert code(page)["title"] == w("named", number=1, title=w(f"{FIRST}.name"))
    assert w(f"{FIRST}.why") in said(page)


@pytest.mark.parametrize("w", [EN, DE], ids=["en", "de"])
@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_has_its_texts_and_its_code(bug: str, w: Words) -> None:
    assert all(w(f"{bug}.{text}") for text in ("name", "what", "why"))
    for hunt in (Hunt(bug), Hunt(bug).show()):
        drawn = shown.code(w, hunt)
        texts = ["".join(part for part, _ in row["parts"]) for row in drawn["rows"]]
        assert [text for text, row in zip(texts, drawn["rows"], strict=True) if row["number"]] == [
            line.text for line in riddle(bug) if line.text is not None
        ]
        mended = [line.mended for line in riddle(bug) if line.mended] if hunt.is_over else []
        assert [text for text, row in zip(texts, drawn["rows"], strict=True) if not row["number"]] == mended


# What gives itself away


@pytest.mark.parametrize("w", [EN, DE], ids=["en", "de"])
def test_nothing_on_the_page_names_a_bug_that_has_not_been_found(learn: Learn, service: Jobs, w: Words) -> None:
    page = learn("bugs", lang=w.language, bug="probabilities", guesses={"bugs_argmax": found_text("argmax")})
    settle(page.button(key="bugs_train_all").click().run(), service)
    told = unescape(everything(page))
    for name in BUGS:
        for text in ("name", "what", "why"):
            assert (w(f"{name}.{text}") in told) == (name == "argmax" and text == "name")
    assert "probabilities" not in told
    assert code(page)["title"] == w("unnamed", number=number_of("probabilities"))


def test_before_it_is_found_a_bug_shows_no_cost_and_no_check(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug="argmax")
    verdict = judge(points_of(service, "argmax"))
    told = said(page) + html(page)
    assert EN("verdict." + verdict.outcome) not in told
    assert "kd-bugs-number" not in html(page).replace(shown.STYLE, "")
    assert "kd-bugs-fires" not in board(page)
    assert told.count(EN("locked.text")) == 3
    assert set(states(page).values()) == {""}
    assert [row["label"] for row in code(page)["rows"] if row["number"] is None] == []


# The hunt


def test_a_wrong_click_is_marked_on_its_line_and_one_can_try_again(learn: Learn) -> None:
    page = learn("bugs", bug="argmax", guesses={"bugs_argmax": f"4 {MISSING}"})
    assert {line: state for line, state in states(page).items() if state} == {4: "tried", MISSING: "tried"}
    row = next(row for row in code(page)["rows"] if row["number"] == 4)
    assert row["word"] == EN("code.tried", **shown.MARKS)
    assert code(page)["status"] == EN("hunt.nothing_missing", tries=EN("hunt.tries", n=2))
    assert EN("locked.text") in said(page)


def test_the_right_click_lights_the_line_mends_it_and_reveals(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug="argmax", guesses={"bugs_argmax": "4 6"})
    found = code(page)
    assert states(page) == dict.fromkeys(choices("argmax"), "rest") | {4: "tried", 6: "wrong"}
    at = next(i for i, row in enumerate(found["rows"]) if row["number"] == 6)
    mended = found["rows"][at + 1]
    assert (mended["number"], mended["state"]) == (None, "mended")
    assert "".join(text for text, _ in mended["parts"]) == '    soft = F.kl_div(log_q, p, reduction="batchmean")'
    assert next(text for text, differs in found["rows"][at]["parts"] if differs) == "nll_loss"
    assert found["status"] == EN("hunt.found", tries=EN("hunt.tries", n=2))
    assert "`argmax`" in found["note"]
    for text in ("what", "why"):
        assert EN(f"argmax.{text}") in said(page)
    assert EN("locked.text") not in said(page)


def test_a_missing_line_is_put_in(learn: Learn) -> None:
    page = learn("bugs", bug="train_mode", guesses={"bugs_train_mode": str(MISSING)})
    assert states(page)[MISSING] == "answer"
    (added,) = [row for row in code(page)["rows"] if row["state"] == "added"]
    assert "".join(text for text, _ in added["parts"]) == "    teacher.eval()"
    assert code(page)["status"] == EN("hunt.at_once")


def test_just_show_me_shows_and_counts_as_shown(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug="argmax", guesses={"bugs_argmax": "4"})
    settle(page.button(key="bugs_show").click().run(), service)
    assert page.session_state["guesses"]["bugs_argmax"] == f"4 {SHOWN}"
    assert states(page)[6] == "wrong"
    chips = data_of(page, "kd_bugs_picker")[0]["chips"]
    assert [chip["status"] for chip in chips].count("shown") == 1
    assert EN("summary.score", found=0, at_once=0, shown=1, bugs=len(BUGS)) in board(page)
    assert "bugs_show" not in {button.key for button in page.button}


def test_a_chip_tells_open_found_and_shown_apart_by_mark_and_word(learn: Learn) -> None:
    guesses = {"bugs_argmax": found_text("argmax"), "bugs_itself": SHOWN, "bugs_no_t_squared": "1"}
    (picker,) = data_of(learn("bugs", guesses=guesses), "kd_bugs_picker")
    found = {chip["number"]: (chip["mark"], chip["label"]) for chip in picker["chips"]}
    assert found[number_of("argmax")] == ("✓", f"Bug 2: {EN('argmax.name')}, found")
    assert found[number_of("itself")] == ("◐", f"Bug {number_of('itself')}: {EN('itself.name')}, shown")
    assert found[1] == ("", "Bug 1, open")
    assert list(found) == list(range(1, len(BUGS) + 1))


# The link


@pytest.mark.parametrize("said_of", ["argmax", "2"])
def test_the_address_opens_a_bug_by_number_and_by_the_name_of_old_links(learn: Learn, said_of: str) -> None:
    page = learn("bugs", bug=said_of)
    assert code(page)["bug"] == number_of("argmax") == 2
    assert page.query_params["bug"] in ("2", ["2"])


@pytest.mark.parametrize("nonsense", ["nonsense", "0", "16", "-1"])
def test_a_bug_that_does_not_exist_is_told_of(learn: Learn, nonsense: str) -> None:
    page = learn("bugs", bug=nonsense)
    assert code(page)["bug"] == 1
    assert "1 … 15" in page.warning[0].value


def test_a_link_may_bring_its_senders_guess_and_only_to_its_own_bug(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug="2", guess="4 6")
    assert page.session_state["guesses"] == {"bugs_argmax": "4 6"}
    assert states(page)[6] == "wrong"
    settle(page.button(key="bugs_next").click().run(), service)
    assert set(states(page).values()) == {""}
    assert list(page.session_state["guesses"]) == ["bugs_argmax"]
    assert learn("bugs", bug="2", guess="nonsense").session_state["guesses"] == {}


def test_a_guess_of_ones_own_is_not_overwritten_by_a_links(learn: Learn) -> None:
    page = learn("bugs", bug="2", guess="6", guesses={"bugs_argmax": "4"})
    assert page.session_state["guesses"]["bugs_argmax"] == "4"


def test_the_next_button_goes_round(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug=str(len(BUGS)))
    settle(page.button(key="bugs_next").click().run(), service)
    assert code(page)["bug"] == 1
    assert "bug" not in page.query_params


def test_a_hidden_picker_leaves_the_bug(learn: Learn) -> None:
    page = learn("bugs", bug="argmax", hide="bug")
    assert code(page)["bug"] == 2
    assert data_of(page, "kd_bugs_picker") == []


# The curves


def test_the_chart_draws_the_means_that_were_computed(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug="argmax")
    values = points_of(service, "argmax")
    (drawn,) = data_of(page, "kd_bugs_curves")
    assert (drawn["at"], drawn["live"]) == ([point.epoch for point in values], False)
    for row, student in enumerate(drawn["students"]):
        assert student["accuracy"] == pytest.approx([point.accuracy[row].mean() for point in values])
        assert student["loss"][0] is None  # nothing has been learned from yet
        assert student["loss"][1:] == pytest.approx([point.loss[row].mean() for point in values[1:]])
        assert EN(f"students.{student['name']}") == student["label"]
        assert percent(EN, values[-1].accuracy[row].mean()) in drawn["text"]


def test_a_loss_that_is_no_number_is_left_out(learn: Learn, service: Jobs) -> None:
    learn("bugs", bug="log_target")
    drawn = shown.curves(EN, points_of(service, "log_target"), "log_target", is_live=False, is_over=False)
    buggy = next(student for student in drawn["students"] if student["name"] == "buggy")
    assert set(buggy["loss"]) == {None}
    assert "NaN" in drawn["loss_text"]
    json.dumps(drawn, allow_nan=False)


def test_while_it_trains_words_are_so_far(learn: Learn, service: Jobs) -> None:
    learn("bugs", bug="argmax")
    values = points_of(service, "argmax")[:4]
    drawn = shown.curves(EN, values, "argmax", is_live=True, is_over=True)
    assert drawn["live"]
    assert drawn["words"]["so_far"] == EN("curves.so_far")
    nothing = shown.curves(EN, [], "argmax", is_live=True, is_over=False)
    assert [student["accuracy"] for student in nothing["students"]] == [[], [], []]
    assert EN("curves.alt_waiting") in nothing["text"]
    assert "10 teachers are trained, a division of the data each, then 30 students" in nothing["words"]["waiting"]


# What is revealed


def test_the_cost_is_that_of_the_run(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug="argmax", guesses={"bugs_argmax": found_text("argmax")})
    found = judge(points_of(service, "argmax"))
    told = said(page)
    assert EN(f"verdict.{found.outcome}") in told
    assert EN("cost.plausible" if found.is_plausible else "cost.suspicious") in told
    assert f">{points(EN, found.to_correct.mean)} points<" in html(page)
    for share in (found.alone, found.correct, found.buggy):
        assert percent(EN, share.mean) in told
    for difference in (found.to_alone, found.to_correct):
        sure = shown.interval_text(EN, difference)
        assert sure in told + html(page)
        assert f"{difference.n} pairs on {difference.splits} splits: {EN(f'verdict.{shown.grade(difference)}')}" in sure


def test_what_is_not_clear_is_no_cost() -> None:
    noise = np.linspace(-0.01, 0.01, 10)
    accuracy = np.stack([0.8 + noise, 0.9 + noise, 0.9 + noise[::-1]])
    found = judge([Point(epoch, accuracy, np.full((3, 10), 1.0 - epoch / 10)) for epoch in (0, 1, 2)])
    told = shown.cost(EN, found)
    assert f">{EN('cost.unclear')}<" in told
    assert f">{points(EN, 0)} points against the correct step" in told


def test_the_check_shown_is_the_computed_one(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug="double_softmax", guesses={"bugs_double_softmax": SHOWN})
    value = examination_of(service)["double_softmax"]["hard_floor"]
    assert f"<td>{significant(EN, value)} – fails</td>" in html(page)
    assert "<td>0 – passes</td>" in html(page)
    assert EN("check.hard_floor.question") in said(page)


def test_the_board_fills_with_what_was_found_and_then_with_all(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug="argmax", guesses={"bugs_argmax": found_text("argmax"), f"bugs_{FIRST}": SHOWN})
    settle(page, service)
    found = examination_of(service)
    assert board(page).count("kd-bugs-dot") == 2
    assert board(page).count('class="kd-bugs-fires"') == len(failed(found["argmax"])) + len(failed(found[FIRST]))
    settle(page.button(key="bugs_train_all").click().run(), service)
    rows = board(page)
    verdicts = {bug: judge(points_of(service, bug)) for bug in BUGS}
    assert shown.plausible(EN, verdicts) in rows
    assert rows.count(f"<td>{EN('summary.plausible')}</td>") == sum(v.is_plausible for v in verdicts.values())
    for verdict in verdicts.values():
        assert f"<td>{percent(EN, verdict.buggy.mean)}</td>" in rows
        assert EN("summary.points", **interval_points(EN, verdict.to_correct)) in rows
    assert shown.is_nothing(verdicts["alpha_swapped"].to_alone)  # it is the student alone, seed for seed
    assert f"<td>{EN('summary.nothing')}</td>" in rows
    assert rows.count("<tr") == 2 + len(BUGS) + 1  # heads, bugs, the correct step


def test_only_what_fires_is_marked(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", guesses={f"bugs_{bug}": SHOWN for bug in BUGS})
    found, rows = examination_of(service), board(settle(page, service))
    fires = sum(len(failed(values)) for values in found.values())
    assert rows.count(f"{shown.MARKS['buggy']}<span") == rows.count(f">{EN('summary.fires')}</span>") == fires
    assert rows.count('<td class="kd-bugs-passes"></td>') == len(CHECKS) * len(found) - fires
    assert shown.cover(EN, found) in said(page)
    assert EN("summary.legend", **shown.MARKS) in said(page)


@pytest.mark.parametrize(
    ("bug", "guess", "count"), [("argmax", SHOWN, 1), ("no_t_squared", SHOWN, 2), ("no_t_squared", "1", 1)]
)
def test_links_open_the_correct_steps_experiment(learn: Learn, bug: str, guess: str, count: int) -> None:
    page = learn("bugs", bug=bug, guesses={f"bugs_{bug}": guess})
    queries = [link.proto.query_string for link in page.get("page_link") if link.proto.query_string]
    experiments = [BUGS[bug].experiment, BUGS[bug].experiment.replace(t_squared=False)][:count]
    assert [Experiment.from_query(query) for query in queries] == experiments


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (4e-16, "0"),
        (1.4613, "1.46"),
        (-913.2, "−913"),
        (0.0396, "0.0396"),
        (float("nan"), "NaN"),
        (100.0, "100"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert significant(EN, value) == text
    assert significant(DE, value) == text.replace(".", ",")
