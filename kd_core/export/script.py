"""An experiment written out as a plain PyTorch script: what a visitor takes away under the Code button.

The script trains one student at a time with the usual parts (`nn.Sequential`, `F.cross_entropy`, `F.kl_div`,
`torch.optim`) and shares no engine with `kd_core`, yet draws the same random numbers in the same order. So it finds the
same accuracies: a second opinion on the whole engine. What differs is the order of sums, hence the rounding; long or
wild training amplifies it, as it would a nudge in the last bit of a weight, until single students end elsewhere.

Functions that the script has in common with `kd_core` are cut out of the source text, so nothing here imports torch.
"""

from __future__ import annotations

import re

from kd_core.data import DATASETS
from kd_core.experiment import SETTINGS, Experiment
from kd_core.export.source import source_of


def script(experiment: Experiment) -> str:
    """The source of a self-contained script that runs this experiment and prints its result.

    It needs torch and NumPy (and scikit-learn for the digits), holds only what this experiment uses, and ends with the
    line that `python -m kd_core run QUERY --json` prints.
    """
    blocks = [
        _opening(experiment) + _settings(experiment),
        _load_data(experiment),
        source_of("kd_core.data", "choose_labelled"),
        source_of("kd_core.data", "flip_labels") if experiment.label_noise else "",
        _draw_sample(experiment),
        source_of("kd_core.streams", "generator"),
        DROPOUT if experiment.teacher_dropout else "",
        _perceptron(experiment),
        _distillation_loss(experiment),
        _train_teacher(experiment),
        _train_student(experiment),
        COLLAPSED,
        _report(experiment),
        _main(experiment),
    ]
    return "\n\n\n".join(block.strip("\n") for block in blocks if block) + "\n"


def _pieces(query: str) -> list[str]:
    """The query in pieces that fit in a line, cut between settings."""
    return re.findall(r".{1,114}(?:[&,]|$)", query)


def _opening(experiment: Experiment) -> str:
    """The docstring, the imports and the names of types."""
    extra = "from functools import partial\n" if experiment.splits > 1 else ""
    query = "\n    ".join(_pieces(experiment.to_query())) or "(every setting has its default)"
    return f'''
"""Knowledge distillation in plain PyTorch: an experiment of KD Lab on {DATASETS[experiment.dataset].title}.

First a teacher learns from all training examples. Then come pairs of students: two that start from the same weights and
see the same batches. One is alone with the labels, the other is distilled: it hears the teacher's soft targets as well.

It draws the same random numbers as KD Lab and so finds the same accuracies, as long as rounding stays small: steps that
are large or many can make it grow until single students end elsewhere. The experiment, as a link to KD Lab holds it:
    {query}
"""

from __future__ import annotations

import json
from collections.abc import Callable
{extra}from itertools import pairwise
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

{source_of("kd_core.data", "Labels")}
{source_of("kd_core.data", "Examples")}

'''


def _settings(experiment: Experiment) -> str:
    """A constant a line, explained by the help of its setting; what this experiment does not use is left out."""

    def setting(name: str) -> str:
        return f"{name.upper()} = {getattr(experiment, name)!r}  # {SETTINGS[name].help}"

    query = experiment.to_query()
    pieces = "\n".join(f'    "{piece}"' for piece in _pieces(query))
    several = experiment.splits > 1
    lines = [
        f'QUERY = "{query}"' if len(query) <= 110 else f"QUERY = (\n{pieces}\n)",
        _split_seeds(experiment) if several else setting("seed"),
        setting("seeds"),
        setting("noise"),
        setting("labels"),
        setting("label_noise") if experiment.label_noise else "",
        f"TEACHER = {list(experiment.teacher_widths)}  # Units of the teacher's layers, inputs and classes included.",
        setting("teacher_epochs"),
        setting("teacher_dropout") if experiment.teacher_dropout else "",
        setting("teacher_label_smoothing") if experiment.teacher_label_smoothing else "",
        source_of("kd_core.training", "TEACHER_BATCH") + "  # Of the teacher's training by Adam.",
        f"STUDENT = {list(experiment.student_widths)}  # Units of the students' layers.",
        setting("temperature"),
        setting("alpha"),
        setting("epochs"),
        setting("batch_size"),
        setting("learning_rate"),
        _schedule(experiment),
        source_of("kd_core.streams", "SAMPLE").replace("TEACHER_DROPOUT", "TEACHER_MASKS"),
    ]
    return "\n".join(line for line in lines if line)


def _split_seeds(experiment: Experiment) -> str:
    """The `seed` of every split: six a line."""
    seeds = [str(one.seed) for one in experiment.by_split]
    first, *rest = (", ".join(seeds[start : start + 6]) for start in range(0, len(seeds), 6))
    note = "# Of every division of the data: each has its own teacher, and pair k sits in division k % their number."
    return "\n".join([note, f"SPLIT_SEEDS = [{first}]", *(f"SPLIT_SEEDS += [{row}]" for row in rest)])


def _seed(experiment: Experiment) -> tuple[str, str]:
    """The parameter of a function that draws, and the name of what it draws from: of one split, that is a constant."""
    return ("", "SEED") if experiment.splits == 1 else ("seed: int", "seed")


def _schedule(experiment: Experiment) -> str:
    if not experiment.changes:
        return ""
    entries = [f"    {change.epoch}: ({change.temperature!r}, {change.alpha!r}),\n" for change in experiment.changes]
    return "SCHEDULE = {  # From the end of that epoch on: (temperature, alpha).\n" + "".join(entries) + "}"


def _load_data(experiment: Experiment) -> str:
    source, (parameter, seed) = DATASETS[experiment.dataset], _seed(experiment)
    return f'''
{source_of("kd_core.data", source.draw.__name__)}


def load_data({parameter}) -> list[Tensor]:
    """Inputs and labels to train on ({source.train_size}), then inputs and labels to test on ({source.test_size})."""
    rng = np.random.default_rng(({seed}, 1))
    inputs, labels = {source.draw.__name__}(rng)
    inputs = (inputs + NOISE * rng.normal(size=inputs.shape)).astype(np.float32)  # drawn even where NOISE is 0
    train, test = np.split(rng.permutation(len(labels)), [{source.train_size}])
    return [torch.from_numpy(part) for part in (inputs[train], labels[train], inputs[test], labels[test])]
'''


DROPOUT = '''
class Dropout(nn.Module):
    """`nn.Dropout` with a generator of its own."""

    def __init__(self, share: float, rng: torch.Generator) -> None:
        super().__init__()
        self.share, self.rng = share, rng

    def forward(self, hidden: Tensor) -> Tensor:
        if not self.training:
            return hidden
        kept = torch.rand(hidden.shape, generator=self.rng) >= self.share
        return hidden * (kept / (1 - self.share))
'''


def _perceptron(experiment: Experiment) -> str:
    parameter, use = (", *after_relu: nn.Module", ", *after_relu") if experiment.teacher_dropout else ("", "")
    return f'''
def perceptron(widths: list[int], rng: torch.Generator{parameter}) -> nn.Sequential:
    """Linear layers with ReLU between them; they start as `nn.Linear` does, but from a generator of our own."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        linear, bound = nn.Linear(inputs, outputs), inputs**-0.5
        with torch.no_grad():  # uniform in +-bound; nn.Linear holds its weight transposed
            linear.weight.copy_(torch.rand(inputs, outputs, generator=rng).T * (2 * bound) - bound)
            linear.bias.copy_(torch.rand(outputs, generator=rng) * (2 * bound) - bound)
        layers += [nn.ReLU(){use}, linear] if layers else [linear]
    return nn.Sequential(*layers)
'''


def _distillation_loss(experiment: Experiment) -> str:
    formula, factor = ("T^2 * ", "temperature**2 * ") if experiment.t_squared else ("", "")
    return f'''
def distillation_loss(
    student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, temperature: float, alpha: float
) -> Tensor:
    """alpha * CE(labels, q_1) + (1 - alpha) * {formula}KL(p_T || q_T) of teacher p, student q (Hinton et al. 2015)."""
    hard = F.cross_entropy(student_logits, labels)
    log_p = F.log_softmax(teacher_logits / temperature, dim=-1)
    log_q = F.log_softmax(student_logits / temperature, dim=-1)
    soft = F.kl_div(log_q, log_p, reduction="batchmean", log_target=True)  # "mean" would divide by the classes too
    return alpha * hard + (1 - alpha) * {factor}soft
'''


def _train_teacher(experiment: Experiment) -> str:
    parameter, seed = _seed(experiment)
    dropout, use = "", ""
    if experiment.teacher_dropout:
        dropout, use = f"\n    dropout = Dropout(TEACHER_DROPOUT, generator({seed}, TEACHER_MASKS))", ", dropout"
    smoothing = ", label_smoothing=TEACHER_LABEL_SMOOTHING" if experiment.teacher_label_smoothing else ""
    return f'''
def train_teacher({parameter}{parameter and ", "}inputs: Tensor, labels: Tensor) -> nn.Module:
    """A teacher that has learned from the labels, and is frozen from then on."""{dropout}
    teacher = perceptron(TEACHER, generator({seed}, TEACHER_INIT){use})
    optimizer = torch.optim.Adam(teacher.parameters(), TEACHER_LEARNING_RATE)
    order = generator({seed}, TEACHER_ORDER)
    for _ in range(TEACHER_EPOCHS):
        for batch in torch.randperm(len(inputs), generator=order).split(TEACHER_BATCH):
            loss = F.cross_entropy(teacher(inputs[batch]), labels[batch]{smoothing})
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return teacher.eval().requires_grad_(False)
'''


def _train_student(experiment: Experiment) -> str:
    optimizer = {
        "adam": "Adam(student.parameters(), LEARNING_RATE)",
        "adamw": "AdamW(student.parameters(), LEARNING_RATE)",
        "sgd": "SGD(student.parameters(), LEARNING_RATE, momentum=0.9)",
    }[experiment.optimizer]
    parameter, seed = _seed(experiment)
    start, step, heard, epoch = "", "", "TEMPERATURE, ALPHA", "_"
    if experiment.changes:
        start = "\n    temperature, alpha = TEMPERATURE, ALPHA"
        step = "\n        temperature, alpha = SCHEDULE.get(epoch, (temperature, alpha))"
        heard, epoch = "temperature, alpha", "epoch"
    return f'''
def train_student(
    {parameter}{parameter and ", "}pair: int, inputs: Tensor, labels: Tensor, teacher_logits: Tensor | None = None
) -> tuple[nn.Module, bool]:
    """A student, and whether it has collapsed: distilled if it is given the teacher's logits on its inputs."""
    student = perceptron(STUDENT, generator({seed}, INIT, pair))
    optimizer = torch.optim.{optimizer}
    order = generator({seed}, ORDER, pair){start}

    def loss_of(logits: Tensor, batch: Tensor) -> Tensor:
        if teacher_logits is None:
            return F.cross_entropy(logits, labels[batch])
        return distillation_loss(logits, teacher_logits[batch], labels[batch], {heard})

    for {epoch} in range(EPOCHS):{step}
        for batch in torch.randperm(len(inputs), generator=order).split(BATCH_SIZE):
            loss = loss_of(student(inputs[batch]), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    everything = torch.arange(len(inputs))
    logits = logits_of(student.eval(), inputs)
    return student, has_collapsed(logits, lambda logits: loss_of(logits, everything))
'''


def _draw_sample(experiment: Experiment) -> str:
    given = "flip_labels(labels[ids], LABEL_NOISE, STUDENT[-1], rng)" if experiment.label_noise else "labels[ids]"
    parameter, seed = _seed(experiment)
    return f'''
def draw_sample({parameter}{parameter and ", "}pair: int, labels: Labels) -> tuple[Tensor, Tensor]:
    """Positions of the training examples that a pair of students sees, and the labels that it is given."""
    rng = np.random.default_rng(({seed}, SAMPLE, pair))
    ids = choose_labelled(labels, LABELS, rng)
    return torch.from_numpy(ids), torch.from_numpy({given})
'''


COLLAPSED = '''
@torch.no_grad()
def logits_of(model: nn.Module, inputs: Tensor) -> Tensor:
    """The trained model's outputs; ends the script if they are not finite."""
    logits = model(inputs)
    if not logits.isfinite().all():
        raise SystemExit("Training diverged. Try a smaller learning rate, or the optimizer Adam.")
    return logits


def has_collapsed(logits: Tensor, loss_of: Callable[[Tensor], Tensor]) -> bool:
    """Whether a network has one answer to everything, or a loss no lower than that of equal probabilities."""
    answers = logits.argmax(-1)
    return bool((answers == answers[0]).all() or loss_of(logits) >= loss_of(torch.zeros_like(logits)))


def share(right: Tensor) -> float:
    """The share of the answers that are right."""
    return round(right.float().mean().item(), 6)
'''


def _report(experiment: Experiment) -> str:
    several = experiment.splits > 1
    units = "np.array([gains[split :: len(SPLIT_SEEDS)].mean() for split in range(len(SPLIT_SEEDS))])"
    what, count, clear = "pair by pair", "{n}", "clear on this split"
    unclear, deviation = "no clear difference on this split", "standard deviation"
    if several:
        what, count, clear = "over the splits", "{len(alone)} on {n} splits", "clear on average"
        unclear, deviation = "no clear difference", "standard deviation of splits"
    means = f"\n    gains = {units}" if several else ""
    return f'''
# The 97.5 % quantiles of Student's t for 2, 3, ... 20 values.
T_QUANTILES = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
T_QUANTILES += [2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093]


def report(alone: list[float], distilled: list[float], collapsed: int) -> None:
    """Print the means, and what distillation gained, {what}, with the 95 % interval of that gain."""
    gains = 100 * (np.array(distilled) - np.array(alone)){means}
    n, gain = len(gains), gains.mean()
    scores = f"alone {{np.mean(alone):.1%}}, distilled {{np.mean(distilled):.1%}}"
    print(f"mean of {count}: {{scores}}, gain {{gain:+.2f}} points")
    if collapsed:
        print(f"collapsed networks: {{collapsed}}; nothing follows about distillation. Try a smaller learning rate.")
    elif n > 1:
        deviation = gains.std(ddof=1)
        error = deviation / n**0.5
        half = T_QUANTILES[min(n, 20) - 2] * error
        verdict = "{clear}" if n > 2 and abs(gain) > half else "{unclear}"
        print(f"gain: {deviation} {{deviation:.2f}}, standard error {{error:.2f}} points")
        print(f"gain: 95 % interval {{gain - half:+.2f}} to {{gain + half:+.2f}} points: {{verdict}}")
'''


def _main(experiment: Experiment) -> str:
    several = experiment.splits > 1
    given = "seed, " if several else ""
    teacher = """
    train_inputs, train_labels, test_inputs, test_labels = load_data()

    teacher = train_teacher(train_inputs, train_labels)
    teacher_logits = logits_of(teacher, train_inputs)  # the teacher is frozen: once is enough
    teacher_answers = logits_of(teacher, test_inputs).argmax(-1)
    teacher_accuracy = share(teacher_answers == test_labels)
    teacher_collapsed = [has_collapsed(teacher_logits, lambda logits: F.cross_entropy(logits, train_labels))]
    print(f"teacher: {teacher_accuracy:.1%} of the test examples right")
"""
    unpack, splits = "", ""
    found = '{"test_accuracy": teacher_accuracy, "collapsed": teacher_collapsed}'
    if several:
        teacher = """
    splits, teacher_accuracy, teacher_collapsed = [], [], []
    for seed in SPLIT_SEEDS:
        train_inputs, train_labels, test_inputs, test_labels = load_data(seed)
        teacher = train_teacher(seed, train_inputs, train_labels)
        teacher_logits = logits_of(teacher, train_inputs)  # the teacher is frozen: once is enough
        teacher_answers = logits_of(teacher, test_inputs).argmax(-1)
        teacher_accuracy.append(share(teacher_answers == test_labels))
        teacher_loss = partial(F.cross_entropy, target=train_labels)
        teacher_collapsed.append(has_collapsed(teacher_logits, teacher_loss))
        print(f"teacher of seed {seed}: {teacher_accuracy[-1]:.1%} of the test examples right")
        splits.append((seed, train_inputs, train_labels, test_inputs, test_labels, teacher_logits, teacher_answers))
"""
        unpack = """
        seed, train_inputs, train_labels, test_inputs, test_labels, teacher_logits, teacher_answers = splits[
            pair % len(splits)
        ]"""
        splits = '\n        "splits": [pair % len(splits) for pair in range(SEEDS)],'
        found = """{
            "test_accuracy": round(sum(teacher_accuracy) / len(teacher_accuracy), 6),
            "by_split": teacher_accuracy,
            "collapsed": teacher_collapsed,
        }"""
    return f"""
def main() -> None:
    start = perf_counter()
    torch.set_num_threads(1)  # the matrices are small: more threads would only wait for one another{teacher}
    alone, distilled, agreement, alone_collapsed, distilled_collapsed = [], [], [], [], []
    for pair in range(SEEDS):{unpack}
        ids, labels = draw_sample({given}pair, train_labels.numpy())
        student, is_dead = train_student({given}pair, train_inputs[ids], labels)
        alone.append(share(logits_of(student, test_inputs).argmax(-1) == test_labels))
        alone_collapsed.append(is_dead)
        student, is_dead = train_student({given}pair, train_inputs[ids], labels, teacher_logits[ids])
        answers = logits_of(student, test_inputs).argmax(-1)
        distilled.append(share(answers == test_labels))
        distilled_collapsed.append(is_dead)
        agreement.append(share(answers == teacher_answers))
        scores = f"alone {{alone[-1]:.1%}}, distilled {{distilled[-1]:.1%}}"
        print(f"pair {{pair}}: {{scores}}, agreement {{agreement[-1]:.1%}}")
    report(alone, distilled, sum(teacher_collapsed + alone_collapsed + distilled_collapsed))

    result = {{
        "experiment": QUERY,{splits}
        "teacher": {found},
        "alone": {{"test_accuracy": alone, "collapsed": alone_collapsed}},
        "distilled": {{"test_accuracy": distilled, "agreement": agreement, "collapsed": distilled_collapsed}},
        "seconds": round(perf_counter() - start, 3),
    }}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
"""
