"""Who may import whom: rules over every module there is, read from its source; and that this reading is right."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import kd_core

ROOT = Path(__file__).parents[1]
PATHS = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (ROOT / "app.py", *ROOT.glob("kd_core/**/*.py"), *ROOT.glob("pages/**/*.py"))
}
# The engine's files that train or weigh logits, and what trains the pieces of a sweep. A page's are called runs.py.
ENGINE = ("losses", "convolution", "cohort", "inputs", "streams", "measuring", "unlabelled", "views", "stopping")
TRAINING = {f"kd_core.{name}" for name in (*ENGINE, "students", "teaching", "training")}
NEED_TORCH = TRAINING | {"kd_core.sweeps.pieces", "kd_core.teachers.fitting"}


class Import(NamedTuple):
    """A module or name that is imported: when its importer is, or late, in a function; for the type checker only?"""

    name: str
    is_late: bool = False
    is_typing: bool = False


def read(node: ast.AST, is_late: bool = False, is_typing: bool = False) -> Iterator[Import]:
    """All imports at and under a node of a source: of `from a import b` both a and a.b, whatever b is."""
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, is_late, is_typing) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports name the whole module"
        yield Import(str(node.module), is_late, is_typing)
        yield from (Import(f"{node.module}.{alias.name}", is_late, is_typing) for alias in node.names)
    elif isinstance(node, ast.If) and ast.unparse(node.test).split(".")[-1] == "TYPE_CHECKING":
        yield from (found for child in node.body for found in read(child, is_late, True))
        yield from (found for child in node.orelse for found in read(child, is_late, is_typing))
    else:
        late = is_late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from (found for child in ast.iter_child_nodes(node) for found in read(child, late, is_typing))


@cache
def imports(module: str) -> tuple[Import, ...]:
    return tuple(read(ast.parse(PATHS[module].read_text(encoding="utf-8"))))


def is_within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def modules(*packages: str) -> list[str]:
    return [name for name in PATHS if is_within(name, *packages)]


def offences(importers: list[str], *forbidden: str, but: Collection[str] = ()) -> list[str]:
    """Imports anywhere in these modules, of these packages but for some within them."""
    assert importers
    return [
        f"{module} imports {found.name}"
        for module in importers
        for found in imports(module)
        if is_within(found.name, *forbidden) and not is_within(found.name, *but)
    ]


def loaded(found: Import) -> Iterator[str]:
    """The modules of the repository that run when this is imported: itself and the packages around it."""
    parts = kd_core._LATE.get(found.name.removeprefix("kd_core."), found.name).split(".")
    yield from (name for end in range(len(parts)) if (name := ".".join(parts[: end + 1])) in PATHS)


@cache
def way_to_torch(module: str) -> tuple[str, ...]:
    """How the import of a module leads to torch, from module to module; empty if it does not."""
    ways, seen = [(module,)], set()
    while ways:
        way = ways.pop()
        for found in imports(way[-1]):
            if found.is_late or found.is_typing:
                continue
            if is_within(found.name, "torch"):
                return (*way, "torch")
            news = set(loaded(found)) - seen
            seen |= news
            ways += [(*way, name) for name in news]
    return ()


def page_of(module: str) -> str:
    """The folder of the page that a module belongs to, as a package; nothing if it belongs to none."""
    parts = module.split(".")
    if parts[:2] == ["pages", "home"]:
        return "pages.home"
    return ".".join(parts[:3]) if parts[:2] in (["pages", "learn"], ["pages", "lab"]) else ""


def is_runs(module: str) -> bool:
    return is_within(module, "pages") and module.endswith(".runs")


# The core


def test_the_engine_imports_none_of_its_folders() -> None:
    folders = {f"kd_core.{path.parent.name}" for path in ROOT.glob("kd_core/*/__init__.py")}
    assert {"kd_core.sweeps", "kd_core.jobs", "kd_core.export"} <= folders
    engine = [name for name, path in PATHS.items() if path.parent == ROOT / "kd_core"]
    assert {"kd_core", "kd_core.training"} <= set(engine)
    assert offences([name for name in engine if name != "kd_core.__main__"], *folders) == []


def test_the_core_imports_no_page_nor_what_pages_are_drawn_with_nor_tests() -> None:
    assert offences(modules("kd_core"), "streamlit", "plotly", "pages", "tests", "app") == []


def test_only_jobs_imports_dask() -> None:
    assert offences([name for name in PATHS if not is_within(name, "kd_core.jobs")], "dask", "distributed") == []


# Torch


def test_only_what_trains_loads_torch_when_it_is_imported() -> None:
    ways = {module: way_to_torch(module) for module in PATHS}
    assert [
        " -> ".join(way) for module, way in ways.items() if way and module not in NEED_TORCH and not is_runs(module)
    ] == []
    assert {module for module in NEED_TORCH if not ways[module]} == set()  # the list is no longer than it has to be


def test_jobs_load_no_torch_when_they_are_imported() -> None:
    assert [way_to_torch(module) for module in modules("kd_core.jobs") if way_to_torch(module)] == []


def test_pages_import_torch_nowhere_but_in_their_runs() -> None:
    others = [name for name in [*modules("pages"), "app"] if not is_runs(name)]
    assert offences(others, "torch") == []
    late = [
        f"{module}, late: {' -> '.join(way_to_torch(name))}"
        for module in others
        for found in imports(module)
        for name in loaded(found)
        if not found.is_typing and way_to_torch(name)
    ]
    assert late == []


def test_modules_that_the_rules_call_light_load_no_torch() -> None:
    """In a process: the rules read this repository only, and here its dependencies load too."""
    scripts = {"app", "pages.navigation"}  # and each page.py: they draw as they are imported
    light = [name for name in PATHS if not way_to_torch(name) and name not in scripts and not name.endswith(".page")]
    code = (
        f"import sys, importlib; [importlib.import_module(name) for name in {light}]; sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# The pages


def test_the_furniture_of_pages_imports_no_page_and_no_live_run() -> None:
    assert offences(modules("pages.ui"), "pages", but=["pages.ui"]) == []


def test_a_live_run_imports_no_page() -> None:
    assert offences(modules("pages.run"), "pages", but=["pages.run", "pages.ui"]) == []


def test_a_page_imports_no_other_page() -> None:
    pages = {page_of(name) for name in PATHS} - {""}
    assert {"pages.home", "pages.lab.playground", "pages.learn.soft_targets"} <= pages
    for page in pages:
        assert offences(modules(page), *pages - {page}, "pages.navigation", "app") == []


# The reading


def test_reading_finds_imports_wherever_they_stand() -> None:
    text = """
import a, a.b as c
from d import e
if TYPE_CHECKING:
    import f
else:
    import g
class C:
    import h
    def method(self):
        try:
            import i
        finally:
            pass
        if typing.TYPE_CHECKING:
            import j
"""
    found = {(name, is_late, is_typing) for name, is_late, is_typing in read(ast.parse(text))}
    now = {(name, False, False) for name in ("a", "a.b", "d", "d.e", "g", "h")}
    assert found == now | {("f", False, True), ("i", True, False), ("j", True, True)}


def test_a_way_to_torch_is_followed_from_module_to_module_and_through_late_names() -> None:
    assert way_to_torch("kd_core.training")[0 :: len(way_to_torch("kd_core.training")) - 1] == (
        "kd_core.training",
        "torch",
    )
    assert set(loaded(Import("kd_core.soften"))) == {"kd_core", "kd_core.losses"}
    assert set(loaded(Import("kd_core.jobs.Jobs"))) == {"kd_core", "kd_core.jobs"}
