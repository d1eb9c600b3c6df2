"""How many students lie in a piece: what they occupy is counted from their layers."""

from kd_core.experiment import Experiment
from kd_core.sweeps.grid import PIECE_BYTES, Sweep, bytes_per_student, plan


def test_a_student_of_units_by_hand():
    # 1210 parameters four times; 64 examples of 16 and 10 units, twice, and of 10 logits, four times.
    assert bytes_per_student(Experiment()) == 4 * (4 * 1210 + 64 * (2 * 26 + 4 * 10))


def test_a_convolution_counts_with_every_pixel_before_pooling():
    # 4 kernels of 9 weights and a bias, 4 x 8 x 8 numbers pooled to 64, then 65 * 10 parameters.
    small = Experiment(student="c4")
    assert bytes_per_student(small) == round(4 * (4 * (40 + 650) + 64 * (2.7 * 256 + 2 * 10 + 4 * 10)))
    on_mnist = Experiment(dataset="mnist", student="c8-c16")
    assert bytes_per_student(on_mnist) > 64 * 4 * 2 * (8 * 14 * 14 + 16 * 7 * 7)
    for piece in plan(Sweep.parse(on_mnist, ["alpha=0,0.5,1", "temperature=1,4"])):
        assert piece.students * bytes_per_student(on_mnist) <= PIECE_BYTES


def test_where_many_examples_are_looked_at_a_piece_has_fewer_students():
    few, every = (bytes_per_student(Experiment(dataset="mnist", student="4", labels=labels)) for labels in (100, 0))
    assert every > 3 * few
