"""Reading an official SAM 2 checkpoint without running anything that it holds."""

import pickle
import warnings
from pathlib import Path

import torch
from torch import Tensor

from samscope.errors import SamscopeError


def read_official_checkpoint(path: Path) -> dict[str, Tensor]:
    """Return the weights of an official ``.pt`` file by official parameter name.

    Only tensors and plain containers are unpickled (``weights_only``): code in the file is never run.

    Raises:
        SamscopeError: the file cannot be read, is truncated, holds code, or is no SAM 2 checkpoint.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the pickle's protocol; what is wrong raises
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise SamscopeError(
            f"{path}: not a plain checkpoint, it holds code or is damaged; it was not run. "
            "Use a checkpoint as released, or a folder with model.safetensors"
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, AssertionError) as error:
        raise SamscopeError(
            f"{path}: cannot be read as a checkpoint; it may be truncated, get it again"
        ) from error
    weights = content.get("model") if isinstance(content, dict) else None
    if not isinstance(weights, dict) or not all(isinstance(value, Tensor) for value in weights.values()):
        raise SamscopeError(
            f"{path}: no SAM 2 checkpoint; an official one holds its weights by name under the key 'model'"
        )
    return weights
