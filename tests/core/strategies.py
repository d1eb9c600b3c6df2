"""Hypothesis strategies: logits, and experiments and query strings over all fields of `SETTINGS`, hostile ones too."""

from urllib.parse import quote

import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from kd_core.data import DATASETS
from kd_core.experiment import (
    DEFAULTS,
    MAX_CHANGES,
    MAX_CHANNELS,
    MAX_CONVOLUTIONS,
    MAX_LAYERS,
    MAX_WIDTH,
    MOST_VIEWED,
    SETTINGS,
    Experiment,
    text_of,
)
from kd_core.kinds import KINDS, members_of
from kd_core.sources import domains
from kd_core.sweeps.grid import AXES

temperatures = st.floats(1, 20)
alphas = st.floats(0, 1)


@st.composite
def logit_pairs(draw, size=12.0):
    """(teacher_logits, student_logits), both (N, C) float64 with N of 1 to 4 and C of 2 to 6."""
    shape = draw(st.tuples(st.integers(1, 4), st.integers(2, 6)))
    elements = st.floats(-size, size, allow_subnormal=False)
    arrays = [draw(npst.arrays("float64", shape, elements=elements)) for _ in range(2)]
    return tuple(map(torch.from_numpy, arrays))


@st.composite
def networks(draw, most_convolutions=MAX_CONVOLUTIONS, most_units=MAX_WIDTH):
    """Texts of networks: convolutions, as many as images can be halved, then units; at least one layer."""
    channels = draw(st.lists(st.integers(1, MAX_CHANNELS), max_size=most_convolutions))
    units = draw(st.lists(st.integers(1, most_units), min_size=0 if channels else 1, max_size=MAX_LAYERS))
    return "-".join([*(f"c{count}" for count in channels), *map(str, units)])


def values(name):
    """Allowed values of one field of an experiment, as far as no other field narrows them."""
    setting, default = SETTINGS[name], DEFAULTS[name]
    if setting.choices:
        return st.sampled_from(setting.choices)
    if isinstance(default, bool):
        return st.booleans()
    if isinstance(default, int):
        return st.integers(int(setting.low), int(setting.high))
    if isinstance(default, float):
        return st.floats(setting.low, setting.high)
    return {
        "teacher": networks(),
        "student": networks(),
        "teacher_kind": kinds(),
        "teacher_weights": st.sampled_from(("", "1", "1:0.5", "0:1:2")),
        "teacher_file": st.just(""),
    }[name]


def kinds():
    """Kinds of teacher, one or several, but not a file, which has to be there."""
    known = [name for name in KINDS if name != "file"]
    return st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True).map("+".join)


@st.composite
def schedules(draw, epochs):
    """Schedules that fit into a run of so many epochs; '' among them."""
    moments = draw(st.sets(st.integers(1, epochs - 1), max_size=min(4, MAX_CHANGES))) if epochs > 1 else set()
    heard = st.tuples(temperatures, alphas)
    return ",".join(":".join([str(epoch), *map(text_of, draw(heard))]) for epoch in sorted(moments))


@st.composite
def experiments(draw):
    """Any allowed experiment, every field of it drawn."""
    narrowed = {"labels", "schedule", "teacher", "student", *CLASHING}
    fields = {name: draw(values(name)) for name in SETTINGS if name not in narrowed}
    source = DATASETS[fields["dataset"]]
    labels = draw(st.just(0) | st.integers(source.classes, source.train_size))
    drawn = {name: draw(networks(MAX_CONVOLUTIONS if source.image else 0)) for name in ("teacher", "student")}
    drawn |= draw(teachers()) | draw(further(source, labels))
    return Experiment(**fields, **drawn, labels=labels, schedule=draw(schedules(fields["epochs"])))


CLASHING = ("teacher_kind", "teachers", "teacher_weights", "teacher_file", "target", "target_labels")
CLASHING += ("teacher_shift", "shift", "extra", "extra_kind", "validation")


@st.composite
def teachers(draw):
    """Which members a teacher has: settings that go together."""
    chosen = draw(kinds())
    is_drawn = any(KINDS[kind].is_drawn for kind in chosen.split("+"))
    count = draw(st.integers(1, 10)) if is_drawn else 1
    members = len(members_of(chosen.split("+"), count))
    weights = st.lists(st.integers(0, 9), min_size=members, max_size=members).filter(any)
    return {
        "teacher_kind": chosen,
        "teachers": count,
        "teacher_weights": draw(st.just("") | weights.map(lambda weights: ":".join(map(str, weights)))),
    }


@st.composite
def further(draw, source, labels):
    """Another domain, unlabelled examples, shifts and early stopping: settings that go together."""
    sample, is_image = labels or source.train_size, source.image is not None
    target = draw(st.sampled_from(("", *domains(source))))
    kinds_of_extra = ["noise", "mixup", *(["rest"] if sample < source.train_size else []), *(["target"] * bool(target))]
    viewed = sample <= MOST_VIEWED
    return {
        "target": target,
        "target_labels": draw(st.just(0) | st.integers(source.classes, 1000)) if target else 0,
        "teacher_shift": draw(st.integers(0, 3)) if is_image else 0,
        "shift": draw(st.integers(0, 3)) if is_image and viewed else 0,
        "extra": draw(st.integers(0, 20)) if viewed else 0,
        "extra_kind": draw(st.sampled_from(kinds_of_extra)),
        "validation": draw(st.floats(0, 0.5)) if sample > 2 * source.classes else 0.0,
    }


@st.composite
def queries(draw):
    """Text that looks like a query string: real and unknown fields, with values that may or may not be allowed."""
    odd = ("", "0", "-1", "nan", "inf", "1e400", "9" * 5000, "²", "٣", "1_0", " 4 ", "16-", "5:4:.5", "true", "%", "+")
    name = st.sampled_from([*SETTINGS, "", "banana", "Labels"])
    value = st.sampled_from([*odd, *DATASETS, "adam", "500", "1297", "c8", "8-c8"]) | st.text(max_size=8)
    return "&".join(f"{draw(name)}={draw(value)}" for _ in range(draw(st.integers(0, 5))))


# Texts that mean something to Markdown, HTML, LaTeX, a spreadsheet, a terminal, or a reader of numbers.
HOSTILE = (
    "![t](http://elsewhere.example/t.png)",
    "[log in again](http://elsewhere.example)",
    "http://elsewhere.example www.elsewhere.example a@elsewhere.example",
    "<img src=http://elsewhere.example/t.png onerror=alert(1)><a href=//elsewhere.example>x</a><br>",
    "<script>alert(1)</script>",
    "$\\frac{1}{2}$ $$x$$ \\(y\\)",
    "# heading\n\n## another\n- item\n\n> said\n\n---",
    ":red[x] :material/home: :smile: -> >=",
    '=HYPERLINK("http://elsewhere.example")',
    "{name}{0.__class__}%s%n",
    "\u202egnp.exe\x00\x1b[31m\ud800",
    "é" * 3 + "\u0301" * 200,
    "0..1e300..1e-300",
    "1..20..0.0191",
    ",".join(["1..20..0.02"] * 40),
    "1," * 900,
    "1:4:.5," * 70,
    ":" * 500,
    "-".join(["9"] * 900),
    "c9-" * 900,
    "1e999999",
    "9" * 4000,
    "nan",
    "-inf",
    "1_0",
    "٣",
    "",
)


FAIR = {name: values(name).map(text_of) for name in SETTINGS if name not in ("schedule", "labels")} | {
    "labels": st.sampled_from(("0", "20", "100")),
    "schedule": schedules(20),
    "over": st.sampled_from(("temperature=1..20..0.0191", "alpha=0,0.5,1", "student=4,8-8,c4", "labels=20..100..20")),
}


@st.composite
def hostile_queries(draw):
    """Query strings by somebody who means ill: hostile texts as names and values, odd numbers, whatever length; and
    what is fair beside them.
    """
    text = st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=40)
    ill = draw(st.sampled_from((0, 1, 3, 6)))
    pairs = [(name, draw(FAIR[name])) for name in draw(st.lists(st.sampled_from(list(FAIR)), max_size=4))]
    pairs += [(draw(st.sampled_from(list(FAIR)) | text), draw(text)) for _ in range(draw(st.integers(0, ill)))]
    pairs += [("over", f"{draw(st.sampled_from(AXES))}={draw(text)}")] * (ill == 3)
    is_encoded = draw(st.booleans())
    query = "&".join(
        f"{name}={quote(value, errors='replace') if is_encoded else value}"
        for name, value in draw(st.permutations(pairs))
    )
    return query * draw(st.sampled_from((1,) * 12 + (2, 30, 1000)))
