"""Hinton, Vinyals & Dean 2015, section 3, on the real MNIST: `python -m tests.bench hinton --data FOLDER --minutes 60`.

A teacher 784-1200-1200-10 with dropout, a bound on its weights and shifted images; a student 784-800-800-10 alone; the
same one taught by soft targets at T = 20 and by nothing else, on the images as they are; once more without the threes,
once more with sevens and eights only. Errors of the last two before and after one shift of biases, chosen as the paper
chooses it: for the best result ON THE TEST SET, so what comes after the shift is a bound and no estimate.

Minutes are a budget, and the learning rate a function of the share of it that is used: any budget ends with an annealed
rate, whatever else the machine does meanwhile. So a run doesn't repeat to the last digit. Nothing is chosen by the
errors printed on the way. Where others compute on the same machine, OMP_WAIT_POLICY=passive keeps threads from
spinning: beside one busy process that made it nearly three times as fast.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import linear

from kd_core.losses import distillation_gradient, hard_targets, soften
from kd_core.mnist import SHAPES, read_idx
from kd_core.streams import generator

TEACHER, STUDENT = (784, 1200, 1200, 10), (784, 800, 800, 10)
TEMPERATURE = 20.0
SHARES = {
    "teacher": 0.40,
    "alone": 0.06,
    "distilled": 0.31,
    "no threes": 0.17,
    "sevens and eights": 0.06,
}  # of the time
INPUT_DROPOUT, DROPOUT, LARGEST_NORM = 0.2, 0.5, 3.5  # the norm of the weights that lead into a unit
JITTER = 2  # pixels, either way
BATCH, TEACHER_RATE, STUDENT_RATE = 512, 2e-3, 3e-3
WARM_UP = 0.05  # of the budget
REPORTS = 10  # lines a training
SHIFTS = np.arange(0, 30.05, 0.1)  # of biases
PAPER = {
    "teacher": "67",
    "alone": "146",
    "distilled": "74",
    "no threes": "206 (133 of the 1010 threes)",
    "no threes, bias raised": "109 (14 of the 1010 threes), by 3.5",
    "sevens and eights": "47.3 %",
    "sevens and eights, biases lowered": "13.2 %, by 7.6",
}

Layers = list[tuple[Tensor, Tensor]]


class Digits(NamedTuple):
    """Images (n, 28, 28) uint8 and labels (n,) int64 of train and test."""

    train_images: NDArray[np.uint8]
    train_labels: Tensor
    test_images: NDArray[np.uint8]
    test_labels: Tensor


def read(folder: Path) -> Digits:
    """The four files of MNIST, as they are published."""
    train_images, train_labels, test_images, test_labels = (
        read_idx(folder / file, shape).copy() for file, shape in SHAPES.items()
    )
    labels = (torch.from_numpy(each).long() for each in (train_labels, test_labels))
    return Digits(train_images, next(labels), test_images, next(labels))


def initial(widths: Sequence[int], seed: int) -> Layers:
    """Weights (outputs, inputs) of variance 2 / inputs (He et al. 2015, section 2.2), in the last layer 1 / inputs."""
    layers, rng = [], generator(seed, 0)
    for inputs, outputs in pairwise(widths):
        scale = math.sqrt((1 if outputs == widths[-1] else 2) / inputs)
        weight = torch.randn(outputs, inputs, generator=rng).mul_(scale)
        layers.append((weight.requires_grad_(), torch.zeros(outputs, requires_grad=True)))
    return layers


def kept(values: Tensor, dropout: float, rng: torch.Generator) -> Tensor:
    """Dropout, with a random byte a unit: eight units for a draw."""
    words = torch.empty(-(-values.numel() // 8), dtype=torch.int64).random_(-(2**63), None, generator=rng)
    bound = round(256 * dropout)
    mask = words.view(torch.uint8)[: values.numel()].view(values.shape) >= bound
    return values * mask.to(values.dtype).mul_(256 / (256 - bound))


def logits(layers: Layers, inputs: Tensor, kind: torch.dtype, rng: torch.Generator | None = None) -> Tensor:
    """Logits (N, 10) float32 of inputs (N, 784), computed in `kind`; with dropout if there is a generator for it."""
    values = inputs.to(kind)
    for layer, (weight, bias) in enumerate(layers):
        if rng:
            values = kept(values, DROPOUT if layer else INPUT_DROPOUT, rng)
        values = linear(values, weight.to(kind), bias.to(kind))
        if layer < len(layers) - 1:
            values = values.relu()
    return values.float()


def looked_at(layers: Layers, images: NDArray[np.uint8]) -> Tensor:
    """Logits (n, 10) in float32 and without dropout."""
    with torch.no_grad():
        parts = torch.split(torch.from_numpy(images).flatten(1), 2000)
        return torch.cat([logits(layers, part / 255, torch.float32) for part in parts])


def faster_kind() -> torch.dtype:
    """bfloat16 where this machine multiplies faster in it than in float32: there it gives two epochs for one."""
    seconds = {}
    for kind in (torch.float32, torch.bfloat16):
        left, right = torch.ones(BATCH, 1200, dtype=kind), torch.ones(1200, 1200, dtype=kind)
        left @ right  # what is loaded at the first product
        start = perf_counter()
        for _ in range(10):
            left @ right
        seconds[kind] = perf_counter() - start
    return min(seconds, key=lambda kind: seconds[kind])


def jittered(padded: NDArray[np.uint8], ids: NDArray[np.int64], rng: torch.Generator) -> NDArray[np.uint8]:
    """Images `ids` of those padded by `JITTER`, each moved by whole pixels, all moves equally likely."""
    windows = np.lib.stride_tricks.sliding_window_view(padded, (28, 28), axis=(1, 2))
    down, right = torch.randint(0, 2 * JITTER + 1, (2, len(ids)), generator=rng).numpy()
    return windows[ids, down, right]


def bound_norms(layers: Layers) -> None:
    """Scale the weights into each hidden unit down to `LARGEST_NORM` where they are larger (Srivastava 2014, 5.1)."""
    with torch.no_grad():
        for weight, _ in layers[:-1]:
            weight.mul_((LARGEST_NORM / weight.norm(dim=1, keepdim=True)).clamp_(max=1))


class Task(NamedTuple):
    """What a network learns: images (n, 28, 28), labels (n,), soft targets (n, 10), the weight alpha of the labels."""

    images: NDArray[np.uint8]
    labels: Tensor
    soft: Tensor
    alpha: float
    regularised: bool = False


def rate_at(share: float, largest: float) -> float:
    """A learning rate that rises over the warm-up and falls along a cosine to 0 at share 1."""
    if share < WARM_UP:
        return largest * share / WARM_UP
    return largest * 0.5 * (1 + math.cos(math.pi * min(1.0, (share - WARM_UP) / (1 - WARM_UP))))


def trained(
    name: str, widths: Sequence[int], task: Task, digits: Digits, seconds: float, rate: float, seed: int
) -> tuple[Layers, dict[str, Any]]:
    """A network after so many seconds of Adam, and what there is to know of its training."""
    start, kind = perf_counter(), faster_kind()
    layers, rng = initial(widths, seed), generator(seed, 1)
    parameters = [tensor for layer in layers for tensor in layer]
    optimizer = torch.optim.Adam(parameters, rate, fused=True)
    temperature, alpha = torch.tensor(TEMPERATURE), torch.tensor(task.alpha)
    hard, padded = hard_targets(task.labels, 10), np.pad(task.images, ((0, 0), (JITTER, JITTER), (JITTER, JITTER)))
    steps, reported, share = 0, 0, 0.0
    epoch_steps = -(-len(task.labels) // BATCH)
    while share < 1:
        order = torch.randperm(len(task.labels), generator=rng)
        for ids in torch.split(order, BATCH):
            share = (perf_counter() - start) / seconds
            if share >= 1:
                break
            optimizer.param_groups[0]["lr"] = rate_at(share, rate)
            at = ids.numpy()
            images = jittered(padded, at, rng) if task.regularised else task.images[at]
            inputs = torch.from_numpy(images).flatten(1) / 255
            output = logits(layers, inputs, kind, rng if task.regularised else None)
            gradient = distillation_gradient(
                output.detach(), task.soft[ids], hard[ids], temperature=temperature, alpha=alpha
            )
            optimizer.zero_grad()
            output.backward(gradient)
            optimizer.step()
            if task.regularised:
                bound_norms(layers)
            steps += 1
            if share * REPORTS >= reported + 1:
                reported = int(share * REPORTS)
                wrong = errors(looked_at(layers, digits.test_images), digits.test_labels)
                print(f"{name:20}{share:6.0%}  epoch {steps / epoch_steps:6.1f}  {wrong:5} errors", flush=True)
    known = {"epochs": steps / epoch_steps, "seconds": perf_counter() - start, "kind": str(kind)}
    return layers, known


def errors(outputs: Tensor, labels: Tensor) -> int:
    """How many of the highest logits are not those of the labels."""
    return int((outputs.argmax(1) != labels).sum())


def best_shift(outputs: Tensor, labels: Tensor, classes: Sequence[int], sign: int) -> tuple[float, Tensor]:
    """The shift of these classes' biases with the fewest errors here, the middle one of equals; the logits under it."""
    moved = []
    for shift in SHIFTS:
        moved.append(outputs.clone())
        moved[-1][:, list(classes)] += sign * float(shift)
    found = np.array([errors(each, labels) for each in moved])
    best = np.flatnonzero(found == found.min())
    middle = int(best[(len(best) - 1) // 2])
    return float(SHIFTS[middle]), moved[middle]


def run(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """`hinton --data FOLDER [--minutes 60]`: the table, beside the paper's numbers."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench hinton", description=run.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the four files of MNIST")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    digits = read(options.data)
    labels, test_labels = digits.train_labels, digits.test_labels
    outputs, known = {}, {}

    def train(name: str, widths: Sequence[int], task: Task, rate: float) -> Layers:
        seconds = 60 * options.minutes * SHARES[name]
        seed = options.seed * len(SHARES) + list(SHARES).index(name)
        layers, known[name] = trained(name, widths, task, digits, seconds, rate, seed)
        outputs[name] = looked_at(layers, digits.test_images)
        print(f"{name}: {errors(outputs[name], test_labels)} errors; the paper's {PAPER[name]}", flush=True)
        return layers

    nobody = torch.full((len(labels), 10), 0.1)
    teacher = train("teacher", TEACHER, Task(digits.train_images, labels, nobody, 1.0, regularised=True), TEACHER_RATE)
    train("alone", STUDENT, Task(digits.train_images, labels, nobody, 1.0), STUDENT_RATE)
    soft = soften(looked_at(teacher, digits.train_images), TEMPERATURE)
    for name, seen in {
        "distilled": labels >= 0,
        "no threes": labels != 3,
        "sevens and eights": (labels == 7) | (labels == 8),
    }.items():
        train(name, STUDENT, Task(digits.train_images[seen.numpy()], labels[seen], soft[seen], 0.0), STUDENT_RATE)

    raised, outputs["no threes, bias raised"] = best_shift(outputs["no threes"], test_labels, [3], 1)
    lowered, shifted = best_shift(outputs["sevens and eights"], test_labels, [7, 8], -1)
    outputs["sevens and eights, biases lowered"] = shifted
    threes = test_labels == 3
    found: dict[str, Any] = {
        name: {"errors": errors(each, test_labels), "threes": errors(each[threes], test_labels[threes])}
        for name, each in outputs.items()
    }
    found["no threes, bias raised"]["by"], found["sevens and eights, biases lowered"]["by"] = raised, lowered
    wrong = {name: found[name]["errors"] for name in found}
    closed = (wrong["alone"] - wrong["distilled"]) / max(1, wrong["alone"] - wrong["teacher"])
    right = 1 - found["no threes, bias raised"]["threes"] / int(threes.sum())

    print(f"\n{'errors on 10 000 test digits':36}{'here':>32}   paper")
    for name, paper in PAPER.items():
        of_threes = f" ({found[name]['threes']} of the 1010 threes)" if "threes" in name else ""
        by = f", by {found[name]['by']:.1f}" if "by" in found[name] else ""
        here = f"{wrong[name] / 100:.1f} %" if "sevens" in name else str(wrong[name])
        print(f"{name:36}{here + of_threes + by:>32}   {paper}")
    print("\nBiases are moved for the best result on the test set, as in the paper.")
    print(f"of the gap between alone and teacher, distilling closes {closed:.0%}; the paper's 91 %, the aim 70 %")
    print(f"right on threes never seen, after the bias: {right:.1%}; the paper's 98.6 %, the aim 95 %")
    return {
        "minutes": options.minutes,
        "errors": found,
        "trainings": known,
        "gap_closed": closed,
        "right_on_threes": right,
    }
