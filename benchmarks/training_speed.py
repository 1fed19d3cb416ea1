"""Time training steps of the built-in model in bfloat16 and in float32, and what each half of a step costs.

    python -m benchmarks.training_speed [--size 192] [--clips 8] [--frames 6] [--rounds 5] [--threads 1]

Clips are noise: what they show costs nothing. The two take turns, round after round; shown are the medians
and the range of their ratio. It needs neither material nor teacher: what teaching adds is not in it.
"""

import argparse
import statistics
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from nano.training.batches import Batch, Plan, make_batch
from nano.training.clips import TrainingClip
from nano.training.forward import Recall
from nano.training.learner import Learner, new_learner
from nano.training.loop import take_step
from nano.training.processes import Crew
from nano.training.prompting import UNPROMPTED
from nano.training.settings import TrainingSettings
from nano.training.teaching import UNTAUGHT
from samscope.support.machine import processor_name
from samscope.trackers.drawn_prompts import PromptKind

KINDS = {"bfloat16": True, "float32": False}


def main() -> None:
    """Time, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=192, help="side of the frames in pixels")
    parser.add_argument("--clips", type=int, default=8, help="clips a step")
    parser.add_argument("--frames", type=int, default=6, help="frames of a clip")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    batch = noise(given.clips, given.frames, given.size)
    runs = {name: settings(half=half, clips=given.clips) for name, half in KINDS.items()}
    learners = {name: new_learner(run, given.size) for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in KINDS}
    for round_number in range(given.rounds + 1):
        for name in KINDS:
            taken = timed(learners[name], batch, runs[name])
            if round_number:  # the first one makes buffers
                seconds[name].append(taken)
    report(
        seconds, given.clips * given.frames, f"{processor_name()}, {given.threads} threads, {given.size} px"
    )


def settings(*, half: bool, clips: int) -> TrainingSettings:
    """Return the settings of a run without a teacher."""
    return TrainingSettings(Path(), Path(), half=half, batch=clips, teaching=UNTAUGHT, prompting=UNPROMPTED)


def noise(clips: int, frames: int, size: int) -> Batch:
    """Return a batch of clips that show noise, with a square for their object."""
    generators = [np.random.default_rng(number) for number in range(clips)]
    masks = np.zeros((frames, size, size), bool)
    masks[:, size // 4 : size // 2, size // 4 : size // 2] = True
    drawn = [
        TrainingClip(rng.integers(0, 255, (frames, size, size, 3), np.uint8), masks, Counter())
        for rng in generators
    ]
    return make_batch(drawn, Plan(frames, PromptKind.MASK, Recall.ALL, told=True), generators)


def timed(learner: Learner, batch: Batch, run: TrainingSettings) -> float:
    """Return the seconds of a step."""
    begun = time.perf_counter()
    take_step(learner, batch, 0, run, crew=Crew())
    return time.perf_counter() - begun


def report(seconds: dict[str, list[float]], frames: int, where: str) -> None:
    """Print seconds of a step, steps and frames a second, and the ratio."""
    table = Table(title=f"training steps; {where}")
    for heading in ("", "s a step", "steps a second", "frames a second"):
        table.add_column(heading)
    for name, taken in seconds.items():
        median = statistics.median(taken)
        table.add_row(name, f"{median:.2f}", f"{1 / median:.2f}", f"{frames / median:.1f}")
    ratios = sorted(b / a for a, b in zip(seconds["bfloat16"], seconds["float32"], strict=True))
    table.caption = (
        f"float32 takes {statistics.median(ratios):.2f} times as long ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
