import pytest

from benchmarks.bench.arithmetic import Arithmetic, matrix_product_peak
from samscope.trackers.sam2.released import HIERA_SIZES, released_configuration
from tests.small_model import small_configuration


def test_operations_of_the_released_tiny_model() -> None:
    """292 and 606 thousand million, as counted before this project began (design notes, section 6)."""
    arithmetic = Arithmetic(released_configuration(HIERA_SIZES[0], version_2_1=True))
    assert arithmetic.image_encoder() / 1e9 == pytest.approx(292, rel=0.01)
    assert arithmetic.memory_attention(7 * 4096 + 64) / 1e9 == pytest.approx(606, rel=0.01)


def test_operations_of_memory_attention_grow_by_the_same_for_every_memory() -> None:
    arithmetic = Arithmetic(small_configuration())
    one, two, three = (arithmetic.memory_attention(16 * count) for count in (1, 2, 3))
    assert two > one
    assert three - two == two - one


def test_this_machine_multiplies() -> None:
    assert matrix_product_peak() > 1e8
