"""Small operations on arrays that the questions share."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> NDArray[np.float64]:
    """Return ``numerator / denominator`` in float64, NaN where the denominator is not above 0."""
    over, under = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    result = np.full(np.broadcast(over, under).shape, np.nan)
    np.divide(over, under, out=result, where=under > 0)
    return result


def above(values: NDArray[np.float64], threshold: float) -> NDArray[np.float64]:
    """Return 1 where a value is above the threshold, 0 where it is not, NaN where it is not finite."""
    return np.where(np.isfinite(values), values > threshold, np.nan)


def any_in_row(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return bool [C], whether anything in each row of bool [C, T] is true."""
    return np.asarray(mask.any(axis=1), dtype=np.bool_)


def codes(names: NDArray[np.str_] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return int [N], a number from 0 for each name, in the order of the sorted names."""
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)
