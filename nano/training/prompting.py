"""Learning to be prompted: clicks and boxes on single frames that show several objects.

A decoder that begins with clips alone learns to find what stands out, wherever the click is, and from there
hardly ever learns more. So it begins with places: for a while what it is asked for is only a disc about the
click or the inside of the box, whatever the frame shows; then the objects themselves.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import Sam2VideoModel

from nano.training.forward import told_of_presence
from nano.training.frames import normalised
from nano.training.losses import LossWeights, mask_losses
from nano.training.scenes import SceneMix, draw_scene
from nano.training.sources import Sources
from samscope.trackers.drawn_prompts import PromptKind, draw_prompts
from samscope.trackers.prompt import Prompt, on_device
from samscope.trackers.sam2.decoding import decode, wants_several_masks
from samscope.trackers.sam2.encoding import EncodedFrame, encode_frame

_STREAM = 1_000_000
"""Added to a scene's place, so that its chance is not that of a clip of the same step."""

_RADII = (0.06, 0.2)
"""Radii of the discs, in sides of the frame."""

_SIDES = (0.12, 0.5)
"""Sides of the boxes, in sides of the frame."""


@dataclass(frozen=True)
class Prompting:
    """How a run teaches its decoder to be prompted.

    Attributes:
        until: share of the run's steps at which this ends: after the teaching of the encoder, decoder and
            prompt encoder alone learn, of prompted scenes. Not above ``Teaching.until``: no such steps.
        shapes_until: share of these steps in which only shapes at the prompted places are asked for.
        scenes: a step.
        prompts: a scene.
        rate: peak learning rate in these steps. It rises over the run's warm-up and falls along a cosine to a
            tenth.
        weight: of prompted scenes' loss beside the track's losses in all later steps; 0: none.
        mix: what scenes show.
    """

    until: float = 0.4
    shapes_until: float = 0.3
    scenes: int = 16
    prompts: int = 3
    rate: float = 1e-3
    weight: float = 1.0
    mix: SceneMix = field(default_factory=SceneMix)


UNPROMPTED = Prompting(until=0.0, weight=0.0)
"""No prompted scenes at all."""


@dataclass(frozen=True, eq=False)
class PromptedScenes:
    """A batch of scenes with prompts of one kind, each scene with equally many.

    Attributes:
        pixels: float32 [N, 3, S, S], preprocessed.
        masks: bool [N * K, S, S], what each prompt asks for; a scene's prompts follow each other.
        prompt: points or boxes, batch N * K.
        skipped: sources that could not be used while drawing, by reason.
    """

    pixels: Tensor
    masks: Tensor
    prompt: Prompt
    skipped: Mapping[str, int]

    def to(self, device: torch.device) -> "PromptedScenes":
        """Return the batch on a device."""
        return replace(
            self,
            pixels=self.pixels.to(device),
            masks=self.masks.to(device),
            prompt=on_device(self.prompt, device),
        )


def draw_prompted_scenes(
    sources: Sources,
    prompting: Prompting,
    *,
    places: range,
    side: int,
    seed: int,
    step: int,
    progress: float,
) -> PromptedScenes:
    """Draw the scenes of a step, or some of them: the same for the same arguments.

    Args:
        sources: what they are made of.
        prompting: how many prompts, and what scenes show.
        places: numbers of the step's scenes that are drawn.
        side: S in pixels.
        seed: of the run.
        step: number of the training step.
        progress: share of the steps of prompted scenes alone that are done; up to ``shapes_until`` only
            shapes are asked for.

    Raises:
        SamscopeError: the sources give no usable scene.
    """
    chance = np.random.default_rng([seed, step, _STREAM - 1]).random()
    kind = PromptKind.POINT if chance < 0.5 else PromptKind.BOX
    generators = [np.random.default_rng([seed, step, _STREAM + place]) for place in places]
    scenes = [draw_scene(sources, side, rng, prompting.mix) for rng in generators]
    skipped: Counter[str] = Counter()
    masks, prompted_by = [], []
    for scene, rng in zip(scenes, generators, strict=True):
        skipped.update(scene.skipped)
        for number in range(prompting.prompts):
            shape = progress < prompting.shapes_until
            masks.append(
                _shape(kind, side, rng)
                if shape
                else scene.masks[(number + int(rng.integers(len(scene.masks)))) % len(scene.masks)]
            )
            prompted_by.append(rng)
    asked_for = np.stack(masks)
    return PromptedScenes(
        pixels=normalised(np.stack([scene.frame for scene in scenes])),
        masks=torch.from_numpy(asked_for),
        prompt=draw_prompts(asked_for, kind, prompted_by),
        skipped=dict(skipped),
    )


def _shape(kind: PromptKind, side: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return a disc, or an upright rectangle for a box, bool [side, side]."""
    rows, columns = np.mgrid[:side, :side]
    if kind is PromptKind.POINT:
        radius = rng.uniform(*_RADII) * side
        x, y = rng.uniform(0, side, 2)
        return np.asarray((columns - x) ** 2 + (rows - y) ** 2 <= radius**2)
    width, height = rng.uniform(*_SIDES, 2) * side
    left, top = rng.uniform(0, side - width), rng.uniform(0, side - height)
    inside = (columns >= left) & (columns < left + width) & (rows >= top) & (rows < top + height)
    return np.asarray(inside)


def prompting_loss(network: Sam2VideoModel, scenes: PromptedScenes, weights: LossWeights) -> Tensor:
    """Return the loss of the masks that prompts on scenes give, the mean over prompts.

    The image encoder is not taught by it. Masks and predicted IoUs are, as on a frame of a clip.

    Args:
        network: the SAM 2.
        scenes: the batch.
        weights: the loss's parts' weights.
    """
    with torch.no_grad():
        encoded = encode_frame(network, scenes.pixels)
    prompts = len(scenes.masks) // len(scenes.pixels)
    repeated = EncodedFrame(
        *(
            getattr(encoded, name).repeat_interleave(prompts, dim=0)
            for name in ("pixels", "image_embeddings", "half", "top", "top_position")
        )
    )
    features = repeated.top + network.no_memory_embedding.reshape(1, -1, 1, 1)
    clicks = 0 if scenes.prompt.labels is None else scenes.prompt.labels.shape[1]
    decoded = decode(
        network,
        repeated,
        features,
        scenes.prompt,
        several_masks=wants_several_masks(network, clicks),
        choose=told_of_presence(torch.ones(len(scenes.masks), dtype=torch.bool, device=features.device)),
    )
    focal, dice, iou = mask_losses(decoded.candidate_logits, decoded.candidate_ious, scenes.masks, weights)
    return (weights.focal * focal + weights.dice * dice + weights.iou * iou).mean()
