"""What components share: written once, and in the colours that figures have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pages.ui.component import MOST_SAID, SHARED_CSS, SHARED_JS, joined, said
from pages.ui.figures import COLOURS
from pages.ui.style import style_of

PAGES = Path("pages")
COLOUR = re.compile(r"--(teacher|alone|distilled): (#[0-9a-f]{6})")


def test_components_draw_the_actors_in_the_colours_of_all_figures() -> None:
    light, dark = SHARED_CSS.read_text().splitlines()[1:]
    assert dict(COLOUR.findall(light)) == COLOURS
    assert set(dict(COLOUR.findall(dark))) == set(COLOURS)
    others = [file for file in PAGES.rglob("*.css") if file.resolve() != SHARED_CSS.resolve()]
    assert others
    assert not [file for file in others if COLOUR.search(file.read_text())]


def test_what_components_share_is_written_nowhere_else() -> None:
    names = set(re.findall(r"^(?:function|const|let) (\w+)", SHARED_JS.read_text(), re.MULTILINE))
    assert {"mount", "loadPlotly", "say", "number", "logSoften", "make", "paintDigit", "isDark"} <= names
    for file in PAGES.rglob("*.js"):
        if file.resolve() != SHARED_JS.resolve() and file.name not in ("lecture.js", "again.js", "document.js"):
            own = re.findall(r"^(?:function|const|let|class) (\w+)", file.read_text(), re.MULTILINE)
            assert not names & set(own), file  # in one module a name can be declared once


def test_files_are_joined_by_kind_in_their_order(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("b.js", "a.css", "a.js")]
    for file in files:
        file.write_text(f"{file.name}\n")
    assert joined(".js", *files) == "b.js\n\na.js\n"
    assert joined(".css", *files) == "a.css\n"
    assert joined(".html", *files) is None


def test_files_of_one_name_from_two_folders_are_both_there(tmp_path: Path) -> None:
    files = [tmp_path / folder / "code.js" for folder in ("one", "other")]
    for file in files:
        file.parent.mkdir()
        file.write_text(f"const {file.parent.name} = 1;\n")
    assert joined(".js", *files) == "const one = 1;\n\nconst other = 1;\n"


def test_a_name_that_two_scripts_of_a_component_declare_is_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one.js", tmp_path / "other.js"
    one.write_text("const a = 1;\nfunction write(text) {\n  const b = 2;\n}\n")
    other.write_text("const b = 3;\n")
    assert joined(".js", one, other)
    other.write_text("async function write() {}\n")
    with pytest.raises(ValueError, match=r"^other\.js declares write, which one\.js of .*\.$"):
        joined(".js", one, other)


def test_a_css_file_becomes_html(tmp_path: Path) -> None:
    file = tmp_path / "a.css"
    file.write_text("p { margin: 0; }\n")
    assert style_of(file) == "<style>\np { margin: 0; }\n</style>"


def test_what_a_component_says_is_a_short_text_or_nothing() -> None:
    assert [said(value) for value in ("a", 3, 2.5, "")] == ["a", "3", "2.5", ""]
    assert said("x" * MOST_SAID) == "x" * MOST_SAID
    assert [said(value) for value in ("x" * (MOST_SAID + 1), 10**400, None, ["a"], {"a": 1}, b"a")] == [None] * 6
