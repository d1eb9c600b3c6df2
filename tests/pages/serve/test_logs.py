"""The log: one line an event, whatever strangers send."""

import io
import logging
import sys

import pytest

from pages.serve import logs


@pytest.fixture
def lines(monkeypatch):
    """Reads what has been written since it was read last."""
    before = logs.LOGGER.handlers, logs.LOGGER.propagate, logs.LOGGER.level
    written = io.StringIO()
    with monkeypatch.context() as now:
        now.setattr(sys, "stderr", written)
        logs.configure()

    def read():
        text = written.getvalue()
        written.seek(0), written.truncate()
        return text.splitlines()

    yield read
    logs.LOGGER.handlers, logs.LOGGER.propagate = before[:2]
    logs.LOGGER.setLevel(before[2])


def test_a_line_is_time_level_event_and_values(lines):
    logs.log("server_started", workers=2, hosts="a.example,b.example", scheduler="")
    (line,) = lines()
    assert line.split(" ", 2)[2] == 'INFO server_started workers=2 hosts=a.example,b.example scheduler=""'


def test_what_others_write_to_the_logger_comes_in_the_same_form(lines):
    logging.getLogger("kd_lab").warning("job lost id=%s", "abc")
    (line,) = lines()
    assert line.endswith(" WARNING job lost id=abc")


@pytest.mark.parametrize("text", ["a\n2026 INFO forged", "a\r\nb", "\x1b[2J", "a\u2028b", "\x85", 'a" b="c', "\\"])
def test_a_value_can_forge_neither_a_line_nor_a_field_nor_move_the_cursor(lines, text):
    logs.log("refused", host=text, path="/")
    logging.getLogger("kd_lab").info("job failed message=%s", text)
    first, second = lines()
    assert first.isprintable()
    assert second.isprintable()
    assert first.count(" path=/") == 1
    assert first.split("INFO refused ", 1)[1].startswith("host=")


def test_configuring_twice_writes_once():
    before = logs.LOGGER.handlers
    try:
        logs.configure(), logs.configure()
        assert [type(handler) for handler in logs.LOGGER.handlers] == [logging.StreamHandler]
    finally:
        logs.LOGGER.handlers, logs.LOGGER.propagate = before, True


def test_a_traceback_stays_on_its_line(lines):
    try:
        raise ValueError("a\nb")
    except ValueError:
        logging.getLogger("kd_lab").exception("job failed")
    (line,) = lines()
    assert "Traceback" in line
    assert "ValueError" in line


def test_a_flood_is_written_up_to_a_limit_each_minute_and_then_counted(lines):
    now = 0.0
    sparing = logs.Sparing("refused", most=2, clock=lambda: now)
    for _ in range(5):
        sparing.log(path="/")
    assert len(lines()) == 2
    now = 60.0
    sparing.log(path="/")
    more, next_one = lines()
    assert more.endswith("refused_more count=3")
    assert next_one.endswith("refused path=/")
