"""The part of the script that loads the data and splits it in two."""

from __future__ import annotations

from functools import partial

from kd_core.experiment import Experiment
from kd_core.export.needs import Needs
from kd_core.export.source import source_of
from kd_core.mnist import COLLECTIONS, SHAPES
from kd_core.own.features import LARGEST
from kd_core.sources import images, provider_of, table


def files(experiment: Experiment) -> str:
    """Where files are that the script reads, as constants."""
    load = experiment.source.load
    if provider_of(experiment.dataset):
        return f"""# All of the data {experiment.dataset} as one file, as KD Lab gives it to download.
FILE = Path("data.kdlab.npz")"""
    if not isinstance(load, partial) or load.func is not images:
        return ""
    name = load.args[0]
    collection, names = COLLECTIONS[name], "".join(f'    "{file}",\n' for file in SHAPES)
    return f"""# The four files of {collection.title}, as they are published at this address, are read from this folder.
FOLDER, ADDRESS = Path("{name}"), "{collection.mirrors[0]}"
FILES = (
{names})"""


def loading(experiment: Experiment) -> str:
    """The function `load_data`, and those that it calls."""
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
    return f"{source_of('kd_core.sources', name)}\n\n\n{_load_data(experiment, lines)}"


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
    kept = "@cache\n" if experiment.splits > 1 else ""
    halved, pixels = "", "np.concatenate([train_pixels, test_pixels])"
    if side == 14:
        halved = source_of("kd_core.sources", "_halved").replace("_halved", "halved") + "\n\n\n"
        pixels = f"halved({pixels})"
    lines = f"""
    pixels, labels = images()
    {_split(experiment)}
    inputs = pixels.reshape(len(pixels), -1).astype(np.float32){_noise(experiment, "255 * NOISE")}
    inputs -= np.float32(pixels.mean())
    inputs *= np.float32(1 / pixels.std())"""
    return f'''
def read(file: str) -> NDArray[np.uint8]:
    """An IDX file: the number of axes in its fourth byte, their lengths in four bytes each, then a byte a value."""
    path = FOLDER / file
    if not path.exists():
        raise SystemExit(f"{{path}} is missing. Get it from {{ADDRESS}}/{{file}}")
    content = gzip.decompress(path.read_bytes())
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


{halved}{kept}def images() -> tuple[NDArray[np.uint8], Labels]:
    """All images (n, {side}, {side}) and their labels (n,)."""
    train_pixels, train_labels, test_pixels, test_labels = map(read, FILES)
    pixels = {pixels}
    return pixels, np.concatenate([train_labels, test_labels]).astype(np.int64)


{_load_data(experiment, lines)}'''


def _own_images(experiment: Experiment) -> str:
    lines = f"""
    arrays = read()
    pixels, labels = arrays["pixels"], arrays["labels"]
    {_split(experiment)}
    pixels = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))  # channel by channel
    inputs = pixels.reshape(len(pixels), -1).astype(np.float32){_noise(experiment, "255 * NOISE")}
    inputs -= np.float32(pixels.mean())
    inputs *= np.float32(1 / max(pixels.std(), 1.0))"""
    return f"{_read_own(experiment)}\n\n\n{_load_data(experiment, lines)}"


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


def _load_data(experiment: Experiment, lines: str, imports: str = "") -> str:
    """The function that gives the data; these lines of it make `inputs`, `labels`, `train` and `test`."""
    train, test = experiment.source.train_size, experiment.source.test_size
    parameter, seed = Needs.of(experiment).seed
    return f'''def load_data({parameter}) -> list[Tensor]:
    """Inputs and labels to train on ({train}), then inputs and labels to test on ({test})."""{imports}
    rng = np.random.default_rng(({seed}, 1)){lines}
    return [torch.from_numpy(part) for part in (inputs[train], labels[train], inputs[test], labels[test])]
'''


def _split(experiment: Experiment) -> str:
    return f"train, test = np.split(rng.permutation(len(labels)), [{experiment.source.train_size}])"


def _noise(experiment: Experiment, deviation: str) -> str:
    """A line that adds noise, if there is any."""
    if not experiment.noise:
        return ""
    return f"\n    inputs += np.float32({deviation}) * rng.standard_normal(inputs.shape, np.float32)"
