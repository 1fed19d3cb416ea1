"""The official SAM 2 video predictor as a contender, where its package is installed."""

from collections.abc import Mapping, Sequence
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.bench.stages import Modules
from samscope.clips.clip import Clip
from samscope.support.errors import UsageError
from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.official_names import to_transformers
from samscope.trackers.sam2.preprocessing import preprocess
from samscope.trackers.sam2.released import HIERA_SIZES, HieraSize

OFFICIAL_PARTS: Mapping[str, Modules] = {
    "image encoder": "image_encoder",
    "memory attention": "memory_attention",
    "mask decoder": "sam_mask_decoder",
    "memory encoder": "memory_encoder",
}
"""The official modules of the parts that ``stages.PARTS`` names."""

_CONFIGURATIONS = {"tiny": "t", "small": "s", "base-plus": "b+", "large": "l"}
_IMAGE_SIZE = 1024


class OfficialPredictor:
    """The official predictor with the weights of a model.

    Attributes:
        network: the predictor, which is a module.
    """

    def __init__(self, model: Model) -> None:
        """Build the predictor.

        Args:
            model: as its library loads it; its weights are copied.

        Raises:
            UsageError: the model is no released one at 1024 pixels, or the package is not installed.
        """
        hiera, version_2_1 = _size_of(model)
        try:
            from sam2.build_sam import build_sam2_video_predictor  # noqa: PLC0415
        except ImportError as error:
            raise UsageError(
                "--contenders official: the package sam2 is not installed; install it as its authors say "
                "(github.com/facebookresearch/sam2), or leave official out"
            ) from error
        version = "2.1" if version_2_1 else "2"
        name = f"configs/sam{version}/sam{version}_hiera_{_CONFIGURATIONS[hiera.name]}.yaml"
        self.network: Any = build_sam2_video_predictor(name, None, device=str(model.device))
        self.network.fill_hole_area = 0
        _copy_weights(model.network, self.network)

    def track(self, clips: Sequence[Clip]) -> list[NDArray[np.bool_]]:
        """Track clip after clip from the true mask on frame 0, and return the masks, bool [T, H, W] each.

        Frames are prepared as for samscope. Small holes in masks are left as they are: filling them takes the
        package's CUDA extension.
        """
        return [self._track(clip) for clip in clips]

    def _track(self, clip: Clip) -> NDArray[np.bool_]:
        height, width = clip.frames.shape[1:3]

        def frames_at_hand(**_: Any) -> tuple[Tensor, int, int]:
            prepared = torch.stack([preprocess(frame, _IMAGE_SIZE) for frame in clip.frames])
            return prepared.to(self.network.device), height, width

        with patch("sam2.sam2_video_predictor.load_video_frames", frames_at_hand):
            state = self.network.init_state(clip.name)
        self.network.add_new_mask(state, frame_idx=0, obj_id=1, mask=clip.masks[0])
        masks = [logits[0, 0] > 0 for _, _, logits in self.network.propagate_in_video(state)]
        return torch.stack(masks).cpu().numpy()


def _size_of(model: Model) -> tuple[HieraSize, bool]:
    """Return which released architecture a model has, and whether it is SAM 2.1."""
    configuration = model.network.config
    backbone = configuration.vision_config.backbone_config
    for hiera in HIERA_SIZES:
        same = (backbone.hidden_size, list(backbone.blocks_per_stage)) == (hiera.channels, list(hiera.blocks))
        if same and model.image_size == _IMAGE_SIZE:
            return hiera, bool(configuration.enable_occlusion_spatial_embedding)
    raise UsageError(
        f"--contenders official: {model.name} at {model.image_size} pixels is none of the released models at "
        f"{_IMAGE_SIZE}; leave official or --image-size out"
    )


def _copy_weights(source: nn.Module, official: nn.Module) -> None:
    """Write transformers' weights into the official parameters, by the names that loading goes by."""
    state = source.state_dict()
    with torch.no_grad():
        for name, parameter in official.state_dict().items():
            value = state[next(iter(to_transformers({name: parameter})))]
            if name.startswith("sam_prompt_encoder.point_embeddings."):
                row = int(name.split(".")[2])
                value = value[row : row + 1]
            parameter.copy_(value)
