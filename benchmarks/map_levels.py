"""How long it takes to measure the maps of a frame (``python -m benchmarks.map_levels``).

Seconds of one core are counted, on tensors of the shapes that a model has at each side of its input, for a
frame of 480 x 854 pixels with an object and a rival. A frame that several clips share is measured once at
position 1; here every frame is new.
"""

import time

import numpy as np
import torch

from samscope.observation.map_levels import frame_levels
from samscope.observation.measurement_cache import StepCaches

SIDES = (192, 512, 1024)
FRAMES = 20

_CHANNELS = {
    "image_embeddings": (32, 4),
    "memory_conditioned": (256, 16),
    "prompt_conditioned": (256, 16),
    "memory_encoder_output": (64, 16),
    "memory_features": (64, 16),
}
"""Channels, and pixels of the input a place, of each position."""


def milliseconds(side: int) -> float:
    """Return how long a frame takes with an input of so many pixels a side."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    tensors: dict[str, torch.Tensor | None] = {
        name: torch.randn((channels, side // stride, side // stride), generator=generator)
        for name, (channels, stride) in _CHANNELS.items()
    }
    frame = np.random.default_rng(0).integers(0, 256, (480, 854, 3), np.uint8)
    mask, rivals = np.zeros((2, 480, 854), dtype=np.bool_)
    mask[100:300, 200:400] = True
    rivals[250:450, 500:800] = True
    begin = time.process_time()
    for number in range(FRAMES):
        frame_levels(tensors, frame, mask, rivals, StepCaches(number))
    return 1000 * (time.process_time() - begin) / FRAMES


if __name__ == "__main__":
    print("| input | milliseconds a frame |\n| --- | --- |")
    for of_side in SIDES:
        milliseconds(of_side)
        print(f"| {of_side} | {milliseconds(of_side):.1f} |")
