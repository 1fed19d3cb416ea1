"""The weights that a run begins with, where these are another model's."""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import Sam2VideoModel

from samscope.support.errors import SamscopeError, UsageError

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


def load_start(network: Sam2VideoModel, folder: Path, afresh: Sequence[str] = ()) -> None:
    """Give a network another model's weights, but for some of its parts.

    Args:
        network: changed in place.
        folder: holds ``model.safetensors`` of the same architecture, at any image size.
        afresh: modules that keep the network's own weights, such as ``mask_decoder.transformer``.

    Raises:
        UsageError: it holds none, or weights of another architecture; or there is no such module.
        SamscopeError: the file is damaged.
    """
    weights_digest(folder)
    own = network.state_dict()
    for part in afresh:
        if not any(name.startswith(f"{part}.") for name in own):
            raise UsageError(f"afresh: the network has no module {part!r}; expected one such as mask_decoder")
    kept = {name: own[name] for name in own if name.startswith(tuple(f"{part}." for part in afresh))}
    try:
        network.load_state_dict({**load_file(folder / _WEIGHTS), **kept})
    except SafetensorError as error:
        raise SamscopeError(f"{folder / _WEIGHTS}: damaged; make or copy it anew") from error
    except RuntimeError as error:
        raise UsageError(f"{folder / _WEIGHTS}: weights of another architecture than this run's") from error
