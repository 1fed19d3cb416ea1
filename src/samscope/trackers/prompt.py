"""What a tracker is told on frame 0: a mask, points, or a box."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from samscope.support.errors import UsageError
from samscope.trackers.devices import sent
from samscope.trackers.given import click_labels, numbers, object_mask

BOX_LABELS = (2, 3)
"""Labels of a box's two corners among the points; 1 is a point on the object, 0 one beside it."""


class MaskVanishedError(UsageError):
    """The object's mask, given or made by the model of a box, has no pixel at the model's input size."""


@dataclass(frozen=True, eq=False)
class Prompt:
    """A prompt in the model's own pixels; either the mask is set, or points and labels are.

    Attributes:
        mask: float32 [B, 1, S, S], 0 or 1; [B, 1, H, W] where the tracker takes masks at the frame's size.
        points: float32 [B, P, 2], x and y in 0..S; a box is its two corners.
        labels: int32 [B, P].
        previous: float32 [B, 1, S/4, S/4], beside points: the mask logits of the object's latest answer on
            the frame, which the points refine.
        frame_size: height and width of the clip's frames in pixels; None where nobody has said.
    """

    mask: Tensor | None = None
    points: Tensor | None = None
    labels: Tensor | None = None
    previous: Tensor | None = None
    frame_size: tuple[int, int] | None = None

    @property
    def shapes(self) -> tuple[object, ...]:
        """Shapes without the batch, None for what is not set: prompts of equal shapes can go together."""
        tensors = (self.mask, self.points, self.labels, self.previous)
        return tuple(None if tensor is None else tuple(tensor.shape[1:]) for tensor in tensors)


def make_prompt(
    frame_size: tuple[int, int],
    image_size: int,
    *,
    mask: ArrayLike | Tensor | Image.Image | None = None,
    points: ArrayLike | Tensor | None = None,
    labels: Sequence[int] | ArrayLike | Tensor | None = None,
    box: ArrayLike | Tensor | None = None,
    resize_mask: bool = True,
) -> Prompt:
    """Turn a prompt in the frame's pixels into the model's.

    Args:
        frame_size: height and width of the frame.
        image_size: side S of the model's square input.
        mask: bool [H, W], the object's pixels; or anything that shows one object, as ``given.object_mask``
            reads it.
        points: [P, 2], x and y of clicks.
        labels: [P], 1 for a click on the object, 0 for one beside it; all 1 if left out.
        box: x_min, y_min, x_max, y_max; may go with points.
        resize_mask: give the mask the model's size; False: it keeps the frame's, as SAM 3's tracker takes it.

    Returns:
        A prompt with a batch of one.

    Raises:
        UsageError: not exactly one kind of prompt, one outside the frame or of other values than expected, a
            mask of several objects, or one without a pixel; as a ``MaskVanishedError`` where it has none at
            the model's size.
    """
    if (mask is None) == (points is None and box is None):
        none = " (all are None; cv2.imread returns that where it cannot read a file)" if mask is None else ""
        raise UsageError(f"the prompt: give either mask=, or points= and/or box={none}")
    if mask is not None:
        if labels is not None:
            raise UsageError("the prompt: labels= belongs to points=, which is missing")
        size = (image_size, image_size) if resize_mask else frame_size
        return Prompt(mask=_resized_mask(object_mask(mask), frame_size, size), frame_size=frame_size)
    coordinates, kinds = [np.empty((0, 2))], [np.empty(0, np.int64)]
    if box is not None:
        coordinates.append(_corners(box))
        kinds.append(np.array(BOX_LABELS))
    if points is not None:
        clicks, click_labels = _clicks(points, labels)
        coordinates.append(clicks)
        kinds.append(click_labels)
    elif labels is not None:
        raise UsageError("the prompt: labels= belongs to points=, which is missing")
    height, width = frame_size
    inside = np.concatenate(coordinates)
    _require_pixels(inside)
    if not (np.isfinite(inside).all() and (inside >= 0).all() and (inside <= (width, height)).all()):
        raise UsageError(
            f"the prompt: {inside.tolist()} is not within the frame of {width} x {height} pixels"
        )
    scaled = torch.tensor(inside, dtype=torch.float32) / torch.tensor([width, height]) * image_size
    return Prompt(
        points=scaled[None],
        labels=torch.tensor(np.concatenate(kinds), dtype=torch.int32)[None],
        frame_size=frame_size,
    )


def on_device(prompt: Prompt, device: torch.device) -> Prompt:
    """Return a prompt on a device."""

    def moved(tensor: Tensor | None) -> Tensor | None:
        return None if tensor is None else sent(tensor, device)

    return replace(
        prompt,
        mask=moved(prompt.mask),
        points=moved(prompt.points),
        labels=moved(prompt.labels),
        previous=moved(prompt.previous),
    )


def _resized_mask(mask: NDArray[np.bool_], frame_size: tuple[int, int], size: tuple[int, int]) -> Tensor:
    if mask.shape != frame_size:
        raise UsageError(f"the prompt: a mask of shape {mask.shape} for frames of shape {frame_size}")
    if not mask.any():
        raise UsageError("the prompt: the mask has no pixel of the object on the first frame")
    whole = torch.from_numpy(mask.astype(np.float32))[None, None]
    if mask.shape == size:
        return (whole > 0).float()
    resized = functional.interpolate(whole, size=size, align_corners=False, mode="bilinear", antialias=True)
    kept = (resized >= 0.5).float()
    if not kept.any():
        raise MaskVanishedError(
            f"the prompt: the mask's {np.count_nonzero(mask)} pixels vanish at image size {size[0]}; "
            "take a larger object or a larger image size"
        )
    return kept


def _require_pixels(coordinates: NDArray[np.float64]) -> None:
    """Refuse what can only be shares of the frame: all in its first pixel, and not in that one's middle."""
    within = ((coordinates >= 0) & (coordinates <= 1)).all()
    if within and (coordinates * 2 != np.round(coordinates * 2)).any():
        raise UsageError(
            f"the prompt: {coordinates.tolist()} lies within the first pixel; coordinates are x and y in "
            "pixels: multiply shares of the frame by its width and height"
        )


def _corners(box: ArrayLike | Tensor) -> NDArray[np.float64]:
    corners = numbers(box, "a box's corners")
    if corners.shape == (1, 4):
        corners = corners[0]
    if corners.shape != (4,):
        raise UsageError(
            f"the prompt: a box has four numbers, x_min, y_min, x_max, y_max, not {corners.shape}"
        )
    if corners[0] >= corners[2] or corners[1] >= corners[3]:
        raise UsageError(
            f"the prompt: the box {corners.tolist()} has no area; give x_min, y_min, x_max, y_max "
            "(and not x, y, width, height)"
        )
    return corners.reshape(2, 2)


def _clicks(
    points: ArrayLike | Tensor, labels: Sequence[int] | ArrayLike | Tensor | None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    clicks = numbers(points, "points")
    if clicks.ndim != 2 or clicks.shape[1] != 2 or not len(clicks):
        raise UsageError(f"the prompt: points have the shape [P, 2], not {list(clicks.shape)}")
    kinds = np.ones(len(clicks), np.int64) if labels is None else click_labels(labels)
    if kinds.shape != (len(clicks),):
        raise UsageError("the prompt: labels are one 0 or 1 for each point")
    return clicks, kinds
