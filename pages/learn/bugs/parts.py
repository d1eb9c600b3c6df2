"""The page's components: a chip for every bug, the step's lines to click, the small charts beside them."""

from __future__ import annotations

from pathlib import Path

from pages.ui.component import SHARED_JS, component

_FOLDER = Path(__file__).parent


def _files(name: str) -> list[Path]:
    return [SHARED_JS, *(file for kind in ("html", "css", "js") if (file := _FOLDER / f"{name}.{kind}").exists())]


picker = component("kd_bugs_picker", *_files("picker"), html='<nav class="kd-picker"></nav>\n')
code = component("kd_bugs_code", *_files("code"))
curves = component("kd_bugs_curves", *_files("curves"))
