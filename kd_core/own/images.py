"""Zips of images: a folder a class, each image made as small as networks here learn from.

Images are cut to squares about their middle and resized; what is transparent is white. The first folder names the
class; one that holds everything is passed over, and so are those of a split (train, test): data is split here, so
these are joined. Nothing is unpacked to the disk; a path that leads out of the zip is refused, though none is followed.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections import Counter
from itertools import pairwise, takewhile
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

from kd_core.data import DataError
from kd_core.messages import Message
from kd_core.own.classes import classes_of, title_of
from kd_core.own.limits import LIMITS, SIDES
from kd_core.own.prepared import About, Prepared
from kd_core.own.zips import is_encrypted, is_readable, open_zip

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"}
SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation"}
_SCAN = b"\xff\xda"  # begins a scan of a JPEG; nothing else within one is this


def prepare_images(data: bytes, name: str, *, side: int = 14, grey: bool = True) -> Prepared:
    """The images of a zip, of `side` x `side` pixels, grey or of three colours; a `name` for the title.

    Raises `DataError` for everything that stands in the way, the first of it, and ValueError for another side than
    those of `SIDES`.
    """
    if side not in SIDES:
        raise ValueError(f"side={side}: one of {SIDES}")
    if len(data) > LIMITS.file:
        raise DataError(Message("own_large_file", most=LIMITS.file // 10**6))
    channels = 1 if grey else 3
    dropped: Counter[str] = Counter()
    with open_zip(io.BytesIO(data)) as members:
        held = members.infolist()
        _judge(held)
        found = _images(held, dropped)
        if len(found) * side * side * channels > LIMITS.cells:
            raise DataError(Message("own_many_images", most=LIMITS.cells // (side * side * channels)))
        pictures, folders = _read(members, found, (side, grey), dropped)
    numbers = {folder: number for number, folder in enumerate(dict.fromkeys(folders))}
    if not numbers:
        raise DataError(Message("own_no_images", most=LIMITS.pixels // 10**6))
    classes = classes_of(np.array([numbers[folder] for folder in folders]), list(numbers))
    dropped.update(classes.dropped)
    about = About(
        title=title_of(name),
        kind="image",
        class_names=classes.names,
        columns=(),
        values=(),
        shape=(side, side, channels),
        examples=len(classes.ids),
        dropped=tuple((reason, count) for reason, count in dropped.items() if count),
    )
    n = len(classes.ids)
    pixels = np.stack(pictures)[classes.ids].reshape(n, side, side, channels)
    return Prepared(about, classes.labels, np.empty((n, 0), np.float32), np.empty((n, 0), np.int32), pixels)


def _judge(held: list[zipfile.ZipInfo]) -> None:
    """Raises `DataError` for a zip that is too large, a bomb, encrypted, or whose paths lead out of it."""
    if len(held) > LIMITS.entries:
        raise DataError(Message("own_many_entries", most=LIMITS.entries))
    if any(is_encrypted(member) for member in held):
        raise DataError(Message("own_encrypted"))
    if any(_leads_out(member.orig_filename) for member in held):
        raise DataError(Message("own_climbing"))
    packed, unpacked = sum(member.compress_size for member in held), sum(member.file_size for member in held)
    if unpacked > LIMITS.unpacked or (unpacked > LIMITS.picture and unpacked > LIMITS.ratio * packed):
        raise DataError(Message("own_large_zip", most=LIMITS.unpacked // 10**6))
    for member, following in pairwise(sorted(held, key=lambda member: member.header_offset)):
        if member.header_offset + member.compress_size >= following.header_offset:  # the same bytes twice
            raise DataError(Message("own_damaged_zip"))


def _leads_out(path: str) -> bool:
    return path.startswith("/") or "\\" in path or "\0" in path or ":" in path[:2] or ".." in path.split("/")


def _images(held: list[zipfile.ZipInfo], dropped: Counter[str]) -> list[tuple[str, zipfile.ZipInfo]]:
    """The members that should be images, each with the folder that names its class, in the order of their paths."""
    found = []
    for member in held:
        path = PurePosixPath(member.filename)
        if member.is_dir():
            continue
        if any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
            dropped["hidden"] += 1
        elif path.suffix.lower() not in SUFFIXES:
            dropped["no_image"] += 1
        else:
            found.append((path.parts, member))
    # Every class has a folder, and within it files: the rest of a path is passed over where it is that of all.
    levels = zip(*(parts[:-2] for parts, _ in found), strict=False)
    common = sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, levels))
    found = [(parts[common:], member) for parts, member in found]
    found = [(parts[1:] if parts[0].lower() in SPLITS and len(parts) > 2 else parts, member) for parts, member in found]
    dropped["no_folder"] += sum(len(parts) < 2 for parts, _ in found)
    return sorted(
        ((parts[0], member) for parts, member in found if len(parts) > 1),
        key=lambda one: (one[0], one[1].filename),
    )


def _read(
    members: zipfile.ZipFile, found: list[tuple[str, zipfile.ZipInfo]], kind: tuple[int, bool], dropped: Counter[str]
) -> tuple[list[NDArray[np.uint8]], list[str]]:
    """The small images and the folder of each; `DataError` when all that are decoded have too many pixels together."""
    pictures, folders, total = [], [], 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is odd in a file but does not matter
        for folder, member in found:
            try:
                image = _opened(members, member)
                pixels = image.width * image.height
                if pixels > (LIMITS.webp if image.format == "WEBP" else LIMITS.pixels):
                    dropped["too_many_pixels"] += 1
                    continue
                total += pixels * _weight(image)
                if total > LIMITS.all_pixels:
                    raise DataError(Message("own_many_pixels", most=LIMITS.all_pixels // 10**6))
                pictures.append(_small(image, *kind))
                folders.append(folder)
            except DataError:
                raise
            except Image.DecompressionBombError:
                dropped["too_many_pixels"] += 1
            except Exception:  # whatever a decoder stumbles over, this is no image
                dropped["unreadable"] += 1
    return pictures, folders


def _opened(members: zipfile.ZipFile, member: zipfile.ZipInfo) -> Image.Image:
    """The image as far as its header tells."""
    if not is_readable(member) or member.file_size > LIMITS.picture:
        raise ValueError("not read")
    content = members.read(member)
    image = Image.open(io.BytesIO(content), formats=FORMATS)
    if isinstance(image, JpegImageFile) and content.count(_SCAN) > LIMITS.scans:
        raise ValueError("scan upon scan of the same image, which takes very long")
    return image


def _weight(image: Image.Image) -> float:
    """How long a pixel takes: a JPEG is decoded small, and what is transparent is copied more often."""
    if isinstance(image, JpegImageFile):
        return 0.25
    return 2 if image.has_transparency_data or image.format == "WEBP" else 1


def _small(image: Image.Image, side: int, grey: bool) -> NDArray[np.uint8]:
    """The image as an array (side, side) or (side, side, 3), cut to its middle; what is transparent is white."""
    image.draft("L" if grey else "RGB", (2 * side, 2 * side))  # a JPEG is decoded small
    if image.mode.startswith("I"):  # 16 bits, of which Pillow would keep the lower ones
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    is_transparent = image.has_transparency_data
    mode = "RGBA" if is_transparent else "L" if grey else "RGB"
    if image.mode != mode:  # or it would be copied
        image = image.convert(mode)
    image = ImageOps.exif_transpose(ImageOps.fit(image, (side, side), Image.Resampling.BICUBIC))
    if is_transparent:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("L" if grey else "RGB"))
