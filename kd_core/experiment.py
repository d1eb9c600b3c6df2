"""`Experiment`: the one frozen value that determines a run completely.

It feeds the widgets, the URL, the cache, the exported script and the command line, so every field is described once,
here: its default, its range and what it means. The module imports neither torch nor a user interface.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode

import numpy as np

from kd_core.data import DataError, Dataset, View, load_dataset
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
from kd_core.sources import SOURCES, Source, provider_of, source_of

OPTIMIZERS = ("adam", "adamw", "sgd")
MAX_CHANGES = 60
MAX_QUERY = 4096  # characters: the longest, with a full schedule, has 3 600
MOST_LABELS = 100_000  # more than any data set has for training
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
        suggested = defaults_of(str(fields.get("dataset", "")))
        errors: dict[str, Message] = {}
        unknown = {
            name: Message("unknown_field", name=name, value=value, fields=tuple(SETTINGS))
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
                suggested = defaults_of(str(known.get("dataset", "")))

    def to_query(self) -> str:
        """The query string of this experiment; fields at what a link to its data set starts from are left out.

        >>> Experiment(temperature=8, dataset="digits").to_query()
        'temperature=8'
        """
        usual = DEFAULTS | defaults_of(self.dataset) | {"dataset": DEFAULTS["dataset"]}
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
        data = load_dataset(self.dataset, noise=self.noise, seed=self.seed)
        return view(data) if view else data

    def load_splits(self, view: View | None = None) -> list[Dataset]:
        """The data of every split."""
        return [one.load_data(view) for one in self.by_split]


SETTINGS: dict[str, Setting] = {field.name: field.metadata["setting"] for field in dataclasses.fields(Experiment)}
DEFAULTS: dict[str, Any] = {field.name: field.default for field in dataclasses.fields(Experiment)}


def defaults_of(dataset: str) -> dict[str, Any]:
    """What a link to this data set starts from, where that is not what every experiment starts from."""
    try:
        return dict(source_of(dataset).suggested)
    except (ValueError, DataError):
        return {}
