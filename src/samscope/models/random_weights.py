"""SAM 2.1's architectures with random weights, for what does not depend on training."""

import torch
from transformers import Sam2VideoModel

from samscope.models.released import HIERA_SIZES, released_configuration

RANDOM_MODELS = tuple(f"random-hiera-{size.name}" for size in HIERA_SIZES)
"""Their names for ``load_model`` and on the command line."""

SEED = 0
"""Of the weights: they are the same each time, at least for one version of PyTorch and transformers."""


def random_network(name: str, image_size: int | None = None) -> Sam2VideoModel:
    """Return a network with weights as training begins with, drawn with ``SEED``; it tracks nothing.

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
        torch.manual_seed(SEED)
        return Sam2VideoModel(configuration)
