"""Which group of draws a worker does next."""

from collections import deque
from collections.abc import Hashable, Iterable

from samscope.studies.sharding import Group


class WorkQueue:
    """Hands groups of draws to workers, those of one source video to one worker as long as others have work.

    A worker goes on with its own video, then begins the largest one that nobody has begun, and at last helps
    with the one of which most is left. So the files of a video are read in few places, and no worker is idle
    while there is work.

    Args:
        groups: the work; a group counts as its first draw's source video's.
    """

    def __init__(self, groups: Iterable[Group]) -> None:
        self._left: dict[str, deque[Group]] = {}
        for group in groups:
            self._left.setdefault(_video(group), deque()).append(group)
        sizes = {video: sum(map(len, video_groups)) for video, video_groups in self._left.items()}
        self._unbegun = deque(sorted(self._left, key=lambda video: (-sizes[video], video)))
        self._videos: dict[Hashable, str] = {}

    def __len__(self) -> int:
        """Return the number of groups that nobody has taken."""
        return sum(map(len, self._left.values()))

    def __bool__(self) -> bool:
        """Tell whether there is a group that nobody has taken."""
        return bool(self._left)

    def take(self, worker: Hashable) -> Group | None:
        """Return the next group for a worker; None where there is none."""
        video = self._videos.get(worker)
        if video not in self._left:
            video = self._next_video()
        if video is None:
            return None
        self._videos[worker] = video
        group = self._left[video].popleft()
        if not self._left[video]:
            del self._left[video]
        return group

    def give_back(self, group: Group) -> None:
        """Take a group back that a worker could not finish; it is the next one of its video."""
        video = _video(group)
        if video in self._left:
            self._left[video].appendleft(group)
        else:
            self._left[video] = deque([group])
            self._unbegun.appendleft(video)

    def _next_video(self) -> str | None:
        while self._unbegun:
            video = self._unbegun.popleft()
            if video in self._left:
                return video
        return max(self._left, key=lambda video: len(self._left[video]), default=None)


def _video(group: Group) -> str:
    return group[0].source.video
