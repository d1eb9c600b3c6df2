"""What follows from a choice: suggested settings come with it, and what no longer fits goes back to its default."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kd_core.experiment import DEFAULTS, SETTINGS, Experiment, ExperimentError, defaults_of

Fields = dict[str, Any]  # every setting of an experiment by name


def fields_of(experiment: Experiment) -> Fields:
    """All of its settings."""
    return {name: getattr(experiment, name) for name in SETTINGS}


def followed(before: Experiment, changes: Mapping[str, Any]) -> Fields:
    """The settings once these are changed, as a link that names them would have it.

    Where a choice suggests another value, that comes, unless the visitor has moved the setting.

    >>> forest = followed(Experiment(), {"teacher_kind": "forest"})
    >>> moved = followed(Experiment(temperature=8), {"teacher_kind": "forest"})
    >>> forest["temperature"], moved["temperature"]
    (1.0, 8.0)
    """
    fields = fields_of(before) | dict(changes)
    old, new = (DEFAULTS | defaults_of(one) for one in (fields_of(before), fields))
    for name in SETTINGS.keys() - changes.keys():
        if old[name] != new[name] and fields[name] == old[name]:
            fields[name] = new[name]
    return fitted(fields, changes)


def fitted(fields: Fields, chosen: Collection[str]) -> Fields:
    """The settings with what clashes with those `chosen` at its default; a choice that is wrong itself stays."""
    fields = dict(fields)
    while True:
        try:
            Experiment(**fields)
        except ExperimentError as problem:
            wrong = {name for name in problem.errors if fields[name] != DEFAULTS[name]} - set(chosen)
            if not wrong:
                return fields
            fields |= {name: DEFAULTS[name] for name in wrong}
            if "teacher_file" in wrong and "teacher_kind" not in chosen:  # of other data: a teacher without a file
                kinds = [kind for kind in str(fields["teacher_kind"]).split("+") if kind != "file"]
                fields["teacher_kind"] = "+".join(kinds) or DEFAULTS["teacher_kind"]
        else:
            return fields
