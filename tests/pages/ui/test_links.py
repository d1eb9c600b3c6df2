"""What the explaining pages share: addresses, colours, pictures."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from kd_core.experiment import Experiment
from kd_core.sweeps.grid import Sweep
from pages.ui.figures import faint, image_uri
from pages.ui.links import query_of


def test_an_address_names_what_is_not_the_default_and_is_never_empty() -> None:
    assert query_of(Experiment()) == {"dataset": ["digits"]}
    assert query_of(Experiment(temperature=7.35)) == {"temperature": ["7.35"]}
    sweep = Sweep.parse(Experiment(seeds=3), ["temperature=1,4", "alpha=0,1"])
    assert query_of(sweep) == {"seeds": ["3"], "over": ["temperature=1,4", "alpha=0,1"]}


def test_a_faint_colour_keeps_its_three_parts() -> None:
    assert faint("#ff8001") == "rgba(255,128,1,.18)"


def test_an_image_is_a_png_of_these_pixels() -> None:
    kind, data = image_uri(np.array([[0, 0.2, 1], [1, 0.6, 0]], dtype=np.float32)).split(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert np.asarray(image).tolist() == [[0, 51, 255], [255, 153, 0]]
