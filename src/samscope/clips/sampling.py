"""Seeded random draws of what clips are made from (paper, 3.1: stochastic resampling)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np

from samscope.clips.clip import OVERLAYS, Draw, Excerpt, Timeline
from samscope.clips.extents import Extent, Extents
from samscope.clips.look_alikes import LookAlikes, find_look_alikes
from samscope.clips.video import Collection, Video
from samscope.errors import SamscopeError, UsageError

TOO_SHORT = "video shorter than a clip"
SOURCE_ABSENT = "source object absent on the first frame"
SOURCE_SMALL = "source object too small on the first frame"
PARTNER_ABSENT = "partner object absent or too small on some frame"
PARTNER_CUT = "partner object cut off by the picture's border"
UNREADABLE = "mask that cannot be read"

_REMEDIES = {
    SOURCE_ABSENT: "name another --source, or use videos that show their objects for longer",
    SOURCE_SMALL: "lower --min-area, or use videos with larger objects",
    PARTNER_ABSENT: "lower --min-area, name another --partner, or shorten --prefix, --middle or --suffix",
    UNREADABLE: "mend or take out the video",
}

_SOURCE_TRIES = 500
_PARTNER_TRIES = 500
_WHOLE_PARTNER_TRIES = 60


@dataclass(frozen=True)
class Sampling:
    """Draws, and what was thrown away to get them.

    Attributes:
        draws: numbered from 0.
        rejected: why candidates were thrown away, and how many for each reason. ``TOO_SHORT`` counts videos.
        left_out: names of the videos that are shorter than a clip, and their numbers of frames.
        unreadable: names of the videos of which something that decides on draws could not be read, and why;
            nothing was drawn there.
    """

    draws: tuple[Draw, ...]
    rejected: dict[str, int]
    left_out: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


def sample_draws(
    collection: Collection,
    count: int,
    timeline: Timeline,
    seed: int,
    *,
    min_area: float = 0.005,
    strides: Sequence[int] = (1, 2, 3),
    source: str | None = None,
    partner: str | None = None,
    object_id: int | None = None,
    group: int | None = None,
) -> Sampling:
    """Draw ``count`` times a source and its object, a partner from another video, and three look-alikes.

    A draw starts where its object covers at least ``min_area`` of the picture. The partner's object is there
    in each of its frames, with at least half of that, and no border of the picture cuts it, as it will be
    pasted in mid-picture; only where 60 candidates hold no such object the one that is cut least is taken.
    Start and stride are uniform over what fits into the video. Draw i depends on the seed and i alone, not
    on ``count``. Masks are read as they are needed (see ``Extents``); where one cannot be, the candidate is
    rejected.

    Args:
        collection: at least two videos that are long enough.
        count: number of draws, at least 1.
        timeline: a clip's frames.
        seed: at least 0.
        min_area: share of the picture, 0..1.
        strides: the temporal strides to choose from; those too long for a video are not used with it.
        source: name of the video that every draw takes its source from.
        partner: name of the video that every draw takes its partner from.
        object_id: object of the source; needs ``source``.
        group: where the collection has a video for every draw, so many of them, from the first on, go
            together: draw i takes video i for its source where no other is named, and all else from its
            group, of which each video is the partner of one draw. None draws from all videos alike.

    Raises:
        UsageError: an argument is out of range; a named video or object does not exist or a named video is
            too short; no video is long enough, or only one.
        SamscopeError: the rules reject all candidates, or a mask of a named object's video is damaged.
    """
    _check_numbers(count, seed, min_area, strides)
    needed = (timeline.length - 1) * min(strides) + 1
    named = {"source": source, "partner": partner}
    _check_names(named, object_id, collection, needed)
    usable, left_out = _long_enough(collection, needed)
    partners = [video for video in usable if partner in (None, video.name)]
    sources = [video for video in usable if source in (None, video.name) and video.name != partner]
    extents = Extents()
    unreadable: dict[str, str] = {}
    sampler = _Sampler(
        timeline.length, tuple(strides), min_area, extents, Counter({TOO_SHORT: len(left_out)}), unreadable
    )
    places = {video.name: place for place, video in enumerate(partners)}

    def find_among(videos: Sequence[Video]) -> LookAlikes:
        return find_look_alikes(
            collection,
            videos,
            length=timeline.length,
            stride=min(strides),
            least_share=min_area / 2,
            extents=extents,
            seed=seed,
            unreadable=unreadable,
        )

    look_alikes: dict[str, LookAlikes] = {}
    draws = []
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        draw_seed = int(rng.integers(2**31))
        members = usable if group is None else _group_of(number, usable, group)
        own, beside = (None, None) if group is None else _paired(number, members, group, seed)
        from_own = own is not None and source is None and own.name != partner
        drawn = sampler.source([own] if own is not None and from_own else sources, object_id, rng)
        others: Sequence[Video] = _AllBut(partners, places.get(drawn.video))
        if beside is not None and partner is None and beside.name != drawn.video:
            others = [beside]
        other = sampler.partner(others, rng)
        if members[0].name not in look_alikes:
            look_alikes = {members[0].name: find_among(members)}
        overlays = look_alikes[members[0].name].of(drawn, OVERLAYS) or (other,) * OVERLAYS
        draws.append(Draw(number, draw_seed, drawn, other, overlays))
    rejected = {reason: n for reason, n in sampler.rejected.items() if n}
    return Sampling(tuple(draws), rejected, left_out, unreadable)


def _group_of(number: int, videos: Sequence[Video], group: int) -> Sequence[Video]:
    """Return the videos that go together with a draw's own."""
    first = number % len(videos) // group * group
    return videos[first : first + group]


def _paired(number: int, members: Sequence[Video], group: int, seed: int) -> tuple[Video, Video]:
    """Return a draw's own video out of its group, and the one that is its partner if it can be."""
    place = number % group % len(members)
    shift = int(np.random.default_rng([seed, number // group, 8]).integers(1, max(2, len(members))))
    return members[place], members[(place + shift) % len(members)]


@dataclass(frozen=True)
class _Sampler:
    """The rules of a sampling, and the count of what they rejected."""

    length: int
    strides: tuple[int, ...]
    min_area: float
    extents: Extents
    rejected: Counter[str]
    unreadable: dict[str, str]

    def source(self, videos: Sequence[Video], object_id: int | None, rng: np.random.Generator) -> Excerpt:
        """Draw an excerpt whose first frame shows its object."""
        reasons: Counter[str] = Counter()
        for _ in range(_SOURCE_TRIES):
            video = videos[int(rng.integers(len(videos)))]
            start, stride = self._place(video, rng)
            shown = self._shown(video, start)
            if shown is None:
                reasons[UNREADABLE] += 1
                continue
            wanted = [one for one in shown if object_id in (None, one)]
            if not wanted:
                reasons[SOURCE_ABSENT] += 1
                continue
            chosen = wanted[int(rng.integers(len(wanted)))]
            if shown[chosen].share < self.min_area:
                reasons[SOURCE_SMALL] += 1
                continue
            self.rejected.update(reasons)
            return Excerpt(video.name, chosen, start, stride)
        raise self._exhausted("source", _SOURCE_TRIES, reasons, self.min_area)

    def partner(self, videos: Sequence[Video], rng: np.random.Generator) -> Excerpt:
        """Draw an excerpt that shows its object in every frame, and whole if that can be had."""
        reasons: Counter[str] = Counter()
        least_cut: tuple[float, Excerpt] | None = None
        for tries in range(_PARTNER_TRIES):
            if least_cut is not None and tries >= _WHOLE_PARTNER_TRIES:
                break
            video = videos[int(rng.integers(len(videos)))]
            start, stride = self._place(video, rng)
            extents = self._shown(video, start)
            if extents is None:
                reasons[UNREADABLE] += 1
                continue
            shown = list(extents)
            if not shown:
                reasons[PARTNER_ABSENT] += 1
                continue
            excerpt = Excerpt(video.name, shown[int(rng.integers(len(shown)))], start, stride)
            try:
                cut = self.extents.worst_cut(
                    video, excerpt.object_id, excerpt.indices(self.length), self.min_area / 2
                )
            except SamscopeError as error:
                self.unreadable.setdefault(video.name, str(error))
                reasons[UNREADABLE] += 1
                continue
            if cut is None:
                reasons[PARTNER_ABSENT] += 1
            elif cut > 0:
                reasons[PARTNER_CUT] += 1
                if least_cut is None or cut < least_cut[0]:
                    least_cut = cut, excerpt
            else:
                self.rejected.update(reasons)
                return excerpt
        if least_cut is None:
            raise self._exhausted("partner", _PARTNER_TRIES, reasons, self.min_area / 2)
        reasons[PARTNER_CUT] -= 1
        self.rejected.update(reasons)
        return least_cut[1]

    def _shown(self, video: Video, index: int) -> dict[int, Extent] | None:
        """Return the objects of a frame, or None where its mask cannot be read."""
        try:
            return self.extents.on_frame(video, index)
        except SamscopeError as error:
            self.unreadable.setdefault(video.name, str(error))
            return None

    def _exhausted(self, role: str, tries: int, reasons: Counter[str], share: float) -> SamscopeError:
        reason, times = reasons.most_common(1)[0]
        detail = f"where {share:.2%} of the picture is the least"
        if reason == UNREADABLE:
            detail = next(iter(self.unreadable.values()))
        mostly = f"mostly ({times} times): {reason}, {detail}"
        return SamscopeError(f"no {role} found in {tries} tries; {mostly}; {_REMEDIES[reason]}")

    def _place(self, video: Video, rng: np.random.Generator) -> tuple[int, int]:
        """Return a random start and a random stride with which an excerpt fits into the video."""
        fitting = [stride for stride in self.strides if (self.length - 1) * stride < len(video)]
        stride = fitting[int(rng.integers(len(fitting)))]
        return int(rng.integers(len(video) - (self.length - 1) * stride)), stride


class _AllBut(Sequence[Video]):
    """Videos but for one, which costs nothing however many they are."""

    def __init__(self, videos: Sequence[Video], left_out: int | None) -> None:
        self._videos, self._left_out = videos, len(videos) if left_out is None else left_out

    def __len__(self) -> int:
        return len(self._videos) - (self._left_out < len(self._videos))

    @overload
    def __getitem__(self, place: int) -> Video: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Video]: ...
    def __getitem__(self, place: int | slice) -> Video | Sequence[Video]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._videos[place + (place >= self._left_out)]


def _check_numbers(count: int, seed: int, min_area: float, strides: Sequence[int]) -> None:
    if count < 1:
        raise UsageError(f"--clips is {count}; expected at least 1")
    if seed < 0:
        raise UsageError(f"--seed is {seed}; expected 0 or more")
    if not 0 <= min_area < 1:
        raise UsageError(f"--min-area is {min_area}; expected a share of the picture, 0 up to 1")
    if not strides or min(strides) < 1:
        raise UsageError(f"--strides is {list(strides)}; expected whole numbers from 1")


def _check_names(
    named: dict[str, str | None], object_id: int | None, collection: Collection, needed: int
) -> None:
    """Raise UsageError if a named video or object does not exist, is too short, or is source and partner."""
    for option, name in named.items():
        if name is not None and len(collection[name]) < needed:
            raise UsageError(
                f"--{option} {name}: it has {len(collection[name])} frames and a clip needs {needed}; "
                "shorten --prefix, --middle or --suffix, or name a longer video"
            )
    source = named["source"]
    if source is not None and source == named["partner"]:
        raise UsageError(f"--source and --partner are both {source}; an interjection needs a second video")
    if object_id is None:
        return
    if source is None:
        raise UsageError(f"object {object_id} is asked for, but no --source; name the video that it is in")
    known = collection[source].object_ids
    if object_id not in known:
        raise UsageError(f"{source} has no object {object_id}; its objects are: {', '.join(map(str, known))}")


def _long_enough(collection: Collection, needed: int) -> tuple[list[Video], dict[str, int]]:
    """Return the videos that have the needed frames, and how many the others have."""
    usable = [video for video in collection.videos if len(video) >= needed]
    left_out = {video.name: len(video) for video in collection.videos if len(video) < needed}
    if not usable:
        longest = max(collection.videos, key=len)
        raise UsageError(
            f"{collection.name}: every video is shorter than a clip: {longest.name}, the longest, has "
            f"{len(longest)} frames and {needed} are needed; shorten --prefix, --middle or --suffix"
        )
    if len(usable) < 2:
        short = f" ({len(left_out)} shorter than a clip's {needed} frames are left out)" if left_out else ""
        raise UsageError(
            f"{collection.name}: {usable[0].name} is the only video that can be used{short}; an interjection "
            "needs a second video: add one, or shorten --prefix, --middle or --suffix"
        )
    return usable, left_out
