"""The part of the script that runs: the program, and what it says in the end."""

from __future__ import annotations

import textwrap

from kd_core.experiment import Experiment
from kd_core.export.needs import Needs
from kd_core.export.teachers import answers_of, seed_of


def report(needs: Needs) -> str:
    """What is said of the pairs in the end."""
    units = "np.array([gains[split :: len(SPLIT_SEEDS)].mean() for split in range(len(SPLIT_SEEDS))])"
    what, count, clear = "pair by pair", "{n}", "clear on this split"
    unclear, deviation = "no clear difference on this split", "standard deviation"
    if needs.several:
        what, count, clear = "over the splits", "{len(alone)} on {n} splits", "clear on average"
        unclear, deviation = "no clear difference", "standard deviation of splits"
    means = f"\n    gains = {units}" if needs.several else ""
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


def main(experiment: Experiment, needs: Needs) -> str:
    """The program. Of several splits, no more than one is held at a time; its pairs are those that sit in it."""
    indent = "    " if needs.several else ""
    kept, end = ("[pair] = ", "") if needs.several else (".append(", ")")
    parts = "train_inputs, train_labels, test_inputs, test_labels"
    parts += ", target_inputs" if needs.unlabelled == "target" else ""
    parts += ", train_ids, test_ids" if "file" in needs.kinds else ""
    taught, tested = (answers_of(needs, part) for part in ("train", "test"))
    trained = (
        f"teacher = train_teacher({seed_of(needs)[1]}train_inputs, train_labels)\n    "
        if taught != "answers_in_file(train_ids)"
        else ""
    )
    start = f"""
    {parts} = load_data()

    {trained}teacher_logits = {taught}  # the teacher is frozen: once is enough
    teacher_answers = {tested}.argmax(-1)
    teacher_accuracy = share(teacher_answers == test_labels)
    teacher_collapsed = [has_collapsed(teacher_logits, lambda logits: F.cross_entropy(logits, train_labels))]
    print(f"teacher: {{teacher_accuracy:.1%}} of the test examples right")
    alone, distilled, agreement, alone_collapsed, distilled_collapsed = [], [], [], [], []
    for pair in range(SEEDS):"""
    splits, found = "", '{"test_accuracy": teacher_accuracy, "collapsed": teacher_collapsed}'
    if needs.several:
        start = f"""
    teacher_accuracy, teacher_collapsed = [], []
    alone, distilled, agreement = ([0.0] * SEEDS for _ in range(3))
    alone_collapsed, distilled_collapsed = ([False] * SEEDS for _ in range(2))
    for split, seed in enumerate(SPLIT_SEEDS):
        {parts} = load_data(seed)
        teacher = train_teacher({seed_of(needs)[1]}train_inputs, train_labels)
        teacher_logits = logits_of(teacher, train_inputs)  # the teacher is frozen: once is enough
        teacher_answers = logits_of(teacher, test_inputs).argmax(-1)
        teacher_accuracy.append(share(teacher_answers == test_labels))
        teacher_loss = partial(F.cross_entropy, target=train_labels)
        teacher_collapsed.append(has_collapsed(teacher_logits, teacher_loss))
        print(f"teacher of seed {{seed}}: {{teacher_accuracy[-1]:.1%}} of the test examples right")
        for pair in range(split, SEEDS, len(SPLIT_SEEDS)):"""
        splits = '\n        "splits": [pair % len(SPLIT_SEEDS) for pair in range(SEEDS)],'
        found = """{
            "test_accuracy": round(sum(teacher_accuracy) / len(teacher_accuracy), 6),
            "by_split": teacher_accuracy,
            "collapsed": teacher_collapsed,
        }"""
    lines, alone, distilled = _of_pair(experiment, needs)
    of_pair = f"""
{lines}
student, is_dead = train_student({alone})
alone{kept}share(logits_of(student, test_inputs).argmax(-1) == test_labels){end}
alone_collapsed{kept}is_dead{end}
student, is_dead = train_student({distilled})
answers = logits_of(student, test_inputs).argmax(-1)
distilled{kept}share(answers == test_labels){end}
distilled_collapsed{kept}is_dead{end}
agreement{kept}share(answers == teacher_answers){end}
scores = f"alone {{alone[pair]:.1%}}, distilled {{distilled[pair]:.1%}}"
print(f"pair {{pair}}: {{scores}}, agreement {{agreement[pair]:.1%}}")
"""
    return f"""
def main() -> None:
    start = perf_counter()
    torch.set_num_threads(1)  # the matrices are small: more threads would only wait for one another{start}
{textwrap.indent(of_pair.strip(), indent + 8 * " ")}
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


def _of_pair(experiment: Experiment, needs: Needs) -> tuple[str, str, str]:
    """What comes before a pair is trained, and what each of the two students is given."""
    given = f"{needs.given[1]}pair"
    lines = f"ids, labels = draw_sample({given}, train_labels.numpy())"
    if not (needs.unlabelled or needs.views == "same" or needs.validated):
        alone = f"{given}, train_inputs[ids], labels"
        return lines, alone, f"{alone}, teacher_logits[ids]"
    validation = ""
    if needs.validated:
        validation = ", validation"
        lines += """
validation = train_inputs[ids[-VALIDATED:]], labels[-VALIDATED:]
ids, labels = ids[:-VALIDATED], labels[:-VALIDATED]"""
    lines += "\ninputs = train_inputs[ids]"
    count = (2 * experiment.shift + 1) ** 2
    if needs.views == "same":
        view = "shifted(inputs, SHIFT, torch.full((len(ids),), view))"
        lines += f"""
views = [{view} for view in range({count})]
heard = torch.stack([logits_of(teacher, view) for view in views])"""
    else:
        lines += "\nheard = teacher_logits[ids]"
    if not needs.unlabelled:
        return lines, f"{given}, inputs, labels{validation}", f"{given}, inputs, labels{validation}, heard"
    if needs.unlabelled == "rest":
        lines += f"""
rest = draw_unlabelled({given}, ids)
unlabelled, unlabelled_logits = train_inputs[rest], teacher_logits[rest]"""
    else:
        among = "target_inputs" if needs.unlabelled == "target" else "inputs"
        lines += f"""
unlabelled = draw_unlabelled({given}, {among})
unlabelled_logits = logits_of(teacher, unlabelled)"""
    several = f".expand({count}, -1, -1)" if needs.views == "same" else ""
    lines += f"""
everything = torch.cat([inputs, unlabelled])
heard = torch.cat([heard, unlabelled_logits{several}], -2)"""
    # With dropout the student alone has to see as many examples: the units that are dropped are drawn for all.
    alone = "everything" if experiment.student_dropout else "inputs"
    return lines, f"{given}, {alone}, labels{validation}", f"{given}, everything, labels{validation}, heard"
