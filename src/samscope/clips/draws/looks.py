"""What the objects of frames look like, each frame decoded once."""

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from samscope.clips.draws.appearance import describe
from samscope.clips.draws.cutout_quality import border_contrast
from samscope.videos.images import occurring_labels
from samscope.videos.video import VOID, Video


@dataclass(frozen=True, eq=False)
class ObjectLook:
    """What an object looks like on one frame.

    Attributes:
        description: float32 [D] (``describe``).
        contrast: share of its border that stands out from what is around it, 0..1 (``border_contrast``).
        share: share of the picture that it covers, 0..1.
    """

    description: NDArray[np.float32]
    contrast: float
    share: float


@dataclass(frozen=True, eq=False)
class Looks:
    """The looks of objects on the frames that were asked for; the latest 10,000 are kept, under 100 MB.

    Attributes:
        most: so many frames' looks are kept.
    """

    most: int = 10_000
    _seen: OrderedDict[tuple[str, int], dict[int, ObjectLook]] = field(default_factory=OrderedDict)

    def on_frame(self, video: Video, index: int) -> dict[int, ObjectLook]:
        """Return the looks of a frame's objects by id.

        Raises:
            SamscopeError: the frame or its mask cannot be read.
        """
        key = (video.name, index)
        if key not in self._seen:
            frame, labels = video.frame(index), video.labels(index)
            looks = {
                label: _look(frame, labels == label) for label in sorted(occurring_labels(labels) - {0, VOID})
            }
            if len(self._seen) >= self.most:
                self._seen.popitem(last=False)
            self._seen[key] = looks
        return self._seen[key]


def _look(frame: NDArray[np.uint8], mask: NDArray[np.bool_]) -> ObjectLook:
    return ObjectLook(describe(frame, mask), border_contrast(frame, mask), float(mask.mean()))
