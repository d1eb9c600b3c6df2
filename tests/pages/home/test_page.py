"""The entry: the picture and its numbers, the three levels, the ways on."""

from __future__ import annotations

import inspect
import re

import pytest
from scipy import stats
from streamlit.testing.v1 import AppTest

from kd_core import Experiment, losses
from kd_core.jobs import Jobs
from kd_core.sweeps.grid import Sweep
from pages.home.figures import example
from pages.ui import address
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, default_run, ends, links, text


def picture(page: AppTest) -> str:
    """The text in the picture of distillation, its description apart."""
    (found,) = [data for data in data_of(page, "kd_home_picture") if "desc" in data["picture"]]
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", found["picture"]))


def test_it_is_written_in_both_languages(learn: Learn) -> None:
    for lang in ("en", "de"):
        page, w = learn("home", lang=lang), Words("home", lang)
        assert page.title[0].value == w("title")
        assert w("intro").strip() in text(page)
        assert [header.value for header in page.header] == [
            w(f"{part}.header") for part in ("pipeline", "levels", "path", "left_out")
        ]


def test_the_teacher_is_shown_at_once_and_the_students_once_the_reader_has_predicted(
    learn: Learn, service: Jobs
) -> None:
    page, last = learn("home"), ends(default_run(service))
    shown = {actor: f"{100 * m.test_accuracy.mean():.1f} %" for s in last.values() for actor, m in s.actors.items()}
    assert shown["teacher"] in picture(page)
    for actor in ("alone", "distilled"):
        assert shown[actor] not in picture(page) + text(page)
    page.button(key="guess_home_same").click().run()
    for actor in ("alone", "distilled"):
        assert shown[actor] in picture(page)
        assert shown[actor] in text(page)


def test_the_difference_is_that_of_the_pairs_with_its_interval(learn: Learn, service: Jobs) -> None:
    page = learn("home", guesses={"home": "distilled"})
    actors = ends(default_run(service))["students"].actors
    gains = 100 * (actors["distilled"].test_accuracy - actors["alone"].test_accuracy).astype(float)
    low, high = stats.t.interval(0.95, len(gains) - 1, gains.mean(), stats.sem(gains))
    assert low > 0  # so the page says that the distilled student leads
    expected = f"{gains.mean():+.1f} points (95 % interval\n{low:+.1f} to {high:+.1f}, {len(gains)} paired seeds)"
    assert expected in text(page)
    assert "The distilled student leads" in text(page)
    assert Words("home", "en")("predict.right") in text(page)


def test_german_numbers_have_a_decimal_comma(learn: Learn, service: Jobs) -> None:
    page = learn("home", lang="de", guesses={"home": "distilled"})
    actors, found = ends(default_run(service))["students"].actors, example(default_run(service))
    right = f"{100 * actors['distilled'].test_accuracy.mean():.1f} %".replace(".", ",")
    assert found is not None
    likely = f"{100 * found.soft[found.label]:.1f} %".replace(".", ",")
    for shown in (text(page), picture(page)):
        assert right in shown
        assert likely in shown
        assert not re.search(r"\d\.\d+ %", shown)
    alpha = Experiment().alpha
    weights = {f"{weight:g}".replace(".", ",") for weight in (alpha, 1 - alpha)}
    assert weights <= set(picture(page).split())


def test_a_wrong_prediction_is_told_kindly_and_seeing_without_one_is_not_judged(learn: Learn) -> None:
    w = Words("home", "en")
    assert w("predict.wrong") in text(learn("home", guesses={"home": "alone"}))
    shown = text(learn("home", guesses={"home": ""}))
    assert w("predict.wrong") not in shown
    assert w("predict.right") not in shown


def test_the_beginner_reads_what_the_teacher_says_of_that_digit(learn: Learn, service: Jobs) -> None:
    shown, found = text(learn("home")), example(default_run(service))
    assert found is not None
    for label in found.ranked[:3]:
        assert f"**{label}** ({100 * found.soft[label]:.1f} %)" in shown


def test_the_technical_level_shows_the_source_of_the_loss(learn: Learn) -> None:
    page = learn("home", level="technical")
    shown = [code.value for code in page.code]
    assert shown == [inspect.getsource(f).rstrip("\n") for f in (losses.soften, losses.distillation_loss)]
    assert links(page)[Words("home", "en")("technical.read")] == {"file": "losses"}


def test_the_level_joins_the_address_and_outlives_a_visit_to_another_page(learn: Learn) -> None:
    page = learn("home")
    assert "level" not in page.query_params
    page.radio(key="chosen_level").set_value("academic").run()
    assert page.query_params["level"] == "academic"
    assert "Furlanello" in text(page)
    page.query_params.clear()  # as the browser does where a link leads to another page
    page.switch_page("learn/soft_targets/page.py").run()
    page.switch_page("home/page.py").run()
    assert page.radio(key="chosen_level").value == "academic"


def test_an_unknown_level_is_the_first(learn: Learn) -> None:
    assert learn("home", level="wizard").radio(key="chosen_level").value == "beginner"


@pytest.mark.parametrize("level", ["beginner", "technical", "academic"])
def test_every_level_is_there_in_german(learn: Learn, level: str) -> None:
    w = Words("home", "de")
    first = {"beginner": "beginner.end", "technical": "technical.loss", "academic": "academic.after"}[level]
    assert w(first).strip() in text(learn("home", lang="de", level=level))


def test_links_open_the_very_run_and_its_sweep(learn: Learn) -> None:
    w, found = Words("home", "en"), links(learn("home"))
    for name in ("playground", "same_run"):
        query = "&".join(f"{field}={value}" for field, value in found[w(f"links.{name}")].items())
        assert Experiment.from_query(query) == Experiment()
    for name in ("sweep", "same_sweep"):
        sweep = Sweep.from_query("&".join(f"{k}={v}" for k, v in found[w(f"links.{name}")].items()))
        assert sweep.base == Experiment()
        assert sweep.over == (("temperature", (1.0, 2.0, 4.0, 8.0, 20.0)),)


def test_back_in_the_browser_brings_the_level_back(learn: Learn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "LATE", -1.0)
    page = learn("home")
    page.radio(key="chosen_level").set_value("technical").run()
    page.radio(key="chosen_level").set_value("academic").run()
    page.query_params["level"] = "technical"
    assert page.run().radio(key="chosen_level").value == "technical"
    del page.query_params["level"]
    assert page.run().radio(key="chosen_level").value == "beginner"


def test_an_address_from_before_the_choice_changes_nothing(learn: Learn) -> None:
    page = learn("home", level="technical")
    page.radio(key="chosen_level").set_value("academic").run()
    page.query_params["level"] = "technical"
    assert page.run().radio(key="chosen_level").value == "academic"
    assert page.query_params["level"] == "academic"
