"""The part of the script that trains: samples, networks, the loss, teacher and students."""

from __future__ import annotations

from kd_core.experiment import Experiment
from kd_core.export.needs import Needs
from kd_core.export.source import source_of
from kd_core.export.students import student, unlabelled
from kd_core.export.teachers import teacher
from kd_core.models import KERNEL, POOL
from kd_core.recipe import LOOKED_AT


def training(experiment: Experiment, needs: Needs) -> list[str]:
    """All that trains, in the order of the script."""
    return [
        source_of("kd_core.data", "choose_labelled"),
        source_of("kd_core.data", "flip_labels") if experiment.label_noise else "",
        _draw_sample(experiment, needs),
        unlabelled(experiment, needs),
        source_of("kd_core.streams", "generator"),
        SHIFTED.replace("BLACK", ", value=scale()[0]" if needs.looks else "") if needs.shifts else "",
        DROPOUT if needs.dropout else "",
        _network(needs) if needs.convolutions else _perceptron(needs),
        _distillation_loss(experiment),
        ROUNDS if needs.round else "",
        ONE_CYCLE if needs.one_cycle else "",
        *teacher(experiment, needs),
        student(experiment, needs),
        _logits_of(needs),
        COLLAPSED,
    ]


def _draw_sample(experiment: Experiment, needs: Needs) -> str:
    classes = "STUDENT[-1][-1]" if needs.convolutions else "STUDENT[-1]"
    given = f"flip_labels(labels[ids], LABEL_NOISE, {classes}, rng)" if experiment.label_noise else "labels[ids]"
    adapting, seed = "", needs.seed[1]
    if experiment.target_labels:  # what the teacher is adapted by lies behind the training set
        size = experiment.source.train_size
        chosen = f"choose_labelled(labels[:{size}], LABELS, rng)"
        adapting = f"np.concatenate([np.arange({size}, len(labels)), {chosen}])"
    return f'''
def draw_sample({needs.given[0]}pair: int, labels: Labels) -> tuple[Tensor, Tensor]:
    """Positions of the training examples that a pair of students sees, and the labels that it is given."""
    rng = np.random.default_rng(({seed}, SAMPLE, pair))
    ids = {adapting or "choose_labelled(labels, LABELS, rng)"}
    return torch.from_numpy(ids), torch.from_numpy({given})
'''


SHIFTED = '''
def shifted(images: Tensor, most: int, views: Tensor) -> Tensor:
    """Images moved by up to so many pixels: view v of (2 * most + 1)^2 is one shift, and black comes in at an edge."""
    _, height, width = IMAGE
    padded = F.pad(images.view(-1, *IMAGE), [most] * 4BLACK)
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)  # (images, channels, down, across, height, width)
    side = 2 * most + 1
    return windows[torch.arange(len(images)), :, views // side, views % side].flatten(1)
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


def _perceptron(needs: Needs) -> str:
    parameter, use = (", *after_relu: nn.Module", ", *after_relu") if needs.dropout else ("", "")
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


def _network(needs: Needs) -> str:
    """The same where a network has convolutions."""
    parameter, use, flat, dropped = "", "", "nn.Flatten()", ""
    if needs.dropout:
        parameter, use, flat = ", *after_relu: nn.Module", ", *after_relu", "*flat"
        dropped = "\n    flat = [nn.Flatten(), *after_relu] if convolutions else [nn.Flatten()]"
    return f'''
def started(layer: nn.Conv2d | nn.Linear, rng: torch.Generator) -> nn.Module:
    """The layer as torch itself starts it, but from a generator of our own: uniform in +-1 / sqrt(fan-in)."""
    fan_in, kernels = layer.weight[0].numel(), len(layer.weight)
    bound = fan_in**-0.5
    with torch.no_grad():  # drawn for one input after the other; layers hold weights transposed
        drawn = torch.rand(fan_in, kernels, generator=rng).T * (2 * bound) - bound
        layer.weight.copy_(drawn.reshape(layer.weight.shape))
        layer.bias.copy_(torch.rand(kernels, generator=rng) * (2 * bound) - bound)
    return layer


def network(channels: list[int], units: list[int], rng: torch.Generator{parameter}) -> nn.Sequential:
    """Convolutions of 3 x 3 pixels with max-pooling and ReLU, if any, then linear layers with ReLU between them."""
    convolutions: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        convolution = started(nn.Conv2d(inputs, outputs, {KERNEL}, padding={KERNEL // 2}), rng)
        convolutions += [convolution, nn.MaxPool2d({POOL}), nn.ReLU()]{dropped}
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(units):
        linear = started(nn.Linear(inputs, outputs), rng)
        layers += [nn.ReLU(){use}, linear] if layers else [linear]
    return nn.Sequential(nn.Unflatten(1, IMAGE), *convolutions, {flat}, *layers)
'''


def _distillation_loss(experiment: Experiment) -> str:
    formula, factor = ("T^2 * ", "temperature**2 * ") if experiment.t_squared else ("", "")
    hard = "F.cross_entropy(student_logits, labels)"
    if experiment.extra:
        hard = "F.cross_entropy(student_logits[: len(labels)], labels)  # the others have none"
    return f'''
def distillation_loss(
    student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, temperature: float, alpha: float
) -> Tensor:
    """alpha * CE(labels, q_1) + (1 - alpha) * {formula}KL(p_T || q_T) of teacher p, student q (Hinton et al. 2015)."""
    hard = {hard}
    log_p = F.log_softmax(teacher_logits / temperature, dim=-1)
    log_q = F.log_softmax(student_logits / temperature, dim=-1)
    soft = F.kl_div(log_q, log_p, reduction="batchmean", log_target=True)  # "mean" would divide by the classes too
    return alpha * hard + (1 - alpha) * {factor}soft
'''


ROUNDS = '''
def rounds(examples: int, rng: torch.Generator) -> Iterator[Tensor]:
    """The positions of the examples of one epoch after the other: of every shuffled pass, as many rounds as fit in."""
    while True:
        order = torch.randperm(examples, generator=rng)
        yield from order[: examples // ROUND * ROUND].split(ROUND)
'''


ONE_CYCLE = '''
def one_cycle(step: int, steps: int) -> float:
    """What of its highest a learning rate is: it rises in a line and falls along a cosine (Smith & Topin 2019)."""
    done = (step + 1) / steps
    if done < WARM_UP:
        return max(0.04, done / WARM_UP)
    return (1 + cos(pi * (done - WARM_UP) / (1 - WARM_UP))) / 2
'''


def _logits_of(needs: Needs) -> str:
    is_much = needs.convolutions or needs.is_large or needs.has_pipeline
    logits = f"torch.cat([model(part) for part in inputs.split({LOOKED_AT})])" if is_much else "model(inputs)"
    model = "nn.Module" if needs.is_plain else "Callable[[Tensor], Tensor]"
    return f'''
@torch.no_grad()
def logits_of(model: {model}, inputs: Tensor) -> Tensor:
    """The trained model's outputs; ends the script if they are not finite."""
    logits = {logits}
    if not logits.isfinite().all():
        raise SystemExit("Training diverged. Try a smaller learning rate, or the optimizer Adam.")
    return logits
'''


COLLAPSED = '''
def has_collapsed(logits: Tensor, loss_of: Callable[[Tensor], Tensor]) -> bool:
    """Whether a network has one answer to everything, or a loss no lower than that of equal probabilities."""
    answers = logits.argmax(-1)
    return bool((answers == answers[0]).all() or loss_of(logits) >= loss_of(torch.zeros_like(logits)))


def share(right: Tensor) -> float:
    """The share of the answers that are right."""
    return round(right.float().mean().item(), 6)
'''
