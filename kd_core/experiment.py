"""`Experiment`: the one frozen value that determines a run completely.

It feeds the widgets, the URL, the cache, the exported script and the command line, so every field is described once,
here: its default, its range and what it means. The module imports neither torch nor a user interface.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode

import numpy as np

from kd_core.data import DataError, Dataset, View, load_dataset
from kd_core.kinds import (
    KINDS,
    MAX_MEMBERS,
    PIPELINES,
    Member,
    curve,
    members_of,
    read_kinds,
    read_weights,
)
from kd_core.messages import Message, in_short
from kd_core.models import (
    MAX_CHANNELS,
    MAX_CONVOLUTIONS,
    MAX_LAYERS,
    MAX_WIDTH,
    Architecture,
    MisfitError,
    read_network,
)
from kd_core.sources import SOURCES, Source, domains, provider_of, source_of

OPTIMIZERS = ("adam", "adamw", "sgd")
MAX_CHANGES = 60
MAX_QUERY = 5120  # characters: the longest, with a full schedule and weights, has 4 700
MOST_LABELS = 100_000  # more than any data set has for training
MOST_VIEWED = 10_000  # examples of a student's sample, where the teacher answers for views and mixtures of them
Part = Literal["data", "teacher", "student", "loss", "training"]


class ExperimentError(ValueError):
    """What is wrong with an experiment: one sentence per field, in `errors`; the text is of the first ones."""

    def __init__(self, errors: Mapping[str, Message]) -> None:
        super().__init__(" ".join(in_short(list(errors.values()))))
        self.errors = dict(errors)


class Condition(NamedTuple):
    """What a student trains under; alpha weights the labels, so alpha = 1 is a student alone."""

    temperature: float
    alpha: float


class Change(NamedTuple):
    """From the end of `epoch` on, the distilled students hear `temperature` and `alpha`."""

    epoch: int
    temperature: float
    alpha: float


@dataclass(frozen=True)
class Setting:
    """What one field of an experiment may be, and which part of a run it belongs to.

    Caching, and what a setting is grouped with, follow from the part: a teacher depends on "data" and "teacher" alone.
    `parse` takes text or a value and raises ValueError without a message.
    """

    part: Part
    allowed: Message
    help: str
    parse: Callable[[Any], Any]
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()


def _whole(part: Part, low: int, high: int, default: int, help: str) -> Any:
    def parse(value: Any) -> int:
        number = int(value) if isinstance(value, str) else value
        if isinstance(number, bool) or number != int(number) or not low <= number <= high:
            raise ValueError
        return int(number)

    setting = Setting(part, Message("whole", low=low, high=high), help, parse, low, high)
    return dataclasses.field(default=default, metadata={"setting": setting})


def _real(part: Part, low: float, high: float, default: float, help: str) -> Any:
    def parse(value: Any) -> float:
        number = float(value)
        if isinstance(value, bool) or not low <= number <= high:  # NaN fails this comparison too
            raise ValueError
        return number

    setting = Setting(part, Message("real", low=low, high=high), help, parse, float(low), float(high))
    return dataclasses.field(default=default, metadata={"setting": setting})


def _choice(part: Part, choices: tuple[str, ...], default: str, help: str) -> Any:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError
        return str(value)

    setting = Setting(part, Message("choice", choices=choices), help, parse, choices=choices)
    return dataclasses.field(default=default, metadata={"setting": setting})


def _network(part: Part, default: str, help: str) -> Any:
    def parse(value: Any) -> str:
        layers = read_network(str(value))
        return "-".join(f"c{channels}" if channels else str(units) for channels, units in layers)

    limits = {"layers": MAX_LAYERS, "width": MAX_WIDTH, "convolutions": MAX_CONVOLUTIONS, "channels": MAX_CHANNELS}
    setting = Setting(part, Message("network", **limits), help, parse)
    return dataclasses.field(default=default, metadata={"setting": setting})


def _dataset(part: Part, default: str, help: str) -> Any:
    def parse(value: Any) -> str:
        if provider := provider_of(str(value)):
            provider.require(str(value))
        source_of(str(value))
        return str(value)

    setting = Setting(part, Message("choice", choices=tuple(SOURCES)), help, parse, choices=tuple(SOURCES))
    return dataclasses.field(default=default, metadata={"setting": setting})


def _text(part: Part, allowed: Message, help: str, default: str, parse: Callable[[Any], Any]) -> Any:
    return dataclasses.field(default=default, metadata={"setting": Setting(part, allowed, help, parse)})


def _parse_kinds(value: Any) -> str:
    return "+".join(read_kinds(str(value)))


def _parse_weights(value: Any) -> str:
    return ":".join(text_of(weight) for weight in read_weights(str(value)))


def _parse_file(value: Any) -> str:
    if value and not re.fullmatch("answers-[0-9a-f]{32}", str(value)):
        raise ValueError
    return str(value)


def _switch(part: Part, default: bool, help: str) -> Any:
    words = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}

    def parse(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        try:
            return words[str(value).lower()]
        except KeyError:
            raise ValueError from None

    return dataclasses.field(default=default, metadata={"setting": Setting(part, Message("switch"), help, parse)})


def _parse_schedule(value: Any) -> str:
    changes = _read_schedule(str(value))
    epochs = [change.epoch for change in changes]
    if len(changes) > MAX_CHANGES or epochs != sorted(set(epochs)) or (epochs and epochs[0] < 1):
        raise ValueError
    if not all(1 <= change.temperature <= 20 and 0 <= change.alpha <= 1 for change in changes):
        raise ValueError
    return _write_schedule(changes)


def _read_schedule(text: str) -> tuple[Change, ...]:
    entries = [entry.split(":") for entry in text.split(",")] if text else []
    return tuple(Change(int(epoch), float(temperature), float(alpha)) for epoch, temperature, alpha in entries)


def _write_schedule(changes: tuple[Change, ...]) -> str:
    return ",".join(f"{c.epoch}:{text_of(c.temperature)}:{text_of(c.alpha)}" for c in changes)


def text_of(value: Any) -> str:
    """A field's value as a query string holds it: shortest text that reads back to the same value."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return str(value)


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Everything that determines a run: data, teacher, student, loss, training and seeds.

    Two equal experiments give the same numbers on the same machine. Building one with a value that is not allowed
    raises `ExperimentError`, whose text names the field, the value and what is allowed.

    `schedule` holds what was steered by hand, as `epoch:temperature:alpha` joined by commas: from the end of that
    epoch on, the distilled students train with the new temperature and alpha.

    `splits` divisions into train and test have a teacher each, and pair k belongs to division k modulo `splits`. Every
    one holds a pair, so `seeds` is raised to `splits` where it is less.
    """

    dataset: str = _dataset("data", "digits", "The data that teacher and student learn from.")
    noise: float = _real(
        "data", 0, 1, 0.0, "Standard deviation of Gaussian noise added to every input, in train and test."
    )
    test_noise: float = _real(
        "data", 0, 2, 0.0, "Standard deviation of Gaussian noise added to the inputs that networks are tested on."
    )
    target: str = _choice(
        "data",
        ("", *domains()),
        "",
        "Another domain that all are tested on; teacher and labels are of the data set as it is. Empty: none.",
    )
    target_labels: int = _whole(
        "data", 0, 1000, 0, "How many labelled examples of the other domain the teacher and both students are given."
    )
    labels: int = _whole(
        "training", 0, MOST_LABELS, 100, "How many labelled examples the student sees, balanced over classes; 0 = all."
    )
    label_noise: float = _real(
        "training", 0, 0.9, 0.0, "Share of the student's labels that are flipped to a wrong class."
    )
    teacher: str = _network("teacher", "256-256", "Hidden layers of the teacher.")
    teacher_epochs: int = _whole("teacher", 1, 200, 30, "Passes of the teacher over the whole training set.")
    teacher_dropout: float = _real(
        "teacher", 0, 0.9, 0.0, "Share of hidden units that are dropped while the teacher trains."
    )
    teacher_label_smoothing: float = _real(
        "teacher", 0, 0.5, 0.0, "Share of each label spread evenly over all classes."
    )
    teacher_kind: str = _text(
        "teacher",
        Message("kinds", kinds=tuple(KINDS)),
        "What the teacher is; several kinds joined by + are an ensemble.",
        "network",
        _parse_kinds,
    )
    teachers: int = _whole(
        "teacher", 1, 20, 1, "How many networks and forests with seeds of their own the teacher is made of."
    )
    teacher_weights: str = _text(
        "teacher",
        Message("weights"),
        "Weight of every member of an ensemble, in order; 0 leaves it out. Empty: all alike.",
        "",
        _parse_weights,
    )
    teacher_mean: str = _choice(
        "teacher", ("logits", "probabilities"), "logits", "What is averaged over the members of an ensemble."
    )
    teacher_trees: int = _whole("teacher", 1, 1000, 100, "Trees of a forest, rounds of boosting.")
    teacher_depth: int = _whole("teacher", 0, 50, 0, "How deep trees may be; 0 = as usual for their kind.")
    teacher_neighbours: int = _whole("teacher", 1, 100, 5, "How many neighbours vote.")
    teacher_c: float = _real(
        "teacher", 1e-3, 1000, 1.0, "C of logistic regression and of support vectors: higher is less regularised."
    )
    teacher_clip: float = _real(
        "teacher",
        1e-9,
        0.2,
        0.01,
        "Probabilities become logits as log((1 - e) p + e / C): e, for teachers that give probabilities.",
    )
    teacher_file: str = _text(
        "teacher", Message("answers_name"), "The file of answers that is the teacher.", "", _parse_file
    )
    teacher_shift: int = _whole(
        "teacher", 0, 3, 0, "Pixels by which the images that a network teacher learns from are shifted at random."
    )
    student: str = _network("student", "16", "Hidden layers of the student, alone and distilled.")
    temperature: float = _real("loss", 1, 20, 4.0, "T divides the logits before the softmax: higher is softer.")
    alpha: float = _real("loss", 0, 1, 0.1, "Weight of the labels: 0 = the teacher only, 1 = the labels only.")
    t_squared: bool = _switch("loss", True, "Multiply the soft loss by T squared, so that its gradient keeps its size.")
    epochs: int = _whole("training", 1, 500, 100, "Passes of the students over the examples that they see.")
    batch_size: int = _whole("training", 8, 512, 64, "Examples in one step of the students' training.")
    learning_rate: float = _real("training", 1e-5, 1000, 0.02, "Size of the students' steps.")
    optimizer: str = _choice(
        "training", OPTIMIZERS, "adam", "How the students' gradients become steps (sgd has momentum 0.9)."
    )
    extra: int = _whole(
        "training", 0, 20, 0, "Unlabelled examples for each labelled one: there only the distilled hear the teacher."
    )
    extra_kind: str = _choice(
        "training",
        ("noise", "mixup", "rest", "target"),
        "noise",
        "What they are: noisy copies or mixtures of labelled ones, the rest of the training set, the other domain.",
    )
    shift: int = _whole("training", 0, 3, 0, "Pixels by which the students' images are shifted at random.")
    shift_view: str = _choice(
        "training", ("same", "clean"), "same", "Whether the teacher hears the shifted images too, or the clean ones."
    )
    student_dropout: float = _real(
        "training", 0, 0.9, 0.0, "Share of hidden units that are dropped while students train."
    )
    weight_decay: float = _real(
        "training", 0, 1, 0.0, "Pull of the students' weights towards 0; 0 = as usual for the optimizer."
    )
    validation: float = _real(
        "training", 0, 0.5, 0.0, "Share of the labelled examples that only say which epoch was best, to end there."
    )
    seeds: int = _whole(
        "training", 1, 20, 5, "How many pairs of students: each has its own labelled sample, weights and order."
    )
    splits: int = _whole(
        "data",
        1,
        20,
        1,
        "How many divisions of the data, each with its own teacher; pairs are dealt out to them in turn.",
    )
    seed: int = _whole("data", 0, 2**31 - 1, 0, "Start of all random numbers: the split, the teacher, the students.")
    schedule: str = dataclasses.field(
        default="",
        metadata={
            "setting": Setting(
                "loss",
                Message("schedule", most=MAX_CHANGES),
                "Temperature and alpha as they were moved by hand while the run was going on.",
                _parse_schedule,
            )
        },
    )

    def __post_init__(self) -> None:
        errors: dict[str, Message] = {}
        for name, setting in SETTINGS.items():
            value = getattr(self, name)
            if value is DEFAULTS[name]:
                continue
            try:
                if isinstance(value, str) and len(value) > MAX_QUERY:
                    raise ValueError
                object.__setattr__(self, name, setting.parse(value))
            except DataError as problem:
                errors[name] = problem.args[0]
            except (ValueError, TypeError, OverflowError):
                errors[name] = Message("not_allowed", name=name, value=str(value), allowed=setting.allowed)
        if "dataset" not in errors:
            errors |= self._misfits(errors)
        if "dataset" not in errors and "labels" not in errors:
            source = self.source
            if self.labels and not source.classes <= self.labels <= source.train_size:
                errors["labels"] = Message(
                    "labels_of_dataset",
                    labels=self.labels,
                    dataset=self.dataset,
                    classes=source.classes,
                    train_size=source.train_size,
                )
        if not errors:
            errors |= self._clashes()
        if not errors.keys() & {"schedule", "epochs"} and self.changes and self.changes[-1].epoch >= self.epochs:
            errors["schedule"] = Message("schedule_beyond", schedule=self.schedule, last=self.epochs - 1)
        if errors:
            raise ExperimentError(errors)
        object.__setattr__(self, "seeds", max(self.seeds, self.splits))

    def _misfits(self, known: Mapping[str, Message]) -> dict[str, Message]:
        """Networks that the data do not fit, by field."""
        errors = {}
        for name in {"teacher", "student"} - known.keys():
            try:
                self._network(getattr(self, name))
            except MisfitError as misfit:
                errors[name] = Message(str(misfit), name=name, value=getattr(self, name), dataset=self.dataset)
        return errors

    def _clashes(self) -> dict[str, Message]:
        """Settings that are allowed, but not together, by field."""
        errors, source, members = {}, self.source, self.members

        def clash(name: str, kind: str, **values: Any) -> None:
            errors[name] = Message(kind, name=name, value=text_of(getattr(self, name)), **values)

        if len(members) > MAX_MEMBERS:
            clash("teachers", "many_members", members=len(members), most=MAX_MEMBERS)
        if self.teachers > 1 and not any(KINDS[kind].is_drawn for kind in self.kinds):
            clash("teachers", "same_members", kinds=self.kinds)
        if self.teacher_weights and len(read_weights(self.teacher_weights)) != len(members):
            clash("teacher_weights", "other_members", members=len(members))
        if ("file" in self.kinds) != bool(self.teacher_file):
            clash("teacher_file", "file_needs_kind")
        elif self.teacher_file:
            errors |= self._misfits_of_file()
        if self.target and self.target not in domains(source):
            clash("target", "target_misfit", dataset=self.dataset, allowed=domains(source) or ("none",))
        if self.target_labels and (not self.target or self.target_labels < source.classes):
            clash("target_labels", "target_labels_misfit", least=source.classes)
        for name in ("shift", "teacher_shift"):
            if getattr(self, name) and source.image is None:
                clash(name, "shift_needs_image", dataset=self.dataset)
        if self.extra and self.extra_kind == "target" and not self.target:
            clash("extra_kind", "extra_needs_target")
        if self.extra and self.extra_kind == "rest" and self.sample_size >= source.train_size:
            clash("extra_kind", "extra_needs_rest")
        if (self.extra or self.shift) and self.sample_size > MOST_VIEWED:
            clash("extra" if self.extra else "shift", "views_of_many", labels=self.sample_size, most=MOST_VIEWED)
        if self.needs_answers and not all(KINDS[kind].knows_any for kind in self.kinds):
            clash("extra" if self.extra and self.extra_kind != "rest" else "shift", "file_knows_no_more")
        if self.validation and self.sample_size - self.validated < source.classes:
            clash("validation", "validation_leaves_few", labels=self.sample_size)
        return errors

    def _misfits_of_file(self) -> dict[str, Message]:
        """Where a file of answers is of other data, or is not here."""
        try:
            misfit = import_module("kd_core.answers.teacher").misfit(self)
        except DataError as problem:
            misfit = problem.args[0]
        return {"teacher_file": misfit} if misfit else {}

    @classmethod
    def from_query(cls, query: str) -> Experiment:
        """The experiment that a query string such as `dataset=digits&temperature=4` describes.

        Fields left out have their defaults. Raises `ExperimentError` for unknown fields, values that are not allowed,
        and more than `MAX_QUERY` characters.

        >>> Experiment.from_query("temperature=8&student=16-8").student_widths
        (64, 16, 8, 10)
        """
        experiment, errors = cls.read(query)
        if errors:
            raise ExperimentError(errors)
        return experiment

    @classmethod
    def read(cls, query: str | Mapping[str, str]) -> tuple[Experiment, dict[str, Message]]:
        """As `from_query`, but never raises: fields that are wrong fall back to their defaults.

        Returns the experiment and, per wrong field, the sentence that says so. Of a query that is too long nothing is
        read, and the sentence is under "query".
        """
        length = len(query) if isinstance(query, str) else sum(len(name) + len(query[name]) for name in query)
        if length > MAX_QUERY:
            return cls(), {"query": Message("too_long", name="query", length=length, most=MAX_QUERY)}
        pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True) if isinstance(query, str) else query.items()
        fields = dict(pairs)
        suggested = defaults_of(fields)
        errors: dict[str, Message] = {}
        unknown = {
            name: Message("unknown_field", name=name, value=value, fields=nearest(name))
            for name, value in fields.items()
            if name not in SETTINGS
        }
        known: dict[str, Any] = {name: value for name, value in fields.items() if name in SETTINGS}
        while True:
            try:
                return cls(**suggested | known), errors | unknown
            except ExperimentError as problem:
                errors |= problem.errors
                wrong = problem.errors.keys()
                # A default can itself clash with another field (100 labels on a set of 80): then that field goes too.
                keep = known.keys() - wrong if wrong & known.keys() else set()
                known = {name: value for name, value in known.items() if name in keep}
                suggested = defaults_of(known)

    def to_query(self) -> str:
        """The query string of this experiment; fields at what a link to its data set starts from are left out.

        >>> Experiment(temperature=8, dataset="digits").to_query()
        'temperature=8'
        """
        usual = DEFAULTS | defaults_of(vars(self)) | {name: DEFAULTS[name] for name in ("dataset", *DECIDING)}
        pairs = [(name, text_of(getattr(self, name))) for name in SETTINGS if getattr(self, name) != usual[name]]
        return urlencode(pairs, safe=":,")

    def replace(self, **changes: Any) -> Experiment:
        """This experiment with some fields changed."""
        return dataclasses.replace(self, **changes)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was steered by hand, in order."""
        return _read_schedule(self.schedule)

    def heard_at(self, epoch: int) -> Condition:
        """What the distilled students train under after the end of `epoch`."""
        heard = Condition(self.temperature, self.alpha)
        for change in self.changes:
            if change.epoch <= epoch:
                heard = Condition(change.temperature, change.alpha)
        return heard

    def steered(self, epoch: int, *, temperature: float, alpha: float) -> Experiment:
        """This experiment with temperature and alpha moved at the end of `epoch`; what came later is dropped.

        A schedule that is full (`MAX_CHANGES`) takes no more changes.
        """
        before = tuple(change for change in self.changes if change.epoch < epoch)
        if epoch == 0:
            return self.replace(temperature=temperature, alpha=alpha, schedule="")
        if epoch >= self.epochs or len(before) >= MAX_CHANGES:
            return self
        kept = self.replace(schedule=_write_schedule(before))
        if kept.heard_at(epoch) == (temperature, alpha):
            return kept
        return self.replace(schedule=_write_schedule((*before, Change(epoch, temperature, alpha))))

    @property
    def settled(self) -> Experiment:
        """The experiment that starts with the temperature and alpha at which this one ends, without a schedule."""
        temperature, alpha = self.heard_at(self.epochs)
        return self.replace(temperature=temperature, alpha=alpha, schedule="")

    @property
    def source(self) -> Source:
        """What is known of its data set."""
        return source_of(self.dataset)

    @property
    def teacher_network(self) -> Architecture:
        """The teacher's layers on this data set."""
        return self._network(self.teacher)

    @property
    def student_network(self) -> Architecture:
        """The students' layers on this data set."""
        return self._network(self.student)

    @property
    def teacher_widths(self) -> tuple[int, ...]:
        """Numbers that every layer of the teacher gives, inputs and classes included: (64, 256, 256, 10)."""
        return self.teacher_network.widths

    @property
    def student_widths(self) -> tuple[int, ...]:
        """Numbers that every layer of the student gives, inputs and classes included: (64, 16, 10)."""
        return self.student_network.widths

    def _network(self, text: str) -> Architecture:
        return Architecture.of(text, self.source.shape, self.source.classes)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of teacher, one or several."""
        return read_kinds(self.teacher_kind)

    @property
    def members(self) -> tuple[Member, ...]:
        """The members of the teacher: one, unless it is an ensemble."""
        return members_of(self.kinds, self.teachers)

    @property
    def weights(self) -> tuple[float, ...]:
        """Of the members; they sum to 1."""
        given = read_weights(self.teacher_weights) or (1.0,) * len(self.members)
        return tuple(weight / sum(given) for weight in given)

    @property
    def has_pipeline(self) -> bool:
        """Whether a member is no network, so that its logits come from probabilities or votes."""
        return bool(set(self.kinds) - {"network"})

    @property
    def is_weighed(self) -> bool:
        """Whether the teacher is more than one kind of members on equal terms."""
        return len(self.kinds) > 1 or bool(self.teacher_weights) or self.teacher_mean != "logits"

    @property
    def teacher_curve(self) -> tuple[int, ...]:
        """When a run looks at the teacher: epochs, trees or rounds of one kind after the other, the whole last."""
        looks: list[int] = []
        for kind in self.kinds:
            start = looks[-1] if looks else 0
            looks += [start + look for look in curve(kind, self.teacher_epochs, self.teacher_trees)]
        return (*looks, looks[-1] + 1) if self.is_weighed else tuple(looks)

    @property
    def sample_size(self) -> int:
        """Labelled examples that a student is given of the data set."""
        return self.labels or self.source.train_size

    @property
    def validated(self) -> int:
        """Labelled examples of them that only say which epoch was best."""
        return round(self.validation * self.sample_size)

    @property
    def needs_answers(self) -> bool:
        """Whether the teacher is asked about more than the training and the test set."""
        has_views = self.shift > 0 and self.shift_view == "same"
        return has_views or (self.extra > 0 and self.extra_kind != "rest")

    def key(self, *parts: Part) -> tuple[Any, ...]:
        """The values of all settings of these parts: what depends on those parts alone is the same for equal keys."""
        return tuple(getattr(self, name) for name, setting in SETTINGS.items() if setting.part in parts)

    @property
    def by_split(self) -> list[Experiment]:
        """Each split as an experiment of its own, which the playground can open: another `seed`, a share of the pairs.

        The first keeps the seed. The others' are drawn from it, so that experiments of neighbouring seeds have no
        split in common.
        """
        drawn = np.random.SeedSequence((self.seed, 2)).generate_state(self.splits, np.uint32) >> 1
        seeds = [self.seed, *map(int, drawn[1:])]
        return [
            self.replace(splits=1, seed=seed, seeds=len(range(split, self.seeds, self.splits)))
            for split, seed in enumerate(seeds)
        ]

    def split_of(self, pair: int) -> int:
        """The split that a pair of students sits in."""
        return pair % self.splits

    def seeds_of(self, pairs: Iterable[int]) -> list[int]:
        """The `seed` of the split that each of these pairs sits in: what their random numbers are drawn from."""
        splits = self.by_split
        return [splits[self.split_of(pair)].seed for pair in pairs]

    def load_data(self, view: View | None = None) -> Dataset:
        """Its data set as the first split divides it, or what the view makes of it."""
        options = {name: getattr(self, name) for name, setting in SETTINGS.items() if setting.part == "data"}
        data = load_dataset(options.pop("dataset"), **{name: options[name] for name in options if name != "splits"})
        return view(data) if view else data

    def load_splits(self, view: View | None = None) -> list[Dataset]:
        """The data of every split."""
        return [one.load_data(view) for one in self.by_split]


SETTINGS: dict[str, Setting] = {field.name: field.metadata["setting"] for field in dataclasses.fields(Experiment)}
DEFAULTS: dict[str, Any] = {field.name: field.default for field in dataclasses.fields(Experiment)}


def nearest(name: str) -> tuple[str, ...]:
    """The fields whose names are most like this one: there are too many for a sentence that lists all."""
    return tuple(get_close_matches(name, SETTINGS, n=3, cutoff=0))


DECIDING = ("teacher_kind", "target")  # beside the data set, what a link starts from depends on these


def defaults_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a link that names these starts from, where that is not what every experiment starts from.

    It depends on the data set, on the kind of teacher and on whether there is another domain. Pipelines start at T = 1:
    their logits are logarithms of probabilities that may be nearly 0, and a higher T makes much of how nearly.
    """
    try:
        found = dict(source_of(str(fields.get("dataset", DEFAULTS["dataset"]))).suggested)
    except (ValueError, DataError):
        found = {}
    if set(str(fields.get("teacher_kind", "")).replace(" ", "+").split("+")) & set(PIPELINES):
        found["temperature"] = 1.0
    if fields.get("target"):
        found |= {"extra": 5, "extra_kind": "target"}
    return found
