"""SAM 2.1's architectures with random weights, for what does not depend on training."""

import torch
from transformers import Sam2VideoModel

from samscope.trackers.sam2.built_in import RANDOM_MODELS, RANDOM_SEED
from samscope.trackers.sam2.released import HIERA_SIZES, released_configuration


def random_network(name: str, image_size: int | None = None) -> Sam2VideoModel:
    """Return a network with weights as training begins with, drawn with ``RANDOM_SEED``; it tracks nothing.

    They are the same each time, at least for one version of PyTorch and of transformers.

    The caller's random numbers go on as if nothing had been drawn.

    Args:
        name: one of ``RANDOM_MODELS``.
        image_size: side of the square input in pixels; None for 1024.

    Raises:
        UsageError: the size does not fit.
    """
    hiera = HIERA_SIZES[RANDOM_MODELS.index(name)]
    configuration = released_configuration(hiera, version_2_1=True, image_size=image_size or 1024)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(RANDOM_SEED)
        return Sam2VideoModel(configuration)
