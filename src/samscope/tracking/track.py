"""Tracking an object through a clip or a stream."""

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from torch import Tensor

from samscope.errors import UsageError
from samscope.models.loading import Model
from samscope.models.preprocessing import preprocess
from samscope.tracking.given import rgb_frame, rgb_frames
from samscope.tracking.memory_bank import MemoryBank
from samscope.tracking.prompt import Prompt, make_prompt, on_device
from samscope.tracking.seen import Seen, see
from samscope.tracking.step import EncodedFrame, Step, encode_frame, first_step, next_step


def track(
    model: Model,
    frames: NDArray[np.uint8] | Tensor | Iterable[NDArray[np.uint8] | Tensor | Image.Image],
    *,
    mask: ArrayLike | Tensor | Image.Image | None = None,
    points: ArrayLike | Tensor | None = None,
    labels: Sequence[int] | ArrayLike | Tensor | None = None,
    box: ArrayLike | Tensor | None = None,
    length: int | None = None,
    memory_stride: int = 1,
) -> Iterator[Seen]:
    """Track the object that is prompted on the first frame, and observe the model on every frame.

    Frames are taken one at a time and nothing is kept of them but the memory bank, so a stream of any length
    runs in constant memory; so does a consumer that keeps no ``Seen``.

    Args:
        model: the SAM 2.
        frames: uint8 [T, H, W, 3], RGB, or any iterable of such frames [H, W, 3] of one size; as numpy
            arrays, torch tensors (also [3, H, W]) or Pillow pictures. Turn what OpenCV reads, which is BGR:
            ``frame[..., ::-1]``.
        mask: bool [H, W], the object's pixels on the first frame. A mask of another dtype, a torch tensor, a
            Pillow picture and [1, H, W] are read too where there is one kind of value beside 0 (1, 255, an
            id), which is the object; or
        points: [P, 2], x and y of clicks on it, in pixels, and/or
        box: x_min, y_min, x_max, y_max.
        labels: [P], 1 for a click on the object (the default), 0 for one beside it.
        length: frames in all. In SAM 2 a clip shorter than 17 frames has fewer pointers on another time
            scale, so the length is part of the computation. It is known for arrays and lists; a stream
            without it is taken as long, with SAM 2's maximum of 16 pointers.
        memory_stride: SAM 2's stride of the memory bank; 1 writes every frame.

    Yields:
        One ``Seen`` a frame.

    Raises:
        UsageError: a wrong prompt, a mask of several objects, frames of different sizes or of another kind,
            more frames than ``length``.
    """
    if memory_stride < 1:
        raise UsageError(f"memory_stride is {memory_stride}; it counts frames, from 1")
    source = rgb_frames(frames)
    if length is None and isinstance(frames, Sized):
        length = len(frames)
    beginning = list(islice(source, 1))
    if not beginning:
        raise UsageError("there is no frame to track in")
    if length is not None and length < 1:
        raise UsageError(f"length is {length}; it counts frames, from 1")
    first = rgb_frame(beginning[0], 0)
    prompt = make_prompt(
        (first.shape[0], first.shape[1]), model.image_size, mask=mask, points=points, labels=labels, box=box
    )
    step = _first(model, first, on_device(prompt, model.device), length, memory_stride)
    return _follow(model, step, first, source, length)


def _follow(
    model: Model,
    step: Step,
    first: NDArray[np.uint8],
    rest: Iterator[object],
    length: int | None,
) -> Iterator[Seen]:
    size = (first.shape[0], first.shape[1])
    yield see(step, size)
    for index, given in enumerate(rest, start=1):
        frame = rgb_frame(given, index)
        if frame.shape != first.shape:
            raise UsageError(
                f"frame {index} is {list(frame.shape)}, frame 0 {list(first.shape)}: one size, please"
            )
        if length is not None and index >= length:
            raise UsageError(f"frame {index} came after the last one: length={length}")
        step = _next(model, frame, step.bank, index)
        yield see(step, size)


def _first(
    model: Model, frame: NDArray[np.uint8], prompt: Prompt, length: int | None, memory_stride: int
) -> Step:
    with model.inference():
        return first_step(
            model.network, _encoded(model, frame), prompt, length=length, memory_stride=memory_stride
        )


def _next(model: Model, frame: NDArray[np.uint8], bank: MemoryBank, index: int) -> Step:
    with model.inference():
        return next_step(model.network, _encoded(model, frame), bank, index)


def _encoded(model: Model, frame: NDArray[np.uint8]) -> EncodedFrame:
    return encode_frame(model.network, preprocess(frame, model.image_size)[None].to(model.device))
