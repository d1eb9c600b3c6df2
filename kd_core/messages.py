"""What the core has to say to people, as data: a kind and values, from which pages make sentences in any language.

A `Message` is the English sentence too, so the command line and exceptions print it as it is.
"""

from __future__ import annotations

from typing import Any

_LIST = "give a list such as 1,2,4 or a range low..high..step."
TEXTS = {
    # What a setting may be: `allowed` below.
    "whole": "a whole number from {low} to {high}",
    "real": "a number from {low} to {high}",
    "choice": "one of {choices}",
    "widths": "1 to {layers} hidden widths from 1 to {width} joined by '-', such as 16 or 64-32",
    "switch": "1 (on) or 0 (off)",
    "schedule": "up to {most} entries epoch:temperature:alpha joined by commas, epochs rising and within the run, "
    "temperature 1 to 20, alpha 0 to 1",
    # What is wrong with an experiment.
    "not_allowed": "{name}={value} is not allowed: {name} is {allowed}.",
    "unknown_field": "{name}={value} is not allowed: there is no field {name}; the fields are {fields}.",
    "labels_of_dataset": "labels={labels} is not allowed with dataset={dataset}: labels is 0 (all) or a whole number "
    "from {classes} (one a class) to {train_size}.",
    "schedule_beyond": "schedule={schedule} is not allowed: its epochs lie within the run, 1 to {last}.",
    # What is wrong with a sweep.
    "axes": "over={names} is not allowed: over is one or two of {axes}.",
    "cells": "over has {cells} cells: at most {most} are allowed.",
    "values": "over={name}={text} is not allowed: {name} is {allowed}; " + _LIST,
    "no_values": "over={name}= is empty: " + _LIST,
    # How a computation ended, or what happened to it.
    "teacher_diverged": "The teacher diverged at step {step} (epoch {epoch}): the outputs are no longer finite "
    "numbers. Try a smaller learning rate, or the optimizer adam.",
    "students_diverged": "The students diverged at step {step} (epoch {epoch}): the outputs are no longer finite "
    "numbers. Try a smaller learning rate, or the optimizer adam.",
    "began_again": "A training worker was lost, so the run began again.",
    "connection_lost": "The connection to the training workers was lost. Press Start to run it again.",
    "workers_died": "The training workers died again and again on this run, so it was given up; try smaller networks.",
    "no_workers": "The training workers could not be started: {problem}",
    "problem": "{text}",
}


class Message(str):
    """A sentence in English, made of its `kind`, a key of `TEXTS`, and `values`, which can be messages themselves."""

    kind: str
    values: dict[str, Any]

    def __new__(cls, kind: str, **values: Any) -> Message:
        message = super().__new__(cls, TEXTS[kind].format(**values))
        message.kind, message.values = kind, values
        return message

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.kind,), self.values  # for pickle: messages travel from workers
