"""Models of every family, small and untrained, and a clip, for tests of edits and of attention."""

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import cache

import numpy as np
import torch

from benchmarks.computed_once import ComputedOnce
from samscope.trackers.edgetam.tracker import EdgeTam
from samscope.trackers.modes import Mode
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.registry import load_model
from samscope.trackers.sam2.speed.computing import prepare
from samscope.trackers.sam3.tracker import Sam3Tracker
from samscope.trackers.seen import Seen
from tests.small_model import small_model
from tests.small_sam3 import small_sam3_network

SIZE = (48, 80)

FAMILIES = ("sam2", "edgetam", "sam3")


def clip(count: int = 5, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, *SIZE, 3), dtype=np.uint8)


def mask() -> np.ndarray:
    marked = np.zeros(SIZE, bool)
    marked[10:30, 20:50] = True
    return marked


@cache
def sam2_in(mode: Mode) -> NetworkTracker:
    stock = small_model()
    return replace(stock, network=prepare(stock.network, mode, stock.device), mode=mode)


@cache
def tracker(family: str) -> NetworkTracker:
    """A model of a family in the mode ``exact``."""
    if family == "sam2":
        return sam2_in("exact")
    if family == "edgetam":
        loaded = load_model("random-edgetam", image_size=256, mode="exact")
        assert isinstance(loaded, EdgeTam)
        ComputedOnce().share(loaded.network)  # the only one here of its released size
        return loaded
    network = small_sam3_network().eval()
    return Sam3Tracker(network, "small-sam3", network.config.image_size, torch.device("cpu"))


def differing(one: Seen, other: Seen) -> set[str]:
    """Names of what differs in any bit; a bank and attention are left out."""
    names = set()
    for field in fields(one):
        if field.name not in {"bank", "attention"}:
            left, right = getattr(one, field.name), getattr(other, field.name)
            same = torch.equal(left, right) if isinstance(left, torch.Tensor) else left == right
            names |= set() if same else {field.name}
    return names


def first_difference(run: Sequence[Seen], other: Sequence[Seen]) -> int | None:
    """The first frame on which two runs differ; None where they do not."""
    return next((s.frame_index for s, t in zip(run, other, strict=True) if differing(s, t)), None)
