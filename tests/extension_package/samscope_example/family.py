"""A family of trackers: it follows the object's colour, and has neither scores nor pointers."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.family import PlacedPosition, Weights, whole
from samscope.trackers.memory import MemoryRule
from samscope.trackers.modes import Mode
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.preprocessing import IMAGENET, Normalisation, preprocess


@dataclass(frozen=True)
class ColourMemory:
    """What the tracker remembers: the prompted object's mean colour [1, 3, 1, 1] and how far pixels vary."""

    colour: Tensor
    reach: Tensor

    def logits(self, pixels: Tensor) -> Tensor:
        """Return [1, 1, S, S], above 0 where a pixel's colour is as near as the object's own are."""
        apart: Tensor = (pixels - self.colour).norm(dim=1, keepdim=True)
        return self.reach - apart


@dataclass(frozen=True)
class ColourAnswer:
    """One mask a frame; None stands for what the family does not say."""

    mask_logits: Tensor
    candidate_ious: None = None
    predicted_iou: None = None
    object_score: None = None

    @property
    def candidate_logits(self) -> Tensor:
        """The only mask."""
        return self.mask_logits


@dataclass(frozen=True)
class ColourStep:
    """One frame of a track."""

    frame: int
    prompt: Prompt | None
    answer: ColourAnswer
    positions: dict[str, Tensor | None]
    bank: ColourMemory


@dataclass(frozen=True)
class ColourTracker:
    """A model that is ready to track; it has no weights."""

    name: str
    image_size: int
    device: torch.device
    mode: Mode
    normalisation: Normalisation = IMAGENET
    max_pointers: int = 0
    memory_rule: None = None
    resizes_masks: bool = True

    @property
    def positions(self) -> tuple[PlacedPosition, ...]:
        """The only position is the frame itself."""
        return (PlacedPosition("frame", (3, self.image_size, self.image_size), whole),)

    def said_to_be_on(self, device: torch.device) -> "ColourTracker":
        """Return a tracker that names another device."""
        return replace(self, device=device)

    def with_memory_rule(self, rule: MemoryRule | None) -> "ColourTracker":
        """Return the tracker, whose memory knows no rules."""
        if rule is not None:
            raise UsageError(f"memory rule {rule.name}: {self.name} remembers one colour; leave the rule out")
        return self

    def preprocess(self, frame: NDArray[np.uint8]) -> Tensor:
        """Return a frame as it enters, float32 [3, S, S]."""
        return preprocess(frame, self.image_size)

    def inference(self) -> AbstractContextManager[None]:
        """Return the context in which it computes."""
        return torch.no_grad()

    def digest(self) -> str:
        """Return what stands for the weights."""
        return "0" * 64

    def untrained(self, name: str) -> "ColourTracker":
        """Return the tracker, in which nothing is trained."""
        return replace(self, name=name)

    def usual_batch(self, sets: int) -> int:
        """Return how many tracks go through at once."""
        return sets

    def encode(self, pixels: Tensor) -> list[Tensor]:
        """Return each frame by itself."""
        return list(torch.split(pixels.to(self.device), 1))

    def start(
        self, encoded: Sequence[Tensor], prompts: Sequence[Prompt], *, length: int | None
    ) -> list[ColourStep]:
        """Take the prompted frames' colours."""
        return [
            self._step(pixels, _memory_of(pixels, prompt), 0, prompt)
            for pixels, prompt in zip(encoded, prompts, strict=True)
        ]

    def follow(
        self,
        encoded: Sequence[Tensor],
        banks: Sequence[Any],
        frame: int,
        *,
        truth: Sequence[bool] | None = None,
    ) -> list[ColourStep]:
        """Find the colours in a frame."""
        return [self._step(pixels, bank, frame, None) for pixels, bank in zip(encoded, banks, strict=True)]

    def _step(self, pixels: Tensor, bank: ColourMemory, frame: int, prompt: Prompt | None) -> ColourStep:
        return ColourStep(frame, prompt, ColourAnswer(bank.logits(pixels)), {"frame": pixels}, bank)


def _memory_of(pixels: Tensor, prompt: Prompt) -> ColourMemory:
    if prompt.mask is None:
        raise UsageError("the colour tracker is prompted with a mask, and not with points or a box")
    inside = pixels[0][:, prompt.mask[0, 0] > 0]
    colour = inside.mean(dim=1).reshape(1, 3, 1, 1)
    return ColourMemory(colour, (inside - colour.reshape(3, 1)).norm(dim=0).quantile(0.9) + 0.1)


class ColourFamily:
    """The family, with one model that needs no file."""

    name = "Colour"
    model_types = ("colour_video",)
    built_in = ("colour",)

    def recognises(self, parameters: Collection[str]) -> bool:
        """Tell whether parameters are the family's, which has none."""
        return False

    def check(self, folder: Path) -> object:
        """Refuse a folder, which has nothing to load."""
        raise UsageError(f"{folder}: the colour tracker has no weights; name it: colour")

    def load(
        self, name: str, weights: Weights, device: torch.device, image_size: int | None, mode: Mode
    ) -> ColourTracker:
        """Load the model; its frames are 128 pixels high and wide unless told otherwise."""
        return ColourTracker(name, image_size or 128, device, mode)


COLOUR = ColourFamily()
