"""Pictures of a clip under two memory rules, kept so that its page can be drawn again without the model."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from samscope.support.disk import write_whole
from samscope.support.errors import SamscopeError
from samscope.support.reading import open_regular

PARTING_FILE = "parting.safetensors"
"""In the folder of a comparison of memory rules."""

MOST_BYTES = 2**28
"""Of the file at most."""

_CLIP = "clip"


@dataclass(frozen=True, eq=False)
class PartingPictures:
    """A clip as two memory rules saw it; T frames of H by W pixels, smaller than the clip's as a rule.

    Attributes:
        set: the clip's set.
        clip: its number.
        rules: what the two rules are called.
        frames: uint8 [T, H, W, 3], RGB.
        truth: bool [T, H, W], the object.
        masks: bool [2, T, H, W], each rule's answers.
    """

    set: str
    clip: int
    rules: tuple[str, str]
    frames: NDArray[np.uint8]
    truth: NDArray[np.bool_]
    masks: NDArray[np.bool_]


def write_parting(folder: Path, pictures: PartingPictures) -> Path:
    """Write the pictures into the folder of a comparison, and return their file.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    metadata = {"set": pictures.set, "clip": pictures.clip, "rules": list(pictures.rules)}
    arrays = {"frames": pictures.frames, "truth": pictures.truth, "masks": pictures.masks}
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_whole(folder / PARTING_FILE, save(contiguous, metadata={_CLIP: json.dumps(metadata)}))
    return folder / PARTING_FILE


def read_parting(folder: Path) -> PartingPictures | None:
    """Read the pictures in the folder of a comparison; None where it has none.

    Raises:
        SamscopeError: their file cannot be read, is damaged, or holds something else.
    """
    path = folder / PARTING_FILE
    if not path.exists():
        return None
    try:
        open_regular(path, MOST_BYTES).close()
        with safe_open(path, framework="numpy") as file:
            metadata = json.loads((file.metadata() or {})[_CLIP])
            arrays = {name: file.get_tensor(name) for name in ("frames", "truth", "masks")}
        first, second = metadata["rules"]
        pictures = PartingPictures(
            str(metadata["set"]), int(metadata["clip"]), (str(first), str(second)), **arrays
        )
        _check(pictures)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise SamscopeError(
            f"{path} is damaged ({reason}); remove it to draw the page without its pictures, or run samscope "
            "rules again"
        ) from error
    return pictures


def _check(pictures: PartingPictures) -> None:
    """Refuse arrays of another type or shape than ``write_parting`` writes."""
    length, height, width, *_ = (*pictures.frames.shape, 0, 0, 0)
    expected: tuple[tuple[str, Any, tuple[int, ...]], ...] = (
        ("frames", np.uint8, (length, height, width, 3)),
        ("truth", np.bool_, (length, height, width)),
        ("masks", np.bool_, (2, length, height, width)),
    )
    for name, kind, shape in expected:
        array = getattr(pictures, name)
        if array.dtype != kind or array.shape != shape or not array.size:
            raise ValueError(f"{name} are {array.dtype} {array.shape}; expected {np.dtype(kind)} {shape}")
