"""Whether the files of a model's weights are bearable and hold numbers, before and after they are read."""

import struct
from pathlib import Path

import torch
from transformers import Sam2VideoConfig, Sam2VideoModel

from samscope.clips.reading import open_regular, read_json_object
from samscope.errors import SamscopeError
from samscope.models.configuration_file import CONFIGURATION, first_line

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
"""Says which of several files holds which weight."""

ADAPTER = "adapter_config.json"

MOST_BYTES = 2**34
"""Bytes of one file of weights at most; the largest released model has 0.9 GB."""

MOST_HEADER_BYTES = 2**24
"""Bytes of a safetensors header at most; that of the largest released model has 0.1 MB."""

_HEADER_LENGTH = 8


def check_weight_files(folder: Path, configuration: Sam2VideoConfig) -> None:
    """Refuse the weights of a model's folder that cannot be those of its configuration, from headers alone.

    Args:
        folder: the folder.
        configuration: what its config.json says.

    Raises:
        SamscopeError: there are none, or a file of them is no regular one, is too large, has a header too
            large, or lies outside of the folder by its name; the configuration describes more parameters
            than the files have bytes; or the folder holds an adapter, which names weights elsewhere.
    """
    if (folder / ADAPTER).exists():
        raise SamscopeError(
            f"{folder / ADAPTER}: an adapter, which samscope does not read; merge it and save"
        )
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise SamscopeError(
            f"{folder}: model.safetensors is missing; save the model again with save_pretrained"
        )
    _check_index(folder)
    size = sum(checked_size(file) for file in files)
    parameters = described_parameters(folder, configuration)
    if parameters > size:
        raise SamscopeError(
            f"{folder}: config.json describes {parameters:,} parameters, but the weights are {size:,} bytes; "
            "get both from one place"
        )


def described_parameters(folder: Path, configuration: Sam2VideoConfig) -> int:
    """Return how many parameters a network of a configuration has; no memory is taken for them.

    Args:
        folder: where the configuration comes from.
        configuration: the configuration.

    Raises:
        SamscopeError: it describes no network, since its parts do not fit together.
    """
    try:
        with torch.device("meta"):
            return sum(value.numel() for value in Sam2VideoModel(configuration).parameters())
    except Exception as error:  # whatever the library's modules raise of sizes that cannot be
        raise SamscopeError(
            f"{folder / CONFIGURATION}: not a valid SAM 2 configuration ({first_line(error)}); get it again"
        ) from error


def require_finite(network: Sam2VideoModel, source: Path) -> None:
    """Refuse weights that are infinite or no numbers.

    Args:
        network: a network with its weights, on the CPU.
        source: where they come from.

    Raises:
        SamscopeError: some are; the message names the first parameter that has any.
    """
    bad = [name for name, value in network.state_dict().items() if not torch.isfinite(value).all()]
    if bad:
        raise SamscopeError(
            f"{source}: {len(bad)} weights hold infinities or what is no number (first: {bad[0]}); "
            "get a whole checkpoint"
        )


def _check_index(folder: Path) -> None:
    file = folder / INDEX
    if not file.exists() or (folder / WEIGHTS).exists():
        return
    try:
        names = set(read_json_object(file)["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise SamscopeError(f"{file}: not readable as an index of weights; save the model again") from error
    for name in names:
        if not isinstance(name, str) or "/" in name or "\\" in name or not name.endswith(".safetensors"):
            raise SamscopeError(f"{file}: names {name!r}; expected safetensors files of the same folder")
        if not (folder / name).is_file():
            raise SamscopeError(f"{file}: {name} is missing; save the model again")


def checked_size(file: Path) -> int:
    """Return the bytes of a safetensors file whose header is of a bearable length.

    Raises:
        SamscopeError: it is no regular file, cannot be read, is too large, or breaks off within its header.
    """
    try:
        with open_regular(file, MOST_BYTES) as weights:
            size = weights.seek(0, 2)
            weights.seek(0)
            start = weights.read(_HEADER_LENGTH)
    except OSError as error:
        raise SamscopeError(f"{file}: cannot be read: {error.strerror}") from error
    (header,) = struct.unpack("<Q", start.ljust(_HEADER_LENGTH, b"\0"))
    if len(start) < _HEADER_LENGTH or header + _HEADER_LENGTH > size:
        raise SamscopeError(
            f"{file}: the weights are damaged or truncated, within their header; get them again"
        )
    if header > MOST_HEADER_BYTES:
        raise SamscopeError(
            f"{file}: a header of {header:,} bytes; expected at most {MOST_HEADER_BYTES:,}; get them again"
        )
    return size
