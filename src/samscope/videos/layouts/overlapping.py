"""Labels of objects that may overlap, as SA-V and VOT have them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError
from samscope.videos.video import VOID

FIRST_LABEL = 1
"""Label of the object that SA-V calls 0."""

SAV_RATE = 24.0
"""Frames a second of SA-V's videos."""


def drawn_over(masks: Mapping[int, NDArray[np.bool_]], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return labels, uint8 [H, W], of masks that may overlap: the smaller of two is shown.

    Args:
        masks: bool [H, W] by label, 1..254.
        size: height and width.
    """
    labels = np.zeros(size, np.uint8)
    for label in sorted(masks, key=lambda label: -int(masks[label].sum())):
        labels[masks[label]] = label
    return labels


def require_few(labels: Sequence[int], where: str) -> None:
    """Refuse more objects than labels can name.

    Raises:
        SamscopeError: a label is 255 or more.
    """
    if labels and max(labels) >= VOID:
        raise SamscopeError(f"{where}: an object numbered {max(labels)}; at most {VOID - 1} are read")
