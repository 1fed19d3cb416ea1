"""EdgeTAM as a family of trackers."""

from collections.abc import Collection
from pathlib import Path

import torch

from samscope.support.errors import UsageError
from samscope.trackers.edgetam.built_in import RANDOM_EDGETAM
from samscope.trackers.edgetam.loading import (
    CONFIGURATION_KIND,
    ReadNetwork,
    from_folder,
    from_weights,
    random_network,
)
from samscope.trackers.edgetam.parameter_names import are_edgetam
from samscope.trackers.edgetam.tracker import EdgeTam
from samscope.trackers.family import Weights
from samscope.trackers.modes import MODES, Mode
from samscope.trackers.sam2.checkpoint import read_weights
from samscope.trackers.sam2.configuration_file import CONFIGURATION, read_configuration
from samscope.trackers.sam2.speed.constant_encodings import keep_constant_encodings


class EdgeTamFamily:
    """EdgeTAM; as ``family.Family`` says."""

    name = CONFIGURATION_KIND.family
    model_types = (CONFIGURATION_KIND.model_type,)
    built_in = (RANDOM_EDGETAM,)

    def recognises(self, parameters: Collection[str]) -> bool:
        """Tell by the perceiver."""
        return are_edgetam(parameters)

    def check(self, folder: Path) -> object:
        """Read a folder's config.json."""
        return read_configuration(folder, CONFIGURATION_KIND)

    def load(
        self, name: str, weights: Weights, device: torch.device, image_size: int | None, mode: Mode
    ) -> EdgeTam:
        """Load a model. In the mode ``fast`` its operations are those of ``exact``, side by side on a CPU."""
        if mode not in MODES:
            raise UsageError(f"there is no mode {mode!r}; the modes are {', '.join(MODES)}")
        read = _read(weights, image_size)
        network = keep_constant_encodings(read.network).to(device).eval()
        return EdgeTam(network, name, network.config.image_size, device, mode, read.normalisation)


EDGETAM = EdgeTamFamily()


def _read(weights: Weights, image_size: int | None) -> ReadNetwork:
    path = weights.path
    if path is None:
        return ReadNetwork(random_network(image_size))
    if path.is_dir():
        return from_folder(path, image_size)
    values = read_weights(path) if weights.values is None else weights.values
    if (path.parent / CONFIGURATION).is_file():
        return from_folder(path.parent, image_size, path)
    return from_weights(path, values, image_size)
