"""The objects of a collection that look most like a given one."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from samscope.clips.clip import Excerpt
from samscope.clips.draws.appearance import nearest
from samscope.clips.draws.cutout_quality import LEAST_CONTRAST
from samscope.clips.draws.extents import Extents
from samscope.clips.draws.looks import Looks, ObjectLook
from samscope.support.attempts import attempted
from samscope.support.errors import SamscopeError
from samscope.videos.video import Collection, Video

_STARTS = 3
_MOST_VIDEOS = 128


@dataclass(frozen=True, eq=False)
class LookAlikes:
    """Excerpts of a collection's objects with their descriptions, to find look-alikes among.

    Attributes:
        excerpts: evenly spread over each video; the objects are on their first frames.
        descriptions: float32 [N, D], of the objects on those frames.
        collection: has the excerpts' videos.
        contrasts: float64 [N], of their borders on those frames.
        looks: what is known of the frames.
        extents: what is known of the masks.
        length: frames that each excerpt must have.
        least_share: share of the picture that an object must cover in each of them.
        unreadable: names of the videos of which something could not be read, and why; added to.
    """

    excerpts: tuple[Excerpt, ...]
    descriptions: NDArray[np.float32]
    contrasts: NDArray[np.float64]
    collection: Collection
    looks: Looks
    extents: Extents
    length: int
    least_share: float
    unreadable: dict[str, str] = field(default_factory=dict)
    _look_alikes: dict[tuple[str, int, int, int], tuple[Excerpt, ...]] = field(default_factory=dict)

    def most_like(self, source: Excerpt, count: int) -> tuple[Excerpt, ...]:
        """Return the ``count`` objects of other videos that look most like the source's, nearest first.

        An object counts only if it is there in every frame of its excerpt. Objects that are seen whole there,
        that no border cuts and that cannot be seen through go before all others, and of these those of which
        least is missing. Where the collection has fewer objects, they come again with another start, and at
        last with the same one.

        Args:
            source: its object on its first frame is what the others are compared with.
            count: how many are wanted.

        Returns:
            ``count`` excerpts, or none where no other object is there in every frame.
        """
        key = source.video, source.object_id, source.start, count
        if key not in self._look_alikes:
            self._look_alikes[key] = self._search(source, count)
        return self._look_alikes[key]

    def _search(self, source: Excerpt, count: int) -> tuple[Excerpt, ...]:
        video = self.collection[source.video]
        try:
            query = self.looks.on_frame(video, source.start)[source.object_id].description
        except SamscopeError:  # the draw's clips will fail of it, and tell
            return ()
        whole: list[Excerpt] = []
        faulty: list[tuple[float, int, Excerpt]] = []
        for rank, position in enumerate(nearest(query, self.descriptions)):
            excerpt = self.excerpts[position]
            if excerpt.video == source.video:
                continue
            try:
                wholeness = self.extents.wholeness(
                    self.collection[excerpt.video],
                    excerpt.object_id,
                    excerpt.indices(self.length),
                    self.least_share,
                )
            except SamscopeError as error:
                self.unreadable.setdefault(excerpt.video, str(error))
                continue
            if wholeness is None:
                continue
            fault = wholeness.fault + max(0.0, LEAST_CONTRAST - float(self.contrasts[position]))
            if fault:
                faulty.append((fault, rank, excerpt))
            else:
                whole.append(excerpt)
            if len(_distinct(whole)) == count:
                return _distinct(whole)
        by_fault = [excerpt for _, _, excerpt in sorted(faulty, key=lambda candidate: candidate[:2])]
        different = _distinct([*whole, *by_fault])
        again = [excerpt for excerpt in (*whole, *by_fault) if excerpt not in different]
        ranked = (*different, *again)
        return tuple(islice(cycle(ranked), count)) if ranked else ()


def find_look_alikes(
    collection: Collection,
    videos: Sequence[Video],
    *,
    length: int,
    stride: int,
    least_share: float,
    looks: Looks,
    extents: Extents,
    seed: int,
    unreadable: dict[str, str] | None = None,
) -> LookAlikes:
    """Describe the objects of ``videos`` on the first frames of a few excerpts of each.

    Of more than 128 videos 128 are chosen by the seed, so that a large collection costs no more time.

    Args:
        collection: what the videos belong to.
        videos: those with enough frames for an excerpt.
        length: frames of an excerpt.
        stride: its stride.
        least_share: share of the picture that an object must cover.
        looks: what is known of the frames; added to.
        extents: what is known of the masks; added to.
        seed: chooses the videos where there are too many.
        unreadable: what cannot be read is passed over, and noted here: the video's name, and why.
    """
    if len(videos) > _MOST_VIDEOS:
        chosen = np.random.default_rng([seed, 0, 1]).choice(len(videos), _MOST_VIDEOS, replace=False)
        videos = [videos[position] for position in np.sort(chosen)]
    noted = {} if unreadable is None else unreadable
    excerpts: list[Excerpt] = []
    descriptions: list[NDArray[np.float32]] = []
    contrasts: list[float] = []

    def looked_at(video: Video) -> dict[int, dict[int, ObjectLook] | SamscopeError]:
        latest = len(video) - 1 - (length - 1) * stride
        starts = sorted({round(part * latest / (_STARTS - 1)) for part in range(_STARTS)})
        return {start: attempted(partial(looks.on_frame, video, start), SamscopeError) for start in starts}

    with ThreadPoolExecutor() as threads:
        for video, objects_by_start in zip(videos, threads.map(looked_at, videos), strict=True):
            for start, objects in objects_by_start.items():
                if isinstance(objects, SamscopeError):
                    noted.setdefault(video.name, str(objects))
                    continue
                for object_id, look in objects.items():
                    if look.share >= least_share:
                        excerpts.append(Excerpt(video.name, object_id, start, stride))
                        descriptions.append(look.description)
                        contrasts.append(look.contrast)
    return LookAlikes(
        excerpts=tuple(excerpts),
        descriptions=np.stack(descriptions) if descriptions else np.zeros((0, 1), np.float32),
        contrasts=np.array(contrasts),
        collection=collection,
        looks=looks,
        extents=extents,
        length=length,
        least_share=least_share,
        unreadable=noted,
    )


def _distinct(excerpts: Sequence[Excerpt]) -> tuple[Excerpt, ...]:
    """Return the first excerpt of each object, in order."""
    first: dict[tuple[str, int], Excerpt] = {}
    for excerpt in excerpts:
        first.setdefault((excerpt.video, excerpt.object_id), excerpt)
    return tuple(first.values())
