"""The part of the script that trains a student, and draws the unlabelled examples on which it hears the teacher."""

from __future__ import annotations

from kd_core.experiment import Experiment
from kd_core.export.needs import Needs
from kd_core.export.source import constant_of
from kd_core.export.teachers import made, order_of
from kd_core.recipe import LARGE

MOST, NOISE = (constant_of("kd_core.unlabelled", name) for name in ("MOST", "NOISE"))


def unlabelled(experiment: Experiment, needs: Needs) -> str:
    """The function that draws them."""
    if not needs.unlabelled:
        return ""
    size = experiment.source.train_size
    deviation = f"{NOISE} * scale()[1]" if needs.looks else f"{NOISE}"
    inputs, given = "inputs: Tensor", "Tensor"
    what, lines = {
        "noise": (
            "Noisy copies of the examples in turn.",
            f"""
    copies = inputs.numpy()[np.resize(np.arange(len(inputs)), UNLABELLED)]
    noise = np.float32({deviation}) * rng.standard_normal(copies.shape, np.float32)
    return torch.from_numpy(copies + noise)""",
        ),
        "mixup": (
            "Mixtures of two examples each (Zhang et al. 2018, of inputs only).",
            """
    first, second = inputs.numpy()[rng.integers(len(inputs), size=(2, UNLABELLED))]
    share = rng.random((UNLABELLED, 1), np.float32)
    return torch.from_numpy(share * first + (1 - share) * second)""",
        ),
        "target": (
            "Some of these inputs of the other domain.",
            """
    return inputs[rng.permutation(len(inputs))[:UNLABELLED]]""",
        ),
        "rest": (
            "Positions of training examples beside those of a student, whose positions are given.",
            f"""
    positions = rng.permutation({size})
    return torch.from_numpy(positions[~np.isin(positions, ids.numpy())][:UNLABELLED])""",
        ),
    }[needs.unlabelled]
    if needs.unlabelled == "rest":
        inputs = "ids: Tensor"
    return f'''
def draw_unlabelled({needs.given[0]}pair: int, {inputs}) -> {given}:
    """{what}"""
    rng = np.random.default_rng(({needs.seed[1]}, EXTRAS, pair)){lines}
'''


def count_of(experiment: Experiment) -> str:
    """How many there are at most, as a constant."""
    most = min(MOST, experiment.extra * experiment.sample_size)
    return f"UNLABELLED = {most}  # Examples without a label, at most, on which a student hears the teacher."


def student(experiment: Experiment, needs: Needs) -> str:
    """The function `train_student`."""
    seed, rest = needs.seed[1], ""
    examples = "labels" if needs.unlabelled else "inputs"
    order, positions = order_of(f"generator({seed}, ORDER, pair)", needs.students_have_rounds, examples)
    start, step, heard, epoch = "", "", "TEMPERATURE, ALPHA", "_"
    if experiment.changes:
        start = "\n    temperature, alpha = TEMPERATURE, ALPHA"
        step = "\n        temperature, alpha = SCHEDULE.get(epoch, (temperature, alpha))"
        heard, epoch = "temperature, alpha", "epoch"
    part, judged, everything = "", "inputs", "torch.arange(len({}))"
    if needs.students_have_rounds:
        part, judged = f"\n    judged = inputs[:{LARGE}]  # to say whether it has collapsed these are enough", "judged"
    if needs.unlabelled:
        many = f":{LARGE}" if needs.students_have_rounds else ": len(labels)"
        part, judged = f"\n    judged = inputs[{many}]  # to say whether it has collapsed, those with a label", "judged"
    dropout = f", Dropout(STUDENT_DROPOUT, generator({seed}, MASKS, pair))" if experiment.student_dropout else ""
    batch, labels, logits, teacher = "batch", "labels[batch]", "logits", "teacher_logits[batch]"
    seen, told, loops = "inputs[batch]", "", f"{positions}.split(BATCH_SIZE)"
    begin, parameter, unmoved, of_views = "", "", "", ""
    if needs.unlabelled:
        labels, logits = "labels[told]", "logits[: len(told)]"
        told = "\n        told = batch[batch < len(labels)]"
        rest = f"\n    rest_order = generator({seed}, EXTRAS_ORDER, pair)"
        begin = f"""
        batches = {positions}.split(BATCH_SIZE)
        rest = len(labels) + torch.randperm(len(inputs) - len(labels), generator=rest_order)"""
        loops = "zip(batches, rest.tensor_split(len(batches)), strict=True)"
    if needs.views:
        parameter, of_views = ", views: Tensor", ", views"
        count = (2 * experiment.shift + 1) ** 2
        rest += f"\n    moves, unmoved = generator({seed}, VIEWS, pair), torch.full((len(inputs),), {count // 2})"
        drawn = f"torch.randint({count}, positions.shape, generator=moves)"
        begin = f"""
        positions, views = {positions}, unmoved.clone()
        views[positions] = {drawn}"""
        loops = "positions.split(BATCH_SIZE)"
        if needs.unlabelled:
            begin += """
        batches = positions.split(BATCH_SIZE)
        rest = len(labels) + torch.randperm(len(inputs) - len(labels), generator=rest_order)"""
            loops = "zip(batches, rest.tensor_split(len(batches)), strict=True)"
        seen, unmoved = "shifted(inputs[batch], SHIFT, views[batch])", ", unmoved"
        if needs.views == "same":
            teacher = "teacher_logits[views[batch], batch]"
    joined, name = "", "batch"
    if needs.unlabelled:
        joined, name = "\n            batch = torch.cat([labelled, others])", "labelled, others"
    first, look, last = "", "", ""
    if needs.validated:
        first = "\n    fewest, best = len(validation[1]), deepcopy(student.state_dict())"
        look = """
        wrong = int((logits_of(student.eval(), validation[0]).argmax(-1) != validation[1]).sum())
        student.train()
        if wrong <= fewest:
            fewest, best = wrong, deepcopy(student.state_dict())"""
        last = "\n    student.load_state_dict(best)"
    return f'''
{_signature(needs)}
    """{_what(needs)}"""
    student = {made(needs, "STUDENT")}, generator({seed}, INIT, pair){dropout})
    optimizer = torch.optim.{_optimizer(experiment)}
    order = {order}{rest}{start}{first}

    def loss_of(logits: Tensor, batch: Tensor{parameter}) -> Tensor:{told}
        if teacher_logits is None:
            return F.cross_entropy({logits}, {labels})
        return distillation_loss(logits, {teacher}, {labels}, {heard})

    for {epoch} in range(EPOCHS):{step}{begin}
        for {name} in {loops}:{joined}
            loss = loss_of(student({seen}), {batch}{of_views})
            optimizer.zero_grad()
            loss.backward()
            optimizer.step(){look}{last}{part}
    everything = {everything.format(judged)}
    logits = logits_of(student.eval(), {judged})
    return student, has_collapsed(logits, lambda logits: loss_of(logits, everything{unmoved}))
'''


def _optimizer(experiment: Experiment) -> str:
    decay = ", weight_decay=WEIGHT_DECAY" if experiment.weight_decay else ""
    return {
        "adam": f"Adam(student.parameters(), LEARNING_RATE{decay})",
        "adamw": f"AdamW(student.parameters(), LEARNING_RATE{decay})",
        "sgd": f"SGD(student.parameters(), LEARNING_RATE, momentum=0.9{decay})",
    }[experiment.optimizer]


def _signature(needs: Needs) -> str:
    parameters = f"{needs.given[0]}pair: int, inputs: Tensor, labels: Tensor, "
    if needs.validated:
        parameters += "validation: tuple[Tensor, Tensor], "
    parameters += "teacher_logits: Tensor | None = None"
    if len(parameters) > 116:
        parameters = parameters.replace(", ", ",\n    ").replace("tuple[Tensor,\n    ", "tuple[Tensor, ") + ","
    return f"def train_student(\n    {parameters}\n) -> tuple[nn.Module, bool]:"


def _what(needs: Needs) -> str:
    """The docstring, which tells what is not as usual."""
    what = "A student, and whether it has collapsed: distilled if it is given the teacher's logits on its inputs."
    more = []
    if needs.unlabelled:
        more.append("Behind the inputs that have a label come those without.")
    if needs.views == "same":
        more.append("The teacher's logits are those on every view of an image: it hears what the student sees.")
    elif needs.views:
        more.append("It sees shifted images, of which the teacher hears the clean ones.")
    if needs.validated:
        more.append("It ends with the weights of the epoch with the fewest errors in validation.")
    return (
        what
        + "".join(f"\n\n    {line}" if place == 0 else f"\n    {line}" for place, line in enumerate(more))
        + ("\n    " if more else "")
    )
