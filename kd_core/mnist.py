"""MNIST and two collections of its shape, fetched once from their public mirrors and kept in a folder.

MNIST (LeCun et al. 1998), Fashion-MNIST (Xiao et al. 2017) and Kuzushiji-MNIST (Clanuwat et al. 2018): 60 000 images to
train on and 10 000 to test on, 28 x 28 pixels, ten classes. Nothing is fetched before it is asked for, and whoever has
no network puts four files in place by hand: `folder() / name / file`.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import secrets
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kd_core.data import DataError
from kd_core.messages import Message

Progress = Callable[[int, int], None]

PATIENCE = 10.0  # seconds until a server answers, and between two pieces of what it sends
PIECE = 2**16  # bytes
SIDE = 28  # pixels
UNREADABLE = (OSError, EOFError, zlib.error)  # what gzip raises


class File(NamedTuple):
    """One of a collection's four files as it is published: its bytes, and SHA-256 of it.

    `unpacked` is SHA-256 of what is in it, where that is known: then it may be packed in another way.
    """

    size: int
    sha256: str
    unpacked: str = ""


class Collection(NamedTuple):
    """A collection's title, where it is published, and its files by name."""

    title: str
    mirrors: tuple[str, ...]
    files: dict[str, File]


# In the order of `load`: images and labels of train, then of test.
SHAPES = {
    "train-images-idx3-ubyte.gz": (60_000, SIDE, SIDE),
    "train-labels-idx1-ubyte.gz": (60_000,),
    "t10k-images-idx3-ubyte.gz": (10_000, SIDE, SIDE),
    "t10k-labels-idx1-ubyte.gz": (10_000,),
}


def _files(*files: File) -> dict[str, File]:
    return dict(zip(SHAPES, files, strict=True))


COLLECTIONS = {
    "mnist": Collection(
        "MNIST",
        ("https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist"),
        _files(
            File(
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
            File(
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
            File(
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
            File(
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        ),
    ),
    "fashion": Collection(
        "Fashion-MNIST",
        (
            "https://fashion-mnist.s3.eu-central-1.amazonaws.com",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",  # the authors' address; it has no https
        ),
        _files(
            File(26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            File(29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            File(4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            File(5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ),
    ),
    "kmnist": Collection(
        "Kuzushiji-MNIST",
        ("https://codh.rois.ac.jp/kmnist/dataset/kmnist", "http://codh.rois.ac.jp/kmnist/dataset/kmnist"),
        _files(
            File(18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            File(29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            File(3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            File(5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ),
    ),
}
NAMES = tuple(COLLECTIONS)


def folder() -> Path:
    """Where collections are kept: the environment variable KD_DATA, else the system's place for caches."""
    if chosen := os.environ.get("KD_DATA"):
        return Path(chosen).expanduser()
    import pooch

    return Path(pooch.os_cache("kd-lab"))


def is_here(name: str) -> bool:
    """Whether all four files of a collection of `NAMES` are in the folder; what is in them is not looked at."""
    return all((folder() / name / file).exists() for file in SHAPES)


def fetch(name: str, progress: Progress | None = None) -> None:
    """Bring the files of a collection that are missing or wrong into the folder.

    Every file is checked, those that were there too. A new one is put in its place when it is complete and right, and
    not before, so several processes can fetch at once.

    Args:
        name: one of `NAMES`.
        progress: is told bytes done and bytes in all, of the four files together; what it raises ends the download. If
            None, a bar is drawn where standard error is a terminal.
    Raises:
        DataError: if a file cannot be had, with the reason and what to do by hand. KD_DATA_MIRROR is another address,
            below which files lie as in the folder: it is asked instead of the public ones.
    """
    collection, place = COLLECTIONS[name], folder() / name
    missing = [file for file, known in collection.files.items() if not _is_right(place / file, known)]
    if not missing:
        return
    total = sum(known.size for known in collection.files.values())
    done = total - sum(collection.files[file].size for file in missing)
    with nullcontext(progress) if progress else _bar(collection.title) as tell:
        tell(done, total)
        for file in missing:
            known = collection.files[file]

            def tell_of_file(part: int, done: int = done, size: int = known.size) -> None:
                tell(done + min(part, size), total)

            reason = _fetch_file(name, file, place / file, tell_of_file)
            if reason is not None:
                raise DataError(_what_to_do(collection, place, file, reason))
            done += known.size
            tell(done, total)


def load(name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (70000, 28, 28) and labels (70000,) of a collection of `NAMES`, the 60 000 to train on first.

    Fetches what is missing. Raises `DataError` if a file can neither be had nor be read.
    """
    fetch(name)
    train_images, train_labels, test_images, test_labels = (
        read_idx(folder() / name / file, shape) for file, shape in SHAPES.items()
    )
    labels = np.concatenate([train_labels, test_labels]).astype(np.int64)
    return np.concatenate([train_images, test_images]), labels


def read_idx(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The bytes of that shape, not to be written to, in a gzipped IDX file (LeCun et al. 1998, the site of MNIST).

    It holds 0, 0, 8 for unsigned bytes, the number of axes, the length of each in 4 bytes, then the values. Raises
    `DataError` if it holds anything else.
    """
    header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes()
    try:
        content = gzip.decompress(path.read_bytes())
    except UNREADABLE:
        content = b""
    if not content.startswith(header) or len(content) != len(header) + np.prod(shape):
        sizes = " x ".join(map(str, shape))
        raise DataError(Message("data_unreadable", file=path.name, folder=(str(path.parent),), sizes=sizes))
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape)


def _is_right(path: Path, known: File) -> bool:
    """Whether a file is there and is the published one, or, where that is known, holds the same."""
    try:
        packed = path.read_bytes()
        if hashlib.sha256(packed).hexdigest() == known.sha256:
            return True
        return bool(known.unpacked) and hashlib.sha256(gzip.decompress(packed)).hexdigest() == known.unpacked
    except UNREADABLE:
        return False


def _addresses(name: str) -> tuple[str, ...]:
    mirror = os.environ.get("KD_DATA_MIRROR", "").rstrip("/")
    return (f"{mirror}/{name}",) if mirror else COLLECTIONS[name].mirrors


def _fetch_file(name: str, file: str, path: Path, tell: Callable[[int], None]) -> Message | None:
    """Fetch a file from the first mirror that has it; if none has, return why the first did not give it."""
    reasons = []
    for address in _addresses(name):
        part = path.with_name(f".{file}.{secrets.token_hex(6)}")  # everyone fetches into a file of their own
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            reason = _download(f"{address}/{file}", part, tell)
            if reason is None and not _is_right(part, COLLECTIONS[name].files[file]):
                reason = Message("data_checksum", host=_host(address))
            if reason is None:
                part.replace(path)
                return None
        except OSError:
            return Message("data_not_kept")
        finally:
            if part.exists():
                part.unlink()
        reasons.append(reason)
    return reasons[0]


def _download(url: str, path: Path, tell: Callable[[int], None]) -> Message | None:
    """Write what is at an address to a file; return why that failed. OSError if it is not to be written."""
    import pooch
    import requests

    counter = _Counter(tell)
    download = pooch.HTTPDownloader(
        progressbar=counter,
        chunk_size=PIECE,
        timeout=(PATIENCE, PATIENCE),
        headers={"Accept-Encoding": "identity"},  # some servers would have files unpacked on the way
    )
    try:
        download(url, str(path), None)
    except requests.HTTPError as error:
        status = 0 if error.response is None else error.response.status_code
        return Message("data_refused", host=_host(url), status=status)
    except requests.RequestException:
        return Message("data_silent" if counter.total is None else "data_broke_off", host=_host(url))
    return None


class _Counter:
    """Stands where pooch expects a bar: says how many bytes of a file have come."""

    total: int | None = None  # pooch sets it when a server begins to send

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell, self._done = tell, 0

    def update(self, count: int) -> None:
        self._done += count
        self._tell(self._done)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass


def _host(address: str) -> str:
    """Who is asked, without a password that may stand before; of any text, for it may be no address."""
    return address.rpartition("//")[2].partition("/")[0].rpartition("@")[2]


def _what_to_do(collection: Collection, place: Path, file: str, reason: Message) -> Message:
    names: dict[str, tuple[str, ...]] = {"folder": (str(place),)}  # of our own: they are told whole
    if (place / file).exists():
        return Message("data_wrong", file=file, reason=reason, **names)
    return Message("data_missing", title=collection.title, reason=reason, files=tuple(SHAPES), **names)


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    """A bar on standard error; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from tqdm import tqdm

    with tqdm(desc=title, unit="B", unit_scale=True) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield tell
