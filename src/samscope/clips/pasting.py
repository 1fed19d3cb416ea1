"""Pasting in floating point: made-up objects over their grounds, and the built-in model's training sprites.

Cut-outs of real footage are resampled with colours multiplied by alpha, in 8 bits, and go their own way:
``sets.compositing``.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def paste(picture: NDArray[np.float32], surface: NDArray[Any], alpha: NDArray[np.float32]) -> None:
    """Paste a surface over a picture, in place.

    Args:
        picture: float32 [H, W, C]; may be a view of a part of a larger one.
        surface: [H, W, C], or [1, 1, C] for one colour; not multiplied by ``alpha``.
        alpha: float32 [H, W], 0..1: how much of the surface is seen.
    """
    picture += alpha[..., None] * (surface - picture)
