"""How fast the engine is: the loop that tutorials teach, that loop tuned, and cohorts of 1 to 1000 students.

All in one process and in turn, on the same data, with the same architecture, batch and number of steps.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from kd_core import Experiment
from kd_core.data import load_dataset
from kd_core.experiment import Condition
from kd_core.losses import distillation_loss
from kd_core.metrics import accuracy
from kd_core.models import Architecture, multiply_accumulates
from kd_core.students import CPU, Students
from kd_core.sweeps.grid import bytes_per_student, plan_sizes
from kd_core.teaching import teacher_of
from tests.bench import peers

EPOCHS, REPEATS = 8, 3
TEMPERATURE, ALPHA = 4.0, 0.1
CASES = {
    "digits 64-32-10": Experiment(labels=0, student="32", epochs=EPOCHS, learning_rate=0.001),
    "digits 64-256-10": Experiment(labels=0, student="256", epochs=EPOCHS, learning_rate=0.001),
    "blobs 2-16-4, 100 labels": Experiment(dataset="blobs", labels=100, student="16", epochs=40, learning_rate=0.001),
}
SIZES = (1, 2, 10, 100, 1000)  # students in all; up to 10 seeds


class Bench:
    """One case: its data, a frozen teacher, and the loops that train students on them."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        data = load_dataset(experiment.dataset)
        count = experiment.labels or len(data.train_labels)
        self.data = data
        self.inputs, self.labels = (
            torch.from_numpy(data.train_inputs)[:count],
            torch.from_numpy(data.train_labels)[:count],
        )
        self.test_inputs, self.test_labels = torch.from_numpy(data.test_inputs), torch.from_numpy(data.test_labels)
        torch.manual_seed(0)  # a bench of its own process: the loops below draw from the global generator
        self.teacher = peers.module(experiment.teacher_network)
        optimizer = torch.optim.Adam(self.teacher.parameters(), 0.002)
        everything = torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_labels)
        for _ in range(30):
            for ids in torch.randperm(len(everything[0])).split(64):
                optimizer.zero_grad()
                functional.cross_entropy(self.teacher(everything[0][ids]), everything[1][ids]).backward()
                optimizer.step()
        with torch.no_grad():
            self.teacher_logits = self.teacher(everything[0])
        self.steps = experiment.epochs * -(-count // 64)

    def tutorial(self) -> Tensor:
        """As tutorials write it; returns the student's logits on the test set, (1, N, C)."""
        student = peers.module(self.experiment.student_network)
        optimizer = torch.optim.Adam(student.parameters(), self.experiment.learning_rate)
        loader = DataLoader(TensorDataset(self.inputs, self.labels), batch_size=64, shuffle=True)
        running_loss = 0.0
        for _ in range(self.experiment.epochs):
            for inputs, labels in loader:
                with torch.no_grad():
                    teacher_logits = self.teacher(inputs)
                student_logits = student(inputs)
                soft = functional.kl_div(
                    functional.log_softmax(student_logits / TEMPERATURE, dim=1),
                    functional.softmax(teacher_logits / TEMPERATURE, dim=1),
                    reduction="batchmean",
                )
                loss = ALPHA * functional.cross_entropy(student_logits, labels) + (1 - ALPHA) * TEMPERATURE**2 * soft
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                running_loss += loss.item()
        with torch.no_grad():
            return student(self.test_inputs)[None]

    def tuned(self) -> Tensor:
        """The same loop with tensors in memory, cached logits and a fused optimizer."""
        student = peers.module(self.experiment.student_network)
        optimizer = torch.optim.Adam(student.parameters(), self.experiment.learning_rate, fused=True)
        for _ in range(self.experiment.epochs):
            for ids in torch.randperm(len(self.inputs)).split(64):
                loss = distillation_loss(
                    student(self.inputs[ids]),
                    self.teacher_logits[ids],
                    self.labels[ids],
                    temperature=TEMPERATURE,
                    alpha=ALPHA,
                ).total
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        with torch.no_grad():
            return student(self.test_inputs)[None]

    def cohort(self, size: int, device: torch.device = CPU) -> Callable[[], Tensor]:
        """The engine with that many students, all distilled alike, cut into pieces as a sweep is."""
        seeds = {1: 1, 2: 1}.get(size, 5 if size < 1000 else 10)
        students_a_seed = size // seeds

        def train() -> Tensor:
            logits = []
            for part, of_seeds in plan_sizes(students_a_seed, range(seeds), bytes_per_student(self.experiment)):
                conditions = [Condition(TEMPERATURE, ALPHA)] * part
                students = Students(self.experiment, [self.data], [self.teacher_logits], conditions, of_seeds, device)
                for _ in students.train(self.experiment.epochs):
                    pass
                logits.append(students.cohort.logits(self.test_inputs.to(device)).cpu())
            return torch.cat(logits)

        return train


def flops(network: Architecture, batch: int = 64) -> int:
    """Of one student's step: forward, weight gradients, and input gradients but for the first layer."""
    return 2 * batch * (3 * multiply_accumulates(network) - network.layers[0].multiply_adds)


def product_rate() -> float:
    """GFLOP/s of this machine's float32 matrix product."""
    left, right = torch.rand(1024, 1024), torch.rand(1024, 1024)
    return 2 * 1024**3 / min(timed(lambda: left @ right) for _ in range(20)) / 1e9


def timed(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def measure(name: str, experiment: Experiment) -> dict[str, Any]:
    """Every loop in turn, three times: microseconds a student-step (median), ratios, rate and test accuracy.

    Not the best of three: a long run never meets a quiet machine from end to end, and a short one does.
    """
    bench = Bench(experiment)
    loops: dict[str, tuple[int, Callable[[], Tensor]]] = {"tutorial": (1, bench.tutorial), "tuned": (1, bench.tuned)}
    loops |= {f"engine K={size}": (size, bench.cohort(size)) for size in SIZES}
    if torch.cuda.is_available():
        gpu = torch.device("cuda")
        loops |= {f"on GPU K={size}": (size, bench.cohort(size, gpu)) for size in (1000, 10_000)}
    times: dict[str, list[float]] = {label: [] for label in loops}
    scores_of: dict[str, list[float]] = {label: [] for label in loops}
    for _ in range(REPEATS):
        for label, (_, train) in loops.items():
            start = perf_counter()
            logits = train()
            times[label].append(perf_counter() - start)
            scores_of[label] += accuracy(logits, bench.test_labels).tolist()
    rows: dict[str, Any] = {}
    for label, (size, _) in loops.items():
        scores = scores_of[label]
        micros = 1e6 * median(times[label]) / (bench.steps * size)
        mean = sum(scores) / len(scores)
        rows[label] = {
            "students": size,
            "us_per_student_step": round(micros, 2),
            "gflops": round(flops(experiment.student_network) / micros / 1e3, 1),
            "test_accuracy": round(mean, 4),
            "accuracy_std": round(torch.tensor(scores).std().item(), 4),
            "as_tutorial": same_mean(scores, rows["tutorial"]["scores"] if rows else scores),
            "scores": scores,
        }
        rows[label]["times_tutorial"] = round(rows["tutorial"]["us_per_student_step"] / micros, 1)
        if "tuned" in rows:
            rows[label]["times_tuned"] = round(rows["tuned"]["us_per_student_step"] / micros, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"case": name, "steps": bench.steps, "loops": rows, "peak_megabytes": peak}


def same_mean(scores: list[float], others: list[float]) -> bool:
    """Whether two means differ by no more than three standard errors, with the larger of the two spreads for both.

    Where one network was trained again and again, its scores are one value.
    """
    samples = [torch.tensor(sorted(set(values)), dtype=torch.float64) for values in (scores, others)]
    spread = max(float(sample.std()) if len(sample) > 1 else 0.0 for sample in samples)
    error = spread * sum(1 / len(sample) for sample in samples) ** 0.5
    return abs(sum(scores) / len(scores) - sum(others) / len(others)) <= 3 * error + 1e-9


TEACHERS = {
    "64-256-256-10": Experiment(),
    "64-512-512-10": Experiment(teacher="512-512", teacher_epochs=20),
    "64-32-10": Experiment(teacher="32", teacher_epochs=100),
}


def teachers() -> dict[str, Any]:
    """Ten teachers, one a split, as a cohort against ten times one: seconds, medians of three in turn."""
    rows: dict[str, Any] = {}
    print(f"\n{'teacher, ten splits':22}{'one':>8}{'ten':>8}{'ten times one / ten':>22}")
    for name, experiment in TEACHERS.items():
        ten = experiment.replace(splits=10)
        times = [[timed(lambda e=e: teacher_of(e, {})) for e in (experiment, ten)] for _ in range(REPEATS)]  # type: ignore[misc]
        one_seconds, ten_seconds = (median(column) for column in zip(*times, strict=True))
        ratio = 10 * one_seconds / ten_seconds
        rows[name] = {"one": round(one_seconds, 3), "ten": round(ten_seconds, 3), "ratio": round(ratio, 2)}
        print(f"{name:22}{one_seconds:8.2f}{ten_seconds:8.2f}{ratio:22.1f}")
    return rows


def run() -> dict[str, Any]:
    """All cases, printed as a table."""
    rate = product_rate()
    print(f"{torch.get_num_threads()} threads; matrix product {rate:.0f} GFLOP/s")
    results = []
    for name, experiment in CASES.items():
        results.append(measure(name, experiment))
        print(f"\n{name}, batch 64, {results[-1]['steps']} steps a student")
        titles = ("us/student-step", "x tutorial", "x tuned", "GFLOP/s", "of rate", "accuracy", "as tutorial")
        print(f"{'loop':16}" + "".join(f"{title:>16}" for title in titles))
        for label, row in results[-1]["loops"].items():
            shown = (
                f"{row['us_per_student_step']:.1f}",
                f"{row['times_tutorial']:.1f}",
                f"{row['times_tuned']:.1f}" if "times_tuned" in row else "",
                f"{row['gflops']:.1f}",
                f"{row['gflops'] / rate:.0%}",
                f"{row['test_accuracy']:.3f} ({row['accuracy_std']:.3f})",
                "yes" if row["as_tutorial"] else "NO",
            )
            print(f"{label:16}" + "".join(f"{text:>16}" for text in shown))
    print(f"\npeak memory {results[-1]['peak_megabytes']} MB")
    taught = teachers()
    return {
        "threads": torch.get_num_threads(),
        "product_gflops": round(rate, 1),
        "cases": results,
        "teachers": taught,
        "peers": peers.run(),
    }


if __name__ == "__main__":
    run()
