"""One run a claim: whatever page asks the same question asks it of the same run."""

from __future__ import annotations

from itertools import combinations

import pytest

from kd_core import Experiment
from pages.lab.playground.presets import PRESETS
from pages.learn.bugs.bugs import SETTING
from pages.learn.check.questions import QUESTIONS
from pages.learn.dark_knowledge.analysis import STEPS, case_of
from pages.learn.two_losses.analysis import SCALING, SGD_LEARNING_RATE
from pages.learn.when.scenarios import SCENARIOS
from pages.run.claims import CLAIMS, SGD_RATE, over_splits
from pages.ui.words import FOLDER

DARK = case_of("digits").experiment
CASES = {f"when: {s.name}, {case.name}": case.experiment for s in SCENARIOS.values() for case in s.cases}
USES = {
    **CASES,
    **{f"check: {name}": question.experiment for name, question in QUESTIONS.items()},
    **{f"playground: {name}": preset for name, preset in PRESETS.items()},
    "dark knowledge": DARK,
    "two losses": SCALING,
    "bugs": SETTING,
    "home": Experiment(),
}
# Where a claim is made: pages may call it by other names.
MADE = {
    "few": ("when: few, few", "when: noisy, clean", "check: few", "playground: few_labels", "home"),
    "plenty": ("when: plenty, plenty", "when: weak, full", "check: plenty", "playground: all_labels"),
    "noisy": ("when: noisy, noisy", "playground: noisy_labels"),
    "weak": ("when: weak, weak", "check: ranking"),
    "sure": ("check: sure",),
    "tiny_cool": ("when: tiny, t3",),
    "tiny_hot": ("when: tiny, t20",),
    "t_squared": ("two losses",),
    "missing": ("check: missing", "dark knowledge"),
}


def test_every_claim_of_the_table_is_made_somewhere() -> None:
    assert set(MADE) == set(CLAIMS)
    assert len(set(CLAIMS.values())) == len(CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS)
def test_all_pages_that_make_a_claim_run_the_same(claim: str) -> None:
    """On one split, or over ten where a verdict is given: then all over the same ten."""
    assert {USES[use] for use in MADE[claim]} <= {CLAIMS[claim], over_splits(CLAIMS[claim])}


def test_no_two_uses_differ_in_the_number_of_pairs_or_of_epochs_alone() -> None:
    """That would be one question with two answers. How long is what the scenario of patience asks."""
    asked = {use: experiment for use, experiment in USES.items() if not use.startswith("when: patience")}
    same = [
        (one, other)
        for (one, first), (other, second) in combinations(asked.items(), 2)
        if first != second and first.replace(seeds=5, epochs=100) == second.replace(seeds=5, epochs=100)
    ]
    assert same == []


def test_few_and_plenty_of_labels_are_asked_of_one_run_each_on_every_page() -> None:
    bare = {"few": Experiment(), "plenty": Experiment(labels=0)}
    for use, experiment in CASES.items() | USES.items():
        for claim, settings in bare.items():
            if experiment.replace(seeds=5, epochs=100, learning_rate=0.02) == settings and "patience" not in use:
                assert experiment == CLAIMS[claim], use


def test_t_squared_is_left_out_of_the_same_students_on_both_pages() -> None:
    question = QUESTIONS["adam"]
    asked = question.experiment.replace(t_squared=True, alpha=SCALING.alpha)
    assert asked == over_splits(CLAIMS["t_squared"])
    assert question.settings == {"sgd_rate": SGD_RATE}
    assert SGD_LEARNING_RATE == SGD_RATE


def test_the_missing_class_is_trained_for_as_many_steps_on_both_pages() -> None:
    from kd_core.data import load_dataset

    kept = int((load_dataset("digits").train_labels != QUESTIONS["missing"].settings["absent"]).sum())
    steps_an_epoch = -(-kept // DARK.batch_size)
    assert CLAIMS["missing"].epochs == round(STEPS / steps_an_epoch)


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_text_knows_how_many_pairs_or_epochs_a_claim_has(language: str) -> None:
    """Texts name settings as {names}: a number in a text would stay behind when the table changes."""
    for name in ("when", "check"):
        text = (FOLDER / language / f"{name}.toml").read_text()
        for written in ("5 pairs", "5 Paare", "100 labels", "100 Labels", "100 epochs", "100 Epochen"):
            assert written not in text
