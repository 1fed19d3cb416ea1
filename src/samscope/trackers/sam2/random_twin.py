"""The random twin of a model: the same architecture with weights that have learned nothing."""

from copy import deepcopy
from dataclasses import replace

import torch
from transformers import Sam2VideoModel

from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.speed.computing import prepare

TWIN_SEED = 1
"""Of the twin's weights; not ``RANDOM_SEED``, or a model of random weights would be its own twin."""


def random_twin(model: Model) -> Model:
    """Return a model of the same architecture, size, mode and normalisation whose weights are random.

    The weights are those that transformers initialises the architecture with (normal with a deviation of
    0.02; biases and learned positions 0), drawn with ``TWIN_SEED``: the same each time, at least for one
    version of PyTorch and of transformers. The caller's random numbers go on as if nothing had been drawn.
    What the twin tells of an object is told by its pixels and by the architecture alone.

    Args:
        model: what the twin is held against; it is left as it is. The twin's weights lie where its own do.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(TWIN_SEED)
        network = Sam2VideoModel(deepcopy(model.network.config))
    positions = network.shared_image_embedding.positional_embedding  # one matrix under two names
    network.prompt_encoder.shared_embedding.positional_embedding.data.copy_(positions)
    lies = next(model.network.parameters()).device
    network = prepare(network, model.mode, model.device).to(lies).eval()
    return replace(model, network=network, name=f"random twin of {model.name}")
