"""Figures, tables and sentences about the scenarios; their words are in `pages/words/<language>/when.toml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from kd_core.sweeps.intervals import Interval
from pages.learn.when.scenarios import ACTORS, FAILS, HOLDS, OPEN, Finding, Latest, Scenario
from pages.ui.figures import COLOURS, GREY, Picture
from pages.ui.numbers import in_percent, interval_percent, interval_points, number, points, short
from pages.ui.words import Words

MARKS = {"teacher": "line-ns", "alone": "circle-open", "distilled": "diamond"}
SIGNS = {1: "up", 0: "none", -1: "down"}  # how a difference ends, as guesses are named
DIGITS = 2  # of a difference in points: small ones are told too
_SEED, _GROUP, _CLAIM = 9, 80, 118  # pixels of a seed's row, of what else a group holds, and of a claim


def tell(w: Words, scenario: Scenario, name: str) -> str:
    """A scenario's text with the settings of its experiments in it."""
    settings: dict[str, Any] = {case.name: case.experiment for case in scenario.cases}
    settings |= {f"{case.name}_assistant": case.assistant for case in scenario.cases}
    settings |= {f"{case.name}_temperature": short(w, case.experiment.temperature) for case in scenario.cases}
    last = scenario.cases[-1].experiment
    settings["alpha"] = short(w, last.alpha)
    settings["wrong"] = in_percent(w, last.label_noise, 0)
    settings["smoothing"] = in_percent(w, last.teacher_label_smoothing, 0)
    return w(f"{scenario.name}.{name}", **settings).strip()


def case_title(w: Words, scenario: Scenario, case: str) -> str:
    return tell(w, scenario, f"cases.{case}")


# Every pair


def pairs(w: Words, scenario: Scenario, reached: Latest, *, with_distilled: bool) -> Picture:
    """The accuracies of every pair of students in every case; those distilled may be kept back."""
    return Picture(
        _pairs_figure(w, scenario, reached, with_distilled=with_distilled),
        _pairs_text(w, scenario, reached, with_distilled=with_distilled),
    )


def _pairs_figure(w: Words, scenario: Scenario, reached: Latest, *, with_distilled: bool) -> go.Figure:
    """A group of rows for each case: one row a seed, alone to distilled, then both means; the teacher as a line."""
    figure, names = go.Figure(), Words("frame", w.language)
    seeds = scenario.cases[0].experiment.seeds
    actors = ACTORS if with_distilled else ACTORS[:2]
    pitch = seeds + _GROUP / _SEED
    links: dict[str, list[float | None]] = {"x": [], "y": []}
    dots: dict[str, dict[str, list[Any]]] = {actor: {"x": [], "y": [], "hovertext": []} for actor in actors}
    for i, case in enumerate(scenario.cases):
        top, now = i * pitch, reached.get(case.name)
        label = {"case": case_title(w, scenario, case.name)}
        if now:
            teacher = float(now.teacher.mean())
            label["teacher"] = in_percent(w, teacher)
            dots["teacher"]["x"] += [100 * teacher] * 2 + [None]
            dots["teacher"]["y"] += [top + 2.4, top + seeds + 6, None]
            dots["teacher"]["hovertext"] += [f"{names('actors.teacher')}: {label['teacher']} %"] * 2 + [""]
        figure.add_annotation(
            text=w("pairs.case_teacher" if now else "pairs.case", **label),
            x=0,
            xref="paper",
            xanchor="left",
            y=top,
            yanchor="top",
            showarrow=False,
            align="left",
        )
        if now is None or now.distilled is None:
            continue
        rows = [top + 3 + seed for seed in range(seeds)]
        for seed, row in enumerate(rows):
            pair = {actor: 100 * now.of(actor)[seed] for actor in actors[1:]}
            shown = {actor: number(w, value) for actor, value in pair.items()}
            hover = w("pairs.hover" if with_distilled else "pairs.hover_alone", seed=seed, **shown)
            links["x"] += [*pair.values(), None]
            links["y"] += [*[row] * len(pair), None]
            for actor, value in pair.items():
                _add(dots[actor], value, row, hover)
        for actor, row in zip(actors[1:], (top + seeds + 3.9, top + seeds + 5.1), strict=False):
            _add_mean(figure, w, actor, now.mean(actor), row)
    figure.add_scatter(
        **links,
        mode="lines",
        line={"color": GREY, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    for actor in actors:
        colour = {"color": COLOURS[actor]}
        style: dict[str, Any] = {"mode": "markers", "marker": {"symbol": MARKS[actor], "size": 8} | colour}
        if actor == "teacher":  # the marks keep the line off the edge
            style["mode"], style["marker"]["size"] = "lines+markers", 1
            style["line"] = {"dash": "dash", "width": 2} | colour
        figure.add_scatter(**dots[actor], **style, name=names(f"actors.{actor}"), hoverinfo="text")
    rows_high = len(scenario.cases) * pitch
    _lay_out(figure, w, "pairs.axis", rows_high, rows_high * _SEED, scenario)
    if not dots["alone"]["x"]:
        figure.update_xaxes(range=[0, 100])  # a teacher alone gives the axis no scale
    return figure


def _add(dots: dict[str, list[Any]], x: float, y: float, hover: str) -> None:
    for name, value in {"x": x, "y": y, "hovertext": hover}.items():
        dots[name].append(value)


def _add_mean(figure: go.Figure, w: Words, actor: str, mean: Interval, row: float) -> None:
    """A mean with its interval, in the actor's colour and mark."""
    colour = {"color": COLOURS[actor]}
    figure.add_scatter(
        x=[100 * mean.mean],
        y=[row],
        error_x={"array": [100 * (mean.high - mean.mean)], "thickness": 2.5, "width": 5} | colour,
        mode="markers",
        marker={"symbol": MARKS[actor], "size": 12, "line": {"width": 2.5} | colour} | colour,
        hovertext=w("pairs.mean", n=mean.n, **interval_percent(w, mean)),
        hoverinfo="text",
        showlegend=False,
    )


def _lay_out(figure: go.Figure, w: Words, axis: str, rows: float, height: float, scenario: Scenario) -> None:
    figure.update_layout(
        height=int(height) + 90,
        margin={"l": 8, "r": 12, "t": 34, "b": 46},
        xaxis={"title": w(axis), "fixedrange": True},
        yaxis={
            "range": [rows, -0.5],
            "showgrid": False,
            "showticklabels": False,
            "zeroline": False,
            "fixedrange": True,
        },
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        uirevision=scenario.name,
    )


def _pairs_text(w: Words, scenario: Scenario, reached: Latest, *, with_distilled: bool) -> str:
    """What `_pairs_figure` shows, in words."""
    told = []
    for case in scenario.cases:
        now, title = reached.get(case.name), case_title(w, scenario, case.name)
        if now is None or now.distilled is None:
            told.append(w("pairs.alt_waiting", case=title))
            continue
        shown = {
            "teacher": in_percent(w, now.teacher.mean()),
            "alone": in_percent(w, now.mean("alone").mean),
            "n": now.gain.n,
        }
        if with_distilled:
            shown |= {"distilled": in_percent(w, now.mean("distilled").mean), "ahead": now.ahead}
        told.append(w("pairs.alt_both" if with_distilled else "pairs.alt_alone", case=title, **shown))
    return w("pairs.alt", cases=" ".join(told))


# Claims


def claims(w: Words, scenario: Scenario, found: Sequence[Finding]) -> Picture:
    """What was found of every claim."""
    told = [f"{tell(w, scenario, f'claims.{f.claim.name}')}: {found_text(w, f)}." for f in found]
    return Picture(_claims_figure(w, scenario, found), w("differences.alt", claims=" ".join(told)))


def _claims_figure(w: Words, scenario: Scenario, found: Sequence[Finding]) -> go.Figure:
    """Differences in points: a dot for each seed, a diamond with its interval, an arrow head to the expected side."""
    figure = go.Figure()
    for i, finding in enumerate(found):
        row, side = 3.0 * i, "right" if finding.claim.expected > 0 else "left"
        title = "<br>".join(wrap(tell(w, scenario, f"claims.{finding.claim.name}"), 44))
        figure.add_annotation(
            text=w("differences.row", claim=title),
            x=0,
            xref="paper",
            xanchor="left",
            y=row,
            yanchor="top",
            showarrow=False,
            align="left",
        )
        figure.add_shape(type="line", x0=0, x1=0, y0=row + 1.1, y1=row + 2.7, line={"color": GREY, "width": 2})
        figure.add_scatter(
            x=(100 * finding.differences).tolist(),
            y=[row + 1.55 + 0.1 * (seed % 5 - 2) for seed in range(len(finding.differences))],
            mode="markers",
            marker={"symbol": "circle-open", "size": 7, "color": GREY},
            hovertext=[w("differences.hover", value=points(w, value, DIGITS)) for value in finding.differences],
            hoverinfo="text",
            showlegend=False,
        )
        mean, half = 100 * finding.interval.mean, 100 * (finding.interval.high - finding.interval.mean)
        figure.add_scatter(
            x=[mean],
            y=[row + 2.3],
            error_x={"array": [half], "thickness": 2.5, "width": 6, "color": COLOURS["distilled"]},
            mode="markers",
            marker={"symbol": "diamond", "size": 13, "color": COLOURS["distilled"]},
            hovertext=w("differences.mean", **interval_points(w, finding.interval, DIGITS)),
            hoverinfo="text",
            showlegend=False,
        )
        figure.add_scatter(
            x=[0],
            y=[row + 2.3],
            mode="markers",
            marker={
                "symbol": f"triangle-{side}",
                "size": 13,
                "color": GREY,
            },
            name=w("differences.expected"),
            hoverinfo="name",
            showlegend=i == 0,
        )
    _lay_out(figure, w, "differences.axis", 3.0 * len(found), _CLAIM * len(found), scenario)
    return figure


def found_text(w: Words, finding: Finding) -> str:
    """+4.82 points, 95 % interval +3.79 to +5.85, 20 pairs on 10 splits; and what was left out."""
    found = finding.interval
    told = w("differences.found", n=found.n, splits=found.splits, **interval_points(w, found, DIGITS))
    return f"{told} ({w('differences.lost', count=finding.lost)})" if finding.lost else told


def claim_sentence(w: Words, scenario: Scenario, finding: Finding) -> str:
    """A claim, what was expected and says who, what was found, and the verdict."""
    papers = finding.claim.papers or ("none",)
    return w(
        "differences.sentence",
        claim=tell(w, scenario, f"claims.{finding.claim.name}"),
        expected=w("differences.higher" if finding.claim.expected > 0 else "differences.lower"),
        source="; ".join(w(f"sources.{paper}") for paper in papers),
        found=found_text(w, finding),
        verdict=verdict(w, finding),
    )


def verdict(w: Words, finding: Finding) -> str:
    """The word for it; without a paper it is held against what the loss leads one to expect."""
    if finding.verdict == OPEN:
        return w("verdicts.flips" if finding.can_flip else "verdicts.open")
    return w(f"verdicts.{finding.verdict}{'' if finding.claim.papers else '_own'}")


def judge_guess(w: Words, scenario: Scenario, guess: str, first: Finding) -> str:
    """How a guess about the first claim came out; "" is no guess."""
    texts = {"guess": tell(w, scenario, guess)} if guess else {}
    if first.can_flip:
        side = tell(w, scenario, SIGNS[1 if first.interval.mean > 0 else -1])
        return w("guess.flips" if guess else "guess.flips_shown", truth=side, **texts)
    truth = SIGNS[first.sign]
    kind = "shown" if not guess else "right" if guess == truth else "wrong"
    return w(f"guess.{kind}", truth=tell(w, scenario, truth), **texts)


# Tables


def numbers_table(w: Words, scenario: Scenario, reached: Latest) -> list[dict[str, str]]:
    """A row for each case: the teacher, both students over all seeds, and their difference."""
    rows = []
    for case in scenario.cases:
        now = reached[case.name]
        row = {w("table.case"): case_title(w, scenario, case.name)}
        means: dict[str, Interval | None] = {actor: now.mean(actor) for actor in ACTORS}
        if any(other.assistant for other in scenario.cases):
            means = {"teacher": means["teacher"], "assistant": now.assistants} | means
        for name, mean in means.items():
            row[w(f"table.{name}")] = w("table.share", **interval_percent(w, mean)) if mean else "–"
        rows.append(row | {w("table.gain"): w("table.share", **interval_points(w, now.gain, DIGITS))})
    return rows


def summary_table(
    w: Words, known: Mapping[str, list[Finding] | str], guesses: Mapping[str, str], scenarios: Iterable[Scenario]
) -> list[dict[str, str]]:
    """A row for each claim. `known` has the findings of a scenario, or why there are none to show."""
    rows = []
    for scenario in scenarios:
        found = known[scenario.name]
        for i, claim in enumerate(scenario.claims):
            finding = found[i] if isinstance(found, list) else None
            guess = guesses.get(scenario.name, "") if i == 0 else ""
            row = {
                "scenario": tell(w, scenario, "name") if i == 0 else "",
                "claim": tell(w, scenario, f"claims.{claim.name}"),
                "found": w(f"summary.{found}") if isinstance(found, str) else "",
                "verdict": "",
                "guess": w("summary.guess_none"),
                "expected": w("differences.higher" if claim.expected > 0 else "differences.lower"),
                "source": "; ".join(w(f"sources.{paper}") for paper in claim.papers) or w("summary.no_source"),
            }
            if finding:
                row["found"] = w("summary.interval", **interval_points(w, finding.interval, DIGITS))
                row["verdict"] = verdict(w, finding)
                if guess and not finding.can_flip:
                    row["guess"] = w(f"summary.guess_{'right' if guess == SIGNS[finding.sign] else 'wrong'}")
            rows.append({w(f"summary.{name}"): text for name, text in row.items()})
    return rows


def summary_sentence(w: Words, found: Iterable[Finding]) -> str:
    """How many claims agree with the literature, how many do not; those without a paper are counted apart."""
    told = list(found)
    if not told:
        return w("summary.none")
    cited = Counter(finding.verdict for finding in told if finding.claim.papers)
    own = [finding for finding in told if not finding.claim.papers]
    return w(
        "summary.count",
        claims=cited.total(),
        holds=cited[HOLDS],
        fails=cited[FAILS],
        open=cited[OPEN],
        own=len(own),
        own_holds=sum(finding.verdict == HOLDS for finding in own),
    )
