"""Loading SAM 3's tracker from an official checkpoint or a folder in transformers' format."""

import copy
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import Sam3TrackerVideoConfig, Sam3TrackerVideoModel

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.reading import read_json_object
from samscope.trackers.devices import device_at_hand
from samscope.trackers.sam2.checkpoint import read_weights
from samscope.trackers.sam2.configuration_file import (
    CONFIGURATION,
    MOST_BYTES,
    StatedSize,
    agreed_size,
    first_line,
    network_settings,
)
from samscope.trackers.sam2.loading import loaded_network, quiet_library
from samscope.trackers.sam2.preprocessing import Normalisation, preprocess
from samscope.trackers.sam2.processor_files import read_preparation
from samscope.trackers.sam2.speed.computing import inference
from samscope.trackers.sam2.weight_files import check_weight_files
from samscope.trackers.sam3.official_names import (
    are_official,
    have_tracker,
    of_tracker_alone,
    to_transformers,
)

IMAGE_SIZE = 1008
"""Side of the official input in pixels."""

NORMALISATION = Normalisation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""What SAM 3 was trained with."""

ENCODER_EPSILON = 1e-5
"""Of every layer normalisation in the trunk, officially; transformers' configurations say 1e-6."""

_TRACKER_TYPE = "sam3_tracker_video"
_WHOLE_TYPE = "sam3_video"


@dataclass(frozen=True, eq=False)
class Sam3Tracker:
    """SAM 3's tracker, ready to track.

    Attributes:
        network: transformers' ``Sam3TrackerVideoModel`` in float32 and evaluation mode, whose submodules
            ``sam3.step`` drives as the official code does; the library's own session differs from that.
        name: what it was loaded from.
        image_size: side of its square input in pixels.
        device: where it runs.
        normalisation: mean and deviation of its frames.
    """

    network: Sam3TrackerVideoModel
    name: str
    image_size: int
    device: torch.device
    normalisation: Normalisation = NORMALISATION

    def preprocess(self, frame: NDArray[np.uint8]) -> Tensor:
        """Return a frame uint8 [H, W, 3] as it enters the model, float32 [3, S, S], on the CPU."""
        return preprocess(frame, self.image_size, self.normalisation)

    def inference(self) -> AbstractContextManager[None]:
        """Return the context in which its submodules are to be run: without gradients, exactly."""
        return inference(self.device, "exact")


def load_sam3(
    path: str | Path, device: str | torch.device = "cpu", image_size: int | None = None
) -> Sam3Tracker:
    """Load SAM 3's tracker, and nothing of its detector but the trunk that both share.

    Args:
        path: an official checkpoint (``sam3.pt``, or the same as safetensors); or a folder or a file of
            weights as transformers saves a ``Sam3TrackerVideoModel`` or a whole ``Sam3VideoModel``.
        device: ``cpu``, ``cuda``, ``cuda:1``, ...; ``auto`` for the first CUDA GPU, or else the CPU.
        image_size: side of the square input in pixels; the model's own, 1008 for the released one, if None.

    Raises:
        UsageError: no such file or folder, no such device, or a size that does not fit.
        SamscopeError: there is no tracker in it, or its files are damaged or incomplete.
    """
    target = device_at_hand(device)
    place = Path(path).expanduser()
    if place.is_dir():
        network, normalisation = _from_folder(place, image_size)
    elif place.exists():
        network, normalisation = _from_file(place, image_size)
    else:
        raise UsageError(f"{place}: no such file or folder; give an official SAM 3 checkpoint or a folder")
    network = network.to(target).eval()
    return Sam3Tracker(network, str(path), network.config.image_size, target, normalisation)


def released_configuration(image_size: int = IMAGE_SIZE) -> Sam3TrackerVideoConfig:
    """Return the transformers configuration of the released SAM 3's tracker.

    Args:
        image_size: side of the square input in pixels.

    Raises:
        UsageError: the size does not fit.
    """
    return _as_official(Sam3TrackerVideoConfig(), image_size)


def _as_official(configuration: Sam3TrackerVideoConfig, image_size: int) -> Sam3TrackerVideoConfig:
    """Return a copy for square inputs of a size, with what transformers' configurations have otherwise.

    Raises:
        UsageError: the size is not of whole windows of the trunk's attention, the only ones for which there
            are official numbers.
    """
    trunk = configuration.vision_config.backbone_config
    window = trunk.patch_size * trunk.window_size
    if not isinstance(image_size, int) or image_size <= 0 or image_size % window:
        raise UsageError(
            f"image size {image_size!r} does not fit this model: choose a positive multiple of {window}"
        )
    sized = copy.deepcopy(configuration)
    sized.image_size = image_size
    sized.vision_config.backbone_config.layer_norm_eps = ENCODER_EPSILON
    return sized


def _from_folder(folder: Path, image_size: int | None) -> tuple[Sam3TrackerVideoModel, Normalisation]:
    with quiet_library():
        said = _read_configuration(folder / CONFIGURATION)
        files = check_weight_files(folder, said, build=Sam3TrackerVideoModel, family="SAM 3")
    preparation = read_preparation(folder, NORMALISATION)
    weights: dict[str, Tensor] = {}
    for file in files:
        weights |= read_weights(file)
    if image_size is None:
        said_size = StatedSize(f"{folder / CONFIGURATION}: image_size", said.image_size, said.image_size)
        image_size = agreed_size([said_size, *preparation.sizes]) or IMAGE_SIZE
    configuration = _as_official(said, image_size)
    return _loaded(folder, configuration, weights), preparation.normalisation


def _from_file(path: Path, image_size: int | None) -> tuple[Sam3TrackerVideoModel, Normalisation]:
    weights = read_weights(path)
    size = IMAGE_SIZE if image_size is None else image_size
    return _loaded(path, released_configuration(size), weights), NORMALISATION


def _loaded(
    source: Path, configuration: Sam3TrackerVideoConfig, weights: Mapping[str, Tensor]
) -> Sam3TrackerVideoModel:
    if not have_tracker(weights):
        raise SamscopeError(
            f"{source}: there is no SAM 3 tracker among its weights; expected an official SAM 3 checkpoint, "
            "or what transformers saves of a Sam3TrackerVideoModel or Sam3VideoModel"
        )
    own = to_transformers(weights) if are_official(weights) else of_tracker_alone(weights)
    for name, value in own.items():
        if not value.is_floating_point():
            raise SamscopeError(
                f"{source}: {name!r} holds {str(value.dtype).removeprefix('torch.')}; a model's weights are "
                "floating-point numbers: get them as released"
            )
    return loaded_network(source, configuration, own, Sam3TrackerVideoModel, "SAM 3")


def _read_configuration(file: Path) -> Sam3TrackerVideoConfig:
    """Return the tracker's configuration in a config.json, of a tracker alone or of a whole SAM 3."""
    if not file.is_file():
        raise UsageError(
            f"{file.parent}: no model folder, config.json is missing; name a file, or a folder made by "
            "save_pretrained"
        )
    try:
        content = read_json_object(file, MOST_BYTES)
    except (OSError, ValueError) as error:
        raise SamscopeError(
            f"{file}: not readable as a model's configuration ({error}); save the model again"
        ) from error
    kind = content.get("model_type")
    if kind not in (_TRACKER_TYPE, _WHOLE_TYPE):
        raise SamscopeError(
            f"{file}: a model of type {kind!r}, without a SAM 3 tracker; expected {_TRACKER_TYPE!r}, or "
            f"{_WHOLE_TYPE!r}"
        )
    settings = network_settings(
        file, _of_tracker(content) if kind == _WHOLE_TYPE else content, Sam3TrackerVideoConfig()
    )
    try:
        configuration: Sam3TrackerVideoConfig = Sam3TrackerVideoConfig.from_dict(settings)
    except Exception as error:  # the library checks each field with its own kind of exception
        raise SamscopeError(f"{file}: not a valid SAM 3 configuration ({first_line(error)})") from error
    return configuration


def _of_tracker(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tracker's configuration in a whole SAM 3's; the image encoder is the detector's."""
    tracker, detector = content.get("tracker_config") or {}, content.get("detector_config") or {}
    if not isinstance(tracker, dict) or not isinstance(detector, dict):
        return {}
    encoder = detector.get("vision_config")
    return tracker if encoder is None else tracker | {"vision_config": encoder}
