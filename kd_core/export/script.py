"""An experiment written out as a plain PyTorch script: what a visitor takes away under the Code button.

The script trains one student at a time with the usual parts (`nn.Sequential`, `F.cross_entropy`, `F.kl_div`,
`torch.optim`) and shares no engine with `kd_core`, yet draws the same random numbers in the same order. So it finds the
same accuracies: a second opinion on the whole engine. What differs is the order of sums, hence the rounding; long or
wild training amplifies it, as it would a nudge in the last bit of a weight, until single students end elsewhere.

Functions that the script has in common with `kd_core` are cut out of the source text, so nothing here imports torch.
"""

from __future__ import annotations

import ast
import re

from kd_core.experiment import SETTINGS, Experiment
from kd_core.export.loading import files, loading
from kd_core.export.needs import Needs
from kd_core.export.program import main, report
from kd_core.export.source import source_of
from kd_core.export.students import count_of
from kd_core.export.teachers import are_all, files_of, is_clipped, weights_of
from kd_core.export.training import training
from kd_core.models import Architecture
from kd_core.recipe import WARM_UP, Recipe
from kd_core.sources import provider_of


def script(experiment: Experiment) -> str:
    """The source of a self-contained script that runs this experiment and prints its result.

    It needs torch and NumPy (and scikit-learn for what is shipped with it), holds only what this experiment uses, and
    ends with the line that `python -m kd_core run QUERY --json` prints.
    """
    needs = Needs.of(experiment)
    blocks = [loading(experiment), *training(experiment, needs), report(needs), main(experiment, needs)]
    body = "\n\n\n".join(block.strip("\n") for block in blocks if block)
    rest = f"{_constants(experiment, needs)}\n\n\n{body}\n"
    return _opening(experiment, rest) + rest


def _pieces(query: str) -> list[str]:
    """The query in pieces that fit in a line, cut between settings."""
    return re.findall(r".{1,114}(?:[&,]|$)", query)


# What scripts use of the standard library, in the order in which formatters want it.
LIBRARY = {
    "gzip": (),
    "json": (),
    "collections.abc": ("Callable", "Iterator"),
    "copy": ("deepcopy",),
    "functools": ("cache", "partial"),
    "itertools": ("pairwise",),
    "math": ("ceil", "cos", "log", "pi"),
    "pathlib": ("Path",),
    "time": ("perf_counter",),
    "typing": ("Any",),
}


def _imports(text: str) -> str:
    """What this part of the script uses of the standard library."""
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    lines = []
    for module, names in LIBRARY.items():
        if module in used:
            lines.append(f"import {module}")
        if found := ", ".join(name for name in names if name in used):
            lines.append(f"from {module} import {found}")
    return "\n".join(lines)


def _opening(experiment: Experiment, rest: str) -> str:
    """The docstring, the imports and the names of types, of which the rest of the script uses one or two."""
    query = "\n    ".join(_pieces(experiment.to_query())) or "(every setting has its default)"
    # A title of one's own is text of anybody's: it doesn't belong into a program.
    title = experiment.dataset if provider_of(experiment.dataset) else experiment.source.title
    examples = "\n" + source_of("kd_core.sources", "Examples") if experiment.source.draw else ""
    return f'''"""Knowledge distillation in plain PyTorch: an experiment of KD Lab on {title}.

First a teacher learns from all training examples. Then come pairs of students: two that start from the same weights and
see the same batches. One is alone with the labels, the other is distilled: it hears the teacher's soft targets as well.

It draws the same random numbers as KD Lab and so finds the same accuracies, as long as rounding stays small: steps that
are large or many can make it grow until single students end elsewhere. The experiment, as a link to KD Lab holds it:
    {query}
"""

from __future__ import annotations

{_imports(rest)}

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

{source_of("kd_core.data", "Labels")}{examples}

'''


def _constants(experiment: Experiment, needs: Needs) -> str:
    """A constant a line, explained by the help of its setting; what this experiment does not use is left out."""

    def setting(name: str, is_used: object = True) -> str:
        return f"{name.upper()} = {getattr(experiment, name)!r}  # {SETTINGS[name].help}" if is_used else ""

    kinds, query = set(needs.kinds), experiment.to_query()
    pieces = "\n".join(f'    "{piece}"' for piece in _pieces(query))
    has_network = "network" in kinds
    lines = [
        f'QUERY = "{query}"' if len(query) <= 110 else f"QUERY = (\n{pieces}\n)",
        files(experiment),
        files_of(experiment, needs),
        _split_seeds(experiment) if needs.several else setting("seed"),
        setting("seeds"),
        setting("noise", experiment.noise or experiment.source.draw),
        setting("test_noise", experiment.test_noise),
        setting("target_labels", experiment.target_labels),
        setting("labels"),
        setting("label_noise", experiment.label_noise),
        _networks(experiment, needs),
        setting("teacher_epochs", has_network),
        setting("teacher_dropout", has_network and experiment.teacher_dropout),
        setting("teacher_label_smoothing", has_network and experiment.teacher_label_smoothing),
        setting("teacher_shift", has_network and experiment.teacher_shift),
        _recipe(experiment, needs),
        setting("teachers", are_all(experiment, needs)),
        setting("teacher_trees", kinds & {"forest", "boosting", "histogram"}),
        setting("teacher_depth", kinds & {"forest", "boosting", "histogram"} and experiment.teacher_depth),
        setting("teacher_neighbours", "knn" in kinds),
        setting("teacher_c", kinds & {"svm", "logistic"}),
        setting("teacher_clip", is_clipped(experiment, needs)),
        weights_of(experiment),
        setting("temperature"),
        setting("alpha"),
        setting("epochs"),
        setting("batch_size"),
        setting("learning_rate"),
        setting("shift", experiment.shift),
        setting("student_dropout", experiment.student_dropout),
        setting("weight_decay", experiment.weight_decay),
        count_of(experiment) if needs.unlabelled else "",
        f"VALIDATED = {needs.validated}  # Of the labelled examples, those that only say which epoch was best."
        if needs.validated
        else "",
        _schedule(experiment),
        source_of("kd_core.streams", "SAMPLE").replace("TEACHER_DROPOUT", "TEACHER_MASKS"),
    ]
    if needs.shifts or needs.unlabelled or experiment.student_dropout:
        lines.append("TEACHER_VIEWS, VIEWS, EXTRAS, EXTRAS_ORDER, MASKS = range(6, 11)")
    return "\n".join(line for line in lines if line)


def _networks(experiment: Experiment, needs: Needs) -> str:
    """Units of every layer; where there are convolutions, two lists: channels, then units."""
    networks = {"TEACHER": experiment.teacher_network, "STUDENT": experiment.student_network}
    if not needs.convolutions:
        teacher, student = (list(network.widths) for network in networks.values())
        image = f"IMAGE = {experiment.source.shape}  # Channels, height and width.\n"
        return f"""{image if needs.shifts or (experiment.target and experiment.source.image) else ""}{
            f"TEACHER = {teacher}  # Units of the teacher's layers, inputs and classes included."
            if "network" in needs.kinds
            else ""
        }
STUDENT = {student}  # Units of the students' layers.""".strip()
    shapes = {name: _shape(network) for name, network in networks.items()}
    of_teacher = f"TEACHER = {shapes['TEACHER']}\n" if "network" in needs.kinds else ""
    return f"""# Of a network: channels of the image and its convolutions, then units that come in and those of layers.
IMAGE = {experiment.source.shape}  # Channels, height and width.
{of_teacher}STUDENT = {shapes["STUDENT"]}"""


def _shape(network: Architecture) -> tuple[list[int], list[int]]:
    convolutions = network.layers[: network.convolutions]
    return [network.shape[0], *(layer.kernels for layer in convolutions)], list(network.widths[len(convolutions) :])


def _recipe(experiment: Experiment, needs: Needs) -> str:
    """How training goes on where the settings leave it open."""
    batch, rate, _ = Recipe.of(experiment)
    note = "; the rate is its highest" if needs.one_cycle else ""
    lines = []
    if "network" in needs.kinds:
        lines = [f"TEACHER_BATCH, TEACHER_LEARNING_RATE = {batch}, {rate}  # Of the teacher's training by Adam{note}."]
    if needs.one_cycle:
        lines.append(f"WARM_UP = {WARM_UP}  # Share of the teacher's steps in which its learning rate rises.")
    if needs.round:
        lines.append(
            f"ROUND = {needs.round}  # Examples in an epoch of a larger set: the next ones of a shuffled pass."
        )
    return "\n".join(lines)


def _split_seeds(experiment: Experiment) -> str:
    """The `seed` of every split: six a line."""
    seeds = [str(one.seed) for one in experiment.by_split]
    first, *rest = (", ".join(seeds[start : start + 6]) for start in range(0, len(seeds), 6))
    note = "# Of every division of the data: each has its own teacher, and pair k sits in division k % their number."
    return "\n".join([note, f"SPLIT_SEEDS = [{first}]", *(f"SPLIT_SEEDS += [{row}]" for row in rest)])


def _schedule(experiment: Experiment) -> str:
    if not experiment.changes:
        return ""
    entries = [f"    {change.epoch}: ({change.temperature!r}, {change.alpha!r}),\n" for change in experiment.changes]
    return "SCHEDULE = {  # From the end of that epoch on: (temperature, alpha).\n" + "".join(entries) + "}"
