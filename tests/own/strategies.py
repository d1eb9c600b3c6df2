"""Prepared data of all kinds, for Hypothesis."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kd_core.own.classes import names_of
from kd_core.own.limits import SIDES
from kd_core.own.prepared import REASONS, About, Prepared

COUNTS = st.integers(0, 10**6)
TEXTS = st.text(st.characters(), max_size=60)


def names(count):
    return st.lists(TEXTS, min_size=count, max_size=count).map(names_of)


@st.composite
def prepared_data(draw):
    classes, n = draw(st.integers(2, 4)), draw(st.integers(40, 60))
    labels = np.arange(n) % classes
    dropped = tuple(draw(st.dictionaries(st.sampled_from(REASONS), COUNTS, max_size=3)).items())
    title, class_names = draw(names(1))[0], draw(names(classes))
    nothing = np.empty((n, 0), np.float32), np.empty((n, 0), np.int32), np.empty((0, 0, 0, 0), np.uint8)
    if draw(st.booleans()):
        side, channels = draw(st.sampled_from(SIDES[:2])), draw(st.sampled_from((1, 3)))
        about = About(title, "image", class_names, (), (), (side, side, channels), n, dropped)
        pixels = draw(arrays.arrays(np.uint8, (n, side, side, channels)))
        return Prepared(about, labels, *nothing[:2], pixels)
    values = tuple(draw(st.lists(st.integers(1, 4), max_size=3)))
    a = draw(st.integers(0 if values else 1, 3))
    columns = draw(names(a + len(values)))
    value_names = draw(st.sampled_from([(), tuple(draw(names(count)) for count in values)]))
    about = About(title, "table", class_names, columns, values, (0, 0, 0), n, dropped, value_names)
    finite = st.floats(width=32, allow_infinity=False)
    numbers = draw(arrays.arrays(np.float32, (n, a), elements=finite))
    shares = draw(arrays.arrays(np.float32, (n, len(values)), elements=st.floats(0, 0.875, width=32)))
    codes = (shares * (np.array(values) + 1)).astype(np.int32) - 1
    return Prepared(about, labels, numbers, codes.reshape(n, len(values)), nothing[2])
