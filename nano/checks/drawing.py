"""The clips that a check is made on, drawn a batch at a time so that few are held."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from nano.training.batches import Batch, Plan, make_batch
from nano.training.clips import ClipMix, TrainingClip, draw_clip
from nano.training.forward import Recall
from nano.training.sources import Sources
from samscope.support.errors import SamscopeError
from samscope.support.progress import Advance
from samscope.trackers.drawn_prompts import PromptKind

LARGE_FRAME = 256
"""Side in pixels above which a batch is of ``FEW`` clips, for the memory's sake; else it is of ``MANY``."""

MANY, FEW = 8, 2

_ATTEMPTS = 60


@dataclass(frozen=True, eq=False)
class Drawing:
    """Clips of one kind; going through them draws them, the same ones every time.

    Attributes:
        sources: what they are composed of.
        count: how many; even, so that every clip has another one in its batch.
        frames: T of each.
        side: S in pixels.
        seed: of the clips; each depends on it and its number alone.
        mix: what they have.
        prompt: kind of their prompt. It changes nothing else of them.
        wanted: which clips are taken, by their truth alone; others are drawn in the stead of the rest. None:
            all are.
    """

    sources: Sources
    count: int
    frames: int
    side: int
    seed: int
    mix: ClipMix
    prompt: PromptKind = PromptKind.MASK
    wanted: Callable[[TrainingClip], bool] | None = None

    def __post_init__(self) -> None:
        """Check the number.

        Raises:
            ValueError: it is odd, or there is no clip.
        """
        if self.count < 2 or self.count % 2:
            raise ValueError(f"{self.count} clips; an even number is needed, at least 2")

    @property
    def batch(self) -> int:
        """Clips in a batch, at most."""
        return MANY if self.side <= LARGE_FRAME else FEW

    def __len__(self) -> int:
        """Return the number of batches."""
        return math.ceil(self.count / self.batch)

    def __iter__(self) -> Iterator[Batch]:
        """Draw the batches, in order.

        Raises:
            SamscopeError: the sources give no usable clip, or none that is wanted.
        """
        plan = Plan(self.frames, self.prompt, Recall.ALL)
        for first in range(0, self.count, self.batch):
            numbers = range(first, min(first + self.batch, self.count))
            generators = [np.random.default_rng([self.seed, number]) for number in numbers]
            yield make_batch([self._draw(rng) for rng in generators], plan, generators)

    def _draw(self, rng: np.random.Generator) -> TrainingClip:
        for _ in range(_ATTEMPTS):
            clip = draw_clip(self.sources, self.frames, self.side, rng, self.mix)
            if self.wanted is None or self.wanted(clip):
                return clip
        raise SamscopeError(f"none of {_ATTEMPTS} composed clips is of the wanted kind; give more material")


def followed(batches: Iterable[Batch], advance: Advance) -> Iterator[Batch]:
    """Pass batches on, and tell of each when the next one is asked for."""
    done = 0
    for batch in batches:
        yield batch
        done += batch.pixels.shape[1]
        advance(f"{done} clips")
