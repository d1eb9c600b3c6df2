"""The part of the script that makes another domain of the data, which all are tested on."""

from __future__ import annotations

from kd_core.data import TARGET
from kd_core.experiment import Experiment
from kd_core.export.needs import Needs
from kd_core.export.source import source_of

FLOATS = "NDArray[np.float32]"
LATE = "    from scipy import ndimage\n\n"


def function(experiment: Experiment, read: str) -> str:
    """The function `in_other_domain`, and those that it calls; nothing where there is no other domain.

    `read`: the function that reads a file of MNIST.
    """
    if not experiment.target:
        return ""
    if experiment.target == "mnist":
        return _mnist(read)
    parameters, what, body = _change(experiment)
    return f'''def in_other_domain({parameters}) -> {FLOATS}:
    """{what}"""
{body}'''


def lines(experiment: Experiment, is_bytes: bool) -> str:
    """Lines of `load_data` that put examples of the other domain behind those that there are, and choose among them."""
    if not experiment.target:
        return ""
    source, needs = experiment.source, Needs.of(experiment)
    count, keeps_target = source.train_size + source.test_size, needs.unlabelled == "target"
    uses_target = keeps_target or experiment.target_labels
    seen = "\n    inputs /= np.float32(255)" if is_bytes else ""
    rng = f"\n    rng = np.random.default_rng(({needs.seed[1]}, {TARGET}))"
    is_drawn = experiment.target in ("noisy", "mnist") or experiment.target_labels
    found = seen + (rng if is_drawn else "")
    if experiment.target == "mnist":
        found += f"""
    others, others_labels = in_other_domain(rng)
    ids = np.arange({count}, {count} + len(others))
    {"target" if uses_target else "_"}, test = np.split(ids, [2 * len(others) // 3])
    inputs, labels = np.concatenate([inputs, others]), np.concatenate([labels, others_labels])"""
    else:
        given = {"noisy": "inputs, rng", "moved": "inputs, labels"}.get(experiment.target, "inputs")
        found += f"""
    inputs, labels = np.concatenate([inputs, in_other_domain({given})]), np.concatenate([labels, labels])"""
        if uses_target:
            found += f"\n    target, test = train + {count}, test + {count}"
        else:
            found += f"\n    test = test + {count}"
    if experiment.target_labels:
        rest = "train, target" if keeps_target else "train"
        values = "np.concatenate([train, target[told]])" + (", np.delete(target, told)" if keeps_target else "")
        found += f"""
    told = choose_labelled(labels[target], TARGET_LABELS, rng)[:TARGET_LABELS]
    {rest} = {values}"""
    return found


def _change(experiment: Experiment) -> tuple[str, str, str]:
    """Parameters, docstring and body of a function that changes examples (n, features), pixels from 0 to 1."""
    from kd_core.domains import changes  # scipy takes a while

    source, seen = experiment.source, f"seen: {FLOATS}"
    images = "    images = seen.reshape(-1, *IMAGE)\n"
    if experiment.target == "noisy":
        of_table = changes.PLANE_NOISE if source.is_plane else changes.FEATURE_NOISE
        deviation = changes.PIXEL_NOISE if source.image else of_table
        noise = f"    return seen + np.float32({deviation}) * rng.standard_normal(seen.shape, np.float32)"
        return f"{seen}, rng: np.random.Generator", "With Gaussian noise.", noise
    if experiment.target == "thick":
        body = f"""    brightest = ndimage.maximum_filter(images, size=(1, 1, 3, 3), mode="nearest")
    return (images + np.float32({changes.THICKER}) * (brightest - images)).reshape(seen.shape)"""
        return seen, "Every pixel goes a part of the way to the brightest of the 3 x 3 around it.", LATE + images + body
    if experiment.target == "turned" and source.is_plane:
        body = f"""    angle = np.deg2rad({changes.DEGREES})
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    return seen @ turn.T"""
        return seen, "Turned against the clock.", body
    if experiment.target == "turned":
        turn = f"ndimage.rotate(images, {changes.DEGREES}, axes=(3, 2), reshape=False, order=1)"
        body = f"    return {turn}.clip(0, 1).reshape(seen.shape)"
        return seen, "Turned; zeros come in at the corners.", LATE + images + body
    if experiment.target == "inverted":
        return seen, "White for black.", "    return 1 - seen"
    if experiment.target == "shifted":
        by = max(1, source.shape[-1] // 8)
        body = f"""    moved = np.zeros_like(images)
    moved[..., {by}:] = images[..., :-{by}]
    return moved.reshape(seen.shape)"""
        return seen, f"{by} {'pixel' if by == 1 else 'pixels'} to the right; zeros come in.", images + body
    by_class = f"    is_last = labels == {source.classes - 1}\n"
    given, end = f"{seen}, labels: Labels", "    return np.where(is_last[:, None], seen + by, seen)"
    if source.is_plane:
        by_class += f"    by = np.array({changes.MOVE}, np.float32)\n"
        return given, "The last class moved.", by_class + end
    by_class += """    by = np.sign(seen.mean(axis=0) - seen[is_last].mean(axis=0))  # toward the others
    by[1::2] = 0
"""
    return given, "The last class moved, by 1 in every second feature.", by_class + end


def _mnist(read: str) -> str:
    module = "kd_core.domains.as_digits"
    constants = "\n".join(source_of(module, name) for name in ("MOST", "HEIGHT", "PART"))
    brought, start = (
        source_of(module, name).replace("_start(", "start_of(").replace("Floats", FLOATS)
        for name in ("brought_down", "_start")
    )
    return f'''{constants}


{read}


{start}


{brought}


@cache
def others() -> tuple[{FLOATS}, Labels]:
    """All of MNIST at 8 x 8 pixels, and its labels."""
    train_pixels, train_labels, test_pixels, test_labels = map(read, FILES)
    pixels = np.concatenate([train_pixels, test_pixels])
    parts = [brought_down(pixels[start : start + PART]) for start in range(0, len(pixels), PART)]
    return np.concatenate(parts), np.concatenate([train_labels, test_labels]).astype(np.int64)


def in_other_domain(rng: np.random.Generator) -> tuple[{FLOATS}, Labels]:
    """Some of MNIST."""
    inputs, labels = others()
    chosen = rng.permutation(len(labels))[:MOST]
    return inputs[chosen], labels[chosen]'''
