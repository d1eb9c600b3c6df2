"""Small files as somebody may have them."""

from __future__ import annotations

import io
import zipfile

import numpy as np
from PIL import Image, ImageDraw

KINDS = ("ash", "birch", "oak")


def table(*, seed: int = 0, rows: int = 300, kinds: tuple[str, ...] = KINDS, header: str = "") -> bytes:
    """A CSV of two numbers, a category and three classes that the numbers tell, more or less."""
    rng = np.random.default_rng(seed)
    lines = [header or "width,height,colour,kind"]
    for row in range(rows):
        kind = row % len(kinds)
        width, height = rng.normal([(1, 3), (2, 1), (3, 2)][kind], 0.5)
        lines.append(f"{width:.2f},{height:.2f},{rng.choice(['red', 'green'])},{kinds[kind]}")
    return "\n".join(lines).encode()


def images(*, seed: int = 0, each: int = 60) -> bytes:
    """A zip of discs and squares, 14 x 14 pixels, in a folder for each."""
    rng, file = np.random.default_rng(seed), io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        for kind in ("disc", "square"):
            for number in range(each):
                image = Image.new("RGB", (14, 14))
                left, top, side = (int(value) for value in rng.integers((1, 1, 5), (5, 5, 8)))
                draw, box = ImageDraw.Draw(image), (left, top, left + side, top + side)
                (draw.ellipse if kind == "disc" else draw.rectangle)(box, fill=(255, 220, 180))
                content = io.BytesIO()
                image.save(content, "png")
                zipped.writestr(f"{kind}/{number}.png", content.getvalue())
    return file.getvalue()
