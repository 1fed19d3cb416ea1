import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from samscope.exports.runs import row_runs


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.booleans()))
def test_runs_give_the_mask_back(mask: NDArray[np.bool_]) -> None:
    runs = row_runs(mask)
    assert all(run > 0 for run in runs[1:])
    pixels = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    np.testing.assert_array_equal(pixels.reshape(mask.shape), mask)


@pytest.mark.parametrize(
    ("mask", "runs"),
    [([[0, 1], [1, 0]], [1, 2, 1]), ([[1, 1]], [0, 2]), ([[0, 0]], [2]), ([[1, 0]], [0, 1, 1])],
)
def test_runs_begin_with_what_is_not_set(mask: list[list[int]], runs: list[int]) -> None:
    assert row_runs(np.array(mask, dtype=bool)) == runs
