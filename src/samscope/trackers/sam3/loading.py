"""Loading SAM 3's tracker from an official checkpoint or a folder in transformers' format."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import Sam3TrackerVideoConfig, Sam3TrackerVideoModel

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.reading import read_json_object
from samscope.trackers.sam2.built_in import RANDOM_SEED
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
from samscope.trackers.sam2.preprocessing import Normalisation
from samscope.trackers.sam2.processor_files import read_preparation
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

MODEL_TYPES = (_TRACKER_TYPE, _WHOLE_TYPE)
"""Of the folders that have a tracker: a tracker alone, and a whole SAM 3."""


@dataclass(frozen=True, eq=False)
class ReadNetwork:
    """A network on the CPU, and how frames are normalised for it."""

    network: Sam3TrackerVideoModel
    normalisation: Normalisation = NORMALISATION


def read_sam3(
    path: Path, image_size: int | None = None, values: Mapping[str, Tensor] | None = None
) -> ReadNetwork:
    """Read SAM 3's tracker, and nothing of its detector but the trunk that both share.

    Args:
        path: an official checkpoint (``sam3.pt``, or the same as safetensors); or a folder or a file of
            weights as transformers saves a ``Sam3TrackerVideoModel`` or a whole ``Sam3VideoModel``.
        image_size: side of the square input in pixels; the model's own, 1008 for the released one, if None.
        values: what the file holds, by parameter name, where it has been read already.

    Raises:
        UsageError: a size that does not fit.
        SamscopeError: there is no tracker in it, or its files are damaged or incomplete.
    """
    return _from_folder(path, image_size) if path.is_dir() else _from_file(path, image_size, values)


def random_network(image_size: int | None = None) -> Sam3TrackerVideoModel:
    """Return a network with weights as a training begins with, drawn with ``RANDOM_SEED``; it tracks nothing.

    They are the same each time, at least for one version of PyTorch and of transformers. The caller's random
    numbers go on as if nothing had been drawn.

    Args:
        image_size: side of the square input in pixels; None for 1008.

    Raises:
        UsageError: the size does not fit.
    """
    configuration = released_configuration(IMAGE_SIZE if image_size is None else image_size)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(RANDOM_SEED)
        return Sam3TrackerVideoModel(configuration)


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


def _from_folder(folder: Path, image_size: int | None) -> ReadNetwork:
    with quiet_library():
        saved = read_configuration(folder / CONFIGURATION)
        files = check_weight_files(folder, saved, build=Sam3TrackerVideoModel, family="SAM 3")
    preparation = read_preparation(folder, NORMALISATION)
    weights: dict[str, Tensor] = {}
    for file in files:
        weights |= read_weights(file)
    if image_size is None:
        said_size = StatedSize(f"{folder / CONFIGURATION}: image_size", saved.image_size, saved.image_size)
        image_size = agreed_size([said_size, *preparation.sizes]) or IMAGE_SIZE
    configuration = _as_official(saved, image_size)
    return ReadNetwork(_loaded(folder, configuration, weights), preparation.normalisation)


def _from_file(path: Path, image_size: int | None, values: Mapping[str, Tensor] | None) -> ReadNetwork:
    weights = read_weights(path) if values is None else values
    size = IMAGE_SIZE if image_size is None else image_size
    return ReadNetwork(_loaded(path, released_configuration(size), weights))


def _loaded(
    source: Path, configuration: Sam3TrackerVideoConfig, weights: Mapping[str, Tensor]
) -> Sam3TrackerVideoModel:
    if not have_tracker(weights):
        raise SamscopeError(
            f"{source}: there is no SAM 3 tracker among its weights; expected an official SAM 3 checkpoint, "
            "or what transformers saves of a Sam3TrackerVideoModel or Sam3VideoModel"
        )
    tracker_weights = to_transformers(weights) if are_official(weights) else of_tracker_alone(weights)
    for name, value in tracker_weights.items():
        if not value.is_floating_point():
            raise SamscopeError(
                f"{source}: {name!r} holds {str(value.dtype).removeprefix('torch.')}; a model's weights are "
                "floating-point numbers: get them as released"
            )
    return loaded_network(source, configuration, tracker_weights, Sam3TrackerVideoModel, "SAM 3")


def read_configuration(file: Path) -> Sam3TrackerVideoConfig:
    """Return the tracker's configuration in a config.json, of a tracker alone or of a whole SAM 3.

    Raises:
        UsageError: there is none.
        SamscopeError: it is damaged, of another model, or asks for code or weights from elsewhere.
    """
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
    if kind not in MODEL_TYPES:
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
