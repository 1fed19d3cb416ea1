"""A family as another package may add it: it follows bright pixels, and has neither score nor pointer."""

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
from samscope.trackers.family import Family, PlacedPosition, Tracker, Weights, whole
from samscope.trackers.memory import MemoryRule
from samscope.trackers.modes import Mode
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.preprocessing import IMAGENET, Normalisation, preprocess

SIZE = 16
CPU = torch.device("cpu")


@dataclass(frozen=True)
class PlainAnswer:
    mask_logits: Tensor
    candidate_ious: None = None
    predicted_iou: None = None
    object_score: None = None

    @property
    def candidate_logits(self) -> Tensor:
        return self.mask_logits


@dataclass(frozen=True)
class PlainStep:
    frame: int
    prompt: Prompt | None
    answer: PlainAnswer
    positions: dict[str, Tensor | None]
    bank: Tensor


@dataclass(frozen=True)
class PlainTracker:
    name: str = "plain"
    image_size: int = SIZE
    device: torch.device = CPU
    mode: Mode = "exact"
    normalisation: Normalisation = IMAGENET
    positions: tuple[PlacedPosition, ...] = (PlacedPosition("frame", (3, SIZE, SIZE), whole),)
    max_pointers: int = 0
    memory_rule: None = None
    resizes_masks: bool = True

    def said_to_be_on(self, device: torch.device) -> "PlainTracker":
        return replace(self, device=device)

    def with_memory_rule(self, rule: MemoryRule | None) -> "PlainTracker":
        if rule is not None:
            raise UsageError(
                f"memory rule {rule.name}: {self.name} remembers a threshold; leave the rule out"
            )
        return self

    def preprocess(self, frame: NDArray[np.uint8]) -> Tensor:
        return preprocess(frame, self.image_size)

    def inference(self) -> AbstractContextManager[None]:
        return torch.no_grad()

    def digest(self) -> str:
        return "0" * 64

    def untrained(self, name: str) -> "PlainTracker":
        return replace(self, name=name)

    def usual_batch(self, sets: int) -> int:
        return sets

    def encode(self, pixels: Tensor) -> list[Tensor]:
        return list(torch.split(pixels, 1))

    def start(
        self, encoded: Sequence[Tensor], prompts: Sequence[Prompt], *, length: int | None
    ) -> list[PlainStep]:
        steps = []
        for pixels, prompt in zip(encoded, prompts, strict=True):
            assert prompt.mask is not None
            threshold = pixels[(prompt.mask > 0).expand_as(pixels)].min() - 0.1
            steps.append(self._step(pixels, threshold, 0, prompt))
        return steps

    def follow(self, encoded: Sequence[Tensor], banks: Sequence[Any], frame: int) -> list[PlainStep]:
        return [self._step(pixels, bank, frame, None) for pixels, bank in zip(encoded, banks, strict=True)]

    def _step(self, pixels: Tensor, threshold: Tensor, frame: int, prompt: Prompt | None) -> PlainStep:
        logits = pixels.amin(dim=1, keepdim=True) - threshold
        return PlainStep(frame, prompt, PlainAnswer(logits), {"frame": pixels}, threshold)


class PlainFamily:
    name = "Plain"
    model_types = ("plain_video",)
    built_in = ("plain",)

    def recognises(self, parameters: Collection[str]) -> bool:
        return set(parameters) == {"threshold"}

    def check(self, folder: Path) -> object:
        return folder

    def load(
        self, name: str, weights: Weights, device: torch.device, image_size: int | None, mode: Mode
    ) -> PlainTracker:
        return PlainTracker(name, image_size or SIZE, device, mode)


PLAIN: Family = PlainFamily()
_TRACKER: Tracker = PlainTracker()
