"""EdgeTAM's image encoder: RepViT-M1, and transformers' feature pyramid over its stages."""

from dataclasses import dataclass

from torch import Tensor, nn
from transformers import EdgeTamVisionConfig
from transformers.models.edgetam.modeling_edgetam import EdgeTamVisionNeck

from samscope.trackers.edgetam.repvit import RepVit


@dataclass(frozen=True, eq=False)
class FeaturePyramid:
    """What the image encoder gives, under transformers' names.

    Attributes:
        fpn_hidden_states: [B, C, S/4, S/4], [B, C, S/8, S/8] and [B, C, S/16, S/16].
        fpn_position_encoding: their sine position encodings, of the same shapes.
    """

    fpn_hidden_states: tuple[Tensor, ...]
    fpn_position_encoding: tuple[Tensor, ...]


class VisionEncoder(nn.Module):
    """Stands for transformers' ``EdgeTamVisionModel``, whose backbone needs timm and so torchvision.

    Args:
        configuration: of the feature pyramid.
    """

    def __init__(self, configuration: EdgeTamVisionConfig) -> None:
        super().__init__()
        self.backbone = RepVit()
        self.neck = EdgeTamVisionNeck(configuration)
        self._levels: int = configuration.num_feature_levels

    def forward(self, pixels: Tensor) -> FeaturePyramid:
        """Encode pixels [B, 3, S, S]."""
        stages = [maps.permute(0, 2, 3, 1) for maps in self.backbone(pixels)]
        features, positions = self.neck(stages)  # from the coarsest to the finest
        return FeaturePyramid(features[-self._levels :][::-1], positions[-self._levels :][::-1])
