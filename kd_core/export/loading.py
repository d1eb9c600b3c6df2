"""The part of the script that loads the data and splits it in two."""

from __future__ import annotations

from functools import partial

from kd_core.data import TEST_NOISE
from kd_core.experiment import Experiment
from kd_core.export import domain
from kd_core.export.needs import Needs
from kd_core.export.source import source_of
from kd_core.mnist import COLLECTIONS, SHAPES
from kd_core.own.features import LARGEST
from kd_core.sources import images, provider_of, table

READ = '''
def read(file: str) -> NDArray[np.uint8]:
    """An IDX file: the number of axes in its fourth byte, their lengths in four bytes each, then a byte a value."""
    path = FOLDER / file
    if not path.exists():
        raise SystemExit(f"{path} is missing. Get it from {ADDRESS}/{file}")
    content = gzip.decompress(path.read_bytes())
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)
'''.strip()


def files(experiment: Experiment) -> str:
    """Where files are that the script reads, as constants."""
    load = experiment.source.load
    if experiment.target == "mnist":
        return _folder("mnist")
    if provider_of(experiment.dataset):
        return f"""# All of the data {experiment.dataset} as one file, as KD Lab gives it to download.
FILE = Path("data.kdlab.npz")"""
    if not isinstance(load, partial) or load.func is not images:
        return ""
    return _folder(load.args[0])


def _folder(name: str) -> str:
    collection, names = COLLECTIONS[name], "".join(f'    "{file}",\n' for file in SHAPES)
    return f"""# The four files of {collection.title}, as they are published at this address, are read from this folder.
FOLDER, ADDRESS = Path("{name}"), "{collection.mirrors[0]}"
FILES = (
{names})"""


def loading(experiment: Experiment) -> str:
    """The function `load_data`, and those that it calls."""
    return "\n\n\n".join(
        block.strip("\n") for block in (domain.function(experiment, READ), _loading(experiment)) if block
    )


def _loading(experiment: Experiment) -> str:
    load, draw = experiment.source.load, experiment.source.draw
    if provider_of(experiment.dataset):
        return _own_images(experiment) if experiment.source.image else _own_table(experiment)
    if isinstance(load, partial) and load.func is images:
        return _images(experiment, *load.args)
    if isinstance(load, partial) and load.func is table:
        return _table(experiment, *load.args)
    assert draw is not None
    return _drawn(experiment, draw.__name__)


def _drawn(experiment: Experiment, name: str) -> str:
    lines = f"""
    inputs, labels = {name}(rng)
    inputs = (inputs + NOISE * rng.normal(size=inputs.shape)).astype(np.float32)  # drawn even where NOISE is 0
    {_split(experiment)}"""
    module = "kd_core.made.terrain" if name == "terrain" else "kd_core.sources"
    return f"{source_of(module, name)}\n\n\n{_load_data(experiment, lines)}"


def _table(experiment: Experiment, name: str) -> str:
    imports = f"""
    from sklearn.datasets import load_{name}
    from sklearn.preprocessing import StandardScaler
"""
    lines = f"""
    inputs, labels = load_{name}(return_X_y=True)
    labels = labels.astype(np.int64)
    {_split(experiment)}
    # In standard deviations from the mean, both of the training part alone.
    inputs = StandardScaler().fit(inputs[train]).transform(inputs).astype(np.float32){_noise(experiment, "NOISE")}"""
    return _load_data(experiment, lines, imports)


def _images(experiment: Experiment, name: str, side: int) -> str:
    needs = Needs.of(experiment)
    kept = "@cache\n" if experiment.splits > 1 or needs.looks else ""
    halved, pixels = "", "np.concatenate([train_pixels, test_pixels])"
    if side == 14:
        halved = source_of("kd_core.sources", "_halved").replace("_halved", "halved") + "\n\n\n"
        pixels = f"halved({pixels})"
    lines = f"""
    pixels, labels = images()
    {_split(experiment)}
    inputs = pixels.reshape(len(pixels), -1).astype(np.float32){_noise(experiment, "255 * NOISE")}"""
    scale = _scale("pixels, _ = images()", "pixels.std()") if needs.looks else ""
    return f'''
{READ}


{halved}{kept}def images() -> tuple[NDArray[np.uint8], Labels]:
    """All images (n, {side}, {side}) and their labels (n,)."""
    train_pixels, train_labels, test_pixels, test_labels = map(read, FILES)
    pixels = {pixels}
    return pixels, np.concatenate([train_labels, test_labels]).astype(np.int64)


{scale}{_load_data(experiment, lines, deviation="pixels.std()")}'''


def _own_images(experiment: Experiment) -> str:
    lines = f"""
    arrays = read()
    pixels, labels = arrays["pixels"], arrays["labels"]
    {_split(experiment)}
    pixels = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))  # channel by channel
    inputs = pixels.reshape(len(pixels), -1).astype(np.float32){_noise(experiment, "255 * NOISE")}"""
    deviation = "max(pixels.std(), 1.0)"
    scale = _scale('pixels = read()["pixels"]', deviation) if Needs.of(experiment).looks else ""
    return f"{_read_own(experiment)}\n\n\n{scale}{_load_data(experiment, lines, deviation=deviation)}"


def _own_table(experiment: Experiment) -> str:
    """What `kd_core.own.features` does, for a whole table at a time."""
    imports = """
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
"""
    lines = f"""
    arrays = read()
    numbers, labels = arrays["numbers"].astype(np.float64), arrays["labels"]
    {_split(experiment)}
    parts = []
    if numbers.shape[1]:  # a missing one is the median; then in standard deviations from the mean, all of training
        scale = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
        scaled = scale.fit(numbers[train]).transform(numbers).clip(-{LARGEST}, {LARGEST})
        parts.append(np.where(scale[-1].var_ > 0, scaled, 0))
    values = json.loads(arrays["about"].item())["values"]  # how many each category has; a missing one is -1
    parts += [codes[:, None] == np.arange(count) for codes, count in zip(arrays["categories"].T, values, strict=True)]
    inputs = np.concatenate(parts, axis=1).astype(np.float32){_noise(experiment, "NOISE")}"""
    return f"{_read_own(experiment)}\n\n\n{_load_data(experiment, lines, imports)}"


def _read_own(experiment: Experiment) -> str:
    examples = experiment.source.train_size + experiment.source.test_size
    return f'''
def read() -> dict[str, NDArray[Any]]:
    """The arrays of the file, by name."""
    if not FILE.exists():
        raise SystemExit(f"{{FILE}} is missing. KD Lab gives it to download: {experiment.dataset}")
    with np.load(FILE, allow_pickle=False) as file:
        arrays = dict(file)
    if len(arrays["labels"]) != {examples}:
        raise SystemExit(f"{{FILE}} holds other data.")
    return arrays'''


def _scale(pixels: str, deviation: str) -> str:
    """What of images has to be known where some are made: they are standardised by two numbers of all pixels."""
    return f'''@cache
def scale() -> tuple[float, float]:
    """What black is to a network, and how far from it white is."""
    {pixels}
    deviation = {deviation}
    return -pixels.mean() / deviation, 255 / deviation


'''


def _load_data(experiment: Experiment, lines: str, imports: str = "", deviation: str = "") -> str:
    """The function that gives the data; these lines of it make `inputs`, `labels`, `train` and `test`.

    Of images whose pixels are bytes `deviation` is that of all pixels: after the lines they are standardised.
    """
    needs, train, test = Needs.of(experiment), experiment.source.train_size, experiment.source.test_size
    parameter, seed = needs.seed
    parts = "inputs[train], labels[train], inputs[test], labels[test]"
    what, more = f"Inputs and labels to train on ({train}), then inputs and labels to test on ({test}).", []
    if experiment.target:
        what = f"Inputs and labels to train on ({train}), then inputs and labels of the other domain to test on."
    if experiment.target_labels:
        more.append("A few of the other domain follow those to train on.")
    if needs.unlabelled == "target":
        parts += ", inputs[target]"
        more.append("Unlabelled inputs of it come last.")
    if "file" in needs.kinds:
        parts += ", train, test"
        more.append("The ids of both come last.")
    what += f"\n\n    {' '.join(more)}\n    " if more else ""
    rest = domain.lines(experiment, bool(deviation)) + _test_noise(experiment, seed, bool(deviation))
    if deviation:
        mean, one = ("pixels.mean() / 255", "255") if experiment.target else ("pixels.mean()", "1")
        rest += f"""
    inputs -= np.float32({mean})
    inputs *= np.float32({one} / {deviation})"""
    returned = f"return [torch.from_numpy(part) for part in ({parts})]"
    if len(returned) > 116:
        returned = f"parts = ({parts})\n    return [torch.from_numpy(part) for part in parts]"
    return f'''def load_data({parameter}) -> list[Tensor]:
    """{what}"""{imports}
    rng = np.random.default_rng(({seed}, 1)){lines}{rest}
    {returned}
'''


def _test_noise(experiment: Experiment, seed: str, is_bytes: bool) -> str:
    if not experiment.test_noise:
        return ""
    deviation = "255 * TEST_NOISE" if is_bytes and not experiment.target else "TEST_NOISE"
    return f"""
    rng = np.random.default_rng(({seed}, {TEST_NOISE}))
    inputs[test] += np.float32({deviation}) * rng.standard_normal(inputs[test].shape, np.float32)"""


def _split(experiment: Experiment) -> str:
    return f"train, test = np.split(rng.permutation(len(labels)), [{experiment.source.train_size}])"


def _noise(experiment: Experiment, deviation: str) -> str:
    """A line that adds noise, if there is any."""
    if not experiment.noise:
        return ""
    return f"\n    inputs += np.float32({deviation}) * rng.standard_normal(inputs.shape, np.float32)"
