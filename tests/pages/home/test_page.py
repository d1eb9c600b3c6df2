"""The entry: the picture's data and numbers, what its link holds, the three levels, the ways on."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest
from scipy import stats
from streamlit.testing.v1 import AppTest

from kd_core import Experiment, losses
from kd_core.jobs import Jobs
from kd_core.sweeps.grid import Sweep
from pages.home.values import example
from pages.ui import address
from pages.ui.links import PATH
from pages.ui.words import Words
from tests.pages.explaining import Learn, data_of, default_run, ends, links, text

LEVEL = "home_level"


def picture(page: AppTest) -> Any:
    """What the picture was given to show."""
    (found,) = data_of(page, "kd_home_picture")
    return found


def said(page: AppTest) -> str:
    """All of it as text, as the browser gets it, numbers in a row of logits or accuracies apart."""
    found = {name: part for name, part in picture(page).items() if name not in ("logits", "examples")}
    return json.dumps(found, ensure_ascii=False) + text(page)


def test_it_is_written_in_both_languages(learn: Learn) -> None:
    for lang in ("en", "de"):
        page, w = learn("home", lang=lang), Words("home", lang)
        assert page.title[0].value == Words("frame", lang)("pages.home")
        assert picture(page)["words"] == w.get("view")
        assert [header.value for header in page.header] == [w(f"{part}.header") for part in ("levels", "path")]
        assert [found.label for found in page.expander] == [w(f"{part}.header") for part in ("look", "left_out")]


def test_the_teacher_is_shown_at_once_and_the_students_once_the_reader_has_predicted(
    learn: Learn, service: Jobs
) -> None:
    page, last = learn("home"), ends(default_run(service))
    shown = {actor: f"{100 * m.test_accuracy.mean():.1f} %" for s in last.values() for actor, m in s.actors.items()}
    assert picture(page)["teacher"]["score"] == shown["teacher"]
    for actor in ("alone", "distilled"):
        assert shown[actor] not in said(page)
    page.session_state["guesses"]["home"] = "same"
    race = picture(page.run())["race"]
    assert {actor: race[actor]["score"] for actor in ("alone", "distilled")} == {
        actor: shown[actor] for actor in ("alone", "distilled")
    }


def test_the_difference_is_that_of_the_pairs_with_its_interval(learn: Learn, service: Jobs) -> None:
    found = picture(learn("home", guesses={"home": "distilled"}))["verdict"]
    actors = ends(default_run(service))["students"].actors
    gains = 100 * (actors["distilled"].test_accuracy - actors["alone"].test_accuracy).astype(float)
    low, high = stats.t.interval(0.95, len(gains) - 1, gains.mean(), stats.sem(gains))
    assert low > 0  # so the page says that the distilled student leads
    assert found["headline"] == f"With the teacher {gains.mean():+.1f} points"
    assert f"95 % interval {low:+.1f} to {high:+.1f}, {len(gains)} pairs, on this split" in found["sure"]
    assert found["leader"] == "distilled"
    assert found["guess"] == Words("home", "en")("guess.right")


def test_german_numbers_have_a_decimal_comma(learn: Learn, service: Jobs) -> None:
    page = learn("home", lang="de", guesses={"home": "distilled"})
    actors, found = ends(default_run(service))["students"].actors, example(default_run(service))
    right = f"{100 * actors['distilled'].test_accuracy.mean():.1f} %".replace(".", ",")
    assert found is not None
    assert right in said(page)
    assert f"{100 * found.soft[found.label]:.1f} %".replace(".", ",") in text(page)
    assert not re.search(r"\d\.\d+ %", said(page))
    alpha = Experiment().alpha
    weights = {weight["text"] for _, _, weight in picture(page)["flow"] if weight}
    assert weights == {"1", *(f"{weight:g}".replace(".", ",") for weight in (alpha, 1 - alpha))}


def test_a_wrong_prediction_is_told_kindly_and_seeing_without_one_is_not_judged(learn: Learn) -> None:
    w = Words("home", "en")
    assert picture(learn("home", guesses={"home": "alone"}))["verdict"]["guess"] == w("guess.wrong")
    assert picture(learn("home", guesses={"home": ""}))["verdict"]["guess"] == ""


def test_the_beginner_reads_what_the_teacher_says_of_that_digit(learn: Learn, service: Jobs) -> None:
    shown, found = " ".join(text(learn("home")).split()), example(default_run(service))
    assert found is not None
    for label in found.ranked[:3]:
        assert f"**{label}** ({100 * found.soft[label]:.1f} %)" in shown


def test_a_link_opens_a_digit_at_a_temperature_with_the_sender_s_guess(learn: Learn, service: Jobs) -> None:
    page = learn("home", digit="14", T="8", guess="alone")
    shown = picture(page)
    assert (shown["digit"], shown["temperature"], shown["guess"]) == (14, 8, "alone")
    found = example(default_run(service), 14, 8.0)
    assert found is not None
    assert "at T = 8" in text(page)
    assert f"**{found.ranked[0]}** ({100 * found.soft[found.ranked[0]]:.1f} %)" in text(page)


def test_what_is_chosen_in_the_picture_joins_the_address(learn: Learn) -> None:
    page = learn("home")
    assert not {"digit", "T"} & set(page.query_params)
    page.session_state["home_digit"], page.session_state["home_T"] = 3, 7.5
    page.run()
    assert (page.query_params["digit"], page.query_params["T"]) == ("3", "7.5")


@pytest.mark.parametrize(("name", "value"), [("digit", "20"), ("digit", "x"), ("T", "0"), ("T", "hot")])
def test_what_a_link_may_not_say_is_told_and_the_default_shown(learn: Learn, name: str, value: str) -> None:
    page = learn("home", **{name: value})
    assert value in page.warning[0].value
    assert picture(page)["temperature"] == 4
    assert picture(page)["digit"] == picture(learn("home"))["digit"]


def test_the_technical_level_shows_the_source_of_the_loss(learn: Learn) -> None:
    page = learn("home", level="technical")
    shown = [code.value for code in page.code]
    assert shown == [inspect.getsource(f).rstrip("\n") for f in (losses.soften, losses.distillation_loss)]
    assert links(page)[Words("home", "en")("technical.read")] == {"file": "losses"}


def test_the_level_joins_the_address_and_outlives_a_visit_to_another_page(learn: Learn) -> None:
    page = learn("home")
    assert "level" not in page.query_params
    page.radio(key=LEVEL).set_value("academic").run()
    assert page.query_params["level"] == "academic"
    assert "Furlanello" in text(page)
    page.query_params.clear()  # as the browser does where a link leads to another page
    page.switch_page("learn/soft_targets/page.py").run()
    page.switch_page("home/page.py").run()
    assert page.radio(key=LEVEL).value == "academic"


def test_an_unknown_level_is_the_first(learn: Learn) -> None:
    assert learn("home", level="wizard").radio(key=LEVEL).value == "beginner"


@pytest.mark.parametrize("level", ["beginner", "technical", "academic"])
def test_every_level_is_there_in_german(learn: Learn, level: str) -> None:
    w = Words("home", "de")
    first = {"beginner": "beginner.end", "technical": "technical.loss", "academic": "academic.after"}[level]
    assert w(first).strip() in text(learn("home", lang="de", level=level))


def test_links_open_the_very_run_and_its_sweep(learn: Learn) -> None:
    w, found = Words("home", "en"), links(learn("home"))
    query = "&".join(f"{field}={value}" for field, value in found[w("open.playground")].items())
    assert Experiment.from_query(query) == Experiment()
    sweep = Sweep.from_query("&".join(f"{k}={v}" for k, v in found[w("left_out.sweep")].items()))
    assert sweep.base == Experiment()
    assert sweep.over == (("temperature", (1.0, 2.0, 4.0, 8.0, 20.0)),)


def test_the_way_leads_through_all_pages_in_the_one_order(learn: Learn) -> None:
    frame, found = Words("frame", "en"), list(links(learn("home")))
    way = [label for label in found if re.match(r"\d+\. ", label)]
    assert way == [
        f"{i}. **{frame(f'pages.{name}')}**: {frame(f'questions.{name}')}" for i, name in enumerate(PATH[1:], start=1)
    ]


def test_back_in_the_browser_brings_the_level_back(learn: Learn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "LATE", -1.0)
    page = learn("home")
    page.radio(key=LEVEL).set_value("technical").run()
    page.radio(key=LEVEL).set_value("academic").run()
    page.query_params["level"] = "technical"
    assert page.run().radio(key=LEVEL).value == "technical"
    page.query_params["level"] = "beginner"
    assert page.run().radio(key=LEVEL).value == "beginner"


def test_an_address_from_before_the_choice_changes_nothing(learn: Learn) -> None:
    page = learn("home", level="technical")
    page.radio(key=LEVEL).set_value("academic").run()
    page.query_params["level"] = "technical"
    assert page.run().radio(key=LEVEL).value == "academic"
    assert page.query_params["level"] == "academic"
