"""SAM 3's tracker as a tracker."""

import copy
from dataclasses import dataclass
from typing import ClassVar

from transformers import Sam3TrackerVideoModel

from samscope.trackers.memory import MemoryRule
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.rules.sam3 import Sam3Memory
from samscope.trackers.sam2.speed.device_memory import batch_of
from samscope.trackers.sam2.step import Form
from samscope.trackers.sam3.step import SAM3


@dataclass(frozen=True, eq=False, repr=False)
class Sam3Tracker(NetworkTracker):
    """SAM 3's tracker, ready to track; as ``family.Tracker`` says."""

    form: ClassVar[Form] = SAM3
    official_rule: ClassVar[MemoryRule] = Sam3Memory()

    memory_rule: MemoryRule = Sam3Memory()  # noqa: RUF009  a frozen value

    @property
    def resizes_masks(self) -> bool:
        """Whether a prompting mask is given at its input's size: no, it resizes the frame's own itself."""
        return False

    def usual_batch(self, sets: int) -> int:
        """Return how many frames go through at once; as ``device_memory.batch_of``."""
        return batch_of(self.image_size, self.width // self._cell, self.device, self.mode, sets)

    @property
    def _cell(self) -> int:
        size: int = self.network.config.vision_config.backbone_config.patch_size
        return size

    def _untrained_network(self) -> Sam3TrackerVideoModel:
        return Sam3TrackerVideoModel(copy.deepcopy(self.network.config))
