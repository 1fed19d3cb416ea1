"""Several clips tracked side by side: what is equal among them is computed once, and forks where they part.

Clips that are made of one video share frames and beginnings. They are tracked in lockstep: at each frame
index every distinct frame is encoded once, every distinct track takes one step, and clips whose frames differ
from then on go on from the same memory bank. A bank is a value, so that a fork costs nothing.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from samscope.errors import UsageError
from samscope.models.loading import Model
from samscope.models.preprocessing import preprocess
from samscope.tracking.batching import split_encoded, split_step, stack_banks, stack_encoded, stack_prompts
from samscope.tracking.equal_frames import number_frames
from samscope.tracking.prompt import Prompt, make_prompt, on_device
from samscope.tracking.seen import Seen, see
from samscope.tracking.step import EncodedFrame, Step, encode_frame, first_step, next_step


@dataclass(frozen=True, eq=False)
class PromptedClip:
    """A clip and its object on frame 0.

    Attributes:
        frames: uint8 [T, H, W, 3], RGB.
        mask: bool [H, W], the object's pixels on frame 0.
    """

    frames: NDArray[np.uint8]
    mask: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SeenTogether:
    """One step, and the clips that it was taken for.

    Attributes:
        clips: their places in what ``track_together`` was given, ascending.
        seen: what was seen, once for all of them; its tensors are shared and not to be written to.
    """

    clips: tuple[int, ...]
    seen: Seen


@dataclass(frozen=True, eq=False)
class _Track:
    """What some clips have in common so far: their places, and the latest step, None before frame 0."""

    clips: tuple[int, ...]
    step: Step | None = None


def track_together(
    model: Model, clips: Sequence[PromptedClip], *, batch: int = 1, memory_stride: int = 1
) -> Iterator[SeenTogether]:
    """Track the objects of several clips, each from its mask on frame 0, and observe the model.

    Frames are equal if their pixels are, wherever they come from. Tracks are one as long as their frames,
    their masks on frame 0 and what their lengths mean to the model (see ``track``) are equal.

    With ``batch`` 1 every step computes what ``track`` computes for each clip alone, bit for bit on a CPU.
    Larger batches, for a GPU, put distinct frames and tracks through the model together, which changes the
    last bits.

    Held are the encodings of those frames that a later frame index still needs, and a memory bank a track.
    For the six sets of one draw that is at most one encoding more than frames are interjected, and six banks.

    Args:
        model: the SAM 2.
        clips: of any lengths and sizes.
        batch: how many distinct frames or tracks go through the model at once.
        memory_stride: SAM 2's stride of the memory bank; 1 writes every frame.

    Yields:
        Frame index by frame index one item a distinct step; each clip is in exactly one while it lasts.

    Raises:
        UsageError: a clip without frames, a wrong mask, a batch or stride below 1.
    """
    for name, value in (("batch", batch), ("memory_stride", memory_stride)):
        if value < 1:
            raise UsageError(f"{name} is {value}; it must be at least 1")
    for place, clip in enumerate(clips):
        if clip.frames.dtype != np.uint8 or clip.frames.ndim != 4 or clip.frames.shape[-1] != 3:
            kind = f"{clip.frames.dtype} {list(clip.frames.shape)}"
            raise UsageError(f"clip {place}: frames are {kind}; expected uint8 [T, H, W, 3], RGB")
        if not len(clip.frames):
            raise UsageError(f"clip {place}: there is no frame to track in")
    prompts = [
        on_device(
            make_prompt((clip.frames.shape[1], clip.frames.shape[2]), model.image_size, mask=clip.mask),
            model.device,
        )
        for clip in clips
    ]
    return _follow(model, clips, prompts, batch, memory_stride)


def _follow(
    model: Model, clips: Sequence[PromptedClip], prompts: Sequence[Prompt], batch: int, memory_stride: int
) -> Iterator[SeenTogether]:
    most = model.network.config.max_object_pointers_in_encoder
    pointers = [min(len(clip.frames), most) for clip in clips]
    numbers = number_frames([clip.frames for clip in clips])
    last_needed = {number: time for time, number in sorted(_by_time(numbers))}
    encodings: dict[int, EncodedFrame] = {}
    tracks = _split_by(
        [_Track(tuple(range(len(clips))))], lambda place: (pointers[place], clips[place].mask.tobytes())
    )
    for time in range(max(map(len, numbers), default=0)):
        tracks = [
            _Track(tuple(p for p in track.clips if time < len(numbers[p])), track.step) for track in tracks
        ]
        tracks = _split_by(tracks, lambda place: numbers[place][time])  # noqa: B023
        frames = {numbers[track.clips[0]][time]: clips[track.clips[0]].frames[time] for track in tracks}
        missing = {number: frame for number, frame in frames.items() if number not in encodings}
        encodings |= _encode(model, missing, batch)
        after = []
        for together in _batches(tracks, lambda track: pointers[track.clips[0]], batch):
            firsts = [track.clips[0] for track in together]
            encoded = [encodings[numbers[place][time]] for place in firsts]
            if time:
                steps = _next(model, together, encoded, time)
            else:
                own = [prompts[place] for place in firsts]
                steps = _first(model, own, encoded, len(clips[firsts[0]].frames), memory_stride)
            for track, step in zip(together, steps, strict=True):
                height, width = clips[track.clips[0]].frames.shape[1:3]
                yield SeenTogether(track.clips, see(step, (height, width)))
                after.append(_Track(track.clips, step))
        tracks = after
        encodings = {number: kept for number, kept in encodings.items() if last_needed[number] > time}


def _by_time(numbers: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    return ((time, number) for own in numbers for time, number in enumerate(own))


def _split_by(tracks: Iterable[_Track], key: Callable[[int], Hashable]) -> list[_Track]:
    """Split tracks so that all clips of each have the same key; one without clips is dropped."""
    parted = []
    for track in tracks:
        groups: dict[Hashable, list[int]] = {}
        for place in track.clips:
            groups.setdefault(key(place), []).append(place)
        parted += [_Track(tuple(places), track.step) for places in groups.values()]
    return parted


def _batches(
    tracks: Sequence[_Track], key: Callable[[_Track], Hashable], size: int
) -> Iterator[Sequence[_Track]]:
    """Yield tracks of the same key together, at most ``size`` at once, in the order of the first of a key."""
    groups: dict[Hashable, list[_Track]] = {}
    for track in tracks:
        groups.setdefault(key(track), []).append(track)
    for group in groups.values():
        for first in range(0, len(group), size):
            yield group[first : first + size]


def _encode(model: Model, frames: dict[int, NDArray[np.uint8]], batch: int) -> dict[int, EncodedFrame]:
    """Encode frames, at most ``batch`` at once; returns their encodings by number."""
    numbers = list(frames)
    encoded: list[EncodedFrame] = []
    for first in range(0, len(numbers), batch):
        pixels = [preprocess(frames[number], model.image_size) for number in numbers[first : first + batch]]
        with model.inference():
            encoded += split_encoded(encode_frame(model.network, torch.stack(pixels).to(model.device)))
    return dict(zip(numbers, encoded, strict=True))


def _first(
    model: Model, prompts: Sequence[Prompt], encoded: Sequence[EncodedFrame], length: int, memory_stride: int
) -> list[Step]:
    with model.inference():
        step = first_step(
            model.network,
            stack_encoded(encoded),
            stack_prompts(prompts),
            length=length,
            memory_stride=memory_stride,
        )
    return split_step(step, None)


def _next(model: Model, tracks: Sequence[_Track], encoded: Sequence[EncodedFrame], time: int) -> list[Step]:
    banks = [track.step.bank for track in tracks if track.step is not None]
    with model.inference():
        step = next_step(model.network, stack_encoded(encoded), stack_banks(banks), time)
    return split_step(step, banks)
