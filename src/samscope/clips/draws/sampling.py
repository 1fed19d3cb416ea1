"""Seeded draws of what clips are made from, without replacement (paper, 3.1: stochastic resampling)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from samscope.clips.clip import OVERLAYS, Draw, Excerpt, Timeline
from samscope.clips.draws.decks import Deck
from samscope.clips.draws.excerpts import ExcerptRules
from samscope.clips.draws.extents import Extents
from samscope.clips.draws.look_alikes import LookAlikes, find_look_alikes
from samscope.clips.draws.looks import Looks
from samscope.clips.draws.partners import Partners
from samscope.clips.draws.rejections import TOO_FEW_LABELS, TOO_SHORT, Rejections
from samscope.clips.draws.sources import Sources
from samscope.support.errors import UsageError
from samscope.videos.object_names import names_among
from samscope.videos.stretches import Stretch
from samscope.videos.video import Collection, Video

_SEED, _SOURCE, _PARTNER, _DECK = range(4)
"""Streams of random numbers of a draw, and of its decks."""


@dataclass(frozen=True)
class Sampling:
    """Draws, and what was thrown away to get them.

    Attributes:
        draws: numbered from 0.
        rejected: why candidates were thrown away, and how many for each reason. ``TOO_SHORT`` and
            ``TOO_FEW_LABELS`` count videos.
        left_out: names of the videos that are shorter than a clip, and their numbers of frames, of those that
            have labels in a row where not all have.
        unreadable: names of the videos of which something that decides on draws could not be read, and why;
            nothing was drawn there.
        compromises: what could not be had, as no better partner was there, and in how many draws.
    """

    draws: tuple[Draw, ...]
    rejected: dict[str, int]
    left_out: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    compromises: dict[str, int] = field(default_factory=dict)


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
    each: bool = False,
) -> Sampling:
    """Draw ``count`` times a source and its object, a partner from another video, and three look-alikes.

    Sources and partners come from shuffled passes over the videos: none comes again before all have come, as
    far as they can be used, and a video that comes again shows those of its objects first that were drawn
    least often. A draw starts where its object covers at least ``min_area`` of the picture; start and stride
    are uniform over what fits into the video. What a partner has to show is said in ``Partners``. A draw
    depends on the seed and the draws before it, never on ``count``. Masks are read as they are needed (see
    ``Extents``); where one cannot be, the candidate is rejected.

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
        group: so many videos, from the first on, go together and serve as many draws, the next ones the next
            draws, so that a draw does not depend on how many videos there are. None: all serve all draws.
        each: draw every object of every video as source once, in their order, instead of ``count`` times; one
            that is nowhere large enough is left out, and ``rejected`` counts it.

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
    rejections, compromises = Rejections(), Counter[str]()
    for name in left_out:
        rejections.counts[_why_too_short(collection[name], needed)] += 1
    extents, looks, names = Extents(), Looks(), names_among(usable)
    rules = ExcerptRules(timeline.length, tuple(strides), min_area)

    def opened(first: int) -> _Block:
        members = usable if group is None or each else usable[first : first + group]
        sources = [video for video in members if source in (None, video.name) and video.name != partner]
        partners = [video for video in members if partner in (None, video.name)]
        order = [seed, first, _DECK]
        return _Block(
            Sources(Deck(sources or [collection[str(source)]], order), rules, object_id, extents, rejections),
            Partners(
                Deck(partners or [collection[str(partner)]], order, turned=True),
                rules,
                collection,
                names,
                looks,
                extents,
                rejections,
                compromises,
            ),
            find_look_alikes(
                collection,
                members,
                length=timeline.length,
                stride=min(strides),
                least_share=min_area / 2,
                looks=looks,
                extents=extents,
                seed=seed,
                unreadable=rejections.unreadable,
            ),
        )

    def drawn() -> Iterator[tuple[_Block, Excerpt]]:
        block = opened(0)
        for number in range(count):
            if number and group is not None and number % group == 0:
                block = opened(number % len(usable) // group * group)
            yield block, block.sources.draw(np.random.default_rng([seed, number, _SOURCE]))

    draws: list[Draw] = []
    for block, excerpt in _every_object(opened(0), seed) if each else drawn():
        number = len(draws)
        partner_excerpt = block.partners.draw(excerpt, np.random.default_rng([seed, number, _PARTNER]))
        overlays = block.look_alikes.most_like(excerpt, OVERLAYS) or (partner_excerpt,) * OVERLAYS
        draw_seed = int(np.random.default_rng([seed, number, _SEED]).integers(2**31))
        draws.append(Draw(number, draw_seed, excerpt, partner_excerpt, overlays))
    if not draws:
        raise rejections.exhausted("source", rejections.counts, min_area)
    rejected = {reason: n for reason, n in rejections.counts.items() if n}
    return Sampling(tuple(draws), rejected, left_out, rejections.unreadable, dict(compromises))


@dataclass(frozen=True)
class _Block:
    """What the draws of videos that go together have in common."""

    sources: Sources
    partners: Partners
    look_alikes: LookAlikes


def _every_object(block: _Block, seed: int) -> Iterator[tuple[_Block, Excerpt]]:
    """Iterate over an excerpt for every object of the block's sources, in order."""
    for place, video in enumerate(block.sources.deck.videos):
        for object_id in video.object_ids:
            if block.sources.object_id in (None, object_id):
                random = np.random.default_rng([seed, place, object_id, _SOURCE])
                excerpt = block.sources.of_object(video, object_id, random)
                if excerpt is not None:
                    yield block, excerpt


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
    object_ids = collection[source].object_ids
    if object_id not in object_ids:
        raise UsageError(
            f"{source} has no object {object_id}; its objects are: {', '.join(map(str, object_ids))}"
        )


def _why_too_short(video: Video, needed: int) -> str:
    is_long = isinstance(video, Stretch) and len(video.video) >= needed
    return TOO_FEW_LABELS if is_long else TOO_SHORT


def _long_enough(collection: Collection, needed: int) -> tuple[list[Video], dict[str, int]]:
    """Return the videos that have the needed frames, and how many the others have."""
    usable = [video for video in collection.videos if len(video) >= needed]
    left_out = {video.name: len(video) for video in collection.videos if len(video) < needed}
    if not usable:
        longest = max(collection.videos, key=len)
        labelled = " in a row that have labels" if isinstance(longest, Stretch) else ""
        raise UsageError(
            f"{collection.name}: every video is shorter than a clip: {longest.name}, the longest, has "
            f"{len(longest)} frames{labelled} and {needed} are needed; shorten --prefix, --middle or --suffix"
        )
    if len(usable) < 2:
        short = f" ({len(left_out)} shorter than a clip's {needed} frames are left out)" if left_out else ""
        raise UsageError(
            f"{collection.name}: {usable[0].name} is the only video that can be used{short}; an interjection "
            "needs a second video: add one, or shorten --prefix, --middle or --suffix"
        )
    return usable, left_out
