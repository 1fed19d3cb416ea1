"""How large the objects of a video's frames are, and whether they are seen whole there."""

from collections import OrderedDict
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.videos.images import occurring_labels
from samscope.videos.video import VOID, Video


@dataclass(frozen=True)
class Extent:
    """The size of an object on one frame, and what of its outline is not its own.

    Attributes:
        share: share of the picture that it covers, 0..1.
        cut: pixels of it on the picture's border over the square root of its area; 0 where none is.
        scattered: share of its pixels that are not in its largest connected piece, 0..1.
    """

    share: float
    cut: float
    scattered: float = 0.0


@dataclass(frozen=True)
class Wholeness:
    """How whole an object is seen over the frames of an excerpt; 0 is best throughout.

    Attributes:
        cut: the largest ``Extent.cut``.
        scattered: the largest ``Extent.scattered``.
        dip: the largest share of its area that is missing on a frame, as against the least of what was seen
            before and what is seen afterwards: something passes in front of it.
    """

    cut: float
    scattered: float
    dip: float

    @property
    def is_hidden(self) -> bool:
        """Whether something in its own video is in front of it.

        More than a tenth of its pixels outside the largest piece, or half of its area missing for a while:
        limbs, wings and wheels stay below both, poles and trees in front of an object do not.
        """
        return self.scattered > 0.1 or self.dip > 0.5

    @property
    def fault(self) -> float:
        """How much is wrong with it, to tell the better one of two that are not whole; 0 if it is whole."""
        return self.cut + (self.scattered + self.dip if self.is_hidden else 0.0)


def object_extents(labels: NDArray[np.uint8]) -> dict[int, Extent]:
    """Return the extents of the objects in a frame's labels uint8 [H, W] by their ids."""
    border = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    extents: dict[int, Extent] = {}
    for label in sorted(occurring_labels(labels) - {0, VOID}):
        mask = labels == label
        area = int(np.count_nonzero(mask))
        on_border = int(np.count_nonzero(border == label))
        extents[label] = Extent(area / labels.size, on_border / area**0.5, outside_largest_piece(mask))
    return extents


def outside_largest_piece(mask: NDArray[np.bool_]) -> float:
    """Return the share of a mask's pixels, bool [H, W], that are not in its largest connected piece, 0..1."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return 0.0
    box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint8)
    _, _, statistics, _ = cv2.connectedComponentsWithStats(box)
    areas = statistics[1:, cv2.CC_STAT_AREA]
    return float(1 - areas.max() / areas.sum())


@dataclass(frozen=True)
class Extents:
    """The extents of the objects that were asked for; of the latest 100,000 masks each is read once.

    Attributes:
        most: so many masks' extents are known at a time, under 100 MB of them.
    """

    most: int = 100_000
    _extents: OrderedDict[tuple[str, int], dict[int, Extent]] = field(default_factory=OrderedDict)

    def on_frame(self, video: Video, index: int) -> dict[int, Extent]:
        """Return the objects of a frame by id."""
        key = (video.name, index)
        if key not in self._extents:
            extents = object_extents(video.labels(index))
            if len(self._extents) >= self.most:
                self._extents.popitem(last=False)
            self._extents[key] = extents
        return self._extents[key]

    def wholeness(self, video: Video, object_id: int, indices: range, least_share: float) -> Wholeness | None:
        """Return how whole an object is seen over frames, or None where it is not there all the time.

        It is there if it covers any pixel, and at least ``least_share`` of the picture.
        """
        extents: list[Extent] = []
        for index in indices:
            extent = self.on_frame(video, index).get(object_id)
            if extent is None or extent.share < least_share:
                return None
            extents.append(extent)
        shares = np.array([extent.share for extent in extents])
        before, after = np.maximum.accumulate(shares), np.maximum.accumulate(shares[::-1])[::-1]
        return Wholeness(
            cut=max(extent.cut for extent in extents),
            scattered=max(extent.scattered for extent in extents),
            dip=float(np.max(1 - shares / np.minimum(before, after))),
        )
