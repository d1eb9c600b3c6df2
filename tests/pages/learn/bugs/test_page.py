"""The lab of bugs: code, curves and checks shown are those that were computed; the guess comes first."""

from __future__ import annotations

from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from kd_core.jobs import Jobs, OnWorker
from pages.learn.bugs import figures as shown
from pages.learn.bugs.bugs import BUGS, FIRST, Examination, Point, judge, side_by_side
from pages.ui.numbers import significant
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, settle, study_of

runs, checks = OnWorker("pages.learn.bugs.runs"), OnWorker("pages.learn.bugs.checks.runs")

EN, DE = (Words("bugs", language) for language in ("en", "de"))


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in page.markdown)


def html(page: AppTest, kind: str) -> str:
    return next(element.proto.body for element in page.get("html") if f'class="{kind}' in element.proto.body)


def points_of(service: Jobs, bug: str) -> list[Point]:
    return study_of(service, runs.study, bug).values


def examination_of(service: Jobs) -> Examination:
    (found,) = study_of(service, checks.examine).values
    return found


def charts(page: AppTest) -> list[dict[str, str]]:
    return data_of(page, "kd_chart")


@pytest.mark.parametrize("w", [EN, DE], ids=["en", "de"])
def test_the_page_says_everything_in_the_readers_language(learn: Learn, w: Words) -> None:
    page = learn("bugs", lang=w.language, guesses={f"bugs_{FIRST}": "same"})
    assert page.title[0].value == w("title")
    assert [header.value for header in page.header] == [
        w(f"{FIRST}.name"),
        w("summary.title"),
        w("matrix.title"),
        w("end.title"),
    ]
    assert w("code.buggy") in html(page, "kd-bugs-code")
    assert w(f"{FIRST}.why") in said(page)


@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_has_its_texts_and_its_code(bug: str) -> None:
    for w in (EN, DE):
        assert all(w(f"{bug}.{text}") for text in ("name", "what", "why"))
        panel = unescape(shown.code(w, bug))
        for row in side_by_side(bug):
            for line in (row.correct, row.buggy):
                assert (line if line is not None else w("code.nothing")) in panel
        assert panel.count(w("code.differs")) == 2 * sum(row.differs for row in side_by_side(bug))


def test_the_address_opens_a_bug(learn: Learn) -> None:
    page = learn("bugs", bug="argmax")
    assert page.header[0].value == EN("argmax.name")
    assert page.query_params["bug"] in ("argmax", ["argmax"])
    assert learn("bugs", bug="nonsense").header[0].value == EN(f"{FIRST}.name")


def test_the_next_button_goes_round(learn: Learn, service: Jobs) -> None:
    names = list(BUGS)
    page = learn("bugs", bug=names[-1])
    settle(page.button(key="bugs_next").click().run(), service)
    assert page.header[0].value == EN(f"{names[0]}.name")


def test_a_hidden_picker_leaves_the_bugs_name(learn: Learn) -> None:
    page = learn("bugs", bug="argmax", hide="bug")
    assert page.header[0].value == EN("argmax.name")
    assert not [box for box in page.selectbox if box.key == "bugs_bug"]


def test_nothing_of_the_bugs_curve_is_given_away_before_the_guess(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug="argmax")
    told = said(page)
    assert EN("curves.guess_first") in told
    assert EN("argmax.why") not in told
    assert "paired seeds: **" not in told
    assert EN("summary.empty") in told
    page.button(key="guess_bugs_argmax_between").click().run()
    assert EN("argmax.why") in said(page)


def test_the_bugs_line_is_drawn_only_after_the_guess(learn: Learn, service: Jobs) -> None:
    learn("bugs", bug="argmax")
    points = points_of(service, "argmax")
    for with_bug in (False, True):
        for picture in (shown.accuracy, shown.loss):
            figure, text = picture(EN, points, "argmax", with_bug=with_bug)
            assert (EN("students.buggy") in {trace.name for trace in figure.data}) == with_bug
            assert (EN("students.buggy") in text) == with_bug


def test_the_chart_shows_the_means_that_were_computed(learn: Learn, service: Jobs) -> None:
    learn("bugs", bug="argmax")
    points = points_of(service, "argmax")
    figure, text = shown.accuracy(EN, points, "argmax", with_bug=True)
    (line,) = [trace for trace in figure.data if trace.name == EN("students.buggy")]
    assert list(line.y) == pytest.approx([100 * point.accuracy[2].mean() for point in points])
    last = f"{100 * points[-1].accuracy[2].mean():.1f} %"
    assert last in text


@pytest.mark.parametrize("guess", ["below", "between", "same", ""])
def test_a_guess_is_held_against_what_came_out(learn: Learn, service: Jobs, guess: str) -> None:
    page = learn("bugs", bug="argmax", guesses={"bugs_argmax": guess})
    found = judge(points_of(service, "argmax"))
    told = said(page)
    assert EN(f"verdict.{found.outcome}") in told
    assert (EN("verdict.right") in told) == (guess == found.outcome)
    assert ("You guessed *" in told) == (guess not in ("", found.outcome))
    for share in (found.alone, found.correct, found.buggy):
        assert f"{100 * share.mean:.1f} %" in told
    for difference in (found.to_alone, found.to_correct):
        assert shown.difference(EN, difference) in told
        assert f"{difference.n} paired seeds" in told


def test_the_check_shown_is_the_computed_one(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug="double_softmax")
    found = examination_of(service)
    (row,) = shown.checks_table(EN, "double_softmax", found)
    assert f"{found['double_softmax']['hard_floor']:.2f} – fails" in row[EN("checks.buggy")]
    assert row[EN("checks.correct")] == "0 – passes"
    assert page.table[0].value.iloc[0].tolist() == list(row.values())


def test_the_matrix_marks_every_failed_check(learn: Learn, service: Jobs) -> None:
    page = learn("bugs")
    found = examination_of(service)
    body = html(page, "kd-bugs-table kd-bugs-matrix")
    fails = sum(not check for check in _passes(found))
    assert body.count(f"{shown.MARKS['buggy']} {EN('matrix.fails')}<") == fails
    assert body.count(f"<td>{EN('matrix.ok')}</td>") == len(_passes(found)) - fails


def _passes(examination: Examination) -> list[bool]:
    from pages.learn.bugs.bugs import CHECKS

    return [CHECKS[name].passes(value) for values in examination.values() for name, value in values.items()]


def test_the_summary_lists_what_was_guessed_and_then_all(learn: Learn, service: Jobs) -> None:
    page = learn("bugs", bug="argmax", guesses={"bugs_argmax": "below", f"bugs_{FIRST}": ""})
    settle(page, service)
    rows = html(page, 'kd-bugs-table "')
    assert rows.count('<th scope="row">') == 2
    settle(page.button(key="bugs_train_all").click().run(), service)
    rows = html(page, 'kd-bugs-table "')
    assert rows.count('<th scope="row">') == len(BUGS)
    verdicts = {bug: judge(points_of(service, bug)) for bug in BUGS}
    assert shown.count(EN, verdicts) in said(page)
    assert rows.count(f"<td>{EN('summary.plausible')}</td>") == sum(v.is_plausible for v in verdicts.values())
    for found in verdicts.values():
        assert f"<td>{100 * found.buggy.mean:.1f} %</td>" in rows


@pytest.mark.parametrize(("bug", "links"), [("argmax", 1), ("no_t_squared", 2)])
def test_links_open_the_correct_steps_experiment(learn: Learn, bug: str, links: int) -> None:
    page = learn("bugs", bug=bug)
    queries = [link.proto.query_string for link in page.get("page_link")]
    experiments = [BUGS[bug].experiment, BUGS[bug].experiment.replace(t_squared=False)][:links]
    from kd_core.experiment import Experiment

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
