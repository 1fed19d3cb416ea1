"""Reading an EdgeTAM from a folder, from a file of weights, or drawing one at random."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import EdgeTamVideoConfig, EdgeTamVideoModel, EdgeTamVisionConfig

from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.edgetam.network import build_network, released_configuration, with_image_size
from samscope.trackers.edgetam.parameter_names import to_network
from samscope.trackers.sam2.built_in import RANDOM_SEED
from samscope.trackers.sam2.checkpoint import read_weights
from samscope.trackers.sam2.configuration_file import (
    CONFIGURATION,
    ConfigurationKind,
    agreed_size,
    first_line,
    read_configuration,
)
from samscope.trackers.sam2.loading import check_complete, quiet_library, share_positions
from samscope.trackers.sam2.parameter_names import unwrapped
from samscope.trackers.sam2.preprocessing import IMAGENET, Normalisation
from samscope.trackers.sam2.processor_files import read_preparation
from samscope.trackers.sam2.weight_files import check_weight_files, require_finite

FAMILY = "EdgeTAM"

CONFIGURATION_KIND = ConfigurationKind(
    family=FAMILY,
    model_type="edgetam_video",
    usual=lambda: EdgeTamVideoConfig(vision_config=EdgeTamVisionConfig()),
    parts={"vision_config": "edgetam_vision_model", "vision_config.backbone_config": "timm_wrapper"},
    architectures={"vision_config.backbone_config.architecture": "repvit_m1"},
    left_out=("vision_config.backbone_config",),
)

_COUNTER = ".num_batches_tracked"
"""Of a batch normalisation: how long it was trained, which changes nothing that it computes."""


@dataclass(frozen=True, eq=False)
class ReadNetwork:
    """A network on the CPU, and how frames are normalised for it."""

    network: EdgeTamVideoModel
    normalisation: Normalisation = IMAGENET


def from_folder(folder: Path, image_size: int | None = None, file: Path | None = None) -> ReadNetwork:
    """Read an EdgeTAM from a folder in transformers' format.

    Args:
        folder: holds ``config.json`` and the weights.
        image_size: side of the square input in pixels; None for what the folder says.
        file: the only file of weights that counts; None for those of the folder.

    Raises:
        UsageError: the size does not fit.
        SamscopeError: the files are damaged, incomplete, of another model, or contradict each other.
    """
    with quiet_library():
        saved = read_configuration(folder, CONFIGURATION_KIND)
        files = check_weight_files(folder, saved.configuration, file, build_network, FAMILY)
    preparation = read_preparation(folder)
    if image_size is not None:
        configuration = with_image_size(saved.configuration, image_size)
    else:
        stated = agreed_size([*saved.sizes, *preparation.sizes])
        try:
            configuration = with_image_size(saved.configuration, stated or saved.configuration.image_size)
        except UsageError as error:
            raise SamscopeError(f"{folder / CONFIGURATION}: {error}, or give --image-size") from error
    weights: dict[str, Tensor] = {}
    for part in files:
        weights |= read_weights(part)
    source = files[0] if len(files) == 1 else folder
    return ReadNetwork(_filled(source, configuration, weights), preparation.normalisation)


def from_weights(source: Path, weights: Mapping[str, Tensor], image_size: int | None = None) -> ReadNetwork:
    """Make the released EdgeTAM of weights alone, by official names or transformers'.

    Args:
        source: where they come from.
        weights: by name.
        image_size: side of the square input in pixels; None for 1024.

    Raises:
        UsageError: the size does not fit.
        SamscopeError: some are missing, unknown, of another shape or no numbers.
    """
    return ReadNetwork(_filled(source, released_configuration(image_size), weights))


def random_network(image_size: int | None = None) -> EdgeTamVideoModel:
    """Return a network with weights as training begins with, drawn with ``RANDOM_SEED``; it tracks nothing.

    They are the same each time, at least for one version of PyTorch and of transformers. The caller's random
    numbers go on as if nothing had been drawn.

    Args:
        image_size: side of the square input in pixels; None for 1024.

    Raises:
        UsageError: the size does not fit.
    """
    return _drawn(released_configuration(image_size))


def _drawn(configuration: EdgeTamVideoConfig) -> EdgeTamVideoModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(RANDOM_SEED)
        return build_network(configuration)


def _filled(
    source: Path, configuration: EdgeTamVideoConfig, weights: Mapping[str, Tensor]
) -> EdgeTamVideoModel:
    """Return a network of weights, all of which are there and fit."""
    plain = unwrapped(weights, source)
    for name, value in plain.items():
        if not value.is_floating_point() and not name.endswith(_COUNTER):
            raise SamscopeError(
                f"{source}: {name!r} holds {str(value.dtype).removeprefix('torch.')}; a model's weights are "
                "floating-point numbers: get them as released"
            )
    try:
        named = to_network(plain)
    except (RuntimeError, IndexError) as error:  # of tensors that do not even fit together
        raise SamscopeError(
            f"{source}: weights of shapes that no EdgeTAM has ({first_line(error)}); "
            "get a complete checkpoint"
        ) from error
    network = _drawn(configuration)
    state = network.state_dict()
    missing = {name for name in state.keys() - named.keys() if not name.endswith(_COUNTER)}
    misshapen = sorted(
        name for name, value in named.items() if name in state and value.shape != state[name].shape
    )
    fitting = {name: value for name, value in named.items() if name in state and name not in misshapen}
    network.load_state_dict(fitting, strict=False)
    share_positions(network, missing)
    unknown = sorted(named.keys() - state.keys())
    check_complete(source, sorted(missing), unknown, misshapen, FAMILY)
    require_finite(network, source)
    return network.eval()
