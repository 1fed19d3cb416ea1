"""A tracked frame as it is written, and what is known of a track before its first frame."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.clips.facts import mask_box

Box = tuple[int, int, int, int]
"""x_min, y_min, x_max, y_max in pixels, the far edges exclusive."""


@dataclass(frozen=True)
class TrackedObject:
    """What was seen of an object on a frame.

    Attributes:
        object_score: logit of "the object is in the frame"; None in a family without one.
        predicted_iou: the model's own estimate of its mask's IoU, 0..1; None in a family without one.
        area: pixels of the frame that are labelled as the object.
        box: around these pixels; None where there are none.
    """

    object_score: float | None
    predicted_iou: float | None
    area: int
    box: Box | None

    @property
    def absent(self) -> bool:
        """The tracker takes the object to be out of sight: its score is at most 0, or its mask is empty."""
        return self.area == 0 or (self.object_score is not None and self.object_score <= 0)


@dataclass(frozen=True, eq=False)
class ResultFrame:
    """A frame of a film with the objects that were tracked on it.

    Attributes:
        index: 0, 1, ... among the frames that were tracked.
        number: of the frame in the film.
        seconds: when it is shown; None where the source does not say.
        labels: uint8 [H, W], the id of the object that each pixel belongs to, 0 where it is none's.
        objects: by id, those that were tracked on it, in sight or not.
        pixels: uint8 [H, W, 3], RGB; None where they are not at hand.
    """

    index: int
    number: int
    seconds: float | None
    labels: NDArray[np.uint8]
    objects: Mapping[int, TrackedObject]
    pixels: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class TrackFacts:
    """What is known of a track before its first frame.

    Attributes:
        video: the film's path or address, as it was given.
        name: what it is called; safe as a file name.
        size: height and width of its frames.
        rate: frames a second; None where the source does not say.
        reading: how it was read: ``start``, ``end``, ``every``, ``max_side``.
        model: the model's name.
        memory: the memory rule, as a line of text; None for the model's own.
        options: the other choices that the masks depend on, ``as_released`` among them.
        prompts: as ``prompts.json`` has them.
        objects: names of the objects by their ids, 1 to 255.
    """

    video: str
    name: str
    size: tuple[int, int]
    rate: float | None
    objects: Mapping[int, str]
    reading: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    memory: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    prompts: Mapping[str, Any] = field(default_factory=dict)

    def prompted_frames(self) -> dict[int, set[int]]:
        """Return by object id the frames, by index, that carry a prompt of it."""
        return {
            int(prompted_object["id"]): {int(prompt["frame"]) for prompt in prompted_object["prompts"]}
            for prompted_object in self.prompts.get("objects", ())
        }


Add = Callable[[ResultFrame], None]
"""Takes the next frame of a track."""


def tracked_object(
    labels: NDArray[np.uint8], object_id: int, object_score: float | None, predicted_iou: float | None
) -> TrackedObject:
    """Return what was seen of an object, measured on the labels of its frame.

    Args:
        labels: uint8 [H, W].
        object_id: the object's label.
        object_score: the tracker's logit that the object is there, if it has one.
        predicted_iou: the tracker's own estimate of the mask's IoU, if it has one.
    """
    mask = labels == object_id
    box = mask_box(mask)
    if box is None:
        return TrackedObject(object_score, predicted_iou, 0, None)
    x_min, y_min, x_max, y_max = (int(edge) for edge in box)
    area = int(np.count_nonzero(mask))
    return TrackedObject(object_score, predicted_iou, area, (x_min, y_min, x_max, y_max))
