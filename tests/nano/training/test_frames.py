import numpy as np
import torch

from nano.training.frames import normalised
from samscope.trackers.sam2.preprocessing import preprocess


def test_frames_are_preprocessed_as_the_tracker_does() -> None:
    frames = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), dtype=np.uint8)

    torch.testing.assert_close(normalised(frames)[1], preprocess(frames[1], 64))
