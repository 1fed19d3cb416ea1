"""SAM 2 as a family of trackers."""

from collections.abc import Collection
from pathlib import Path

import torch

from samscope.trackers.family import Weights
from samscope.trackers.modes import Mode
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL, RANDOM_MODELS
from samscope.trackers.sam2.configuration_file import SAM2 as KIND
from samscope.trackers.sam2.configuration_file import read_configuration
from samscope.trackers.sam2.loading import Model, load

_HIERA = (".image_encoder.trunk.blocks.", ".vision_encoder.backbone.blocks.")


class Sam2Family:
    """SAM 2 and 2.1, of any size; as ``family.Family`` says."""

    name = KIND.family
    model_types = (KIND.model_type,)
    built_in = (BUILT_IN_MODEL, *RANDOM_MODELS)

    def recognises(self, parameters: Collection[str]) -> bool:
        """Tell by the blocks of Hiera, which no other family has for an image encoder."""
        return any(blocks in f".{name}" for blocks in _HIERA for name in parameters)

    def check(self, folder: Path) -> object:
        """Read a folder's config.json."""
        return read_configuration(folder)

    def load(
        self, name: str, weights: Weights, device: torch.device, image_size: int | None, mode: Mode
    ) -> Model:
        """Load a model."""
        return load(name, weights, device, image_size, mode)


SAM2 = Sam2Family()
