"""What is timed: ways to track the same clips with the same weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from transformers import Sam2VideoInferenceSession

from benchmarks.bench.official_predictor import OFFICIAL_PARTS, OfficialPredictor
from benchmarks.bench.settings import Contender
from benchmarks.bench.stages import PARTS, Modules
from samscope.clips.clip import Clip
from samscope.observation.observe import observe_clip, observe_clips
from samscope.trackers.modes import Mode
from samscope.trackers.prompt import make_prompt, on_device
from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.preprocessing import preprocess
from samscope.trackers.sam2.speed.device_memory import usual_batch
from samscope.trackers.shared import PromptedClip, track_together
from samscope.trackers.track import track

Masks = list[NDArray[np.bool_]]
Track = Callable[[Sequence[Clip]], Masks]


@dataclass(frozen=True)
class Way:
    """One way to track clips.

    Attributes:
        mode: how the model is loaded; None as its library loads it, with nothing of samscope's in it.
        run: tracks clips and returns their masks, bool [T, H, W] each; none where it only records. None for
            the official predictor, which tracks with a network of its own.
    """

    mode: Mode | None
    run: Callable[[Model, Sequence[Clip]], Masks] | None


def library_session(model: Model, clips: Sequence[Clip]) -> Masks:
    """Track clip after clip by the library's own session, from the true mask on frame 0.

    Frames and prompt are prepared as for samscope; all frames of a clip are handed over at once, as the
    library's processor does, and its cache of encodings is left as it is.
    """
    return [_by_session(model, clip) for clip in clips]


def _by_session(model: Model, clip: Clip) -> NDArray[np.bool_]:
    height, width = clip.frames.shape[1:3]
    session = Sam2VideoInferenceSession(
        video=torch.stack(
            [preprocess(frame, model.image_size, model.normalisation) for frame in clip.frames]
        ),
        video_height=height,
        video_width=width,
        inference_device=model.device,
        inference_state_device=model.device,
        video_storage_device=model.device,
        dtype=torch.float32,
    )
    place = session.obj_id_to_idx(1)
    prompt = on_device(make_prompt((height, width), model.image_size, mask=clip.masks[0]), model.device)
    session.add_mask_inputs(place, 0, prompt.mask)
    session.obj_with_new_inputs = [1]
    masks = []
    with torch.inference_mode():
        for index in range(len(clip.frames)):
            logits = model.network(inference_session=session, frame_idx=index).pred_masks
            whole = functional.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)
            masks.append((whole[0, 0] > 0).cpu().numpy())
    return np.stack(masks)


def alone(model: Model, clips: Sequence[Clip]) -> Masks:
    """Track clip after clip."""
    return [
        np.stack([seen.mask.cpu().numpy() for seen in track(model, clip.frames, mask=clip.masks[0])])
        for clip in clips
    ]


def together(model: Model, clips: Sequence[Clip]) -> Masks:
    """Track clips side by side, what they share once."""
    masks: list[list[NDArray[np.bool_]]] = [[] for _ in clips]
    prompted = [PromptedClip(clip.frames, clip.masks[0]) for clip in clips]
    for step in track_together(model, prompted, batch=_batch(model, clips)):
        mask = step.seen.mask.cpu().numpy()
        for place in step.clips:
            masks[place].append(mask)
    return [np.stack(clip_masks) for clip_masks in masks]


def alone_observed(model: Model, clips: Sequence[Clip]) -> Masks:
    """Track clip after clip and record everything; nothing is written."""
    for clip in clips:
        observe_clip(model, clip)
    return []


def together_observed(model: Model, clips: Sequence[Clip]) -> Masks:
    """Track clips side by side and record everything; nothing is written."""
    observe_clips(model, clips, batch=_batch(model, clips))
    return []


def _batch(model: Model, clips: Sequence[Clip]) -> int:
    """Return how many tracks of clips a study would put through a model at once."""
    sets = {clip.set for clip in clips}
    return usual_batch(model.network.config, model.device, model.mode, len(sets))


WAYS: dict[Contender, Way] = {
    "transformers": Way(None, library_session),
    "official": Way(None, None),
    "alone": Way("exact", alone),
    "track": Way("fast", alone),
    "exact": Way("exact", together),
    "fast": Way("fast", together),
    "bf16": Way("bf16", together),
    "alone_observed": Way("exact", alone_observed),
    "fast_observed": Way("fast", together_observed),
}


def at_the_start(model: Model, contender: Contender) -> tuple[nn.Module, Mapping[str, Modules], Track]:
    """Return the network that a contender runs, its modules by part, and what tracks clips.

    Raises:
        UsageError: the official predictor is not installed, or does not know the model.
    """
    run = WAYS[contender].run
    if run is None:
        predictor = OfficialPredictor(model)
        return predictor.network, OFFICIAL_PARTS, predictor.track
    return model.network, PARTS, partial(run, model)
