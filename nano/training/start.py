"""The weights that a run begins with, where these are another model's."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import Sam2VideoModel

from nano.training.export import TRAINING_FILE
from samscope.support.errors import SamscopeError, UsageError

_WEIGHTS = "model.safetensors"
_COUNTED = ("steps", "clips", "pictures", "prompted_scenes", "hours", "processor")
"""What is kept of an earlier run, as far as its ``training.json`` has it."""


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


def runs_before(folder: Path | None) -> list[dict[str, Any]]:
    """Return what the runs came to that led to a start's weights, the first one first.

    Args:
        folder: the start's folder; None, or one without a ``training.json``: there were none.
    """
    if folder is None or not (folder / TRAINING_FILE).is_file():
        return []
    made_with = json.loads((folder / TRAINING_FILE).read_text(encoding="utf-8"))
    counted = {name: made_with[name] for name in _COUNTED if name in made_with}
    return [*made_with.get("before", []), {**counted, "weights_sha256": weights_digest(folder)}]


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
    own_state = network.state_dict()
    for part in afresh:
        if not any(name.startswith(f"{part}.") for name in own_state):
            raise UsageError(f"afresh: the network has no module {part!r}; expected one such as mask_decoder")
    kept = {
        name: own_state[name] for name in own_state if name.startswith(tuple(f"{part}." for part in afresh))
    }
    try:
        network.load_state_dict({**load_file(folder / _WEIGHTS), **kept})
    except SafetensorError as error:
        raise SamscopeError(f"{folder / _WEIGHTS}: damaged; make or copy it anew") from error
    except RuntimeError as error:
        raise UsageError(f"{folder / _WEIGHTS}: weights of another architecture than this run's") from error
