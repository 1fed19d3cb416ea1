"""A small video with objects to prompt, for tests of prompts on any frame."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import torch
from numpy.typing import NDArray

from samscope.trackers.prompts import FramePrompt, PromptedObject
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.loading import Model
from samscope.trackers.seen import Seen

HEIGHT, WIDTH = 48, 80


def frames(count: int) -> NDArray[np.uint8]:
    """Return frames of noise, each another one."""
    return np.random.default_rng(0).integers(0, 256, (count, HEIGHT, WIDTH, 3), dtype=np.uint8)


def mask(left: int = 20) -> NDArray[np.bool_]:
    """Return an object's pixels, 30 wide and 20 high."""
    marked = np.zeros((HEIGHT, WIDTH), bool)
    marked[10:30, left : left + 30] = True
    return marked


def masked(object_id: int, *at: int, left: int = 20) -> PromptedObject:
    """Return an object that has the same mask on some frames."""
    return PromptedObject(object_id, tuple(FramePrompt(frame=frame, mask=mask(left)) for frame in at))


def tensors(seen: Seen) -> dict[str, torch.Tensor]:
    """Return all tensors of what was seen, by name."""
    values = {field.name: getattr(seen, field.name) for field in fields(seen)}
    return {name: value for name, value in values.items() if isinstance(value, torch.Tensor)}


def equal(one: Seen, other: Seen) -> bool:
    """Tell whether the same was seen, bit for bit."""
    left, right = tensors(one), tensors(other)
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


class Counting(Model):
    """A model that counts the frames that it encodes."""

    encoded = 0

    def encode(self, pixels: torch.Tensor) -> list[EncodedFrame]:
        """Encode frames, and count them."""
        Counting.encoded += len(pixels)
        return super().encode(pixels)


def counting(model: Model) -> Counting:
    """Return a model that counts from 0."""
    Counting.encoded = 0
    return Counting(**vars(model))


def frames_of(tracked: Sequence[object]) -> list[int]:
    """Return the indices of tracked frames."""
    return [frame.frame_index for frame in tracked]  # type: ignore[attr-defined]
