"""The part of the script that makes the teacher: a network, pipelines, answers of a file, or several of them."""

from __future__ import annotations

from kd_core.answers import store
from kd_core.experiment import Experiment
from kd_core.export.needs import Needs
from kd_core.kinds import APART, KINDS
from kd_core.sources import provider_of
from kd_core.teachers.pipelines import FOLDS, MOST_FITTED

FUNCTIONS = {"network": "train_network"} | {kind: f"fit_{kind}" for kind in KINDS if kind not in ("network", "file")}
CLIPPING = {"boosting", "histogram", "knn", "svm"}  # those whose probabilities may be 0
SEEDED = {"network", "forest", "boosting", "histogram"}  # those that draw random numbers
ANSWERING = "Callable[[Tensor], Tensor]"


def teacher(experiment: Experiment, needs: Needs) -> list[str]:
    """The functions that make it, `train_teacher` the last of them; of a file alone there is only `answers_in_file`."""
    others = [kind for kind in needs.kinds if kind != "file"]
    blocks = [CLIPPED if set(others) & CLIPPING else ""]
    is_single = len(needs.members) == 1
    for kind in others:
        name = "train_teacher" if is_single else FUNCTIONS[kind]
        if kind == "network":
            blocks.append(_network(experiment, needs, name))
        else:
            blocks.append(_pipeline(experiment, needs, kind, name))
    if "file" in needs.kinds:
        blocks.append(_answers(experiment))
    if not is_single:
        blocks += [_combined(experiment), _ensemble(experiment, needs, others)]
    return blocks


def seed_of(needs: Needs) -> tuple[str, str]:
    """The parameter of `train_teacher` that is the seed, and how it is handed on; nothing where none is drawn from."""
    return needs.given if SEEDED & set(needs.kinds) else ("", "")


def answers_of(needs: Needs, part: str) -> str:
    """An expression for the teacher's logits on the training or the test set."""
    if "file" not in needs.kinds:
        return f"logits_of(teacher, {part}_inputs)"
    return f"answers_in_file({part}_ids)" if len(needs.members) == 1 else f"teacher({part}_inputs, {part}_ids)"


def is_clipped(experiment: Experiment, needs: Needs) -> bool:
    """Whether there are probabilities that are mixed with a little of the even one."""
    is_told = "file" in needs.kinds and store.about(experiment.teacher_file).kind == "probabilities"
    return is_told or bool(set(needs.kinds) & CLIPPING)


def files_of(experiment: Experiment, needs: Needs) -> str:
    """Where the file of answers is, as a constant."""
    if "file" not in needs.kinds:
        return ""
    return f"""# The teacher's answers as KD Lab keeps them.
ANSWERS = Path("{experiment.teacher_file}.npz")"""


def are_all(experiment: Experiment, needs: Needs) -> bool:
    """Whether there is a kind with several members that all count."""
    return experiment.teachers > 1 and any(len(_numbers(needs, kind)) == experiment.teachers for kind in needs.kinds)


def weights_of(experiment: Experiment) -> str:
    """What the members weigh, those that weigh something: four a line; nothing where there is one."""
    weights = [weight for weight in experiment.weights if weight]
    if len(weights) == 1:
        return ""
    note = "# Of the members of the teacher."
    if len(set(weights)) == 1:
        return f"WEIGHTS = [1 / {len(weights)}] * {len(weights)}  {note}"
    first, *rest = (", ".join(map(repr, weights[start : start + 4])) for start in range(0, len(weights), 4))
    return "\n".join([note, f"WEIGHTS = [{first}]", *(f"WEIGHTS += [{row}]" for row in rest)])


def made(needs: Needs, layers: str) -> str:
    """The beginning of a call that makes a network."""
    return f"network(*{layers}" if needs.convolutions else f"perceptron({layers}"


def order_of(rng: str, has_rounds: bool, examples: str = "inputs") -> tuple[str, str]:
    """What `order` is, and what gives the positions of an epoch."""
    if has_rounds:
        return f"rounds(len({examples}), {rng})", "next(order)"
    return rng, f"torch.randperm(len({examples}), generator=order)"


def _numbers(needs: Needs, kind: str) -> list[int]:
    return [member.number for member in needs.members if member.kind == kind]


def _key(needs: Needs, kind: str) -> str:
    """Which of its kind a member is, where a function has to be told: a parameter of its own."""
    return "number: int, " if len(needs.members) > 1 and _numbers(needs, kind) != [0] else ""


def _network(experiment: Experiment, needs: Needs, name: str) -> str:
    seed, number = needs.seed[1], _key(needs, "network")
    only = _numbers(needs, "network")[0]
    key = ", *key" if number else f", {only}" if only else ""
    keyed = "\n    key = [number] if number else []  # the first is the one that would teach alone" if number else ""
    dropout, use = "", ""
    if experiment.teacher_dropout:
        dropout, use = f"\n    dropout = Dropout(TEACHER_DROPOUT, generator({seed}, TEACHER_MASKS{key}))", ", dropout"
    smoothing = ", label_smoothing=TEACHER_LABEL_SMOOTHING" if experiment.teacher_label_smoothing else ""
    order, epoch = order_of(f"generator({seed}, TEACHER_ORDER{key})", needs.teacher_has_rounds)
    cycle, step, size = "", "", "ROUND" if needs.teacher_has_rounds else "len(inputs)"
    if needs.one_cycle:
        cycle = f"""
    steps = TEACHER_EPOCHS * ceil({size} / TEACHER_BATCH)
    cycle = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: one_cycle(step, steps))"""
        step = "\n            cycle.step()"
    moves, moved, seen = "", "", "inputs[batch]"
    if experiment.teacher_shift:
        moves = f"\n    moves = generator({seed}, TEACHER_VIEWS{key})"
        views = (2 * experiment.teacher_shift + 1) ** 2
        moved = f"\n            views = torch.randint({views}, batch.shape, generator=moves)"
        seen = "shifted(inputs[batch], TEACHER_SHIFT, views)"
    return f'''
def {name}({needs.given[0]}{number}inputs: Tensor, labels: Tensor) -> nn.Module:
    """A teacher that has learned from the labels, and is frozen from then on."""{keyed}{dropout}
    teacher = {made(needs, "TEACHER")}, generator({seed}, TEACHER_INIT{key}){use})
    optimizer = torch.optim.Adam(teacher.parameters(), TEACHER_LEARNING_RATE){cycle}
    order = {order}{moves}
    for _ in range(TEACHER_EPOCHS):
        for batch in {epoch}.split(TEACHER_BATCH):{moved}
            loss = F.cross_entropy(teacher({seen}), labels[batch]{smoothing})
            optimizer.zero_grad()
            loss.backward()
            optimizer.step(){step}
    return teacher.eval().requires_grad_(False)
'''


CLIPPED = '''
def clipped(p: NDArray[np.float64]) -> Tensor:
    """Probabilities as logits, log((1 - e) p + e / classes): one of 0 would have none."""
    return torch.from_numpy(np.log((1 - TEACHER_CLIP) * p + TEACHER_CLIP / p.shape[1]).astype(np.float32))
'''


def _pipeline(experiment: Experiment, needs: Needs, kind: str, name: str) -> str:
    """A function that fits a pipeline of scikit-learn, and gives back what it answers."""
    source = experiment.source
    is_own, fitted = provider_of(experiment.dataset) is not None, source.train_size + experiment.target_labels
    what, made_of, lines = _fitted(experiment, needs, kind, is_own)
    first = ""
    if fitted > MOST_FITTED:
        part = f"inputs[:{MOST_FITTED}], labels[:{MOST_FITTED}]"
        first = f"    inputs, labels = {part}  # of more it would take minutes\n"
    if is_own:
        first += f"""    if len(labels.unique()) < {source.classes}:
        raise SystemExit("The teacher never saw an example of some class, so it cannot know it; try another seed.")
"""
    seed = needs.given[0] if kind in SEEDED else ""
    return f'''
def {name}({seed}{_key(needs, kind)}inputs: Tensor, labels: Tensor) -> {ANSWERING}:
    """{what}"""
    from sklearn.{made_of}
{first}    {lines.strip()}
'''


def _fitted(experiment: Experiment, needs: Needs, kind: str, is_own: bool) -> tuple[str, str, str]:
    """Its docstring, what it imports of scikit-learn, and its lines."""
    depth = ", max_depth=TEACHER_DEPTH" if experiment.teacher_depth else ""
    seed = needs.seed[1]
    if kind == "forest":
        number, only = _key(needs, kind), _numbers(needs, kind)[0]
        seed += f" + {APART} * number" if number else f" + {APART * only}" if only else ""
        lines = f"""
    forest = RandomForestClassifier(TEACHER_TREES{depth}, random_state={seed})
    forest.fit(inputs.numpy(), labels.numpy())

    def answer(rows: Tensor) -> Tensor:
        votes = TEACHER_TREES * forest.predict_proba(rows.numpy())
        return torch.from_numpy(np.log((votes + 1) / (TEACHER_TREES + votes.shape[1])).astype(np.float32))

    return answer"""
        what = "A random forest; votes become logits by Laplace's rule, log((votes + 1) / (trees + classes))."
        return what, "ensemble import RandomForestClassifier\n", lines
    if kind == "boosting":
        model = f"GradientBoostingClassifier(n_estimators=TEACHER_TREES{depth}, random_state={seed})"
        return "Gradient boosting.", "ensemble import GradientBoostingClassifier\n", _fit_and_clip(model)
    if kind == "histogram":
        call = f"max_iter=TEACHER_TREES{depth}, early_stopping=False, random_state={seed}"
        call = f"\n        {call}\n    " if depth else call
        model = f"HistGradientBoostingClassifier({call})"
        return (
            "Gradient boosting on histograms.",
            "ensemble import HistGradientBoostingClassifier\n",
            _fit_and_clip(model),
        )
    if kind == "knn":
        size = experiment.source.train_size
        count = "TEACHER_NEIGHBOURS" if experiment.teacher_neighbours <= size else "len(labels)"
        model = f"KNeighborsClassifier({count})"
        return "The nearest neighbours vote.", "neighbors import KNeighborsClassifier\n", _fit_and_clip(model)
    if kind == "svm":
        imports = "calibration import CalibratedClassifierCV\n    from sklearn.svm import SVC\n"
        what = "A support vector machine, its scores divided by the temperature that cross-validation finds best."
        call, folds, few = "SVC(C=TEACHER_C)", str(FOLDS), ""
        if is_own:  # of anybody's data there may be a class that can't be in every fold
            folds = "folds"
            few = f"""
    folds = min({FOLDS}, int(labels.bincount().min()))
    if folds < 2:  # every class has to be in every fold
        svm = SVC(C=TEACHER_C).fit(inputs.numpy(), labels.numpy())

        def answer(rows: Tensor) -> Tensor:
            scores = torch.from_numpy(svm.decision_function(rows.numpy())){_two_columns(experiment)}
            return clipped(scores.softmax(1).numpy())

        return answer
"""
        model = f'CalibratedClassifierCV({call}, method="temperature", ensemble=False, cv={folds})'
        return what, imports, few + _fit_and_clip(model)
    lines = f"""
    model = LogisticRegression(C=TEACHER_C, max_iter=10_000)
    model.fit(inputs.numpy(), labels.numpy())

    def answer(rows: Tensor) -> Tensor:
        scores = torch.from_numpy(model.decision_function(rows.numpy())){_two_columns(experiment)}
        return scores.float()

    return answer"""
    return "Logistic regression; its scores are logits.", "linear_model import LogisticRegression\n", lines


def _fit_and_clip(model: str) -> str:
    return f"""
    model = {model}
    model.fit(inputs.numpy(), labels.numpy())
    return lambda rows: clipped(model.predict_proba(rows.numpy()))"""


def _two_columns(experiment: Experiment) -> str:
    """Of two classes there is one column of scores, log(p1 / p0)."""
    return ".outer(torch.tensor([0.0, 1.0]).double())" if experiment.source.classes == 2 else ""


def _answers(experiment: Experiment) -> str:
    if store.about(experiment.teacher_file).kind == "logits":
        return _reading("logits", "", "torch.from_numpy(values[places])")
    lines = "\n    p = values.astype(np.float64)\n    p = (1 - TEACHER_CLIP) * p / p.sum(axis=1, keepdims=True)"
    return _reading(
        "probabilities p, as log((1 - e) p + e / classes),",
        lines,
        "torch.from_numpy(np.log(p + TEACHER_CLIP / p.shape[1]).astype(np.float32)[places])",
    )


def _reading(what: str, lines: str, found: str) -> str:
    return f'''
def answers_in_file(ids: Tensor) -> Tensor:
    """The {what} that the file holds for the examples with these ids."""
    if not ANSWERS.exists():
        raise SystemExit(f"{{ANSWERS}} is missing. KD Lab gives it to download.")
    with np.load(ANSWERS, allow_pickle=False) as file:
        known, values = file["ids"], file["values"]
    places = np.searchsorted(known, ids.numpy()).clip(max=len(known) - 1)
    if (known[places] != ids.numpy()).any():
        raise SystemExit(f"{{ANSWERS}} holds answers for other rows."){lines}
    return {found}
'''


def _combined(experiment: Experiment) -> str:
    if experiment.teacher_mean == "logits":
        return '''
def combined(members: list[Tensor]) -> Tensor:
    """The weighted mean of the members' logits."""
    return sum(weight * logits for weight, logits in zip(WEIGHTS, members, strict=True))
'''
    return '''
def combined(members: list[Tensor]) -> Tensor:
    """The logarithm of the weighted mean of the members' probabilities."""
    logs = [logits.log_softmax(-1) + log(weight) for weight, logits in zip(WEIGHTS, members, strict=True)]
    return torch.stack(logs).logsumexp(0)
'''


def _ensemble(experiment: Experiment, needs: Needs, kinds: list[str]) -> str:
    """Of members that answer to whatever they are given, and what a file holds in its place among them."""
    lines = ""
    for kind in kinds:
        numbers = _numbers(needs, kind)
        seed = needs.given[1] if kind in SEEDED else ""
        if _key(needs, kind):
            among = "range(TEACHERS)" if len(numbers) == experiment.teachers else f"{numbers}"
            call = f"*({FUNCTIONS[kind]}({seed}number, inputs, labels) for number in {among})"
        else:
            call = f"{FUNCTIONS[kind]}({seed}inputs, labels)"
        lines += f"        {call},\n"
    gives, returned = ANSWERING, "    return lambda rows: combined([member(rows) for member in members])"
    if "file" in needs.kinds:
        gives, place = "Callable[[Tensor, Tensor], Tensor]", [member.kind for member in needs.members].index("file")
        returned = f"""
    def answer(rows: Tensor, ids: Tensor) -> Tensor:
        logits = [logits_of(member, rows) for member in members]
        logits.insert({place}, answers_in_file(ids))
        return combined(logits)

    return answer"""
    return f'''
def train_teacher({seed_of(needs)[0]}inputs: Tensor, labels: Tensor) -> {gives}:
    """Its members, each of which gives logits, as one teacher."""
    members = [
{lines}    ]
{returned}
'''
