"""How long a study's clips will take, and what will be kept of them, from a few frames of its own model."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from samscope.clips.clip import Clip, Timeline
from samscope.observation.observe import observe_clips
from samscope.records.encoding import encoded_tables
from samscope.records.map_files import packed_maps
from samscope.support.progress import Advance
from samscope.trackers.devices import wait_for
from samscope.trackers.family import Tracker
from samscope.trackers.positions import POSITION_NAMES
from samscope.trackers.sam2.speed.cores import Cores, usual_cores
from samscope.trackers.shared import PromptedClip
from samscope.trackers.shared_work import SharedWork, shared_work
from samscope.trackers.track import track

TIMED_FRAMES = 10
"""Frames of each clip of the first draws that are timed: by the last of them SAM 2's memory bank is full."""

_FULL_BANK = 7
"""The frame index from which on a step reads as many memories as it ever does."""

_FLOOR = 0.1
"""The least share of a frame index' time that is put down to its steps, whatever encoding took."""


@dataclass(frozen=True)
class Rates:
    """What a model costs on this machine.

    Attributes:
        encoding: seconds a frame, where as many are encoded at once as in a study.
        first_step: seconds of a step that reads one memory, its recording included.
        more_memory: seconds that each further memory adds to a step.
        record_bytes: bytes of the tables for a frame of a clip.
        file_bytes: bytes of a draw's tables beyond those of its frames.
        map_bytes: bytes of the position maps of a frame; 0 where none are kept.
        tensor_bytes: bytes of the whole tensors of a frame that is not the prompted one.
        timed: how many frames of clips were timed.
    """

    encoding: float
    first_step: float
    more_memory: float
    record_bytes: float
    file_bytes: int
    map_bytes: float
    tensor_bytes: int
    timed: int

    def seconds(self, work: SharedWork) -> float:
        """Return how long clips take that are tracked together and recorded.

        Args:
            work: what they need.
        """
        memories = [min(max(index, 1), _FULL_BANK) for index in range(len(work.steps))]
        steps = sum(
            count * (self.first_step + self.more_memory * (read - 1))
            for count, read in zip(work.steps, memories, strict=True)
        )
        return steps + self.encoding * sum(work.encodings)


def measure_rates(
    model: Tracker,
    clips: Sequence[Clip],
    *,
    batch: int,
    ahead: int,
    maps: bool,
    advance: Advance,
    attention: bool = False,
) -> Rates:
    """Track and record the first frames of clips, as a study would, and write nothing.

    Args:
        model: as ``load_model`` gives it.
        clips: what a study tracks together: those of one draw, or of several.
        batch: as for ``observe_clips``.
        ahead: as for ``observe_clips``.
        maps: whether position maps are kept of some clips.
        advance: called when one more frame of a clip is timed.
        attention: as for ``observe_clips``.

    Raises:
        SamscopeError: a clip cannot be tracked.
    """
    tensor_bytes = _tensor_bytes(model, clips[0])
    encoding = _encoding_seconds(model, clips[0].frames[0], batch)
    cut = [_cut(clip, TIMED_FRAMES) for clip in clips]
    work = shared_work(model, [PromptedClip(clip.frames, clip.masks[0], clip.present) for clip in cut])
    counts: dict[str, int] = {}
    ended = [0.0] * len(work.steps)

    def hear(clip: Clip) -> None:
        name = f"{clip.set} {clip.name}"
        ended[counts.get(name, 0)] = time.perf_counter()
        counts[name] = counts.get(name, 0) + 1
        advance(name)

    records = observe_clips(
        model,
        cut,
        maps=[0] if maps else [],
        attention=attention,
        batch=batch,
        ahead=ahead,
        advance=hear,
    )
    first, more, encoding = _fitted(np.diff(ended), work, encoding)
    frames = sum(len(clip.frames) for clip in cut)
    empty = sum(table.size for table in encoded_tables([]).values())
    tables = sum(table.size for table in encoded_tables(records).values())
    pictures = {} if records[0].maps is None else packed_maps(records[0].maps)
    return Rates(
        encoding=encoding,
        first_step=first,
        more_memory=more,
        record_bytes=max(tables - empty, 0) / frames,
        file_bytes=empty,
        map_bytes=sum(array.nbytes for array in pictures.values()) / len(cut[0].frames),
        tensor_bytes=tensor_bytes,
        timed=frames,
    )


def _fitted(seconds: NDArray[np.float64], work: SharedWork, encoding: float) -> tuple[float, float, float]:
    """Return what a step with one memory takes, what each further memory adds, and what an encoding takes.

    Args:
        seconds: of each frame index but the first.
        work: of all frame indexes.
        encoding: seconds of an encoding, as they were measured by themselves.
    """
    steps, encodings = np.array(work.steps[1:]), np.array(work.encodings[1:])
    of_steps = np.maximum(seconds - encoding * encodings, _FLOOR * seconds) / steps
    read = np.minimum(np.arange(1, len(steps) + 1), _FULL_BANK) - 1.0
    more, first = np.polyfit(read, of_steps, 1) if len(set(read)) > 1 else (0.0, of_steps.mean())
    if more < 0 or first < 0:
        more, first = 0.0, of_steps.mean()
    predicted = (steps * (first + more * read)).sum() + encoding * encodings.sum()
    scale = seconds.sum() / predicted
    return float(first * scale), float(more * scale), float(encoding * scale)


def _cut(clip: Clip, frames: int) -> Clip:
    """Return the first frames of a clip as a clip of its own; its middle and suffix are one frame each."""
    if clip.timeline.length <= frames:
        return clip
    return replace(
        clip,
        timeline=Timeline(frames - 2, 1, 1),
        frames=clip.frames[:frames],
        masks=clip.masks[:frames],
        amodal_masks=clip.amodal_masks[:frames],
        void=clip.void[:frames],
        present=clip.present[:frames],
        obscured=clip.obscured[:frames],
        transformed=clip.transformed[:frames],
        origins=clip.origins[:frames],
        rivals=None if clip.rivals is None else clip.rivals[:frames],
    )


def _tensor_bytes(model: Tracker, clip: Clip) -> int:
    """Return the bytes of all positions on a frame after the prompted one; the model is warm afterwards."""
    length = clip.timeline.length
    *_, last = track(model, clip.frames[:2], mask=clip.masks[0], length=length, truth=clip.present)
    tensors = [getattr(last, position) for position in POSITION_NAMES]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors if tensor is not None)


def _encoding_seconds(model: Tracker, frame: NDArray[np.uint8], batch: int) -> float:
    """Return how long a frame takes to encode, where cores encode several and a batch goes together."""
    cores = usual_cores(model.device, model.mode)
    pixels = torch.stack([model.preprocess(frame)] * batch)

    def encode() -> None:
        model.encode(pixels)
        wait_for(model.device)

    encode()
    times = 2 * (cores or 1)
    begin = time.perf_counter()
    with Cores(cores) as running:
        for encoded in [running.run(encode) for _ in range(times)]:
            encoded.result()
    return (time.perf_counter() - begin) / (times * batch)
