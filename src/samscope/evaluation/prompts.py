"""The prompt of an object's first frame, drawn from its true mask."""

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.trackers.drawn_prompts import PromptKind, box_corners, click


def prompt_generator(seed: int, video: str, object_id: int) -> np.random.Generator:
    """Return the source of chance of an object's prompt; it depends on these three alone."""
    return np.random.default_rng([seed, zlib.crc32(video.encode()), object_id])


def draw_prompt(mask: NDArray[np.bool_], kind: PromptKind, rng: np.random.Generator) -> dict[str, Any]:
    """Return the prompt as arguments of ``track``.

    Args:
        mask: bool [H, W], the object's true mask on its first frame.
        kind: the mask itself, a click drawn inside it, or a box drawn about it.
        rng: the source of chance.
    """
    match kind:
        case PromptKind.MASK:
            return {"mask": mask}
        case PromptKind.POINT:
            return {"points": click(mask, rng)[None]}
        case PromptKind.BOX:
            return {"box": box_corners(mask, rng).ravel()}
