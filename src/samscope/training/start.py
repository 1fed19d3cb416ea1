"""The weights that a run begins with, where these are another model's."""

import hashlib
from functools import cache
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import Sam2VideoModel

from samscope.errors import SamscopeError, UsageError

_WEIGHTS = "model.safetensors"


@cache
def weights_digest(folder: Path) -> str:
    """Return the SHA-256 of a model folder's weights file, as hex.

    Raises:
        UsageError: the folder has none.
    """
    path = folder / _WEIGHTS
    if not path.is_file():
        raise UsageError(
            f"{path}: missing; a run starts from a folder made by an earlier run or save_pretrained"
        )
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_start(network: Sam2VideoModel, folder: Path) -> None:
    """Give a network another model's weights.

    Args:
        network: changed in place.
        folder: holds ``model.safetensors`` of the same architecture, at any image size.

    Raises:
        UsageError: it holds none, or weights of another architecture.
        SamscopeError: the file is damaged.
    """
    weights_digest(folder)
    try:
        network.load_state_dict(load_file(folder / _WEIGHTS))
    except SafetensorError as error:
        raise SamscopeError(f"{folder / _WEIGHTS}: damaged; make or copy it anew") from error
    except RuntimeError as error:
        raise UsageError(f"{folder / _WEIGHTS}: weights of another architecture than this run's") from error
