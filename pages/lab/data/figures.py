"""How many examples each class has, and what examples look like: as HTML and as a table, all of it characters."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import pandas as pd

from kd_core.own.upload import Preview
from pages.ui.figures import image_uri
from pages.ui.numbers import count, localized
from pages.ui.words import Words


def balance(w: Words, shown: Preview) -> str:
    """A row for each class: its name, of images a few, a bar and how many examples it has; many are scrolled."""
    most = max(examples for _, examples in shown.balance)
    rows = "".join(
        f'<tr><th scope="row" title="{escape(name)}">{escape(name)}</th>{_pictures(w, shown, name)}'
        f'<td class="kd-bar"><i style="width:{100 * examples / most:.1f}%"></i></td><td>{count(examples)}</td></tr>'
        for name, examples in shown.balance
    )
    said = escape(w("balance"))
    table = f'<table class="kd-classes"><caption>{said}</caption><tbody>{rows}</tbody></table>'
    return f'<div class="kd-classes-box" tabindex="0" role="region" aria-label="{said}">{table}</div>'


def _pictures(w: Words, shown: Preview, name: str) -> str:
    """A cell with the images of this class."""
    if shown.about.kind != "image":
        return ""
    images = "".join(
        f'<img src="{image_uri(np.squeeze(pixels / np.float32(255)))}" alt="{escape(w("picture", of=name))}">'
        for pixels, of_class in zip(shown.pixels, shown.classes, strict=True)
        if of_class == name
    )
    return f"<td>{images}</td>"


class Rows(NamedTuple):
    """Cells as texts, columns by position; what each column is called, and which hold numbers."""

    cells: pd.DataFrame
    names: tuple[str, ...]
    numbers: frozenset[int] = frozenset()


def used_rows(w: Words, shown: Preview) -> Rows:
    """The first examples as they are learned from: the class, numbers, categories; what is missing is empty."""
    examples = zip(shown.classes, shown.rows, strict=True)
    rows = [(of_class, *(_written(w, cell) for cell in row)) for of_class, row in examples]
    numbers = len(shown.about.columns) - len(shown.about.values)
    return Rows(_table(rows), (w("class"), *shown.about.columns), frozenset(range(1, 1 + numbers)))


def file_rows(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Rows:
    """The first rows as the file has them."""
    return Rows(_table(rows), names)


def _table(rows: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    return frame.set_axis([str(place) for place in range(frame.shape[1])], axis=1)


def _written(w: Words, cell: float | str | None) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else localized(w, f"{cell:.6g}")
