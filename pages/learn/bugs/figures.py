"""What the lab of bugs shows: riddle, curves, cards and tables; words are in `pages/words/<language>/bugs.toml`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from kd_core.data import Doubles
from kd_core.sweeps.intervals import Interval
from pages.learn.bugs.bugs import (
    BUGS,
    CHECKS,
    ORDER,
    SETTING,
    STUDENTS,
    Examination,
    Line,
    Point,
    Verdict,
    failed,
    lines,
    number_of,
    pieces,
    riddle,
    smallest_set,
)
from pages.learn.bugs.hunt import MISSING, Hunt, answers, count
from pages.ui.numbers import in_percent, interval_points, points, short, significant
from pages.ui.style import style_of
from pages.ui.words import Words

MARKS = {"buggy": "✗", "correct": "✓"}
STATUS = {"open": "", "found": "✓", "shown": "◐"}

STYLE, LECTURE = (style_of(Path(__file__).with_name(f"{name}.css")) for name in ("bugs", "lecture"))


def name_of(w: Words, hunt: Hunt) -> str:
    """A bug's number, and its name once the hunt is over: before that a name would give the line away."""
    number = number_of(hunt.bug)
    return w("named", number=number, title=w(f"{hunt.bug}.name")) if hunt.is_over else w("unnamed", number=number)


def setting(w: Words, bug: str) -> str:
    """What is trained, and at which alpha."""
    experiment = BUGS[bug].experiment
    alpha = w("mix", alpha=short(w, experiment.alpha)) if experiment.alpha else w("soft_only")
    return w(
        "setting",
        labels=experiment.labels,
        student=experiment.student,
        seeds=experiment.seeds,
        splits=experiment.splits,
        alpha=alpha,
        temperature=short(w, experiment.temperature),
    )


def seen(w: Words, bug: str) -> str:
    return w(f"seen.{BUGS[bug].seen}", threads=", ".join(BUGS[bug].threads))


# The riddle ----------------------------------------------------------------------------------------------------------


def picker(w: Words, hunts: Mapping[str, Hunt], now: str) -> dict[str, Any]:
    """A chip for every bug: its number, its mark, and once it is known its name."""
    chips = [
        {
            "number": number_of(bug),
            "mark": STATUS[hunt.status],
            "label": f"{name_of(w, hunt)}, {w(f'status.{hunt.status}')}",
            "status": hunt.status,
        }
        for bug, hunt in hunts.items()
    ]
    legend = w("picker.legend", **{name: mark for name, mark in STATUS.items() if mark})
    return {"label": w("picker.label"), "chips": chips, "now": number_of(now), "legend": legend}


def code(w: Words, hunt: Hunt) -> dict[str, Any]:
    """The step's lines to click; once the hunt is over, with the wrong ones lit and mended."""
    bug, ended = hunt.bug, hunt.is_over
    rows = [row for line in riddle(bug) for row in _rows(w, hunt, line)]
    missing: dict[str, Any] = {
        "number": MISSING,
        "text": w("code.missing"),
        "state": "rest" if ended else "",
        "word": "",
    }
    if MISSING in hunt.clicks and MISSING not in answers(bug):
        missing |= _judged(w, "tried")
    elif ended and MISSING in answers(bug):
        missing |= _judged(w, "answer")
    several = len([line for line in riddle(bug) if line.is_wrong]) > 1
    note = w(f"code.{'forward' if BUGS[bug].part == 'forward' else 'batch'}")
    real = w("code.real", function=bug) if ended else ""
    return {
        "bug": number_of(bug),
        "title": name_of(w, hunt),
        "question": w("code.several" if several else "code.one") if ended else w("code.question"),
        "ended": ended,
        "rows": rows,
        "missing": missing,
        "status": status(w, hunt),
        "note": " ".join(filter(None, [note, alpha(w, bug), real])),
        "label": w("code.label"),
    }


def alpha(w: Words, bug: str) -> str:
    """What one has to know to judge the line that mixes."""
    experiment = BUGS[bug].experiment
    return w("code.alpha", alpha=short(w, experiment.alpha), temperature=short(w, experiment.temperature))


def _rows(w: Words, hunt: Hunt, line: Line) -> list[dict[str, Any]]:
    """A line of the step, and below it what it is mended to."""
    rows: list[dict[str, Any]] = []
    revealed = hunt.is_over and line.is_wrong
    if line.text is not None:
        row: dict[str, Any] = {"number": line.number, "begins": line.begins, "parts": [[line.text, False]]}
        row |= {"label": w("code.line", number=line.number, text=line.text.strip())}
        if revealed:
            row |= _judged(w, "wrong") | {"parts": pieces(line.text, line.mended or "")}
        elif line.number in hunt.clicks:
            row |= _judged(w, "tried")
        else:
            row |= {"state": "rest" if hunt.is_over else "", "word": ""}
        rows.append(row)
    if revealed and line.mended:
        mended = _judged(w, "mended" if line.text is not None else "added")
        parts = pieces(line.mended, line.text or "")
        rows.append({"number": None, "begins": False, "parts": parts, "label": line.mended.strip(), **mended})
    return rows


def _judged(w: Words, state: str) -> dict[str, str]:
    return {"state": state, "word": w(f"code.{state}", **MARKS)}


def status(w: Words, hunt: Hunt) -> str:
    """How the hunt stands, in a sentence."""
    tries = len(hunt.clicks)
    told = w("hunt.try") if tries == 1 else w("hunt.tries", n=tries)
    if hunt.is_found:
        return w("hunt.at_once") if tries == 1 else w("hunt.found", tries=told)
    if hunt.asked:
        return w("hunt.shown")
    if not tries:
        return w("hunt.begin")
    last = hunt.clicks[-1]
    return w("hunt.nothing_missing" if last == MISSING else "hunt.wrong", line=last, tries=told)


# Curves --------------------------------------------------------------------------------------------------------------


CURVES = ("accuracy", "low", "high", "loss")


def curves(w: Words, values: Sequence[Point], bug: str, *, is_live: bool, is_over: bool) -> dict[str, Any]:
    """What the small charts draw: each student's means with the 95 % interval, and the two steps' losses."""
    found = lines(values) if values else {}
    drawn = [
        {
            "name": student,
            "label": w(f"students.{student}"),
            **{name: _floats(getattr(found[student], name)) if found else [] for name in CURVES},
        }
        for student in STUDENTS
    ]
    return {
        "bug": number_of(bug),
        "epochs": BUGS[bug].experiment.epochs,
        "at": [point.epoch for point in values],
        "students": drawn,
        "live": is_live,
        "over": is_over,
        "language": w.language,
        "text": accuracy_text(w, values),
        "loss_text": loss_text(w, values),
        "words": {
            **{name: w(f"curves.{name}") for name in ("so_far", "at_end", "nan", "again", "accuracy", "look")},
            "waiting": waiting(w, bug),
            "losses": {student: w("curves.loss", student=w(f"students.{student}")) for student in ("buggy", "correct")},
        },
    }


def waiting(w: Words, bug: str) -> str:
    """What is trained before there is a curve."""
    experiment = BUGS[bug].experiment
    return w("curves.waiting", teachers=experiment.splits, students=len(STUDENTS) * experiment.seeds)


def _floats(values: Doubles) -> list[float | None]:
    """As JSON knows them: what is no number is left out."""
    return [float(value) if math.isfinite(value) else None for value in values]


def accuracy_text(w: Words, values: Sequence[Point]) -> str:
    """The accuracies in words."""
    told = []
    for student, line in (lines(values) if values else {}).items():
        first, last, low, high = (
            in_percent(w, share) for share in (line.accuracy[0], line.accuracy[-1], line.low[-1], line.high[-1])
        )
        name, epoch = w(f"students.{student}"), line.epochs[-1]
        told.append(w("curves.alt_student", student=name, first=first, last=last, low=low, high=high, epoch=epoch))
    return w("curves.alt", students=" ".join(told) or w("curves.alt_waiting"))


def loss_text(w: Words, values: Sequence[Point]) -> str:
    """The losses in words."""
    told = []
    for student in ("buggy", "correct") if len(values) > 1 else ():
        loss = lines(values)[student].loss
        first, last = (significant(w, loss[i]) for i in (1, -1))
        told.append(w("curves.alt_loss_student", student=w(f"students.{student}"), first=first, last=last))
    return w("curves.alt_loss", students=" ".join(told) or w("curves.alt_waiting"))


# What is revealed ----------------------------------------------------------------------------------------------------


def cost(w: Words, found: Verdict) -> str:
    """The number of the card, as HTML: what the bug costs against the correct step, and how sure that is."""
    number = w("cost.points", mean=points(w, found.to_correct.mean))
    sure = w("cost.against", difference=interval_text(w, found.to_correct))
    if not found.to_correct.is_clear:
        number, sure = w("cost.unclear"), f"{number} {sure}"
    return f'<p class="kd-bugs-number">{escape(number)}</p><p class="kd-bugs-sure">{escape(sure)}</p>'


def verdict(w: Words, found: Verdict) -> str:
    """How it ended, and the numbers."""
    shares = {student: in_percent(w, getattr(found, student).mean) for student in STUDENTS}
    to_alone = w("verdict.difference", mean=points(w, found.to_alone.mean), difference=interval_text(w, found.to_alone))
    if is_nothing(found.to_alone):
        to_alone = w("verdict.nothing", n=found.to_alone.n, splits=found.to_alone.splits)
    curve = w("cost.plausible" if found.is_plausible else "cost.suspicious")
    told = " ".join([w(f"verdict.{found.outcome}"), curve])
    return told + "\n\n" + w("verdict.numbers", **shares, to_alone=to_alone)


def interval_text(w: Words, found: Interval) -> str:
    """The interval of a paired difference, and whether it is one at all, and for other splits too."""
    low, high, clear = points(w, found.low), points(w, found.high), w(f"verdict.{grade(found)}")
    return w("verdict.interval", low=low, high=high, n=found.n, splits=found.splits, clear=clear)


def grade(found: Interval) -> str:
    """ "clear" on the next split too, "flips" where it is clear in the mean only, or "unclear"."""
    return "clear" if found.holds else "flips" if found.is_clear else "unclear"


def is_nothing(found: Interval) -> bool:
    """Whether a difference and its interval are 0 to a tenth of a point."""
    return all(abs(value) < 0.0005 for value in (found.mean, found.low, found.high))


def wanted(w: Words, check: str) -> str:
    """What a check's value should be."""
    low, high = (significant(w, limit) for limit in (CHECKS[check].low, CHECKS[check].high))
    return w(f"check.{check}.want", low="0" if check == "not_negative" else low, high=high)


def result(w: Words, check: str, value: float) -> str:
    """A check's value, and whether it passes, in words."""
    return f"{significant(w, value)} – {w('checks.passes' if CHECKS[check].passes(value) else 'checks.fails')}"


def check_table(w: Words, bug: str, examination: Examination) -> str:
    """The check that gives a bug away, as HTML: what it should be, of the correct step, of the one with the bug."""
    check = BUGS[bug].gives_away
    rows = {
        w("checks.want"): wanted(w, check),
        f"{MARKS['correct']} {w('checks.correct')}": result(w, check, examination[""][check]),
        f"{MARKS['buggy']} {w('checks.buggy')}": result(w, check, examination[bug][check]),
    }
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows.items()
    )
    return f'<div class="kd-bugs-table kd-bugs-check"><table><tbody>{body}</tbody></table></div>'


def check(w: Words, bug: str) -> str:
    """What the check asks."""
    name = BUGS[bug].gives_away
    return f"**{w(f'check.{name}.name')}.** {w(f'check.{name}.question')}"


def other_checks(w: Words, bug: str, examination: Examination) -> str:
    """Which other checks find the bug."""
    names = [w(f"check.{name}.name") for name in failed(examination[bug]) if name != BUGS[bug].gives_away]
    return w("checks.others", names=", ".join(names)) if names else w("checks.no_others")


# Tables --------------------------------------------------------------------------------------------------------------


def cover(w: Words, examination: Examination) -> str:
    """The fewest checks that find all bugs."""
    names = smallest_set(examination)
    told = ", ".join(f"*{w(f'check.{name}.name')}*" for name in names)
    return w("summary.cover", count=len(names), checks=len(CHECKS), bugs=len(BUGS), names=told)


def board(
    w: Words,
    hunts: Mapping[str, Hunt],
    verdicts: Mapping[str, Verdict | None],
    examination: Examination | None,
    now: str,
) -> str:
    """The scoreboard, as HTML: each bug's hunt, and of those in `verdicts` the cost and the checks that fire.

    A verdict of None is still being trained; no examination, none yet.
    """
    names = ("bug", "tries", "to_correct", "accuracy", "to_alone", "curve")
    head = "".join(f'<th scope="col">{escape(w(f"summary.{name}"))}</th>' for name in names)
    checks = "".join(
        f'<th scope="col" rowspan="2" class="kd-bugs-up"><span>{escape(w(f"check.{name}.name"))}</span></th>'
        for name in CHECKS
    )
    told = [score(w, hunts), *([plausible(w, verdicts)] if any(verdicts.values()) else []), w("summary.checks")]
    scored = (
        f'<td class="kd-bugs-score" colspan="{len(names)}">{"".join(f"<p>{escape(each)}</p>" for each in told)}</td>'
    )
    body = ""
    for bug, hunt in hunts.items():
        found, is_run = verdicts.get(bug), bug in verdicts
        costs = _costs(w, found) if found else [escape(w("summary.training")) if is_run else "", "", "", ""]
        cells = "".join(f"<td>{cell}</td>" for cell in (_tries(w, hunt), *costs))
        body += f'<tr{_now(bug == now)}><th scope="row">{escape(name_of(w, hunt))}</th>{cells}'
        body += _fires(w, failed(examination[bug]) if examination and is_run else []) + "</tr>"
    body += f'<tr><th scope="row">{escape(w("summary.correct_step"))}</th>{"<td></td>" * (len(names) - 1)}'
    body += _fires(w, failed(examination[""]) if examination else []) + "</tr>"
    title = escape(w("summary.title"))
    return (
        f'<div class="kd-bugs-table kd-bugs-board" tabindex="0" role="region" aria-label="{title}">'
        f"<table><thead><tr>{scored}{checks}</tr><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _fires(w: Words, found: Sequence[str]) -> str:
    """A cell for every check: what fires bears a mark, the rest is empty."""
    fires = f'<td class="kd-bugs-fires">{MARKS["buggy"]}{_unseen(w("summary.fires"))}</td>'
    return "".join(fires if name in found else '<td class="kd-bugs-passes"></td>' for name in CHECKS)


def _tries(w: Words, hunt: Hunt) -> str:
    if not hunt.is_over:
        return _unseen(w("status.open"))
    mark = STATUS[hunt.status]
    tries = len(hunt.clicks)
    told = w("status.shown") if not hunt.is_found else w("hunt.try") if tries == 1 else w("hunt.tries", n=tries)
    return f"{mark} {escape(told)}"


def _costs(w: Words, found: Verdict) -> list[str]:
    to_correct, to_alone = (escape(_points(w, each)) for each in (found.to_correct, found.to_alone))
    curve = w("summary.plausible" if found.is_plausible else "summary.suspicious")
    share = w("summary.share", mean=in_percent(w, found.buggy.mean))
    return [_bar(found.to_correct) + to_correct, escape(share), to_alone, escape(curve)]


def _points(w: Words, found: Interval) -> str:
    if is_nothing(found):
        return w("summary.nothing")
    return w("summary.points", **interval_points(w, found)) + w(f"summary.{grade(found)}")


SCALE = (-0.9, 0.1)  # of the small pictures of a difference


def _bar(difference: Interval) -> str:
    """A difference and its interval on a common scale, for the eye; the numbers stand beside it."""
    low, zero, mean, high = (
        f"{100 * (min(max(value, SCALE[0]), SCALE[1]) - SCALE[0]) / (SCALE[1] - SCALE[0]):.1f}%"
        for value in (difference.low, 0, difference.mean, difference.high)
    )
    return (
        f'<span class="kd-bugs-bar" aria-hidden="true"><i class="kd-bugs-zero" style="left:{zero}"></i>'
        f'<i class="kd-bugs-span" style="left:{low};right:calc(100% - {high})"></i>'
        f'<i class="kd-bugs-dot" style="left:{mean}"></i></span>'
    )


def score(w: Words, hunts: Mapping[str, Hunt]) -> str:
    """How many bugs the reader has found."""
    return w("summary.score", bugs=len(ORDER), **count(hunts.values()))


def plausible(w: Words, verdicts: Mapping[str, Verdict | None]) -> str:
    """How many of those that have ended leave a plausible curve."""
    ended = [found for found in verdicts.values() if found]
    plausible = sum(found.is_plausible for found in ended)
    return w("summary.count", plausible=plausible, n=len(ended), splits=SETTING.splits)


def _now(is_now: bool) -> str:
    return ' class="kd-bugs-now"' if is_now else ""


def _unseen(text: str) -> str:
    """For those who listen."""
    return f'<span class="kd-bugs-hidden">{escape(text)}</span>'
