"""A source of frames that tests make up."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from samscope.videos.frame import Said, SourceFrame


@dataclass(frozen=True)
class PlainSource:
    """Grey frames; at ``breaks_at`` it breaks off."""

    count: int | None
    rate: float | None = 10.0
    live: bool = False
    size: tuple[int, int] = (40, 60)
    breaks_at: int | None = None
    name: str = "plain"

    def first_at(self, seconds: float) -> int | None:
        if self.rate is None or self.count is None:
            return None
        return min(self.count, int(-(-round(seconds * self.rate, 6) // 1)))

    def read(self, start: int, stop: int | None, step: int, say: Said) -> Iterator[SourceFrame]:
        number = start
        while stop is None or number < stop:
            if number == self.breaks_at:
                say(f"{self.name}: breaks off at {number}")
                return
            seconds = None if self.rate is None else number / self.rate
            yield SourceFrame(number, seconds, np.full((*self.size, 3), number % 256, np.uint8))
            number += step
