"""Measure how far the modes `fast` and `bf16` are from `exact`.

    python -m benchmarks.mode_errors [MODEL] [--videos DAVIS]

Relative errors (norm of the difference over the norm) over the clips of a study with the seed 0, which are
tracked one at a time in `exact`, and together, in the usual batches, in the other modes.
"""

import argparse
from pathlib import Path

import torch

from samscope.clips.settings import ClipSettings
from samscope.clips.source import open_source, open_videos
from samscope.trackers.modes import Mode
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL
from samscope.trackers.sam2.loading import load_model
from samscope.trackers.sam2.speed.device_memory import usual_batch
from samscope.trackers.seen import Seen
from samscope.trackers.shared import PromptedClip, track_together
from samscope.trackers.track import track

MODES: tuple[Mode, ...] = ("fast", "bf16")


def main() -> None:
    """Track the clips in every mode and print the largest errors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default=BUILT_IN_MODEL)
    parser.add_argument("--videos", type=Path)
    parser.add_argument("--clips", type=int, default=1)
    arguments = parser.parse_args()
    exact = load_model(arguments.model, mode="exact")
    models = {mode: load_model(arguments.model, mode=mode) for mode in MODES}
    errors: dict[Mode, list[tuple[float, float]]] = {mode: [] for mode in MODES}
    equal: dict[Mode, list[float]] = {mode: [] for mode in MODES}
    settings = ClipSettings(videos=arguments.videos, count=arguments.clips)
    for _, draw_clips in open_source(settings, open_videos(settings)):
        clips = [PromptedClip(clip.frames, clip.masks[0]) for clip in draw_clips]
        truth = [list(track(exact, clip.frames, mask=clip.mask)) for clip in clips]
        for mode, model in models.items():
            batch = usual_batch(model.network.config, model.device, mode, len(clips))
            for step in track_together(model, clips, batch=batch):
                for place in step.clips:
                    true = truth[place][step.seen.frame_index]
                    errors[mode].append(compared(step.seen, true))
                    equal[mode].append(float((step.seen.mask == true.mask).double().mean()))
    for mode in MODES:
        masks, pointers = torch.tensor(errors[mode]).T
        print(
            f"{mode}: {len(masks)} frames; masks {masks.median():.1e} (largest {masks.max():.1e}), pointers "
            f"{pointers.median():.1e} (largest {pointers.max():.1e}); equal mask pixels "
            f"{100 * sum(equal[mode]) / len(equal[mode]):.5f} %"
        )


def compared(seen: Seen, true: Seen) -> tuple[float, float]:
    """Return the relative errors of mask logits and ungated pointer."""
    logits = seen.mask_logits.double(), true.mask_logits.double()
    pointers = seen.at("object_pointer_ungated").double(), true.at("object_pointer_ungated").double()
    masks, pointer = (
        float((got - expected).norm() / expected.norm()) for got, expected in (logits, pointers)
    )
    return masks, pointer


if __name__ == "__main__":
    main()
