"""Why candidates of a draw are thrown away, how often, and how an error tells what would help."""

from collections import Counter
from dataclasses import dataclass, field

from samscope.clips.draws.extents import Extent, Extents
from samscope.support.errors import SamscopeError
from samscope.videos.video import Video

TOO_SHORT = "video shorter than a clip"
TOO_FEW_LABELS = "video with labels on fewer frames in a row than a clip has"
SOURCE_ABSENT = "source object absent on the first frame"
SOURCE_SMALL = "source object too small on the first frame"
PARTNER_ABSENT = "partner object absent or too small on some frame"
PARTNER_CUT = "partner object cut off by the picture's border"
PARTNER_HIDDEN = "partner object partly hidden in its own video"
PARTNER_SEE_THROUGH = "partner object that does not stand out from its own surroundings"
SAME_NAME = "partner with an object of the source object's name"
SAME_LOOK = "partner with an object that looks nearly like the source's"
PARTNER_TINY = "partner object too small to pass in front of the source's"
UNREADABLE = "mask that cannot be read"

REMEDIES = {
    SOURCE_ABSENT: "name another --source, or use videos that show their objects for longer",
    SOURCE_SMALL: "lower --min-area, or use videos with larger objects",
    PARTNER_ABSENT: "lower --min-area, name another --partner, or shorten --prefix, --middle or --suffix",
    UNREADABLE: "mend or take out the video",
}


@dataclass(frozen=True)
class Rejections:
    """What was thrown away so far.

    Attributes:
        counts: how many candidates, by reason.
        unreadable: names of the videos of which something could not be read, and why.
    """

    counts: Counter[str] = field(default_factory=Counter)
    unreadable: dict[str, str] = field(default_factory=dict)

    def note_unreadable(self, video: Video, error: SamscopeError) -> None:
        """Keep the first error of a video."""
        self.unreadable.setdefault(video.name, str(error))

    def objects_on(self, extents: Extents, video: Video, index: int) -> dict[int, Extent] | None:
        """Return the objects of a frame, or None, which is noted, where its mask cannot be read."""
        try:
            return extents.on_frame(video, index)
        except SamscopeError as error:
            self.note_unreadable(video, error)
            return None

    def exhausted(self, role: str, reasons: Counter[str], share: float) -> SamscopeError:
        """Return the error for a draw that no candidate is left for.

        Args:
            role: source or partner.
            reasons: how many candidates were thrown away for it, by reason.
            share: least share of the picture that its object has to cover.
        """
        reason, times = reasons.most_common(1)[0]
        detail = f"where {share:.2%} of the picture is the least"
        if reason == UNREADABLE:
            detail = next(iter(self.unreadable.values()))
        mostly = f"mostly ({times} times): {reason}, {detail}"
        return SamscopeError(f"no {role} found in {reasons.total()} tries; {mostly}; {REMEDIES[reason]}")
