"""Messages of the core: a sentence for each in every language, and what came from outside is shown as it is."""

from __future__ import annotations

import re
import string

import pytest

from kd_core.experiment import SETTINGS, Experiment
from kd_core.messages import LONGEST, TEXTS, Message
from kd_core.sweeps.grid import Sweep
from pages.ui.messages import complaint, markdown, plain, say, say_in_all
from pages.ui.words import LANGUAGES, texts

OTHERS = [language for language in LANGUAGES if language != "en"]


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("language", OTHERS)
def test_every_kind_has_a_sentence_with_the_same_values_in_every_other_language(language: str) -> None:
    translated = texts("messages", language)
    assert set(translated) == set(TEXTS)
    for kind, text in TEXTS.items():
        assert fields(translated[kind]) == fields(text), kind
        assert kind == "problem" or translated[kind] != text


def test_english_is_the_message_itself() -> None:
    _, errors = Experiment.read("learning_rate=0&banana=1&labels=3&schedule=700:1:1")
    assert [say(error, "en") for error in errors.values()] == list(errors.values())


def test_german_says_messages_within_messages_in_german_too_with_a_decimal_comma() -> None:
    _, errors = Experiment.read("label_noise=2&student=banana")
    assert say(errors["label_noise"], "de") == (
        "label_noise=2 ist nicht erlaubt. Erlaubt für label_noise: eine Zahl von 0 bis 0,9."
    )
    assert say(errors["student"], "de") == (
        "student=banana ist nicht erlaubt. Erlaubt für student: bis zu 3 Faltungen mit 1 bis 64 Kanälen, dann bis zu 3 "
        "Schichten mit 1 bis 1024 Einheiten, verbunden mit „-“, etwa 16, 64-32 oder c8-c16-32."
    )


def test_a_value_that_came_from_outside_is_not_translated() -> None:
    _, errors = Experiment.read("temperature=0.5")
    assert say(errors["temperature"], "de").startswith("temperature=0.5 ist")


def test_what_is_no_message_stays_as_it_is() -> None:
    assert say_in_all("3 is not allowed: count is even.") == dict.fromkeys(
        LANGUAGES, "3 is not allowed: count is even."
    )
    assert say("", "de") == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["[x](http://e)", "![t](http://e)", "$x$ `y` *z* #", ":red[x] <b> | ~~a~~ &lt;"])
def test_what_comes_from_a_link_is_shown_as_characters(text: str, language: str) -> None:
    _, errors = Experiment.read({"alpha": text, text: "1"})
    try:
        Sweep.parse(Experiment(), [f"alpha={text}"])
    except ValueError as problem:
        errors["over"] = problem.errors["over"]  # type: ignore[attr-defined]
    assert len(errors) == 3
    for error in errors.values():
        shown = markdown(error, language)
        assert plain(text) in shown
        assert re.sub(r"\\([!-/:-@\[-`{-~])|\u2060", r"\1", shown) == say(error, language)


def test_everything_that_means_something_to_markdown_is_escaped_but_not_names_of_fields() -> None:
    marks = set(string.punctuation) - set(",=")
    escaped = plain(" ".join(marks))
    assert all(f"\\{mark}" in escaped for mark in marks)
    assert plain("batch_size=1, label_noise") == "batch_size=1, label_noise"
    assert plain("_a_ __b__") == r"\_a\_ \_\_b\_\_"
    assert plain("# a\n\n    b") == r"\# a b"  # neither a heading nor a paragraph of its own


def test_streamlit_finds_no_address_icon_emoji_or_arrow_in_it() -> None:
    shown = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", plain("http://e.com www.e.com a@e.com :smile: a -> b >= c"))
    assert not re.search(r"https?:/|www\.|@e|:\w|(^|\s)(->|>=)(\s|$)", shown)
    assert shown.replace("\u2060", "") == "http://e.com www.e.com a@e.com :smile: a -> b >= c"


def unescaped(shown: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])|\u2060", r"\1", shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_wrong_is_said_in_short_and_how_much_more_there_is(language: str) -> None:
    hostile = "[x](http://e)" * 100
    for fields in ({hostile: hostile}, {f"{hostile}{i}": hostile for i in range(9)}, {"alpha": hostile, "seeds": "0"}):
        _, errors = Experiment.read({name: text[:200] for name, text in fields.items()})
        shown = complaint(errors.values(), language)
        said = unescaped(shown).split("\n\n")
        assert len(" ".join(said)) <= LONGEST
        assert "](" not in shown
        if len(said) <= len(errors) and len(errors) > 2:
            assert said[-1] == say(Message("more", count=len(errors) - len(said) + 1), language)
    assert complaint([], language) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_that_is_too_long_in_any_language_is_cut_and_still_characters(language: str) -> None:
    hostile = "![t](http://e/t.png) " * 9
    error = Message("not_allowed", name=hostile, value="$x$ " * 90, allowed=SETTINGS["schedule"].allowed)
    assert len(say(error, language)) == LONGEST
    assert unescaped(markdown(error, language)) == say(error, language)
    assert "](" not in markdown(error, language)
