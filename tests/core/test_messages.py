"""What is said to people is short, however long what it speaks of; and all of it can be seen."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kd_core.experiment import Experiment
from kd_core.messages import LONGEST, SHOWN, UNSEEN, Message, cut, in_short, shown


def test_a_value_from_outside_is_cut_and_nothing_more_of_it_is_kept():
    message = Message("not_allowed", name="alpha", value="9" * 10**6, allowed=Message("real", low=0, high=1))
    assert message == f"alpha={'9' * (SHOWN - 1)}… is not allowed: alpha is a number from 0 to 1."
    assert len(message.values["value"]) == SHOWN
    assert pickle.loads(pickle.dumps(message)) == message


def test_a_list_of_our_own_is_told_whole():
    message = Message("choice", choices=tuple("abcdefgh" * 10))
    assert message == "one of " + ", ".join("abcdefgh" * 10)
    assert message.values["choices"] == tuple("abcdefgh" * 10)


def test_a_problem_is_a_sentence_itself_and_has_a_sentence_s_room():
    assert Message("problem", text="x" * 200) == "x" * 200
    assert len(Message("problem", text="x" * 2000)) == LONGEST


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\nb\tc\u2028d", "a b c d"),
        ("\u202egnp.exe", f"{UNSEEN}gnp.exe"),  # would turn round what follows it
        ("\x1b[31m", f"{UNSEEN}[31m"),  # a terminal would turn red
        ("\ud800\x00", UNSEEN * 2),
        ("größer ٣ 数字 😀", "größer ٣ 数字 😀"),
    ],
)
def test_what_has_no_picture_is_not_shown(text, seen):
    assert shown(text) == seen


@given(st.text(st.characters(), max_size=200), st.integers(1, 80))
def test_a_cut_text_is_the_text_or_its_beginning_with_an_ellipsis(text, most):
    short = cut(text, most)
    assert len(short) <= most
    assert short == text if len(text) <= most else text.startswith(short.removesuffix("…"))


@given(st.lists(st.integers(1, 2 * LONGEST).map("x".__mul__), max_size=40))
def test_sentences_in_short_are_the_first_ones_and_say_how_many_there_are_more(sentences):
    short = in_short(sentences)
    assert len(" ".join(short)) <= LONGEST
    if len(" ".join(sentences)) <= LONGEST:
        assert short == sentences
    elif len(sentences) > 1:
        assert short[-1] == f"Also wrong: {len(sentences) - len(short) + 1} more."
        assert short[1:-1] == sentences[1 : len(short) - 1]
        assert sentences[0].startswith(short[0].removesuffix("…"))


def test_all_that_can_be_said_of_a_hostile_field_is_short():
    _, errors = Experiment.read({"x" * 900: "y" * 900, "teacher": "z" * 900, "schedule": "1" * 900})
    assert [len(sentence) <= LONGEST for sentence in errors.values()] == [True] * 3
