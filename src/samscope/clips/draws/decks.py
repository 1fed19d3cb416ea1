"""Drawing without replacement: shuffled passes over videos, so that none comes again before all have come."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from samscope.videos.video import Video


@dataclass(eq=False)
class Deck:
    """Videos in an order that a seed shuffles anew for every pass.

    What is passed over stays in front, and its turn comes as soon as it can be used.

    Attributes:
        videos: at least one.
        seed: of the shuffles.
        turned: whether each pass begins a random number of places further on; a deck that is turned and one
            of the same videos and seed that is not have no video in the same place of a pass.
    """

    videos: Sequence[Video]
    seed: Sequence[int]
    turned: bool = False
    _waiting: deque[int] = field(default_factory=deque)
    _passes: int = 0

    def in_turn(self) -> Iterator[Video]:
        """Iterate over all videos, each once, from the one whose turn it is; nothing is drawn by that.

        Meanwhile ``take`` may be called for the one that came last.
        """
        seen: set[int] = set()
        place = 0
        while len(seen) < len(self.videos):
            if place == len(self._waiting):
                self._shuffle()
            number = self._waiting[place]
            if number not in seen:
                seen.add(number)
                yield self.videos[number]
            if place < len(self._waiting) and self._waiting[place] == number:
                place += 1

    def take(self, video: Video) -> None:
        """Note that a video of ``in_turn`` was drawn, or that it can be of no use in this pass."""
        for place, waiting in enumerate(self._waiting):
            if self.videos[waiting] is video:
                del self._waiting[place]
                return

    def _shuffle(self) -> None:
        random = np.random.default_rng([*self.seed, self._passes])
        order = random.permutation(len(self.videos))
        if self.turned and len(order) > 1:
            order = np.roll(order, int(random.integers(1, len(order))))
        self._waiting.extend(order.tolist())
        self._passes += 1
