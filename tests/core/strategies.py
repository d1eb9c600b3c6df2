"""Hypothesis strategies: logits, and experiments and query strings over all fields of `SETTINGS`."""

import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from kd_core.data import DATASETS
from kd_core.experiment import DEFAULTS, MAX_CHANGES, MAX_LAYERS, MAX_WIDTH, SETTINGS, Experiment, text_of

temperatures = st.floats(1, 20)
alphas = st.floats(0, 1)


@st.composite
def logit_pairs(draw, size=12.0):
    """(teacher_logits, student_logits), both (N, C) float64 with N of 1 to 4 and C of 2 to 6."""
    shape = draw(st.tuples(st.integers(1, 4), st.integers(2, 6)))
    elements = st.floats(-size, size, allow_subnormal=False)
    arrays = [draw(npst.arrays("float64", shape, elements=elements)) for _ in range(2)]
    return tuple(map(torch.from_numpy, arrays))


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
    widths = st.lists(st.integers(1, MAX_WIDTH), min_size=1, max_size=MAX_LAYERS)
    return {"teacher": widths, "student": widths}[name].map(lambda units: "-".join(map(str, units)))


@st.composite
def schedules(draw, epochs):
    """Schedules that fit into a run of so many epochs; '' among them."""
    moments = draw(st.sets(st.integers(1, epochs - 1), max_size=min(4, MAX_CHANGES))) if epochs > 1 else set()
    heard = st.tuples(temperatures, alphas)
    return ",".join(":".join([str(epoch), *map(text_of, draw(heard))]) for epoch in sorted(moments))


@st.composite
def experiments(draw):
    """Any allowed experiment, every field of it drawn."""
    fields = {name: draw(values(name)) for name in SETTINGS if name not in ("labels", "schedule")}
    source = DATASETS[fields["dataset"]]
    labels = draw(st.just(0) | st.integers(source.classes, source.train_size))
    return Experiment(**fields, labels=labels, schedule=draw(schedules(fields["epochs"])))


@st.composite
def queries(draw):
    """Text that looks like a query string: real and unknown fields, with values that may or may not be allowed."""
    odd = ("", "0", "-1", "nan", "inf", "1e400", "9" * 5000, "²", "٣", "1_0", " 4 ", "16-", "5:4:.5", "true", "%", "+")
    name = st.sampled_from([*SETTINGS, "", "banana", "Labels"])
    value = st.sampled_from([*odd, *DATASETS, "adam", "500", "1297"]) | st.text(max_size=8)
    return "&".join(f"{draw(name)}={draw(value)}" for _ in range(draw(st.integers(0, 5))))
