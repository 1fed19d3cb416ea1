"""What features are worth for finding an object again, untrained: labels handed on from cell to cell.

After Jabri et al., Space-Time Correspondence as a Contrastive Random Walk (2020), section 4: each cell takes
the labels of the cells most like it on frame 0 and on the latest frames.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import Sam2VideoModel

from nano.checks.measures import Measure, mean_of_clips
from nano.training.batches import Batch
from nano.training.clips import ClipMix
from samscope.trackers.sam2.encoding import encode_frame

Encoder = Callable[[Tensor], Sequence[Tensor]]
"""Gives the feature levels [B, C, h, w] of preprocessed frames float32 [B, 3, S, S]."""


@dataclass(frozen=True)
class Propagation:
    """How labels are handed on.

    Attributes:
        context: latest frames that are looked at beside frame 0.
        reach: how far a cell looks, in rows and columns, as a share of the frame's side.
        nearest: cells that hand their labels on, for each cell.
        temperature: of the softmax over their cosines.
    """

    context: int = 7
    reach: float = 0.25
    nearest: int = 10
    temperature: float = 0.07


@torch.no_grad()
def propagated(features: Tensor, mask: Tensor, how: Propagation | None = None) -> Tensor:
    """Hand the labels of frame 0 on through a clip.

    Args:
        features: [T, C, h, w].
        mask: bool [S, S], the object on frame 0.
        how: the defaults if None.

    Returns:
        float32 [T, h, w], how much of each cell is the object, 0..1.
    """
    how = how or Propagation()
    count, _, height, width = features.shape
    cells = functional.normalize(features.float(), dim=1).flatten(2)
    labels = [functional.adaptive_avg_pool2d(mask[None, None].float(), (height, width)).flatten()]
    near = _within_reach(height, width, how.reach).to(features.device)
    for time in range(1, count):
        sources = sorted({0, *range(max(time - how.context, 0), time)})
        likeness = torch.cat(
            [(cells[time].T @ cells[source]).masked_fill(~near, -torch.inf) for source in sources], dim=1
        )
        best = likeness.topk(min(how.nearest, likeness.shape[1]), dim=1)
        source_labels = torch.cat([labels[source] for source in sources])[best.indices]
        labels.append(((best.values / how.temperature).softmax(dim=1) * source_labels).sum(dim=1))
    return torch.stack(labels).reshape(count, height, width)


def _within_reach(height: int, width: int, reach: float) -> Tensor:
    """Return which cells lie within reach of which, bool [h w, h w]."""
    rows, columns = torch.meshgrid(torch.arange(height) / height, torch.arange(width) / width, indexing="ij")
    places = torch.stack([rows.flatten(), columns.flatten()])
    return ((places[:, :, None] - places[:, None, :]).abs() <= reach).all(dim=0)


@dataclass(frozen=True)
class PropagationCheck:
    """What an encoder's features are worth on clips of material kept aside, with nothing trained on top.

    Attributes:
        real: J at strides 8 and 16 on clips of real video.
        composed: J at strides 8 and 16 on clips of objects that move over photos.
    """

    real: tuple[Measure, Measure]
    composed: tuple[Measure, Measure]


FRAMES = 16
REAL = ClipMix(footage=1.0, absence=0.0, light=0.0)
COMPOSED = ClipMix(footage=0.0, absence=0.0, look_alikes=0.0, moving_cutouts=0.0)


def check_propagation(encode: Encoder, real: Iterable[Batch], composed: Iterable[Batch]) -> PropagationCheck:
    """Hand labels on by an encoder's features at strides 8 and 16.

    Args:
        encode: the encoder; gives these two levels.
        real: clips of the mix ``REAL``, of ``FRAMES`` frames.
        composed: clips of the mix ``COMPOSED``, likewise.
    """
    measured = []
    for kind, batches in (("real", real), ("composed", composed)):
        scores = propagation_scores(encode, batches)
        measured.append(
            tuple(
                mean_of_clips(level, f"J of labels handed on at stride {stride}, {kind} clips")
                for level, stride in zip(scores.T, (8, 16), strict=True)
            )
        )
    (fine, coarse), (composed_fine, composed_coarse) = measured
    return PropagationCheck((fine, coarse), (composed_fine, composed_coarse))


def colours(pixels: Tensor) -> Sequence[Tensor]:
    """Return the mean colours of the cells at strides 8 and 16: features that know nothing."""
    return functional.avg_pool2d(pixels, 8), functional.avg_pool2d(pixels, 16)


def encoder_of(network: Sam2VideoModel) -> Encoder:
    """Return a SAM 2's own features at strides 8 and 16."""

    @torch.no_grad()
    def encode(pixels: Tensor) -> Sequence[Tensor]:
        frames = [encode_frame(network, part) for part in torch.split(pixels, _TOGETHER)]
        return torch.cat([frame.half for frame in frames]), torch.cat([frame.top for frame in frames])

    return encode


_TOGETHER = 16


def propagation_scores(encode: Encoder, batches: Iterable[Batch]) -> NDArray[np.float64]:
    """Return how well labels handed on by an encoder's features agree with the truth.

    Args:
        encode: the encoder.
        batches: clips with a mask on frame 0.

    Returns:
        [N, levels], for each clip and level J at half of a cell, the mean over frames 1 and later with the
        object; NaN where there are none.
    """
    scores = []
    for batch in batches:
        count, clips = batch.masks.shape[:2]
        levels = [
            level.reshape(count, clips, *level.shape[1:]) for level in encode(batch.pixels.flatten(0, 1))
        ]
        for clip in range(clips):
            truth = batch.masks[:, clip]
            scores.append([_overlap(propagated(level[:, clip], truth[0]), truth) for level in levels])
    return np.array(scores, np.float64)


def _overlap(shares: Tensor, truth: Tensor) -> float:
    size = truth.shape[-2:]
    masks = (
        functional.interpolate(shares[:, None], size=size, mode="bilinear", align_corners=False)[:, 0] > 0.5
    )
    has_object = truth.any(dim=(1, 2))
    has_object[0] = False
    if not has_object.any():
        return float("nan")
    shared = (masks & truth)[has_object].sum(dim=(1, 2))
    either = (masks | truth)[has_object].sum(dim=(1, 2))
    return float((shared / either).mean())
