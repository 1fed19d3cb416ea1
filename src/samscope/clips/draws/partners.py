"""Drawing of partners: excerpts of other videos whose object is pasted, and whose frames are interjected."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from samscope.clips.clip import Excerpt
from samscope.clips.draws.appearance import NEARLY_EQUAL
from samscope.clips.draws.cutout_quality import LEAST_CONTRAST
from samscope.clips.draws.decks import Deck
from samscope.clips.draws.excerpts import TRIES, TRIES_OF_A_VIDEO, ExcerptRules
from samscope.clips.draws.extents import Extents
from samscope.clips.draws.looks import Looks, ObjectLook
from samscope.clips.draws.rejections import (
    PARTNER_ABSENT,
    PARTNER_CUT,
    PARTNER_HIDDEN,
    PARTNER_SEE_THROUGH,
    PARTNER_TINY,
    SAME_LOOK,
    SAME_NAME,
    UNREADABLE,
    Rejections,
)
from samscope.support.errors import SamscopeError
from samscope.videos.object_names import ObjectNames
from samscope.videos.video import Collection, Video

_MOST_VIDEOS = 60
"""So many videos are looked at for a partner that is as it should be, once there is one at all."""

_LARGEST_GROWTH = 6.0
"""How many times its own area, as a share of the picture, a pasted object may have."""

_LARGEST_SHARE = 0.25
"""Share of the picture that an object needs to have at most to pass in front of any other."""


@dataclass(frozen=True)
class _Candidate:
    """A possible partner.

    Attributes:
        excerpt: what would be drawn.
        fault: how much its object lacks to be pasted; 0 where nothing is wrong with it.
        reason: what it lacks; None where the fault is 0.
    """

    excerpt: Excerpt
    fault: float
    reason: str | None


@dataclass(frozen=True)
class Partners:
    """Draws partners without replacement.

    A partner's object is there in each of its frames, with at least half of ``rules.min_area``. As it will be
    pasted in mid-picture it is seen whole: no border cuts it, it is not in pieces and does not vanish in part
    (``Wholeness``), and it stands out from what is around it (``LEAST_CONTRAST``), as smoke does not. As its
    frames will be interjected, they show no object of the source object's name (``ObjectNames``) or of nearly
    its look (``NEARLY_EQUAL``); as it will pass in front of the source's object, it is not tiny beside it.
    A video that can be no partner of this source waits for the next draw. Where 60 videos, or all, hold no
    such partner, the one that lacks least is taken, and counted.

    Attributes:
        deck: the videos.
        rules: for their excerpts.
        collection: has the sources' videos.
        names: what the objects are called.
        looks: what is known of the frames.
        extents: what is known of the masks.
        rejections: what was thrown away; added to.
        compromises: in how many draws something could not be had, by what; added to.
    """

    deck: Deck
    rules: ExcerptRules
    collection: Collection
    names: ObjectNames
    looks: Looks
    extents: Extents
    rejections: Rejections
    compromises: Counter[str]
    _uses: Counter[tuple[str, int]] = field(default_factory=Counter)

    def draw(self, source: Excerpt, random: np.random.Generator) -> Excerpt:
        """Draw a partner for a source.

        Raises:
            SamscopeError: the rules reject all candidates.
        """
        reasons: Counter[str] = Counter()
        ranked: list[tuple[_Candidate, str | None, Video]] = []
        while not ranked and reasons.total() < TRIES:
            for tried, video in enumerate(self.deck.in_turn()):
                if video.name == source.video:
                    continue
                if (ranked and tried >= _MOST_VIDEOS) or reasons.total() >= TRIES:
                    break
                candidate = self._of_video(video, random, reasons)
                if candidate is None:
                    self.deck.take(video)
                    continue
                clash = self._clash(source, candidate.excerpt)
                ranked.append((candidate, clash, video))
                if not candidate.fault and clash is None:
                    break
        if not ranked:
            raise self.rejections.exhausted("partner", reasons, self.rules.min_area / 2)
        best = min(ranked, key=lambda choice: (choice[0].fault > 0, choice[1] is not None, choice[0].fault))
        for choice in ranked:
            if choice is best or choice[0].fault:
                self.deck.take(choice[2])
            if choice is not best:
                reasons.update(reason for reason in (choice[0].reason, choice[1]) if reason is not None)
        self.compromises.update(reason for reason in (best[0].reason, best[1]) if reason is not None)
        self.rejections.counts.update(reasons)
        chosen = best[0].excerpt
        self._uses[chosen.video, chosen.object_id] += 1
        return chosen

    def _of_video(
        self, video: Video, random: np.random.Generator, reasons: Counter[str]
    ) -> _Candidate | None:
        """Return the best candidate of a video, the first one with nothing wrong with it."""
        best: _Candidate | None = None
        met: Counter[int] = Counter()
        for _ in range(TRIES_OF_A_VIDEO):
            start, stride = self.rules.place(video, random)
            objects = self.rejections.objects_on(self.extents, video, start)
            if objects is None:
                reasons[UNREADABLE] += 1
                continue
            if not objects:
                reasons[PARTNER_ABSENT] += 1
                continue
            turn = {object_id: self._uses[video.name, object_id] + met[object_id] for object_id in objects}
            rarest = [object_id for object_id in objects if turn[object_id] == min(turn.values())]
            chosen = rarest[int(random.integers(len(rarest)))]
            met[chosen] += 1
            try:
                candidate = self._judged(video, Excerpt(video.name, chosen, start, stride))
            except SamscopeError as error:
                self.rejections.note_unreadable(video, error)
                reasons[UNREADABLE] += 1
                continue
            if candidate is None:
                reasons[PARTNER_ABSENT] += 1
                continue
            if best is not None and candidate.fault >= best.fault:
                reasons[str(candidate.reason)] += 1
                continue
            if best is not None:
                reasons[str(best.reason)] += 1
            best = candidate
            if not best.fault:
                break
        return best

    def _judged(self, video: Video, excerpt: Excerpt) -> _Candidate | None:
        indices = excerpt.indices(self.rules.length)
        whole = self.extents.wholeness(video, excerpt.object_id, indices, self.rules.min_area / 2)
        if whole is None:
            return None
        if whole.fault:
            return _Candidate(excerpt, whole.fault, PARTNER_HIDDEN if whole.is_hidden else PARTNER_CUT)
        contrast = self._look(video, indices[len(indices) // 2])[excerpt.object_id].contrast
        if contrast < LEAST_CONTRAST:
            return _Candidate(excerpt, LEAST_CONTRAST - contrast, PARTNER_SEE_THROUGH)
        return _Candidate(excerpt, 0.0, None)

    def _clash(self, source: Excerpt, partner: Excerpt) -> str | None:
        """Return why a partner is none for this source, or None."""
        source_video, partner_video = self.collection[source.video], self.collection[partner.video]
        name = self.names.name_of(source_video, source.object_id)
        if name is not None and name in self.names.shown_in(partner_video):
            return SAME_NAME
        indices = partner.indices(self.rules.length)
        try:
            look = self._look(source_video, source.start)[source.object_id]
            partner_looks = self._look(partner_video, indices[len(indices) // 2])
        except SamscopeError:  # the draw's clips will fail of it, and tell
            return None
        distances = [
            np.linalg.norm(look.description - partner_look.description)
            for partner_look in partner_looks.values()
        ]
        if min(distances) < NEARLY_EQUAL:
            return SAME_LOOK
        if _LARGEST_GROWTH * partner_looks[partner.object_id].share < min(look.share, _LARGEST_SHARE):
            return PARTNER_TINY
        return None

    def _look(self, video: Video, index: int) -> Mapping[int, ObjectLook]:
        return self.looks.on_frame(video, index)
