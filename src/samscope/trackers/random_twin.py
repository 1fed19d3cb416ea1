"""The random twin of a tracker: the same architecture with weights that have learned nothing."""

import torch

from samscope.trackers.family import Tracker

TWIN_SEED = 1
"""Of the twin's weights; not ``RANDOM_SEED``, or a model of random weights would be its own twin."""


def random_twin(tracker: Tracker) -> Tracker:
    """Return a tracker of the same architecture, size, mode and normalisation whose weights are random.

    The weights are those that the family initialises the architecture with, drawn with ``TWIN_SEED``: the
    same each time, at least for one version of PyTorch and of transformers. The caller's random numbers go on
    as if nothing had been drawn. What the twin tells of an object is told by its pixels and by the
    architecture alone.

    Args:
        tracker: what the twin is held against; it is left as it is. The twin's weights lie where its own do.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(TWIN_SEED)
        return tracker.untrained(f"random twin of {tracker.name}")
