"""The exponential moving average of the weights: what is evaluated and exported."""

import copy

import torch
from transformers import Sam2VideoModel


class WeightAverage:
    """An average of a network's weights over the latest steps.

    Args:
        network: the network, whose weights are the first average.
        decay: share of the old average that a step keeps, once ``1 / (1 - decay)`` steps are behind; before
            that the average is over all steps so far (about a tenth of them in the beginning).
    """

    def __init__(self, network: Sam2VideoModel, decay: float) -> None:
        self.network: Sam2VideoModel = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: Sam2VideoModel, step: int) -> None:
        """Take in the weights after a step, counted from 0."""
        decay = min(self._decay, (1 + step) / (10 + step))
        for average, weights in zip(self.network.parameters(), network.parameters(), strict=True):
            average.lerp_(weights, 1 - decay)
