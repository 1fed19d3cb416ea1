"""Reading an official SAM 2 checkpoint without running anything that it holds."""

import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from samscope.clips.reading import open_regular
from samscope.errors import SamscopeError

MOST_BYTES = 2**34
"""Bytes of a checkpoint at most; the largest released one has 0.9 GB."""


def read_official_checkpoint(path: Path) -> dict[str, Tensor]:
    """Return the weights of an official ``.pt`` file by official parameter name.

    Only tensors and plain containers are unpickled (``weights_only``): code in the file is never run.

    Raises:
        SamscopeError: the file cannot be read, is truncated, holds code, would unpack to more than it is, or
            is no SAM 2 checkpoint.
    """
    content = _unpickled(path)
    weights = content.get("model") if isinstance(content, dict) else None
    if not isinstance(weights, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in weights.items()
    ):
        raise SamscopeError(
            f"{path}: no SAM 2 checkpoint; an official one holds its weights by name under the key 'model'"
        )
    for name, value in weights.items():
        if not _is_stored_whole(value):
            raise SamscopeError(
                f"{path}: {name!r} is no plain tensor whose numbers are all in the file; get it again"
            )
    return weights


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
            f"{path}: not a plain checkpoint, it holds code or is damaged; it was not run. "
            "Use a checkpoint as released, or a folder with model.safetensors"
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
