"""Timing one contender, in a process of its own: nobody's memory and threads are another's."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.bench.arithmetic import Arithmetic, matrix_product_peak
from benchmarks.bench.contenders import WAYS, at_the_start
from benchmarks.bench.settings import BenchmarkSettings, Contender
from benchmarks.bench.stages import timed_stages
from samscope.clips.source import open_source, open_videos
from samscope.support.provenance import peak_memory as peak_memory_of_process
from samscope.trackers.devices import wait_for
from samscope.trackers.sam2.loading import load_as_library, load_model
from samscope.trackers.sam2.speed.cores import usual_cores

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, eq=False)
class Measured:
    """What one contender took.

    Attributes:
        contender: its name.
        frames: frames of all clips, shared ones counted for each clip.
        seconds: from made clips to masks or records; loading and making clips are left out.
        stage_seconds: of that, by part of the model; where cores compute side by side, of each on average.
        stage_calls: by part of the model.
        operations: floating-point operations by part, as the library would compute the calls that were made.
        peak: the machine's own operations a second in a matrix product, at the same number of threads.
        peak_memory: bytes, the largest resident size of the process; on a GPU those that it held there.
        pixels: of all predicted masks; 0 where they are not kept.
        masks: every predicted mask, clip by clip packed to bits; empty where they are not kept.
    """

    contender: Contender
    frames: int
    seconds: float
    stage_seconds: dict[str, float]
    stage_calls: dict[str, int]
    operations: dict[str, int]
    peak: float
    peak_memory: int
    pixels: int
    masks: NDArray[np.uint8]

    @property
    def frames_per_second(self) -> float:
        """Frames of all clips over seconds."""
        return self.frames / self.seconds

    def utilisation(self, part: str) -> float | None:
        """Return a part's operations a second as a share of the machine's own; None where not counted."""
        if part not in self.operations or not self.stage_seconds[part]:
            return None
        return self.operations[part] / self.stage_seconds[part] / self.peak


def measure(settings: BenchmarkSettings, contender: Contender, *, keep_masks: bool = True) -> Measured:
    """Track the clips of a benchmark in one way and take the time.

    Clips are made draw by draw, outside of the time that is taken.

    Args:
        settings: of the benchmark.
        contender: which way.
        keep_masks: keep the predicted masks, which costs memory that a study does not need.

    Raises:
        UsageError, SamscopeError: as ``load_model`` and ``open_source``.
    """
    torch.set_num_threads(settings.threads)
    way = WAYS[contender]
    if way.mode is None:
        model = load_as_library(settings.model, settings.image_size, device=settings.device)
    else:
        model = load_model(settings.model, settings.device, settings.image_size, mode=way.mode)
    source = open_source(settings.clips, open_videos(settings.clips))
    frames, seconds, pixels = 0, 0.0, 0
    packed = [np.empty(0, np.uint8)]
    network, modules, track = at_the_start(model, contender)
    with timed_stages(network, modules, model.device) as stages:
        for _, drawn in source:
            clips = list(drawn)
            begin = time.perf_counter()
            masks = track(clips)
            wait_for(model.device)
            seconds += time.perf_counter() - begin
            if keep_masks:
                pixels += sum(mask.size for mask in masks)
                packed += [np.packbits(mask) for mask in masks]
            frames += sum(len(clip.frames) for clip in clips)
    peak_memory = _own_peak_memory(model.device)
    side_by_side = usual_cores(model.device, model.mode) or 1
    arithmetic = Arithmetic(model.network.config)
    return Measured(
        contender=contender,
        frames=frames,
        seconds=seconds,
        stage_seconds={part: taken / side_by_side for part, taken in stages.seconds.items()},
        stage_calls=stages.calls,
        operations={
            "image encoder": stages.frames * arithmetic.image_encoder(),
            "memory attention": sum(arithmetic.memory_attention(tokens) for tokens in stages.tokens),
        },
        peak=matrix_product_peak(model.device),
        peak_memory=peak_memory,
        pixels=pixels,
        masks=np.concatenate(packed),
    )


def _own_peak_memory(device: torch.device) -> int:
    """Return the most bytes that this process has held on a GPU at once, or its largest resident size.

    What its parent once had does not count on Linux.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if _STATUS.exists():
        (line,) = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    return peak_memory_of_process()
