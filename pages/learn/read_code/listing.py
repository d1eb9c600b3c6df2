"""A file of the engine as HTML: its lines with their numbers, some lit, the rest folded where it stands."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator, Set
from html import escape
from itertools import groupby, pairwise

MANY = 10_000  # columns: to the end of a row
KEEP = 2  # lines between two that are shown are shown too, if they are no more than that


def listing(text: str, lit: Set[int], shown: Set[int] | None, fold: str) -> str:
    """The whole text; what is neither lit nor `shown` is folded, nothing if that is None.

    `fold` names what is folded, with {first} and {last} in it.
    """
    lines, indents = _coloured(text), [len(line) - len(line.lstrip()) for line in text.splitlines()]
    numbers = range(1, len(lines) + 1)
    seen = set(numbers) if shown is None else _without_small_gaps(lit | shown)
    parts = []
    for is_seen, group in groupby(numbers, lambda number: number in seen):
        block = list(group)
        html = "".join(_line(number, lines[number - 1], indents[number - 1], number in lit) for number in block)
        if not is_seen:
            name = escape(fold.format(first=block[0], last=block[-1]))
            html = f"<details><summary>{name}</summary>{html}</details>"
        parts.append(html)
    return f'<div class="kd-code">{"".join(parts)}</div>'


def _line(number: int, html: str, indent: int, is_lit: bool) -> str:
    """What is wrapped is indented as the line is."""
    tag = "mark" if is_lit else "span"
    return f'<div class="kd-line" data-n="{number}"><{tag} style="--indent:{indent}">{html}\n</{tag}></div>'


def _without_small_gaps(seen: Set[int]) -> set[int]:
    ordered = sorted(seen)
    small = [range(a, b) for a, b in pairwise(ordered) if b - a - 1 <= KEEP]
    return {*seen, *(number for gap in small for number in gap)}


def _coloured(text: str) -> list[str]:
    """Each line as HTML; keywords, texts, comments and what is defined are told apart."""
    lines = text.splitlines()
    html, at = [""] * len(lines), [0] * len(lines)
    for kind, row, start, end in _marks(text):
        before, marked = lines[row][at[row] : start], lines[row][start:end]
        html[row] += f'{escape(before)}<i class="kd-{kind}">{escape(marked)}</i>'
        at[row] = end
    return [done + escape(line[start:]) for done, line, start in zip(html, lines, at, strict=True)]


def _marks(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Kind, row from 0, first column and the one behind the last, of every piece of a row that has a colour."""
    before = ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = _kind(token, before)
        before = token.string if token.type == tokenize.NAME else ""
        (first, start), (last, end) = token.start, token.end
        for row in range(first, last + 1) if kind else ():
            yield kind, row - 1, start if row == first else 0, end if row == last else MANY


def _kind(token: tokenize.TokenInfo, before: str) -> str:
    if token.type == tokenize.COMMENT:
        return "comment"
    if token.type == tokenize.STRING:
        return "text"
    if token.type != tokenize.NAME:
        return ""
    return "defined" if before in ("def", "class") else "keyword" if keyword.iskeyword(token.string) else ""
