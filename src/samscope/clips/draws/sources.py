"""Drawing of sources: excerpts whose first frame shows the object that is to be tracked."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from samscope.clips.clip import Excerpt
from samscope.clips.draws.decks import Deck
from samscope.clips.draws.excerpts import TRIES, TRIES_OF_A_VIDEO, ExcerptRules
from samscope.clips.draws.extents import Extents
from samscope.clips.draws.rejections import SOURCE_ABSENT, SOURCE_SMALL, UNREADABLE, Rejections
from samscope.videos.video import Video

_LEAST_VIDEOS = 100


@dataclass(frozen=True)
class Sources:
    """Draws sources without replacement.

    Attributes:
        deck: the videos.
        rules: for their excerpts.
        object_id: the only object to draw; None for any.
        extents: what is known of the masks.
        rejections: what was thrown away; added to.
    """

    deck: Deck
    rules: ExcerptRules
    object_id: int | None
    extents: Extents
    rejections: Rejections
    _uses: Counter[tuple[str, int]] = field(default_factory=Counter)
    _seen: dict[str, set[int]] = field(default_factory=dict)

    def draw(self, random: np.random.Generator) -> Excerpt:
        """Draw an excerpt of the next video that has one, for the object that was drawn least often.

        Raises:
            SamscopeError: the rules reject all candidates.
        """
        reasons: Counter[str] = Counter()
        videos = 0
        while reasons.total() < TRIES or videos < min(len(self.deck.videos), _LEAST_VIDEOS):
            for video in self.deck.in_turn():
                self.deck.take(video)
                excerpt = self._of_video(video, random, reasons)
                if excerpt is not None:
                    self.rejections.counts.update(reasons)
                    self._uses[excerpt.video, excerpt.object_id] += 1
                    return excerpt
                videos += 1
                if reasons.total() >= TRIES and videos >= min(len(self.deck.videos), _LEAST_VIDEOS):
                    break
        raise self.rejections.exhausted("source", reasons, self.rules.min_area)

    def of_object(self, video: Video, object_id: int, random: np.random.Generator) -> Excerpt | None:
        """Return an excerpt for an object of a video, or None, which is counted, where there is none.

        Every start is tried in a random order, with the smallest stride that is allowed.
        """
        stride = min(self.rules.strides)
        starts = random.permutation(len(video) - (self.rules.length - 1) * stride)
        reasons: Counter[str] = Counter()
        for start in starts.tolist():
            objects = self.rejections.objects_on(self.extents, video, start)
            if objects is None:
                reasons[UNREADABLE] += 1
            elif object_id not in objects:
                reasons[SOURCE_ABSENT] += 1
            elif objects[object_id].share < self.rules.min_area:
                reasons[SOURCE_SMALL] += 1
            else:
                return Excerpt(video.name, object_id, start, stride)
        self.rejections.counts[reasons.most_common(1)[0][0]] += 1
        return None

    def _of_video(self, video: Video, random: np.random.Generator, reasons: Counter[str]) -> Excerpt | None:
        seen = self._seen.setdefault(video.name, set())
        best: tuple[int, Excerpt] | None = None
        for _ in range(TRIES_OF_A_VIDEO):
            start, stride = self.rules.place(video, random)
            objects = self.rejections.objects_on(self.extents, video, start)
            if objects is None:
                reasons[UNREADABLE] += 1
                continue
            eligible = [object_id for object_id in objects if self.object_id in (None, object_id)]
            seen.update(eligible)
            large = [object_id for object_id in eligible if objects[object_id].share >= self.rules.min_area]
            if not large:
                reasons[SOURCE_SMALL if eligible else SOURCE_ABSENT] += 1
                continue
            uses = min(self._uses[video.name, object_id] for object_id in large)
            if best is None or uses < best[0]:
                rarest = [object_id for object_id in large if self._uses[video.name, object_id] == uses]
                chosen = rarest[int(random.integers(len(rarest)))]
                best = uses, Excerpt(video.name, chosen, start, stride)
            if uses <= min(self._uses[video.name, object_id] for object_id in seen):
                break
        return None if best is None else best[1]
