"""What the environment says: defaults, ranges, and one sentence for what is wrong."""

import socket
from pathlib import Path

import pytest

from pages.serve import settings as module
from pages.serve.settings import VARIABLES, SettingError, Settings, settings_at_start, table

RIGHT = {
    "KD_HOSTS": {"lab.example, [::1]": frozenset({"lab.example", "[::1]"}), "Lab.Example": frozenset({"lab.example"})},
    "KD_FRAME_ANCESTORS": {
        "self": ("'self'",),
        "'none'": ("'none'",),
        "self, https://moodle.example:8443": ("'self'", "https://moodle.example:8443"),
        "https://*.school.example": ("https://*.school.example",),
    },
    "KD_SCHEDULER": {one: one for one in ("tcp://127.0.0.1:8786", "tls://scheduler.example:8786", "tls://[::1]:1")},
    "KD_WORKERS": {"1": 1, "64": 64, " 3 ": 3},
    "KD_MAX_SECONDS": {"1": 1, "86400": 86400},
    "KD_MAX_SOCKETS": {"1": 1, "100000": 100_000},
    "KD_CACHE": {},
    "KD_DATA": {},
    "KD_DATA_MIRROR": {
        "http://127.0.0.1:8000": "http://127.0.0.1:8000",
        "https://mirror.example/sets": "https://mirror.example/sets",
    },
}
WRONG = {
    "KD_HOSTS": ("http://lab.example", "lab.example:443", "*", "a b", ",", "*.example"),
    "KD_FRAME_ANCESTORS": ("https://a;script-src *", "*", "none,self", "moodle.example", "data:", ","),
    "KD_SCHEDULER": ("127.0.0.1:8786", "http://a:1", "tcp://a", "tcp://:1", "tcp://a:99999", "tcp://a:1/b", "tcp://[a"),
    "KD_WORKERS": ("0", "65", "-1", "2.0", "two", "1_0", "٣", "9" * 400),
    "KD_MAX_SECONDS": ("0", "86401", "1e3"),
    "KD_MAX_SOCKETS": ("0", "100001"),
    "KD_CACHE": (f"{__file__}/below", __file__),
    "KD_DATA": (f"{__file__}/below", __file__),
    "KD_DATA_MIRROR": ("ftp://mirror.example", "mirror.example", "http://", "file:///etc"),
}


def field_of(name):
    return name.removeprefix("KD_").lower()


def test_every_variable_has_right_and_wrong_values_here():
    assert RIGHT.keys() == WRONG.keys() == VARIABLES.keys()
    assert set(map(field_of, VARIABLES)) == set(Settings.__dataclass_fields__)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, values in RIGHT.items() for text in values])
def test_what_is_allowed_is_read(name, text):
    assert getattr(Settings.read({name: text}), field_of(name)) == RIGHT[name][text]


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, values in WRONG.items() for text in values])
def test_what_is_not_allowed_is_named_with_its_range_in_one_sentence(name, text):
    with pytest.raises(SettingError) as problem:
        Settings.read({name: text})
    sentence = str(problem.value)
    assert sentence.startswith(f"{name} is '")
    assert sentence.endswith(f"has to be {VARIABLES[name].allowed}.")
    assert "\n" not in sentence
    assert len(sentence) < 250


def test_what_is_unset_or_empty_is_the_default():
    assert Settings.read(dict.fromkeys(VARIABLES, "")) == Settings.read({}) == Settings.read({"KD_WORKERS": " "})
    assert {"localhost", "127.0.0.1", "[::1]"} <= Settings.read({}).hosts
    numbers = ("KD_WORKERS", "KD_MAX_SECONDS", "KD_MAX_SOCKETS")
    assert [str(getattr(Settings.read({}), field_of(name))) for name in numbers] == [
        VARIABLES[name].default for name in numbers
    ]


def test_a_folder_for_results_is_made(tmp_path):
    place = tmp_path / "new" / "folder"
    assert Settings.read({"KD_CACHE": str(place)}).cache == place
    assert list(place.iterdir()) == []


def test_the_name_that_streamlit_prints_is_served(monkeypatch):
    options = {"browser.serverAddress": "lab.example", "server.address": "192.0.2.7"}
    monkeypatch.setattr(module.config, "get_option", options.get)
    assert Settings.read({}).hosts == {"localhost", "127.0.0.1", "[::1]", "192.0.2.7", "lab.example"}


def test_wrong_settings_end_the_process_with_one_sentence():
    with pytest.raises(SystemExit, match=r"^KD Lab does not start: KD_WORKERS is 'many', but has to be [^\n]*\.$"):
        settings_at_start({"KD_WORKERS": "many"})


def test_a_scheduler_that_does_not_answer_ends_the_process_with_one_sentence(monkeypatch):
    async def reach(address):
        raise module.UnreachableError(f"nobody at {address}.")

    monkeypatch.setattr(module, "reach", reach)
    with pytest.raises(SystemExit, match=r"^KD Lab does not start: nobody at tcp://127\.0\.0\.1:1\.$"):
        settings_at_start({"KD_SCHEDULER": "tcp://127.0.0.1:1"})


def test_the_log_gets_every_setting_as_text():
    told = Settings.read({"KD_HOSTS": "b.example,a.example", "KD_FRAME_ANCESTORS": "self"}).told()
    assert told.keys() == Settings.__dataclass_fields__.keys()
    assert (told["hosts"], told["frame_ancestors"], told["workers"]) == ("a.example,b.example", "'self'", "2")


def test_the_table_of_variables_stands_in_readme():
    assert table() in Path("README.md").read_text(encoding="utf-8")


def test_this_machine_is_served_by_name():
    assert socket.gethostname().lower() in Settings.read({}).hosts
