"""EdgeTAM as a tracker."""

import copy
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor
from transformers import EdgeTamVideoModel

from samscope.trackers.edgetam.network import build_network
from samscope.trackers.edgetam.repvit import CHANNELS
from samscope.trackers.edgetam.step import EDGETAM
from samscope.trackers.family import PlacedPosition
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.sam2.speed.device_memory import batch_of
from samscope.trackers.sam2.step import Form


@dataclass(frozen=True, eq=False, repr=False)
class EdgeTam(NetworkTracker):
    """An EdgeTAM ready to track; as ``family.Tracker`` says."""

    form: ClassVar[Form] = EDGETAM

    @property
    def width(self) -> int:
        """How many channels the image encoder begins with."""
        return CHANNELS[0]

    def usual_batch(self, sets: int) -> int:
        """Return how many frames or tracks go through at once; as ``device_memory.batch_of``."""
        return batch_of(self.image_size, self.width, self.device, self.mode, sets)

    def _untrained_network(self) -> EdgeTamVideoModel:
        return build_network(copy.deepcopy(self.network.config))

    def _stored_memory(self, shape: tuple[int, int, int]) -> PlacedPosition:
        """Return position 5 as stored: latents [512, 64], of which the last 256 are a grid of 16 x 16."""
        perceiver = self.network.spatial_perceiver
        count = perceiver.num_latents_1d + perceiver.num_latents_2d
        return PlacedPosition("memory_features", (count, shape[0]), self._grid)

    def _memory_grid(self, weights: Tensor) -> Tensor:
        """Return the map [..., 16, 16] of what goes to the latents of the grid, of [..., 512]."""
        perceiver = self.network.spatial_perceiver
        return super()._memory_grid(weights[..., perceiver.num_latents_1d :])

    def _grid(self, latents: Tensor) -> Tensor:
        """Return the map [64, 16, 16] of a memory's latents [512, 64]."""
        perceiver = self.network.spatial_perceiver
        side = int(perceiver.num_latents_2d**0.5)
        grid: Tensor = latents[perceiver.num_latents_1d :]
        return grid.T.reshape(-1, side, side)
