"""SAM 3's tracker as a family of trackers."""

from collections.abc import Collection
from pathlib import Path

import torch

from samscope.support.errors import UsageError
from samscope.trackers.family import Weights
from samscope.trackers.modes import MODES, Mode
from samscope.trackers.sam2.configuration_file import CONFIGURATION
from samscope.trackers.sam3.built_in import RANDOM_SAM3
from samscope.trackers.sam3.loading import (
    MODEL_TYPES,
    ReadNetwork,
    random_network,
    read_configuration,
    read_sam3,
)
from samscope.trackers.sam3.official_names import have_tracker
from samscope.trackers.sam3.tracker import Sam3Tracker


class Sam3Family:
    """SAM 3's tracker, alone or in a whole SAM 3; as ``family.Family`` says."""

    name = "SAM 3"
    model_types = MODEL_TYPES
    built_in = (RANDOM_SAM3,)

    def recognises(self, parameters: Collection[str]) -> bool:
        """Tell by the tracker's temporal positions and the neck that only SAM 3 has."""
        return have_tracker(parameters)

    def check(self, folder: Path) -> object:
        """Read a folder's config.json."""
        return read_configuration(folder / CONFIGURATION)

    def load(
        self, name: str, weights: Weights, device: torch.device, image_size: int | None, mode: Mode
    ) -> Sam3Tracker:
        """Load a model. In the mode ``fast`` its operations are those of ``exact``, side by side on a CPU."""
        if mode not in MODES:
            raise UsageError(f"there is no mode {mode!r}; the modes are {', '.join(MODES)}")
        path = weights.path
        read = (
            ReadNetwork(random_network(image_size))
            if path is None
            else read_sam3(path, image_size, weights.values)
        )
        network = read.network.to(device).eval()
        return Sam3Tracker(network, name, network.config.image_size, device, mode, read.normalisation)


SAM3 = Sam3Family()
