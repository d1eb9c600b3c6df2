"""The source of the engine, `kd_core`, as it is on disk, in reading order, read as text: nothing is imported for it."""

from __future__ import annotations

import ast
from pathlib import Path

import kd_core
from kd_core import READING_ORDER
from kd_core.export import Part, parts_of
from pages.ui.style import style_of

FOLDER = Path(kd_core.__file__).parent
LAST = ("__init__", "__main__")

# What to read first in a file, and the formula that it computes, if it computes one.
HEARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "experiment": (("Experiment.heard_at", ""),),
    "data": (("choose_labelled", ""),),
    "models": (
        ("parameter_count", r"\sum_l (f_l + 1)\, k_l"),
        ("initial_weights", r"w, b \sim U\!\left(\pm \frac{1}{\sqrt{f_l}}\right)"),
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
    "convolution": (("forward", ""), ("pool", r"y_{ij} = \max_{a, b \in \{0, 1\}} x_{2i + a,\, 2j + b}")),
    "recipe": (("Recipe.rate", ""),),
    "students": (("TransferSet.draw", ""), ("Students.train_epoch", "")),
    "streams": (("generator", ""),),
    "snapshot": (("LossTerms", r"\text{total} = \alpha\, \text{hard} + (1 - \alpha)\, \text{soft}"),),
    "measuring": (("Predictions.losses", ""),),
    "metrics": (("calibration_error", r"\sum_b \frac{n_b}{N} \left| \text{acc}_b - \text{conf}_b \right|"),),
    "unlabelled": (("Unlabelled.draw", ""),),
    "views": (("Views.of", ""),),
    "teaching": (
        ("combine", r"z = \sum_m w_m z_m \quad \text{or} \quad z = \ln \sum_m w_m \operatorname{softmax}(z_m)"),
        ("train_teacher", ""),
    ),
    "training": (("run", ""), ("_train_students", "")),
}

STYLE = style_of(Path(__file__).with_suffix(".css"))  # of code and formulas, for `st.html`


def files() -> list[str]:
    """Every file of the engine in reading order; those that the order does not know come before the last two."""
    there = {path.stem for path in FOLDER.glob("*.py")}
    others = sorted(there - {*READING_ORDER, *LAST})
    return [name for name in (*READING_ORDER, *others, *LAST) if name in there]


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
    return [part for part in parts_of(f"kd_core.{name}") if not part.name.startswith("_")]


def folders() -> list[str]:
    """The folders of `kd_core`: what uses the engine and is not part of it."""
    return sorted(path.parent.name for path in FOLDER.glob("*/__init__.py"))
