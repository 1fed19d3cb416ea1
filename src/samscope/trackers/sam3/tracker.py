"""SAM 3's tracker as a tracker."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from transformers import Sam3TrackerVideoModel

from samscope.support.errors import UsageError
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.speed.device_memory import batch_of
from samscope.trackers.sam2.step import EncodedFrame
from samscope.trackers.sam3.selection import OFFICIAL_SELECTION, MemorySelection
from samscope.trackers.sam3.step import Sam3Step, encode_frame, first_step, next_step


@dataclass(frozen=True, eq=False, repr=False)
class Sam3Tracker(NetworkTracker):
    """SAM 3's tracker, ready to track; as ``family.Tracker`` says. Tracks go through it one after another.

    Attributes:
        selection: how frames are chosen to be remembered; None for the latest ones, as in SAM 2.
    """

    selection: MemorySelection | None = OFFICIAL_SELECTION

    @property
    def resizes_masks(self) -> bool:
        """Whether a prompting mask is given at its input's size: no, it resizes the frame's own itself."""
        return False

    def usual_batch(self, sets: int) -> int:
        """Return how many frames go through at once; as ``device_memory.batch_of``."""
        width = self.network.config.vision_config.backbone_config.hidden_size
        return batch_of(self.image_size, width // self._cell, self.device, self.mode, sets)

    def start(
        self,
        encoded: Sequence[EncodedFrame],
        prompts: Sequence[Prompt],
        *,
        length: int | None,
        memory_stride: int,
    ) -> list[Sam3Step]:
        """Take the prompted frames, index 0, into new banks; as ``family.Tracker.start``.

        Raises:
            UsageError: a stride of the memory bank, which this tracker does not have.
        """
        if memory_stride != 1:
            raise UsageError(
                f"memory_stride is {memory_stride}, but SAM 3's tracker has none: it selects what it "
                "remembers; leave it out"
            )
        with self.inference():
            return [
                first_step(self.network, frame, prompt, length=length, selection=self.selection)
                for frame, prompt in zip(encoded, prompts, strict=True)
            ]

    def follow(self, encoded: Sequence[EncodedFrame], banks: Sequence[Any], frame: int) -> list[Sam3Step]:
        """Track objects into a frame; as ``family.Tracker.follow``."""
        with self.inference():
            return [
                next_step(self.network, one, bank, frame) for one, bank in zip(encoded, banks, strict=True)
            ]

    @property
    def _cell(self) -> int:
        size: int = self.network.config.vision_config.backbone_config.patch_size
        return size

    def _encoded(self, pixels: Tensor) -> EncodedFrame:
        return encode_frame(self.network, pixels)

    def _untrained_network(self) -> Sam3TrackerVideoModel:
        return Sam3TrackerVideoModel(copy.deepcopy(self.network.config))
