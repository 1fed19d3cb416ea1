"""Where in a video an excerpt may begin, and with what stride."""

from dataclasses import dataclass

import numpy as np

from samscope.videos.video import Video

TRIES = 500
"""As many excerpts are tried for a draw before it is given up."""

TRIES_OF_A_VIDEO = 20
"""As many excerpts of a video are tried before the next video's turn comes."""


@dataclass(frozen=True)
class ExcerptRules:
    """What every excerpt keeps to.

    Attributes:
        length: frames.
        strides: the temporal strides to choose from.
        min_area: share of the picture, 0..1, that a source's object covers at least on the first frame; a
            partner's covers half of that on every frame.
    """

    length: int
    strides: tuple[int, ...]
    min_area: float

    def place(self, video: Video, random: np.random.Generator) -> tuple[int, int]:
        """Return a random start and a random stride with which an excerpt fits into the video."""
        fitting = [stride for stride in self.strides if (self.length - 1) * stride < len(video)]
        stride = fitting[int(random.integers(len(fitting)))]
        return int(random.integers(len(video) - (self.length - 1) * stride)), stride
