"""Which frames of several clips are equal, pixel by pixel."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SAMPLED = 16
"""Every how-maniest row and column is looked at first, to find the few frames that one may be equal to."""


def number_frames(clips: Sequence[NDArray[np.uint8]]) -> list[list[int]]:
    """Number the frames of clips: two have the same number if and only if all of their pixels are equal.

    Args:
        clips: uint8 [T, H, W, 3] each, of any lengths and sizes.

    Returns:
        T numbers for each clip, from 0 in the order in which distinct frames appear.
    """
    alike: dict[tuple[tuple[int, ...], bytes], list[tuple[int, NDArray[np.uint8]]]] = {}
    count = 0
    numbers: list[list[int]] = []
    of_array: dict[int, list[int]] = {}
    for clip in clips:
        if id(clip) in of_array:
            numbers.append(list(of_array[id(clip)]))
            continue
        numbers.append([])
        for frame in clip:
            sample = frame[::_SAMPLED, ::_SAMPLED].tobytes()
            candidates = alike.setdefault((frame.shape, sample), [])
            frame_number = next(
                (number for number, candidate in candidates if np.array_equal(frame, candidate)), None
            )
            if frame_number is None:
                frame_number, count = count, count + 1
                candidates.append((frame_number, frame))
            numbers[-1].append(frame_number)
        of_array[id(clip)] = numbers[-1]
    return numbers
