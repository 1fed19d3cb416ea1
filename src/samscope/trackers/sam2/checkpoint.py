"""Reading the weights in one file, by whatever names, without running anything that it holds."""

import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from samscope.support.errors import SamscopeError
from samscope.support.reading import open_regular
from samscope.trackers.sam2.configuration_file import first_line
from samscope.trackers.sam2.weight_files import MOST_BYTES, MOST_HEADER_BYTES, checked_size, require_weights

_OFFICIAL_KEY = "model"


_SAFETENSORS = ".safetensors"
_HEADER_LENGTH = 8


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the weights in a file, a pickled checkpoint or safetensors, as its content tells.

    Raises:
        SamscopeError: as ``read_checkpoint``; or the file is safetensors, and damaged.
    """
    require_weights(path)
    if not _is_safetensors(path):
        return read_checkpoint(path)
    checked_size(path)
    try:
        weights: dict[str, Tensor] = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise SamscopeError(
            f"{path}: the weights are damaged or truncated ({first_line(error)}); get them again"
        ) from error
    return weights


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Return the weights of a pickled checkpoint by the names that it has for them.

    An official one has them under ``model``; others under another name, or nothing but them. Only tensors
    and plain containers are unpickled (``weights_only``): code in the file is never run.

    Raises:
        SamscopeError: the file cannot be read, is truncated, holds code, would unpack to more than it is,
            holds no weights by name, or several models' where none is under ``model``.
    """
    weights = _weights_in(path, _unpickled(path))
    for name, value in weights.items():
        if not _is_stored_whole(value):
            raise SamscopeError(
                f"{path}: {name!r} is no plain tensor whose numbers are all in the file; get it again"
            )
    return weights


def _weights_in(path: Path, content: Any) -> dict[str, Tensor]:
    """Return the weights that the content of a checkpoint has, or consists of."""
    if _are_weights(content):
        return dict(content)
    holders = (
        [key for key, value in content.items() if _are_weights(value)] if isinstance(content, dict) else []
    )
    if isinstance(content, dict) and _OFFICIAL_KEY in content:
        holders = [key for key in holders if key == _OFFICIAL_KEY]
    if len(holders) > 1:
        raise SamscopeError(
            f"{path}: holds several models' weights, under {', '.join(map(repr, holders))}; "
            f"save one of them alone, under {_OFFICIAL_KEY!r}"
        )
    if not holders:
        raise SamscopeError(
            f"{path}: no SAM 2 checkpoint; an official one holds its weights by name under the key "
            f"{_OFFICIAL_KEY!r}"
        )
    return dict(content[holders[0]])


def _are_weights(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in value.items())
    )


def _is_safetensors(path: Path) -> bool:
    """Tell by how a file begins; by its name where it begins as neither kind does."""
    try:
        with open_regular(path, MOST_BYTES) as file:
            start = file.read(_HEADER_LENGTH + 1)
    except OSError as error:
        raise SamscopeError(f"{path}: cannot be read: {error.strerror}") from error
    if start[_HEADER_LENGTH:] == b"{":
        return int.from_bytes(start[:_HEADER_LENGTH], "little") <= MOST_HEADER_BYTES
    is_pickled = start.startswith((b"PK", b"\x80"))
    return path.suffix == _SAFETENSORS and not is_pickled


def _unpickled(path: Path) -> Any:
    try:
        with open_regular(path, MOST_BYTES) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the pickle's protocol; what is wrong raises
            if zipfile.is_zipfile(file):
                _require_uncompressed(path, file)
            file.seek(0)
            return torch.load(file, map_location="cpu", weights_only=True)
    except (SamscopeError, MemoryError):
        raise
    except pickle.UnpicklingError as error:
        raise SamscopeError(
            f"{path}: not a plain checkpoint, it holds code or is damaged; it was not run. Use a checkpoint "
            "as released, or one of the weights alone: torch.save({'model': model.state_dict()}, ...), or "
            "safetensors"
        ) from error
    except Exception as error:  # a file that is damaged in the right way makes the library raise any kind
        raise SamscopeError(
            f"{path}: cannot be read as a checkpoint; it may be truncated, get it again"
        ) from error


def _require_uncompressed(path: Path, file: Any) -> None:
    """Refuse an archive that grows when it is read; those that torch writes are not compressed."""
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > path.stat().st_size:
        raise SamscopeError(
            f"{path}: would unpack to {unpacked:,} bytes, more than it is; a checkpoint is not compressed: "
            "get it again"
        )


def _is_stored_whole(value: Tensor) -> bool:
    """Tell whether a tensor is no view that repeats few numbers, nor of a kind that weights are not."""
    if value.layout != torch.strided or value.is_quantized or value.device.type != "cpu":
        return False
    return value.numel() * value.element_size() <= value.untyped_storage().nbytes()
