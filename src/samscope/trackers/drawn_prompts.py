"""Drawing prompts for objects whose masks are known."""

from collections.abc import Sequence
from enum import Enum

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from samscope.trackers.prompt import BOX_LABELS, Prompt


class PromptKind(Enum):
    """How the object is prompted on frame 0."""

    MASK = "mask"
    POINT = "point"
    BOX = "box"


def draw_prompts(
    masks: NDArray[np.bool_], kind: PromptKind, generators: Sequence[np.random.Generator]
) -> Prompt:
    """Draw prompts of one kind for masks bool [B, S, S], one generator a mask."""
    pairs = list(zip(masks, generators, strict=True))
    match kind:
        case PromptKind.MASK:
            return Prompt(mask=torch.from_numpy(masks).float()[:, None])
        case PromptKind.POINT:
            points = np.stack([click(mask, rng)[None] for mask, rng in pairs])
            labels = np.ones(points.shape[:2], np.int32)
        case PromptKind.BOX:
            points = np.stack([box_corners(mask, rng) for mask, rng in pairs])
            labels = np.tile(np.array(BOX_LABELS, np.int32), (len(points), 1))
    return Prompt(points=torch.from_numpy(points.astype(np.float32)), labels=torch.from_numpy(labels))


def click(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a click on an object: in half of the cases its innermost pixel, else any; x and y, [2]."""
    if rng.random() < 0.5:
        framed = np.pad(mask, 1).astype(np.uint8)
        inner = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
        row, column = np.unravel_index(int(inner.argmax()), mask.shape)
    else:
        places = np.argwhere(mask)
        row, column = places[int(rng.integers(len(places)))]
    return np.array([column, row], np.float64)


def box_corners(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a box about an object, each edge off by 5 % of its side (a standard deviation); x, y, [2, 2]."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    corners = np.array([[columns[0], rows[0]], [columns[-1] + 1, rows[-1] + 1]], np.float64)
    sides = corners[1] - corners[0]
    moved = corners + np.clip(rng.normal(0, 0.05, (2, 2)), -0.15, 0.15) * sides
    return np.asarray(np.clip(moved, 0, mask.shape[::-1]), np.float64)
