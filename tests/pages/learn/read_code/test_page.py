"""The code that the page shows is the code on disk; the answer to its question is what training says."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import kd_core
from kd_core import Experiment
from kd_core.jobs import Jobs
from pages.learn.read_code.stations import STATIONS, Lines, Station, lit_lines, signatures
from pages.ui.words import Words
from tests.pages.explaining import Learn, links, text

FOLDER = Path(kd_core.__file__).parent
LINE = re.compile(r'<div class="kd-line" data-n="(\d+)"><(mark|span)[^>]*>(.*?)\n</\2></div>', re.DOTALL)


def shown(page: AppTest) -> list[list[tuple[int, str, str]]]:
    """Of every listing on the page, in its order: each line's number, whether it is lit ("mark"), its text."""
    bodies = [element.proto.body for element in page.get("html") if 'class="kd-code"' in element.proto.body]
    return [
        [(int(number), tag, html.unescape(re.sub("<[^>]+>", "", line))) for number, tag, line in LINE.findall(body)]
        for body in bodies
    ]


def on_disk(name: str) -> str:
    return (FOLDER / f"{name}.py").read_text()


def whole(listing: list[tuple[int, str, str]]) -> str:
    return "".join(f"{line}\n" for _, _, line in listing)


def lit(listing: list[tuple[int, str, str]]) -> str:
    return "".join(f"{line}\n" for _, tag, line in listing if tag == "mark")


def unfolded(page: AppTest) -> list[bool]:
    return [element.proto.expanded for element in page.expander]


# The path


def test_it_begins_with_the_loss_and_the_lines_that_are_its_heart(learn: Learn) -> None:
    page = learn("read_code")
    (loss,) = shown(page)
    assert whole(loss) == on_disk("losses")
    assert [number for number, _, _ in loss] == list(range(1, len(loss) + 1))
    assert "return LossTerms(alpha * hard + (1 - alpha) * soft, hard, soft)" in lit(loss)
    assert "return (logits / temperature).softmax(axis)" in lit(loss)
    assert "ValueError" not in lit(loss)
    assert not any(unfolded(page))


@pytest.mark.parametrize("name", STATIONS)
def test_a_link_opens_its_station_with_its_file_as_it_is_on_disk(learn: Learn, name: str) -> None:
    page = learn("read_code", station=name)
    station, (listing,) = STATIONS[name], shown(page)
    assert whole(listing) == on_disk(station.file)
    assert {number for number, tag, _ in listing if tag == "mark"} == lit_lines(station.file)
    assert 0 < len(lit_lines(station.file)) <= 25
    assert f"`{station.file}.py`" in text(page)
    assert dict(page.query_params).get("station", "loss") == name


@pytest.mark.parametrize("name", STATIONS)
def test_what_is_shown_of_a_station_is_short(learn: Learn, name: str) -> None:
    body = next(e.proto.body for e in learn("read_code", station=name).get("html") if "kd-code" in e.proto.body)
    seen = LINE.findall(re.sub("<details>.*?</details>", "", body, flags=re.DOTALL))
    assert len(seen) <= 32
    assert {int(number) for number, _, _ in seen} >= lit_lines(STATIONS[name].file) | signatures(STATIONS[name])


def test_one_walks_from_station_to_station_and_the_address_follows(learn: Learn) -> None:
    page = learn("read_code")
    for name in list(STATIONS)[1:]:
        page.button(key="read_code_path_1").click().run()
        assert page.query_params["station"] == name
        assert whole(shown(page)[0]) == on_disk(STATIONS[name].file)
    assert not [button for button in page.button if button.key == "read_code_path_1"]
    page.button(key="read_code_path_-1").click().run()
    assert page.query_params["station"] == "run"


def test_lines_that_are_no_longer_there_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STATIONS, "loss", Station("losses", (Lines("soften", "never", "written"),)))
    with pytest.raises(LookupError):
        lit_lines("losses")


# Every file


@pytest.mark.parametrize("name", ["losses", "training", "__init__"])
def test_a_link_to_a_file_shows_it_first_unfolded_as_it_is_on_disk(learn: Learn, name: str) -> None:
    page = learn("read_code", file=name)
    first, path = shown(page)
    assert whole(first) == on_disk(name)
    assert whole(path) == on_disk("losses")
    assert unfolded(page)[0]
    assert f"{len(on_disk(name).splitlines())} lines" in text(page)
    assert page.pills(key="read_code_file").value == name
    body = next(e.proto.body for e in page.get("html") if "kd-code" in e.proto.body)
    assert "<details>" not in body


def test_a_file_that_there_is_not_is_told_of_and_the_path_is_shown(learn: Learn) -> None:
    page = learn("read_code", file="../secrets")
    assert whole(shown(page)[0]) == on_disk("losses")
    assert len(shown(page)) == 1
    assert "file" not in page.query_params


def test_an_old_name_of_a_file_opens_it_under_its_new_one(learn: Learn) -> None:
    page = learn("read_code", file="exam")
    assert page.pills(key="read_code_file").value == "measuring"
    assert page.query_params["file"] == "measuring"
    assert whole(shown(page)[0]) == on_disk("measuring")


@pytest.mark.parametrize("name", ["jobs", "sweep", "pieces", "script", "bugs", "questions", "answers"])
def test_the_name_of_a_file_that_left_the_engine_opens_the_path(learn: Learn, name: str) -> None:
    page = learn("read_code", file=name)
    assert page.pills(key="read_code_file").value is None
    assert "file" not in page.query_params


def test_the_files_are_the_engine_and_their_lines_are_counted(learn: Learn) -> None:
    files = list(FOLDER.glob("*.py"))
    lines = sum(len(path.read_text().splitlines()) for path in files)
    page = learn("read_code")
    assert page.pills(key="read_code_file").options[-1] == r"\_\_main\_\_.py"
    assert len(page.pills(key="read_code_file").options) == len(files)
    (label,) = (element.label for element in page.expander if "lines" in element.label)
    assert f"All {len(files)} files of the engine, {lines} lines" in label.replace("\u2009", "")


@pytest.mark.parametrize("lang", ["en", "de"])
def test_every_folder_of_kd_core_has_a_line(learn: Learn, lang: str) -> None:
    w, said = Words("read_code", lang), text(learn("read_code", lang=lang))
    folders = {path.parent.name for path in FOLDER.glob("*/__init__.py")}
    assert set(w.get("folders.holds")) == folders
    for name in folders:
        assert f"- `{name}`: {w(f'folders.holds.{name}')}" in said


@pytest.mark.parametrize("lang", ["en", "de"])
def test_words_are_of_files_and_stations_that_there_are(lang: str) -> None:
    assert set(Words("read_code", lang).get("files")) == {path.stem for path in FOLDER.glob("*.py")}
    assert set(Words("read_code", lang).get("stations")) == set(STATIONS)


def test_one_turns_to_the_next_file_and_the_address_follows(learn: Learn) -> None:
    page = learn("read_code", file="data")
    page.button(key="read_code_turn_1").click().run()
    assert page.query_params["file"] == "models"
    assert whole(shown(page)[0]) == on_disk("models")


def test_a_file_picked_below_the_path_does_not_jump_above_it(learn: Learn) -> None:
    page = learn("read_code")
    page.pills(key="read_code_file").set_value("data").run()
    path, picked = shown(page)
    assert (whole(path), whole(picked)) == (on_disk("losses"), on_disk("data"))


# The question


def test_at_alpha_0_wrong_labels_change_not_one_distilled_student(learn: Learn, service: Jobs) -> None:
    page = learn("read_code", guesses={"read_code": "nothing"})
    right, wrong = (
        service.call(service.open(Experiment(alpha=0, label_noise=noise))).snapshots[-1].actors for noise in (0, 0.9)
    )
    assert (right["distilled"].test_accuracy == wrong["distilled"].test_accuracy).all()
    assert wrong["alone"].test_accuracy.max() < 0.5
    for actors in (right, wrong):
        for actor in ("distilled", "alone"):
            assert f"{100 * actors[actor].test_accuracy.mean():.1f} %" in text(page)
    assert "**Nothing at all.** Not one of the 5 distilled students" in text(page)
    assert Words("read_code", "en")("question.you_had_it") in text(page)


def test_the_answer_waits_for_the_prediction(learn: Learn) -> None:
    page = learn("read_code")
    assert "Nothing at all.**" not in text(page)
    assert Words("read_code", "en")("question.ready") in [caption.value for caption in page.caption]


def test_a_link_with_the_senders_guess_shows_the_answer(learn: Learn) -> None:
    assert Words("read_code", "en")("question.not_this_time") in text(learn("read_code", guess="worse"))


def test_it_is_written_in_german(learn: Learn) -> None:
    page, w = learn("read_code", lang="de", file="metrics", guesses={"read_code": "little"}), Words("read_code", "de")
    assert page.title[0].value == Words("frame", "de")("pages.read_code")
    assert w("files.metrics.look").strip() in text(page)
    assert w("question.not_this_time") in text(page)
    assert "Überhaupt nichts.**" in text(page)


def test_it_ends_in_the_students_of_its_question(learn: Learn) -> None:
    page, w = learn("read_code"), Words("read_code", "en")
    found = links(page)
    assert found[w("end.playground")] == {"alpha": "0", "label_noise": "0.9"}
    assert found[w("end.sweep")]["over"].startswith("alpha=")
    assert page.code[-1].value.strip("\n") == 'python -m kd_core run "label_noise=0.9&alpha=0"'
