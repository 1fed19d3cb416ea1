"""How large the objects of a video's frames are, and whether the picture's border cuts them off."""

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from samscope.clips.images import occurring_labels
from samscope.clips.video import VOID, Video


@dataclass(frozen=True)
class Extent:
    """The size of an object on one frame.

    Attributes:
        share: share of the picture that it covers, 0..1.
        cut: pixels of it on the picture's border over the square root of its area; 0 where none is.
    """

    share: float
    cut: float


def object_extents(labels: NDArray[np.uint8]) -> dict[int, Extent]:
    """Return the extents of the objects in a frame's labels uint8 [H, W] by their ids."""
    border = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    extents: dict[int, Extent] = {}
    for label in sorted(occurring_labels(labels) - {0, VOID}):
        area = int(np.count_nonzero(labels == label))
        on_border = int(np.count_nonzero(border == label))
        extents[label] = Extent(area / labels.size, on_border / area**0.5)
    return extents


@dataclass(frozen=True)
class Extents:
    """The extents of the objects that were asked for; of the latest 100,000 masks each is read once.

    Attributes:
        most: so many masks' extents are known at a time, under 100 MB of them.
    """

    most: int = 100_000
    _known: OrderedDict[tuple[str, int], dict[int, Extent]] = field(default_factory=OrderedDict)

    def on_frame(self, video: Video, index: int) -> dict[int, Extent]:
        """Return the objects of a frame by id."""
        key = (video.name, index)
        if key not in self._known:
            extents = object_extents(video.labels(index))
            if len(self._known) >= self.most:
                self._known.popitem(last=False)
            self._known[key] = extents
        return self._known[key]

    def worst_cut(self, video: Video, object_id: int, indices: range, least_share: float) -> float | None:
        """Return the largest ``cut`` of an object over frames, or None where it is not there all the time.

        It is there if it covers any pixel, and at least ``least_share`` of the picture.
        """
        worst = 0.0
        for index in indices:
            extent = self.on_frame(video, index).get(object_id)
            if extent is None or extent.share < least_share:
                return None
            worst = max(worst, extent.cut)
        return worst
