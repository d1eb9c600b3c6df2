"""How large data of one's own may be. Whoever sends too much is told so before it is read."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """How large data may be. Bytes, pixels and counts; `least...` is how much there has to be."""

    file: int = 50 * 10**6
    rows: int = 100_000
    columns: int = 500
    line: int = 10**5  # characters of the line that names the columns
    row: int = 2**20  # bytes of one row
    text: int = 1000  # bytes of a cell that can be the value of a category
    values: int = 50  # of a category that have an input of their own
    classes: int = 50
    least_of_class: int = 10
    least_examples: int = 40
    features: int = 1000
    cells: int = 10**7  # examples times features
    unpacked: int = 200 * 10**6  # all that a zip holds
    ratio: int = 100  # of a zip: unpacked to packed
    parquet: int = 100 * 10**6  # all that a Parquet file's pages hold
    pages: int = 50_000
    footer: int = 10**7  # bytes of what a Parquet file says of itself
    entries: int = 20_000
    directory: int = 4 * 10**6  # of a zip
    picture: int = 25 * 10**6  # an image's file
    pixels: int = 20 * 10**6  # an image
    webp: int = 10 * 10**6  # an image of WebP, which is decoded in two copies
    all_pixels: int = 60 * 10**6  # all images; a JPEG's count a quarter, those of WebP or with alpha double
    scans: int = 64  # of a progressive JPEG
    store: int = 2**30
    files: int = 200


LIMITS = Limits()
SIDES = (8, 14, 28)  # pixels: of images
NAME = 40  # characters of a title, a column, a class, a value
