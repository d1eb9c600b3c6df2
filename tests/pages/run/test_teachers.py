"""What a teacher is, in words."""

from __future__ import annotations

import pytest

from kd_core import Experiment
from kd_core.kinds import KINDS
from pages.run.teachers import is_network, kind_name, teacher_name, unit_of
from pages.ui.words import LANGUAGES, Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_a_name_a_line_and_a_short_one_and_no_two_the_same(language: str) -> None:
    teachers, setting = Words("teachers", language), Words("settings", language)
    for said in (
        [kind_name(Experiment(), kind, language) for kind in KINDS],
        [teachers(f"is.{kind}") for kind in KINDS],
        [setting(f"choices.teacher_kind.{kind}") for kind in (*KINDS, "several")],
    ):
        assert len(set(said)) == len(said)


def test_a_name_holds_the_setting_that_says_most() -> None:
    assert teacher_name(Experiment(teacher="c8-32"), "en") == "network c8-32"
    assert teacher_name(Experiment(teacher_kind="knn", teacher_neighbours=7), "en") == "7 nearest neighbours"
    assert teacher_name(Experiment(teacher_kind="svm", teacher_c=0.5), "de") == "Stützvektormaschine, C = 0,5"


def test_an_ensemble_is_named_by_the_members_that_are_heard() -> None:
    three = Experiment(teacher_kind="network+forest+knn")
    assert teacher_name(three, "en") == (
        "ensemble of network 256-256, random forest of 100 trees and 5 nearest neighbours"
    )
    assert teacher_name(three.replace(teacher_weights="0:1:0"), "en") == "random forest of 100 trees"
    assert teacher_name(three.replace(teachers=2, teacher_weights="1:0:1:1:0"), "de") == (
        "Ensemble aus Netz 256-256 und 2 × Random Forest mit 100 Bäumen"
    )


def test_only_one_network_can_be_drawn() -> None:
    assert is_network(Experiment())
    assert not is_network(Experiment(teachers=2))
    assert not is_network(Experiment(teacher_kind="logistic"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_curve_goes_over_has_its_words_wherever_it_is_told(language: str) -> None:
    units = {unit_of(Experiment(teacher_kind=kind)) for kind in ("network", "forest", "boosting", "knn", "knn+svm")}
    assert units == {"epochs", "trees", "rounds", "fit", "kinds"}
    live, reading = Words("live", language), Words("reading", language)
    assert live.get("teacher_at").keys() == reading.get("at").keys() == units
    assert live.get("axes").keys() == units - {"epochs"}
