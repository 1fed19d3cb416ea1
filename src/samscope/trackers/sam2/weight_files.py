"""Whether the files of a model's weights are bearable and hold numbers, before and after they are read."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel, Sam2VideoModel

from samscope.support.errors import SamscopeError
from samscope.support.reading import open_regular, read_json_object
from samscope.trackers.sam2.configuration_file import CONFIGURATION, first_line
from samscope.trackers.sam2.parameter_names import are_official, unwrapped

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
"""Says which of several files holds which weight."""

ADAPTER = "adapter_config.json"

MOST_BYTES = 2**34
"""Bytes of one file of weights at most; the largest released model has 0.9 GB."""

MOST_HEADER_BYTES = 2**24
"""Bytes of a safetensors header at most; that of the largest released model has 0.1 MB."""

_HEADER_LENGTH = 8

_BEGINNING = 64
_TEXT = frozenset((*range(0x20, 0x7F), *b"\t\n\r"))
_OTHER_BEGINNINGS = {
    b"version https://git-lfs": "a Git LFS pointer, which stands for the file; get it with git lfs pull",
    b"<": "a page of the web or XML; get the file itself, from the address that downloads it",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "an archive; unpack it, and name the file of weights in it",
}


def check_weight_files(
    folder: Path,
    configuration: PreTrainedConfig,
    file: Path | None = None,
    build: Callable[[Any], nn.Module] = Sam2VideoModel,
    family: str = "SAM 2",
) -> list[Path]:
    """Refuse the weights of a model's folder that cannot be those of its configuration, from headers alone.

    Args:
        folder: the folder.
        configuration: what its config.json says.
        file: the only file of weights that counts, safetensors or not; None for those of the folder.
        build: makes the network of a configuration.
        family: of what models, for messages.

    Returns:
        The files: ``model.safetensors``, or those that an index names, or the only one there is.

    Raises:
        SamscopeError: there are none, or a file of them is no regular one, is too large, has a header too
            large, or lies outside of the folder by its name; the configuration describes more parameters
            than the files have bytes; or the folder holds an adapter, which names weights elsewhere.
    """
    if (folder / ADAPTER).exists():
        raise SamscopeError(
            f"{folder / ADAPTER}: an adapter, which samscope does not read; merge it and save"
        )
    files = weight_files(folder) if file is None else [file]
    if not files:
        raise SamscopeError(
            f"{folder}: model.safetensors is missing; save the model again with save_pretrained"
        )
    size = sum(map(checked_size, files)) if file is None else file.stat().st_size
    parameters = described_parameters(folder, configuration, build, family)
    if parameters > size:
        raise SamscopeError(
            f"{folder}: config.json describes {parameters:,} parameters, but the weights are {size:,} bytes; "
            "get both from one place"
        )
    return files


def weight_files(folder: Path) -> list[Path]:
    """Return the files of a folder that hold the model's weights; none where there are none.

    Raises:
        SamscopeError: which they are cannot be told, or one that an index names is missing or elsewhere.
    """
    if (folder / WEIGHTS).exists():
        return [folder / WEIGHTS]
    if (folder / INDEX).exists():
        return [folder / name for name in sorted(_indexed(folder))]
    files = sorted(folder.glob("*.safetensors"))
    if len(files) > 1:
        names = ", ".join(file.name for file in files)
        raise SamscopeError(
            f"{folder}: has {names}, and no {INDEX} to say which of them hold the model; name the file with "
            f"the weights, or call it {WEIGHTS}"
        )
    return files


def require_weights(file: Path) -> None:
    """Refuse a file that begins as something else than weights does, such as a text, a page or a picture.

    Raises:
        SamscopeError: it does, or is empty, no regular file or not readable; the message says what it is.
    """
    try:
        with open_regular(file, MOST_BYTES) as weights:
            start = weights.read(_BEGINNING)
    except OSError as error:
        raise SamscopeError(f"{file}: cannot be read: {error.strerror}") from error
    if not start:
        raise SamscopeError(f"{file}: an empty file; get it again")
    expected = "expected a file of weights, .safetensors or .pt"
    for beginning, kind in _OTHER_BEGINNINGS.items():
        if start.lstrip().startswith(beginning):
            raise SamscopeError(f"{file}: {kind}; {expected}")
    if len(start) > _HEADER_LENGTH and all(byte in _TEXT for byte in start):
        raise SamscopeError(f"{file}: a text; {expected}")


def missing_files(folder: Path) -> list[str]:
    """Name what a model's folder lacks of the files that loading needs; a damaged one counts as lacking."""
    missing = []
    try:
        read_json_object(folder / CONFIGURATION)
    except (OSError, ValueError, SamscopeError):
        missing.append(CONFIGURATION)
    try:
        files = weight_files(folder)
        stored_names(files)
    except SamscopeError:
        files = []
    return missing if files else [*missing, WEIGHTS]


def is_as_saved(folder: Path, files: Sequence[Path]) -> bool:
    """Tell whether the library finds the weights of a folder by itself, under names that it knows."""
    if files == [folder / WEIGHTS] or (folder / INDEX).exists():
        names = dict.fromkeys(stored_names(files))
        return not are_official(names) and unwrapped(names, folder).keys() == names.keys()
    return False


def stored_names(files: Sequence[Path]) -> list[str]:
    """Return the names of all weights in safetensors files.

    Raises:
        SamscopeError: a file is damaged.
    """
    names: list[str] = []
    for file in files:
        try:
            with safe_open(file, framework="pt") as weights:
                names += weights.keys()
        except (SafetensorError, OSError, ValueError) as error:
            raise SamscopeError(
                f"{file}: the weights are damaged or truncated ({first_line(error)}); get them again"
            ) from error
    return names


def described_parameters(
    folder: Path,
    configuration: PreTrainedConfig,
    build: Callable[[Any], nn.Module] = Sam2VideoModel,
    family: str = "SAM 2",
) -> int:
    """Return how many parameters a network of a configuration has; no memory is taken for them.

    Args:
        folder: where the configuration comes from.
        configuration: the configuration.
        build: makes its network.
        family: of what models, for messages.

    Raises:
        SamscopeError: it describes no network, since its parts do not fit together.
    """
    try:
        with torch.device("meta"):
            return sum(value.numel() for value in build(configuration).parameters())
    except Exception as error:  # whatever the library's modules raise of sizes that cannot be
        raise SamscopeError(
            f"{folder / CONFIGURATION}: not a valid {family} configuration ({first_line(error)}); "
            "get it again"
        ) from error


def require_finite(network: PreTrainedModel, source: Path) -> None:
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


def _indexed(folder: Path) -> set[str]:
    """Return the names of the files that an index names."""
    file = folder / INDEX
    try:
        names = set(read_json_object(file)["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise SamscopeError(f"{file}: not readable as an index of weights; save the model again") from error
    for name in names:
        if not isinstance(name, str) or "/" in name or "\\" in name or not name.endswith(".safetensors"):
            raise SamscopeError(f"{file}: names {name!r}; expected safetensors files of the same folder")
        if not (folder / name).is_file():
            raise SamscopeError(f"{file}: {name} is missing; save the model again")
    return names


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
    require_weights(file)
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
