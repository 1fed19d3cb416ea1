from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import Sam2VideoModel

from nano.training.configuration import configuration
from nano.training.forward import Recall, track_clips
from nano.training.frames import normalised
from nano.training.initialisation import initial_network
from samscope.trackers.batching import stack_prompts
from samscope.trackers.prompt import Prompt, make_prompt
from samscope.trackers.sam2.loading import Model
from samscope.trackers.track import track
from tests.nano.training.material import TINY
from tests.small_model import small_model

PROMPTS: dict[str, dict[str, Any]] = {
    "mask": {},
    "point": {"points": [[20, 30]]},
    "box": {"box": [10, 12, 40, 50]},
}


def clip(seed: int, frames: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 255, (frames, 64, 64, 3), dtype=np.uint8)


def prompting(kind: str) -> dict[str, Any]:
    mask = np.zeros((64, 64), bool)
    mask[10:40, 20:50] = True
    return {"mask": mask} if kind == "mask" else dict(PROMPTS[kind])


@pytest.mark.parametrize("kind", sorted(PROMPTS))
@pytest.mark.parametrize("object_score_bias", [2.0, 0.0])
def test_agrees_with_the_tracker(kind: str, object_score_bias: float) -> None:
    model: Model = small_model(object_score_bias=object_score_bias)
    clips = [clip(1), clip(2)]
    prompt = make_prompt((64, 64), 64, **prompting(kind))
    with torch.no_grad():
        tracked = track_clips(
            model.network, normalised(np.stack(clips, axis=1)), stack_prompts([prompt, prompt]), length=5
        )

    for number, frames in enumerate(clips):
        for step, seen in zip(tracked.steps, track(model, frames, **prompting(kind)), strict=True):
            pairs = {
                "mask": (step.decoded.mask_logits[number, 0], seen.mask_logits),
                "score": (step.decoded.object_score[number], torch.tensor(seen.object_score)),
                "iou": (step.decoded.predicted_iou[number], torch.tensor(seen.predicted_iou)),
                "pointer": (step.decoded.pointer[number], seen.object_pointer),
                "memory": (step.memory_encoder_output[number], seen.memory_encoder_output),
            }
            for ours, theirs in pairs.values():
                torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)


def test_pointers_have_the_time_scale_of_long_videos_by_default() -> None:
    network = initial_network(configuration(TINY), seed=0)
    tracked = track_clips(network, torch.randn(2, 1, 3, 64, 64), whole_mask(1))

    assert tracked.steps[-1].bank.limits.pointers == 16


def whole_mask(batch: int) -> Prompt:
    mask = torch.zeros(batch, 1, 64, 64)
    mask[..., 16:48, 16:48] = 1
    return Prompt(mask=mask)


@pytest.mark.parametrize("kind", sorted(PROMPTS))
def test_gradients_reach_what_a_track_uses(kind: str) -> None:
    torch.manual_seed(0)
    network = initial_network(configuration(TINY), seed=0)
    prompt = make_prompt((64, 64), 64, **prompting(kind))
    tracked = track_clips(network, torch.randn(3, 1, 3, 64, 64), prompt)
    last = tracked.steps[-1].decoded
    (last.candidate_logits.square().mean() + last.candidate_ious.sum() + last.appears.sum()).backward()  # type: ignore[no-untyped-call]

    for name in (
        "vision_encoder.backbone.patch_embed.projection",
        "memory_encoder.projection",
        "memory_encoder.mask_downsampler.final_conv",
        "object_pointer_proj.proj_out",
        "temporal_positional_encoding_projection_layer",
        "memory_attention.layers.0.cross_attn_image.k_proj",
        "mask_decoder.output_hypernetworks_mlps.1.proj_out",
    ):
        assert network.get_submodule(name).weight.grad.abs().sum() > 0, name


def conditioned(
    network: Sam2VideoModel, pixels: torch.Tensor, prompt: Prompt, recall: Recall = Recall.ALL
) -> torch.Tensor:
    """Return what memory attention made of the last frame."""
    with torch.no_grad():
        last = track_clips(network, pixels, prompt, recall=recall).steps[-1].memory_conditioned
    assert last is not None
    return last


def test_recall_takes_away_what_it_says() -> None:
    torch.manual_seed(0)
    network = initial_network(configuration(TINY), seed=0)
    pixels = torch.randn(3, 2, 3, 64, 64)
    answers = {recall: conditioned(network, pixels, whole_mask(2), recall) for recall in Recall}
    alone = [
        conditioned(network, pixels[:2], whole_mask(2), recall) for recall in (Recall.PROMPT, Recall.ALL)
    ]

    assert torch.equal(*alone)  # on frame 1 the prompt's is the only memory
    for recall in set(Recall) - {Recall.ALL}:
        assert not torch.equal(answers[recall], answers[Recall.ALL]), recall


def test_without_spatial_memories_only_pointers_carry_the_prompt() -> None:
    torch.manual_seed(0)
    network = initial_network(configuration(TINY), seed=0)
    pixels = torch.randn(1, 1, 3, 64, 64).expand(2, 2, -1, -1, -1)
    masks = torch.zeros(2, 1, 64, 64)
    masks[0, :, :32], masks[1, :, 32:] = 1, 1
    pointers = conditioned(network, pixels, Prompt(mask=masks), Recall.POINTERS)
    swapped = conditioned(network, pixels, Prompt(mask=masks), Recall.FOREIGN_POINTERS)
    own = conditioned(network, pixels, Prompt(mask=masks))
    other = conditioned(network, pixels, Prompt(mask=masks.flip(0)))

    assert not torch.equal(pointers[0], pointers[1])
    assert not torch.equal(swapped, own)  # foreign pointers change something,
    assert not torch.equal(swapped, other)  # but the spatial memories are the clip's own


def test_foreign_pointers_need_another_clip() -> None:
    network = initial_network(configuration(TINY), seed=0)
    with pytest.raises(ValueError, match="at least two clips"):
        track_clips(network, torch.randn(2, 1, 3, 64, 64), whole_mask(1), recall=Recall.FOREIGN_POINTERS)


def test_mask_logits_grow_to_the_frame_as_the_tracker_grows_them() -> None:
    model = small_model()
    frames = clip(3, frames=2)
    tracked = track_clips(
        model.network, normalised(frames[:, None]), make_prompt((64, 64), 64, **prompting("mask")), length=2
    )
    grown = functional.interpolate(tracked.mask_logits, size=(64, 64), mode="bilinear", align_corners=False)

    for logits, seen in zip(grown[:, 0], track(model, frames, **prompting("mask")), strict=True):
        assert ((logits > 0) == seen.mask).float().mean() > 0.999
