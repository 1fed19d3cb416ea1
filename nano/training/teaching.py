"""Teaching the image encoder: its features are to tell what a teacher trained on ImageNet tells."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Sam2VideoModel

from nano.training.teacher import TEACHER_CHANNELS, Teacher
from samscope.trackers.sam2.encoding import EncodedFrame, encode_frame

_SMOOTH_L1 = 0.1
"""Weight of the features' distance beside that of their direction."""

_RIDGE = 1e-3
"""What is added to the mean square of the features when heads are fitted to them, relative to it."""

_PICTURES_AT_ONCE = 16


@dataclass(frozen=True)
class Teaching:
    """How a run teaches its encoder.

    Attributes:
        until: share of the run's steps in which the encoder alone learns, of pictures; 0: none.
        pictures: a step, in these steps.
        rate: peak learning rate in these steps. It rises over the run's warm-up and falls along a cosine to a
            tenth.
        weight: of the teaching loss beside the track's losses in all later steps; 0: none.
    """

    until: float = 0.3
    pictures: int = 32
    rate: float = 1e-3
    weight: float = 1.0

    @property
    def needed(self) -> bool:
        """Whether the run needs a teacher."""
        return self.until > 0 or self.weight > 0


UNTAUGHT = Teaching(until=0.0, weight=0.0)
"""No teaching at all."""


def new_heads(network: Sam2VideoModel, seed: int) -> nn.ModuleList:
    """Return the linear maps from the encoder's features to the teacher's, at strides 8, 16 and 32.

    Args:
        network: the SAM 2 whose encoder is taught.
        seed: of their initial weights.
    """
    width = network.config.mask_decoder_config.hidden_size
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.ModuleList(
            nn.Conv2d(channels, taught, 1)
            for channels, taught in zip((width // 4, width, width), TEACHER_CHANNELS, strict=True)
        )


@torch.no_grad()
def fit_heads(heads: nn.ModuleList, teacher: Teacher, network: Sam2VideoModel, pixels: Tensor) -> None:
    """Set the heads to what they would learn of pictures while the encoder stands still: a ridge regression.

    A run that begins with a trained encoder would else spoil its features by the gradients of random heads.

    Args:
        heads: of ``new_heads``; changed in place.
        teacher: whose features they are to tell.
        network: whose encoder's features they read.
        pixels: float32 [N, 3, S, S], preprocessed pictures.
    """
    frames = [encode_frame(network, part) for part in torch.split(pixels, _PICTURES_AT_ONCE)]
    for head, level, target in zip(heads, _levels(frames), teacher.features(pixels), strict=True):
        features, targets = (cells.movedim(1, -1).flatten(0, 2).double() for cells in (level, target))
        mean, usual = features.mean(dim=0), targets.mean(dim=0)
        offsets = features - mean
        square = offsets.T @ offsets
        ridge = _RIDGE * square.diagonal().mean() * torch.eye(len(square), dtype=square.dtype).to(square)
        weight = torch.linalg.solve(square + ridge, offsets.T @ (targets - usual)).T
        head.load_state_dict({"weight": weight[:, :, None, None], "bias": usual - weight @ mean})


def teaching_loss(heads: nn.ModuleList, teacher: Teacher, frames: Sequence[EncodedFrame]) -> Tensor:
    """Return how far the encoder's features are from telling the teacher's.

    At each stride 1 minus the cosine between a linear map of the encoder's features and the teacher's
    standardised ones, plus a tenth of their smooth L1 distance; the mean over cells, frames and strides.

    Args:
        heads: of ``new_heads``.
        teacher: its features are those of the frames' pixels.
        frames: encoded frames.
    """
    pixels = torch.cat([frame.pixels for frame in frames])
    losses = []
    for head, level, target in zip(heads, _levels(frames), teacher.features(pixels), strict=True):
        predicted = head(level).float()
        direction = 1 - functional.cosine_similarity(predicted, target, dim=1).mean()
        losses.append(direction + _SMOOTH_L1 * functional.smooth_l1_loss(predicted, target))
    return torch.stack(losses).mean()


def _levels(frames: Sequence[EncodedFrame]) -> tuple[Tensor, Tensor, Tensor]:
    """Return the encoder's features at strides 8, 16 and 32, each [B, C, H, W]."""
    top = torch.cat([frame.top for frame in frames])
    return torch.cat([frame.half for frame in frames]), top, functional.avg_pool2d(top, 2)
