"""The engine beside other ways to train K students at once, for perceptrons and convolutions of several sizes.

Every way trains K students of one architecture on the same examples, labels and teacher's logits, each student with its
own initial weights and its own order, T = 4, alpha = 0.1, Adam, batches of 64; inputs and cached logits are in memory.
Examples are random: what a step costs does not depend on them. JAX is measured if it is installed
(tests/bench/requirements.txt).
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from kd_core import Experiment
from kd_core.data import Dataset
from kd_core.experiment import Condition
from kd_core.losses import distillation_loss
from kd_core.models import Architecture
from kd_core.students import Students

TEMPERATURE, ALPHA, BATCH, RATE, REPEATS = 4.0, 0.1, 64, 0.001, 3
SIZES = (2, 10, 50, 100)
CASES: dict[str, tuple[str, int, int]] = {  # data set, students' network, most students
    "64-32-10": ("dataset=digits&student=32", 21 * BATCH, 100),
    "64-256-10": ("dataset=digits&student=256", 21 * BATCH, 100),
    "MNIST 784-128-10": ("dataset=mnist28&student=128", 10 * BATCH, 50),
    "8 x 8 c8-c16": ("dataset=digits&student=c8-c16", 10 * BATCH, 50),
    "14 x 14 c8-c16": ("dataset=mnist&student=c8-c16", 5 * BATCH, 50),
    "28 x 28 c8-c16": ("dataset=mnist28&student=c8-c16", 2 * BATCH, 10),
}


class Task(NamedTuple):
    """n examples: inputs (n, features), labels (n,), teacher's logits (n, C); and the network to train on them."""

    experiment: Experiment
    inputs: Tensor
    labels: Tensor
    teacher_logits: Tensor

    @property
    def network(self) -> Architecture:
        return self.experiment.student_network

    def orders(self, students: int, epochs: int) -> Tensor:
        """(K, steps, batch) examples."""
        drawn = [torch.cat([torch.randperm(len(self.labels)) for _ in range(epochs)]) for _ in range(students)]
        return torch.stack(drawn).view(students, -1, BATCH)


def task(query: str, examples: int) -> Task:
    experiment = Experiment.from_query(query).replace(
        labels=0, learning_rate=RATE, temperature=TEMPERATURE, alpha=ALPHA, batch_size=BATCH
    )
    random = torch.Generator().manual_seed(0)
    shape = (examples, experiment.source.features)
    logits = 3 * torch.randn(examples, experiment.source.classes, generator=random)
    return Task(experiment, torch.randn(shape, generator=random), torch.arange(examples) % logits.shape[1], logits)


def engine(given: Task, students: int) -> Callable[[int], Tensor]:
    """Students of up to five seeds, as in a run or a sweep."""
    seeds = min(5, students // 2)
    ids = np.arange(len(given.labels))
    data = Dataset(given.experiment.dataset, given.inputs.numpy(), given.labels.numpy(), ids, ids[:1])
    conditions = [Condition(TEMPERATURE, ALPHA)] * (students // seeds)
    cohort = Students(given.experiment.replace(seeds=seeds), [data], [given.teacher_logits], conditions, range(seeds))

    def train(epochs: int) -> Tensor:
        for _ in cohort.train(epochs):
            pass
        return cohort.cohort.parameters

    return train


def module(network: Architecture) -> nn.Sequential:
    """One student as tutorials build it."""
    parts: list[nn.Module] = [nn.Unflatten(1, network.shape)] if network.convolutions else []
    for number, layer in enumerate(network.layers, 1):
        if layer.is_convolution:
            parts += [nn.Conv2d(layer.inputs[0], layer.kernels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        else:
            parts += [nn.Linear(layer.fan_in, layer.kernels), nn.ReLU()]
        if number == network.convolutions:
            parts.append(nn.Flatten())
    return nn.Sequential(*parts[:-1])


def loop(given: Task, students: int) -> Callable[[int], Tensor]:
    """One student after the other, each with a fused optimizer."""
    modules = [module(given.network) for _ in range(students)]
    optimizers = [torch.optim.Adam(each.parameters(), RATE, fused=True) for each in modules]

    def train(epochs: int) -> Tensor:
        for each, optimizer, order in zip(modules, optimizers, given.orders(students, epochs), strict=True):
            for ids in order:
                loss = distillation_loss(
                    each(given.inputs[ids]),
                    given.teacher_logits[ids],
                    given.labels[ids],
                    temperature=TEMPERATURE,
                    alpha=ALPHA,
                ).total
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
        return next(modules[0].parameters())

    return train


def vmapped(given: Task, students: int, *, compiled: bool = False) -> Callable[[int], Tensor]:
    """`torch.func`: one functional student under `vmap`, its gradient by `grad`, one fused optimizer for all."""
    modules = [module(given.network) for _ in range(students)]
    stacked, _ = torch.func.stack_module_state(modules)  # type: ignore[arg-type]
    parameters = {name: nn.Parameter(value.detach().clone()) for name, value in stacked.items()}
    optimizer = torch.optim.Adam(parameters.values(), RATE, fused=True)
    skeleton = modules[0]

    def loss_of(weights: dict[str, Tensor], inputs: Tensor, labels: Tensor, teacher_logits: Tensor) -> Tensor:
        logits = torch.func.functional_call(skeleton, weights, (inputs,))
        hard = functional.cross_entropy(logits, labels)
        log_p, log_q = (each.log_softmax(1) for each in (teacher_logits / TEMPERATURE, logits / TEMPERATURE))
        soft = (log_p.exp() * (log_p - log_q)).sum(1).mean()
        return ALPHA * hard + (1 - ALPHA) * TEMPERATURE**2 * soft

    gradients = torch.func.vmap(torch.func.grad(loss_of))
    if compiled:
        torch._dynamo.reset()  # else it counts how often it was asked for other shapes, and gives up
        gradients = torch.compile(gradients, dynamic=False)

    def train(epochs: int) -> Tensor:
        orders = given.orders(students, epochs)
        for step in range(orders.shape[1]):
            ids = orders[:, step]
            weights = {name: value.detach() for name, value in parameters.items()}
            found = gradients(weights, given.inputs[ids], given.labels[ids], given.teacher_logits[ids])
            for name, value in parameters.items():
                value.grad = found[name]
            optimizer.step()
        return next(iter(parameters.values()))

    return train


def compiled(given: Task, students: int) -> Callable[[int], Tensor]:
    """The same, compiled."""
    return vmapped(given, students, compiled=True)


def jaxed(given: Task, students: int) -> Callable[[int], Any]:
    """JAX: a scan over steps of one student under `vmap`, all of it under `jit`; convolutions as matrix products."""
    import jax
    from jax import numpy as jnp

    layers, shape = given.network.layers, given.network.shape
    inputs, labels, teacher = (jnp.asarray(each.numpy()) for each in (given.inputs, given.labels, given.teacher_logits))
    random = np.random.default_rng(0)
    weights = [
        tuple(
            jnp.asarray(random.uniform(-1, 1, (students, *size)).astype(np.float32) * layer.fan_in**-0.5)
            for size in ((layer.fan_in, layer.kernels), (layer.kernels,))
        )
        for layer in layers
    ]

    def convolved(images: Any, weight: Any, bias: Any) -> Any:
        """(N, C, H, W) by way of its 3 x 3 patches."""
        _, _, height, width = images.shape
        padded = jnp.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
        patches = [padded[:, :, i : i + height, j : j + width] for i in range(3) for j in range(3)]
        stacked = jnp.stack(patches, 2).reshape(len(images), -1, height, width)
        out = jnp.einsum("nfhw,fk->nkhw", stacked, weight) + bias[:, None, None]
        out = out[:, :, : height // 2 * 2, : width // 2 * 2]
        halves = out.reshape(len(images), -1, height // 2, 2, width // 2, 2)
        return jax.nn.relu(halves.max((3, 5)))

    def logits_of(parameters: Any, rows: Any) -> Any:
        hidden = rows.reshape(-1, *shape) if given.network.convolutions else rows
        for number, (layer, (weight, bias)) in enumerate(zip(layers, parameters, strict=True), 1):
            if layer.is_convolution:
                hidden = convolved(hidden, weight, bias)
            else:
                hidden = hidden.reshape(len(rows), -1) @ weight + bias
                hidden = hidden if number == len(layers) else jax.nn.relu(hidden)
        return hidden

    def loss_of(parameters: Any, ids: Any) -> Any:
        logits = logits_of(parameters, inputs[ids])
        hard = -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[ids][:, None], 1).mean()
        log_p, log_q = (jax.nn.log_softmax(each / TEMPERATURE) for each in (teacher[ids], logits))
        return ALPHA * hard + (1 - ALPHA) * TEMPERATURE**2 * (jnp.exp(log_p) * (log_p - log_q)).sum(1).mean()

    def step(state: Any, ids: Any) -> tuple[Any, None]:
        parameters, first, second, count = state
        gradient = jax.grad(loss_of)(parameters, ids)
        count += 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
        parameters = jax.tree.map(
            lambda p, m, v: p - RATE * (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.999**count)) + 1e-8),
            parameters,
            first,
            second,
        )
        return (parameters, first, second, count), None

    trained = jax.jit(jax.vmap(lambda state, order: jax.lax.scan(step, state, order)[0]))
    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = [(weights, zeros, zeros, jnp.zeros(students))]

    def train(epochs: int) -> Any:
        state[0] = trained(state[0], jnp.asarray(given.orders(students, epochs).numpy()))
        return jax.block_until_ready(state[0])

    return train


WAYS: dict[str, Callable[[Task, int], Callable[[int], Any]]] = {
    "engine": engine,
    "loop": loop,
    "vmap": vmapped,
    "vmap compiled": compiled,
    "JAX": jaxed,
}


def run() -> dict[str, Any]:
    """Microseconds a student-step of every way, medians of three in turn, and how many times the engine's that is."""
    torch.manual_seed(0)  # a bench of its own process: the peers draw from the global generator
    print(f"\n{torch.get_num_threads()} threads; us a student-step of the engine, then multiples of it")
    print(f"{'case':20}{'K':>5}{'engine':>10}" + "".join(f"{way:>16}" for way in list(WAYS)[1:]))
    rows: dict[str, dict[str, Any]] = {}
    for name, (query, examples, most) in CASES.items():
        given = task(query, examples)
        for students in (size for size in SIZES if size <= most):
            ways: dict[str, Callable[[int], Any]] = {}
            for way, make in WAYS.items():
                try:
                    ways[way] = make(given, students)
                    ways[way](1)  # what is compiled is compiled, what is loaded is loaded
                except ImportError:
                    ways.pop(way, None)
            times: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(REPEATS):
                for way, train in ways.items():
                    epochs = 1 if students > 2 else 3
                    if way == "JAX" and epochs == 3:
                        train(3)  # another number of steps is another program
                    start = perf_counter()
                    train(epochs)
                    steps = epochs * len(given.labels) // BATCH
                    times[way].append(1e6 * (perf_counter() - start) / (steps * students))
            micros = {way: median(values) for way, values in times.items()}
            rows[f"{name} K={students}"] = {way: round(value, 1) for way, value in micros.items()}
            shown = [f"{micros[way] / micros['engine']:.2f}" if way in micros else "-" for way in list(WAYS)[1:]]
            print(
                f"{name:20}{students:>5}{micros['engine']:>10.1f}" + "".join(f"{text:>16}" for text in shown),
                flush=True,
            )
    return {"threads": torch.get_num_threads(), "rows": rows}


if __name__ == "__main__":
    run()
