"""The source of `kd_core` as it is on disk, in reading order, read as text: nothing is imported for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import kd_core

FOLDER = Path(kd_core.__file__).parent
ORDER = (
    "experiment",
    "data",
    "models",
    "losses",
    "cohort",
    "students",
    "streams",
    "snapshot",
    "measuring",
    "metrics",
    "training",
)
LAST = ("__init__", "__main__")

# What to read first in a file, and the formula that it computes, if it computes one.
HEARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "experiment": (("Experiment.heard_at", ""),),
    "data": (("choose_labelled", ""),),
    "models": (
        ("parameter_count", r"\sum_l (n_{l-1} + 1)\, n_l"),
        ("initial_weights", r"w, b \sim U\!\left(\pm \frac{1}{\sqrt{n_{l-1}}}\right)"),
    ),
    "losses": (
        (
            "distillation_loss",
            r"\begin{aligned} L =\;& \alpha\, \mathrm{CE}(y, q_1) \\ &+ (1 - \alpha)\, T^2\, "
            r"\mathrm{KL}(p_T \,\|\, q_T) \\[.4em] "
            r"p_T =\;& \mathrm{softmax}(v / T) \\ q_T =\;& \mathrm{softmax}(z / T) \end{aligned}",
        ),
        (
            "distillation_gradient",
            r"\begin{aligned} \frac{\partial L}{\partial z} = \frac{1}{N} \big[ & \alpha\, (q_1 - y) \\"
            r" & + (1 - \alpha)\, T\, (q_T - p_T) \big] \end{aligned}",
        ),
    ),
    "cohort": (
        ("_linear", r"Y_k = W_k X + b_k, \quad k = 1 \ldots K"),
        (
            "Cohort.backward",
            r"\begin{aligned} \nabla W_l &= \delta_l\, h_{l-1}^\top \\"
            r" \delta_{l-1} &= W_l^\top \delta_l \odot [h_{l-1} > 0] \end{aligned}",
        ),
    ),
    "students": (("TransferSet.draw", ""), ("Students.train_epoch", "")),
    "streams": (("generator", ""),),
    "snapshot": (("LossTerms", r"\text{total} = \alpha\, \text{hard} + (1 - \alpha)\, \text{soft}"),),
    "measuring": (("Answers.losses", ""),),
    "metrics": (
        ("interval", r"\bar{x} \pm t_{n-1} \frac{s}{\sqrt{n}}"),
        ("paired_difference", r"x_i = \text{distilled}_i - \text{alone}_i"),
        ("calibration_error", r"\sum_b \frac{n_b}{N} \left| \text{acc}_b - \text{conf}_b \right|"),
    ),
    "training": (("run", ""), ("_train_students", "")),
}

# The theme's blue is too dark on its dark ground, and what overflows by a hair would scroll without a keyboard.
STYLE = """
<style>
.stCode .token:is(.keyword, .function, .class-name) { color: light-dark(#0054a3, #5aaef7) !important; }
.stCode pre :is(code, span) { overflow-wrap: anywhere; min-width: 0; }
.katex-display { overflow: visible !important; }
</style>
"""

_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Part:
    """A piece of a file: its name, its text, its first and last line."""

    name: str
    text: str
    first: int
    last: int


def files() -> list[str]:
    """Every module of `kd_core` in reading order; those that the order does not know come before the last two."""
    there = {path.stem for path in FOLDER.glob("*.py")}
    others = sorted(there - {*ORDER, *LAST})
    return [name for name in (*ORDER, *others, *LAST) if name in there]


def text_of(name: str) -> str:
    """The file, to the last letter."""
    return (FOLDER / f"{name}.py").read_text(encoding="utf-8")


def line_count(name: str) -> int:
    return len(text_of(name).splitlines())


def summary(name: str) -> str:
    """What the file says of itself: the first paragraph of its docstring."""
    return (ast.get_docstring(ast.parse(text_of(name))) or "").split("\n\n")[0]


def outline(name: str) -> list[Part]:
    """The functions and classes of a file, in its order; those with a leading underscore left out."""
    body = ast.parse(text_of(name)).body
    return [_part(name, node.name, node) for node in _named(body) if not node.name.startswith("_")]


def part(file: str, name: str) -> Part:
    """A function or class, or a method by its dotted name; LookupError if the file has none of that name."""
    body: Sequence[ast.stmt] = ast.parse(text_of(file)).body
    for step in name.split("."):
        node = next((node for node in _named(body) if node.name == step), None)
        if node is None:
            raise LookupError(f"{file}.py defines no {name}.")
        body = node.body
    assert node is not None
    return _part(file, name, node)


def _named(body: Sequence[ast.stmt]) -> Iterator[_Named]:
    return (node for node in body if isinstance(node, _Named))


def _part(file: str, name: str, node: _Named) -> Part:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    last = node.end_lineno or first
    lines = text_of(file).splitlines()[first - 1 : last]
    indent = len(lines[0]) - len(lines[0].lstrip())
    return Part(name, "\n".join(line[indent:] for line in lines), first, last)
