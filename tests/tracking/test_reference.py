"""Equality with the official SAM 2 code, frame by frame and position by position."""

from pathlib import Path

import pytest

from benchmarks.reference_errors import RUNS, measure

TOLERANCE = 1e-4
ONE_ROUNDING_STEP = 1.01


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS)
def test_equal_to_the_official_predictor(shared: Path, run: str) -> None:
    errors = measure(shared / "reference", run)
    assert errors.frames >= 4
    unrounded = {key: error for key, error in errors.relative.items() if key != "memory_features"}
    assert len(unrounded) == 8
    assert max(unrounded.values()) < TOLERANCE, unrounded
    assert errors.rounding <= ONE_ROUNDING_STEP
