"""Which frames of a video a clip takes."""

import numpy as np

_BACKWARDS = 0.4


def draw_places(available: int, count: int, rng: np.random.Generator) -> list[int]:
    """Draw indices at a stride of 1 to 4 (as far as the video reaches), forwards or backwards."""
    if available < 2:
        return [0] * count
    longest = max(1, (available - 1) // max(count - 1, 1))
    stride = int(rng.integers(1, min(4, longest) + 1))
    count_there = min(count, 1 + (available - 1) // stride)
    start = int(rng.integers(available - (count_there - 1) * stride))
    places = [start + stride * index for index in range(count_there)]
    if rng.random() < _BACKWARDS:
        places.reverse()
    around = places + places[-2:0:-1]  # a video that is too short plays back and forth
    return [around[index % len(around)] for index in range(count)]
