"""A video of a data set as a source of frames to be tracked."""

from collections.abc import Iterator
from dataclasses import dataclass

from samscope.support.errors import SamscopeError
from samscope.videos.frame import Said, SourceFrame
from samscope.videos.labelled import frame_rate, frames_of
from samscope.videos.video import Video


@dataclass(frozen=True)
class VideoSource:
    """The frames of a video of a data set, those without labels too.

    Attributes:
        video: the video.
    """

    video: Video

    @property
    def name(self) -> str:
        """Name of the video."""
        return self.video.name

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of every frame in pixels."""
        return self.video.size

    @property
    def rate(self) -> float | None:
        """Frames a second as the data set states them; None where it does not."""
        return frame_rate(self.video)

    @property
    def count(self) -> int:
        """How many frames there are."""
        return len(self.video)

    @property
    def live(self) -> bool:
        """False: it can be read again."""
        return False

    def first_at(self, seconds: float) -> int | None:
        """Return the number of the first frame at a time or after it; None where there is no time."""
        return None if self.rate is None else min(self.count, int(-(-round(seconds * self.rate, 6) // 1)))

    def read(self, start: int, stop: int | None, step: int, say: Said) -> Iterator[SourceFrame]:
        """Iterate over frames; see ``FrameSource``. It ends at one that is damaged."""
        numbers = range(start, self.count if stop is None else min(stop, self.count), step)
        frames = frames_of(self.video, numbers)
        for number in numbers:
            try:
                pixels = next(frames)
            except SamscopeError as error:
                say(str(error))
                return
            yield SourceFrame(number, None if self.rate is None else number / self.rate, pixels)
