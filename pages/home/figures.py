"""The picture of distillation: data, teacher, soft targets, hard label, students, with the numbers of a run in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from kd_core.data import DATASETS
from kd_core.jobs import Run
from kd_core.models import parameter_count
from pages.run.outcome import newest
from pages.ui.component import SHARED_CSS, SHARED_JS, component
from pages.ui.numbers import count, percent, short
from pages.ui.words import Words, words


@dataclass(frozen=True)
class Example:
    """A held-out digit: its pixels (rows, columns), its class, the teacher's soft targets (C,) at the run's T."""

    pixels: NDArray[np.float32]
    label: int
    soft: NDArray[np.float64]

    @property
    def ranked(self) -> list[int]:
        """Classes, the one that the teacher finds likeliest first."""
        return [int(label) for label in np.argsort(-self.soft, kind="stable")]


def example(run: Run) -> Example | None:
    """Of the digits that a run shows, the one that the frozen teacher gets right with the least probability."""
    teacher = newest(run, "teacher")
    shown = run.held_out
    if shown is None or teacher is None or teacher.epoch < teacher.epochs:
        return None
    soft = softmax(teacher.actors["teacher"].example_logits.astype(float) / run.experiment.temperature, axis=1)
    right = soft.argmax(axis=1) == shown.labels
    index = int(np.where(right, soft.max(axis=1), np.inf).argmin())
    pixels = shown.inputs[index].reshape(shown.source.image or (1, -1))
    return Example(pixels, int(shown.labels[index]), soft[index])


Box = tuple[int, int, int, int]  # x, y, width, height

# The same boxes side by side, and one below the other for a narrow screen.
WIDE: Mapping[str, Box] = {
    "data": (8, 112, 180, 178),
    "teacher": (246, 8, 194, 170),
    "soft": (498, 8, 194, 170),
    "hard": (498, 226, 194, 170),
    "distilled": (766, 8, 194, 170),
    "alone": (766, 226, 194, 170),
}
NARROW: Mapping[str, Box] = {
    "data": (4, 4, 332, 112),
    "teacher": (4, 148, 160, 168),
    "hard": (176, 148, 160, 168),
    "soft": (4, 348, 160, 168),
    "distilled": (4, 564, 160, 168),
    "alone": (176, 564, 160, 168),
}

# Arrows: from, to, path; and where the weight that the student gives to what comes along it is written.
Arrow = tuple[str, str, str, tuple[int, int]]
WIDE_ARROWS: Sequence[Arrow] = (
    ("data", "teacher", "M188 168 C222 168 212 93 240 93", (0, 0)),
    ("data", "hard", "M188 250 C330 250 330 311 492 311", (0, 0)),
    ("teacher", "soft", "M440 93 H492", (0, 0)),
    ("soft", "distilled", "M692 93 H760", (725, 82)),
    ("hard", "alone", "M692 340 H760", (725, 360)),
    ("hard", "distilled", "M692 280 C735 280 715 140 760 140", (742, 212)),
)
NARROW_ARROWS: Sequence[Arrow] = (
    ("data", "teacher", "M84 116 V142", (0, 0)),
    ("data", "hard", "M256 116 V142", (0, 0)),
    ("teacher", "soft", "M84 316 V342", (0, 0)),
    ("soft", "distilled", "M60 516 V558", (40, 542)),
    ("hard", "alone", "M290 316 V558", (308, 450)),
    ("hard", "distilled", "M226 316 C226 520 130 510 130 558", (214, 480)),
)

_FILES = Path(__file__).parent
_component = component(
    "kd_home_picture",
    SHARED_CSS,
    SHARED_JS,
    *(_FILES / name for name in ("pipeline.css", "pipeline.js")),
    html='<div class="kd-home"></div>',
)


def show(picture: str, *, key: str) -> None:
    """Draw SVG in the page, in the colours of its theme."""
    _component(key=key, data={"picture": picture})


def pipeline(run: Run, w: Words, *, reveal: bool) -> str:
    """The picture as SVG, for a wide and for a narrow screen; what the students score is hidden unless `reveal`."""
    shown = example(run)
    says, scores = _says(run, w, shown), _scores(run, w, reveal=reveal)
    alpha = run.experiment.alpha
    weights = {"soft-distilled": 1 - alpha, "hard-distilled": alpha, "hard-alone": 1.0}
    heard = {arrow: (weight, short(w, weight)) for arrow, weight in weights.items()}
    told = {
        "title": w("pipeline.title"),
        "desc": " ".join(
            [
                w("pipeline.desc"),
                *(f"{says[box][0]}: {'; '.join([*says[box][1:], *scores.get(box, ())])}." for box in WIDE),
            ]
        ),
    }
    return "".join(
        _picture(kind, boxes, arrows, says, scores, heard, told, shown)
        for kind, boxes, arrows in (("wide", WIDE, WIDE_ARROWS), ("narrow", NARROW, NARROW_ARROWS))
    )


def _says(run: Run, w: Words, shown: Example | None) -> dict[str, list[str]]:
    """The name of every box, and the lines below it."""
    experiment, actors = run.experiment, words("frame").get("actors")
    source = DATASETS[experiment.dataset]
    sizes = {
        actor: ["-".join(map(str, widths)), w("pipeline.parameters", parameters=count(parameter_count(widths)))]
        for actor, widths in (("teacher", experiment.teacher_widths), ("student", experiment.student_widths))
    }
    labels = experiment.labels or source.train_size
    soft = w("pipeline.not_yet")
    if shown:
        soft = " · ".join(f"{label}: {percent(w, shown.soft[label])}" for label in shown.ranked[:2])
    return {
        "data": [w("pipeline.data"), w("pipeline.train", train=source.train_size), w("pipeline.seen", labels=labels)],
        "teacher": [_capital(actors["teacher"]), *sizes["teacher"], w("pipeline.frozen")],
        "soft": [w("pipeline.soft", temperature=short(w, experiment.temperature)), soft],
        "hard": [w("pipeline.hard"), f"{shown.label}: {percent(w, 1)}" if shown else ""],
        "distilled": [_capital(actors["distilled"]), *sizes["student"], w("pipeline.hears_both")],
        "alone": [_capital(actors["alone"]), *sizes["student"], w("pipeline.hears_labels")],
    }


def _scores(run: Run, w: Words, *, reveal: bool) -> dict[str, tuple[str, str]]:
    """Of every actor its test accuracy, and what that is a mean over, or how far it has come."""
    scores = {}
    for phase, actors in (("teacher", ["teacher"]), ("students", ["distilled", "alone"])):
        snapshot = newest(run, phase)
        for actor in actors:
            if snapshot is None:
                scores[actor] = ("…", w("pipeline.waiting"))
                continue
            measured = snapshot.actors[actor].test_accuracy
            note = w("pipeline.mean", n=len(measured)) if phase == "students" else w("pipeline.tested")
            if snapshot.epoch < snapshot.epochs:
                note = w("pipeline.epoch", epoch=snapshot.epoch, epochs=snapshot.epochs)
            hidden = phase == "students" and not reveal
            scores[actor] = ("?", w("pipeline.predict")) if hidden else (percent(w, measured.mean()), note)
    return scores


def _picture(
    kind: str,
    boxes: Mapping[str, Box],
    arrows: Sequence[Arrow],
    says: Mapping[str, Sequence[str]],
    scores: Mapping[str, tuple[str, str]],
    heard: Mapping[str, tuple[float, str]],
    told: Mapping[str, str],
    shown: Example | None,
) -> str:
    width = max(x + w for x, _, w, _ in boxes.values()) + 4
    height = max(y + h for _, y, _, h in boxes.values()) + 4
    parts = [_arrow(kind, *arrow, heard.get(f"{arrow[0]}-{arrow[1]}")) for arrow in arrows]
    for name, box in boxes.items():
        parts.append(_box(name, box, says[name], scores.get(name), shown))
    names = f"kd-home-{kind}-title kd-home-{kind}-desc"
    about = "".join(f'<{tag} id="kd-home-{kind}-{tag}">{escape(text)}</{tag}>' for tag, text in told.items())
    return (
        f'<svg class="kd-home-pipeline kd-home-{kind}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{names}">{about}'
        f'<defs><marker id="kd-home-{kind}-head" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="9" markerHeight="9" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 L8 4 L0 8 Z" fill="currentColor"/></marker></defs>'
        f"{''.join(parts)}</svg>"
    )


def _arrow(kind: str, start: str, end: str, path: str, place: tuple[int, int], heard: tuple[float, str] | None) -> str:
    """An arrow, the thicker the more its end listens; what is soft comes along dashes."""
    soft = " kd-home-soft" if start == "soft" or end == "soft" else ""
    thick = 1.2 + 3 * heard[0] if heard else 1.5
    x, y = place
    label = f'<text class="kd-home-weight" x="{x}" y="{y}">{heard[1]}</text>' if heard else ""
    return (
        f'<path class="kd-home-arrow{soft}" d="{path}" stroke-width="{thick:g}" '
        f'marker-end="url(#kd-home-{kind}-head)"/>{label}'
    )


def _box(name: str, box: Box, says: Sequence[str], score: tuple[str, str] | None, shown: Example | None) -> str:
    x, y, width, height = box
    parts = [f'<rect class="kd-home-box kd-home-{name}" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>']
    flat = name == "data" and width > 2 * height  # the digit beside the words, not below them
    left = x + (96 if flat else 10)
    parts.append(_text(left, y + 22, says[0], "name"))
    lines = [line for text in says[1:] for line in wrap(text, (width - (left - x)) // 7 + 1)]
    top = y + 42
    if shown and name == "data":
        parts.append(_digit(shown.pixels, x + 10, y + (20 if flat else 34), 72))
        top = top if flat else y + 128
    elif shown and name in ("soft", "hard"):
        share = shown.soft if name == "soft" else np.eye(len(shown.soft))[shown.label]
        parts.append(_bars(share, x + 10, y + 34, width - 20, 106))
        top = y + height - 16
    parts += [_text(left, top + 17 * number, line) for number, line in enumerate(lines)]
    if score:
        parts += [_text(left, y + height - 32, score[0], "score"), _text(left, y + height - 12, score[1])]
    return "".join(parts)


def _text(x: int, y: int, text: str, kind: str = "line") -> str:
    return f'<text class="kd-home-{kind}" x="{x}" y="{y}">{escape(text)}</text>'


def _digit(pixels: NDArray[np.float32], x: float, y: float, size: float) -> str:
    """An image, the ink in the colour of the text."""
    side = size / len(pixels)
    cells = [
        f'<rect x="{x + column * side:g}" y="{y + row * side:g}" width="{side:g}" height="{side:g}" '
        f'fill="currentColor" fill-opacity="{ink:.2f}"/>'
        for row, inks in enumerate(pixels)
        for column, ink in enumerate(inks)
        if ink > 0
    ]
    return "".join(cells)


def _bars(shares: NDArray[np.float64], x: float, y: float, width: float, height: float) -> str:
    """A bar for every class, from 0 to 1, with the class below it."""
    step, room = width / len(shares), height - 16
    return "".join(
        f'<rect x="{x + (label + 0.15) * step:.1f}" y="{y + room * (1 - share):.1f}" width="{0.7 * step:.1f}" '
        f'height="{max(room * share, 0.5):.1f}" fill="currentColor" fill-opacity=".75"/>'
        f'<text class="kd-home-class" x="{x + (label + 0.5) * step:.1f}" y="{y + height - 3:.1f}">{label}</text>'
        for label, share in enumerate(shares)
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def robots() -> str:
    """The big robot and the small one: an ornament, which a screen reader skips."""
    return (
        '<svg class="kd-home-robots" aria-hidden="true" viewBox="0 0 300 120">'
        f"{_robot('teacher', 20, 8, 1.0)}{_robot('distilled', 212, 62, 0.5)}"
        '<path class="kd-home-arrow kd-home-soft" d="M118 60 C150 40 180 50 204 76" stroke-width="2"/></svg>'
    )


def _robot(actor: str, x: float, y: float, scale: float) -> str:
    return (
        f'<g class="kd-home-{actor} kd-home-robot" transform="translate({x:g} {y:g}) scale({scale:g})">'
        '<path d="M42 14 V2"/><circle cx="42" cy="2" r="3"/><rect x="12" y="14" width="60" height="42" rx="8"/>'
        '<circle cx="31" cy="34" r="5"/><circle cx="53" cy="34" r="5"/><path d="M30 47 H54"/>'
        '<rect x="4" y="60" width="76" height="44" rx="8"/><path d="M20 74 H64 M20 88 H48"/></g>'
    )
